"""What is wrong at a place of a line: phrases and words held against what is open and wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redox import frames as f
from redox.closing import without_soft
from redox.lexer import Pair
from redox.lexicon import Entry
from redox.machine import Machine
from redox.phrasebook import Phrase


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding on one line: a code, and the lexemes that it speaks of."""

    code: str
    first: int
    past: int
    detail: str = ""
    frame: f.Frame | None = None


class Checker:
    """Keeps the findings on a line, and adds to them before the machine moves on."""

    __slots__ = ("machine", "problems")

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.problems: list[Problem] = []

    def report(
        self, code: str, first: int, past: int, detail: str = "", frame: f.Frame | None = None
    ) -> None:
        """Keep a finding on the lexemes from `first` to `past`."""
        self.problems.append(Problem(code, first, past, detail, frame))

    def phrase(self, phrase: Phrase, index: int, past: int) -> None:
        """Report what is wrong with a phrase where it stands."""
        check = _CHECKS.get(phrase.role)
        if check is not None:
            check(self, phrase, index, past)

    def _end(self, phrase: Phrase, index: int, past: int) -> None:
        """Report what an `end` or `otherwise` closes beside its block, and a value it lacks."""
        name = phrase.opens if phrase.role == "end" else "if"
        block = self.machine.open_block(name)
        if block is not None and name not in ("block", block.kind.end):
            self.report("misnamed-end", index, past, block.kind.end, block)
            return
        self._begun(index, past)
        frame: f.Frame | None = self.machine.frame
        while frame is not block and frame is not None:
            if frame.kind.end and not frame.kind.soft:
                self.report("misnamed-end", index, past, frame.kind.end, frame)
                return
            if frame.kind.is_bracket and frame.multi:
                self.report("lost-closer", index, past, frame=frame)
            frame = frame.parent

    def _comma(self, phrase: Phrase, index: int, past: int) -> None:
        """Report a comma in the value that a head wants, which is no list."""
        frame = self.machine.frame
        if frame.kind.follows_operand and not frame.closes & f.MACRO_BIT:
            self.report("stray-comma", index, past)

    def _assign(self, phrase: Phrase, index: int, past: int) -> None:
        """Report the value of a binding among those of fields, not of a pattern."""
        frame = self.machine.frame
        if phrase.key != "be" or frame.kind is not f.FRAMES["fields"] or frame.closes & f.MACRO_BIT:
            return
        while frame.kind.soft and not frame.outer & f.PATTERN:
            frame = frame.below
        if not frame.kind.soft:
            self.report("unknown-phrase", index, past)

    def _block(self, phrase: Phrase, index: int, past: int) -> None:
        """Report a head that lacks its value."""
        head = without_soft(self.machine.frame)
        if phrase.heads and self.machine.wants_operand_of(head.kind):
            self.report("missing-value", index, past)

    def keyword(self, entry: Entry, pairs: list[Pair], index: int) -> None:
        """Report a keyword that can't stand behind what is there."""
        machine, text = self.machine, entry.text
        if text == "let" and machine.frame.kind.ends_line == f.STATEMENT:
            self._begun(index, index + 1)
        is_raw = text in ("const", "mut") and index > 0 and pairs[index - 1][1] == "raw"
        if text == "as" and self._declares():
            self.report("unknown-phrase", index, index + 1)
        elif entry.begins_operand and not is_raw or text == "else" and not machine.may_be_else:
            self.value(index)

    def _declares(self) -> bool:
        """Tell whether what stands here is declared, so that it is no value to cast."""
        frame = self.machine.frame
        if frame.closes & f.MACRO_BIT:
            return False
        return frame.kind in _DECLARING or bool(self.machine.stmt & f.PATTERN)

    def value(self, index: int) -> None:
        """Report what begins a value behind one, once a statement; macros may hold any words."""
        machine = self.machine
        if not machine.op & f.AFTER_OPERAND or machine.frame.closes & f.MACRO_BIT:
            return
        if machine.stmt & f.REPORTED:
            return
        machine.stmt |= f.REPORTED
        self.report("unknown-phrase", index, index + 1, frame=machine.frame)

    def _begun(self, index: int, past: int) -> None:
        """Report what can't be the value that a `let` or assignment wants still."""
        machine = self.machine
        wants_more = machine.op & (f.WANTED | f.STARTED) and machine.stmt & f.SEMICOLON
        if wants_more and not machine.frame.closes & f.MACRO_BIT:
            self.report("missing-value", index, past)

    def sigil(self, phrase: Phrase, index: int) -> None:
        """Report words that spell a sigil where a function's or method's name is wanted."""
        in_macro = self.machine.frame.closes & f.MACRO_BIT
        if phrase.rust != "$" and not in_macro:
            self.report("needs-escape", index, index + len(phrase.words))


_DECLARING: Final = tuple(f.FRAMES[name] for name in ("parameters", "pipe", "structure", "union"))
_CHECKS: Final = {
    "end": Checker._end,
    "otherwise": Checker._end,
    "comma": Checker._comma,
    "assign": Checker._assign,
    "block": Checker._block,
}
"""What is held against the place of a phrase, by its role."""
