// The language client: what it is told of us, and what of its messages we touch.
//
// Loaded when a server was found, for loading it takes longer than all the rest.

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  InlineCompletionRequest,
  LanguageClient,
  type LanguageClientOptions,
  LSPErrorCodes,
  ResponseError,
  State,
} from "vscode-languageclient/node";
import type { Candidate } from "./finding";
import { start } from "./programs";
import { SECTION, serverSettings } from "./settings";
import { SELECTOR } from "./syncs";

/** The levels of Python's log, and what VS Code calls them. */
const LEVELS = { DEBUG: "debug", INFO: "info", WARNING: "warn", ERROR: "error" } as const;

/** How long a server may take to end once it has said goodbye. */
const LEAVING_MS = 2000;

export type Life = "starting" | "running" | "stopped";

interface Wanted {
  server: Candidate;
  /** Where the server starts: a folder of ours. */
  folder: string;
  /** What its environment holds beside our own. */
  environment: Readonly<Record<string, string>>;
  output: vscode.LogOutputChannel;
  trace: vscode.LogOutputChannel;
  onLife: (client: LanguageClient, life: Life) => void;
}

const LIVES: Readonly<Record<State, Life>> = {
  [State.Starting]: "starting",
  [State.Running]: "running",
  [State.Stopped]: "stopped",
  [State.StartFailed]: "stopped",
};

/** A server with its client. */
export interface Connection {
  client: LanguageClient;
  /** Starts the server; where that is aborted it has ended by the time that this rejects. */
  start: (signal: AbortSignal) => Promise<void>;
  /** Ends the server; rejects where it had to be ended by force. */
  end: () => Promise<void>;
}

/** A client that tells nobody what fails because its server is ended. */
class Client extends LanguageClient {
  constructor(
    private readonly ending: AbortSignal,
    server: () => Promise<ChildProcess>,
    options: LanguageClientOptions,
  ) {
    super(SECTION, "Redox", server, options);
  }

  override error(message: string, data?: unknown, showNotification?: boolean | "force"): void {
    super.error(message, data, this.ending.aborted ? false : showNotification);
  }
}

/** Returns a server that is to be started, and its client. */
export function connect(wanted: Wanted): Connection {
  const { server, folder, environment } = wanted;
  const ending = new AbortController();
  const args = [...server.args, "--stdio"];
  const program = { command: server.command, args, folder, environment, signal: ending.signal };
  let child: ChildProcess | undefined;
  const begin = async () => (child = await start(program));
  const client = new Client(ending.signal, begin, optionsOf(wanted));
  client.onDidChangeState(({ newState }) => {
    wanted.onLife(client, LIVES[newState]);
  });
  const abort = () => {
    ending.abort();
  };
  return {
    client,
    start: async (signal) => {
      signal.addEventListener("abort", abort);
      try {
        signal.throwIfAborted();
        await client.start();
      } catch (error) {
        signal.throwIfAborted(); // whose reason says more than what came of it
        throw error;
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
    end: async () => {
      try {
        if (client.isRunning()) {
          await client.dispose();
          await hasEnded(child);
        }
      } finally {
        abort();
      }
    },
  };
}

async function hasEnded(child: ChildProcess | undefined): Promise<void> {
  if (child?.exitCode === null && child.signalCode === null) {
    await once(child, "exit", { signal: AbortSignal.timeout(LEAVING_MS) });
  }
}

function optionsOf({ output, trace }: Wanted): LanguageClientOptions {
  return {
    documentSelector: SELECTOR,
    initializationOptions: () => ({
      trusted: vscode.workspace.isTrusted,
      implementCommand: "iron.implementFunction",
    }),
    outputChannel: output,
    traceOutputChannel: trace,
    stdioOptions: { stdout: log, stderr: log },
    // A server that has ended is found and started anew by us. A write to it fails before its end is
    // noticed, and counts for nothing.
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => ({ action: CloseAction.DoNotRestart, message: "The server has ended.", handled: true }),
    },
    initializationFailedHandler: () => false, // the status bar says so
    middleware: {
      sendRequest: (type, param, token, next) =>
        methodOf(type) === InlineCompletionRequest.method
          ? quietly(next(type, param, token), output)
          : next(type, param, token),
      provideTextDocumentContent: () => null, // by our own previews, which are told of each change
      provideInlineCompletionItems: (document, position, context, token, next) =>
        isGhostTextWanted() ? next(document, position, context, token) : undefined,
      workspace: {
        configuration: async (params, token, next) => {
          const answers = await next(params, token);
          return Array.isArray(answers) ? answers.map(withoutOwn) : answers;
        },
      },
    },
  };
}

/** Logs what the server prints, each line at the level that it begins with; the rest are errors. */
function log(printed: Readable, output: vscode.LogOutputChannel): void {
  createInterface({ input: printed }).on("line", (line) => {
    const level = /^(DEBUG|INFO|WARNING) /.exec(line)?.[1] ?? "ERROR";
    output[LEVELS[level as keyof typeof LEVELS]](line);
  });
}

/** Ghost text that fails is none: nobody asked for it, so only the log tells. */
async function quietly<R>(asked: Promise<R>, output: vscode.LogOutputChannel): Promise<R> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ResponseError && error.code === LSPErrorCodes.RequestCancelled) {
      throw error;
    }
    output.warn(`ghost text: ${String(error)}`);
    throw new ResponseError(LSPErrorCodes.ContentModified, "no ghost text"); // told to nobody
  }
}

function methodOf(type: string | { method: string }): string {
  return typeof type === "string" ? type : type.method;
}

function isGhostTextWanted(): boolean {
  return vscode.workspace.getConfiguration(SECTION).get("ghostText.enabled", true);
}

function withoutOwn(answer: unknown): unknown {
  return typeof answer === "object" && answer !== null
    ? serverSettings(answer as Record<string, unknown>)
    : answer;
}
