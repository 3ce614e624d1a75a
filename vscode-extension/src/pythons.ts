// A Python that an environment can be made with: new enough, and with `venv`, which some systems
// leave out.

import { existsSync } from "node:fs";
import * as path from "node:path";
import { run } from "./programs";

/** The oldest that Redox runs on. */
export const OLDEST = [3, 11] as const;

export interface Python {
  command: string;
  version: readonly [number, number];
  hasVenv: boolean;
}

/** What came of looking for a Python. */
export type Choice =
  | { kind: "usable"; python: Python }
  | { kind: "withoutVenv"; python: Python }
  | { kind: "tooOld"; python: Python }
  | { kind: "none" };

const PATIENCE_MS = 30_000;
const PROBE = `
import sys
try:
    import ensurepip, venv
    has = 1
except ImportError:
    has = 0
print("python", *sys.version_info[:2], has)
`;

/** Returns where a Python may be: on PATH by its usual names, then what else is known of. */
export function pythonCommands(
  searchPath: string,
  known: readonly string[],
  platform: NodeJS.Platform,
): string[] {
  const paths = platform === "win32" ? path.win32 : path.posix;
  const minors = [15, 14, 13, 12, 11].map((minor) => `python3.${minor}`);
  const names = platform === "win32" ? ["python.exe", "python3.exe"] : ["python3", ...minors, "python"];
  const folders = searchPath.split(paths.delimiter).filter((folder) => paths.isAbsolute(folder));
  const found = names.flatMap((name) => folders.map((folder) => paths.join(folder, name)));
  return [...new Set([...found, ...known])];
}

/** Asks each Python that is there, and returns the first that is fit, else the nearest to it. */
export async function choosePython(commands: readonly string[], folder: string): Promise<Choice> {
  const asked: Python[] = [];
  for (const command of commands.filter((one) => existsSync(one))) {
    const python = await ask(command, folder);
    if (python !== undefined) {
      asked.push(python);
      if (isNewEnough(python) && python.hasVenv) {
        return { kind: "usable", python };
      }
    }
  }
  const withoutVenv = asked.find(isNewEnough);
  if (withoutVenv !== undefined) {
    return { kind: "withoutVenv", python: withoutVenv };
  }
  const [tooOld] = asked;
  return tooOld === undefined ? { kind: "none" } : { kind: "tooOld", python: tooOld };
}

/** Says what keeps a language server from being installed; nothing where nothing does. */
export function obstacle(choice: Choice, platform: NodeJS.Platform): string | undefined {
  const wanted = `Python ${OLDEST.join(".")} or newer`;
  switch (choice.kind) {
    case "usable":
      return undefined;
    case "withoutVenv": {
      const { command, version } = choice.python;
      const cure = platform === "linux" ? ` On Debian and Ubuntu: apt install python${version.join(".")}-venv.` : "";
      return `${command} is Python ${version.join(".")}, but without venv, which the installation needs.${cure}`;
    }
    case "tooOld":
      return (
        `The language server needs ${wanted}, and ${choice.python.command} is ` +
        `${choice.python.version.join(".")}.`
      );
    case "none":
      return `The language server needs ${wanted}, and no Python was found on PATH.`;
  }
}

function isNewEnough({ version: [major, minor] }: Python): boolean {
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

async function ask(command: string, folder: string): Promise<Python | undefined> {
  try {
    const wanted = { command, args: ["-I", "-c", PROBE], folder, patienceMs: PATIENCE_MS };
    const { output } = await run(wanted);
    const [, major, minor, has] = /^python (\d+) (\d+) ([01])\s*$/.exec(output) ?? [];
    return major === undefined
      ? undefined
      : { command, version: [Number(major), Number(minor)], hasVenv: has === "1" };
  } catch {
    return undefined; // a shim without its Python, or the Windows store's placeholder
  }
}
