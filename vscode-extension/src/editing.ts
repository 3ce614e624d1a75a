// "Edit as Iron": files of Rust that are shown and edited as Iron, and saved as Rust.
//
// Such a file is a document of the scheme `redox-iron`, whose query is the URI of the file. What is
// saved is made of the file as it was read and of the edited Iron, so that a line that nobody edited
// keeps its bytes; a file that somebody else changed meanwhile is not written over.

import * as vscode from "vscode";
import { Bases } from "./bases";
import { decode, editedPath, EDITED_SCHEME, encode } from "./places";
import { ask, convert, splice } from "./protocol";
import type { Server } from "./server";

/** Where the workspace keeps what edited documents were made of. */
const BASES = "redox.editedBases";

export class EditedFiles implements vscode.FileSystemProvider {
  private readonly changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.changes.event;
  private readonly bases: Bases;

  constructor(
    private readonly server: Server,
    memento: vscode.Memento,
    subscriptions: vscode.Disposable[],
  ) {
    this.bases = new Bases(memento.get(BASES, {}), (all) => void memento.update(BASES, all));
    subscriptions.push(
      this.changes,
      vscode.workspace.registerFileSystemProvider(EDITED_SCHEME, this, { isCaseSensitive: true }),
      vscode.workspace.onDidOpenTextDocument((document) => {
        this.look(document);
      }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        this.look(document);
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri, isClosed }) => {
        // One whose language is changed is said to be closed, too.
        if (uri.scheme === EDITED_SCHEME && isClosed) {
          this.bases.wasClosed(uri.toString());
        }
      }),
    );
  }

  /** Shows a file of Rust as Iron that can be edited. */
  async edit(uri: vscode.Uri): Promise<void> {
    const open = openDocument(uri);
    if (uri.scheme === "untitled" || uri.scheme === EDITED_SCHEME || open?.isDirty === true) {
      throw new Error("Only a file of Rust that is saved can be edited as Iron: save it first.");
    }
    await this.server.ready();
    await vscode.window.showTextDocument(editedUri(uri), { preview: false });
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    return vscode.workspace.fs.stat(fileOf(uri));
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const rust = await readRust(uri);
    const client = await this.server.ready();
    const { text } = await ask(client, convert, { languageId: "rust", text: rust });
    this.bases.wasRead(uri.toString(), rust, text);
    this.look(openDocument(uri));
    return encode(text);
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    const rust = await readRust(uri);
    const isBase = this.bases.isBase(uri.toString(), rust);
    if (isBase !== true) {
      const why = isBase === false
        ? "was changed by somebody else since it was read as Iron"
        : "was not read as Iron for this text";
      throw new vscode.FileSystemError(
        `${nameOf(uri)} ${why}, so it was not written over. ` +
          "Compare the two, or revert this editor to read it again.",
      );
    }
    const client = await this.server.ready();
    const iron = decode(content, nameOf(uri));
    const { text } = await ask(client, splice, { rust, iron });
    await vscode.workspace.fs.writeFile(fileOf(uri), encode(text));
    this.bases.wasSaved(uri.toString(), text, iron);
  }

  private look(document: vscode.TextDocument | undefined): void {
    if (document?.uri.scheme === EDITED_SCHEME && !document.isDirty) {
      this.bases.isClean(document.uri.toString(), document.getText());
    }
  }

  /** A file that is changed from outside is read again by the editor, unless it is edited there. */
  watch(uri: vscode.Uri): vscode.Disposable {
    const file = fileOf(uri);
    const folder = vscode.Uri.joinPath(file, "..");
    const name = file.path.slice(file.path.lastIndexOf("/") + 1);
    const escaped = name.replace(/[[\]{}*?]/g, "[$&]");
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(folder, escaped),
    );
    const tell = (type: vscode.FileChangeType) => () => {
      this.changes.fire([{ type, uri }]);
    };
    watcher.onDidChange(tell(vscode.FileChangeType.Changed));
    watcher.onDidCreate(tell(vscode.FileChangeType.Created));
    watcher.onDidDelete(tell(vscode.FileChangeType.Deleted));
    return watcher;
  }

  readDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.FileNotADirectory(uri);
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }
}

/** Returns the URI under which a file of Rust is edited as Iron. */
export function editedUri(file: vscode.Uri): vscode.Uri {
  return vscode.Uri.from({
    scheme: EDITED_SCHEME,
    path: editedPath(file.path),
    query: file.toString(),
  });
}

function openDocument(uri: vscode.Uri): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
}

function fileOf(uri: vscode.Uri): vscode.Uri {
  return vscode.Uri.parse(uri.query, true);
}

function nameOf(uri: vscode.Uri): string {
  return fileOf(uri).path.split("/").at(-1) ?? "";
}

async function readRust(uri: vscode.Uri): Promise<string> {
  return decode(await vscode.workspace.fs.readFile(fileOf(uri)), nameOf(uri));
}
