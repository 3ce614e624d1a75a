// The installation, with programs that do what Python, venv and pip would.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import {
  bundleIn,
  claim,
  complaintIn,
  install,
  installedPython,
  installSuggestions,
  isOutdated,
  newsIn,
  tidy,
} from "../src/installing";
import { choosePython, obstacle, type Python, pythonCommands } from "../src/pythons";
import { environment, run, start } from "../src/programs";

const isPosix = { skip: process.platform === "win32" ? "the stand-ins are shell scripts" : false };
let root: string;
let storage: string;
let log: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "redox-installing-"));
  storage = path.join(root, "storage");
  log = path.join(root, "log");
  const server = path.join(root, "extension", "server");
  mkdirSync(server, { recursive: true });
  writeFileSync(path.join(server, "redox_iron-1.0-py3-none-any.whl"), "wheel");
  writeFileSync(path.join(server, "requirements.txt"), "a==1 --hash=sha256:0");
  writeFileSync(path.join(server, "suggestions.txt"), "b==1 --hash=sha256:0");
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

const script = (name: string, body: string): string => {
  const file = path.join(root, name);
  writeFileSync(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return file;
};

/** A Python whose `venv` makes environments where pip does what `pip` says. */
const pythonThat = (pip: string): Python => {
  const inside = script("inside", `echo "$@" >>'${log}'\ncase "$*" in *pip*) ${pip};; esac`);
  const body = `mkdir -p "$4/bin"\ncp '${inside}' "$4/bin/python"`;
  return { command: script("python3", body), version: [3, 11], hasVenv: true };
};

const bundle = () => bundleIn(path.join(root, "extension")) ?? assert.fail("no bundle");
const quiet = () => ({
  signal: new AbortController().signal,
  onStep: () => undefined,
  onLine: () => undefined,
});

test("what is installed is held to hashes, and our wheel comes from its file alone", isPosix, async () => {
  const python = await install(pythonThat("true"), bundle(), storage, quiet());
  const [needed, own, asked] = readFileSync(log, "utf-8").trim().split("\n");
  assert.match(needed ?? "", /--only-binary :all: --require-hashes --requirement .*requirements\.txt$/);
  assert.match(own ?? "", /--no-deps .*--no-index .*redox_iron-1\.0-py3-none-any\.whl$/);
  assert.equal(asked, "-P -m redox_lsp --version");
  assert.equal(installedPython(storage, bundle()), python);
});

test("what suggestions need is added to what is whole, and takes nothing from it", isPosix, async () => {
  await assert.rejects(installSuggestions(bundle(), storage, quiet()), /is not installed$/);
  const without = 'case "$*" in *suggestions.txt) echo "ERROR: no such wheel"; exit 1;; esac';
  const python = await install(pythonThat(without), bundle(), storage, quiet());
  await assert.rejects(installSuggestions(bundle(), storage, quiet()), /failed: no such wheel$/);
  assert.equal(installedPython(storage, bundle()), python);
  writeFileSync(bundle().suggestions, "b==2 --hash=sha256:0");
  await install(pythonThat("true"), bundle(), storage, quiet());
  await installSuggestions(bundle(), storage, quiet());
  const last = readFileSync(log, "utf-8").trim().split("\n").at(-1) ?? "";
  assert.match(last, /--only-binary :all: --require-hashes --requirement .*suggestions\.txt$/);
});

test("what pip prints says how far it is", () => {
  const said = {
    "Collecting onnxruntime==1.32.0 (from -r suggestions.txt (line 2))": "onnxruntime",
    "Processing /wheels/tree_sitter-0.26.1-cp311-cp311-win_amd64.whl": "tree_sitter",
    "  Downloading onnxruntime-1.32.0-cp311-cp311-win_arm64.whl (27.1 MB)": "onnxruntime, 27.1 MB",
    "  Downloading attrs-26.1.0-py3-none-any.whl.metadata (7.7 kB)": undefined,
    "Installing collected packages: attrs, cattrs": "unpacking",
    "Requirement already satisfied: attrs": undefined,
  };
  assert.deepEqual(Object.keys(said).map(newsIn), Object.values(said));
});

test("what failed is said in pip's own words, and nothing is left of it", isPosix, async () => {
  const failing = pythonThat("echo noise; echo 'ERROR: no such hash' >&2; exit 1");
  await assert.rejects(install(failing, bundle(), storage, quiet()), /failed: no such hash$/);
  assert.equal(installedPython(storage, bundle()), undefined);
  assert.deepEqual(readdirSync(storage), []);
});

test("an installation can be stopped in its midst, with all that it started", isPosix, async () => {
  const aborting = new AbortController();
  const marker = path.join(root, "went on");
  const slow = pythonThat(`(sleep 2; touch '${marker}') & echo Collecting attrs==1; wait`);
  const steps: string[] = [];
  const onStep = (step: string) => {
    steps.push(step);
    if (step.endsWith(": attrs")) {
      aborting.abort();
    }
  };
  const progress = { ...quiet(), signal: aborting.signal, onStep };
  await assert.rejects(install(slow, bundle(), storage, progress), { name: "AbortError" });
  assert.deepEqual(readdirSync(storage), []);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  assert.equal(existsSync(marker), false);
});

test("two windows don't install at once, and one that is gone does not count", isPosix, async () => {
  mkdirSync(storage);
  const lock = path.join(storage, "installing");
  writeFileSync(lock, String(process.pid));
  await assert.rejects(install(pythonThat("true"), bundle(), storage, quiet()), /another window/);
  writeFileSync(lock, "999999999");
  await install(pythonThat("true"), bundle(), storage, quiet());
  assert.equal(existsSync(lock), false);
});

test("what is whole is used again, and stays where it answers no more and nothing comes after it", isPosix, async () => {
  const first = await install(pythonThat("true"), bundle(), storage, quiet());
  const failing = pythonThat("exit 1");
  assert.equal(await install(failing, bundle(), storage, quiet()), first);
  writeFileSync(first, "#!/bin/sh\nexit 1\n"); // its Python is gone
  await assert.rejects(install(failing, bundle(), storage, quiet()), /failed: exit code 1$/);
  assert.equal(installedPython(storage, bundle()), first);
  const second = await install(pythonThat("true"), bundle(), storage, quiet());
  assert.notEqual(second, first);
  assert.equal(installedPython(storage, bundle()), second);
  assert.ok(existsSync(first));
});

test("another bundle gets another environment, and an old one stays while a window uses it", isPosix, async () => {
  const window = spawn("sleep", ["60"]);
  const old = await install(pythonThat("true"), bundle(), storage, quiet());
  assert.equal(claim(storage, bundle(), window.pid ?? 0), old);
  writeFileSync(bundle().wheel, "another wheel");
  assert.equal(installedPython(storage, bundle()), undefined);
  assert.equal(isOutdated(storage, bundle()), true);
  await tidy(storage, bundle());
  const own = await install(pythonThat("true"), bundle(), storage, quiet());
  assert.equal(claim(storage, bundle(), process.pid), own);
  await tidy(storage, bundle());
  assert.ok(existsSync(old));
  window.kill();
  await once(window, "exit");
  await tidy(storage, bundle());
  assert.equal(existsSync(old), false);
  assert.equal(installedPython(storage, bundle()), own);
});

test("a window keeps only what it has claimed last", isPosix, async () => {
  const first = await install(pythonThat("true"), bundle(), storage, quiet());
  assert.equal(claim(storage, bundle(), process.pid), first);
  writeFileSync(first, "#!/bin/sh\nexit 1\n");
  const second = await install(pythonThat("true"), bundle(), storage, quiet());
  await tidy(storage, bundle());
  assert.ok(existsSync(first));
  assert.equal(claim(storage, bundle(), process.pid), second);
  await tidy(storage, bundle());
  assert.equal(existsSync(first), false);
});

test("a build without a wheel brings nothing", () => {
  assert.equal(bundleIn(root), undefined);
});

test("the first Python that is new enough and has venv is taken", isPosix, async () => {
  const old = script("old", "echo python 3 9 1");
  const bare = script("bare", "echo python 3 11 0");
  const fit = script("fit", "echo python 3 12 1");
  const broken = script("broken", "exit 1");
  const chosen = await choosePython([path.join(root, "absent"), broken, old, bare, fit], root);
  assert.deepEqual(chosen, {
    kind: "usable",
    python: { command: fit, version: [3, 12], hasVenv: true },
  });
  assert.equal(obstacle(chosen, "linux"), undefined);
  const without = obstacle(await choosePython([old, bare], root), "linux");
  assert.match(without ?? "", /bare is Python 3\.11, but without venv.*apt install python3\.11-venv/);
  assert.match(obstacle(await choosePython([old], root), "linux") ?? "", /3\.11 or newer.* is 3\.9/);
  assert.match(obstacle(await choosePython([broken], root), "linux") ?? "", /no Python was found/);
});

test("a Python is looked for on PATH first, and never in a relative folder of it", () => {
  const found = pythonCommands(".:/bin:/b", ["/w/.venv/bin/python", "/bin/python"], "linux");
  assert.deepEqual(found.slice(0, 2), ["/bin/python3", "/b/python3"]);
  assert.equal(found.at(-1), "/w/.venv/bin/python");
  assert.equal(found.length, new Set(found).size);
  assert.deepEqual(pythonCommands("C:\\p", [], "win32"), ["C:\\p\\python.exe", "C:\\p\\python3.exe"]);
});

test("a program that takes too long, fails or is not there is told apart", isPosix, async () => {
  const slow = { command: script("slow", "sleep 5"), args: [], folder: root, patienceMs: 100 };
  await assert.rejects(run(slow), /did not end within 0\.1 s/);
  await assert.rejects(run({ ...slow, command: path.join(root, "absent") }), /ENOENT/);
  const failing = await run({ ...slow, command: script("failing", "echo a; echo b >&2; exit 3"), patienceMs: 9000 });
  assert.deepEqual(failing, { code: 3, output: "a\n", errors: "b\n" });
  assert.equal(complaintIn(failing), "b");
  assert.equal(complaintIn({ code: 3, output: "", errors: "" }), "exit code 3");
});

const ends = { ...isPosix, timeout: 60_000 };
test("a program that is talked to is ended with all that it started", ends, async () => {
  const aborting = new AbortController();
  const command = script("talks", 'sleep 600 & echo "$OWN"; wait');
  const wanted = { command, args: [], folder: root, environment: { OWN: "a" }, signal: aborting.signal };
  const child = await start(wanted);
  const [said] = (await once(child.stdout.setEncoding("utf-8"), "data")) as [string];
  assert.equal(said, "a\n");
  const ended = once(child, "close"); // once nobody holds its streams any more
  child.stderr.resume();
  aborting.abort();
  await ended;
  await assert.rejects(start(wanted), { name: "AbortError" });
  const absent = { ...wanted, command: path.join(root, "absent"), signal: new AbortController().signal };
  await assert.rejects(start(absent), /ENOENT/);
});

test("a program gets our environment with its own, but for what misleads Python or pip", () => {
  const ours = { PATH: "/bin", HOME: "/h", https_proxy: "p", PYTHONPATH: "/w", Pip_Target: "/t", KEY: "a" };
  const theirs = environment(ours, { KEY: "b" });
  assert.deepEqual(theirs, { PATH: "/bin", HOME: "/h", https_proxy: "p", KEY: "b" });
});
