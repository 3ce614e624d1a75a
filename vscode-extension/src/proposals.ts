// What a model would write for the body of a function: shown beside the text as it comes, then taken
// or not. There is one at a time.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { splitLines } from "./mirror";
import { PROPOSAL_SCHEME } from "./places";
import { ask, implement, proposed, type Proposed } from "./protocol";
import type { Server } from "./server";

/** What the menus ask before they offer to take it. */
const IS_WHOLE = "redox.proposalIsWhole";

interface Going {
  source: vscode.TextDocument;
  uri: vscode.Uri;
  shown: string;
  /** Once it is there as a whole. */
  done?: Proposed;
  stop: vscode.CancellationTokenSource;
  report: (told: string) => void;
}

export class Proposals implements vscode.TextDocumentContentProvider {
  private readonly changes = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changes.event;
  private going: Going | undefined;

  constructor(
    private readonly server: Server,
    subscriptions: vscode.Disposable[],
  ) {
    subscriptions.push(
      this.changes,
      vscode.workspace.registerTextDocumentContentProvider(PROPOSAL_SCHEME, this),
      server.onReady((client) => {
        client.onNotification(proposed.method, (one: Proposed) => {
          this.show(client, one);
        });
      }),
      vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
        if (closed.some((tab) => isOf(tab, this.going?.uri))) {
          this.forget();
        }
      }),
    );
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.going?.uri.toString() === uri.toString() ? this.going.shown : "";
  }

  /** Has a model write the body of the function at the cursor, beside the text. */
  async implement(editor: vscode.TextEditor): Promise<void> {
    const client = await this.server.ready();
    await this.discard();
    const { document: source, selection } = editor;
    const path = source.uri.path.replace(/(?:\.iron)?$/, ".iron"); // a text without a name is Iron, too
    const uri = vscode.Uri.from({ scheme: PROPOSAL_SCHEME, path, query: source.uri.toString() });
    const stop = new vscode.CancellationTokenSource();
    const going: Going = { source, uri, shown: source.getText(), stop, report: () => undefined };
    this.going = going;
    const name = vscode.workspace.asRelativePath(source.uri);
    const shown = { selection: new vscode.Range(selection.start, selection.start) };
    const title = `${name}: body by a model`;
    await vscode.commands.executeCommand("vscode.diff", source.uri, uri, title, shown);
    try {
      const done = await this.written(client, going, selection.start);
      if (this.going === going) {
        going.done = done;
        this.show(client, done);
        await vscode.commands.executeCommand("setContext", IS_WHOLE, true);
      }
    } catch (error) {
      const isWanted = this.going === going && !stop.token.isCancellationRequested;
      await this.discard();
      if (isWanted) {
        throw error;
      }
    }
  }

  /** Puts what is shown into the text, in one edit that can be undone. */
  async accept(): Promise<void> {
    const { source, done } = this.going ?? {};
    if (source === undefined || done === undefined) {
      throw new Error("There is no body by a model to accept.");
    }
    if (source.isClosed || source.version !== done.version) {
      throw new Error("The text was edited meanwhile, so that nothing was put into it.");
    }
    const edit = new vscode.WorkspaceEdit();
    edit.replace(source.uri, new vscode.Range(done.startLine, 0, done.endLine, 0), done.text);
    await vscode.workspace.applyEdit(edit);
    await this.discard();
    await vscode.window.showTextDocument(source);
  }

  /** Closes what is shown, and has the model stop. */
  async discard(): Promise<void> {
    const uri = this.going?.uri;
    this.forget();
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    await vscode.window.tabGroups.close(tabs.filter((tab) => isOf(tab, uri)));
  }

  private written(client: LanguageClient, going: Going, at: vscode.Position): Promise<Proposed> {
    const { code2ProtocolConverter: protocol } = client;
    const textDocument = { uri: protocol.asUri(going.source.uri) };
    const params = { textDocument, position: protocol.asPosition(at) };
    const shown = {
      location: vscode.ProgressLocation.Notification,
      title: "A model writes the body",
      cancellable: true,
    };
    return Promise.resolve(
      vscode.window.withProgress(shown, (progress, token) => {
        token.onCancellationRequested(() => {
          going.stop.cancel();
        });
        going.report = (message) => {
          progress.report({ message });
        };
        return ask(client, implement, params, going.stop.token);
      }),
    );
  }

  private show(client: LanguageClient, one: Proposed): void {
    const { going } = this;
    if (going === undefined || client.code2ProtocolConverter.asUri(going.source.uri) !== one.uri) {
      return;
    }
    const end = going.source.eol === vscode.EndOfLine.CRLF ? "\r\n" : "\n";
    const lines = splitLines(going.source.getText());
    lines.splice(one.startLine, one.endLine - one.startLine, one.text.replaceAll("\n", end));
    going.shown = lines.join("");
    going.report(one.number > 1 ? `try ${one.number}. ${one.fault}` : "");
    this.changes.fire(going.uri);
  }

  private forget(): void {
    this.going?.stop.cancel();
    this.going = undefined;
    void vscode.commands.executeCommand("setContext", IS_WHOLE, false);
  }
}

function isOf({ input }: vscode.Tab, uri: vscode.Uri | undefined): boolean {
  return input instanceof vscode.TabInputTextDiff && input.modified.toString() === uri?.toString();
}
