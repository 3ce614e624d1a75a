// The live preview: a read-only document beside the one it is of, kept fresh by what the server
// pushes, following the active editor.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { Lending } from "./lending";
import { applyChanged, mirrorOf, type Mirror, type PreviewChanged } from "./mirror";
import { otherLanguage, PREVIEW_SCHEME, previewPath } from "./places";
import { ask, closePreview, openPreview, previewChanged, tell } from "./protocol";
import type { Server } from "./server";

interface Live {
  source: vscode.TextDocument;
  uri: vscode.Uri;
  mirror: Mirror;
}

/** Where the workspace keeps which document's preview is shown: VS Code restores none itself. */
const SHOWN = "redox.shownPreview";

export class Previews implements vscode.TextDocumentContentProvider {
  private readonly changes = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changes.event;
  /** By the URI of the preview. */
  private readonly live = new Map<string, Live>();
  /** The preview that was wanted last: one that is ready later than another is not shown. */
  private wanted = "";

  constructor(
    private readonly server: Server,
    private readonly lending: Lending,
    private readonly memento: vscode.Memento,
    subscriptions: vscode.Disposable[],
  ) {
    subscriptions.push(
      vscode.window.tabGroups.onDidChangeTabs(({ closed }) => this.forget(closed)),
      this.changes,
      vscode.workspace.registerTextDocumentContentProvider(PREVIEW_SCHEME, this),
      server.onReady((client) => this.openAgain(client)),
      vscode.workspace.onDidCloseTextDocument((document) => this.closed(document)),
      vscode.window.onDidChangeActiveTextEditor((editor) => this.follow(editor)),
    );
  }

  /** Shows the preview of an editor's document beside it. */
  async show(editor: vscode.TextEditor): Promise<void> {
    const uri = previewUri(editor.document);
    if (uri === undefined) {
      throw new Error("Only a file of Iron or of Rust has a preview.");
    }
    await this.showAt(uri, vscode.ViewColumn.Beside);
  }

  /** Shows again what was shown before the window was reloaded, if its document still is. */
  async restore(): Promise<void> {
    const uri = this.memento.get<string>(SHOWN);
    const isThere = vscode.window.visibleTextEditors.some(
      ({ document }) => previewUri(document)?.toString() === uri,
    );
    if (uri !== undefined && isThere) {
      await this.showAt(vscode.Uri.parse(uri, true), vscode.ViewColumn.Beside);
    }
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const known = this.live.get(uri.toString());
    if (known !== undefined) {
      return known.mirror.lines.join("");
    }
    const client = await this.server.ready();
    const source = await vscode.workspace.openTextDocument(sourceOf(uri));
    await this.lending.lend(client, source);
    try {
      const live = { source, uri, mirror: await openMirror(client, source) };
      this.live.set(uri.toString(), live);
      return live.mirror.lines.join("");
    } catch (error) {
      await this.lending.release(source);
      throw error;
    }
  }

  private listen(client: LanguageClient): void {
    client.onNotification(previewChanged.method, (changed: PreviewChanged) => {
      void this.changed(client, changed);
    });
  }

  private async changed(client: LanguageClient, changed: PreviewChanged): Promise<void> {
    for (const live of this.live.values()) {
      const { uri } = live.source;
      if (client.code2ProtocolConverter.asUri(uri) === changed.uri) {
        live.mirror = applyChanged(live.mirror, changed) ?? (await openMirror(client, live.source));
        this.changes.fire(live.uri);
      }
    }
  }

  /** A new server knows of no preview: each is opened and read anew. */
  private async openAgain(client: LanguageClient): Promise<void> {
    this.listen(client);
    for (const live of this.live.values()) {
      live.mirror = await openMirror(client, live.source);
      this.changes.fire(live.uri);
    }
  }

  /** A preview ends with its own document, or with the one that it is of. */
  private async closed(document: vscode.TextDocument): Promise<void> {
    const key = document.uri.toString();
    const client = this.server.client;
    for (const { source, uri } of this.live.values()) {
      const isOver = uri.toString() === key;
      if (isOver || source.uri.toString() === key) {
        this.live.delete(uri.toString());
        if (isOver && client !== undefined) {
          const textDocument = { uri: client.code2ProtocolConverter.asUri(source.uri) };
          await tell(client, closePreview, { textDocument });
        }
        await this.lending.release(source);
      }
    }
    await closeTabs(previewUri(document)?.toString());
  }

  /** Puts the preview of the editor that became active where the last preview is. */
  private async follow(editor: vscode.TextEditor | undefined): Promise<void> {
    const uri = editor && previewUri(editor.document);
    if (editor === undefined || uri === undefined) {
      return;
    }
    const shown = vscode.window.visibleTextEditors.find((one) => isPreview(one.document));
    if (shown?.viewColumn === undefined || editor.viewColumn === shown.viewColumn) {
      return;
    }
    const old = shown.document.uri.toString();
    if (old === uri.toString()) {
      this.wanted = old;
      this.revive(uri);
    } else if (await this.showAt(uri, shown.viewColumn)) {
      await closeTabs(old);
    }
  }

  /** Shows a preview, unless another one is wanted by the time that it is made. */
  private async showAt(uri: vscode.Uri, viewColumn: vscode.ViewColumn): Promise<boolean> {
    this.wanted = uri.toString();
    const document = await vscode.workspace.openTextDocument(uri);
    if (uri.toString() !== this.wanted) {
      return false;
    }
    this.revive(uri);
    await vscode.window.showTextDocument(document, {
      viewColumn,
      preserveFocus: true,
      preview: true,
    });
    await this.memento.update(SHOWN, uri.toString());
    return true;
  }

  /** Has VS Code ask anew for a preview that it still holds from before its source was closed. */
  private revive(uri: vscode.Uri): void {
    if (!this.live.has(uri.toString())) {
      this.changes.fire(uri);
    }
  }

  private async forget(closed: readonly vscode.Tab[]): Promise<void> {
    const shown = this.memento.get<string>(SHOWN);
    if (shown !== undefined && closed.some((tab) => uriOf(tab) === shown)) {
      await this.memento.update(SHOWN, undefined);
    }
  }
}

/** Tells whether a document is a preview. */
export function isPreview(document: vscode.TextDocument): boolean {
  return document.uri.scheme === PREVIEW_SCHEME;
}

/** Returns the URI of a document's preview, or nothing for what has none. */
export function previewUri(document: vscode.TextDocument): vscode.Uri | undefined {
  if (otherLanguage(document.languageId) === undefined || isPreview(document)) {
    return undefined;
  }
  return vscode.Uri.from({
    scheme: PREVIEW_SCHEME,
    path: previewPath(document.uri.path, document.languageId),
    query: document.uri.toString(),
  });
}

/** Returns the URI of the document that a preview is of. */
export function sourceOf(preview: vscode.Uri): vscode.Uri {
  return vscode.Uri.parse(preview.query, true);
}

async function openMirror(client: LanguageClient, source: vscode.TextDocument): Promise<Mirror> {
  const uri = client.code2ProtocolConverter.asUri(source.uri);
  const preview = await ask(client, openPreview, { textDocument: { uri } });
  return mirrorOf(preview.text, preview.version);
}

/** Closes the tabs of a preview, but for those that are pinned. */
async function closeTabs(uri: string | undefined): Promise<void> {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const old = tabs.filter((tab) => !tab.isPinned && uri !== undefined && uriOf(tab) === uri);
  await vscode.window.tabGroups.close(old, true);
}

function uriOf({ input }: vscode.Tab): string | undefined {
  return input instanceof vscode.TabInputText ? input.uri.toString() : undefined;
}
