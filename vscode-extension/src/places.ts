// The URIs of previews, as docs/protocol.md has them: the path is a name to show, the query is the
// document's URI. VS Code encodes the query where it writes a URI down. And the texts of files, which
// are UTF-8 with or without a byte order mark.

export const PREVIEW_SCHEME = "redox-preview";
/** Of a text with a body that a model would write. */
export const PROPOSAL_SCHEME = "redox-proposal";
/** Of files of Rust that are edited as Iron. */
export const EDITED_SCHEME = "redox-iron";

/** The schemes of the Iron that the client sends the server by itself. */
export const SYNCED_SCHEMES = ["file", "untitled", EDITED_SCHEME] as const;

const OTHER: Readonly<Record<string, { language: string; ending: string }>> = {
  iron: { language: "rust", ending: ".rs" },
  rust: { language: "iron", ending: ".iron" },
};

/** Returns the language of a document's preview, or nothing if it has none. */
export function otherLanguage(language: string): string | undefined {
  return OTHER[language]?.language;
}

/** Returns the path that a preview is shown under: `/main.rs` for `/src/main.iron`. */
export function previewPath(path: string, language: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const stem = name.replace(/\.(?:rs\.iron|iron|rs)$/, "");
  return `/${stem}${OTHER[language]?.ending ?? ""}`;
}

/** Returns the path under which a file of Rust is edited as Iron. */
export function editedPath(path: string): string {
  return `${path}.iron`;
}

/** Returns the text of a file's bytes, its byte order mark included; throws if it is not UTF-8. */
export function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error(`${name} is not UTF-8, so it can't be turned into the other language.`);
  }
}

export function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
