import assert from "node:assert/strict";
import { test } from "node:test";
import { otherLanguage, previewPath } from "../src/places";
import { serverSettings } from "../src/settings";
import { textOf } from "../src/states";

test("a preview is named as the other file would be", () => {
  assert.equal(previewPath("/src/main.iron", "iron"), "/main.rs");
  assert.equal(previewPath("/src/main.rs", "rust"), "/main.iron");
  assert.equal(previewPath("Untitled-1", "iron"), "/Untitled-1.rs");
});

test("only Iron and Rust have a preview", () => {
  assert.deepEqual(["iron", "rust", "python"].map(otherLanguage), ["rust", "iron", undefined]);
});

test("the server is given no setting of the extension's", () => {
  const all = { server: { path: "/x" }, trace: {}, preview: {}, rustc: { when: "save" } };
  assert.deepEqual(serverSettings(all), { rustc: { when: "save" } });
});

test("each state says what it is", () => {
  const running = textOf({ kind: "running", version: "0.1.0", origin: "PATH" });
  assert.deepEqual([running.isError, running.tooltip], [false, "redox-lsp 0.1.0, from PATH"]);
  assert.equal(textOf({ kind: "failed", why: "no" }).tooltip, "no");
  assert.equal(textOf({ kind: "missing" }).isError, true);
});
