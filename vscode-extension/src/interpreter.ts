// The interpreter that the user chose in the Python extension, where that is installed.

import * as path from "node:path";
import * as vscode from "vscode";

/** What is used of the Python extension's public interface. */
interface PythonApi {
  environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(
      environment: { path: string },
    ): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
  };
}

/** Returns the path of the Python extension's interpreter for the first folder. */
export async function chosenInterpreter(): Promise<string | undefined> {
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
