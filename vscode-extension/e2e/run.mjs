// What a person does with Iron in VS Code, each step seen on the screen: `make browser`.
//
// REDOX_BROWSER names the folder that scripts/setup-browser.sh has installed code-server in. The
// pictures of each step go to out/pictures.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  clickWord,
  marks,
  openFile,
  run,
  serverRuns,
  startEditor,
  take,
  texts,
  until,
} from "./editor.mjs";

const MAIN = `function main begin
    let total be 1 plus 2
    println macro with "{total}"
end function
`;
const OTHER = `function other begin
    let mutable count be 7
    count increases by 1
end function
`;
const RUST = `fn rusty() -> u8 {
    let found = 1 + 1;
    found
}
`;

const editor = await startEditor({
  files: { "main.iron": MAIN, "other.iron": OTHER, "rusty.rs": RUST },
  settings: {
    "files.autoSave": "off",
    "redox.server.interpreter": resolve("../.venv/bin/python"),
    "redox.rustc.when": "never",
    "workbench.colorTheme": process.env.THEME ?? "Default Dark Modern",
  },
});
const { page } = editor;
const main = `${editor.folder}/main.iron`;

const shows = (number, line) => async () => (await texts(page))[number]?.includes(line);
const squiggles = () => page.locator(".squiggly-error").count();

const steps = {
  "the server runs": serverRuns,
  "the preview opens beside": async () => {
    await clickWord(page, 0, "total");
    await run(page, "Redox: Show Rust Preview");
    await until("the Rust", shows(1, "    let total = 1 + 2;"));
  },
  "the preview follows a key": async () => {
    await clickWord(page, 0, "plus");
    await page.keyboard.press("End");
    const start = Date.now();
    await page.keyboard.type("3");
    await until("the new Rust", shows(1, "    let total = 1 + 23;"));
    console.log(`  ${Date.now() - start} ms after the key`);
  },
  "the counterpart is marked": async () => {
    await clickWord(page, 0, "total");
    await until("a mark in the preview", async () => (await marks(page, 1)) > 1);
  },
  "a mistake is underlined, and no longer when it is mended": async () => {
    await clickWord(page, 0, "println");
    await page.keyboard.press("End");
    await page.keyboard.type("\nend while");
    await until("the squiggle", squiggles);
    await page.keyboard.press("Control+Shift+K");
    await until("no squiggle", async () => (await squiggles()) === 0);
  },
  "the preview follows the active editor": async () => {
    await openFile(page, "other.iron");
    await until("the other Rust", shows(1, "    let mut count = 7;"));
    assert.equal((await texts(page)).length, 2);
  },
  "a click in the preview jumps": async () => {
    await clickWord(page, 1, "+=");
    await until("a mark in the text", async () => (await marks(page, 0)) > 1);
  },
  "a file of Rust is shown as Iron": async () => {
    await clickWord(page, 0, "count");
    await openFile(page, "rusty.rs");
    await until("the Iron", shows(1, "    let found be 1 plus 1"));
    await clickWord(page, 0, "found");
    await page.keyboard.press("End");
    await page.keyboard.type(" // x");
    await until("the edited Iron", shows(1, "    let found be 1 plus 1 // x"));
  },
  "a selection is converted": async () => {
    await page.keyboard.press("Control+Z");
    await openFile(page, "other.iron");
    await until("the other Iron", shows(0, "    let mutable count be 7"));
    await clickWord(page, 0, "mutable");
    await page.keyboard.press("Control+L");
    await run(page, "Redox: Convert Selection to Rust");
    await until("Rust in its place", shows(0, "    let mut count = 7;"));
    await page.keyboard.press("Control+Z");
    await until("Iron again", shows(0, "    let mutable count be 7"));
  },
  "a phrase is explained": async (_, picture) => {
    await clickWord(page, 0, "mutable");
    await page.keyboard.press("Control+D");
    await run(page, "Redox: Explain Phrase");
    await page.locator(".quick-input-list", { hasText: "let mut x = 1;" }).waitFor();
    await picture("a phrase is explained, open");
    await page.keyboard.press("Escape");
  },
  "a file is oxidized": async () => {
    await run(page, "Redox: Oxidize File");
    await until("the Rust", shows(0, "    let mut count = 7;"));
    await until("its Iron", shows(1, "    let mutable count be 7"));
  },
  "the server is started again": async () => {
    await openFile(page, "main.iron");
    await until("the Rust", shows(1, "    let total = 1 + 23;"));
    await run(page, "Redox: Restart Language Server");
    await page.waitForTimeout(3000);
    await clickWord(page, 0, "plus");
    await page.keyboard.press("End");
    await page.keyboard.type("4");
    await until("newer Rust", shows(1, "    let total = 1 + 234;"));
  },
  "the server is killed and comes back": async () => {
    await run(page, "Redox: Show Status");
    const line = await until("its process", async () =>
      (await texts(page)).flat().find((one) => one.includes('"process"')),
    );
    process.kill(Number(/\d+/.exec(line)[0]), "SIGKILL");
    await openFile(page, "main.iron");
    await until("the Rust", shows(1, "    let total = 1 + 234;"));
    await page.waitForTimeout(3000);
    await clickWord(page, 0, "plus");
    await page.keyboard.press("End");
    await page.keyboard.type("5");
    await until("newer Rust", shows(1, "    let total = 1 + 2345;"));
  },
  "the preview survives a reload": async () => {
    await page.keyboard.press("Control+S");
    await until("the saved file", () => readFileSync(main, "utf-8").includes("1 plus 2345"));
    await page.waitForTimeout(2000); // until VS Code has dropped its copy of what was not saved
    await page.reload();
    await until("the Rust", shows(1, "    let total = 1 + 2345;"), 40_000);
  },
};

await take(editor, steps);
