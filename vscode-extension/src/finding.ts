// Where the language server may be: candidates in the order in which they are tried.
//
// A workspace that is not trusted names no program: neither its `.venv` nor the interpreter that
// was chosen for it counts, only the user's own settings and PATH.

import * as path from "node:path";

/** A way to start the server. */
export interface Candidate {
  /** Where it comes from, said to people. */
  origin: string;
  command: string;
  args: string[];
  /** Whether a user named it, so that nothing else is tried where it fails. */
  isChosen: boolean;
}

export interface Surroundings {
  serverPath: string;
  interpreter: string;
  /** The Python extension's interpreter, where there is one. */
  pythonExtension: string | undefined;
  folders: readonly string[];
  /** The interpreter of the environment that the extension made, where there is one. */
  own: string | undefined;
  isTrusted: boolean;
  searchPath: string;
  platform: NodeJS.Platform;
}

/** Returns the ways to start the server, best first. */
export function candidates(around: Surroundings): Candidate[] {
  if (around.serverPath !== "") {
    return [program("`redox.server.path`", around.serverPath, true)];
  }
  if (around.interpreter !== "") {
    return [python("`redox.server.interpreter`", around.interpreter, true)];
  }
  const found: Candidate[] = [];
  if (around.isTrusted) {
    if (around.pythonExtension !== undefined) {
      found.push(python("the Python extension's interpreter", around.pythonExtension));
    }
    found.push(
      ...around.folders.map((folder) => python(`.venv of ${folder}`, venvPython(folder, around))),
    );
  }
  found.push(...searchFolders(around).map((folder) => onPath(folder, around)));
  if (around.own !== undefined) {
    found.push(python("the extension's own installation", around.own));
  }
  return found;
}

function program(origin: string, command: string, isChosen = false): Candidate {
  return { origin, command, args: [], isChosen };
}

/** `-P` keeps the current folder out of what Python imports from. */
function python(origin: string, command: string, isChosen = false): Candidate {
  return { origin, command, args: ["-P", "-m", "redox_lsp"], isChosen };
}

function venvPython(folder: string, around: Surroundings): string {
  const inside = around.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"];
  return pathsOf(around).join(folder, ".venv", ...inside);
}

/** A relative entry of PATH would mean the workspace; it is left out. */
function searchFolders(around: Surroundings): string[] {
  const paths = pathsOf(around);
  return around.searchPath.split(paths.delimiter).filter((folder) => paths.isAbsolute(folder));
}

function onPath(folder: string, around: Surroundings): Candidate {
  const name = around.platform === "win32" ? "redox-lsp.exe" : "redox-lsp";
  return program("PATH", pathsOf(around).join(folder, name));
}

function pathsOf(around: Surroundings): path.PlatformPath {
  return around.platform === "win32" ? path.win32 : path.posix;
}

/** Returns the version in what `redox-lsp --version` prints, or nothing if it is no such program. */
export function versionIn(output: string): string | undefined {
  return /^redox-lsp (\S+)\s*$/.exec(output)?.[1];
}

/** Says what is wrong where extension and server are of different versions, else nothing. */
export function skew(extension: string, server: string): string | undefined {
  return extension === server
    ? undefined
    : `The extension is version ${extension}, the language server ${server}: ` +
        "what one has and the other has not will not work.";
}
