// A real VS Code in a real browser: code-server, driven by its page as a person would.
//
// What is here knows VS Code's own page, so it goes with the pinned version of code-server only.

import assert, { fail } from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const CHROMIUM = "/usr/bin/chromium";
const QUIET =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " +
  "--disable-component-update --disable-sync --disable-dev-shm-usage";
/** Long, for a machine that has other things to do: what is there is seen at once. */
const PATIENCE_MS = 60_000;
const START_MS = 120_000;
/** The extension's item in the status bar. */
export const STATE = "[id*='redox.status']";

/** What every run drives, and with what. */
export const TOOLS = resolve(process.env.REDOX_BROWSER ?? fail("REDOX_BROWSER is not set"));
/** The extension as it was built. */
export const VSIX = fileURLToPath(new URL("../dist/redox-iron.vsix", import.meta.url));
const VSCE = fileURLToPath(new URL("../node_modules/.bin/vsce", import.meta.url));
const PICTURES = "out/pictures";

/** What is done whenever the run ends. */
const endings = [];
process.once("exit", () => endings.forEach((end) => end()));
// Without a listener a signal ends a run before it has cleaned up.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => process.exit(1));
}

/**
 * Starts VS Code with the extension over a folder of `files`, and opens the first of them.
 *
 * With `path`, that and a home of its own are all that VS Code knows of the machine; `workspace` is
 * the file that names several folders, `keys` are keys of the user's, `extensions` are the VSIX to
 * install.
 */
export async function startEditor({
  files,
  settings,
  isTrusted = true,
  path,
  workspace,
  extensions = [VSIX],
  keys = [],
}) {
  const root = scratch("e2e");
  const folder = join(root, "workspace");
  write(folder, files);
  const chosen = typeof settings === "function" ? settings(folder) : settings;
  write(join(root, "data", "User"), {
    "settings.json": JSON.stringify(chosen),
    "keybindings.json": JSON.stringify(keys),
  });
  const folders = ["--user-data-dir", join(root, "data"), "--extensions-dir", join(root, "ext")];
  const entry = join(TOOLS, "node_modules/code-server/out/node/entry.js");
  for (const vsix of extensions) {
    const installed = spawnSync(process.execPath, [entry, ...folders, "--install-extension", vsix]);
    if (installed.status !== 0) {
      throw new Error(`${vsix} could not be installed: ${installed.stderr}`);
    }
  }
  const port = await freePort();
  const server = spawn(
    process.execPath,
    [
      entry,
      ...folders,
      ...["--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--disable-telemetry"],
      ...["--disable-update-check", "--disable-getting-started-override"],
      ...(isTrusted ? ["--disable-workspace-trust"] : []),
    ],
    { stdio: "ignore", env: path ? { ...process.env, ...alone(root, path) } : process.env },
  );
  endings.push(() => server.kill());
  await answers(`http://127.0.0.1:${port}/healthz`);
  const { chromium } = createRequire(join(TOOLS, "package.json"))("playwright-core");
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET.split(" ") });
  const page = await browser.newPage({ viewport: { width: 1400, height: 800 } });
  page.setDefaultTimeout(PATIENCE_MS);
  page.setDefaultNavigationTimeout(START_MS);
  const file = `vscode-remote://127.0.0.1:${port}${join(folder, Object.keys(files)[0])}`;
  const payload = encodeURIComponent(JSON.stringify([["openFile", file]]));
  const opened = workspace ? `workspace=${join(folder, workspace)}` : `folder=${folder}`;
  await page.goto(`http://127.0.0.1:${port}/?${opened}&payload=${payload}`);
  const stop = async () => {
    await browser.close();
    server.kill();
    await until("the folder's end", () => isRemoved(root));
  };
  return {
    page,
    folder,
    data: join(root, "data"),
    stop,
    configure: (own) => configure(page, { ...chosen, ...own }),
  };
}

/** Makes a folder for this run, which goes at its end, whatever that is. */
export function scratch(name) {
  const folder = mkdtempSync(join(tmpdir(), `redox-${name}-`));
  endings.push(() => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 500 });
  });
  return folder;
}

/** Packs an extension that is all of `code`, and returns its VSIX. */
export function packed(manifest, code) {
  const folder = scratch(manifest.name);
  write(folder, {
    "package.json": JSON.stringify({
      version: "1.0.0",
      engines: { vscode: "^1.90.0" },
      main: "./main.js",
      ...manifest,
    }),
    "main.js": code,
  });
  const vsix = join(folder, `${manifest.name}.vsix`);
  const done = spawnSync(
    VSCE,
    ["package", "--no-dependencies", "--allow-missing-repository", "--skip-license", "--out", vsix],
    { cwd: folder, encoding: "utf-8" },
  );
  if (done.status !== 0) {
    throw new Error(`${manifest.name} could not be packed: ${done.stderr}`);
  }
  return vsix;
}

/** Removes a folder; false while a program that is ending still writes into it. */
function isRemoved(folder) {
  try {
    rmSync(folder, { recursive: true, force: true });
    return true;
  } catch (error) {
    if (error.code === "ENOTEMPTY") return false;
    throw error;
  }
}

/** Changes the user's settings as a user does: code-server does not watch their file. */
async function configure(page, settings) {
  await run(page, "Preferences: Open User Settings (JSON)");
  await until("the settings", async () =>
    (await texts(page)).some((lines) => lines.some((line) => line.includes("files.autoSave"))),
  );
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(JSON.stringify(settings));
  await page.keyboard.press("Control+S");
}

/** A login shell would add to PATH, and VS Code asks one unless a shell has started it. */
function alone(home, path) {
  return { PATH: path, HOME: home, VSCODE_CLI: "1" };
}

/** Takes each step by its name with a picture behind it, and a picture of what failed. */
export async function take(editor, steps) {
  const picture = async (name) => {
    const file = `${PICTURES}/${name.replaceAll(/[^\w-]+/g, "-")}.png`;
    await editor.page.screenshot({ path: file });
  };
  mkdirSync(PICTURES, { recursive: true });
  try {
    for (const [name, step] of Object.entries(steps)) {
      console.log(name);
      await step(editor, picture);
      await picture(name);
    }
    assert.doesNotMatch(logs(editor), /a message is refused/, "the client says what is no message");
  } catch (error) {
    await picture("failed");
    console.log(logs(editor));
    throw error;
  } finally {
    await editor.stop();
  }
}

/** Returns what the extension and the language client have said in their output channels. */
function logs({ data }) {
  const folder = join(data, "logs");
  return readdirSync(folder, { recursive: true })
    .filter((name) => /Redox[^/]*\.log$/.test(name))
    .map((name) => `--- ${name}\n${readFileSync(join(folder, name), "utf-8")}`)
    .join("\n");
}

/** Waits until the status bar says that the server runs. */
export function serverRuns({ page }, _, patience = START_MS) {
  return until("the server's check mark", () => page.locator(STATE + " .codicon-check").count(), patience);
}

/** Waits for a message that VS Code shows, and returns it. */
export async function message(page, text) {
  const found = page.locator(".notification-toast", { hasText: text });
  await found.waitFor();
  return found;
}

export function press(message, button) {
  return message.locator(".monaco-button", { hasText: button }).click();
}

/** Waits until `look` returns something that is true, and returns it. */
export async function until(what, look, patience = PATIENCE_MS) {
  const end = Date.now() + patience;
  for (;;) {
    const seen = await look();
    if (seen) {
      return seen;
    }
    if (Date.now() > end) {
      throw new Error(`never seen: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Runs a command of the palette by its title. */
export function run(page, title) {
  return choose(page, "F1", `>${title}`, title);
}

/** Opens a file of the workspace by its name. */
export function openFile(page, name) {
  return choose(page, "Control+P", name, name);
}

/** Types into a list that a key opens, and chooses an entry once Enter would. */
async function choose(page, key, typed, entry) {
  const input = page.locator(".quick-input-widget input");
  const row = page.locator(".quick-input-list .monaco-list-row.focused", { hasText: entry });
  await until(`${entry} in a list`, async () => {
    await page.keyboard.press(key);
    await page.waitForTimeout(300);
    if (!(await input.isVisible())) {
      return false; // the page has not heard the key yet
    }
    await input.fill(typed);
    for (let turn = 0; turn < 20; turn += 1) {
      await page.waitForTimeout(100);
      if (await row.count()) {
        return true;
      }
    }
    await page.keyboard.press("Escape"); // a list that was not ready has not heard what was typed
    return false;
  });
  await page.keyboard.press("Enter");
}

/** Returns how many places the extension has marked in the editor of that number. */
export function marks(page, editor) {
  return page.evaluate((editor) => {
    const shown = document.querySelectorAll(".editor-instance")[editor];
    return [...shown.querySelectorAll(".view-overlays .cdr[class*='ced-']")].length;
  }, editor);
}

/** Returns the lines that each visible editor shows, from left to right. */
export function texts(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll(".editor-instance .view-lines")].map((lines) =>
      [...lines.children]
        .sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top))
        .map((line) => line.textContent.replaceAll("\u00a0", " ")),
    ),
  );
}

/** Puts the cursor on a word in the editor of that number. */
export async function clickWord(page, editor, word) {
  await until(`the cursor on ${word}`, async () => {
    const place = await placeOf(page, editor, word);
    if (place === undefined) {
      return false;
    }
    await page.mouse.click(place.x, place.y);
    await page.waitForTimeout(400); // lenses move lines, and a page that loads moves the cursor
    const now = await placeOf(page, editor, word);
    return now?.y === place.y && (await hasCursor(page, editor, place.y));
  });
}

/** Tells whether the focus and the cursor are in an editor, on the line at a height. */
function hasCursor(page, editor, y) {
  return page.evaluate(
    ([editor, y]) => {
      const shown = document.querySelectorAll(".editor-instance")[editor];
      const cursor = shown.querySelector(".cursors-layer > .cursor")?.getBoundingClientRect();
      return shown.contains(document.activeElement) && cursor?.top <= y && y <= cursor.bottom;
    },
    [editor, y],
  );
}

/** Returns the middle of a word on the page, or nothing where the editor does not show it. */
function placeOf(page, editor, word) {
  return page.evaluate(
    ([editor, word]) => {
      const lines = document.querySelectorAll(".editor-instance .view-lines")[editor];
      const walker = document.createTreeWalker(lines, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const at = node.textContent.replaceAll("\u00a0", " ").indexOf(word);
        if (at >= 0) {
          const range = document.createRange();
          range.setStart(node, at);
          range.setEnd(node, at + word.length);
          const { x, y, width, height } = range.getBoundingClientRect();
          return { x: x + width / 2, y: y + height / 2 };
        }
      }
      return undefined;
    },
    [editor, word],
  );
}

/** Moves the mouse over a word, and waits until a hover says a text. */
export async function hover(page, editor, word, text) {
  const place = await until(word, () => placeOf(page, editor, word));
  await page.mouse.move(place.x, place.y);
  const shown = page.locator(".monaco-hover:visible", { hasText: text });
  await until(`the hover ${text}`, async () => {
    await page.mouse.move(place.x + Math.random() * 2, place.y);
    await page.waitForTimeout(400);
    return shown.count();
  });
}

/** Chooses a fix of the place where the cursor is. */
export async function fix(page, title) {
  await until(`the fix ${title}`, async () => {
    await page.keyboard.press("Control+.");
    await page.waitForTimeout(600);
    // The one that is preferred has the focus; a click is taken by what lies over the list.
    const found = page.locator(".action-widget .monaco-list-row.focused", { hasText: title });
    if (await found.count()) {
      await page.keyboard.press("Enter");
      return true;
    }
    await page.keyboard.press("Escape");
    return false;
  });
}

/** Returns the number of the first line that each visible editor shows. */
export function firstLines(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll(".editor-instance")].map((editor) =>
      Math.min(
        ...[...editor.querySelectorAll(".line-numbers")].flatMap((number) => {
          const above = number.getBoundingClientRect().top < editor.getBoundingClientRect().top + 20;
          return above ? [] : [Number(number.textContent)];
        }),
      ),
    ),
  );
}

/** Presses a key, and returns the milliseconds until an editor shows a text, as the page saw it. */
export async function timeOf(page, key, editor, text) {
  await page.evaluate(
    ([editor, text]) => {
      const lines = document.querySelectorAll(".editor-instance .view-lines")[editor];
      window.redoxSeen = new Promise((resolve) => {
        let pressed = Infinity;
        const note = () => (pressed = performance.now());
        window.addEventListener("keydown", note, { once: true, capture: true });
        new MutationObserver((_, observer) => {
          if (lines.textContent.replaceAll("\u00a0", " ").includes(text)) {
            observer.disconnect();
            resolve(performance.now() - pressed);
          }
        }).observe(lines, { subtree: true, childList: true, characterData: true });
      });
    },
    [editor, text],
  );
  await page.keyboard.press(key);
  return page.evaluate(() =>
    Promise.race([
      window.redoxSeen,
      new Promise((_, reject) => setTimeout(() => reject(new Error("never seen")), 20_000)),
    ]),
  );
}

/** Tells whether there is a process of that number. */
export function isAlive(number) {
  try {
    return process.kill(number, 0);
  } catch (error) {
    if (error.code === "ESRCH") return false;
    throw error;
  }
}

/** Programs among the files can be run. */
function write(folder, files) {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode: text.startsWith("#!/") ? 0o755 : 0o644 });
  }
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

function answers(url) {
  return until(url, () => fetch(url).then((answer) => answer.ok, () => false), START_MS);
}
