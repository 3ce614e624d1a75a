// The grammars, run by the engine that VS Code runs them with.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { createOnigScanner, createOnigString, loadWASM } from "vscode-oniguruma";
import { type IGrammar, INITIAL, parseRawGrammar, Registry } from "vscode-textmate";

const FILES: Readonly<Record<string, string>> = {
  "source.iron": "syntaxes/iron.tmLanguage.json",
  "markdown.iron.codeblock": "syntaxes/iron.markdown.tmLanguage.json",
};
let iron: IGrammar;
let markdown: IGrammar;

before(async () => {
  await loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")));
  const registry = new Registry({
    onigLib: Promise.resolve({ createOnigScanner, createOnigString }),
    loadGrammar: (scope) => {
      const file = FILES[scope];
      return Promise.resolve(file ? parseRawGrammar(readFileSync(file, "utf-8"), file) : null);
    },
  });
  iron = (await registry.loadGrammar("source.iron")) ?? assert.fail();
  markdown = (await registry.loadGrammar("markdown.iron.codeblock")) ?? assert.fail();
});

const BARE = ["source.iron", "meta.embedded.block.iron"];

/** Returns each piece of a text that has a scope of Iron's, with the innermost. */
function pieces(grammar: IGrammar, text: string): [string, string][] {
  let stack = INITIAL;
  const found: [string, string][] = [];
  let last = "";
  for (const line of text.split("\n")) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
    stack = ruleStack;
    for (const { startIndex, endIndex, scopes } of tokens) {
      const scope = scopes.at(-1) ?? "";
      const piece = line.slice(startIndex, endIndex);
      const before = found.at(-1);
      if (scope.endsWith(".iron") && !BARE.includes(scope)) {
        if (before !== undefined && scope === last) {
          before[0] += piece;
        } else {
          found.push([piece, scope.replace(/\.iron$/, "")]);
        }
      }
      last = scope;
    }
  }
  return found;
}

function check(text: string, expected: [string, string][]): void {
  assert.deepEqual(pieces(iron, text), expected);
}

test("phrases, operators and names differ", () => {
  check("let mutable max be arr calling first or return", [
    ["let", "keyword.other"],
    ["mutable", "keyword.other"],
    ["max", "variable.other"],
    ["be", "keyword.operator.word"],
    ["arr", "variable.other"],
    ["calling", "keyword.operator.word"],
    ["first", "entity.name.function"],
    ["or return", "keyword.other"],
  ]);
});

test("the longest phrase wins", () => {
  check("if a is greater than b then", [
    ["if", "keyword.other"],
    ["a", "variable.other"],
    ["is greater than", "keyword.operator.word"],
    ["b", "variable.other"],
    ["then", "keyword.other.block"],
  ]);
});

test("declared names, calls, macros and types have their kinds", () => {
  check("function area takes s of type Shape returns u8 begin", [
    ["function", "keyword.other"],
    ["area", "entity.name.function"],
    ["takes", "keyword.other"],
    ["s", "variable.other"],
    ["of type", "keyword.operator.word"],
    ["Shape", "entity.name.type"],
    ["returns", "keyword.operator.word"],
    ["u8", "entity.name.type.primitive"],
    ["begin", "keyword.other.block"],
  ]);
  check('println macro with "{n}\\n" and f with nothing', [
    ["println", "entity.name.function.macro"],
    ["macro with", "keyword.other"],
    ['"{n}', "string.quoted.double"],
    ["\\n", "constant.character.escape"],
    ['"', "string.quoted.double"],
    ["and", "keyword.operator.word"],
    ["f", "entity.name.function"],
    ["with nothing", "keyword.other"],
  ]);
});

test("an escaped word is a name", () => {
  check("literally also", [
    ["literally", "keyword.other"],
    ["also", "variable.other"],
  ]);
});

test("a lifetime's name is no variable, and a quote of Rust no string", () => {
  check("lifetime a 'b 'c'", [
    ["lifetime", "keyword.other"],
    ["a", "entity.name.label"],
    ["'b", "entity.name.label"],
    ["'c'", "string.quoted.single"],
  ]);
});

test("words inside strings and comments are neither", () => {
  const nested = pieces(iron, "/* begin /* end if */ then */ x");
  assert.deepEqual(nested.at(-1), ["x", "variable.other"]);
  assert.ok(nested.slice(0, -1).every(([, scope]) => scope === "comment.block"));
  check('r#"a " begin"# // end', [
    ['r#"a " begin"#', "string.quoted.double.raw"],
    ["// end", "comment.line.double-slash"],
  ]);
});

test("a string goes on over lines", () => {
  assert.deepEqual(pieces(iron, '"begin\nend if" x').at(-1), ["x", "variable.other"]);
});

test("a fenced block of iron is coloured, and what follows it is not", () => {
  const found = pieces(markdown, "text\n```iron\nlet x be 1\n```\nlet y be 2");
  assert.deepEqual(
    found.map(([text]) => text),
    ["let", "x", "be", "1"],
  );
});
