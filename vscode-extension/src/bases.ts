// Which Rust the Iron of each open document was made of, so that a file that somebody else changed
// since is not written over.
//
// A file is not only read to be edited: it is compared with what is edited, too, and read again behind
// it. So what was read is what a document is made of once the document says the same and nothing is
// edited in it. An edited document outlives its window, and so do the hashes that are kept here.

import { createHash } from "node:crypto";

export class Bases {
  /** The Iron that was made of each file as it was read last, and the hash of that file. */
  private readonly read = new Map<string, { iron: string; rust: string }>();
  /** The hashes of the Rust that documents are made of. */
  private readonly known: Map<string, string>;

  constructor(
    kept: Readonly<Record<string, string>>,
    private readonly keep: (hashes: Record<string, string>) => void,
  ) {
    this.known = new Map(Object.entries(kept));
  }

  /** Notes the Iron that was made of a file. */
  wasRead(key: string, rust: string, iron: string): void {
    this.read.set(key, { iron: plain(iron), rust: hashOf(rust) });
  }

  /** Notes what a document says in which nothing is edited. */
  isClean(key: string, text: string): void {
    const read = this.read.get(key);
    if (read?.iron === plain(text)) {
      this.set(key, read.rust);
    }
  }

  /** Notes the file that a document's Iron was saved as. */
  wasSaved(key: string, rust: string, iron: string): void {
    this.wasRead(key, rust, iron);
    this.set(key, hashOf(rust));
  }

  wasClosed(key: string): void {
    this.read.delete(key);
    this.set(key, undefined);
  }

  /** Tells whether a file is as it was when a document was made of it, or nothing if that is unknown. */
  isBase(key: string, rust: string): boolean | undefined {
    const known = this.known.get(key);
    return known === undefined ? undefined : known === hashOf(rust);
  }

  private set(key: string, hash: string | undefined): void {
    if (this.known.get(key) === hash) {
      return;
    }
    if (hash === undefined) {
      this.known.delete(key);
    } else {
      this.known.set(key, hash);
    }
    this.keep(Object.fromEntries(this.known));
  }
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Returns a text as a document has it: without a byte order mark, and with line ends of one kind. */
function plain(text: string): string {
  return text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
}
