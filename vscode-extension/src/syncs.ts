// Which documents the client itself keeps the server told of.

import type { TextDocument } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

/** Tells whether the client sends the server a document by itself: what it or the server selects. */
export function isSynced(client: LanguageClient, document: TextDocument): boolean {
  const { openDocuments } = client.getFeature("textDocument/didOpen");
  return [...openDocuments].some((one) => one.uri.toString() === document.uri.toString());
}
