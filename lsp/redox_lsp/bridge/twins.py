"""A document and its Rust at one version: places of the one in the other, line by line.

Line n of the one is line n of the other, so a line's own map is all that a place needs. Places are
those of the protocol: of the document in the client's encoding, of the Rust in code points.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from redox.diagnostics import Edit, Span
from redox.document import DocumentLine
from redox.lexer import split_lines
from redox.lines import lex
from redox.machine import Machine
from redox.map import Map
from redox.memory import memory_of
from redox.oxidizer import Oxidizer
from redox.phrasebook import Phrasebook, load_phrasebook
from redox.translate import Translation, states_of
from redox_lsp.positions import index_of_units, width

Place = tuple[int, int]
"""A line and a column."""

Redirected = Mapping[int, Sequence[Edit]]
"""By line: what the mirror has in place of paths that lead out, in columns of the Rust."""

_WORD = re.compile(r"[^\W\d]\w*$")


@dataclass(frozen=True)
class Twin:
    """One file's two texts. `uri` is the original's, `shadow` the path of its Rust."""

    uri: str
    shadow: str
    version: int | None
    """The version of an open document; None for a file that nobody has open."""
    encoding: str
    rows: Sequence[DocumentLine]
    is_iron: bool
    redirected: Redirected = field(default_factory=dict)
    _maps: dict[int, Map] = field(default_factory=dict, repr=False)
    _ranges: dict[tuple[Place, Place, bool], tuple[Place, Place] | None] = field(
        default_factory=dict, repr=False
    )
    """Ranges that were asked for: a list of completions asks for one of them hundreds of times."""

    # ---- whole texts ----

    @cached_property
    def iron(self) -> str:
        """The original's text."""
        return "".join([row[0] for row in self.rows])

    @cached_property
    def rust(self) -> str:
        """The original's Rust, before paths are redirected."""
        return "".join(self._rust_lines)

    @property
    def _rust_lines(self) -> list[str]:
        return [row[1] for row in self.rows] if self.is_iron else [row[0] for row in self.rows]

    @cached_property
    def shadow_lines(self) -> list[str]:
        """The lines of the mirrored file, as rust-analyzer counts them: it knows no lone CR."""
        lines = self._rust_lines
        for number, edits in self.redirected.items():
            for edit in reversed(edits):
                start, end = edit.span.start, edit.span.end
                lines[number] = lines[number][:start] + edit.text + lines[number][end:]
        return [f"{line[:-1]}\n" if line.endswith("\r") else line for line in lines]

    @cached_property
    def translation(self) -> Translation:
        """The Rust of Iron, with the map between the whole texts."""
        states = [(row[2], row[3], row[4]) for row in self.rows if row[2] and row[3]]
        return Translation(self.rust, Map(self.iron, self.rust, _book(), lambda: states))

    def rust_offset(self, place: Place) -> int | None:
        """Return the offset in the Rust of a place of the mirrored file, if it has one."""
        lines = self._rust_lines
        line, column = place
        before = sum(map(len, lines[:line]))
        if line >= len(lines):
            return before if (line, column) == (len(lines), 0) else None
        plain = self._without_redirection(line, column)
        return None if plain is None or plain > len(lines[line]) else before + plain

    def word_before(self, place: Place) -> str:
        """Return the name that ends at a place, as far as it is written; empty if none does."""
        line, units = place
        if line >= len(self.rows):
            return ""
        found = _WORD.search(self.rows[line][0][: self._column(line, units)])
        return found[0] if found else ""

    def with_word(self, place: Place, word: str) -> Twin:
        """Return Iron as if a word had been written at a place; only its own line is read again."""
        line, units = place
        rows = list(self.rows) or [("", "", None, None, 0)]
        number = min(line, len(rows) - 1)
        iron, _, state, mode, starts = rows[number]
        column = index_of_units(iron, units, self.encoding) if line == number else len(iron)
        text = iron[:column] + word + iron[column:]
        rust = text
        if state is not None and mode is not None:
            oxidizer = Oxidizer(memory_of(_book()), Machine(*state))
            rust = oxidizer.line(lex(text, mode), starts)
        rows[number] = text, rust, state, mode, starts
        return replace(self, rows=rows, _maps={}, _ranges={})

    # ---- places ----

    def to_rust(self, place: Place, *, nearest: bool = False) -> Place | None:
        """Return the place in the Rust: of a token's end, or of the token that it is inside of."""
        line, units = place
        if line >= len(self.rows):
            return self._end
        column = self._column(line, units)
        found = column if not self.is_iron else self._rust_column(line, column, nearest)
        return None if found is None else (line, self._with_redirection(line, found))

    @property
    def _end(self) -> Place:
        """Where the Rust ends."""
        lines = self.shadow_lines
        if not lines or lines[-1].endswith("\n"):
            return len(lines), 0
        return len(lines) - 1, len(lines[-1])

    def range_to_rust(self, start: Place, end: Place) -> tuple[Place, Place] | None:
        """Return the range of the Rust that is nearest to one of the document."""
        first, last = self.to_rust(start, nearest=True), self.to_rust(end, nearest=True)
        return None if first is None or last is None else (first, max(first, last))

    def range_from_rust(
        self, start: Place, end: Place, *, nearest: bool = False
    ) -> tuple[Place, Place] | None:
        """Return the range of the document for one of the Rust; strictly, if its ends have one."""
        key = start, end, nearest
        if key not in self._ranges:
            self._ranges[key] = self._find_range(start, end, nearest)
        return self._ranges[key]

    def _find_range(self, start: Place, end: Place, nearest: bool) -> tuple[Place, Place] | None:
        first = self._from_rust(start, nearest=nearest, is_end=False)
        last = self._from_rust(end, nearest=nearest, is_end=start < end)
        return None if first is None or last is None else (first, max(first, last))

    def _from_rust(self, place: Place, *, nearest: bool, is_end: bool) -> Place | None:
        line, shown = place
        if line >= len(self.rows) or (is_end and shown == 0):
            return place  # where lines start, in both texts
        column = self._without_redirection(line, shown)
        if column is None and nearest:
            column = self.redirected[line][0].span.start
        if column is None:
            return None
        if not self.is_iron:
            return line, self._units(line, column)
        found = self._map(line).iron_range_from_rust(
            0 if is_end else column, column, nearest=nearest
        )
        if found is None:
            return None
        return line, self._units(line, found.end if is_end else found.start)

    def _rust_column(self, line: int, column: int, nearest: bool) -> int | None:
        known = self._map(line)
        found = known.rust_from_iron(column)
        if found is None:
            for span in known.spans():
                is_inside = span.iron_start < column < span.iron_end
                if span.is_token and is_inside and span.rust_start < span.rust_end:
                    return span.rust_start
        return known.rust_from_iron(column, nearest=True) if found is None and nearest else found

    def _map(self, line: int) -> Map:
        """Return the map of one line: it is small, and places of other lines don't matter."""
        found = self._maps.get(line)
        if found is None:
            iron, rust, state, mode, starts = self.rows[line]
            states = [(state, mode, starts)] if state is not None and mode is not None else []
            found = self._maps[line] = Map(iron, rust, _book(), lambda: states)
        return found

    # ---- columns ----

    def _column(self, line: int, units: int) -> int:
        return index_of_units(self.rows[line][0], units, self.encoding)

    def _units(self, line: int, column: int) -> int:
        return width(self.rows[line][0][:column], self.encoding)

    def _with_redirection(self, line: int, column: int) -> int:
        grown = 0
        for edit in self.redirected.get(line, ()):
            if column < edit.span.end:
                return min(column, edit.span.start) + grown
            grown += len(edit.text) - (edit.span.end - edit.span.start)
        return column + grown

    def _without_redirection(self, line: int, column: int) -> int | None:
        grown = 0
        for edit in self.redirected.get(line, ()):
            start = edit.span.start + grown
            if column <= start:
                break
            if column < start + len(edit.text):
                return None
            grown += len(edit.text) - (edit.span.end - edit.span.start)
        return column - grown


def rows_of_iron(text: str) -> list[DocumentLine]:
    """Return the rows of a text of Iron, as a document has them."""
    from redox.translate import oxidize

    book = _book()
    iron, rust = split_lines(text), split_lines(oxidize(text, book).text)
    states = states_of(text, book)
    head = len(iron) - len(states)
    rows: list[DocumentLine] = [(one, one, None, None, 0) for one in iron[:head]]
    rows += [
        (one, other, *state)
        for one, other, state in zip(iron[head:], rust[head:], states, strict=True)
    ]
    return rows


def rows_of_rust(text: str) -> list[DocumentLine]:
    """Return the rows of a text that is Rust already."""
    return [(line, line, None, None, 0) for line in split_lines(text)]


def by_line(edits: Iterable[Edit], lines: Sequence[str]) -> dict[int, list[Edit]]:
    """Return edits that stay inside of lines by their lines, in columns."""
    found: dict[int, list[Edit]] = {}
    waiting = sorted(edits, key=lambda one: one.span.start)
    start = 0
    for number, line in enumerate(lines):
        while waiting and waiting[0].span.start < start + len(line):
            edit = waiting.pop(0)
            columns = Span(edit.span.start - start, edit.span.end - start)
            found.setdefault(number, []).append(Edit(columns, edit.text))
        start += len(line)
    return found


def _book() -> Phrasebook:
    return load_phrasebook()
