// Keeps a text and its preview together: scroll, and the counterpart of what is selected.
//
// Line n of the one is line n of the other, so scrolling asks nobody; ranges within lines are the
// server's to tell.

import * as vscode from "vscode";
import { isPreview, sourceOf } from "./previews";
import { fromPreview, toPreview } from "./protocol";
import type { Server } from "./server";
import { SECTION } from "./settings";

/** How long an editor that was scrolled by us says nothing itself. */
const ECHO_MS = 150;

export class Syncing {
  private readonly driven = new WeakMap<vscode.TextEditor, number>();
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
    const top = editor.visibleRanges[0]?.start.line;
    const isEcho = (this.driven.get(editor) ?? 0) > Date.now();
    const isWanted = vscode.workspace.getConfiguration(SECTION).get<boolean>("preview.scrolls", true);
    if (top === undefined || isEcho || !isWanted) {
      return;
    }
    for (const other of counterparts(editor)) {
      if (other.visibleRanges[0]?.start.line !== top) {
        this.driven.set(other, Date.now() + ECHO_MS);
        other.revealRange(new vscode.Range(top, 0, top, 0), vscode.TextEditorRevealType.AtTop);
      }
    }
  }

  /** A preview that is written again moves nothing. */
  private refreshed(document: vscode.TextDocument): void {
    for (const editor of vscode.window.visibleTextEditors) {
      if (isPreview(document) && editor.document === document) {
        this.driven.set(editor, Date.now() + ECHO_MS);
      }
    }
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
    const { ranges } = await client.sendRequest(isPreview(document) ? fromPreview : toPreview, {
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
    this.driven.set(editor, Date.now() + ECHO_MS);
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
