import assert from "node:assert/strict";
import { test } from "node:test";
import { applyChanged, mirrorOf, splitLines } from "../src/mirror";

const message = (baseVersion: number, ...changes: [number, number, string][]) => ({
  uri: "file:///a.iron",
  baseVersion,
  version: baseVersion + 1,
  changes: changes.map(([startLine, endLine, text]) => ({ startLine, endLine, text })),
});

test("lines end at LF, CRLF and CR, and keep their ends", () => {
  assert.deepEqual(splitLines("a\nb\r\nc\rd"), ["a\n", "b\r\n", "c\r", "d"]);
  assert.deepEqual(splitLines("\n\n"), ["\n", "\n"]);
  assert.deepEqual(splitLines(""), []);
});

test("other signs that some call line ends are none", () => {
  assert.deepEqual(splitLines("a\u2028b\fc\n"), ["a\u2028b\fc\n"]);
});

test("changes apply one after another", () => {
  const before = mirrorOf("a\nb\nc\n", 1);
  const after = applyChanged(before, message(1, [1, 2, "x\ny\n"], [0, 1, ""], [2, 3, "z"]));
  assert.deepEqual(after, { version: 2, lines: ["x\n", "y\n", "z"] });
  assert.deepEqual(before.lines, ["a\n", "b\n", "c\n"]);
});

test("an edit that changes nothing moves the version on", () => {
  assert.equal(applyChanged(mirrorOf("a", 4), message(4))?.version, 5);
});

test("a missed message is noticed", () => {
  assert.equal(applyChanged(mirrorOf("a", 1), message(2)), undefined);
});
