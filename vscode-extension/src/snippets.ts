// The constructs of Iron while no server runs; one that runs offers those that fit the place.

import * as vscode from "vscode";
import snippets from "../snippets/iron.json";
import type { Server } from "./server";

export class Snippets implements vscode.CompletionItemProvider {
  constructor(private readonly server: Server) {}

  provideCompletionItems(): vscode.CompletionItem[] {
    return this.server.client === undefined ? Object.entries(snippets).map(itemOf) : [];
  }
}

function itemOf([name, { prefix, body, description }]: [
  string,
  { prefix: string; body: string[]; description: string },
]): vscode.CompletionItem {
  const item = new vscode.CompletionItem(name, vscode.CompletionItemKind.Snippet);
  item.filterText = prefix;
  item.insertText = new vscode.SnippetString(body.join("\n"));
  item.detail = description;
  return item;
}
