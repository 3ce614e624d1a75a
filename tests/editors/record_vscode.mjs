// Records what the extension in a real VS Code says at `initialize`: `make recording`.
//
// REDOX_BROWSER names the folder that scripts/setup-browser.sh has installed code-server in.

import { existsSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { scratch, startEditor, until } from "../../vscode-extension/e2e/editor.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const record = join(root, "tests/fixtures/vscode-initialize.json");
const python = join(root, ".venv/bin/python");

const recorder = join(scratch("record"), "recorder");
const command = `'${python}' '${join(here, "recorder.py")}' '${record}'`;
writeFileSync(recorder, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
rmSync(record, { force: true });
const editor = await startEditor({
  files: { "main.iron": "let x be 1\n" },
  settings: { "redox.server.path": recorder },
});
try {
  await until("what the client said", () => existsSync(record));
} finally {
  await editor.stop();
}
