// Ghost text on the screen: what the small model that ships suggests, taken by word and whole, and
// turned off; lines that a stand-in for a larger model suggests; and a model on a server with a key,
// which also writes the body of a function.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import {
  clickWord,
  fix,
  openFile,
  run,
  serverRuns,
  startEditor,
  STATE,
  take,
  texts,
  until,
} from "./editor.mjs";
import { askModel, ghosts, SUGGESTED } from "./suggested.mjs";

const python = resolve("../.venv/bin/python");
const SETTINGS = {
  "files.autoSave": "off",
  "redox.codeLens.run": false,
  "redox.rustc.when": "never",
  "workbench.colorTheme": process.env.THEME ?? "Default Dark Modern",
};
const BEGUN = "    let step be n calling clamp";

const small = await startEditor({
  files: { "suggested.iron": SUGGESTED, "other.iron": "function other begin\nend function\n" },
  settings: { ...SETTINGS, "redox.server.interpreter": python },
  keys: [{ key: "ctrl+alt+i", command: "editor.action.inlineSuggest.trigger" }],
});
const { page } = small;
const shown = async () => (await texts(page))[0] ?? [];
const shows = (line) => until(line, async () => (await shown()).includes(line));

/** Types where the model is sure, and waits for what it says. */
async function suggested() {
  await askModel(page);
  await until("ghost text", () => ghosts(page));
  await shows(`${BEGUN} with 5 and 17`);
}

/** What is not taken is part of what the page shows, until Escape takes it away. */
async function has(line) {
  await page.keyboard.press("Escape");
  await until("no ghost text", async () => (await ghosts(page)) === 0);
  await shows(line);
}

await take(small, {
  "the small model suggests": async () => {
    await serverRuns(small);
    await suggested();
  },
  "the list has a word of it, and the suggestion goes on behind that": async () => {
    await page.keyboard.type("wit", { delay: 50 });
    await page.locator(".suggest-widget.visible .monaco-list-row.focused", { hasText: "with" }).waitFor();
    await page.keyboard.press("Tab");
    await until("the rest of it", () => ghosts(page));
    await shows(`${BEGUN} with 5 and 17`);
  },
  "a suggestion that is not taken is not there": () => has(`${BEGUN} with`),
  "a suggestion is asked for": async () => {
    await page.keyboard.type(" ");
    await until("ghost text", () => ghosts(page));
    await page.keyboard.press("Escape");
    await until("no ghost text", async () => (await ghosts(page)) === 0);
    await page.keyboard.press("Control+Alt+I");
    await until("ghost text again", () => ghosts(page));
    await has(`${BEGUN} with `);
  },
  "ghost text does not hide the suggestions": async (_, picture) => {
    await suggested();
    await page.keyboard.press("Control+Space");
    await page.locator(".suggest-widget.visible .monaco-list-row").first().waitFor();
    await picture("ghost text with the list of suggestions");
    await page.keyboard.press("Escape");
  },
  "a suggestion is taken by word": async () => {
    await suggested();
    await page.keyboard.press("Control+ArrowRight");
    await until("the cursor behind the word", async () =>
      (await column(page)) === `${BEGUN} with`.length + 1);
    await until("the rest of it", () => ghosts(page));
    await shows(`${BEGUN} with 5 and 17`);
    await has(`${BEGUN} with`);
  },
  "a suggestion is taken whole": async () => {
    await suggested();
    await page.keyboard.press("Tab");
    await until("the end of the line", async () =>
      (await column(page)) === `${BEGUN} with 5 and 17`.length + 1);
    await has(`${BEGUN} with 5 and 17`);
  },
  "the status bar tells of the model": async () => {
    await page.locator(STATE).click();
    await page.locator(".quick-input-title", { hasText: "model: ready" }).waitFor();
    await page.keyboard.press("Escape");
  },
  "a setting turns ghost text off": async () => {
    await openFile(page, "suggested.iron");
    await run(page, "File: Revert File");
    await small.configure({ "redox.ghostText.enabled": false });
    await openFile(page, "suggested.iron");
    await askModel(page);
    await page.waitForTimeout(3000); // many times as long as the model takes
    assert.equal(await ghosts(page), 0);
    await shows(`${BEGUN} `);
  },
  "a setting turns it on again": async () => {
    await small.configure({ "redox.ghostText.enabled": true });
    await openFile(page, "suggested.iron");
    await suggested();
  },
});

/** Returns the column of the cursor, as the status bar has it. */
async function column(page) {
  const text = await page.locator(".statusbar-item", { hasText: "Col " }).innerText();
  return Number(/Col (\d+)/.exec(text)?.[1]);
}

const large = await startEditor({
  files: {
    "main.iron": "function main begin\n    let total be\nend function\n",
    "server/redox-lsp": `#!/bin/sh\nexec ${python} -P ${resolve("e2e/ghost_server.py")} "$@"\n`,
  },
  // VS Code's own setting of the machine: the workspace could not name a program.
  settings: (folder) => ({ ...SETTINGS, "redox.server.path": `${folder}/server/redox-lsp` }),
  // VS Code has no key for it, and its palette takes the ghost text away.
  keys: [{ key: "ctrl+alt+l", command: "editor.action.inlineSuggest.acceptNextLine" }],
});

/** Types what the stand-in goes on with. */
async function ask() {
  await clickWord(large.page, 0, "total");
  await large.page.keyboard.press("End");
  await large.page.keyboard.press("Shift+Home");
  await large.page.keyboard.type("let total be 2 ", { delay: 30 });
  await until("ghost text", () => ghosts(large.page));
}

await take(large, {
  "several lines are taken line by line": async () => {
    await serverRuns(large);
    await ask();
    await large.page.keyboard.press("Control+Alt+L");
    await until("the line below", async () => (await column(large.page)) === 1);
    await large.page.keyboard.press("Escape");
    await until("the first line", async () =>
      (await texts(large.page))[0]?.includes("    let total be 2 plus 40 times two"));
  },
  "several lines are taken whole": async () => {
    await large.page.keyboard.press("Control+Z");
    await ask();
    await large.page.keyboard.press("Tab");
    await until("the last line", async () =>
      (await texts(large.page))[0]?.some((line) => line.includes("let answer be known")));
  },
});

const heard = [];
const HEAD = "function add takes x of type u32 returns u32 begin";
const EMPTY = `/// Adds 3 to \`x\`.\n${HEAD}\nend function\n`;
const BODIES = [
  ["\n    let y be 3", "\n    x plis y", "\nend function\n"],
  ["\n    let y be 3", "\n    x plus y", "\nend function\n"],
];

/** Answers as a server of a model does: a line of what begins \`clamp\`, or a body, bad at first. */
const modelServer = createServer(async (request, response) => {
  heard.push(request.headers.authorization);
  const { messages } = JSON.parse(Buffer.concat(await request.toArray()).toString());
  const isBody = messages.at(-1).content.endsWith(HEAD);
  const isAgain = messages.length > 3;
  const pieces = isBody ? BODIES[isAgain ? 1 : 0] : [" with 5 and 17\n"];
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  for (const content of pieces) {
    response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`);
    await setTimeout(isBody ? 1500 : 0);
  }
  response.end("data: [DONE]\n\n");
}).listen(0, "127.0.0.1");
await once(modelServer, "listening");

const elsewhere = await startEditor({
  files: { "suggested.iron": SUGGESTED, "empty.iron": EMPTY },
  settings: {
    ...SETTINGS,
    "redox.server.interpreter": python,
    "redox.completion.model": `http://127.0.0.1:${modelServer.address().port}/v1`,
    "redox.completion.served": "large",
  },
});

await take(elsewhere, {
  "a model on a server suggests": async () => {
    await serverRuns(elsewhere);
    await askModel(elsewhere.page);
    await until("ghost text", () => ghosts(elsewhere.page));
    assert.equal(heard.at(-1), undefined);
  },
  "the key that it wants is asked for": async (_, picture) => {
    await run(elsewhere.page, "Redox: Set Key of the Model's Server");
    await elsewhere.page.locator(".quick-input-title", { hasText: "the key" }).waitFor();
    await elsewhere.page.keyboard.type("secret-key");
    await picture("the key of a model's server");
    await elsewhere.page.keyboard.press("Enter");
  },
  "it hears the key": () =>
    until("the key", async () => {
      await askModel(elsewhere.page);
      await elsewhere.page.waitForTimeout(1000);
      return heard.at(-1) === "Bearer secret-key";
    }),
  "the status bar names it": async () => {
    await elsewhere.page.locator(STATE).click();
    await elsewhere.page.locator(".quick-input-title", { hasText: "model: ready" }).waitFor();
    await elsewhere.page.keyboard.press("Escape");
  },
  "a body is written beside the text": async (_, picture) => {
    await openFile(elsewhere.page, "empty.iron");
    await until("the function", async () => (await texts(elsewhere.page))[0]?.includes(HEAD));
    await clickWord(elsewhere.page, 0, "takes");
    await fix(elsewhere.page, "Implement this function");
    await proposes("let y be 3");
    await picture("a body is being written");
  },
  "and again, as it was no Iron": async (_, picture) => {
    await elsewhere.page.locator(".notification-toast", { hasText: "try 2." }).waitFor();
    await picture("a body is written again");
    await proposes("    x plus y");
  },
  "it is accepted": async () => {
    await run(elsewhere.page, "Redox: Accept Body by a Model");
    await until("the text", async () => {
      const shown = await texts(elsewhere.page);
      return shown.length === 1 && shown[0].includes("    x plus y");
    });
  },
  "and can be undone, and discarded": async () => {
    await clickWord(elsewhere.page, 0, "takes");
    await elsewhere.page.keyboard.press("Control+Z");
    await until("the old text", async () => !(await texts(elsewhere.page))[0]?.includes("    x plus y"));
    await run(elsewhere.page, "Redox: Implement This Function");
    await proposes("let y be 3");
    await elsewhere.page.locator(".action-label[aria-label^='Discard Body']").click();
    await until("one text", async () => (await texts(elsewhere.page)).length === 1);
    assert.ok(!(await texts(elsewhere.page))[0].some((line) => line.includes("let y")));
  },
});
modelServer.close();

function proposes(text) {
  return until(text, async () => {
    const shown = await texts(elsewhere.page);
    return shown.length === 2 && shown.some((lines) => lines.some((line) => line.includes(text)));
  });
}
