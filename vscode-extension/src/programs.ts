// The one door to other programs.

import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";

export interface Run {
  command: string;
  args: readonly string[];
  /** Where it starts: a folder of ours, never the workspace, for programs read what lies there. */
  folder: string;
  patienceMs: number;
  signal?: AbortSignal;
  /** Is told each line that the program prints, to either stream, as it comes. */
  onLine?: (line: string) => void;
}

/** A program that is talked to. */
export interface Talk {
  command: string;
  args: readonly string[];
  folder: string;
  /** What its environment holds beside ours. */
  environment: Readonly<Record<string, string>>;
  /** Ends it, with all that it has started. */
  signal: AbortSignal;
}

export interface Ended {
  /** The exit code, or nothing for a program that a signal ended. */
  code: number | null;
  output: string;
  errors: string;
}

/** Variables by which pip and Python would look or write elsewhere than they are told to. */
const MISLEADING = /^(?:PYTHON(?:HOME|PATH|STARTUP|USERBASE)|PIP_(?:TARGET|PREFIX|ROOT|USER))$/i;

/** Returns what a program finds in its environment: all of ours that misleads none, and its own. */
export function environment(
  ours: NodeJS.ProcessEnv,
  own: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  const kept = Object.entries(ours).filter(([name]) => !MISLEADING.test(name));
  return { ...Object.fromEntries(kept), ...own };
}

/** Runs a program to its end; rejects if it can't be started, takes too long or is aborted. */
export function run(wanted: Run): Promise<Ended> {
  const { command, args, folder, patienceMs, signal, onLine } = wanted;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(command, args, {
      cwd: folder,
      env: environment(process.env),
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
      detached: process.platform !== "win32",
    });
    const said = { output: "", errors: "" };
    const read = (into: "output" | "errors") => {
      let begun = "";
      child[into === "output" ? "stdout" : "stderr"].setEncoding("utf-8").on("data", (text: string) => {
        said[into] += text;
        const lines = (begun + text).split(/\r?\n/);
        begun = lines.pop() ?? "";
        lines.forEach((line) => onLine?.(line));
      });
    };
    read("output");
    read("errors");
    const stop = (why: Error) => {
      endAll(child);
      reject(why);
    };
    const timer = setTimeout(() => {
      stop(new Error(`${command} did not end within ${patienceMs / 1000} s`));
    }, patienceMs);
    const aborted = () => {
      stop(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
    };
    signal?.addEventListener("abort", aborted);
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
    };
    child.on("error", (error) => {
      done();
      reject(error);
    });
    child.on("close", (code) => {
      done();
      resolve({ code, ...said });
    });
  });
}

/** Starts a program that is talked to; rejects if it can't be started. */
export async function start(wanted: Talk): Promise<ChildProcessWithoutNullStreams> {
  const { command, args, folder, signal } = wanted;
  signal.throwIfAborted();
  const child = spawn(command, args, {
    cwd: folder,
    env: environment(process.env, wanted.environment),
    windowsHide: true,
    detached: process.platform !== "win32",
  });
  const abort = () => {
    endAll(child);
    child.stdout.destroy(); // which what it has started may hold open
  };
  signal.addEventListener("abort", abort);
  child.once("exit", () => {
    signal.removeEventListener("abort", abort);
  });
  await once(child, "spawn");
  return child;
}

/** Ends a program with all that it has started: pip and venv start others. */
function endAll(child: ChildProcess): void {
  if (child.pid === undefined) {
    return;
  }
  if (process.platform === "win32") {
    const taskkill = path.join(process.env.SystemRoot ?? "C:\\Windows", "System32", "taskkill.exe");
    const ending = spawn(taskkill, ["/pid", String(child.pid), "/t", "/f"], { windowsHide: true });
    ending.on("error", () => child.kill());
    return;
  }
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL"); // it has ended meanwhile
  }
}
