// Offers to install the language server, and does it where everybody can see it.

import * as vscode from "vscode";
import {
  type Bundle,
  bundleIn,
  claim,
  install,
  installSuggestions,
  isOutdated,
  type Progress,
  tidy,
} from "./installing";
import { chosenInterpreter } from "./interpreter";
import { choosePython, obstacle, type Python, pythonCommands } from "./pythons";

const INSTALL = "Install";
const UPDATE = "Update";
const SHOW_OUTPUT = "Show Output";
const TRY_AGAIN = "Try Again";
export const OPEN_SETTINGS = "Open Settings";

export class Installer implements vscode.Disposable {
  private brought: { bundle: Bundle | undefined } | undefined;
  private readonly storage: string;
  private running: Promise<boolean> | undefined;
  private adding: Promise<boolean> | undefined;
  private aborting = new AbortController();

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly output: vscode.LogOutputChannel,
  ) {
    this.storage = context.globalStorageUri.fsPath;
  }

  /** What the extension brings; read when it is wanted, for activation waits for nothing. */
  private get bundle(): Bundle | undefined {
    this.brought ??= { bundle: bundleIn(this.context.extensionPath) };
    return this.brought.bundle;
  }

  /** Returns the Python that was installed here for this very version, and keeps it from removal. */
  claim(): string | undefined {
    return this.bundle && claim(this.storage, this.bundle, process.pid);
  }

  /** Removes the environments of older versions from which no window's server runs any more. */
  async tidy(): Promise<void> {
    try {
      await (this.bundle && tidy(this.storage, this.bundle));
    } catch (error) {
      this.output.info(String(error));
    }
  }

  /** Says that there is no server, with one button that installs it; tells whether it was. */
  async offer(): Promise<boolean> {
    if (this.bundle === undefined) {
      const answer = await vscode.window.showErrorMessage(
        "The language server `redox-lsp` was not found, and this build of the extension brings none.",
        OPEN_SETTINGS,
      );
      await openSettings(answer);
      return false;
    }
    const isUpdate = isOutdated(this.storage, this.bundle);
    const answer = isUpdate
      ? await vscode.window.showInformationMessage(
          "Redox was updated, and so must its language server be.",
          UPDATE,
        )
      : await vscode.window.showInformationMessage(
          "The language server for Iron is not installed yet. It comes with the extension, and is " +
            "put into an environment of its own.",
          INSTALL,
        );
    return answer !== undefined && this.install();
  }

  /** Says that the server is of another version, with one button that installs the right one. */
  async offerInstead(complaint: string): Promise<boolean> {
    const offers = this.bundle === undefined ? [] : [INSTALL];
    const answer = await vscode.window.showWarningMessage(complaint, ...offers);
    return answer === INSTALL && this.install();
  }

  /** Installs the server; tells whether it is there now. Says itself what went wrong. */
  async install(): Promise<boolean> {
    this.running ??= this.installOnce().finally(() => (this.running = undefined));
    return this.running;
  }

  /**
   * Adds what suggestions of a model need, beside a server that runs already; tells whether it is
   * there now. Says itself what went wrong.
   */
  async addSuggestions(): Promise<boolean> {
    this.adding ??= this.once(
      (bundle, progress) => installSuggestions(bundle, this.storage, progress),
      "The language server works, but without suggestions of a model",
    ).finally(() => (this.adding = undefined));
    return this.adding;
  }

  dispose(): void {
    this.aborting.abort();
  }

  private installOnce(): Promise<boolean> {
    return this.once(async (bundle, progress) => {
      progress.onStep("looking for Python");
      await install(await this.findPython(), bundle, this.storage, progress);
    }, "The language server was not installed");
  }

  /** Does a part of the installation where it can be seen and cancelled. */
  private async once(
    does: (bundle: Bundle, progress: Progress) => Promise<void>,
    failure: string,
  ): Promise<boolean> {
    const bundle = this.bundle;
    if (bundle === undefined) {
      throw new Error("This build of the extension brings no language server.");
    }
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: "Iron's language server",
      cancellable: true,
    };
    const aborting = (this.aborting = new AbortController());
    try {
      await vscode.window.withProgress(options, async (progress, token) => {
        token.onCancellationRequested(() => {
          aborting.abort();
        });
        await does(bundle, {
          signal: aborting.signal,
          onStep: (message) => {
            progress.report({ message });
          },
          onLine: (line) => {
            this.output.info(line);
          },
        });
      });
      return true;
    } catch (error) {
      const isAgain = !aborting.signal.aborted && (await this.sayFailed(failure, error));
      return isAgain && this.once(does, failure);
    }
  }

  private async findPython(): Promise<Python> {
    const chosen = vscode.workspace.isTrusted
      ? await chosenInterpreter(this.aborting.signal, this.output)
      : undefined;
    const known = chosen === undefined ? [] : [chosen];
    const commands = pythonCommands(process.env.PATH ?? "", known, process.platform);
    const choice = await choosePython(commands, this.context.extensionPath);
    if (choice.kind === "usable") {
      return choice.python;
    }
    throw new Error(obstacle(choice, process.platform));
  }

  /** Says what failed and why; tells whether to try again. */
  private async sayFailed(failure: string, error: unknown): Promise<boolean> {
    const why = error instanceof Error ? error.message : String(error);
    this.output.error(why);
    const answer = await vscode.window.showErrorMessage(`${failure}: ${why}`, TRY_AGAIN, SHOW_OUTPUT);
    if (answer === SHOW_OUTPUT) {
      this.output.show();
    }
    return answer === TRY_AGAIN;
  }
}

/** Opens the settings that name a server, if the button for that was pressed. */
export async function openSettings(answer: string | undefined): Promise<void> {
  if (answer === OPEN_SETTINGS) {
    await vscode.commands.executeCommand("workbench.action.openSettings", "redox.server");
  }
}
