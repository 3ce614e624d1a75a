// Ghost text, of a server that offers some: seen, taken whole, by word and by line, and turned off.

import { resolve } from "node:path";
import { clickWord, openFile, run, serverRuns, startEditor, take, texts, until } from "./editor.mjs";

const TEXT = "function main begin\n    let total be\nend function\n";
const python = resolve("../.venv/bin/python");
const editor = await startEditor({
  files: {
    "main.iron": TEXT,
    "server/redox-lsp": `#!/bin/sh\nexec ${python} -P ${resolve("e2e/ghost_server.py")} "$@"\n`,
  },
  // VS Code's own setting of the machine: the workspace could not name a program.
  settings: (folder) => ({
    "files.autoSave": "off",
    "redox.codeLens.run": false,
    "redox.rustc.when": "never",
    "redox.server.path": `${folder}/server/redox-lsp`,
  }),
  // VS Code has no key for it, and its palette takes the ghost text away.
  keys: [{ key: "ctrl+alt+l", command: "editor.action.inlineSuggest.acceptNextLine" }],
});
const { page } = editor;
const ghost = () => page.locator(".ghost-text-decoration").count();
/** What is not taken is part of what the page shows, until Escape takes it away. */
async function has(line) {
  await page.keyboard.press("Escape");
  await shows(line);
}
const shows = (line) => until(line, async () => (await texts(page))[0]?.includes(line));

/** Returns the column of the cursor, as the status bar has it. */
async function column() {
  const text = await page.locator(".statusbar-item", { hasText: "Col " }).innerText();
  return Number(/Col (\d+)/.exec(text)?.[1]);
}

/** Types what the stand-in goes on with. */
async function ask() {
  await clickWord(page, 0, "total");
  await page.keyboard.press("End");
  await page.keyboard.press("Shift+Home");
  await page.keyboard.type("let total be 2 ", { delay: 30 });
}

const steps = {
  "ghost text is seen": async () => {
    await serverRuns(editor);
    await ask();
    await until("ghost text", ghost);
  },
  "it does not hide the suggestions": async (_, picture) => {
    await page.keyboard.press("Control+Space");
    await page.locator(".suggest-widget.visible .monaco-list-row").first().waitFor();
    await picture("ghost text with the list of suggestions");
    await page.keyboard.press("Escape");
  },
  "it is taken by word": async () => {
    await ask();
    await until("ghost text", ghost);
    await page.keyboard.press("Control+ArrowRight");
    await until("the word", async () => (await column()) > 21);
    await has("    let total be 2 plus");
  },
  "it is taken by line": async () => {
    await ask();
    await until("ghost text", ghost);
    await page.keyboard.press("Control+Alt+L");
    await until("the line below", async () => (await column()) === 1);
    await has("    let total be 2 plus 40 times two");
  },
  "it is taken whole": async () => {
    await ask();
    await until("ghost text", ghost);
    await page.keyboard.press("Tab");
    await until("its last line", async () =>
      (await texts(page))[0]?.some((line) => line.includes("let answer be known")));
  },
  "a setting turns it off": async () => {
    await run(page, "File: Revert File");
    await editor.configure({ "redox.ghostText.enabled": false });
    await openFile(page, "main.iron");
    await until("no ghost text", async () => {
      await ask();
      await page.waitForTimeout(2000);
      return (await ghost()) === 0;
    });
  },
};
await take(editor, steps);
