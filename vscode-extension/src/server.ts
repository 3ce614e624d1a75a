// The language server's life: found, started, restarted, told of trust, and its state shown.

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { Connection, Life } from "./client";
import { candidates, skew } from "./finding";
import { Installer, OPEN_SETTINGS, openSettings } from "./installer";
import { chosenInterpreter } from "./interpreter";
import { isModelElsewhere, ModelKey } from "./modelKey";
import { type Found, firstThatAnswers, type Search } from "./probing";
import { execute, SERVER_COMMANDS, tell, trust } from "./protocol";
import { SECTION } from "./settings";
import { helpersOf, type ServerState, type ServerStatus } from "./states";
import { StatusBar } from "./statusBar";
import { limited, unlessAborted } from "./waiting";

/** A start that is under way. */
interface Start {
  aborting: AbortController;
  done: Promise<void>;
}

const ABANDONED = new Error("another start was wanted");
/** How long a server that was found may take until it answers, a keyring's question included. */
const PATIENCE_MS = 120_000;
/** A server that ends this often within that time is not started again by itself. */
const DEATHS = 5;
const DEATHS_MS = 3 * 60_000;

export class Server implements vscode.Disposable {
  readonly output = vscode.window.createOutputChannel("Redox", { log: true });
  private readonly trace = vscode.window.createOutputChannel("Redox Trace", { log: true });
  private readonly status = new StatusBar();
  private readonly installer: Installer;
  private readonly modelKey: ModelKey;
  private readonly readied = new vscode.EventEmitter<LanguageClient>();
  /** Fires whenever a server has begun to answer: at the start, and after it died. */
  readonly onReady = this.readied.event;
  private current: Connection | undefined;
  private pending: Start | undefined;
  /** When servers ended that nobody had ended. */
  private deaths: number[] = [];

  constructor(private readonly context: vscode.ExtensionContext) {
    this.installer = new Installer(context, this.output);
    this.modelKey = new ModelKey(context.secrets);
    context.subscriptions.push(
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.trusted()),
      vscode.workspace.onDidChangeConfiguration((event) =>
        event.affectsConfiguration(`${SECTION}.server`) ||
        // A server is given the key of a model as it starts.
        (event.affectsConfiguration(`${SECTION}.completion.model`) && isModelElsewhere())
          ? this.restart()
          : undefined,
      ),
      vscode.window.onDidChangeActiveTextEditor(() => this.refreshStatus()),
      vscode.workspace.onDidSaveTextDocument(() => this.refreshStatus()),
    );
  }

  /** Returns the client of a server that runs; starts none. */
  get client(): LanguageClient | undefined {
    const client = this.current?.client;
    return client?.isRunning() === true ? client : undefined;
  }

  /** Returns the client once its server answers, or throws where there is no server. */
  async ready(): Promise<LanguageClient> {
    await this.start();
    const { client } = this;
    if (client === undefined) {
      throw new Error("The language server is not running: see Redox: Show Output.");
    }
    return client;
  }

  /** Finds and starts the server, unless that is done or under way. */
  async start(): Promise<void> {
    if (this.client === undefined && this.pending === undefined) {
      this.begin();
    }
    await this.settled();
  }

  async restart(): Promise<void> {
    this.begin();
    await this.settled();
  }

  /** What the status bar says. */
  get state(): ServerState {
    return this.status.state;
  }

  /** Installs the server into the extension's storage, and starts it. */
  async install(): Promise<void> {
    await this.useInstalled(this.installer.install());
  }

  /** Asks for the key of the server that the model is on, and has it used. */
  async setModelKey(): Promise<void> {
    if (await this.modelKey.ask()) {
      await this.restart();
    }
  }

  dispose(): void {
    this.pending?.aborting.abort(ABANDONED);
    void this.stop();
    for (const one of [this.installer, this.output, this.trace, this.status, this.readied]) {
      one.dispose();
    }
  }

  /** Waits until no start is under way: one that is abandoned for another is none of its own. */
  private async settled(): Promise<void> {
    while (this.pending !== undefined) {
      await this.pending.done;
    }
  }

  /** Begins a start that comes after all others: one that is under way is abandoned. */
  private begin(): void {
    const before = this.pending;
    before?.aborting.abort(ABANDONED);
    const aborting = new AbortController();
    const done = this.startAfter(before, aborting.signal).finally(() => {
      if (this.pending === start) {
        this.pending = undefined;
      }
    });
    const start = { aborting, done };
    this.pending = start;
  }

  private async startAfter(before: Start | undefined, signal: AbortSignal): Promise<void> {
    await before?.done;
    await this.stop();
    try {
      signal.throwIfAborted();
      await this.findAndStart(signal);
    } catch (error) {
      await this.stop();
      if (error !== ABANDONED) {
        this.fail(error instanceof Error ? error.message : String(error));
      }
    }
  }

  private fail(why: string): void {
    this.status.show({ kind: "failed", why });
    this.output.error(why);
  }

  private async stop(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    try {
      await current?.end();
    } catch (error) {
      this.output.warn(`The server was stopped by force: ${String(error)}`);
    }
  }

  private async trusted(): Promise<void> {
    // What a workspace names was not looked at before, so only a found server can be kept.
    if (this.client === undefined) {
      await this.restart();
    } else {
      await tell(this.client, trust, { trusted: true });
    }
  }

  private async findAndStart(signal: AbortSignal): Promise<void> {
    this.status.show({ kind: "looking" });
    const { found, refusals } = await this.find(signal);
    if (found === undefined) {
      this.status.show({ kind: "missing" });
      void this.sayMissing(refusals);
      return;
    }
    this.output.info(`${found.origin}: ${found.command}, version ${found.version}`);
    void this.saySkew(found.version);
    const limit = limited(signal, "The start of the language server", PATIENCE_MS);
    const { connect } = await import("./client.js");
    this.current = connect({
      server: found,
      folder: this.context.extensionPath,
      environment: await unlessAborted(this.modelKey.environment(), limit),
      output: this.output,
      trace: this.trace,
      onLife: (one, life) => {
        this.changed(one, life, found);
      },
    });
    await this.current.start(limit);
    void this.installer.tidy();
  }

  private async find(signal: AbortSignal): Promise<Search> {
    const settings = vscode.workspace.getConfiguration(`${SECTION}.server`);
    const isTrusted = vscode.workspace.isTrusted;
    const all = candidates({
      serverPath: settings.get("path", ""),
      interpreter: settings.get("interpreter", ""),
      pythonExtension: isTrusted ? await chosenInterpreter(signal, this.output) : undefined,
      folders: (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath),
      own: this.installer.claim(),
      isTrusted,
      searchPath: process.env.PATH ?? "",
      platform: process.platform,
    });
    const search = await firstThatAnswers(all, this.version, this.context.extensionPath, signal);
    search.refusals.forEach((refusal) => {
      this.output.info(refusal);
    });
    return search;
  }

  /** Says what is wrong with the server that a setting names, else offers to install one. */
  private async sayMissing(refusals: readonly string[]): Promise<void> {
    if (this.isChosen()) {
      const answer = await vscode.window.showErrorMessage(
        `The language server that was set does not answer: ${refusals.join(" ")}`,
        OPEN_SETTINGS,
      );
      await openSettings(answer);
      return;
    }
    await this.useInstalled(this.installer.offer());
  }

  private async saySkew(version: string): Promise<void> {
    const complaint = skew(this.version, version);
    if (complaint === undefined) {
      return;
    }
    this.output.warn(complaint);
    if (this.isChosen()) {
      await openSettings(await vscode.window.showWarningMessage(complaint, OPEN_SETTINGS));
    } else {
      await this.useInstalled(this.installer.offerInstead(complaint));
    }
  }

  /** Starts what was installed, and once more when suggestions were added to what runs. */
  private async useInstalled(installing: Promise<boolean>): Promise<void> {
    if (!(await installing)) {
      return;
    }
    await this.restart();
    if (await this.installer.addSuggestions()) {
      await this.restart();
    }
  }

  private isChosen(): boolean {
    const settings = vscode.workspace.getConfiguration(`${SECTION}.server`);
    return ["path", "interpreter"].some((name) => settings.get<string>(name, "") !== "");
  }

  private get version(): string {
    return (this.context.extension.packageJSON as { version: string }).version;
  }

  /** Says anew what the server works with. */
  private async refreshStatus(): Promise<void> {
    const { client, state } = this;
    if (client !== undefined && state.kind === "running") {
      const status = await execute<ServerStatus>(client, SERVER_COMMANDS.status);
      if (this.state === state) {
        this.status.show({ ...state, helpers: helpersOf(status) });
      }
    }
  }

  private changed(client: LanguageClient, life: Life, found: Found): void {
    if (client !== this.current?.client) {
      return;
    }
    const wasRunning = this.state.kind === "running";
    if (life === "running") {
      const { version, origin } = found;
      this.status.show({ kind: "running", version, origin, helpers: [] });
      this.readied.fire(client);
      void this.refreshStatus();
    } else {
      this.status.show(life === "starting" ? { kind: "looking" } : { kind: "stopped" });
    }
    if (life === "stopped" && wasRunning) {
      this.died();
    }
  }

  /** Starts another server, unless this one is the last of too many. */
  private died(): void {
    const now = Date.now();
    this.deaths = this.deaths.filter((one) => now - one < DEATHS_MS).concat(now);
    if (this.deaths.length < DEATHS) {
      this.begin();
      return;
    }
    this.deaths = [];
    const why = `The language server has ended ${DEATHS} times in ${DEATHS_MS / 60_000} minutes.`;
    this.fail(why);
    void vscode.window.showErrorMessage(`${why} See Redox: Show Output.`);
  }
}
