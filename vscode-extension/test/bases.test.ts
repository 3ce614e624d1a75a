import assert from "node:assert/strict";
import { test } from "node:test";
import { Bases } from "../src/bases";

const KEY = "redox-iron:/a.rs.iron?file:///a.rs";
const OLD = ["let x = 1;\r\n", "\ufefflet x be 1\r\n", "let x be 1\n"] as const;
const NEW = ["let y = 1;\n", "let y be 1\n", "let y be 1\n"] as const;

const opened = () => {
  const kept = { all: {} };
  const bases = new Bases(kept.all, (all) => (kept.all = all));
  bases.wasRead(KEY, OLD[0], OLD[1]);
  bases.isClean(KEY, OLD[2]);
  return { bases, kept };
};
const holds = (bases: Bases) => [bases.isBase(KEY, OLD[0]), bases.isBase(KEY, NEW[0])];

test("a document is made of the file that was read for it, whatever its mark and line ends", () => {
  assert.deepEqual(holds(opened().bases), [true, false]);
});

test("a file that is read behind what is edited, as to compare the two, changes nothing", () => {
  const { bases } = opened();
  bases.wasRead(KEY, NEW[0], NEW[1]);
  assert.deepEqual(holds(bases), [true, false]);
  bases.isClean(KEY, OLD[2]); // what was typed is undone
  assert.deepEqual(holds(bases), [true, false]);
});

test("a document that is read again, or saved, is made of the new file", () => {
  const { bases } = opened();
  bases.wasRead(KEY, NEW[0], NEW[1]);
  bases.isClean(KEY, NEW[2]);
  assert.deepEqual(holds(bases), [false, true]);
  bases.wasSaved(KEY, OLD[0], OLD[1]);
  assert.deepEqual(holds(bases), [true, false]);
});

test("of a document that was never read, or is closed, nothing is known", () => {
  const { bases, kept } = opened();
  assert.equal(bases.isBase("another", OLD[0]), undefined);
  bases.wasClosed(KEY);
  assert.deepEqual(holds(bases), [undefined, undefined]);
  assert.deepEqual(kept.all, {});
});

test("an edited document that comes back with its window is made of what it was made of", () => {
  const again = new Bases(opened().kept.all, () => undefined);
  assert.deepEqual(holds(again), [true, false]);
});
