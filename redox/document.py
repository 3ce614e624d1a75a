"""A text of Iron under edit, and its Rust: an edit does again only what it changed.

What a line becomes depends on its own text, the state and mode at its start, and what the next
significant line starts with. So an edit does again the lines from the significant line before
it to where state and mode meet those of before; the rest stands.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import overload

from redox.checker import Problem
from redox.diagnostics import Diagnostic
from redox.findings import Finding, LineState, diagnostics_of
from redox.lexer import CODE, Mode, split_lines
from redox.lexicon import NEW_LINE
from redox.machine import Machine
from redox.map import Map
from redox.memory import memory_of
from redox.oxidizer import Oxidizer
from redox.phrasebook import Phrasebook, load_phrasebook
from redox.place import State
from redox.prelude import prelude_length


@dataclass(frozen=True, slots=True)
class Change:
    """Which lines of the Rust an edit changed: `old_count` from `first_line` became `new_count`."""

    first_line: int
    old_count: int
    new_count: int


DocumentLine = tuple[str, str, State | None, Mode | None, int]
"""A line's Iron and Rust, the state and mode at its start (a line of the prelude has none), and
what the next significant line starts with."""


class _Row:
    """A line: its Rust, and what it was written from."""

    __slots__ = (
        "after",
        "is_code",
        "lexed_in",
        "mode",
        "next_starts",
        "problems",
        "rust",
        "starts",
        "state",
    )

    def __init__(self, iron: str) -> None:
        self.rust = iron
        self.mode: Mode | None = None
        self.lexed_in: Mode | None = None
        """The mode that what is known of its lexemes is true in; nothing before it is lexed."""
        self.after: Mode = CODE
        self.state: State | None = None
        self.is_code = False
        self.starts = NEW_LINE
        """What it does to the line before it."""
        self.next_starts = NEW_LINE
        self.problems: list[Problem] = []


class _States(Sequence[LineState]):
    """What lines behind the prelude start from, as it is asked for."""

    def __init__(self, rows: list[_Row], prelude: int) -> None:
        self._rows = rows
        self._prelude = prelude

    def __len__(self) -> int:
        return len(self._rows) - self._prelude

    @overload
    def __getitem__(self, index: int) -> LineState: ...

    @overload
    def __getitem__(self, index: slice) -> list[LineState]: ...

    def __getitem__(self, index: int | slice) -> LineState | list[LineState]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        row = self._rows[self._prelude + index]
        assert row.state is not None, "a line behind the prelude has a state"
        assert row.mode is not None, "and a mode"
        return row.state, row.mode, row.next_starts


class Document:
    """Iron that is being written, with its Rust, map and diagnostics at every moment."""

    def __init__(self, iron: str = "", phrasebook: Phrasebook | None = None) -> None:
        self._book = phrasebook or load_phrasebook()
        self._set_text(iron)

    def _set_text(self, iron: str) -> None:
        self._lines = split_lines(iron)
        self._rows = [_Row(line) for line in self._lines]
        self._views = [_unread(line) for line in self._lines]
        self._prelude = prelude_length(self._lines)
        self._memory = memory_of(self._book)
        self._oxidizer = Oxidizer(self._memory, Machine(self._memory.root))
        self._stale: list[int] = []
        """The lines to be done again, in order."""
        self._faulty: list[int] = []
        """The lines with problems, in order."""
        self._end_state: State = Machine(self._memory.root).state
        self._end_mode: Mode = CODE
        self._starts = [0]
        self._forget()
        if self._prelude < len(self._rows):
            self._stand_first()
            self._redo(self._prelude, len(self._rows), None)
        self._remembered = self._memory.population

    @property
    def _should_begin_again(self) -> bool:
        """Whether the memory is full, and not of this text alone, or it were full again at once."""
        return self._memory.is_full and self._memory.population > 2 * self._remembered

    def _stand_first(self) -> None:
        row = self._rows[self._prelude]
        row.state = Machine(self._memory.root).state
        row.mode = CODE

    def _forget(self) -> None:
        self._iron: str | None = None
        self._rust: str | None = None
        self._map: Map | None = None
        self._diagnostics: tuple[Diagnostic, ...] | None = None

    # ---- what is there ----

    @property
    def iron(self) -> str:
        """The Iron as it stands."""
        if self._iron is None:
            self._iron = "".join(self._lines)
        return self._iron

    @property
    def rust(self) -> str:
        """Its Rust. Lines that are not settled yet are those of before."""
        if self._rust is None:
            self._rust = "".join([row.rust for row in self._rows])
        return self._rust

    @property
    def map(self) -> Map:
        """The map between both; settles the document."""
        self.settle()
        if self._map is None:
            self._map = Map(self.iron, self.rust, self._book, self._line_states)
        return self._map

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong, with offsets of the Iron; settles the document."""
        self.settle()
        if self._diagnostics is None:
            self._diagnostics = self._find()
        return self._diagnostics

    def lines(self) -> list[DocumentLine]:
        """Return each line as it stands, with what it starts from; settles the document.

        A line that an edit leaves as it was is the same object as before.
        """
        self.settle()
        return self._views.copy()

    @property
    def line_count(self) -> int:
        """The number of lines; a last line without characters does not count."""
        return len(self._rows)

    def rust_line(self, number: int) -> str:
        """Return a line of the Rust, its end included."""
        return self._rows[number].rust

    def iron_line(self, number: int) -> str:
        """Return a line of the Iron, its end included."""
        return self._lines[number]

    @property
    def iron_lines(self) -> list[str]:
        """The lines of the Iron, their ends included."""
        return self._lines.copy()

    @property
    def rust_lines(self) -> list[str]:
        """The lines of the Rust, their ends included."""
        return [row.rust for row in self._rows]

    @property
    def iron_starts(self) -> list[int]:
        """The offsets in the Iron where its lines start, and its end; an edit makes a new list."""
        known = len(self._starts) - 1
        if known < len(self._lines):
            lengths = map(len, self._lines[known:])
            self._starts[known:] = accumulate(lengths, initial=self._starts[known])
        return self._starts

    def iron_line_start(self, number: int) -> int:
        """Return the offset in the Iron where a line starts; behind the last one, its end."""
        return self.iron_starts[min(number, len(self._rows))]

    @property
    def is_settled(self) -> bool:
        """Whether every line's Rust is that of the Iron as it stands."""
        return not self._stale

    def _find(self) -> tuple[Diagnostic, ...]:
        rows = self._rows
        findings = [
            Finding(number, rows[number].mode or CODE, problem)
            for number in self._faulty
            for problem in rows[number].problems
        ]
        return diagnostics_of(
            self._lines,
            lambda: self.iron_starts,
            findings,
            self._end_state[0],
            rows[-1].after if rows else CODE,
            self._book,
            lambda: _States(rows, self._prelude),
        )

    def _line_states(self) -> list[LineState]:
        return list(_States(self._rows, self._prelude))

    # ---- edits ----

    def edit(self, start: int, end: int, text: str, budget: int | None = None) -> Change:
        """Replace the Iron from offset `start` to `end` with `text`; tell which lines changed.

        At most `budget` lines are done again at once, all by default; `settle` does the rest.
        Raises `ValueError` for offsets outside the text.
        """
        first = self._line_of(start)
        last = self._line_of(end)
        lines, starts = self._lines, self.iron_starts
        if start > end or end > starts[-1]:
            raise ValueError(f"no range of this text: {start} to {end}")
        if start == starts[first] and first and lines[first - 1].endswith("\r"):
            first -= 1
        region = "".join(lines[first : last + 1])
        region = region[: start - starts[first]] + text + region[end - starts[first] :]
        if last + 1 < len(lines) and (not region.endswith(("\n", "\r")) or region.endswith("\r")):
            last += 1
            region += lines[last]
        return self._replace(first, min(last + 1, len(lines)), split_lines(region), budget)

    def _replace(self, first: int, past: int, lines: list[str], budget: int | None) -> Change:
        rows = self._rows
        state, mode = (rows[first].state, rows[first].mode) if first < len(rows) else (None, None)
        old = [row.rust for row in rows[first:past]]
        fresh = [_Row(line) for line in lines]
        at_end = first >= len(rows)
        rows[first:past] = fresh
        self._lines[first:past] = lines
        self._views[first:past] = map(_unread, lines)
        grown = len(fresh) - (past - first)
        self._stale = _moved(self._stale, first, past, grown)
        self._faulty = _moved(self._faulty, first, past, grown)
        self._starts = self._starts[: first + 1]
        self._forget()
        if self._should_begin_again or self._changes_prelude(first):
            count = len(rows) - grown
            self._set_text("".join(self._lines))
            return Change(0, count, len(self._rows))
        if at_end:
            state, mode = self._end_state, self._end_mode
        if fresh:
            fresh[0].state, fresh[0].mode = state, mode
        elif first < len(rows):
            rows[first].state, rows[first].mode = state, mode
        else:
            assert state is not None, "what is removed had a state"
            assert mode is not None, "and a mode"
            self._end_state, self._end_mode = state, mode
        begin = first - 1
        while begin >= self._prelude and not rows[begin].is_code:
            begin -= 1
        begin = max(begin, self._prelude) if begin >= self._prelude else first
        dirty = max(first + len(fresh), first + 1)
        before, after = self._redo(begin, dirty, budget)
        top = min(before, first) if before >= 0 else first
        bottom = max(after, first + len(fresh))
        if budget is None and (rest := self.settle()) is not None:
            top = min(top, rest.first_line)
            bottom = max(bottom, rest.first_line + rest.new_count)
        return self._trim(Change(top, bottom - top - grown, bottom - top), first, old)

    def _trim(self, change: Change, first: int, old: list[str]) -> Change:
        """Leave out the lines at the top that an edit did again but did not change."""
        skipped = 0
        rows = self._rows
        while (
            change.first_line + skipped == first + skipped
            and skipped < min(len(old), change.new_count)
            and rows[first + skipped].rust == old[skipped]
        ):
            skipped += 1
        return Change(
            change.first_line + skipped, change.old_count - skipped, change.new_count - skipped
        )

    def _changes_prelude(self, first: int) -> bool:
        if first > self._prelude and not self._prelude:
            head = next((line for line in self._lines if line.strip()), "")
            if not head.startswith(("---", "#!")):
                return False
        return prelude_length(self._lines) != self._prelude or first < self._prelude

    def settle(self, budget: int | None = None) -> Change | None:
        """Do lines again that an edit's budget left; tell which changed, or nothing."""
        if not self._stale:
            return None
        begin = self._stale.pop(0)
        if begin >= len(self._rows):
            return None
        _, past = self._redo(begin, begin + 1, budget)
        while budget is None and self._stale:
            following = self._stale.pop(0)
            _, past = self._redo(following, following + 1, None)
        return Change(begin, past - begin, past - begin)

    def _redo(self, begin: int, dirty: int, budget: int | None) -> tuple[int, int]:
        """Write lines again from `begin`, at least to `dirty`, until state and mode meet.

        Returns the first line that changed, or -1, and the line after the last one done.
        """
        rows, oxidizer, machine = self._rows, self._oxidizer, self._oxidizer.machine
        if begin >= len(rows):
            return -1, begin
        self._forget()
        state, mode = rows[begin].state, rows[begin].mode
        assert state is not None, "the first line to do has a state"
        assert mode is not None, "and a mode"
        changed = -1
        index = begin
        while index < len(rows):
            row = rows[index]
            if (
                index >= dirty
                and row.state == state
                and row.mode == mode
                and index not in self._stale
            ):
                return changed, index
            if budget is not None and index - begin >= budget and index >= dirty:
                row.state, row.mode = state, mode
                _put(self._stale, index, True)
                return changed, index
            line = self._memory.lex(self._lines[index], mode)
            row.state, row.mode, row.lexed_in, row.after = state, mode, mode, line.mode
            row.is_code = line.is_code
            row.starts = self._memory.starts_of(line) if line.is_code else NEW_LINE
            row.next_starts = self._starts_after(index, line.mode) if line.is_code else NEW_LINE
            machine.state = state
            rust = oxidizer.line(line, row.next_starts)
            if changed < 0 and rust != row.rust:
                changed = index
            row.rust, row.problems = rust, oxidizer.problems
            view = (self._lines[index], rust, row.state, row.mode, row.next_starts)
            if view != self._views[index]:
                self._views[index] = view
            state, mode = machine.state, line.mode
            _put(self._faulty, index, bool(row.problems))
            _put(self._stale, index, False)
            index += 1
        self._end_state, self._end_mode = state, mode
        return changed, index

    def _starts_after(self, index: int, mode: Mode) -> int:
        """Tell what the next significant line after `index` starts with."""
        rows = self._rows
        for number in range(index + 1, len(rows)):
            row = rows[number]
            if row.lexed_in == mode:
                if row.is_code:
                    return row.starts
                mode = row.after
                continue
            line = self._memory.lex(self._lines[number], mode)
            if line.is_code:
                return self._memory.starts_of(line)
            mode = line.mode
        return NEW_LINE

    def _line_of(self, offset: int) -> int:
        """Return the line that holds an offset; the last one holds the text's end."""
        if offset < 0:
            raise ValueError(f"no offset of this text: {offset}")
        count = len(self._lines)
        number = bisect_right(self.iron_starts, offset) - 1
        if number >= count and count and not self._lines[-1].endswith(("\n", "\r")):
            return count - 1
        return number


def _unread(line: str) -> DocumentLine:
    return line, line, None, None, NEW_LINE


def _moved(numbers: list[int], first: int, past: int, grown: int) -> list[int]:
    """Return line numbers behind an edit that put other lines where `first` to `past` were."""
    kept = [number for number in numbers if not first <= number < past]
    return [number if number < first else number + grown for number in kept]


def _put(numbers: list[int], number: int, is_in: bool) -> None:
    """See to it that a number is, or is not, among numbers in order."""
    at = bisect_left(numbers, number)
    is_there = at < len(numbers) and numbers[at] == number
    if is_in and not is_there:
        numbers.insert(at, number)
    elif is_there and not is_in:
        del numbers[at]
