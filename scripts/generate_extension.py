#!/usr/bin/env python3
"""Write again what of `vscode-extension/` is generated: `make generate` runs it.

The grammar that colours Iron, the snippets and the language configuration are made of the
phrasebook, so that no word of Iron is written twice. In the manifest, `package.json`, the settings
of the language server are its own table. Prints the files that have changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import redox
from redox import Phrase, Phrasebook, load_phrasebook
from redox.files import read_text, write_text
from redox.keywords import KEYWORDS, PRIMITIVES
from redox_lsp.features.completion import SNIPPETS, say_snippet
from redox_lsp.features.semantic import OPERATOR_ROLES
from redox_lsp.settings import SECTION, TABLE, Setting

Json = dict[str, Any]

ROOT = Path(__file__).parent.parent
EXTENSION = ROOT / "vscode-extension"
NOTE = "Generated from redox/phrasebook.toml by scripts/generate_extension.py: run `make generate`."

NAME = r"(?:r#)?[\p{L}_]\w*"
GAP = r"[ \t]+"
DECLARED = {
    "fn": "entity.name.function",
    "struct": "entity.name.type",
    "enum": "entity.name.type",
    "trait": "entity.name.type",
    "mod": "entity.name.namespace",
    "macro_rules!": "entity.name.function.macro",
}
"""What the name behind a keyword of Rust is to a theme."""
BLOCK_ROLES = frozenset(("block", "body", "otherwise"))
"""Roles of phrases that may stand at the end of a line whose block goes on below."""
CLOSING_ROLES = frozenset(("end", "otherwise", "closer"))
"""Roles of phrases that stand as far left as the line that opened what they close."""
SIGN_BRACKETS = [["{", "}"], ["[", "]"], ["(", ")"]]


def main() -> None:
    """Write each file again; print the names of those that were stale."""
    book = load_phrasebook()
    files: dict[str, Callable[[str], Json]] = {
        "syntaxes/iron.tmLanguage.json": lambda _: grammar(book),
        "snippets/iron.json": lambda _: snippets(book),
        "language-configuration.json": lambda _: language_configuration(book),
        "package.json": lambda before: manifest(json.loads(before)),
    }
    for name, make in files.items():
        path = EXTENSION / name
        before = read_text(path) if path.exists() else ""
        after = json.dumps(make(before), indent=2, ensure_ascii=False) + "\n"
        if after != before:
            path.parent.mkdir(exist_ok=True)
            write_text(path, after)
            print(f"vscode-extension/{name}")


# ---- the grammar ----


def grammar(book: Phrasebook) -> Json:
    """Return a TextMate grammar: at each place the first of its patterns that matches counts.

    It reads words, not states, so it colours a phrase's words where they are names, too; the
    server's semantic tokens mend that. Both give a phrase the same colour.
    """
    long = [phrase for phrase in book.phrases if len(phrase.words) > 1]
    short = [phrase for phrase in book.phrases if len(phrase.words) == 1]
    return {
        "information_for_contributors": [NOTE],
        "name": book.name,
        "scopeName": "source.iron",
        "patterns": [
            {"include": "#comments"},
            {"include": "#literals"},
            {"include": "#escapes"},
            {"include": "#phrases"},
            {"include": "#names"},
            {"include": "#declarations"},
            {"include": "#words"},
            {"include": "#signs"},
        ],
        "repository": {
            "comments": {"patterns": _comments()},
            "block-comment": {
                "begin": r"/\*",
                "end": r"\*/",
                "patterns": [{"include": "#block-comment"}],
            },
            "literals": {"patterns": _literals()},
            "escapes": {"patterns": list(_escapes(book))},
            "names": {"patterns": list(_names(book))},
            "phrases": {"patterns": list(_phrase_patterns(long))},
            "declarations": {"patterns": list(_declarations(book))},
            "words": {"patterns": [*_phrase_patterns(short), *_words()]},
            "signs": {"patterns": [_match(r"[-+*/%^&|<>=!.:,;?@$#~]+", "keyword.operator")]},
        },
    }


def scope_of(phrase: Phrase) -> str:
    """Return what a phrase is to a theme, as the server's semantic tokens have it."""
    if phrase.role == "attribute":
        return "entity.name.decorator"
    if phrase.role in OPERATOR_ROLES:
        return "keyword.operator.word"
    return "keyword.other.block" if phrase.role in BLOCK_ROLES | {"end"} else "keyword.other"


def _phrase_patterns(phrases: list[Phrase]) -> Iterator[Json]:
    """Yield a pattern for each scope and length, the longest phrases first."""
    groups: dict[tuple[int, str], list[Phrase]] = {}
    for phrase in phrases:
        groups.setdefault((-len(phrase.words), scope_of(phrase)), []).append(phrase)
    for (_, scope), group in sorted(groups.items()):
        yield _match(_any_of(group), scope)


def _escapes(book: Phrasebook) -> Iterator[Json]:
    """Yield patterns of phrases behind which any word is a name."""
    escapes = [phrase for phrase in book.phrases if phrase.role == "escape"]
    yield _pair(_any_of(escapes), NAME, "keyword.other", "variable.other")
    quotes = [one for one in book.phrases if one.role == "name" and one.rust == "'"]
    yield _pair(_any_of(quotes), NAME, "keyword.other", "entity.name.label")


def _names(book: Phrasebook) -> Iterator[Json]:
    """Yield patterns of names that what stands beside them tells the kind of."""
    word = rf"\b(?!{_any_of([one for one in book.phrases if len(one.words) == 1])}){NAME}"
    macros = [one for one in book.phrases if re.match(r"!\s?[(\[{]", one.rust)]
    yield _match(rf"{word}(?={GAP}{_any_of(macros)}|![(\[{{])", "entity.name.function.macro")
    calls = [one for one in book.phrases if one.key in ("with", "with nothing", "for type")]
    other = [one for one in book.phrases if one.key in ("with fields", "with no fields")]
    yield _match(rf"{word}(?={GAP}(?!{_any_of(other)}){_any_of(calls)}|\()", "entity.name.function")
    method = _any_of([book.by_key["calling"]])
    yield _pair(method, NAME, "keyword.operator.word", "entity.name.function")
    yield _match(r"\b(?:\p{Lu}\w*\p{Ll}\w*|\p{Lu})\b", "entity.name.type")
    path = _any_of([book.by_key["its"]])
    yield _match(rf"{word}(?={GAP}{path}|::)", "entity.name.namespace")


def _declarations(book: Phrasebook) -> Iterator[Json]:
    """Yield patterns of names behind the keyword that declares them, in Iron and in Rust."""
    for rust, scope in DECLARED.items():
        said = [re.escape(rust)] if rust.isalpha() else []
        said += [_said(phrase) for phrase in book.phrases if phrase.rust == rust]
        yield _pair(rf"\b(?:{'|'.join(dict.fromkeys(said))})\b", NAME, "keyword.other", scope)


def _words() -> Iterator[Json]:
    """Yield patterns of the words that Iron shares with Rust, and of all other names."""
    yield _match(_any_word(PRIMITIVES), "entity.name.type.primitive")
    yield _match(_any_word(KEYWORDS), "keyword.other")
    yield _match(rf"\b{NAME}", "variable.other")


def _comments() -> list[Json]:
    block = {"begin": r"/\*", "end": r"\*/", "name": "comment.block.iron"}
    return [
        {"match": r"\A#!(?!\[).*$", "name": "comment.line.shebang.iron"},
        _match(r"//[/!](?!/).*$", "comment.line.documentation"),
        _match(r"//.*$", "comment.line.double-slash"),
        {**block, "patterns": [{"include": "#block-comment"}]},
    ]


def _literals() -> list[Json]:
    escape = _match(r"\\(?:x\h{2}|u\{[\h_]{1,8}\}|.|$)", "constant.character.escape")
    character = r"b?'(?:\\(?:x\h{2}|u\{[\h_]{1,8}\}|.)|[^'\\])'"
    quoted = {"name": "string.quoted.double.iron", "end": '"'}
    number = r"\b(?:0[xob][\h_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d[\d_]*)?)\w*"
    return [
        {"begin": r'\b[bc]?r(#*)"', "end": r'"\1', "name": "string.quoted.double.raw.iron"},
        {"begin": r'(?:\b[bc])?"', **quoted, "patterns": [escape]},
        _match(character, "string.quoted.single"),
        _match(rf"'{NAME}", "entity.name.label"),
        _match(number, "constant.numeric"),
    ]


def _match(pattern: str, scope: str) -> Json:
    return {"match": pattern, "name": f"{scope}.iron"}


def _pair(word: str, name: str, word_scope: str, name_scope: str) -> Json:
    """Return the pattern of a phrase and the name behind it."""
    captures = {"1": {"name": f"{word_scope}.iron"}, "2": {"name": f"{name_scope}.iron"}}
    return {"match": rf"({word}){GAP}({name})", "captures": captures}


def _said(phrase: Phrase) -> str:
    return GAP.join(phrase.words)


def _any_of(phrases: Iterable[Phrase]) -> str:
    """Return what matches any of some phrases, the longest of them that does."""
    said = sorted(map(_said, phrases), key=lambda text: (-text.count(GAP), text))
    return rf"\b(?:{'|'.join(said)})\b"


def _any_word(words: Iterable[str]) -> str:
    return rf"\b(?:{'|'.join(sorted(words))})\b"


# ---- what is made beside it ----


def snippets(book: Phrasebook) -> Json:
    """Return the constructs that the server completes, as VS Code reads snippets."""
    return {
        name: {
            "prefix": name,
            "body": say_snippet(template, book).split("\n"),
            "description": f"Iron: {name}",
        }
        for name, template in SNIPPETS.items()
    }


def language_configuration(book: Phrasebook) -> Json:
    """Return brackets, indentation and what Enter does, in the words of the phrasebook."""
    opens = rf"(?:{_line_end(book)}|[{{(\[])\s*(?://.*)?$"
    closing = "|".join(" ".join(one.words) for one in book.phrases if one.role in CLOSING_ROLES)
    closes = rf"^\s*(?:(?:{closing})\b|[}})\]])"
    pairs = [{"open": open_, "close": close} for open_, close in SIGN_BRACKETS]
    quote = {"open": '"', "close": '"', "notIn": ["string", "comment"]}
    return {
        "comments": {"lineComment": "//", "blockComment": ["/*", "*/"]},
        "brackets": [*SIGN_BRACKETS, *word_brackets(book)],
        "colorizedBracketPairs": SIGN_BRACKETS,
        "autoClosingPairs": [*pairs, quote],
        "surroundingPairs": [*SIGN_BRACKETS, ['"', '"'], ["'", "'"], ["`", "`"]],
        "folding": {
            "markers": {"start": r"^\s*//\s*#?region\b", "end": r"^\s*//\s*#?endregion\b"},
        },
        "indentationRules": {
            "increaseIndentPattern": rf"^(?!\s*//).*{opens}",
            "decreaseIndentPattern": closes,
        },
        "onEnterRules": [
            _go_on("///"),
            _go_on("//!"),
            {
                "beforeText": rf"^(?!\s*//).*{opens}",
                "afterText": closes,
                "action": {"indent": "indentOutdent"},
            },
        ],
    }


def _line_end(book: Phrasebook) -> str:
    words = [" ".join(one.words) for one in book.phrases if one.role in BLOCK_ROLES]
    return rf"\b(?:{'|'.join(words)})"


def _go_on(comment: str) -> Json:
    """Return the rule by which a line of documentation is followed by another."""
    return {
        "beforeText": rf"^\s*{re.escape(comment)}.*$",
        "action": {"indent": "none", "appendText": f"{comment} "},
    }


def word_brackets(book: Phrasebook) -> list[list[str]]:
    """Return each word that opens a block with each phrase that may end it.

    A phrase of certain heads, as `then` of `if`, has the ends of these, and one that begins with
    the name of an end, as `macro begin`, has that end; any other has all that are left.
    Fields and the like are left out: on one line nothing ends them.
    """
    blocks = [one for one in book.phrases if one.role == "block"]
    ends = {one.key.removeprefix("end "): one.text for one in book.phrases if one.role == "end"}
    own = {one: one.heads or {*ends} & {one.key.split(" ")[0]} for one in blocks}
    rest = {*ends}.difference(*own.values(), ("fields", "structure", "union", "enumeration"))
    return [
        [one.text, ends[end]] for one, end in product(blocks, ends) if end in (own[one] or rest)
    ]


def manifest(before: Json) -> Json:
    """Return the manifest with Redox's version and the server's settings."""
    own, _ = before["contributes"]["configuration"]
    server = {
        "title": "Language Server",
        "properties": {f"{SECTION}.{one.name}": setting(one) for one in TABLE},
    }
    contributes = {**before["contributes"], "configuration": [own, server]}
    names = {**own["properties"], **server["properties"]}
    machines = [name for name, one in names.items() if one["scope"] == "machine"]
    capabilities = before["capabilities"]
    untrusted = {**capabilities["untrustedWorkspaces"], "restrictedConfigurations": machines}
    return {
        **before,
        "version": redox.__version__,
        "capabilities": {**capabilities, "untrustedWorkspaces": untrusted},
        "contributes": contributes,
    }


_TYPES = {bool: "boolean", int: "integer", str: "string"}


def setting(one: Setting) -> Json:
    """Return a setting of the server as a manifest describes it."""
    described: Json = {
        "type": _TYPES[type(one.default)],
        "default": one.default,
        "markdownDescription": one.doc,
        "scope": "machine" if one.is_the_machines else "window",
    }
    if one.choices:
        described["enum"] = list(one.choices)
    if described["type"] == "integer":
        described["minimum"] = one.least
    return described


if __name__ == "__main__":
    main()
