"""Iron to Rust, a line at a time: recognise phrases, write what they say.

What a line becomes depends on the state at its start, on its text, and on what the next
significant line starts with: nothing else. So a line can be done again alone.
"""

from __future__ import annotations

from typing import Final

from redox import frames as f
from redox.checker import Checker, Problem
from redox.closing import without_soft
from redox.lexer import Pair, is_lifetime, is_literal_word
from redox.lexicon import Entry, opener_of, stands_at
from redox.lines import Line
from redox.machine import Machine
from redox.memory import LONG, LONGEST_PART, Memory
from redox.phrasebook import SPACED, TIGHT, Phrase
from redox.place import NOTHING, Implied
from redox.recogniser import Recogniser
from redox.recovery import begins_item, is_iron, left_behind
from redox.spacing import SOFT_SIGILS, glues, rule_gap

Mark = tuple[int, int, int]
"""A piece of Rust and its origin: its index among the pieces, and the first and past-the-last
lexeme of Iron that it comes from; an implied piece has an empty range."""

_TWO_SPACES: Final = "  "
_BEFORE: Final[Pair] = ("", "")
_COLON: Final[tuple[Implied, ...]] = ((":", 1),)


class Oxidizer:
    """Turns lines of Iron into lines of Rust, moving a machine on."""

    __slots__ = (
        "checker",
        "lexicon",
        "machine",
        "marks",
        "memory",
        "pieces",
        "recogniser",
        "right",
        "same",
        "written",
    )

    def __init__(self, memory: Memory, machine: Machine) -> None:
        self.memory = memory
        self.lexicon = memory.lexicon
        self.machine = machine
        self.recogniser = Recogniser(memory.lexicon, machine)
        self.pieces: list[str] = []
        self.marks: list[Mark] | None = None
        self.checker = Checker(machine)
        self.right = TIGHT
        """How the last piece spaces to its right."""
        self.same = True
        """Whether the last piece was Rust in the Iron too, so that a gap is itself."""
        self.written = f.IN_WORDS
        """How the line at hand is written, as far as it has been read."""

    @property
    def problems(self) -> list[Problem]:
        """What is wrong in the line at hand."""
        return self.checker.problems

    def line(self, line: Line, starts: int) -> str:
        """Write one line as Rust; `starts` says what the next significant line starts with."""
        shape = line.shape
        if shape is None or not line.is_plain or self.marks is not None:
            return self._write(line, starts)
        machine = self.machine
        key = (shape, machine.frame, machine.op, machine.stmt, starts)
        known = self.memory.rust.get(key)
        if known is not None:
            pattern, machine.frame, machine.op, machine.stmt = known
            self.checker.problems = []
            return shape.fill(pattern, line.pairs) + line.tail + line.end
        rust = self._write(line, starts)
        if not self.problems:
            made = shape.pattern_of(self.pieces[:-2], line.pairs)
            if made is not None:
                self.memory.rust[key] = made, machine.frame, machine.op, machine.stmt
        return rust

    def _write(self, line: Line, starts: int) -> str:
        self.start(line)
        pieces = self.pieces
        if not line.is_code:
            for gap, lexeme in line.pairs:
                pieces.append(gap)
                pieces.append(lexeme)
                if self.marks is not None:
                    self.marks.append((len(pieces) - 1, len(self.marks), len(self.marks) + 1))
            pieces.append(line.tail)
            pieces.append(line.end)
            return "".join(pieces)
        if len(line.text) < LONG or self.marks is not None:
            goes_on = self.code(line.pairs, line.code, line.head)
        else:
            goes_on = self._code_in_parts(line)
        self.end(line, starts, goes_on=goes_on)
        return "".join(pieces)

    def end(self, line: Line, starts: int, *, goes_on: bool) -> None:
        """Write what a line's end implies, and what stands behind its code."""
        machine, pieces = self.machine, self.pieces
        if not line.in_literal:
            if not goes_on:
                self._implied(machine.end_line(starts, self.written), line.code)
                if machine.lacks_opener(starts):
                    self._begin_block(line.code)
            if line.code and machine.leave_unended(starts) and self.written == f.IN_RUST:
                self.checker.report("rust-statement", 0, line.code, machine.terminator_due())
        elif self.written != f.IN_IRON:
            machine.stmt &= ~f.PHRASED  # that it is Iron must be said where the literal begins
        if not any(pieces):
            pieces.append(" ")  # else a CR before and an LF behind would become one line end
        for index in range(line.code, len(line.pairs)):
            gap, lexeme = line.pairs[index]
            pieces.append(gap)
            pieces.append(lexeme)
            if self.marks is not None:
                self.marks.append((len(pieces) - 1, index, index + 1))
        pieces.append(line.tail)
        pieces.append(line.end)

    def _begin_block(self, count: int) -> None:
        """Open the block of a head that a line ends though nothing says so."""
        head = self.machine.frame.kind.name
        if not self.machine.stmt & f.REPORTED:
            self.checker.report("missing-opener", count - 1, count, head)
        self._implied(self.machine.begin_block(), count)

    def start(self, line: Line) -> None:
        """Stand at the start of a line."""
        self.pieces = [line.head]
        self.checker.problems = []
        self.right = SPACED if line.head else TIGHT
        self.same = True
        self.written = f.IN_IRON if line.head else f.IN_WORDS  # the rest of a literal is no line
        self.machine.column = len(line.pairs[0][0]) if line.pairs and not line.head else 0

    def more(self, pairs: list[Pair]) -> bool:
        """Write more of a line's code, but nothing that was there; tell what `code` tells."""
        self.pieces = ["", self.pieces[-1]]
        return self.code([_BEFORE, *pairs], len(pairs) + 1, "", 1)

    def _code_in_parts(self, line: Line) -> bool:
        """Write the code of a long line, whose parts are much alike."""
        first = 0
        for past in self.memory.part_ends(line):
            if not self._part(line, first, past):
                break
            first = past
        return self.code(line.pairs, line.code, line.head, first)

    def _part(self, line: Line, first: int, past: int) -> bool:
        """Write a part of a long line, from memory if it is there; tell whether one like it was.

        What begins the line, is long, or would be too much to remember is left to `code`.
        """
        machine, memory, pieces = self.machine, self.memory, self.pieces
        if not first or past - first > LONGEST_PART:
            self.code(line.pairs, past, line.head, first)
            return True
        pairs = line.pairs[first:past]
        shape = memory.shape_of(pairs)
        before = machine.frame, machine.op, machine.stmt
        key = (shape, *before, self.right, self.same, pieces[-1], self.written)
        known = memory.parts.get(key)
        if known is None:
            if memory.is_full:
                return False
            written, found = len(pieces), len(self.problems)
            self.code(line.pairs, past, line.head, first)
            made = shape.pattern_of(pieces[written:-1], pairs)
            if made is not None and len(self.problems) == found:
                after = machine.frame, machine.op, machine.stmt
                memory.parts[key] = (made, pieces[-1], *after, self.right, self.same, self.written)
            return True
        pattern, last, machine.frame, machine.op, machine.stmt = known[:5]
        self.right, self.same, self.written = known[5:]
        pieces.append(shape.fill(pattern, pairs))
        pieces.append(last)
        return True

    def code(self, pairs: list[Pair], count: int, head: str, first: int = 0) -> bool:
        """Write a line's code from `first`; tell whether it ends with the mark to go on."""
        machine, lexicon, marks = self.machine, self.lexicon, self.marks
        index = first
        goes_on = False
        silent_gap: str | None = None
        if machine.frame.furthest >= 0 and count and not head and not first:
            left = left_behind(lexicon, machine.frame, pairs)
            if left is not None and is_iron(lexicon, pairs):
                self._recover(left, pairs[0][0])
                silent_gap = " "
            elif left is not None:
                machine.outdent()
        if machine.op & f.AFTER_OPERAND and count and not head and not first:
            self._begin_anew(pairs)
        while index < count:
            gap, lexeme = pairs[index]
            if silent_gap is not None:
                gap, silent_gap = silent_gap, None
            entry = lexicon.get(lexeme)
            if machine.op == f.RAW:
                self._note_rust()
                self._plain(gap, lexeme)
                if lexeme in "()[]{}":
                    machine.raw_bracket(lexeme)
                if marks is not None:
                    marks.append((len(self.pieces) - 1, index, index + 1))
                index += 1
                continue
            if entry is not None:
                phrase = self.recogniser.find(entry, pairs, index, count) if entry.phrases else None
                if phrase is not None:
                    self.written = f.IN_IRON
                    past = index + len(phrase.words)
                    if machine.op == f.CALLABLE_NAME and phrase.role == "spelled":
                        self.checker.sigil(phrase, index)
                    if phrase.role in ("silent", "value", "fresh"):
                        machine.apply(phrase)
                        silent_gap = gap
                        if not index and not head:
                            self._indent(gap)
                            silent_gap = " "
                    elif phrase.role == "mark":
                        goes_on = past == count
                        if goes_on and machine.op == f.CALLABLE:
                            machine.op = f.AFTER  # nothing is called either
                        if not index and not head:
                            machine.apply(phrase)
                            self._indent(gap)
                            silent_gap = " "
                    elif phrase.role == "escape":
                        self._escaped(phrase, gap, pairs[past][1], index)
                        past += 1
                    else:
                        self._phrase(phrase, gap, index, past)
                    index = past
                    continue
                opener = self._opener(entry, pairs, index, count) if entry.opens_blocks else None
                if opener is not None:
                    self.checker.value(index)
                    self._phrase(opener, gap, index, index + 1)
                    self.written = f.IN_IRON
                    index += 1
                    continue
                index = self._token(entry, gap, lexeme, pairs, index, count)
                continue
            self._operand(gap, lexeme, index)
            index += 1
        return goes_on

    def _note_rust(self) -> None:
        if self.written == f.IN_WORDS:
            self.written = f.IN_RUST

    def _recover(self, lost: f.Frame, indent: str) -> None:
        """Close what lost its closer, before an item that can't be inside."""
        frame = self.machine.frame
        while frame is not lost.below:
            if frame.kind.is_bracket:
                self.checker.report("lost-closer", 0, 1, frame=frame)
            frame = frame.below
        self._indent(indent)
        self._implied(self.machine.recover(lost), 0)

    def _begin_anew(self, pairs: list[Pair]) -> None:
        """Leave what has no end behind, before a line of Iron that begins an item."""
        entry = self.lexicon.get(pairs[0][1])
        if entry is None or not entry.may_begin_item or self.machine.frame.closes & f.MACRO_BIT:
            return
        if begins_item(self.lexicon, pairs) and is_iron(self.lexicon, pairs):
            self.machine.leave_heads()

    # ---- writing ----

    def _indent(self, gap: str) -> None:
        """Write the indentation of a line that begins with words that write nothing."""
        self.pieces.append(gap)
        self.pieces.append("")
        self.right = TIGHT
        self.same = False

    def _plain(self, gap: str, text: str) -> None:
        self.pieces.append(gap)
        self.pieces.append(text)
        self.right = SPACED
        self.same = True

    def _implied(self, implied: tuple[Implied, ...], index: int) -> None:
        """Write what no word says."""
        pieces = self.pieces
        for text, left in implied:
            pieces.append(rule_gap("", self.right, left, text))
            pieces.append(text)
            self.right = SPACED
            self.same = False
            if self.marks is not None:
                self.marks.append((len(pieces) - 1, index, index))

    def _spaced(self, gap: str, text: str, left: int) -> None:
        """Write a piece after a gap that one of its neighbours codes."""
        pieces = self.pieces
        if gap == " " and len(pieces) > 1:
            between = rule_gap(pieces[-1], self.right, left, text)
        elif len(pieces) == 1 and not pieces[0]:
            between = gap
        elif len(gap) >= 2 and gap.endswith(_TWO_SPACES):
            between = gap[:-2]
            if not between and glues(pieces[-1], text):
                between = " "
        else:
            between = rule_gap(pieces[-1], self.right, left, text)
        pieces.append(between)
        pieces.append(text)

    def _phrase(self, phrase: Phrase, gap: str, index: int, past: int) -> None:
        machine = self.machine
        self.checker.phrase(phrase, index, past)
        implied = machine.apply(phrase)
        if phrase.rust:
            if implied:
                self._implied(implied, index)
            self._spaced(gap, phrase.rust, phrase.left)
            self.right = phrase.right
        else:
            self._closed(gap, implied, index, past)
            return
        self.same = False
        if self.marks is not None:
            self.marks.append((len(self.pieces) - 1, index, past))

    def _closed(self, gap: str, implied: tuple[Implied, ...], index: int, past: int) -> None:
        """Write what a closer implies, the last of which is what it says."""
        self._implied(implied[:-1], index)
        text, left = implied[-1]
        self._spaced(gap, text, left)
        self.right = SPACED
        self.same = False
        if self.marks is not None:
            self.marks.append((len(self.pieces) - 1, index, past))

    def _escaped(self, phrase: Phrase, gap: str, lexeme: str, index: int) -> None:
        machine = self.machine
        entry = self.lexicon.get(lexeme)
        if len(phrase.words) > 1 and entry is not None and entry.is_keyword:
            implied = machine.keyword(entry, plain=True)
        else:
            implied = self._named(lexeme)
        self._implied(implied, index)
        self._spaced(gap, lexeme, SPACED)
        self.right = SPACED
        self.same = False
        if self.marks is not None:
            past = index + len(phrase.words) + 1
            self.marks.append((len(self.pieces) - 1, index, past))

    def _named(self, lexeme: str) -> tuple[Implied, ...]:
        is_label = self.machine.op == f.LABEL_NAME
        implied = self.machine.name(lexeme)
        return implied + _COLON if is_label else implied

    def _operand(self, gap: str, lexeme: str, index: int) -> None:
        """Write an identifier, literal, lifetime or comment."""
        machine = self.machine
        first = lexeme[0]
        if first.isalpha() or first == "_":
            is_literal = first in "bcr" and is_literal_word(lexeme)
            op = machine.op
            if op & f.AFTER_OPERAND:
                self.checker.value(index)
            implied = machine.name(lexeme, is_literal)
            if op == f.LABEL_NAME:
                self._label(gap, lexeme, index)
                return
        elif first.isdigit() or first in "\"'" and len(lexeme) > 1 and not is_lifetime(lexeme):
            self.checker.value(index)
            implied = machine.name(lexeme, True)
        elif first == "'" and len(lexeme) > 1:
            implied = machine.lifetime()
            self._note_rust()
        elif lexeme[:2] in ("//", "/*"):
            self._comment(gap, lexeme, index)
            return
        else:
            if first == '"':
                implied = machine.name(lexeme, True)
            elif first == "'":
                self.checker.report("stray-quote", index, index + 1)
                implied = NOTHING
            else:
                implied = machine.sigil(lexeme)
            self._note_rust()
        if implied:
            self._implied(implied, index)
        self._same(gap, lexeme, index)

    def _comment(self, gap: str, lexeme: str, index: int) -> None:
        """Write a comment between two pieces of code; nothing is implied behind one."""
        machine = self.machine
        if machine.op == f.CALLABLE:
            machine.op = f.AFTER
            self._implied((("()", 1),), index)
        if len(self.pieces) > 1 and not self.pieces[-1]:
            gap = ""  # it stands behind words that write nothing but the line's indentation
        self._plain(gap, lexeme)
        if self.marks is not None:
            self.marks.append((len(self.pieces) - 1, index, index + 1))

    def _label(self, gap: str, lexeme: str, index: int) -> None:
        """Write a label and the colon that its phrase implies."""
        self._same(gap, lexeme, index)
        self._implied(_COLON, index + 1)

    def _same(self, gap: str, lexeme: str, index: int) -> None:
        """Write a lexeme that is Rust as it stands."""
        spacing = SOFT_SIGILS.get(lexeme)
        if self.same:
            self.pieces.append(gap)
            self.pieces.append(lexeme)
        else:
            self._spaced(gap, lexeme, spacing[0] if spacing else SPACED)
        self.right = spacing[1] if spacing else SPACED
        self.same = True
        if self.marks is not None:
            self.marks.append((len(self.pieces) - 1, index, index + 1))

    def _token(
        self, entry: Entry, gap: str, lexeme: str, pairs: list[Pair], index: int, count: int
    ) -> int:
        """Write a keyword, sigil, or words that are no phrase here; return the index behind."""
        machine = self.machine
        if entry.is_sigil:
            if lexeme in ")]}" and machine.closed_by(lexeme) is None:
                self.checker.report("stray-bracket", index, index + 1)
            self._note_rust()
            if machine.op == f.REPEATED and _parts_repeats(pairs, index, count):
                implied = NOTHING
            else:
                implied = machine.sigil(lexeme)
        elif entry.is_keyword:
            self.checker.keyword(entry, pairs, index)
            implied = machine.keyword(entry)
        elif entry.modifies and self.recogniser.is_modifier(entry, pairs, index, count):
            machine.modifier(lexeme)
            implied = NOTHING
        elif lexeme == "union" and self.recogniser.is_union(pairs, index, count):
            machine.union()
            implied = NOTHING
        elif (past := self._closing(entry, gap, pairs, index, count)) > index:
            return past
        else:
            self.checker.value(index)
            is_label = machine.op == f.LABEL_NAME
            implied = machine.name(lexeme)
            if is_label:
                self._label(gap, lexeme, index)
                return index + 1
        if implied:
            self._implied(implied, index)
        self._same(gap, lexeme, index)
        return index + 1

    def _opener(self, entry: Entry, pairs: list[Pair], index: int, count: int) -> Phrase | None:
        """Return what opens the block of the head at hand, if a line ends with another's word.

        Python's colon is such a word, but where bounds may follow one: for a trait, and behind
        `where`, which may stand on an earlier line than an item's last.
        """
        if index + 1 < count or not self.machine.op & f.AFTER_OPERAND:
            return None
        head = without_soft(self.machine.frame)
        kind = head.kind
        may_open = kind.follows_operand
        if kind.is_item:
            may_open = entry.text != ":" or self._is_unbounded(kind.name, pairs)
        is_due = kind.is_head and may_open and not head.closes & f.MACRO_BIT
        return opener_of(self.lexicon, kind.name) if is_due else None

    def _is_unbounded(self, item: str, pairs: list[Pair]) -> bool:
        """Tell whether the lexemes of a line begin an item behind whose name no bounds stand."""
        is_where = any(lexeme == "where" for _, lexeme in pairs)
        return item != "trait" and not is_where and begins_item(self.lexicon, pairs)

    def _closing(self, entry: Entry, gap: str, pairs: list[Pair], index: int, count: int) -> int:
        """Report words that would close something but can't here; return the index behind them.

        A line of `end` and another word at the indentation of what the innermost block began with
        is a wrong end of that block, and closes it; so does its own where a name is wanted. Any
        other is written as it stands.
        """
        machine = self.machine
        closers = [one for one in entry.phrases if one.role in ("end", "closer")]
        if not closers or machine.frame.closes & f.MACRO_BIT or machine.frame.kind.is_rust:
            return index
        block = machine.frame.block
        is_end = closers[-1].role == "end" and index == 0 and count == 2
        if is_end and block is not None and block.column == machine.column:
            if pairs[1][1] == block.kind.end:
                self.checker.report("missing-value", 0, count, "name")
            else:
                self.checker.report("wrong-end", 0, count, block.kind.end, block)
            self._closed(gap, machine.close_block(block), 0, count)
            self.written = f.IN_IRON
            return count
        found = [one for one in closers if stands_at(one.words, pairs, index, count)]
        if not found:
            return index
        past = index + len(found[0].words)
        is_line = index == 0 and past == count
        if past - index == 1 and not machine.op & f.AFTER_OPERAND and not is_line:
            return index
        self.checker.report("nothing-to-close", index, past)
        for place in range(index, past):
            self._same(pairs[place][0], pairs[place][1], place)
        if is_line:
            machine.begin_statement()
        return past


def _parts_repeats(pairs: list[Pair], index: int, count: int) -> bool:
    """Tell whether behind `$( … )` a lexeme says what stands between the repeats."""
    is_sign = pairs[index][1] in (",", ";") and index + 1 < count
    return is_sign and pairs[index + 1] in (("", "*"), ("", "+"))
