import assert from "node:assert/strict";
import { test } from "node:test";
import { candidates, skew, type Surroundings, versionIn } from "../src/finding";

const around = (own: Partial<Surroundings>): Surroundings => ({
  serverPath: "",
  interpreter: "",
  pythonExtension: undefined,
  folders: [],
  own: undefined,
  isTrusted: true,
  searchPath: "",
  platform: "linux",
  ...own,
});
const commands = (own: Partial<Surroundings>) => candidates(around(own)).map((one) => one.command);

test("a setting is the only candidate", () => {
  const all = candidates(around({ serverPath: "/a/redox-lsp", pythonExtension: "/b/python" }));
  assert.deepEqual(all.map((one) => [one.command, one.isChosen]), [["/a/redox-lsp", true]]);
  assert.deepEqual(commands({ interpreter: "/c/python", searchPath: "/bin" }), ["/c/python"]);
});

test("the Python extension comes before .venv, and that before PATH", () => {
  assert.deepEqual(
    commands({ pythonExtension: "/p/python", folders: ["/w", "/v"], searchPath: "/bin:/usr/bin" }),
    [
      "/p/python",
      "/w/.venv/bin/python",
      "/v/.venv/bin/python",
      "/bin/redox-lsp",
      "/usr/bin/redox-lsp",
    ],
  );
});

test("a workspace that is not trusted names no program", () => {
  const own = { pythonExtension: "/w/.venv/bin/python", folders: ["/w"], searchPath: "/bin" };
  assert.deepEqual(commands({ ...own, isTrusted: false }), ["/bin/redox-lsp"]);
});

test("what the extension has installed itself comes last, trusted or not", () => {
  const own = { own: "/s/python", searchPath: "/bin", isTrusted: false };
  assert.deepEqual(commands(own), ["/bin/redox-lsp", "/s/python"]);
  assert.deepEqual(commands({ own: "/s/python", serverPath: "/a/redox-lsp" }), ["/a/redox-lsp"]);
});

test("a relative entry of PATH is left out", () => {
  assert.deepEqual(commands({ searchPath: ".:bin::/bin" }), ["/bin/redox-lsp"]);
});

test("Windows has other names", () => {
  assert.deepEqual(commands({ platform: "win32", folders: ["C:\\w"], searchPath: "C:\\p;d" }), [
    "C:\\w\\.venv\\Scripts\\python.exe",
    "C:\\p\\redox-lsp.exe",
  ]);
});

test("an interpreter imports nothing from the folder that it starts in", () => {
  const [python] = candidates(around({ interpreter: "/p/python" }));
  assert.deepEqual(python?.args, ["-P", "-m", "redox_lsp"]);
});

test("only redox-lsp answers as redox-lsp", () => {
  assert.equal(versionIn("redox-lsp 0.1.0\n"), "0.1.0");
  assert.equal(versionIn("Python 3.11.2\n"), undefined);
});

test("other versions are told apart", () => {
  assert.equal(skew("0.1.0", "0.1.0"), undefined);
  assert.match(skew("0.1.0", "0.2.0") ?? "", /0\.1\.0.*0\.2\.0/);
});
