// The other server for Rust, to which the modules that are Iron don't exist: in a workspace with Iron
// in it it would call them all unresolved, and hold the same crate in memory twice.

import * as vscode from "vscode";
import { servesRust } from "./protocol";
import type { Server } from "./server";

const RIVAL = "rust-lang.rust-analyzer";
const KEPT = "redox.keepsOtherServer";
const STOP = "Switch It Off Here";
const KEEP = "Keep Both";

export class Rival {
  private isAsking = false;

  constructor(
    server: Server,
    private readonly memory: vscode.Memento,
    subscriptions: vscode.Disposable[],
  ) {
    subscriptions.push(
      server.onReady((client) => {
        client.onNotification(servesRust.method, () => {
          void this.offer();
        });
      }),
    );
  }

  /** Offers to switch the other server off for this workspace, unless that is done or refused. */
  private async offer(): Promise<void> {
    const settings = vscode.workspace.getConfiguration("rust-analyzer");
    const isThere = vscode.extensions.getExtension(RIVAL) !== undefined;
    const isOff = settings.get<boolean>("initializeStopped") ?? false;
    const isKept = this.memory.get<boolean>(KEPT) ?? false;
    if (!isThere || isOff || this.isAsking || isKept) {
      return;
    }
    this.isAsking = true;
    const answer = await vscode.window.showInformationMessage(
      "This workspace holds Iron, and Redox has rust-analyzer serve its Rust, too. The extension " +
        "rust-analyzer does not know Iron and would report its modules as missing.",
      STOP,
      KEEP,
    );
    this.isAsking = false;
    if (answer === KEEP) {
      await this.memory.update(KEPT, true);
    } else if (answer === STOP) {
      await settings.update("initializeStopped", true, vscode.ConfigurationTarget.Workspace);
      await vscode.commands.executeCommand("rust-analyzer.stopServer");
    }
  }
}
