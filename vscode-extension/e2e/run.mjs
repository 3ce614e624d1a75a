// What a person does with Iron in VS Code, each step seen on the screen: `make browser`.
//
// REDOX_BROWSER names the folder that scripts/setup-browser.sh has installed code-server in. The
// pictures of each step go to out/pictures.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  clickWord,
  firstLines,
  fix,
  hover,
  isAlive,
  marks,
  message,
  openFile,
  press,
  run,
  serverRuns,
  startEditor,
  STATE,
  take,
  texts,
  timeOf,
  until,
} from "./editor.mjs";

const MANIFEST = JSON.parse(readFileSync("package.json", "utf-8"));
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
const LATE = "function late begin\nend function\n";
const MESSY = `function messy begin
if true then
let first be 1
        let second be first plus first
            println macro with "{second}"
end if
end function
`;
/** Oddly spaced, with line ends of two kinds. */
const RUST = "fn  rusty( ) -> u8 {\r\n    let found = 1 + 1;\n\n    found\r\n}\n";
const LONG = `function long begin\n${"    let one be 1\n".repeat(300)}end function\n`;
/** How many keys are timed, to be read: a busy machine fails no run, and `make bench` measures. */
const KEYS = 9;

const editor = await startEditor({
  files: {
    "main.iron": MAIN,
    "other.iron": OTHER,
    "late.iron": LATE,
    "messy.iron": MESSY,
    "rusty.rs": RUST,
    "long.iron": LONG,
  },
  settings: {
    "files.autoSave": "off",
    "redox.server.interpreter": resolve("../.venv/bin/python"),
    "redox.rustc.when": "never",
    "workbench.colorTheme": process.env.THEME ?? "Default Dark Modern",
  },
});
const { page } = editor;
const file = (name) => `${editor.folder}/${name}`;
const onDisk = (name) => readFileSync(file(name), "utf-8");
const shows = (number, line) => async () => (await texts(page))[number]?.includes(line);
const squiggles = () => page.locator(".squiggly-error").count();
const saved = (name, text) => until(`${name} on the disk`, () => onDisk(name).includes(text));

/** Puts the cursor at the end of the line that a word is in. */
async function behind(word) {
  await clickWord(page, 0, word);
  await page.keyboard.press("End");
}

/** The number of the server's process, as the status page says it. */
async function serverProcess() {
  await run(page, "Redox: Show Status");
  const line = await until("its process", async () =>
    (await texts(page)).flat().find((one) => one.includes('"process"')),
  );
  return Number(/\d+/.exec(line)[0]);
}

/** Turns the wheel as a hand does, in many small steps. */
async function wheel(by) {
  for (let turn = 0; turn < 10; turn += 1) {
    await page.mouse.wheel(0, by);
    await page.waitForTimeout(30);
  }
}

const steps = {
  "the server runs": serverRuns,
  "the server has the environment that VS Code has": async () => {
    const number = await serverProcess();
    const held = readFileSync(`/proc/${number}/environ`, "utf-8").split("\0");
    for (const name of ["PATH", "HOME"]) {
      assert.ok(held.some((one) => one.startsWith(`${name}=/`)), `${name} is missing`);
    }
    await openFile(page, "main.iron");
  },
  "the preview opens beside": async () => {
    await clickWord(page, 0, "total");
    await run(page, "Redox: Show Rust Preview");
    await until("the Rust", shows(1, "    let total = 1 + 2;"));
  },
  "the preview follows each key": async () => {
    await behind("plus");
    const times = [];
    for (let number = "2"; times.length < KEYS; ) {
      number += "3";
      times.push(await timeOf(page, "3", 1, `= 1 + ${number};`));
    }
    console.log(`  ${times.map(Math.round).join(", ")} ms after the key`);
    await page.keyboard.press("Control+Z");
    await until("the undone Rust", shows(1, "    let total = 1 + 2;"));
  },
  "the counterpart is marked": async () => {
    await clickWord(page, 0, "total");
    await until("a mark in the preview", async () => (await marks(page, 1)) > 1);
  },
  "a mistake is underlined, and no longer when it is mended": async (_, picture) => {
    await behind("println");
    await page.keyboard.type("\nend while");
    await until("the squiggle", squiggles);
    await picture("a mistake is underlined");
    await page.keyboard.press("Control+Shift+K");
    await until("no squiggle", async () => (await squiggles()) === 0);
  },
  "a mistake is mended by a code action": async () => {
    await behind("println");
    await page.keyboard.type("\nlet more be 1 plsu 2");
    await until("the squiggle", squiggles);
    await fix(page, "Write `plus`");
    await until("the mended line", shows(0, "    let more be 1 plus 2"));
    await until("no squiggle", async () => (await squiggles()) === 0);
    await page.keyboard.press("Control+Shift+K");
  },
  "a hover says what a phrase means": async () => {
    await page.keyboard.press("Escape");
    await hover(page, 0, "plus", "Adds");
  },
  "a name is completed": async () => {
    await behind("println");
    await page.keyboard.type("\nlet copy be tot", { delay: 50 });
    await page.keyboard.press("Control+Space");
    await page.locator(".suggest-widget.visible .monaco-list-row", { hasText: "total" }).first().waitFor();
    await page.keyboard.press("Tab");
    await until("the whole name", shows(0, "    let copy be total"));
    await until("its Rust", shows(1, "    let copy = total;"));
  },
  "a name is changed wherever it stands": async () => {
    await clickWord(page, 0, "total");
    await page.keyboard.press("F2");
    const name = page.locator(".rename-box input");
    await until("the old name", async () => (await name.inputValue()) === "total");
    await name.fill("sum");
    await name.press("Enter");
    await until("the new name", shows(0, "    let sum be 1 plus 2"));
    await until("its other place", shows(0, "    let copy be sum"));
    await until("the place in a string", shows(0, '    println macro with "{sum}"'));
    await until("the Rust", shows(1, "    let copy = sum;"));
  },
  "a file is formatted": async () => {
    await openFile(page, "messy.iron");
    await until("the text", shows(0, "let first be 1"));
    await run(page, "Format Document");
    await until("the inner block", shows(0, "        let first be 1"));
    await until("its last line", shows(0, '        println macro with "{second}"'));
  },
  "the preview follows the active editor": async () => {
    await openFile(page, "other.iron");
    await until("the other Rust", shows(1, "    let mut count = 7;"));
    assert.equal((await texts(page)).length, 2);
  },
  "the preview of what was closed and opened again is kept fresh": async () => {
    await page.locator(".tab[data-resource-name='other.iron'] .codicon-close").click();
    await until("another text", async () => !(await texts(page))[0]?.includes("function other begin"));
    await openFile(page, "other.iron");
    await until("the other Rust", shows(1, "    let mut count = 7;"));
    await behind("let");
    await page.keyboard.type("0");
    await until("newer Rust", shows(1, "    let mut count = 70;"));
    await page.keyboard.press("Control+Z");
    await until("the undone Rust", shows(1, "    let mut count = 7;"));
  },
  "a preview that is late replaces none": async () => {
    const slow = await serverProcess();
    await openFile(page, "main.iron");
    await until("the Rust", shows(1, "    let sum = 1 + 2;"));
    process.kill(slow, "SIGSTOP");
    await openFile(page, "late.iron");
    await until("the late text", shows(0, "function late begin"));
    await openFile(page, "main.iron");
    process.kill(slow, "SIGCONT");
    await behind("plus");
    await page.keyboard.type("4");
    await until("newer Rust", shows(1, "    let sum = 1 + 24;"));
    await page.keyboard.press("Control+Z");
    await openFile(page, "other.iron");
    await until("the other Rust", shows(1, "    let mut count = 7;"));
  },
  "a click in the preview jumps": async () => {
    await clickWord(page, 1, "+=");
    await until("a mark in the text", async () => (await marks(page, 0)) > 1);
  },
  "a text and its preview scroll together": async () => {
    await clickWord(page, 0, "count");
    await openFile(page, "long.iron");
    await until("the Rust", shows(1, "    let one = 1;"));
    await clickWord(page, 0, "function");
    const together = (what, isThere) =>
      until(what, async () => {
        const [text, preview] = await firstLines(page);
        return isThere(text) && Math.abs(text - preview) <= 1;
      });
    await wheel(500);
    await together("both further down", (line) => line > 15);
    await page.mouse.move(page.viewportSize().width - 250, 300);
    await wheel(-300);
    await together("both further up", (line) => line < 12);
  },
  "a file of Rust is shown as Iron": async () => {
    await clickWord(page, 0, "let");
    await openFile(page, "rusty.rs");
    await until("the Iron", shows(1, "    let found be 1 plus 1"));
    await behind("found");
    await page.keyboard.type(" // x");
    await until("the edited Iron", shows(1, "    let found be 1 plus 1 // x"));
    await page.keyboard.press("Control+Z");
    await run(page, "File: Revert File");
  },
  "a file of Rust is edited as Iron, and saved as Rust": async (_, picture) => {
    await run(page, "Redox: Edit as Iron");
    await until("the Iron", shows(0, "    let found be 1 plus 1"));
    await until("its Rust", async () => (await texts(page))[1]?.some((one) => one.includes("let found = 1 + 1")));
    await behind("let");
    await page.keyboard.type(" times 3");
    await until("the new Rust beside it", async () =>
      (await texts(page))[1]?.some((one) => one.includes("1 + 1 * 3")));
    await picture("a file of Rust is edited as Iron");
    await page.keyboard.press("Control+S");
    await saved("rusty.rs", "* 3");
    assert.equal(onDisk("rusty.rs"), RUST.replace("1 + 1", "1 + 1 * 3"));
  },
  "a file that was changed meanwhile is not written over": async (_, picture) => {
    await behind("let");
    await page.keyboard.type(" times 4");
    const theirs = RUST.replace("found", "theirs");
    writeFileSync(file("rusty.rs"), theirs);
    await page.waitForTimeout(1500);
    await run(page, "File: Compare Active File with Saved");
    await until("their text", async () => (await texts(page)).flat().includes("    let theirs be 1 plus 1"));
    await page.locator(".tab.active .codicon-close").first().click();
    await until("what was typed", shows(0, "    let found be 1 plus 1 times 3 times 4"));
    await clickWord(page, 0, "let");
    await page.keyboard.press("Control+S");
    const refused = await message(page, "Failed to save 'rusty.rs.iron'");
    await picture("a file that was changed meanwhile, first");
    await press(refused, "Overwrite");
    await message(page, "changed by somebody else");
    assert.equal(onDisk("rusty.rs"), theirs);
    assert.ok(await shows(0, "    let found be 1 plus 1 times 3 times 4")(), "what was typed is lost");
    await picture("a file that was changed meanwhile, refused");
    await run(page, "File: Revert File");
    await until("their Iron", shows(0, "    let theirs be 1 plus 1"));
    await run(page, "Notifications: Clear All Notifications");
  },
  "a file that is changed outside is read again where nothing was typed": async () => {
    writeFileSync(file("rusty.rs"), RUST.replace("found = 1 + 1", "theirs = 2 + 2"));
    await until("their newer Iron", shows(0, "    let theirs be 2 plus 2"));
    await until("its Rust", async () =>
      (await texts(page))[1]?.some((one) => one.includes("let theirs = 2 + 2")));
  },
  "a selection is converted": async () => {
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
    await page.keyboard.press("Control+S");
    await saved("other.rs", "let mut count = 7;");
  },
  "a file is reduced": async () => {
    await openFile(page, "rusty.rs");
    await run(page, "Redox: Reduce File");
    await until("the Iron", shows(0, "    let theirs be 2 plus 2"));
    await page.keyboard.press("Control+S");
    await until("the new file", () => existsSync(file("rusty.iron")));
  },
  "the status bar's item shows what it can": async (_, picture) => {
    await page.locator(STATE).click();
    await page.locator(".quick-input-list", { hasText: "Restart Language Server" }).waitFor();
    await page.locator(".quick-input-title", { hasText: "rust-analyzer" }).waitFor();
    await picture("the status bar's menu");
    await page.keyboard.press("Escape");
  },
  "the walkthrough shows each step": async (_, picture) => {
    await run(page, "Redox: Get Started with Iron");
    const shown = page.locator(".gettingStartedContainer .step-title");
    const [walkthrough] = MANIFEST.contributes.walkthroughs;
    const titles = walkthrough.steps.map((step) => step.title);
    await until("its steps", async () => (await shown.allInnerTexts()).join() === titles.join());
    for (const title of titles) {
      await shown.filter({ hasText: title }).click();
      await page.locator(".getting-started-step.expanded", { hasText: title }).waitFor();
      await until("its picture", () => page.locator(".getting-started-media img").evaluateAll((all) =>
        all.some((one) => one.complete && one.naturalWidth > 0)));
      await picture(`the walkthrough, ${title}`);
    }
  },
  "the server is started again": async () => {
    await openFile(page, "main.iron");
    await until("the Rust", shows(1, "    let sum = 1 + 2;"));
    await run(page, "Redox: Restart Language Server");
    await page.waitForTimeout(1000);
    await serverRuns(editor);
    await behind("plus");
    await page.keyboard.type("4");
    await until("newer Rust", shows(1, "    let sum = 1 + 24;"));
  },
  "a server that hangs is ended, and another started": async () => {
    const hanging = await serverProcess();
    process.kill(hanging, "SIGSTOP");
    await run(page, "Redox: Restart Language Server");
    await until("its end", () => !isAlive(hanging));
    await openFile(page, "main.iron");
    await serverRuns(editor);
    await behind("plus");
    await page.keyboard.type("5");
    await until("newer Rust", shows(1, "    let sum = 1 + 245;"));
  },
  "the server is killed and comes back": async () => {
    process.kill(await serverProcess(), "SIGKILL");
    await openFile(page, "main.iron");
    await until("the Rust", shows(1, "    let sum = 1 + 245;"));
    await page.waitForTimeout(1000);
    await serverRuns(editor);
    await behind("plus");
    await page.keyboard.type("6");
    await until("newer Rust", shows(1, "    let sum = 1 + 2456;"));
  },
  "the preview survives a reload": async () => {
    await page.keyboard.press("Control+S");
    await saved("main.iron", "1 plus 2456");
    await page.waitForTimeout(2000); // until VS Code has dropped its copy of what was not saved
    await page.reload();
    await until("the Rust", shows(1, "    let sum = 1 + 2456;"), 60_000);
  },
};

await take(editor, steps);
