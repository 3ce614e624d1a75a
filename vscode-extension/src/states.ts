// What the status bar says of each state of the server.

export type ServerState =
  | { kind: "looking" }
  | { kind: "running"; version: string; origin: string }
  | { kind: "stopped" }
  | { kind: "missing" }
  | { kind: "failed"; why: string };

export interface Shown {
  text: string;
  tooltip: string;
  isError: boolean;
}

/** Returns what is shown of a state. */
export function textOf(state: ServerState): Shown {
  switch (state.kind) {
    case "looking":
      return { text: "$(sync~spin) Iron", tooltip: "The server is being started", isError: false };
    case "running":
      return {
        text: "$(check) Iron",
        tooltip: `redox-lsp ${state.version}, from ${state.origin}`,
        isError: false,
      };
    case "stopped":
      return { text: "$(error) Iron", tooltip: "The language server has stopped", isError: true };
    case "missing":
      return { text: "$(error) Iron", tooltip: "No language server was found", isError: true };
    case "failed":
      return { text: "$(error) Iron", tooltip: state.why, isError: true };
  }
}
