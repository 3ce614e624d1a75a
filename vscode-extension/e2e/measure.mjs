// Prints how long the extension takes in a real VS Code, as JSON: `make bench` asks it.
//
// Activation is what VS Code itself says of it, and most of that is VS Code's own: an extension that
// does nothing is measured beside ours, in turn, each in a window of its own. A key's time ends when
// its Rust is on the page.

import { resolve } from "node:path";
import { clickWord, packed, run, startEditor, STATE, texts, timeOf, until, VSIX } from "./editor.mjs";

const STARTS = 5;
const KEYS = 60;
const LINES = 2000;
const LONG = `function long begin\n    let one be 1 plus 2\n${"    let two be 2\n".repeat(LINES)}end function\n`;

const NOTHING = packed(
  {
    name: "nothing",
    displayName: "Nothing",
    publisher: "nobody",
    activationEvents: ["onLanguage:iron"],
    contributes: { languages: [{ id: "iron", extensions: [".iron"] }] },
  },
  `exports.activate = () =>
    setImmediate(() => {
      const item = require("vscode").window.createStatusBarItem("nothing");
      item.text = "$(check) Nothing";
      item.show();
    });`,
);

/** Opens a window with one extension, and returns the milliseconds of activation and of each key. */
async function measure(extension, name, keys = 0) {
  const editor = await startEditor({
    extensions: [extension],
    files: { "long.iron": LONG },
    settings: {
      "files.autoSave": "off",
      "redox.codeLens.run": false,
      "redox.rustc.when": "never",
      "redox.server.interpreter": resolve("../.venv/bin/python"),
    },
  });
  const { page } = editor;
  try {
    await page.locator(`:is(${STATE}, [id*='nothing']) .codicon-check`).waitFor();
    const times = keys > 0 ? await type(page, keys) : [];
    await run(page, "Developer: Show Running Extensions");
    const row = page.locator(".runtime-extensions-editor .extension", { hasText: name });
    const said = await until("the time of activation", async () =>
      /(?:Startup )?Activation:[^\d]*(\d+)ms/.exec((await row.first().innerText()) ?? ""),
    );
    return { activation: Number(said[1]), times };
  } catch (error) {
    await page.screenshot({ path: "out/pictures/failed.png" });
    throw error;
  } finally {
    await editor.stop();
  }
}

async function type(page, keys) {
  await run(page, "Redox: Show Rust Preview");
  const shown = "    let one = 1 + 2";
  await until("the Rust", async () => (await texts(page))[1]?.includes(`${shown};`));
  await clickWord(page, 0, "plus");
  await page.keyboard.press("End");
  const times = [];
  let typed = "";
  while (times.length < keys) {
    typed += "3";
    times.push(await timeOf(page, "3", 1, `${shown}${typed};`));
    await page.waitForTimeout(150);
  }
  return times;
}

const activations = [];
const nothing = [];
for (let start = 0; start < STARTS; start += 1) {
  nothing.push((await measure(NOTHING, "Nothing")).activation);
  activations.push((await measure(VSIX, "Redox")).activation);
}
const { times } = await measure(VSIX, "Redox", KEYS);
console.log(JSON.stringify({ lines: LINES, activations, nothing, keys: times }));
