// What the palette offers. Each command is named in the manifest; a test compares the two.

import * as vscode from "vscode";
import example from "../../examples/hello.iron";
import type { EditedFiles } from "./editing";
import type { Lending } from "./lending";
import type { Previews } from "./previews";
import type { Proposals } from "./proposals";
import {
  ask,
  convert,
  execute,
  type Expansion,
  type PhraseRow,
  SERVER_COMMANDS,
} from "./protocol";
import type { Server } from "./server";
import { textOf } from "./states";

type Language = "iron" | "rust";

/** Returns what each command does, by its name. */
export function commandsOf(
  server: Server,
  previews: Previews,
  lending: Lending,
  edited: EditedFiles,
  proposals: Proposals,
  extension: string,
): Record<string, (uri?: vscode.Uri) => Promise<void>> {
  return {
    "iron.showRustPreview": () => previews.show(activeEditor()),
    "iron.showIronPreview": () => previews.show(activeEditor()),
    "iron.oxidizeFile": (uri) => translate(server, lending, SERVER_COMMANDS.oxidizeFile, uri),
    "iron.reduceFile": (uri) => translate(server, lending, SERVER_COMMANDS.reduceFile, uri),
    "iron.editAsIron": (uri) => edited.edit(uri ?? activeEditor().document.uri),
    "iron.explainPhrase": () => explain(server),
    "iron.expandMacro": () => expandMacro(server),
    "iron.implementFunction": () => proposals.implement(activeEditor()),
    "iron.acceptProposal": () => proposals.accept(),
    "iron.discardProposal": () => proposals.discard(),
    "iron.convertSelectionToRust": () => convertSelection(server, "iron"),
    "iron.convertSelectionToIron": () => convertSelection(server, "rust"),
    "iron.installServer": () => server.install(),
    "iron.restartServer": () => server.restart(),
    "iron.setModelKey": () => server.setModelKey(),
    "iron.getStarted": async () => {
      await vscode.commands.executeCommand(
        "workbench.action.openWalkthrough",
        `${extension}#start`,
        false,
      );
    },
    "iron.openExample": () => openExample(),
    "iron.showMenu": () => showMenu(server),
    "iron.showStatus": () => showStatus(server),
    "iron.showOutput": () => {
      server.output.show();
      return Promise.resolve();
    },
  };
}

function activeEditor(): vscode.TextEditor {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    throw new Error("No text editor is active.");
  }
  return editor;
}

/** Has the server write the other text of a file beside it; it shows the new file itself. */
async function translate(
  server: Server,
  lending: Lending,
  command: string,
  uri: vscode.Uri | undefined,
): Promise<void> {
  const client = await server.ready();
  const document = await vscode.workspace.openTextDocument(uri ?? activeEditor().document.uri);
  // The server reads a document that it has as it stands in the editor, saved or not.
  await lending.lend(client, document);
  try {
    const source = client.code2ProtocolConverter.asUri(document.uri);
    const done = await execute<{ uri: string | null; languageId: string; text: string }>(
      client,
      command,
      source,
    );
    if (done.uri === null) {
      const { languageId: language, text: content } = done;
      const shown = await vscode.workspace.openTextDocument({ language, content });
      await vscode.window.showTextDocument(shown);
    }
  } finally {
    await lending.release(document);
  }
}

async function explain(server: Server): Promise<void> {
  const client = await server.ready();
  const editor = vscode.window.activeTextEditor;
  const selected = editor?.document.getText(editor.selection).trim() ?? "";
  const query =
    selected || (await vscode.window.showInputBox({ prompt: "Words of Iron, or a token of Rust" }));
  if (query === undefined || query === "") {
    return;
  }
  const rows = await execute<PhraseRow[]>(client, SERVER_COMMANDS.explain, query);
  if (rows.length === 0) {
    void vscode.window.showInformationMessage(`No phrase of Iron is “${query}”.`);
    return;
  }
  await vscode.window.showQuickPick(
    rows.map((row) => ({
      label: row.phrase,
      description: `${row.rust}  ${row.doc}`,
      detail: `${row.iron_example}  →  ${row.rust_example}`,
    })),
    { title: `What “${query}” means`, matchOnDescription: true, matchOnDetail: true },
  );
}

/** Puts the other text of each selection in its place, in one edit that can be undone. */
async function convertSelection(server: Server, from: Language): Promise<void> {
  const client = await server.ready();
  const editor = activeEditor();
  const { document, selections } = editor;
  const { version } = document;
  const texts = await Promise.all(
    selections.map((one) =>
      ask(client, convert, { languageId: from, text: document.getText(one) }),
    ),
  );
  if (document.version !== version) {
    throw new Error("The text was edited meanwhile, so nothing was converted.");
  }
  await editor.edit((edit) => {
    selections.forEach((one, index) => {
      edit.replace(one, texts[index]?.text ?? document.getText(one));
    });
  });
}

/** Shows what the macro at the cursor becomes, in the language of the text. */
async function expandMacro(server: Server): Promise<void> {
  const client = await server.ready();
  const { document, selection } = activeEditor();
  const position = client.code2ProtocolConverter.asPosition(selection.active);
  const uri = client.code2ProtocolConverter.asUri(document.uri);
  const { expandMacro: command } = SERVER_COMMANDS;
  const found = await execute<Expansion | null>(client, command, uri, position);
  if (found === null) {
    throw new Error("No macro is called here, or rust-analyzer is not at hand: see Redox: Show Status.");
  }
  const content = `// What ${found.name} becomes here.\n${found.text}\n`;
  const shown = await vscode.workspace.openTextDocument({ language: found.languageId, content });
  await vscode.window.showTextDocument(shown, vscode.ViewColumn.Beside, true);
}

async function openExample(): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language: "iron", content: example });
  await vscode.window.showTextDocument(document);
}

/** What a click on the status bar's item offers. */
async function showMenu(server: Server): Promise<void> {
  const { text, tooltip } = textOf(server.state);
  const isMissing = server.state.kind === "missing";
  const offers = [
    ...(isMissing ? [{ label: "$(cloud-download) Install Language Server", does: "iron.installServer" }] : []),
    { label: "$(info) Show Status", does: "iron.showStatus" },
    { label: "$(output) Show Output", does: "iron.showOutput" },
    { label: "$(debug-restart) Restart Language Server", does: "iron.restartServer" },
    { label: "$(book) Get Started with Iron", does: "iron.getStarted" },
  ];
  const title = `${text.replace(/\$\([^)]*\) /, "")}: ${tooltip.replaceAll("\n", ", ")}`;
  const chosen = await vscode.window.showQuickPick(offers, { title });
  if (chosen !== undefined) {
    await vscode.commands.executeCommand(chosen.does);
  }
}

async function showStatus(server: Server): Promise<void> {
  const client = server.client;
  if (client === undefined) {
    server.output.show();
    return;
  }
  const status = await execute<unknown>(client, SERVER_COMMANDS.status);
  const content = JSON.stringify(status, undefined, 2);
  const document = await vscode.workspace.openTextDocument({ language: "json", content });
  await vscode.window.showTextDocument(document);
}
