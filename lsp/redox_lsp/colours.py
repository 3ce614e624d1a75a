"""Semantic tokens as the protocol counts them, and what changed between two answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lsprotocol import types

from redox.diagnostics import Span
from redox_lsp.features.semantic import tokens_of_line
from redox_lsp.legend import NAMES, TYPES
from redox_lsp.positions import width
from redox_lsp.reading import Reading
from redox_lsp.shared_ends import shared_ends

Numbers = tuple[int, ...]
"""A line's tokens, five numbers each; the first one waits for how many lines lie before."""

Names = Mapping[int, Mapping[int, tuple[int, int, int]]]
"""What is known of names besides: by line and column, their length, type and modifiers."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, line by line, so that the next answer can be what changed."""

    identity: str
    lines: list[Numbers]


def encode_lines(reading: Reading, encoding: str, first: int = 0, past: int = -1) -> list[Numbers]:
    """Return the numbers of some lines, of all by default; those of lines of before are kept."""
    key = f"semantic {encoding}"
    found: list[Numbers] = []
    for line in range(first, reading.line_count if past < 0 else min(past, reading.line_count)):
        notes = reading.facts_of(line).notes
        known = notes.get(key)
        if known is None:
            known = notes[key] = _encode_line(reading, line, encoding)
        assert isinstance(known, tuple), "nobody else keeps these"
        found.append(known)
    return found


def encode_range(reading: Reading, encoding: str, span: Span, names: Names) -> list[int]:
    """Return the numbers of the lines that a span touches."""
    first, past = reading.line_of(span.start), reading.line_of(span.end) + 1
    return flatten(repaint(encode_lines(reading, encoding, first, past), names, first), first, 0)


def repaint(lines: Sequence[Numbers], names: Names, first: int = 0) -> list[Numbers]:
    """Return lines with their names painted as somebody knows them who knows what they are."""
    return [
        _repaint_line(line, names[number]) if number in names else line
        for number, line in enumerate(lines, first)
    ]


def _repaint_line(line: Numbers, names: Mapping[int, tuple[int, int, int]]) -> Numbers:
    numbers = list(line)
    at = 0
    for index in range(0, len(line), 5):
        at += line[index + 1]
        length, kind, modifiers = names.get(at, (0, 0, 0))
        if length == line[index + 2] and TYPES[line[index + 3]] in NAMES:
            numbers[index + 3 : index + 5] = kind, line[index + 4] | modifiers
    return tuple(numbers)


def flatten(lines: Sequence[Numbers], first: int, at: int) -> list[int]:
    """Put lines together; `first` is the number of the first, `at` that of the line before."""
    data: list[int] = []
    for number, line in enumerate(lines, first):
        if line:
            start = len(data)
            data += line
            data[start] = number - at
            at = number
    return data


def _encode_line(reading: Reading, line: int, encoding: str) -> Numbers:
    text = reading.rows[line][0]
    numbers: list[int] = []
    before = 0
    for token in tokens_of_line(reading, line):
        step = width(text[before : token.start], encoding)
        length = width(text[token.start : token.end], encoding)
        numbers += (0, step, length, token.type, token.modifiers)
        before = token.start
    return tuple(numbers)


def edits_between(old: list[Numbers], new: list[Numbers]) -> list[types.SemanticTokensEdit]:
    """Return the one edit that turns old numbers into new ones, or none if they are the same.

    The first line behind what changed is told again: it counts from a line that is another now.
    """
    if old == new:
        return []
    head, tail = shared_ends(old, new)
    while tail and not new[len(new) - tail]:
        tail -= 1
    tail = max(0, tail - 1)
    before = next((n for n in range(head - 1, -1, -1) if new[n]), 0)
    edit = types.SemanticTokensEdit(
        start=sum(map(len, old[:head])),
        delete_count=sum(map(len, old[head : len(old) - tail])),
        data=flatten(new[head : len(new) - tail], head, before),
    )
    return [edit]
