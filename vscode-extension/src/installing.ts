// The language server put into the extension's own storage: a virtual environment with the wheel
// that came with the extension, and with the packages that it needs, each held to its hash.
//
// No package is ever asked for by our own name: the wheel is installed from its file, without an
// index. Half an installation is never used, for its last step is the file that says it is whole.
// Each is made in a folder of its own, and one goes only when no window's server may run from it.
// What suggestions of a model need comes after that: it is ten times as large, and some machines
// can't have it, which no marker tells, such as one whose C library is too old.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import * as path from "node:path";
import type { Python } from "./pythons";
import { type Ended, run } from "./programs";

/** What came with the extension. */
export interface Bundle {
  wheel: string;
  requirements: string;
  /** What suggestions of the model that ships need besides. */
  suggestions: string;
  /** Changes with what is installed, so that another bundle gets another environment. */
  stamp: string;
}

export interface Progress {
  signal: AbortSignal;
  /** Is told what is being done, in a few words. */
  onStep: (step: string) => void;
  /** Is told all that the programs print. */
  onLine: (line: string) => void;
}

/** Begins the name of an environment's folder: its bundle's stamp and the time follow. */
const ENVIRONMENT = "server-";
const WHOLE = "installed";
const LOCK = "installing";
/** Begins the name of a file that a window keeps in what its server may run from. */
const USED = "used-by-";
const PATIENCE_MS = 15 * 60_000;
const PIP = ["-I", "-m", "pip", "install", "--no-input", "--no-deps", "--disable-pip-version-check"];
const PINNED = ["--progress-bar", "off", "--only-binary", ":all:", "--require-hashes", "--requirement"];
/** Lines of pip's that tell how far it is, and what is said of each. */
const NEWS: readonly [RegExp, string][] = [
  [/^(?:Collecting|Processing) (?:.*[/\\])?([\w.-]+?)(?:==|-\d| |$).*/, "$1"],
  [/^\s*Downloading (?:.*[/\\])?([\w.]+?)-\d.*\.whl \(([^)]+)\).*/, "$1, $2"],
  [/^Installing collected packages.*/, "unpacking"],
];

/** Returns what the extension brings, or nothing where it was built without a wheel. */
export function bundleIn(extension: string): Bundle | undefined {
  const folder = path.join(extension, "server");
  const requirements = path.join(folder, "requirements.txt");
  const suggestions = path.join(folder, "suggestions.txt");
  const name = existsSync(folder)
    ? readdirSync(folder).find((one) => one.endsWith(".whl"))
    : undefined;
  if (name === undefined || ![requirements, suggestions].every((one) => existsSync(one))) {
    return undefined;
  }
  const wheel = path.join(folder, name);
  const hash = createHash("sha256");
  for (const file of [wheel, requirements, suggestions]) {
    hash.update(readFileSync(file));
  }
  return { wheel, requirements, suggestions, stamp: hash.digest("hex").slice(0, 12) };
}

/** Returns the Python that a bundle was installed for last, or nothing where it was not. */
export function installedPython(storage: string, bundle: Bundle): string | undefined {
  const last = installed(storage, bundle);
  return last && pythonIn(last);
}

/** Returns that Python for a window, by its process: what it has claimed last stays as long as it. */
export function claim(storage: string, bundle: Bundle, window: number): string | undefined {
  const last = installed(storage, bundle);
  for (const folder of environments(storage)) {
    const over = usersOf(folder).filter((one) => one === window || !isAlive(one));
    over.forEach((one) => {
      rmSync(path.join(folder, `${USED}${one}`), { force: true });
    });
  }
  if (last !== undefined) {
    writeFileSync(path.join(last, `${USED}${window}`), "");
  }
  return last && pythonIn(last);
}

/** Tells whether there is an environment of another bundle, as after an update. */
export function isOutdated(storage: string, bundle: Bundle): boolean {
  const isInstalled = installed(storage, bundle) !== undefined;
  return !isInstalled && environments(storage).some((one) => !isOf(one, bundle));
}

/** Installs a bundle by a Python unless that is done, and returns the environment's own Python. */
export async function install(
  python: Python,
  bundle: Bundle,
  storage: string,
  progress: Progress,
): Promise<string> {
  mkdirSync(storage, { recursive: true });
  const unlock = lock(storage);
  try {
    const known = installedPython(storage, bundle);
    return known !== undefined && (await answers(known, storage, progress))
      ? known
      : await make(python, bundle, storage, progress);
  } finally {
    unlock();
  }
}

async function make(
  python: Python,
  bundle: Bundle,
  storage: string,
  progress: Progress,
): Promise<string> {
  const folder = path.join(storage, `${ENVIRONMENT}${bundle.stamp}-${Date.now().toString(36)}`);
  const own = pythonIn(folder);
  const does = (step: string, command: string, args: string[]) =>
    act(step, command, args, storage, progress);
  try {
    await does("making an environment", python.command, ["-I", "-m", "venv", folder]);
    await does("installing what it needs", own, [
      ...PIP,
      ...PINNED,
      bundle.requirements,
    ]);
    await does("installing Redox", own, [...PIP, "--no-index", bundle.wheel]);
    await does(...asking(own));
    writeFileSync(path.join(folder, WHOLE), "");
    return own;
  } catch (error) {
    await discard(folder);
    throw error;
  }
}

/** Tells whether what is installed still works: the Python that it was made by may be gone. */
async function answers(own: string, storage: string, progress: Progress): Promise<boolean> {
  try {
    await act(...asking(own), storage, progress);
    return true;
  } catch (error) {
    progress.signal.throwIfAborted();
    progress.onLine(String(error));
    return false;
  }
}

function asking(own: string): [step: string, command: string, args: string[]] {
  return ["looking whether it answers", own, ["-P", "-m", "redox_lsp", "--version"]];
}

/** Removes what no window has claimed, once there is something newer. */
export async function tidy(storage: string, bundle: Bundle): Promise<void> {
  const last = installed(storage, bundle);
  if (last === undefined || environments(storage).length === 1) {
    return;
  }
  const unlock = lock(storage); // what another window is making is not whole yet
  try {
    const old = environments(storage).filter((one) => one !== last && !usersOf(one).some(isAlive));
    await Promise.all(old.map(discard));
  } finally {
    unlock();
  }
}

/** Adds what suggestions of a model need to an installation, which works without it. */
export async function installSuggestions(
  bundle: Bundle,
  storage: string,
  progress: Progress,
): Promise<void> {
  const own = installedPython(storage, bundle);
  if (own === undefined) {
    throw new Error("the language server is not installed");
  }
  const unlock = lock(storage);
  try {
    const args = [...PIP, ...PINNED, bundle.suggestions];
    await act("adding what suggestions need", own, args, storage, progress);
  } finally {
    unlock();
  }
}

async function act(
  step: string,
  command: string,
  args: string[],
  folder: string,
  { signal, onStep, onLine }: Progress,
): Promise<void> {
  onStep(step);
  onLine(`> ${[command, ...args].join(" ")}`);
  const told = (line: string) => {
    onLine(line);
    const news = newsIn(line);
    if (news !== undefined) {
      onStep(`${step}: ${news}`);
    }
  };
  const ended = await run({ command, args, folder, patienceMs: PATIENCE_MS, signal, onLine: told });
  if (ended.code !== 0) {
    throw new Error(`${step} failed: ${complaintIn(ended)}`);
  }
}

/** Returns what a line of pip's says of how far it is, or nothing where it says nothing of that. */
export function newsIn(line: string): string | undefined {
  const [form, words] = NEWS.find(([one]) => one.test(line)) ?? [];
  return form && line.replace(form, words ?? "");
}

/** Returns what a program that failed said of it; pip marks its complaints. */
export function complaintIn({ code, output, errors }: Ended): string {
  const lines = `${output}\n${errors}`.split("\n").map((line) => line.trim());
  const marked = lines.filter((line) => line.startsWith("ERROR: "));
  const said = marked.length > 0 ? marked : lines.filter((line) => line !== "").slice(-1);
  return said.map((line) => line.replace("ERROR: ", "")).join(" ") || `exit code ${String(code)}`;
}

function pythonIn(folder: string): string {
  return process.platform === "win32"
    ? path.join(folder, "Scripts", "python.exe")
    : path.join(folder, "bin", "python");
}

/** Returns the folders of all environments, the oldest of each bundle first. */
function environments(storage: string): string[] {
  const names = existsSync(storage) ? readdirSync(storage).sort() : [];
  return names
    .filter((name) => name.startsWith(ENVIRONMENT))
    .map((name) => path.join(storage, name));
}

function isOf(folder: string, { stamp }: Bundle): boolean {
  return path.basename(folder).startsWith(`${ENVIRONMENT}${stamp}`);
}

/** Returns the folder that a bundle was installed in last. */
function installed(storage: string, bundle: Bundle): string | undefined {
  return environments(storage)
    .filter((one) => isOf(one, bundle) && existsSync(path.join(one, WHOLE)))
    .at(-1);
}

/** Returns the processes of the windows that have claimed an environment. */
function usersOf(folder: string): number[] {
  const names = readdirSync(folder).filter((name) => name.startsWith(USED));
  return names.map((name) => Number(name.slice(USED.length)));
}

/** Removes an environment; one that can't be removed whole is at least not used any more. */
async function discard(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  } catch {
    rmSync(path.join(folder, WHOLE), { force: true });
  }
}

/** Keeps two windows from installing at once; returns what ends that. */
function lock(storage: string): () => void {
  const file = path.join(storage, LOCK);
  for (const isLast of [false, true]) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return () => {
        rmSync(file, { force: true });
      };
    } catch (error) {
      if (isLast || isAlive(Number(readFileSync(file, "utf-8")))) {
        throw new Error("another window is installing the language server", { cause: error });
      }
      rmSync(file, { force: true }); // left by a window that ended in the midst of it
    }
  }
  throw new Error(`${file} can't be made`);
}

function isAlive(process_: number): boolean {
  try {
    return process_ > 0 && process.kill(process_, 0);
  } catch {
    return false;
  }
}
