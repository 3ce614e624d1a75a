import assert from "node:assert/strict";
import { test } from "node:test";
import { limited, unlessAborted } from "../src/waiting";

const never = new Promise<never>(() => undefined);
const why = new Error("another is wanted");

test("what comes is waited for, and what fails fails", async () => {
  const { signal } = new AbortController();
  assert.equal(await unlessAborted(Promise.resolve(1), signal), 1);
  await assert.rejects(unlessAborted(Promise.reject(why), signal), why);
});

test("what never comes is waited for until it is not wanted", async () => {
  const aborting = new AbortController();
  const waiting = unlessAborted(never, aborting.signal);
  aborting.abort(why);
  await assert.rejects(waiting, why);
  await assert.rejects(unlessAborted(never, aborting.signal), why);
});

test("a limit ends with time, or with what it limits", async () => {
  const aborting = new AbortController();
  const short = unlessAborted(never, limited(aborting.signal, "The start", 20));
  const keepsRunning = setInterval(() => undefined, 1000);
  await assert.rejects(short, /^Error: The start took longer than 0\.02 s$/);
  clearInterval(keepsRunning);
  const long = unlessAborted(never, limited(aborting.signal, "The start", 60_000));
  aborting.abort(why);
  await assert.rejects(long, why);
  await assert.rejects(unlessAborted(never, limited(aborting.signal, "The start", 60_000)), why);
});
