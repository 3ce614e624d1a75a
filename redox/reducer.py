"""Rust to Iron, a line at a time: plan a line, read it back, and keep it if it reads the same.

So what `reduce` writes is right by construction: where the good phrases of a line would be
read otherwise, the line is said again with its names escaped, then with every sigil spelled
out, and what is spelled out means itself anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, pairwise

from redox.brackets import Notes, match_brackets, tokens_of
from redox.checker import Problem
from redox.choices import HANDLERS
from redox.frames import HEADS, Frame
from redox.lexer import CODE, Mode, Pair
from redox.lexicon import CLOSES, FOR_LINE, GOES_ON, NEW_LINE, real_starts, starts_of
from redox.lines import Line, lex
from redox.machine import Machine
from redox.memory import LONG, LONGEST_PART, Memory
from redox.oxidizer import Oxidizer
from redox.place import State
from redox.planner import Planner
from redox.recovery import lost_frame
from redox.spelling import Speller


class Reducer:
    """Turns the lines of one Rust text into Iron."""

    def __init__(self, memory: Memory, lines: list[Line]) -> None:
        book = memory.book
        self.memory = memory
        self.lexicon = memory.lexicon
        self.lines = lines
        self.notes, self.starts = match_brackets(lines)
        self.planner = Planner(book, self.lexicon, HANDLERS, memory.root)
        self.speller = Speller(book)
        self.oxidizer = Oxidizer(memory, Machine(memory.root))
        self.going_on = book.by_key["going on"].text
        self.left_bare = book.by_key["left bare"].text
        self.nested = book.by_key["nested"].text
        self.is_clean = True
        """Whether nothing that was read back is wrong."""
        self.promised: int | None = None
        """What the line before counts on this one to do to it; nothing at the text's start."""

    def line(self, number: int, mode: Mode) -> str:
        """Say one line of code in Iron; the machine stands at the line's end afterwards."""
        line = self.lines[number]
        machine = self.oxidizer.machine
        starts, promised = self.starts[number], self.promised
        shape = line.shape
        if shape is None or not line.is_plain:
            if len(line.text) >= LONG:
                return self._say_long(number, mode)
            said, self.promised = self._say(number, mode, promised)
            return said.text
        notes = self.notes[number]
        key = (shape, machine.frame, machine.op, machine.stmt, starts, promised, notes)
        known = self.memory.iron.get(key)
        if known is not None:
            pattern, machine.frame, machine.op, machine.stmt, self.promised = known
            return shape.fill(pattern, line.pairs) + line.tail + line.end
        said, self.promised = self._say(number, mode, promised)
        made = shape.pattern_of(list(chain.from_iterable(said.pairs)), line.pairs)
        if made is not None and not self.oxidizer.problems:
            self.memory.iron[key] = made, machine.frame, machine.op, machine.stmt, self.promised
        return said.text

    def _say(self, number: int, mode: Mode, promised: int | None) -> tuple[Line, int]:
        """Say a line; return it with what it counts on the next significant one to do."""
        line, starts = self.lines[number], self.starts[number]
        machine = self.oxidizer.machine
        state = machine.state
        behind = self._behind(line)
        kept: tuple[Line, State, list[Problem], int] | None = None
        for body, due in self._proposals(line, self.notes[number], state, starts):
            said = self._started(lex(line.head + body + behind, mode), mode, state[0], promised)
            if said is not None and self._reads_back(said, line, due, state):
                problems = self.oxidizer.problems
                if kept is None or not problems:
                    kept = said, machine.state, problems, due
                if not problems:
                    break
        if kept is None:
            machine.state = state
            due = real_starts(starts)
            self.oxidizer.line(lex(line.text, mode), due)
            kept = line, machine.state, self.oxidizer.problems, due
        said, machine.state, problems, due = kept
        self.is_clean = self.is_clean and not problems
        return said, due

    def _proposals(
        self, line: Line, notes: Notes, state: State, starts: int
    ) -> Iterator[tuple[str, int]]:
        """Say a line ever more plainly, as long as it is not read back without a finding.

        Each comes with what it counts on the next significant line to do.
        """
        ends = not line.in_literal
        tokens = tokens_of(line, notes)
        for escapes in (False, True):
            planned = self.planner.plan(
                tokens, state, starts, line.head, ends=ends, escapes=escapes
            )
            yield planned, self.planner.starts
        # What ends several types is taken apart here too: the line before counts on it.
        pairs = list(zip(tokens.gap, tokens.text, strict=True))[bool(line.head) :]
        spelled = self.speller.line(pairs, line.head)
        due = real_starts(starts)
        yield spelled, due
        if ends:
            yield f"{spelled} {self.going_on}", due

    def _say_long(self, number: int, mode: Mode) -> str:
        """Say a line that is too long to be read: spelled out, or as it is."""
        line, due = self.lines[number], real_starts(self.starts[number])
        oxidizer = self.oxidizer
        state = oxidizer.machine.state
        promised, self.promised = self.promised, due
        said = None if line.in_literal else self._spelled_in_parts(line, mode, promised, due)
        if said is None:
            oxidizer.machine.state = state
            oxidizer.line(line, due)
            said = line.text
        self.is_clean = self.is_clean and not oxidizer.problems
        return said

    def _spelled_in_parts(
        self, line: Line, mode: Mode, promised: int | None, due: int
    ) -> str | None:
        """Spell a long line a part at a time, if each is read back."""
        oxidizer, speller, pairs = self.oxidizer, self.speller, line.pairs
        cuts = [cut for cut in self.memory.part_ends(line) if cut < line.code]
        past = cuts[0] if cuts else line.code
        ending = f" {self.going_on}{self._behind(line)}"
        opening = line.head + speller.line(pairs[:past], line.head) + ("" if cuts else ending)
        said = self._started(lex(opening, mode), mode, oxidizer.machine.frame, promised)
        if said is None:
            return None
        oxidizer.start(said)
        goes_on = oxidizer.code(said.pairs, said.code, said.head)
        if "".join(oxidizer.pieces) != line.head + _joined(pairs[:past]):
            return None
        out = [said.text]
        for first, past in pairwise(cuts):
            part = self._part(pairs[first - 1][1], pairs[first:past])
            if part is None:
                return None
            out.append(part)
        if cuts:
            rest = pairs[cuts[-1] : line.code]
            said = lex(speller.behind(pairs[cuts[-1] - 1][1], rest) + ending, CODE)
            goes_on = oxidizer.more(said.pairs[: said.code])
            if "".join(oxidizer.pieces[2:]) != _joined(rest):
                return None
            out.append(said.text)
        if not goes_on or said.mode != line.mode:
            return None
        oxidizer.end(said, due, goes_on=True)
        return "".join(out)

    def _part(self, before: str, pairs: list[Pair]) -> str | None:
        """Spell a part of a long line that stands behind `before`, if it is read back."""
        oxidizer, memory = self.oxidizer, self.memory
        machine = oxidizer.machine
        if len(pairs) > LONGEST_PART:
            return self._new_part(before, pairs)[0]
        shape = memory.shape_of(pairs)
        state = machine.frame, machine.op, machine.stmt
        key = (shape, *state, oxidizer.right, oxidizer.same, before, oxidizer.written)
        known = memory.iron_parts.get(key)
        if known is None:
            found = len(oxidizer.problems)
            said, iron = self._new_part(before, pairs)
            made = shape.pattern_of(list(chain.from_iterable(iron)), pairs)
            is_clean = said is not None and len(oxidizer.problems) == found
            if is_clean and made is not None and not memory.is_full:
                state = machine.frame, machine.op, machine.stmt
                spaced = oxidizer.right, oxidizer.same, oxidizer.written
                memory.iron_parts[key] = (made, pairs[-1][1], *state, *spaced)
            return said
        pattern, last, machine.frame, machine.op, machine.stmt = known[:5]
        oxidizer.right, oxidizer.same, oxidizer.written = known[5:]
        oxidizer.pieces[-1] = last
        return shape.fill(pattern, pairs)

    def _new_part(self, before: str, pairs: list[Pair]) -> tuple[str | None, list[Pair]]:
        """Spell a part, whatever is remembered; return it, if it is read back, and as lexed."""
        said = lex(self.speller.behind(before, pairs), CODE)
        self.oxidizer.more(said.pairs)
        is_same = "".join(self.oxidizer.pieces[2:]) == _joined(pairs)
        return said.text if is_same else None, said.pairs

    def _behind(self, line: Line) -> str:
        """Return the comments, white space and line end behind a line's code."""
        comments = _joined(line.pairs[line.code :])
        return comments + line.tail + line.end

    def _started(self, line: Line, mode: Mode, frame: Frame, expected: int | None) -> Line | None:
        """Make a line do to the one before it what was promised; `frame` is open at its start."""
        if expected is None or not line.code or line.head:
            return line
        starts = starts_of(self.lexicon, line.pairs)
        if starts == expected:
            is_lost = lost_frame(self.lexicon, frame, line.pairs) is not None
            return self._marked(line, self.nested, mode) if is_lost else line
        if expected == FOR_LINE:
            expected = GOES_ON if frame.kind is HEADS["implement"] else NEW_LINE
        on = self.left_bare if starts == CLOSES else self.going_on
        mark = {GOES_ON: on, NEW_LINE: self.nested}.get(expected)
        if mark is None:
            return None
        return self._marked(line, mark, mode)

    def _marked(self, line: Line, mark: str, mode: Mode) -> Line:
        """Put a mark at the start of a line."""
        indent = line.pairs[0][0]
        return lex(f"{indent}{mark} {line.text[len(indent) :]}", mode)

    def _reads_back(self, said: Line, line: Line, starts: int, state: State) -> bool:
        """Tell whether a line of Iron is read as the line of Rust that it stands for."""
        if said.mode != line.mode:
            return False
        self.oxidizer.machine.state = state
        return self.oxidizer.line(said, starts) == line.text


def _joined(pairs: list[Pair]) -> str:
    return "".join(chain.from_iterable(pairs))
