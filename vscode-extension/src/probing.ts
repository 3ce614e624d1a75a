// Asks candidates for the language server whether they are it.

import { existsSync } from "node:fs";
import { type Candidate, versionIn } from "./finding";
import { run } from "./programs";

export interface Found extends Candidate {
  version: string;
}

/** What came of looking: a server, and why each candidate that was asked is none. */
export interface Search {
  found: Found | undefined;
  refusals: string[];
}

/** A first start on a busy machine reads Python from a cold disk. */
const PATIENCE_MS = 60_000;

/** Finds the first candidate of the wanted version, else the first that answers at all. */
export async function firstThatAnswers(
  all: readonly Candidate[],
  version: string,
  folder: string,
  signal: AbortSignal,
): Promise<Search> {
  const refusals: string[] = [];
  let other: Found | undefined;
  for (const one of all) {
    if (!one.isChosen && !existsSync(one.command)) {
      continue;
    }
    const answer = await ask(one, folder, signal);
    signal.throwIfAborted();
    if ("refusal" in answer) {
      refusals.push(`${one.origin}: ${one.command}: ${answer.refusal}`);
      continue;
    }
    const found = { ...one, version: answer.version };
    if (found.version === version) {
      return { found, refusals };
    }
    other ??= found;
  }
  return { found: other, refusals };
}

async function ask(
  { command, args }: Candidate,
  folder: string,
  signal: AbortSignal,
): Promise<{ version: string } | { refusal: string }> {
  try {
    const { code, output, errors } = await run({
      command,
      args: [...args, "--version"],
      folder,
      patienceMs: PATIENCE_MS,
      signal,
    });
    const version = versionIn(output);
    if (code === 0 && version !== undefined) {
      return { version };
    }
    const said = errors.trim().split("\n").at(-1) ?? "";
    return { refusal: said || `it printed ${JSON.stringify(output)}, exit code ${String(code)}` };
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : String(error) };
  }
}
