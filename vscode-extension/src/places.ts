// The URIs of previews, as docs/protocol.md has them: the path is a name to show, the query is the
// document's URI. VS Code encodes the query where it writes a URI down.

export const PREVIEW_SCHEME = "redox-preview";

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
  const stem = name.replace(/\.(?:iron|rs)$/, "");
  return `/${stem}${OTHER[language]?.ending ?? ""}`;
}
