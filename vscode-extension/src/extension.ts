// Where VS Code comes in. The server is looked for behind it: what is drawn waits for nothing.

import * as vscode from "vscode";
import { commandsOf } from "./commands";
import { EditedFiles } from "./editing";
import { Lending } from "./lending";
import { Previews } from "./previews";
import { Proposals } from "./proposals";
import { Rival } from "./rival";
import { Server } from "./server";
import { Snippets } from "./snippets";
import { Syncing } from "./syncing";

export function activate(context: vscode.ExtensionContext): void {
  const { subscriptions } = context;
  const server = new Server(context);
  subscriptions.push(server);
  const lending = new Lending(server, subscriptions);
  const previews = new Previews(server, lending, context.workspaceState, subscriptions);
  const edited = new EditedFiles(server, context.workspaceState, subscriptions);
  new Syncing(server, subscriptions);
  new Rival(server, context.workspaceState, subscriptions);
  subscriptions.push(
    vscode.languages.registerCompletionItemProvider({ language: "iron" }, new Snippets(server)),
  );
  const proposals = new Proposals(server, subscriptions);
  const commands = commandsOf(server, previews, lending, edited, proposals, context.extension.id);
  for (const [name, act] of Object.entries(commands)) {
    subscriptions.push(vscode.commands.registerCommand(name, act));
  }
  // Even to begin looking takes long: files are read for it, and a program is started.
  setImmediate(() => {
    void server.start();
    void previews.restore();
  });
}
