"""Semantic tokens as the protocol counts them, and what changed between two answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lsprotocol import types

from redox.diagnostics import Span
from redox_lsp.features.semantic import tokens_of_line
from redox_lsp.positions import width
from redox_lsp.reading import Reading


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, so that the next answer can be what changed."""

    identity: str
    data: list[int]


def encode(reading: Reading, encoding: str, span: Span | None = None) -> list[int]:
    """Return the tokens of the lines that a span touches, all by default: five numbers each."""
    first = reading.line_of(span.start) if span else 0
    past = reading.line_of(span.end) + 1 if span else reading.line_count
    key = f"semantic {encoding}"
    data: list[int] = []
    at = 0
    for line in range(first, min(past, reading.line_count)):
        notes = reading.facts_of(line).notes
        known = notes.get(key)
        if known is None:
            known = notes[key] = _encode_line(reading, line, encoding)
        assert isinstance(known, tuple), "nobody else keeps these"
        if known:
            data.append(line - at)
            data += known
            at = line
    return data


def _encode_line(reading: Reading, line: int, encoding: str) -> tuple[int, ...]:
    """Return a line's numbers without the first one, which tells how many lines lie before."""
    text = reading.rows[line][0]
    numbers: list[int] = []
    at = 0
    for token in tokens_of_line(reading, line):
        start = width(text[: token.start], encoding)
        length = width(text[token.start : token.end], encoding)
        numbers += (0, start - at, length, token.type, token.modifiers)
        at = start
    return tuple(numbers[1:])


def edits_between(old: list[int], new: list[int]) -> list[types.SemanticTokensEdit]:
    """Return the one edit that turns old numbers into new ones, or none if they are the same."""
    head = _common(old, new)
    tail = min(_common(old[::-1], new[::-1]), len(old) - head, len(new) - head)
    if head == len(old) == len(new):
        return []
    edit = types.SemanticTokensEdit(
        start=head, delete_count=len(old) - head - tail, data=new[head : len(new) - tail]
    )
    return [edit]


def _common(first: Sequence[int], second: Sequence[int]) -> int:
    """Return how many numbers are the same at the start, by halves: slices compare fast."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
