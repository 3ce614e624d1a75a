"""The one place that knows the protocol's positions: offsets inside, line and column outside.

An offset counts code points. A column counts what the client chose at `initialize`: bytes of
UTF-8, units of UTF-16, or code points.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

from lsprotocol import types

from redox.diagnostics import Span

LINE_ENDS = "\r\n"

_WIDTHS: dict[str, Callable[[str], int]] = {
    "utf-8": lambda text: len(text.encode("utf-8", "surrogatepass")),
    "utf-16": lambda text: len(text) + sum(char > "\uffff" for char in text),
    "utf-32": len,
}


def width(text: str, encoding: str) -> int:
    """Return how many units of an encoding a text takes."""
    return len(text) if text.isascii() else _WIDTHS[encoding](text)


def index_of_units(line: str, units: int, encoding: str) -> int:
    """Return how many code points of a line come before `units` units of an encoding.

    A place inside a character is that character's start, one behind the line is the end of its
    text, before its line end, as the protocol wants it.
    """
    text = line.rstrip(LINE_ENDS)
    if text.isascii() or encoding == "utf-32":
        return min(units, len(text))
    measure = _WIDTHS[encoding]
    taken = 0
    for index, char in enumerate(text):
        taken += measure(char)
        if taken > units:
            return index
    return len(text)


class LineIndex:
    """Where the lines of a text start; turns its offsets into positions and back.

    `starts` is where they start, and the text's end, if that is known already.
    """

    def __init__(
        self, lines: Sequence[str], encoding: str, starts: Sequence[int] | None = None
    ) -> None:
        self.lines = lines
        self.encoding = encoding
        self.starts = starts or list(accumulate(map(len, lines), initial=0))

    @property
    def end(self) -> int:
        """The text's length."""
        return self.starts[-1]

    def position(self, offset: int) -> types.Position:
        """Return the position of an offset; one outside the text is its nearest end."""
        offset = min(max(offset, 0), self.end)
        number = bisect_right(self.starts, offset) - 1
        if number == len(self.lines) and number and not self.lines[-1].endswith(("\n", "\r")):
            number -= 1
        before = self.lines[number][: offset - self.starts[number]] if self.lines[number:] else ""
        return types.Position(number, width(before, self.encoding))

    def range(self, span: Span) -> types.Range:
        """Return the range of a span."""
        return types.Range(self.position(span.start), self.position(span.end))

    def offset(self, position: types.Position) -> int:
        """Return the offset of a position; one outside the text is the nearest place in it."""
        if position.line >= len(self.lines):
            return self.end
        line = self.lines[position.line]
        return self.starts[position.line] + index_of_units(line, position.character, self.encoding)

    def span(self, place: types.Range) -> Span:
        """Return the span of a range; a range with its ends swapped is put right."""
        start, end = self.offset(place.start), self.offset(place.end)
        return Span(min(start, end), max(start, end))
