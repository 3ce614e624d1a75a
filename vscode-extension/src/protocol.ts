// Redox's own messages, as docs/protocol.md describes them.

import {
  NotificationType,
  RequestType,
  type Range,
  type TextDocumentIdentifier,
} from "vscode-languageclient/node";
import type { PreviewChanged } from "./mirror";

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

/** A row of the phrasebook, as `redox.explain` answers. */
export interface PhraseRow {
  phrase: string;
  rust: string;
  role: string;
  doc: string;
  iron_example: string;
  rust_example: string;
}

export const openPreview = new RequestType<PreviewParams, Preview, void>("redox/openPreview");
export const convert = new RequestType<ConvertParams, Converted, void>("redox/convert");
export const splice = new RequestType<SpliceParams, Converted, void>("redox/splice");
export const closePreview = new NotificationType<PreviewParams>("redox/closePreview");
export const previewChanged = new NotificationType<PreviewChanged>("redox/previewChanged");
export const toPreview = new RequestType<PlacesParams, Places, void>("redox/toPreview");
export const fromPreview = new RequestType<PlacesParams, Places, void>("redox/fromPreview");
export const trust = new NotificationType<{ trusted: boolean }>("redox/trust");

/** The commands of the server that the extension asks for by name. */
export const SERVER_COMMANDS = {
  oxidizeFile: "redox.oxidizeFile",
  reduceFile: "redox.reduceFile",
  explain: "redox.explain",
  status: "redox.status",
} as const;
