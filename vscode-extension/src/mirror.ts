// A preview's text, kept up to date by what the server pushes.

export interface LineChange {
  startLine: number;
  endLine: number;
  text: string;
}

export interface PreviewChanged {
  uri: string;
  baseVersion: number;
  version: number;
  changes: LineChange[];
}

export interface Mirror {
  version: number;
  lines: string[];
}

/** Makes a mirror of a whole text. */
export function mirrorOf(text: string, version: number): Mirror {
  return { version, lines: splitLines(text) };
}

/** Returns the mirror after a message, or nothing if a message before it was missed. */
export function applyChanged(mirror: Mirror, changed: PreviewChanged): Mirror | undefined {
  if (changed.baseVersion !== mirror.version) {
    return undefined;
  }
  let lines = mirror.lines;
  for (const change of changed.changes) {
    lines = [
      ...lines.slice(0, change.startLine),
      ...splitLines(change.text),
      ...lines.slice(change.endLine),
    ];
  }
  return { version: changed.version, lines };
}

/** Returns the lines of a text, each with its end: LF, CRLF or CR. */
export function splitLines(text: string): string[] {
  return text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];
}
