// A workspace of two folders, and the interpreter that is chosen in the Python extension.

import { resolve } from "node:path";
import {
  openFile,
  packed,
  run,
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

const editor = await startEditor({
  files: {
    "one/first.iron": "function first begin\nend function\n",
    "all.code-workspace": JSON.stringify({ folders: [{ path: "one" }, { path: "two" }] }),
    "two/second.iron": "function second begin\n    let x be 2\nend function\n",
  },
  settings: { "files.autoSave": "off", "redox.rustc.when": "never" },
  workspace: "all.code-workspace",
  extensions: [VSIX, pythonExtension],
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
  "symbols of both folders are found": async () => {
    await page.keyboard.press("Control+T");
    await page.locator(".quick-input-widget input").fill("#first");
    await page.locator(".quick-input-list .monaco-list-row", { hasText: "first" }).first().waitFor();
    await page.keyboard.press("Escape");
  },
};
await take(editor, steps);
