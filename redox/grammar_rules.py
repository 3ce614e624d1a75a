"""The grammar of canonical Iron, rendered from its rules and a phrasebook.

`redox/grammar.rules` speaks of phrases by their keys and of how expressions end; here its variables
are put in, what can't be reached or never ends is left out, and the rest is written in Lark's
notation, twice: for Lark, whose one token of look-ahead wants a phrase to be one terminal, and for
llguidance, whose terminals can't look ahead, so that the gaps between words are in the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

from redox.keywords import KEYWORDS
from redox.phrasebook import Phrasebook

RULES: Final = Path(__file__).with_name("grammar.rules")

Symbol = str
"""`'key'` a phrase, `"word"` a word of Rust, `UPPER` a terminal, else the name of a rule."""
Alternative = tuple[Symbol, ...]
Rules = dict[str, tuple[Alternative, ...]]

_VARIABLE = re.compile(r"<(\w+)(?::(\w+))?>")
_SYMBOL = re.compile(r"'[^']*'|\"[^\"]*\"|\S+")
_LET = re.compile(r"let (\w+)(\((\w+)\))? = (.*)")


@dataclass(frozen=True, slots=True)
class _Variable:
    """What a variable stands for: values, or lists of them by the value of another variable."""

    values: tuple[str, ...] = ()
    by: str = ""
    table: tuple[tuple[str, tuple[str, ...]], ...] = ()


def load_rules() -> Rules:
    """Read the rules, each variable put in, without those that are of no use."""
    return _useful(_expanded(RULES.read_text(encoding="utf-8")))


def _expanded(text: str) -> Rules:
    variables: dict[str, _Variable] = {}
    rules: dict[str, list[Alternative]] = {}
    for statement in _statements(text):
        let = _LET.fullmatch(statement)
        if let:
            variables[let[1]] = _variable(let[3] or "", let[4])
            continue
        head, _, body = statement.partition(":")
        names = [name for name, _ in _VARIABLE.findall(head)]
        for values in product(*(variables[name].values for name in names)):
            bound = dict(zip(names, values, strict=True))
            alternatives = rules.setdefault(_put(head, bound), [])
            for alternative in _split(body):
                alternatives.extend(_instances(alternative, bound, variables))
    return {name: tuple(dict.fromkeys(found)) for name, found in rules.items()}


def _statements(text: str) -> Iterator[str]:
    """Yield rules and declarations, each as one line."""
    parts: list[str] = []
    for line in text.splitlines():
        if line[:1] == "#" or not line.strip():
            continue
        if line[0] != " " and parts:
            yield " ".join(parts)
            parts = []
        parts.append(line.strip())
    yield " ".join(parts)


def _variable(by: str, body: str) -> _Variable:
    if not by:
        return _Variable(tuple(body.split()))
    rows = [row.partition(":") for row in body.split(";")]
    return _Variable((), by, tuple((value.strip(), tuple(row.split())) for value, _, row in rows))


def _split(body: str) -> list[str]:
    return [part.strip() for part in body.split("|")]


def _put(text: str, bound: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda found: bound.get(found[1], found[0]), text)


def _instances(
    alternative: str, bound: dict[str, str], variables: dict[str, _Variable]
) -> Iterator[Alternative]:
    """Yield an alternative for each value of the variables that its rule leaves open."""
    guard, _, rest = alternative.rpartition("}")
    if guard and not _holds(guard.lstrip("{"), bound):
        return
    texts = [_put(rest, bound)]
    while (found := _VARIABLE.search(texts[0])) is not None:
        variable = variables[found[1]]
        values = variable.values
        if variable.by:
            values = dict(variable.table)[bound[variable.by]]
        values = tuple(_put(value, bound).replace("*", found[2] or "") for value in values)
        texts = [text.replace(found[0], value) for text in texts for value in values]
    for text in texts:
        yield tuple(_SYMBOL.findall(text))


def _holds(guard: str, bound: dict[str, str]) -> bool:
    for condition in guard.split(";"):
        name, _, values = condition.partition(":")
        value, allowed = bound[name.strip()], values.split()
        if "-" + value in allowed or allowed[0][0] != "-" and value not in allowed:
            return False
    return True


# ---- what is of no use ----


def is_rule(symbol: Symbol) -> bool:
    """Tell whether a symbol is a rule's name."""
    return symbol[0] not in "'\"" and symbol.upper() != symbol


def _useful(rules: Rules) -> Rules:
    """Leave out rules that never end in a text or that the start never asks for."""
    ending: set[str] = set()
    while found := {
        name
        for name, alternatives in rules.items()
        if name not in ending and any(_ends(one, ending) for one in alternatives)
    }:
        ending |= found
    unknown = {s for found in rules.values() for one in found for s in one if is_rule(s)}
    if strange := sorted(unknown - rules.keys()):
        raise ValueError(f"grammar.rules: no such rules: {', '.join(strange)}")
    kept = {name: tuple(one for one in rules[name] if _ends(one, ending)) for name in ending}
    reached: dict[str, tuple[Alternative, ...]] = {}
    due = ["start"]
    while due:
        name = due.pop()
        if name not in reached:
            reached[name] = kept[name]
            due.extend(s for one in kept[name] for s in one if is_rule(s))
    return {name: reached[name] for name in rules if name in reached}


def _ends(alternative: Alternative, ending: Iterable[str]) -> bool:
    return all(not is_rule(symbol) or symbol in ending for symbol in alternative)


# ---- words ----


def phrase_keys(rules: Rules) -> list[str]:
    """Return the keys of the phrases in the rules, in the order of their first use."""
    found = (s[1:-1] for many in rules.values() for one in many for s in one if s[0] == "'")
    return list(dict.fromkeys(found))


def rust_words(rules: Rules) -> list[str]:
    """Return Rust's own words in the rules."""
    found = (s[1:-1] for many in rules.values() for one in many for s in one if s[0] == '"')
    return list(dict.fromkeys(found))


_RESERVED_RUST: Final = frozenset(KEYWORDS) - {"await", "_"} | {"async", "await"}
_TYPE_WORDS: Final = ("array of", "slice of", "tuple of")
"""Their first words would read as generic types if types could have these names."""


def _phrase(book: Phrasebook, key: str) -> str:
    return book.by_key[key].text


def reserved_words(book: Phrasebook) -> list[str]:
    """Return the words that are no identifiers where a value may stand."""
    phrases = {phrase.text for phrase in book.phrases if " " not in phrase.text}
    return sorted(phrases | _RESERVED_RUST | {"_", "union"})


# ---- Lark ----


def _raw(hashes: int) -> str:
    """Return the pattern of raw literals whose quotes stand beside so many `#`."""
    fewer = f'"#{{0,{hashes - 1}}}'
    edge = "#" * hashes
    return f'[bc]?r{edge}"([^"]|({fewer})+[^"#])*({fewer})*"{edge}'


_GAP: Final = r"[ \t]|\/\/[^\n]*|\/\*([^*\/]|\/+[^*\/]|\*+[^*\/])*\*+\/"
"""Spaces and comments; not those in which others are nested."""
NEW_LINE: Final = rf"({_GAP})*\r?\n({_GAP}|\r?\n)*"
NUMBER: Final = r"[0-9][0-9_]*(\.[0-9_]*)?([eE][+-][0-9_]+)?[A-Za-z0-9_]*"
TEXT: Final = "|".join(
    (
        r'[bc]"([^"\\]|\\[\s\S])*"',
        r'[bc]?r"[^"]*"',
        *map(_raw, range(1, 5)),
        r"b?'([^'\\\n]|\\[^\n'][^'\n]*|\\')'",
    )
)
STRING: Final = r'"([^"\\]|\\[\s\S])*"'
INDEX: Final = r"[0-9]+(\.[0-9]+)*"
WORD: Final = r"(r#)?[^\W\d]\w*"
ASCII_WORD: Final = r"(r#)?[A-Za-z_][A-Za-z0-9_]*"
"""What a model is held to: which other letters Rust takes, no regular expression here can say."""


def lark_names(book: Phrasebook, rules: Rules) -> dict[Symbol, str]:
    """Return the names that phrases and Rust's words have as terminals of Lark."""
    names: dict[Symbol, str] = {}
    for key in phrase_keys(rules):
        names[f"'{key}'"] = _phrase(book, key).upper().replace(" ", "_")
    for word in rust_words(rules):
        own = "UNDERSCORE" if word == "_" else word.upper()
        names[f'"{word}"'] = own if word != "Self" else "SELF_TYPE"
    return names


def lark_words(book: Phrasebook, rules: Rules) -> dict[str, str]:
    """Return the text of each of Lark's terminals that is a phrase or a word of Rust."""
    names = lark_names(book, rules)
    return {
        name: _phrase(book, symbol[1:-1]) if symbol[0] == "'" else symbol[1:-1]
        for symbol, name in names.items()
    }


def render_lark(book: Phrasebook, rules: Rules) -> str:
    """Write the grammar for Lark's LALR(1)."""
    names = lark_names(book, rules)
    lines = [HEAD.format(parser="Lark")]
    for name, alternatives in rules.items():
        lines.append(_rule(name, [" ".join(names.get(s, s) for s in one) for one in alternatives]))
    lines.append("")
    for symbol, name in names.items():
        text = _phrase(book, symbol[1:-1]) if symbol[0] == "'" else symbol[1:-1]
        lines.append(rf"{name}: /{text}\b/")
    several = [p for key in phrase_keys(rules) if " " in (p := _phrase(book, key))]
    operands = sorted({*reserved_words(book), *several})
    barred = sorted(_RESERVED_RUST | {"_", book.by_key["literally"].text})
    quoted = r"""(b|c|br|cr|r)#*["']"""
    for name, words in (("IDENT", operands), ("NAME", barred)):
        lines.append(rf"{name}: /(?!({'|'.join(words)})\b|{quoted}){WORD}/")
    # A number before `set to` is a field; both may stand where a value's line has ended.
    lines += _literals(rf"(?!{INDEX}({_GAP})+{_phrase(book, 'set to')}\b)")
    lines += [f"NL: /{NEW_LINE}/", rf"GAP: /({_GAP})+/", "%ignore GAP", ""]
    return "\n".join(lines)


HEAD: Final = """\
// Generated from redox/grammar.rules and redox/phrasebook.toml: run `make generate`.
// The grammar of canonical Iron, for {parser}: see docs/grammar.md.
"""


def _rule(name: str, alternatives: list[str]) -> str:
    return f"{name}: " + "\n    | ".join(alternatives)


# ---- llguidance ----


def render_llguidance(book: Phrasebook, rules: Rules) -> str:
    """Write the grammar for llguidance: phrases word by word, and the gaps between words.

    A rule whose first word stands behind another on its line has `_in` behind its name.
    """
    ends_line = whole_lines(rules)
    lines = [HEAD.format(parser="llguidance")]
    due, known = [("start", False)], {("start", False)}
    for name, is_inside in due:  # what is found is put behind
        shown: list[str] = []
        for alternative in rules[name]:
            parts: list[str] = []
            has_gap = is_inside
            for symbol in alternative:
                parts.append(_gapped(book, symbol, has_gap))
                if is_rule(symbol) and (symbol, has_gap) not in known:
                    known.add((symbol, has_gap))
                    due.append((symbol, has_gap))
                has_gap = symbol != "NL" and symbol not in ends_line
            shown.append(" ".join(parts))
        lines.append(_rule(name + "_in" * is_inside, shown))
    reserved = {*reserved_words(book), *(_phrase(book, k).split(" ")[0] for k in _TYPE_WORDS)}
    barred = sorted(_RESERVED_RUST | {"_", book.by_key["literally"].text})
    lines.append("")
    lines.append(rf"IDENT: /{ASCII_WORD}/ & ~/{'|'.join(sorted(reserved))}/")
    lines.append(rf"NAME: /{ASCII_WORD}/ & ~/{'|'.join(barred)}/")
    lines += _literals()
    lines += [f"NL: /{NEW_LINE}/", rf"GAP: /({_GAP})+/", ""]
    return "\n".join(lines)


def _gapped(book: Phrasebook, symbol: Symbol, has_gap: bool) -> str:
    if symbol == "NL":
        return symbol
    if is_rule(symbol):
        return symbol + "_in" * has_gap
    if symbol[0] == "'":
        words = ' " " '.join(f'"{w}"' for w in _phrase(book, symbol[1:-1]).split(" "))
    else:
        words = symbol
    return f"GAP {words}" if has_gap else words


def _literals(number_unless: str = "") -> list[str]:
    number = number_unless + NUMBER
    return [f"NUM: /{number}/", f"TEXT: /{TEXT}/", f"STRING: /{STRING}/", f"INDEX: /{INDEX}/"]


def whole_lines(rules: Rules) -> frozenset[str]:
    """Return the rules that end with a line; raise `ValueError` for one that may end either way."""
    known: dict[str, bool] = {}
    while len(known) < len(rules):
        before = len(known)
        for name, alternatives in rules.items():
            ends = {_ends_line(one[-1], known) for one in alternatives} - {None}
            if len(ends) > 1:
                raise ValueError(f"grammar.rules: {name} may end with a line or not")
            if ends:
                known[name] = bool(ends.pop())
        if len(known) == before:
            raise ValueError("grammar.rules: some rule has no end")
    for name, alternatives in rules.items():
        if {_ends_line(one[-1], known) for one in alternatives} != {known[name]}:
            raise ValueError(f"grammar.rules: {name} may end with a line or not")
    return frozenset(name for name, ends in known.items() if ends)


def _ends_line(symbol: Symbol, known: dict[str, bool]) -> bool | None:
    return known.get(symbol) if is_rule(symbol) else symbol == "NL"
