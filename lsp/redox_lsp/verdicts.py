"""What rustc said of a document's Rust, as diagnostics of its Iron and fixes that hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from redox.diagnostics import Edit, Span
from redox.lexer import split_lines
from redox.translate import Translation, oxidize, reduce
from redox.verdict import Suggestion, iron_diagnostic, suggestions
from redox_lsp.said import Fix, Said

MOST_FIXES = 30
"""How many suggestions are turned into Iron: each one is proved, which takes time."""

_MAIN = re.compile(r"^\s*(pub\s+)?(async\s+)?fn\s+main\b", re.MULTILINE)


def crate_type(rust: str) -> str:
    """Return the kind of crate that a lone file is."""
    return "bin" if _MAIN.search(rust) else "lib"


def read_verdict(messages: Sequence[dict[str, Any]], iron: str, source: str) -> tuple[Said, ...]:
    """Return what rustc said of the file `source`, which held the Rust of `iron`."""
    done = oxidize(iron)
    patience = MOST_FIXES
    found = []
    for message in messages:
        diagnostic = iron_diagnostic(message, done, source)
        if diagnostic is None:
            continue
        wanted = list(suggestions(message, done.text, source))[:patience]
        patience -= len(wanted)
        found.append(Said(diagnostic, tuple(_fixes(wanted, iron, done))))
    return tuple(found)


def _fixes(wanted: Sequence[Suggestion], iron: str, done: Translation) -> Iterator[Fix]:
    for suggestion in wanted:
        edits = iron_edits(suggestion.edits, iron, done)
        if edits is not None:
            yield Fix(suggestion.title, edits)


def iron_edits(edits: tuple[Edit, ...], iron: str, done: Translation) -> tuple[Edit, ...] | None:
    """Return edits of the Iron that make its Rust what `edits` make of the Rust.

    First the Rust is tried where it stands, for Iron may hold Rust; then its lines said in Iron.
    What does not oxidize to what is wanted is not offered.
    """
    rust = apply_edits(done.text, edits)
    for candidate in (_in_place(edits, done), _by_lines(rust, iron, done.text)):
        if candidate and oxidize(apply_edits(iron, candidate)).text == rust:
            return candidate
    return None


def _in_place(edits: tuple[Edit, ...], done: Translation) -> tuple[Edit, ...] | None:
    found = []
    for edit in edits:
        span = done.map.iron_range_from_rust(edit.span.start, edit.span.end)
        if span is None:
            return None
        found.append(Edit(span, edit.text))
    return tuple(found)


def _by_lines(rust: str, iron: str, before: str) -> tuple[Edit, ...]:
    """Say in Iron the lines in which two texts of Rust differ."""
    old, new = split_lines(before), split_lines(rust)
    least = min(len(old), len(new))
    head = next((n for n in range(least) if old[n] != new[n]), least)
    rest = least - head
    tail = next((n for n in range(rest) if old[-1 - n] != new[-1 - n]), rest)
    lines, said = split_lines(iron), split_lines(reduce(rust).text)
    start = sum(map(len, lines[:head]))
    length = sum(map(len, lines[head : len(lines) - tail]))
    text = "".join(said[head : len(said) - tail])
    return (Edit(Span(start, start + length), text),)


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """Return a text with edits that don't overlap; their offsets are those of the text given."""
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text
