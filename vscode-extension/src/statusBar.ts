// The item in the status bar: what state the language server is in.

import * as vscode from "vscode";
import { type ServerState, textOf } from "./states";

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    "redox.status",
    vscode.StatusBarAlignment.Right,
  );

  private current: ServerState = { kind: "looking" };

  constructor() {
    this.item.name = "Redox";
    this.item.command = "iron.showMenu";
  }

  /** What is shown now. */
  get state(): ServerState {
    return this.current;
  }

  show(state: ServerState): void {
    if (state.kind !== this.current.kind) {
      void vscode.commands.executeCommand("setContext", "redox.serverRuns", state.kind === "running");
    }
    this.current = state;
    const { text, tooltip, isError } = textOf(state);
    this.item.text = text;
    this.item.tooltip = tooltip;
    this.item.backgroundColor = isError
      ? new vscode.ThemeColor("statusBarItem.errorBackground")
      : undefined;
    this.item.show();
  }

  dispose(): void {
    this.item.dispose();
  }
}
