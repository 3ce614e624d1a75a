import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, editedPath, encode, otherLanguage, previewPath } from "../src/places";
import { serverSettings } from "../src/settings";
import { helpersOf, textOf } from "../src/states";

test("a preview is named as the other file would be", () => {
  assert.equal(previewPath("/src/main.iron", "iron"), "/main.rs");
  assert.equal(previewPath("/src/main.rs", "rust"), "/main.iron");
  assert.equal(previewPath("Untitled-1", "iron"), "/Untitled-1.rs");
});

test("a file of Rust that is edited as Iron has a name and a preview of its own", () => {
  assert.equal(editedPath("/src/main.rs"), "/src/main.rs.iron");
  assert.equal(previewPath(editedPath("/src/main.rs"), "iron"), "/main.rs");
});

test("bytes become a text and back, with their mark, and what is not UTF-8 is refused", () => {
  const marked = new Uint8Array([0xef, 0xbb, 0xbf, 0x61]);
  assert.deepEqual(encode(decode(marked, "a.rs")), marked);
  assert.throws(() => decode(new Uint8Array([0xff]), "a.rs"), /a\.rs is not UTF-8/);
});

test("only Iron and Rust have a preview", () => {
  assert.deepEqual(["iron", "rust", "python"].map(otherLanguage), ["rust", "iron", undefined]);
});

test("the server is given no setting of the extension's", () => {
  const all = { server: { path: "/x" }, trace: {}, preview: {}, rustc: { when: "save" } };
  assert.deepEqual(serverSettings(all), { rustc: { when: "save" } });
});

test("each state says what it is", () => {
  const helpers = helpersOf({
    server: { version: "0.1.0", process: 1 },
    children: [
      { name: "rustc", version: "1.95.0", problem: "", running: "file:///a.iron" },
      { name: "rust-analyzer", version: "", problem: "not found.", running: [] },
    ],
  });
  const running = textOf({ kind: "running", version: "0.1.0", origin: "PATH", helpers });
  assert.equal(running.isError, false);
  assert.deepEqual(running.tooltip.split("\n"), [
    "redox-lsp 0.1.0, from PATH",
    "rustc: 1.95.0, at work",
    "rust-analyzer: not found",
    "model: none",
  ]);
  assert.equal(textOf({ kind: "failed", why: "no" }).tooltip, "no");
  assert.equal(textOf({ kind: "missing" }).isError, true);
});
