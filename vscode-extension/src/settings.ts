// The extension's own settings; all others below `redox` are the server's.

export const SECTION = "redox";
export const OWN_GROUPS = ["server", "preview", "ghostText", "trace"] as const;

/** Returns what of the settings below `redox` the server knows. */
export function serverSettings(all: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const own: readonly string[] = OWN_GROUPS;
  return Object.fromEntries(Object.entries(all).filter(([group]) => !own.includes(group)));
}
