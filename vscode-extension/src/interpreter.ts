// The interpreter that the user chose in the Python extension, where that is installed.

import * as path from "node:path";
import * as vscode from "vscode";
import { limited, unlessAborted } from "./waiting";

/** It looks for all interpreters as it starts. */
const PATIENCE_MS = 30_000;

/** What is used of the Python extension's public interface. */
interface PythonApi {
  environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(
      environment: { path: string },
    ): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
  };
}

/** Returns the path of the Python extension's interpreter for the first folder, if it tells one. */
export async function chosenInterpreter(
  signal: AbortSignal,
  output: vscode.LogOutputChannel,
): Promise<string | undefined> {
  try {
    return await unlessAborted(ask(), limited(signal, "to ask it", PATIENCE_MS));
  } catch (error) {
    signal.throwIfAborted();
    output.warn(`The Python extension names no interpreter: ${String(error)}`);
    return undefined;
  }
}

async function ask(): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonApi>("ms-python.python");
  if (extension === undefined) {
    return undefined;
  }
  const { environments } = await extension.activate();
  const active = environments.getActiveEnvironmentPath(vscode.workspace.workspaceFolders?.[0]?.uri);
  const resolved = await environments.resolveEnvironment(active);
  const found = resolved?.executable.uri?.fsPath;
  return found !== undefined && path.isAbsolute(found) ? found : undefined;
}
