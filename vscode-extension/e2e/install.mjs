// The extension alone, on a machine that has Python and nothing else of ours: one click.

import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import {
  message,
  openFile,
  press,
  scratch,
  serverRuns,
  startEditor,
  STATE,
  take,
  texts,
  until,
} from "./editor.mjs";
import { askModel, ghosts, SUGGESTED } from "./suggested.mjs";

const INSTALLED_MS = 180_000;
const WRONG = "function main begin\nend while\n";
const bare = scratch("path");
const python = join(bare, "python3");

/** Returns the first Python of PATH that is new enough. */
function somePython() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const all = ["/usr/bin", ...folders].map((folder) => join(folder, "python3"));
  return all.find((one) => existsSync(one)) ?? assert.fail("there is no python3");
}

const settings = { "files.autoSave": "off", "redox.rustc.when": "never" };
const files = { "main.iron": WRONG, "suggested.iron": SUGGESTED };
const start = () => startEditor({ files, settings, path: bare });
/** Prints how long something took that is waited for. */
async function timed(what, awaited) {
  const start = Date.now();
  await awaited;
  console.log(`  ${what}: ${Math.round((Date.now() - start) / 1000)} s`);
}
const squiggles = (page) => page.locator(".squiggly-error").count();
const offered = (page) => message(page, "is not installed yet");
const installing = (page) => page.locator(".notification-toast", { hasText: "language server" });
const isMissing = ({ page }) =>
  until("the error in the status bar", () => page.locator(`${STATE} .codicon-error`).count());

symlinkSync(somePython(), python);
await take(await start(), {
  "without a server nothing is underlined, and one button offers it": async (editor) => {
    await isMissing(editor);
    const buttons = (await offered(editor.page)).locator(".monaco-button");
    assert.deepEqual(await buttons.allInnerTexts(), ["Install"]);
    await assert.rejects(until("a squiggle", () => squiggles(editor.page), 3000));
  },
  "the button installs the server, which starts by itself": async (editor, picture) => {
    await press(await offered(editor.page), "Install");
    await message(editor.page, "installing what it needs");
    await picture("the server is being installed");
    await timed("the server", serverRuns(editor, undefined, INSTALLED_MS));
    await until("the squiggle", () => squiggles(editor.page));
  },
  "what suggestions need is added while the server runs": async ({ page }, picture) => {
    await message(page, "adding what suggestions need");
    await picture("suggestions are being added");
    const isOver = async () => (await installing(page).count()) === 0;
    await timed("suggestions", until("the end of it", isOver, INSTALLED_MS));
  },
  "the model that ships suggests": async (editor) => {
    const { page } = editor;
    await serverRuns(editor);
    await openFile(page, "suggested.iron");
    await until("the text", async () => (await texts(page))[0]?.includes("    step minus 9"));
    await until("ghost text", async () => {
      await askModel(page);
      await page.waitForTimeout(2000);
      return ghosts(page);
    });
  },
});

rmSync(python);
writeFileSync(python, "#!/bin/sh\necho python 3 11 0\n", { mode: 0o755 });
await take(await start(), {
  "a Python without venv is said to be one": async (editor) => {
    await press(await offered(editor.page), "Install");
    await message(editor.page, "without venv");
  },
  "an installation is cancelled": async (editor) => {
    rmSync(python);
    symlinkSync(somePython(), python);
    await press(await message(editor.page, "without venv"), "Try Again");
    await press(await message(editor.page, "installing what it needs"), "Cancel");
    await until("no progress", async () => !(await installing(editor.page).count()));
    await isMissing(editor);
    const storage = join(editor.data, "User/globalStorage/redox.redox-iron");
    await until("no trace of it", () => readdirSync(storage).length === 0);
  },
});
console.log("the extension alone gives a working server by one click");
