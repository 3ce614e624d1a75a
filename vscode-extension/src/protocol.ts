// Redox's own messages, as docs/protocol.md describes them, and those of the protocol that are sent
// by hand.
//
// Nothing here loads the language client: it takes longer than all the rest, and the extension is
// active without it.

import type {
  CancellationToken,
  DidChangeTextDocumentParams,
  DidCloseTextDocumentParams,
  DidOpenTextDocumentParams,
  LanguageClient,
  Position,
  Range,
  TextDocumentIdentifier,
} from "vscode-languageclient/node";
import type { PreviewChanged } from "./mirror";

/** A request by its method, with the types of what is asked and answered. */
export class RequestType<P, R> {
  declare readonly types: [P, R];

  constructor(readonly method: string) {}
}

/** A notification by its method, with the type of what it tells. */
export class NotificationType<P> {
  declare readonly types: P;

  constructor(readonly method: string) {}
}

/** Asks the server, and returns its answer; who cancels the token does not want it any more. */
export function ask<P, R>(
  client: LanguageClient,
  { method }: RequestType<P, R>,
  params: P,
  token?: CancellationToken,
): Promise<R> {
  return client.sendRequest<R>(method, params, token);
}

/** Tells the server. */
export function tell<P>(client: LanguageClient, { method }: NotificationType<P>, params: P): Promise<void> {
  return client.sendNotification(method, params);
}

/** Has the server execute a command. */
export function execute<T>(client: LanguageClient, command: string, ...args: unknown[]): Promise<T> {
  return client.sendRequest<T>("workspace/executeCommand", { command, arguments: args });
}

export interface PreviewParams {
  textDocument: TextDocumentIdentifier;
}

export interface Preview {
  uri: string;
  previewUri: string;
  version: number;
  languageId: string;
  text: string;
}

export interface PlacesParams {
  textDocument: TextDocumentIdentifier;
  ranges: Range[];
  nearest?: boolean;
}

export interface Places {
  version: number;
  ranges: (Range | null)[];
}

export interface ConvertParams {
  languageId: string;
  text: string;
}

export interface SpliceParams {
  rust: string;
  iron: string;
}

export interface Converted {
  languageId: string;
  text: string;
}

export interface ImplementParams {
  textDocument: TextDocumentIdentifier;
  position: Position;
}

/** Whole lines that a model would put in place of some, as far as it has written them. */
export interface Proposed {
  uri: string;
  version: number;
  startLine: number;
  endLine: number;
  text: string;
  number: number;
  fault: string;
}

export interface ServesRust {
  uri: string;
}

/** What the macro at a place becomes, as `redox.expandMacro` answers. */
export interface Expansion {
  name: string;
  languageId: string;
  text: string;
}

/** A row of the phrasebook, as `redox.explain` answers. */
export interface PhraseRow {
  phrase: string;
  rust: string;
  role: string;
  doc: string;
  iron_example: string;
  rust_example: string;
}

export const openPreview = new RequestType<PreviewParams, Preview>("redox/openPreview");
export const convert = new RequestType<ConvertParams, Converted>("redox/convert");
export const splice = new RequestType<SpliceParams, Converted>("redox/splice");
export const closePreview = new NotificationType<PreviewParams>("redox/closePreview");
export const previewChanged = new NotificationType<PreviewChanged>("redox/previewChanged");
export const toPreview = new RequestType<PlacesParams, Places>("redox/toPreview");
export const fromPreview = new RequestType<PlacesParams, Places>("redox/fromPreview");
export const implement = new RequestType<ImplementParams, Proposed>("redox/implement");
export const proposed = new NotificationType<Proposed>("redox/proposed");
export const servesRust = new NotificationType<ServesRust>("redox/servesRust");
export const trust = new NotificationType<{ trusted: boolean }>("redox/trust");

/** The protocol's own, of documents of Rust, which the client does not open by itself. */
export const didOpen = new NotificationType<DidOpenTextDocumentParams>("textDocument/didOpen");
export const didChange = new NotificationType<DidChangeTextDocumentParams>("textDocument/didChange");
export const didClose = new NotificationType<DidCloseTextDocumentParams>("textDocument/didClose");

/** The commands of the server that the extension asks for by name. */
export const SERVER_COMMANDS = {
  oxidizeFile: "redox.oxidizeFile",
  reduceFile: "redox.reduceFile",
  explain: "redox.explain",
  expandMacro: "redox.expandMacro",
  status: "redox.status",
} as const;
