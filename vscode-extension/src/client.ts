// The language client: what it is told of us, and what of its messages we touch.
//
// Loaded when a server was found, for loading it takes longer than all the rest.

import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import * as vscode from "vscode";
import {
  ErrorAction,
  InlineCompletionRequest,
  LanguageClient,
  type LanguageClientOptions,
  LSPErrorCodes,
  ResponseError,
  State,
  TransportKind,
} from "vscode-languageclient/node";
import type { Candidate } from "./finding";
import { EDITED_SCHEME } from "./places";
import { environment } from "./programs";
import { SECTION, serverSettings } from "./settings";

/** The levels of Python's log, and what VS Code calls them. */
const LEVELS = { DEBUG: "debug", INFO: "info", WARNING: "warn", ERROR: "error" } as const;

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

/** Returns a client that starts a server, once it is started itself. */
export function makeClient(wanted: Wanted): LanguageClient {
  const { command, args } = wanted.server;
  const options = { cwd: wanted.folder, env: environment(process.env, wanted.environment) };
  const run = { command, args, transport: TransportKind.stdio, options };
  const client = new LanguageClient(SECTION, "Redox", run, optionsOf(wanted));
  const usual = client.createDefaultErrorHandler();
  // A write to a server that has died fails before its end is noticed. The usual handler would
  // stop for good then; its end is what counts, and starts it again.
  client.clientOptions.errorHandler = {
    error: () => ({ action: ErrorAction.Continue, handled: true }),
    closed: () => usual.closed(),
  };
  client.onDidChangeState(({ newState }) => {
    wanted.onLife(client, LIVES[newState]);
  });
  return client;
}

function optionsOf({ output, trace }: Wanted): LanguageClientOptions {
  return {
    documentSelector: ["file", "untitled", EDITED_SCHEME].map((scheme) => ({
      language: "iron",
      scheme,
    })),
    initializationOptions: () => ({
      trusted: vscode.workspace.isTrusted,
      implementCommand: "iron.implementFunction",
    }),
    outputChannel: output,
    traceOutputChannel: trace,
    stdioOptions: { stdout: log, stderr: log },
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
