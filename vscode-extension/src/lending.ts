// Documents that the server is lent while a preview or command needs them.
//
// Iron is the server's own: where it is a file or will be one, the client opens it by itself. Rust
// belongs to other servers, and Iron from elsewhere, such as an older version of a file, is only shown:
// our server is sent those only as long as somebody holds them; or by the client, as long as they are
// open, if they stand beside Iron and the server has asked for them.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { otherLanguage } from "./places";
import { didChange, didClose, didOpen, tell } from "./protocol";
import type { Server } from "./server";
import { isSynced } from "./syncs";

interface Lent {
  document: vscode.TextDocument;
  holders: number;
}

export class Lending {
  private readonly lent = new Map<string, Lent>();

  constructor(
    private readonly server: Server,
    subscriptions: vscode.Disposable[],
  ) {
    subscriptions.push(
      server.onReady((client) => this.openAgain(client)),
      vscode.workspace.onDidChangeTextDocument((event) => this.changed(event)),
      vscode.workspace.onDidCloseTextDocument((document) => this.release(document, true)),
    );
  }

  /** Makes sure that the server has a document; each call wants a call of `release`. */
  async lend(client: LanguageClient, document: vscode.TextDocument): Promise<void> {
    const key = document.uri.toString();
    if (otherLanguage(document.languageId) === undefined) {
      return;
    }
    const known = this.lent.get(key);
    if (known !== undefined) {
      known.holders += 1;
      return;
    }
    this.lent.set(key, { document, holders: 1 });
    if (!isSynced(client, document)) {
      await open(client, document);
    }
  }

  /** Takes a document back from the server once nobody holds it. */
  async release(document: vscode.TextDocument, isClosed = false): Promise<void> {
    const key = document.uri.toString();
    const known = this.lent.get(key);
    if (known === undefined) {
      return;
    }
    known.holders -= 1;
    if (!isClosed && known.holders > 0) {
      return;
    }
    this.lent.delete(key);
    const client = this.server.client;
    if (client !== undefined && !isSynced(client, document)) {
      await tell(client, didClose, client.code2ProtocolConverter.asCloseTextDocumentParams(document));
    }
  }

  private async openAgain(client: LanguageClient): Promise<void> {
    for (const { document } of this.lent.values()) {
      if (!isSynced(client, document)) {
        await open(client, document);
      }
    }
  }

  private async changed(event: vscode.TextDocumentChangeEvent): Promise<void> {
    const { uri, version } = event.document;
    const client = this.server.client;
    if (client === undefined || !this.lent.has(uri.toString()) || isSynced(client, event.document)) {
      return;
    }
    if (event.contentChanges.length > 0) {
      await tell(
        client,
        didChange,
        client.code2ProtocolConverter.asChangeTextDocumentParams(event, uri, version),
      );
    }
  }
}

function open(client: LanguageClient, document: vscode.TextDocument): Promise<void> {
  return tell(client, didOpen, client.code2ProtocolConverter.asOpenTextDocumentParams(document));
}
