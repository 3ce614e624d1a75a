// Takes the pictures of the README and the walkthrough anew: `make pictures`.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { askModel, ghosts, SUGGESTED } from "./suggested.mjs";
import {
  clickWord,
  hover,
  marks,
  openFile,
  run,
  serverRuns,
  startEditor,
  texts,
  TOOLS,
  until,
} from "./editor.mjs";

const SIZE = { width: 1000, height: 420 };
const THEMES = { dark: "Default Dark Modern", light: "Default Light Modern" };
const EXAMPLE = "../examples/word_count";
const MISTAKE = `function main begin
    for n in 1 through 3 do
        println macro with "{n} squared is {}" and n times n
    end while
end function
`;

/** Draws the extension's icon. */
async function icon() {
  const { chromium } = createRequire(join(TOOLS, "package.json"))("playwright-core");
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  const page = await browser.newPage({ viewport: { width: 256, height: 256 } });
  const drawn = readFileSync("images/icon.svg", "utf-8");
  await page.setContent(`<style>body { margin: 0 }</style>${drawn}`);
  await page.screenshot({ path: "images/icon.png", omitBackground: true });
  await browser.close();
}

async function pictures(kind, theme) {
  const editor = await startEditor({
    files: {
      "count.iron": readFileSync(`${EXAMPLE}/iron/count.iron`, "utf-8"),
      "mistake.iron": MISTAKE,
      "suggested.iron": SUGGESTED,
      "hello.iron": readFileSync("../examples/hello.iron", "utf-8"),
      "chart.rs": readFileSync(`${EXAMPLE}/src/chart.rs`, "utf-8"),
    },
    settings: {
      "breadcrumbs.enabled": false,
      "editor.minimap.enabled": false,
      "files.autoSave": "off",
      "redox.codeLens.run": false,
      "redox.rustc.when": "never",
      "redox.server.interpreter": resolve("../.venv/bin/python"),
      "window.commandCenter": false,
      "workbench.activityBar.location": "hidden",
      "workbench.colorTheme": theme,
      "workbench.layoutControl.enabled": false,
      "workbench.navigationControl.enabled": false,
    },
  });
  const { page } = editor;
  const take = async (name) => {
    await page.waitForTimeout(500);
    await page.screenshot({ path: `images/${name}-${kind}.png` });
  };
  const shows = (number, text) =>
    until(text, async () => (await texts(page))[number]?.some((one) => one.includes(text)));
  try {
    await serverRuns(editor);
    await page.setViewportSize(SIZE);
    await run(page, "View: Close Primary Side Bar");
    await run(page, "Redox: Show Rust Preview");
    await shows(1, "fn ");
    await clickWord(page, 0, "HashMap");
    await until("a mark in the preview", async () => (await marks(page, 1)) > 1);
    await take("preview");
    await run(page, "View: Close All Editors");

    await openFile(page, "mistake.iron");
    await until("the squiggle", () => page.locator(".squiggly-error").count());
    await hover(page, 0, "end", "closes nothing");
    await take("mistake");
    await page.mouse.move(500, 390);
    await run(page, "View: Close All Editors");
    await openFile(page, "hello.iron");
    await shows(0, "squared");
    await clickWord(page, 0, "println");
    await hover(page, 0, "through", "..=");
    await take("hover");
    await page.mouse.move(500, 390);
    await run(page, "Redox: Explain Phrase");
    await page.locator(".quick-input-widget input").fill("is greater than");
    await page.keyboard.press("Enter");
    await page.locator(".quick-input-list", { hasText: "a > b" }).waitFor();
    await take("phrase");
    await page.keyboard.press("Escape");
    await run(page, "View: Close All Editors");
    await openFile(page, "suggested.iron");
    await shows(0, "step minus");
    await askModel(page);
    await until("ghost text", () => ghosts(page));
    await take("ghost");
    await page.keyboard.press("Escape");
    await run(page, "File: Revert File");
    await run(page, "View: Close All Editors");

    await openFile(page, "chart.rs");
    await shows(0, "fn ");
    await run(page, "Redox: Edit as Iron");
    await shows(0, "function");
    await run(page, "Redox: Show Rust Preview");
    await shows(1, "fn ");
    await clickWord(page, 0, "widest");
    await until("a mark in the preview", async () => (await marks(page, 1)) > 1);
    await take("edit");
  } catch (error) {
    await page.screenshot({ path: "out/pictures/failed.png" });
    throw error;
  } finally {
    await editor.stop();
  }
}

await icon();
for (const [kind, theme] of Object.entries(THEMES)) {
  await pictures(kind, theme);
}
