"""A mirrored source and its original: places of the one in the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from redox.diagnostics import Edit, Span
from redox.render import width
from redox.shadow.workspace import Wording
from redox.suggested import apply_edits
from redox.translate import Translation


@dataclass(frozen=True)
class Source:
    """An original, Iron or Rust, and the Rust that was made of it for the mirror."""

    name: str
    """As rustc would name the original: from the workspace's root, or absolute."""
    text: str
    translation: Translation | None
    """The Rust of Iron, before `edits`; nothing where the original is Rust."""
    wording: Wording
    edits: tuple[Edit, ...] = ()
    """What the mirror has in place of paths that lead out of the workspace."""

    @property
    def rust(self) -> str:
        """The original's Rust."""
        return self.translation.text if self.translation else self.text

    @cached_property
    def mirrored(self) -> str:
        """The text of the mirrored file."""
        return apply_edits(self.rust, self.edits)

    def rust_span(self, start: int, end: int) -> Span:
        """Return the span of the Rust for one of the mirrored file, which rustc counts in bytes."""
        return Span(self._rust_offset(start), max(map(self._rust_offset, (start, end))))

    def span(self, start: int, end: int) -> Span:
        """Return the span of the original for bytes of the mirrored file; the nearest there is."""
        rust = self.rust_span(start, end)
        if self.translation is None:
            return rust
        found = self.translation.map.iron_range_from_rust(rust.start, rust.end, nearest=True)
        return found or Span(0, 0)

    def place(self, offset: int) -> tuple[int, int, int]:
        """Return line and column of an offset of the original as rustc counts, and its byte."""
        line = bisect_right(self._starts, offset) - 1
        return line + 1, offset - self._starts[line] + 1, len(self.text[:offset].encode())

    def line(self, number: int) -> str:
        """Return a line of the original by its number, from 1, without its end."""
        lines = self._lines
        return lines[number - 1].removesuffix("\r") if number <= len(lines) else ""

    def byte_of(self, number: int, column: int, *, in_cells: bool) -> int | None:
        """Return the byte of a line and column of the mirrored file, both from 1.

        A panic counts columns in the cells that a terminal shows, a backtrace in bytes.
        """
        lines = self.mirrored.split("\n")
        if not 0 < number <= len(lines):
            return None
        before = sum(len(one.encode()) + 1 for one in lines[: number - 1])
        line = lines[number - 1]
        return before + (_bytes_of_cells(line, column - 1) if in_cells else column - 1)

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def _starts(self) -> Sequence[int]:
        return [0, *accumulate(len(line) + 1 for line in self._lines[:-1])]

    @cached_property
    def _bytes(self) -> bytes:
        return self.mirrored.encode()

    def _rust_offset(self, byte: int) -> int:
        """Return the offset in the Rust for a byte of the mirrored file."""
        offset = len(self._bytes[:byte].decode("utf-8", "replace"))
        grown = 0
        for edit in self.edits:
            start = edit.span.start + grown
            if offset <= start:
                break
            if offset < start + len(edit.text):
                return edit.span.start
            grown += len(edit.text) - (edit.span.end - edit.span.start)
        return offset - grown


def _bytes_of_cells(line: str, cells: int) -> int:
    """Return how many bytes of a line take so many cells."""
    taken = 0
    for place, char in enumerate(line):
        if taken >= cells:
            return len(line[:place].encode())
        taken += width(char)
    return len(line.encode())
