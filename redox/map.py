"""The map between an Iron text and its Rust: offsets in, offsets out.

It falls out of writing: a line written again from its state tells where each piece came from.
So nothing is kept but the state of each line, and only the lines that are asked for are written
again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import attrgetter
from typing import TYPE_CHECKING

from redox.diagnostics import Span
from redox.lexer import CODE, Mode, lex_line, split_lines
from redox.lines import lex
from redox.machine import Machine
from redox.memory import memory_of
from redox.oxidizer import Mark, Oxidizer
from redox.place import State

if TYPE_CHECKING:
    from redox.findings import LineState
    from redox.phrasebook import Phrasebook


@dataclass(frozen=True, slots=True)
class MapSpan:
    """A piece of Iron and the piece of Rust it stands for; either may be empty."""

    iron_start: int
    iron_end: int
    rust_start: int
    rust_end: int
    is_token: bool = True
    """Whether the piece is a token or phrase, not the gap between two."""
    is_same: bool = False
    """Whether both pieces are the same text, so that offsets inside them match too."""


class Map:
    """The places of one text in the other. Offsets are in code points."""

    def __init__(
        self,
        iron: str,
        rust: str,
        book: Phrasebook,
        states: Callable[[], list[LineState]] | None = None,
    ) -> None:
        self._iron = iron
        self._rust = rust
        self._book = book
        self._make_states = states
        self._cache: dict[int, list[MapSpan]] = {}
        self._token_cache: dict[tuple[int, bool], list[MapSpan]] = {}

    def rust_from_iron(self, offset: int, *, nearest: bool = False) -> int | None:
        """Return the place in the Rust of a place in the Iron.

        Strictly, an answer exists at the ends of a token and inside a token that both texts
        share; `nearest` answers for every place inside the text.
        """
        return self._look_up(offset, nearest=nearest, from_iron=True)

    def iron_from_rust(self, offset: int, *, nearest: bool = False) -> int | None:
        """Return the place in the Iron of a place in the Rust, as `rust_from_iron` does."""
        return self._look_up(offset, nearest=nearest, from_iron=False)

    def rust_range_from_iron(self, start: int, end: int, *, nearest: bool = False) -> Span | None:
        """Return the Rust of a range of Iron, if both its ends have a place there."""
        return self._range(start, end, nearest=nearest, from_iron=True)

    def iron_range_from_rust(self, start: int, end: int, *, nearest: bool = False) -> Span | None:
        """Return the Iron of a range of Rust, if both its ends have a place there."""
        return self._range(start, end, nearest=nearest, from_iron=False)

    def spans(self) -> Iterator[MapSpan]:
        """Yield the pieces in order; they tile both texts."""
        for number in range(len(self._iron_lines)):
            yield from self._line(number)

    # ---- look-up ----

    def _range(self, start: int, end: int, *, nearest: bool, from_iron: bool) -> Span | None:
        first = self._look_up(start, nearest=nearest, from_iron=from_iron)
        last = self._look_up(end, nearest=nearest, from_iron=from_iron, is_end=True)
        if first is None or last is None:
            return None
        return Span(first, max(first, last))

    def _look_up(
        self, offset: int, *, nearest: bool, from_iron: bool, is_end: bool = False
    ) -> int | None:
        text = self._iron if from_iron else self._rust
        if not 0 <= offset <= len(text):
            return None
        starts = self._iron_starts if from_iron else self._rust_starts
        number = bisect_right(starts, offset) - 1
        if number and is_end and starts[number] == offset:
            number -= 1  # a range that ends at a line's start ends with the line before
        number = min(number, len(self._iron_lines) - 1)
        if number < 0:
            return 0
        spans, place = self._around(number, offset, from_iron)
        answers = {
            rank: answer
            for span in reversed(spans[:place])
            if (found := self._inside(span, offset, from_iron)) is not None
            for rank, answer in (found,)
        }
        if answers:
            return answers.get(_END, min(answers.items())[1]) if is_end else min(answers.items())[1]
        if not nearest:
            return self._line_edge(number, offset, starts, from_iron)
        if spans:
            return _nearest_edge(spans, offset, from_iron)
        others = self._rust_starts if from_iron else self._iron_starts
        return min(others[number] + offset - starts[number], others[number + 1])

    def _around(self, number: int, offset: int, from_iron: bool) -> tuple[list[MapSpan], int]:
        """Return a line's tokens around an offset, and how many of them start by then.

        Tokens that nothing says in the text of the offset have no place in it and are left out.
        """
        tokens = self._tokens(number, from_iron)
        key = _iron_start if from_iron else _rust_start
        place = bisect_right(tokens, offset, key=key)
        first = max(0, place - 2)
        return tokens[first : place + 1], place - first

    def _tokens(self, number: int, from_iron: bool) -> list[MapSpan]:
        """Return the tokens of a line that stand in one of both texts."""
        tokens = self._token_cache.get((number, from_iron))
        if tokens is None:
            tokens = [
                span
                for span in self._line(number)
                if span.is_token and _sides(span, from_iron)[0] < _sides(span, from_iron)[1]
            ]
            if len(self._token_cache) > _LINES_KEPT:
                self._token_cache.clear()
            self._token_cache[number, from_iron] = tokens
        return tokens

    def _line_edge(
        self, number: int, offset: int, starts: list[int], from_iron: bool
    ) -> int | None:
        """A line's start is the same line's start in the other text."""
        others = self._rust_starts if from_iron else self._iron_starts
        if offset == starts[number]:
            return others[number]
        return others[number + 1] if offset == starts[number + 1] else None

    def _inside(self, span: MapSpan, offset: int, from_iron: bool) -> tuple[int, int] | None:
        """Return a span's answer for an offset and its rank: a token's start goes before an end."""
        start, end, other_start, other_end = _sides(span, from_iron)
        if start == end or not start <= offset <= end:
            return None
        if offset == start:
            return _START, other_start
        if offset == end:
            return _END, other_end
        if span.is_same:
            return _INSIDE, other_start + offset - start
        if not from_iron and offset in self._inner_tokens(span):
            return _INSIDE, other_start
        return None

    def _inner_tokens(self, span: MapSpan) -> set[int]:
        """Return where tokens start inside a phrase's Rust, as `else` does in `} else {`."""
        offset = span.rust_start
        places = set()
        for gap, token in lex_line(self._rust[span.rust_start : span.rust_end], CODE)[1]:
            places.add(offset + len(gap))
            offset += len(gap) + len(token)
        return places

    # ---- lines ----

    @cached_property
    def _iron_lines(self) -> list[str]:
        return split_lines(self._iron)

    @cached_property
    def _iron_starts(self) -> list[int]:
        return list(accumulate(map(len, self._iron_lines), initial=0))

    @cached_property
    def _rust_starts(self) -> list[int]:
        return list(accumulate(map(len, split_lines(self._rust)), initial=0))

    @cached_property
    def _states(self) -> list[LineState]:
        if self._make_states is not None:
            return self._make_states()
        from redox.translate import states_of

        return states_of(self._iron, self._book)

    def _line(self, number: int) -> list[MapSpan]:
        spans = self._cache.get(number)
        if spans is None:
            if len(self._cache) > _LINES_KEPT:
                self._cache.clear()
            spans = self._cache[number] = self._write_again(number)
        return spans

    def _write_again(self, number: int) -> list[MapSpan]:
        index = number - (len(self._iron_lines) - len(self._states))
        iron_start, rust_start = self._iron_starts[number], self._rust_starts[number]
        text = self._iron_lines[number]
        if index < 0:
            return [same_span(iron_start, rust_start, len(text))]
        state, mode, starts = self._states[index]
        return line_spans(
            text, state, mode, starts, self._book, iron_start=iron_start, rust_start=rust_start
        )


_START, _INSIDE, _END = range(3)
_LINES_KEPT = 10_000
_iron_start = attrgetter("iron_start")
_rust_start = attrgetter("rust_start")


def _nearest_edge(spans: list[MapSpan], offset: int, from_iron: bool) -> int:
    """Return the counterpart of the token edge that is nearest to an offset."""
    edges = [
        edge
        for span in spans
        for start, end, other_start, other_end in (_sides(span, from_iron),)
        for edge in ((abs(start - offset), other_start), (abs(end - offset), other_end))
    ]
    return min(edges, key=lambda edge: edge[0])[1]


def same_span(iron_start: int, rust_start: int, length: int) -> MapSpan:
    """Return the span of a text that both sides share."""
    return MapSpan(iron_start, iron_start + length, rust_start, rust_start + length, is_same=True)


def _sides(span: MapSpan, from_iron: bool) -> tuple[int, int, int, int]:
    if from_iron:
        return span.iron_start, span.iron_end, span.rust_start, span.rust_end
    return span.rust_start, span.rust_end, span.iron_start, span.iron_end


def line_spans(
    text: str,
    state: State,
    mode: Mode,
    starts: int,
    book: Phrasebook,
    *,
    iron_start: int = 0,
    rust_start: int = 0,
) -> list[MapSpan]:
    """Write one line of Iron again and return its spans, which tile the line and its Rust."""
    machine = Machine(*state)
    oxidizer = Oxidizer(memory_of(book), machine)
    marks: list[Mark] = []
    oxidizer.marks = marks
    line = lex(text, mode)
    oxidizer.line(line, starts)
    lexemes: list[tuple[int, int]] = []
    place = iron_start + len(line.head)
    for gap, lexeme in line.pairs:
        place += len(gap)
        lexemes.append((place, place + len(lexeme)))
        place += len(lexeme)
    pieces = oxidizer.pieces
    spans = [same_span(iron_start, rust_start, len(line.head))] if line.head else []
    iron_at = iron_start + len(line.head)
    rust_at = rust_start + len(line.head)
    written = 1  # the pieces already passed: the head is the first
    for piece, first, past in marks:
        gap_length = sum(len(pieces[k]) for k in range(written, piece))
        start = lexemes[first][0] if past > first else iron_at
        end = lexemes[past - 1][1] if past > first else iron_at
        if start > iron_at or gap_length:
            spans.append(MapSpan(iron_at, start, rust_at, rust_at + gap_length, is_token=False))
        rust_at += gap_length
        length = len(pieces[piece])
        is_same = past - first == 1 and line.pairs[first][1] == pieces[piece]
        spans.append(MapSpan(start, end, rust_at, rust_at + length, is_same=is_same))
        rust_at += length
        iron_at = end
        written = piece + 1
    rest = sum(len(piece) for piece in pieces[written:])
    iron_end = iron_start + len(text)
    if iron_end > iron_at or rest:
        spans.append(MapSpan(iron_at, iron_end, rust_at, rust_at + rest, is_token=False))
    return spans
