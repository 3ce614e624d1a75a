// What the status bar says of each state of the server.

export type ServerState =
  | { kind: "looking" }
  | { kind: "running"; version: string; origin: string; helpers: readonly string[] }
  | { kind: "stopped" }
  | { kind: "missing" }
  | { kind: "failed"; why: string };

/** What `redox.status` answers, as far as it is shown. */
export interface ServerStatus {
  server: { version: string; process: number };
  children: { name: string; version?: string; problem?: string; running?: unknown }[];
}

/** What is said of even where the server has none. */
const ALWAYS = ["model", "rust-analyzer"] as const;

/** Returns a line for each program that the server works with. */
export function helpersOf({ children }: ServerStatus): string[] {
  const absent = ALWAYS.filter((name) => !children.some((one) => one.name === name));
  return [
    ...children.map(({ name, version, problem, running }) => {
      const what = [problem, version].find((said) => said !== undefined && said !== "") ?? "ready";
      return `${name}: ${what.replace(/\.$/, "")}${isBusy(running) ? ", at work" : ""}`;
    }),
    ...absent.map((name) => `${name}: none`),
  ];
}

function isBusy(running: unknown): boolean {
  return Array.isArray(running) ? running.length > 0 : Boolean(running);
}

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
        tooltip: [`redox-lsp ${state.version}, from ${state.origin}`, ...state.helpers].join("\n"),
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
