// The key of a server that the model is asked on: VS Code's secret storage has it, nothing else.

import * as vscode from "vscode";
import { SECTION } from "./settings";

const NAME = "modelKey";
/** The variable that the language server takes it from. */
const VARIABLE = "REDOX_COMPLETION_KEY";

export class ModelKey {
  constructor(private readonly secrets: vscode.SecretStorage) {}

  /** Returns what a server's environment holds of it: nothing where no server has a model. */
  async environment(): Promise<Record<string, string>> {
    // To look for one may have the user asked to unlock a keyring.
    const key = isModelElsewhere() ? await this.secrets.get(NAME) : undefined;
    return key === undefined ? {} : { [VARIABLE]: key };
  }

  /** Asks for the key and keeps it, or forgets it if none is given; returns false on Escape. */
  async ask(): Promise<boolean> {
    const key = await vscode.window.showInputBox({
      title: "Redox: the key of the server that the model is on",
      prompt: "Kept in VS Code's secret storage. Leave it empty to have it forgotten.",
      password: true,
      ignoreFocusOut: true,
    });
    if (key === undefined) {
      return false;
    }
    await (key === "" ? this.secrets.delete(NAME) : this.secrets.store(NAME, key));
    return true;
  }
}

/** Tells whether the model that is set is one on a server, which may want a key. */
export function isModelElsewhere(): boolean {
  const model = vscode.workspace.getConfiguration(SECTION).get("completion.model", "");
  return /^https?:/.test(model);
}
