"""Edits of Rust said as edits of its Iron, and proved before they are handed over."""

from __future__ import annotations

from collections.abc import Sequence

from redox.diagnostics import Edit, Span
from redox.lexer import split_lines
from redox.phrasebook import Phrasebook
from redox.translate import Translation, oxidize, reduce


def iron_edits(
    edits: tuple[Edit, ...], iron: str, done: Translation, book: Phrasebook | None = None
) -> tuple[Edit, ...] | None:
    """Return edits of the Iron that make its Rust what `edits` make of the Rust.

    On lines that are written as Rust it stays Rust, elsewhere it is said in Iron: what is inserted,
    else the lines that change. What does not oxidize to what is wanted is not offered.
    """
    rust = apply_edits(done.text, edits)
    as_rust = _in_place(edits, done)
    by_lines = _by_lines(rust, iron, done.text, book)
    if as_rust and any(_is_iron(edit, iron, book) for edit in as_rust):
        as_iron = tuple(Edit(one.span, reduce(one.text, book).text) for one in as_rust)
        candidates: tuple[tuple[Edit, ...] | None, ...] = (as_iron, by_lines, as_rust)
    else:
        candidates = (as_rust, by_lines)
    for candidate in candidates:
        if candidate and oxidize(apply_edits(iron, candidate), book).text == rust:
            return candidate
    return None


def _is_iron(edit: Edit, iron: str, book: Phrasebook | None) -> bool:
    """Tell whether an edit is of lines that are not written as Rust, or inserts lines."""
    start = iron.rfind("\n", 0, edit.span.start) + 1
    end = iron.find("\n", edit.span.end)
    lines = iron[start : len(iron) if end < 0 else end]
    return "\n" in edit.text or oxidize(lines, book).text != lines


def _in_place(edits: tuple[Edit, ...], done: Translation) -> tuple[Edit, ...] | None:
    found = []
    for edit in edits:
        span = done.map.iron_range_from_rust(edit.span.start, edit.span.end)
        if span is None:
            return None
        found.append(Edit(span, edit.text))
    return tuple(found)


def _by_lines(rust: str, iron: str, before: str, book: Phrasebook | None) -> tuple[Edit, ...]:
    """Say in Iron the lines in which two texts of Rust differ."""
    old, new = split_lines(before), split_lines(rust)
    least = min(len(old), len(new))
    head = next((n for n in range(least) if old[n] != new[n]), least)
    rest = least - head
    tail = next((n for n in range(rest) if old[-1 - n] != new[-1 - n]), rest)
    lines, said = split_lines(iron), split_lines(reduce(rust, book).text)
    start = sum(map(len, lines[:head]))
    length = sum(map(len, lines[head : len(lines) - tail]))
    text = "".join(said[head : len(said) - tail])
    return (Edit(Span(start, start + length), text),)


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """Return a text with edits that don't overlap; their offsets are those of the text given."""
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text
