"""What can be folded away, and what a growing selection takes in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from redox import Span
from redox_lsp.blocks import Block, blocks_of, blocks_on
from redox_lsp.reading import Reading
from redox_lsp.resolving import span_of

_MOST: Final = 100
"""How many blocks around a place a selection grows by, the innermost first."""


class FoldKind(Enum):
    """What is folded."""

    BLOCK = "block"
    COMMENT = "comment"
    IMPORTS = "imports"


@dataclass(frozen=True, slots=True)
class Fold:
    """Lines that fold into the first of them; `last` is the last one that is hidden."""

    first: int
    last: int
    kind: FoldKind


def folds(reading: Reading) -> tuple[Fold, ...]:
    """Return what can be folded, in order of first lines."""
    found = {
        (fold.first, fold.last): fold
        for fold in (*_runs_of_lines(reading), *_blocks(reading))
        if fold.first < fold.last
    }
    return tuple(found[key] for key in sorted(found))


def _blocks(reading: Reading) -> Iterator[Fold]:
    for block in blocks_of(reading):
        if block.closer is None:
            continue
        last = block.closer.line
        body = reading.body_of(last)
        if body[: block.closer.start].strip() == "":
            last -= 1  # the closer stays in sight
        yield Fold(block.first.line, last, FoldKind.BLOCK)


def _runs_of_lines(reading: Reading) -> Iterator[Fold]:
    """Yield the runs of lines that are all comments, or all imports."""
    words = (f"{reading.book.by_key['import'].text} ", "use ")
    first, kind = 0, None
    for line in range(reading.line_count + 1):
        found = _kind_of_line(reading, line, words)
        if found is not kind:
            if kind is not None:
                yield Fold(first, line - 1, kind)
            first, kind = line, found


def _kind_of_line(reading: Reading, line: int, words: tuple[str, ...]) -> FoldKind | None:
    if line >= reading.line_count:
        return None
    body = reading.rows[line][0].lstrip()
    mode = reading.rows[line][3]
    if body.startswith(("//", "/*")) or mode is not None and mode[0] == "*":
        return FoldKind.COMMENT
    public = reading.book.by_key["public"].text
    bare = body.removeprefix(public).removeprefix("pub").lstrip()
    return FoldKind.IMPORTS if bare.startswith(words) else None


# ---- selection ----


def selection_ranges(reading: Reading, offset: int) -> tuple[Span, ...]:
    """Return ever larger spans around an offset: word, bracket, statement, block, text."""
    line = reading.line_of(offset)
    found = [Span(0, len(reading.text))]
    place = reading.token_at(offset)
    if place is not None:
        token = reading.tokens(place[0])[place[1]]
        found.append(reading.span(place[0], token.name_column, token.end))
        found.append(reading.span(place[0], token.start, token.end))
    around = [
        one
        for one in (*blocks_on(reading, line), *blocks_of(reading))
        if one.closer is not None and one.first.line <= line <= one.closer.line
    ]
    around = sorted(around, key=lambda one: one.opener, reverse=True)[:_MOST]
    for block in around:
        found += _spans_of(reading, block)
    for number in {line, *(block.first.line for block in around if block.word)}:
        lines = reading.statement_at(number)
        if lines:
            found.append(reading.span_of_lines(lines.start, lines.stop))
    return tuple(_nested([one for one in found if one.start <= offset <= one.end]))


def _spans_of(reading: Reading, block: Block) -> list[Span]:
    """Return what stands in a block, and the block with the words around it."""
    assert block.closer is not None, "blocks without an end are left out"
    opener, closer = span_of(reading, block.opener), span_of(reading, block.closer)
    inside = reading.text[opener.end : closer.start]
    start = opener.end + len(inside) - len(inside.lstrip())
    end = opener.end + len(inside.rstrip())
    whole = Span(opener.start, closer.end)
    spans = [whole, Span(span_of(reading, block.first).start, closer.end)]
    return [*spans, Span(start, end)] if start < end else spans


def _nested(spans: list[Span]) -> Iterator[Span]:
    """Yield spans from the smallest on, each of which holds the one before."""
    last: Span | None = None
    for span in sorted(spans, key=lambda one: (one.end - one.start, one.start)):
        is_larger = last is None or span.start <= last.start and last.end <= span.end
        if is_larger and span != last:
            yield span
            last = span
