// Keeps a text and its preview together: scroll, and the counterpart of what is selected.
//
// Line n of the one is line n of the other, so scrolling asks nobody; ranges within lines are the
// server's to tell.

import * as vscode from "vscode";
import { isPreview, sourceOf } from "./previews";
import { ask, fromPreview, toPreview } from "./protocol";
import type { Server } from "./server";
import { SECTION } from "./settings";

/** How long an editor that was scrolled by us says nothing itself. */
const ECHO_MS = 300;
/** How long it takes at most until it stands where it was scrolled to. */
const REST_MS = 120;

interface Driven {
  /** The line that was to be the first. */
  line: number;
  until: number;
}

export class Syncing {
  private readonly driven = new WeakMap<vscode.TextEditor, Driven>();
  /** How many lines VS Code leaves above a line that is revealed at the top: sticky headers. */
  private readonly headers = new WeakMap<vscode.TextEditor, number>();
  private readonly jumps = new WeakMap<vscode.TextEditor, vscode.Selection>();
  private readonly mark = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor("editor.wordHighlightStrongBackground"),
    borderRadius: "2px",
  });
  private readonly line = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor("editor.rangeHighlightBackground"),
    isWholeLine: true,
  });
  /** The number of the last selection: answers to earlier ones are dropped. */
  private turn = 0;

  constructor(
    private readonly server: Server,
    subscriptions: vscode.Disposable[],
  ) {
    subscriptions.push(
      this.mark,
      this.line,
      vscode.window.onDidChangeTextEditorSelection((event) => this.selected(event)),
      vscode.window.onDidChangeTextEditorVisibleRanges((event) => {
        this.scrolled(event.textEditor);
      }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        this.refreshed(document);
      }),
    );
  }

  private scrolled(editor: vscode.TextEditor): void {
    const top = topOf(editor);
    const isWanted = vscode.workspace.getConfiguration(SECTION).get<boolean>("preview.scrolls", true);
    if (top === undefined || this.isEcho(editor, top) || !isWanted) {
      return;
    }
    for (const other of counterparts(editor)) {
      if (topOf(other) !== top) {
        this.drive(other, top);
      }
    }
  }

  /** Tells whether an editor only says where it was scrolled to, however late it says so. */
  private isEcho(editor: vscode.TextEditor, top: number): boolean {
    const driven = this.driven.get(editor);
    return driven !== undefined && (driven.until > Date.now() || Math.abs(driven.line - top) <= 1);
  }

  /** Makes a line an editor's first, and does so once more where headers were in the way. */
  private drive(editor: vscode.TextEditor, line: number, isAgain = false): void {
    const driven = { line, until: Date.now() + ECHO_MS };
    this.driven.set(editor, driven);
    const revealed = line === 0 ? 0 : line + (this.headers.get(editor) ?? 0);
    const last = Math.min(revealed, editor.document.lineCount - 1);
    editor.revealRange(new vscode.Range(last, 0, last, 0), vscode.TextEditorRevealType.AtTop);
    if (isAgain || line === 0) {
      return;
    }
    setTimeout(() => {
      const top = topOf(editor);
      if (this.driven.get(editor) === driven && top !== undefined && top !== line && top < last) {
        this.headers.set(editor, last - top);
        this.drive(editor, line, true);
      }
    }, REST_MS);
  }

  /** A preview that is written again moves nothing. */
  private refreshed(document: vscode.TextDocument): void {
    for (const editor of vscode.window.visibleTextEditors) {
      if (isPreview(document) && editor.document === document) {
        this.hush(editor);
      }
    }
  }

  private hush(editor: vscode.TextEditor): void {
    this.driven.set(editor, { line: topOf(editor) ?? 0, until: Date.now() + ECHO_MS });
  }

  private async selected(event: vscode.TextEditorSelectionChangeEvent): Promise<void> {
    const editor = event.textEditor;
    const others = counterparts(editor);
    const client = this.server.client;
    if (others.length === 0 || client === undefined || this.isOurs(event)) {
      return;
    }
    const turn = ++this.turn;
    const { document } = editor;
    const source = isPreview(document) ? sourceOf(document.uri) : document.uri;
    const { ranges } = await ask(client, isPreview(document) ? fromPreview : toPreview, {
      textDocument: { uri: client.code2ProtocolConverter.asUri(source) },
      ranges: event.selections.map((one) =>
        client.code2ProtocolConverter.asRange(wordOr(document, one)),
      ),
      nearest: true,
    });
    if (turn !== this.turn) {
      return;
    }
    const found = ranges.flatMap((range) =>
      range === null ? [] : [client.protocol2CodeConverter.asRange(range)],
    );
    const jumps =
      isPreview(document) && event.kind === vscode.TextEditorSelectionChangeKind.Mouse;
    for (const other of others) {
      other.setDecorations(this.mark, found);
      other.setDecorations(this.line, event.selections.map(lineOf));
      editor.setDecorations(this.mark, []);
      editor.setDecorations(this.line, []);
      if (jumps && found[0] !== undefined) {
        this.jump(other, found[0]);
      }
    }
  }

  private jump(editor: vscode.TextEditor, range: vscode.Range): void {
    this.hush(editor);
    const selection = new vscode.Selection(range.start, range.start);
    if (!editor.selection.isEqual(selection)) {
      this.jumps.set(editor, selection);
      editor.selection = selection;
    }
    editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }

  /** Tells whether a selection is the one that a jump made: answered, it would jump back. */
  private isOurs({ textEditor, selections }: vscode.TextEditorSelectionChangeEvent): boolean {
    const jumped = this.jumps.get(textEditor);
    this.jumps.delete(textEditor);
    return selections.length === 1 && jumped !== undefined && selections[0]?.isEqual(jumped) === true;
  }
}

function topOf(editor: vscode.TextEditor): number | undefined {
  return editor.visibleRanges[0]?.start.line;
}

/** Returns the visible editors of a text's preview, or of the text that a preview is of. */
function counterparts(editor: vscode.TextEditor): vscode.TextEditor[] {
  const { document } = editor;
  const own = document.uri.toString();
  return vscode.window.visibleTextEditors.filter(({ document: other }) =>
    isPreview(document)
      ? other.uri.toString() === sourceOf(document.uri).toString()
      : isPreview(other) && sourceOf(other.uri).toString() === own,
  );
}

/** Returns a selection, or the word at a cursor. */
function wordOr(document: vscode.TextDocument, selection: vscode.Selection): vscode.Range {
  const word = selection.isEmpty ? document.getWordRangeAtPosition(selection.active) : undefined;
  return word ?? selection;
}

function lineOf(selection: vscode.Selection): vscode.Range {
  return new vscode.Range(selection.start.line, 0, selection.end.line, 0);
}
