// The manifest agrees with the code.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import manifest from "../package.json";
import { SYNCED_SCHEMES } from "../src/places";
import { OWN_GROUPS, SECTION } from "../src/settings";

const { contributes, capabilities } = manifest;
const sources = readdirSync("src").map((name) => readFileSync(`src/${name}`, "utf-8"));
const declared = contributes.commands.map((one) => one.command);

test("each command of the manifest is registered, and none besides", () => {
  const code = readFileSync("src/commands.ts", "utf-8");
  const registered = [...code.matchAll(/^ {4}"(iron\.\w+)":/gm)].map((found) => found[1]);
  assert.deepEqual([...declared].sort(), registered.sort());
});

test("each command that a menu, key or source names is declared", () => {
  const menus = Object.values(contributes.menus).flat();
  const named = [...menus, ...contributes.keybindings].map((one) => one.command);
  const inCode = sources.join("\n").matchAll(/"(iron\.\w+)"/g);
  const used = [...named, ...[...inCode].map((found) => found[1])];
  assert.deepEqual(used.filter((one) => one === undefined || !declared.includes(one)), []);
});

test("what the server is asked of a document is offered only for Iron that it is sent", () => {
  const asking = ["iron.expandMacro", "iron.implementFunction"];
  const { commandPalette, ...others } = contributes.menus;
  assert.deepEqual(asking.filter((name) => !commandPalette.some((one) => one.command === name)), []);
  const entries = [...commandPalette, ...Object.values(others).flat()];
  const isSent = `editorLangId == iron && resourceScheme =~ /^(${SYNCED_SCHEMES.join("|")})$/`;
  const offered = entries.filter((one) => asking.includes(one.command)).map((one) => one.when);
  assert.deepEqual(offered.filter((when) => !when.startsWith(isSent)), []);
});

test("the extension's own settings are of the groups that the server is not given", () => {
  const groups = Object.keys(contributes.configuration[0]?.properties ?? {}).map(
    (name) => name.split(".")[1],
  );
  assert.deepEqual(new Set(groups), new Set<string | undefined>(OWN_GROUPS));
  const rest = Object.keys(contributes.configuration[1]?.properties ?? {});
  const own: readonly string[] = OWN_GROUPS;
  assert.deepEqual(rest.filter((name) => own.includes(name.split(".")[1] ?? "")), []);
});

test("what names a program is the machine's, and counts only where there is trust", () => {
  const properties = contributes.configuration.flatMap((one) => Object.entries(one.properties));
  const machine = properties.filter(([, one]) => one.scope === "machine").map(([name]) => name);
  const named = [
    "server.path",
    "server.interpreter",
    "rustAnalyzer.path",
    "rustAnalyzer.sysrootSource",
    "completion.model",
    "completion.served",
    "completion.verify",
  ];
  assert.deepEqual(machine, named.map((name) => `${SECTION}.${name}`));
  const { supported, restrictedConfigurations } = capabilities.untrustedWorkspaces;
  assert.deepEqual([supported, restrictedConfigurations], ["limited", machine]);
});

test("the Rust that Redox writes below target/redox is neither searched nor watched", () => {
  for (const excluded of Object.values(contributes.configurationDefaults)) {
    assert.deepEqual(excluded, { "**/target/redox/**": true });
  }
});

test("each command that the walkthrough offers or awaits is declared or VS Code's own", () => {
  const steps = contributes.walkthroughs.flatMap((one) => one.steps);
  const named = JSON.stringify(steps).matchAll(/(?:command:|onCommand:)([\w.]+)/g);
  const ours = [...named].map(([, name]) => name ?? "").filter((name) => name.startsWith("iron."));
  assert.ok(ours.length > 0);
  assert.deepEqual(ours.filter((name) => !declared.includes(name)), []);
});

test("the walkthrough says nothing in signs that VS Code would show as they stand", () => {
  const steps = contributes.walkthroughs.flatMap((one) => one.steps);
  assert.deepEqual(steps.map((step) => step.description).filter((one) => /[`*_]/.test(one)), []);
});

test("each file that the manifest names is there", () => {
  const [language] = contributes.languages;
  const pictures = contributes.walkthroughs.flatMap(({ icon, steps }) => [
    icon,
    ...steps.flatMap(({ media }) => Object.values(media.image)),
  ]);
  const files = [
    ...pictures,
    manifest.icon,
    language?.configuration,
    language?.icon.light,
    language?.icon.dark,
    ...contributes.grammars.map((one) => one.path),
  ];
  assert.deepEqual(files.filter((one) => one === undefined || !existsSync(one)), []);
});
