// Which documents the client itself keeps the server told of.

import { languages, type TextDocument } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { SYNCED_SCHEMES } from "./places";

/** What the client selects; the server may select more. */
export const SELECTOR = SYNCED_SCHEMES.map((scheme) => ({ language: "iron", scheme }));

/** Tells whether the client sends the server a document by itself: what it or the server selects. */
export function isSynced(client: LanguageClient, document: TextDocument): boolean {
  const { openDocuments } = client.getFeature("textDocument/didOpen");
  return (
    languages.match(SELECTOR, document) > 0 ||
    [...openDocuments].some((one) => one.uri.toString() === document.uri.toString())
  );
}
