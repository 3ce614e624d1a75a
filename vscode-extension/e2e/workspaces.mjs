// A workspace of two folders, and the interpreter that is chosen in the Python extension; and a
// Python extension and a server that don't do what they should. And Iron that is no file.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  isAlive,
  openFile,
  packed,
  run,
  scratch,
  serverRuns,
  startEditor,
  STATE,
  take,
  texts,
  until,
  VSIX,
} from "./editor.mjs";

const python = resolve("../.venv/bin/python");

/** Answers as Python's extension does, with an interpreter of ours. */
const pythonExtension = packed(
  { name: "python", publisher: "ms-python", activationEvents: [] },
  `exports.activate = () => ({
    environments: {
      getActiveEnvironmentPath: () => ({ path: "chosen" }),
      resolveEnvironment: async ({ path }) =>
        path === "chosen" && { executable: { uri: require("vscode").Uri.file(${JSON.stringify(python)}) } },
    },
  });`,
);

/** Shows Iron that is no file, as an older version of one is. */
const elsewhere = packed(
  {
    name: "elsewhere",
    publisher: "redox-tests",
    activationEvents: [],
    contributes: { commands: [{ command: "elsewhere.open", title: "Open Iron from Elsewhere" }] },
  },
  `const { commands, Uri, window, workspace } = require("vscode");
  exports.activate = () => {
    workspace.registerTextDocumentContentProvider("elsewhere", {
      provideTextDocumentContent: () => "function third begin\\nend function\\n",
    });
    commands.registerCommand("elsewhere.open", () =>
      window.showTextDocument(Uri.parse("elsewhere:/third.iron?at=older"), { viewColumn: 1 }));
  };`,
);

const editor = await startEditor({
  files: {
    "one/first.iron": "function first begin\nend function\n",
    "all.code-workspace": JSON.stringify({ folders: [{ path: "one" }, { path: "two" }] }),
    "two/second.iron": "function second begin\n    let x be 2\nend function\n",
  },
  settings: { "files.autoSave": "off", "redox.rustc.when": "never" },
  workspace: "all.code-workspace",
  extensions: [VSIX, pythonExtension, elsewhere],
});
const { page } = editor;
const shows = (number, line) =>
  until(line, async () => (await texts(page))[number]?.includes(line));

const steps = {
  "the Python extension's interpreter is asked": async () => {
    await serverRuns(editor);
    await page.locator(STATE).click();
    await page.locator(".quick-input-title", { hasText: "the Python extension's interpreter" }).waitFor();
    await page.keyboard.press("Escape");
  },
  "a file of each folder has its preview": async () => {
    await run(page, "Redox: Show Rust Preview");
    await shows(1, "fn first() {");
    await openFile(page, "second.iron");
    await shows(1, "    let x = 2;");
  },
  "Iron that is no file has its preview, too": async () => {
    await run(page, "Open Iron from Elsewhere");
    await shows(0, "function third begin");
    await shows(1, "fn third() {");
    await openFile(page, "second.iron");
    await shows(1, "    let x = 2;");
  },
  "symbols of both folders are found": async () => {
    await page.keyboard.press("Control+T");
    await page.locator(".quick-input-widget input").fill("#first");
    await page.locator(".quick-input-list .monaco-list-row", { hasText: "first" }).first().waitFor();
    await page.keyboard.press("Escape");
  },
};
await take(editor, steps);

const traces = scratch("traces");
const hanging = join(traces, "hanging");
const broken = packed(
  { name: "python", publisher: "ms-python", activationEvents: [] },
  "exports.activate = () => { throw new Error('broken'); };",
);
const SERVER = `#!/bin/sh
case "$*" in *--stdio*) if [ ! -e '${hanging}' ]; then echo $$ >'${hanging}'; exec sleep 1000; fi;; esac
exec '${python}' "$@"
`;

const hung = await startEditor({
  files: { "main.iron": "function main begin\nend function\n", ".venv/bin/python": SERVER },
  settings: { "files.autoSave": "off", "redox.rustc.when": "never" },
  extensions: [VSIX, broken],
});
let number;
await take(hung, {
  "a Python extension that fails keeps no server from being found": async () => {
    await until("the server that hangs", () => existsSync(hanging));
    number = await until("its number", () => Number(readFileSync(hanging, "utf-8")));
  },
  "a start that hangs is given up for another": async () => {
    await run(hung.page, "Redox: Restart Language Server");
    await until("its end", () => !isAlive(number));
    await serverRuns(hung);
    assert.equal(await hung.page.locator(".notification-toast", { hasText: "couldn't" }).count(), 0);
  },
});
