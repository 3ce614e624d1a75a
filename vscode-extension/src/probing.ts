// The one door to other programs: asks candidates for their version.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { type Candidate, versionIn } from "./finding";

export interface Found extends Candidate {
  version: string;
}

const PATIENCE_MS = 15_000;

/** Returns the first candidate that answers, and why each before it did not. */
export async function firstThatAnswers(
  all: readonly Candidate[],
  folder: string,
): Promise<{ found: Found | undefined; refusals: string[] }> {
  const refusals: string[] = [];
  for (const one of all) {
    if (!one.isChosen && !existsSync(one.command)) {
      continue;
    }
    const answer = await ask(one, folder);
    if ("version" in answer) {
      return { found: { ...one, version: answer.version }, refusals };
    }
    refusals.push(`${one.origin}: ${one.command}: ${answer.refusal}`);
  }
  return { found: undefined, refusals };
}

function ask(one: Candidate, folder: string): Promise<{ version: string } | { refusal: string }> {
  return new Promise((resolve) => {
    execFile(
      one.command,
      [...one.args, "--version"],
      { cwd: folder, timeout: PATIENCE_MS, windowsHide: true },
      (error, stdout, stderr) => {
        const version = versionIn(stdout);
        if (error === null && version !== undefined) {
          resolve({ version });
          return;
        }
        const said = stderr.trim().split("\n").at(-1) ?? "";
        resolve({ refusal: said || (error?.message ?? `it printed ${JSON.stringify(stdout)}`) });
      },
    );
  });
}
