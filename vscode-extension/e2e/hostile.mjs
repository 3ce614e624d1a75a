// A workspace that nobody trusts, and that tries to have programs of its own started.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { scratch, startEditor, texts, until } from "./editor.mjs";

const traces = scratch("traces");
const trap = (name) => `#!/bin/sh\ntouch '${traces}/${name}'\necho redox-lsp 0.1.0\n`;

/** Opens the workspace, waits until the extension has looked for a server, and returns what ran. */
async function open(isTrusted) {
  const editor = await startEditor({
    files: {
      "main.iron": "let x be 1\n",
      "server": trap("path"),
      ".venv/bin/python": trap("venv"),
      ".vscode/settings.json": JSON.stringify({
        "redox.server.path": "server",
        "redox.server.interpreter": "server",
      }),
    },
    settings: { "security.workspace.trust.startupPrompt": "never" },
    isTrusted,
  });
  try {
    await until("the text", async () => (await texts(editor.page))[0]?.includes("let x be 1"));
    const item = editor.page.locator("[id*='redox.status']");
    await item.waitFor();
    await until("the end of the search", async () => !(await item.locator(".codicon-sync").count()));
    await editor.page.screenshot({ path: `out/pictures/hostile-${isTrusted}.png` });
  } finally {
    await editor.stop();
  }
  return ["path", "venv"].filter((name) => existsSync(join(traces, name)));
}

console.log("a hostile workspace starts nothing before it is trusted");
assert.deepEqual(await open(false), []);
console.log("once it is trusted its .venv counts, and still no setting of its own");
assert.deepEqual(await open(true), ["venv"]);
