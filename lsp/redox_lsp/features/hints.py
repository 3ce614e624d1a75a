"""What Iron leaves out and Rust has: closers and terminators that a place implies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from redox import Span
from redox_lsp.reading import Reading


class HintKind(Enum):
    """What is implied."""

    CLOSER = "closer"
    TERMINATOR = "terminator"


@dataclass(frozen=True, slots=True)
class Hint:
    """Rust that stands at `offset` though no word says it."""

    offset: int
    rust: str
    kind: HintKind


def inlay_hints(reading: Reading, span: Span | None = None) -> tuple[Hint, ...]:
    """Return what is implied on the lines that a span touches, all by default."""
    first = reading.line_of(span.start) if span else 0
    past = reading.line_of(span.end) + 1 if span else reading.line_count
    return tuple(
        hint
        for line in range(first, min(past, reading.line_count))
        for hint in _hints(reading, line)
    )


def _hints(reading: Reading, line: int) -> Iterator[Hint]:
    """Yield one hint for what is implied at one place, and one for the terminator behind it."""
    base = reading.start_of(line)
    column, closers = -1, ""
    for token in reading.tokens(line):
        if closers and (not token.is_implied or token.start != column or token.text in ";,"):
            yield Hint(base + column, closers, HintKind.CLOSER)
            closers = ""
        if not token.is_implied or not token.text:
            continue
        column = token.start
        if token.text in ";,":
            yield Hint(base + column, token.text, HintKind.TERMINATOR)
        else:
            closers += token.text
    if closers:
        yield Hint(base + column, closers, HintKind.CLOSER)
