"""Sentences of canonical Iron: whether a text is one, and what was expected where it is none.

The tables are those that Lark builds for `redox/iron.lark` (LALR(1), a lexer that asks what can
stand here). Building them takes a minute or two, so `make generate` does, and they are kept packed
beside the grammar; to read them takes a fraction of a second and no Lark. What is loaded is loaded
when it is first asked for.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from redox.diagnostics import Diagnostic, Severity, Span

TABLES: Final = Path(__file__).with_name("iron.tables")
_END: Final = "$END"
_KINDS: Final = {
    "IDENT": "a name",
    "NAME": "a name",
    "NUM": "a number",
    "INDEX": "a number",
    "STRING": "a text",
    "TEXT": "a text",
    "NL": "the line's end",
    _END: "the text's end",
}
"""What the terminals that are no phrases are called."""
_LAST: Final = ("IDENT", "NAME", "NUM", "INDEX", "TEXT", "STRING")
"""They are tried behind words, of which none is another's beginning."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Where a text stops being a sentence: offsets, and what could have stood there."""

    start: int
    end: int
    expected: tuple[str, ...]
    """Phrases, words of Rust, and kinds of words, in the order of the grammar."""


@dataclass(frozen=True, eq=False)
class Grammar:
    """An automaton: for each state what a terminal does, and where a rule leads."""

    source: str
    """The hash of the text of `redox/iron.lark` that the tables are made of."""
    terminals: tuple[str, ...]
    numbers: dict[str, int] = field(repr=False)
    """The number of each terminal."""
    patterns: dict[str, str] = field(repr=False)
    words: dict[str, str] = field(repr=False)
    """The text of each terminal that is a phrase or a word of Rust."""
    rows: list[dict[int, int]] = field(repr=False)
    """By state and terminal: the next state, or less than 0 the rule that ends here."""
    leads: list[dict[int, int]] = field(repr=False)
    """By state and rule's name: the next state."""
    rules: list[tuple[int, int]] = field(repr=False)
    """By rule: its name and how many symbols it has."""
    start: int
    final: int
    _scanners: dict[tuple[int, ...], re.Pattern[str]] = field(default_factory=dict, repr=False)

    def refusal(self, text: str) -> Refusal | None:
        """Return where `text` stops being a sentence, or None if it is one."""
        stack = [self.start]
        offset, gap = 0, re.compile(self.patterns["GAP"])
        while True:
            found = self._scanner(stack[-1]).match(text, offset)
            if found is not None and found.lastgroup is not None:
                name, past = found.lastgroup, found.end()
            elif offset < len(text) and (space := gap.match(text, offset)) is not None:
                offset = space.end()
                continue
            else:
                name, past = _END, offset
            if name == _END and offset < len(text) or not self._move(stack, name):
                return Refusal(offset, _end_of_word(text, offset), self.expected(stack))
            if name == _END:
                return None
            offset = past

    def _move(self, stack: list[int], name: str) -> bool:
        """Move on by a terminal; tell whether it could stand here."""
        terminal = self.numbers[name]
        while True:
            action = self.rows[stack[-1]].get(terminal)
            if action is None:
                return False
            if action >= 0:
                stack.append(action)
                return True
            rule, size = self.rules[-1 - action]
            if size:
                del stack[-size:]
            stack.append(self.leads[stack[-1]][rule])
            if stack[-1] == self.final and name == _END:
                return True

    def expected(self, stack: list[int]) -> tuple[str, ...]:
        """Return what could stand behind what has been read: phrases, words and kinds."""
        found: dict[str, None] = {}
        for terminal in self.rows[stack[-1]]:
            name = self.terminals[terminal]
            if self._move([*stack], name):
                found[self.words.get(name) or _KINDS[name]] = None
        return tuple(found)

    def _scanner(self, state: int) -> re.Pattern[str]:
        """Return the pattern of the terminals that a state accepts."""
        key = tuple(sorted(self.rows[state]))
        scanner = self._scanners.get(key)
        if scanner is None:
            names = [self.terminals[terminal] for terminal in key]
            names.sort(key=self._rank)
            parts = [f"(?P<{name}>{self.patterns[name]})" for name in names if name != _END]
            scanner = self._scanners[key] = re.compile("|".join(parts) or r"(?!)")
        return scanner

    def _rank(self, name: str) -> tuple[int, int]:
        if name in self.words:
            return 1, -len(self.words[name])
        return (0, 0) if name == "NL" else (2, _LAST.index(name) if name in _LAST else 0)


def _end_of_word(text: str, offset: int) -> int:
    word = re.compile(r"\w+|[^\w\s]?").match(text, offset)
    return word.end() if word is not None else offset


@lru_cache(maxsize=1)
def load_grammar() -> Grammar:
    """Load the grammar of canonical Iron, once; raise `OSError` where its tables are missing."""
    return unpack(TABLES.read_bytes())


def unpack(data: bytes) -> Grammar:
    """Read packed tables."""
    packed: dict[str, Any] = json.loads(zlib.decompress(data))
    return Grammar(
        packed["source"],
        tuple(packed["terminals"]),
        {name: number for number, name in enumerate(packed["terminals"])},
        packed["patterns"],
        packed["words"],
        [_row(packed["actions"][number]) for number in packed["rows"]],
        [_row(packed["gotos"][number]) for number in packed["leads"]],
        [(name, size) for name, size in packed["rules"]],
        packed["start"],
        packed["final"],
    )


def _row(pairs: list[int]) -> dict[int, int]:
    """Read a row: its keys as distances from one to the next, each before its value."""
    return dict(zip(accumulate(pairs[::2]), pairs[1::2], strict=True))


def is_sentence(text: str) -> bool:
    """Tell whether a text is canonical Iron as the grammar has it."""
    return load_grammar().refusal(text) is None


_SHOWN: Final = 8


def strict_diagnostics(text: str) -> tuple[Diagnostic, ...]:
    """Say where a text stops being canonical Iron, if it does: at most one finding.

    A text is judged as if its last line were ended.
    """
    refusal = load_grammar().refusal(text if text.endswith("\n") else text + "\n")
    if refusal is None:
        return ()
    start, end = min(refusal.start, len(text)), min(refusal.end, len(text))
    found = text[start:end].strip()
    what = f"`{found}` can't stand here" if found else "something is missing here"
    message = f"{what}: {_listed(refusal.expected)}"
    return (Diagnostic("not-canonical", Severity.ERROR, Span(start, end), message),)


def _listed(expected: tuple[str, ...]) -> str:
    kinds = [one for one in expected if one in _KINDS.values()]
    words = [f"`{one}`" for one in expected if one not in _KINDS.values()]
    shown = [*kinds, *words][:_SHOWN]
    more = len(kinds) + len(words) - len(shown)
    return f"expected {', '.join(shown)}" + (f" or one of {more} more" if more else "")
