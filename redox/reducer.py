"""Rust to Iron, a line at a time: plan a line, read it back, and keep it if it reads the same.

So what `reduce` writes is right by construction: where the good phrases of a line would be
read otherwise, the line is said again with its names escaped, then with every sigil spelled
out, and what is spelled out means itself anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from redox.choices import HANDLERS
from redox.frames import HEADS, Frame
from redox.lexer import Mode
from redox.lexicon import (
    CLOSES,
    FOR_LINE,
    GOES_ON,
    NEW_LINE,
    OPENS_BLOCK,
    Lexicon,
    starts_of,
)
from redox.lines import Line, lex
from redox.machine import Machine, State
from redox.oxidizer import Oxidizer
from redox.phrasebook import Phrasebook
from redox.planner import Planner
from redox.rust_tokens import is_operand_end, rust_tokens
from redox.spelling import Speller

_LONG: Final = 20_000
"""A line of more characters is not for reading: it is spelled out at once."""
_ALWAYS_ON: Final = frozenset(
    ". ? = == != <= >= + / % ^ => -> : , ; += -= *= /= %= ^= &= |= <<= >>= @ >> <<"
    " as in else where".split()
)
_ON_AFTER_OPERAND: Final = frozenset("- * & | < :: && || ( [".split())

_Key = tuple[str, State, Mode, int, int | None]


class Reducer:
    """Turns the lines of one Rust text into Iron."""

    def __init__(self, book: Phrasebook, lexicon: Lexicon, lines: list[Line], root: Frame) -> None:
        self.lexicon = lexicon
        self.lines = lines
        self.tokens = rust_tokens(lines)
        self.planner = Planner(book, lexicon, self.tokens, HANDLERS, root)
        self.speller = Speller(book)
        self.oxidizer = Oxidizer(lexicon, Machine(root))
        self.going_on = book.by_key["going on"].text
        self.nested = book.by_key["nested"].text
        self.starts = self._line_starts()
        self.promised: int | None = None
        """What the line before counts on this one to do to it; nothing at the text's start."""
        self.said: dict[_Key, tuple[str, State]] = {}
        """What has been said already: lines recur, and the same line in the same place is one."""

    def _line_starts(self) -> list[int]:
        """Tell of each line what the next significant line starts with."""
        starts = [NEW_LINE] * len(self.lines)
        following = NEW_LINE
        for number in range(len(self.lines) - 1, -1, -1):
            starts[number] = following
            line = self.lines[number]
            if line.is_code:
                first = self.tokens.starts[number]
                following = self._starts(first) if line.code and not line.head else NEW_LINE
        return starts

    def _starts(self, index: int) -> int:
        """Tell what a line does to the one before it, by its first token of Rust."""
        text = self.tokens.text
        token = text[index]
        if token in (")", "]", "}"):
            return CLOSES
        if token == ">":
            return CLOSES if self.tokens.partner[index] >= 0 else GOES_ON
        if token == "{":
            return OPENS_BLOCK
        if token == "for":
            return FOR_LINE
        if token in _ALWAYS_ON:
            return GOES_ON
        if token in _ON_AFTER_OPERAND:
            return GOES_ON if self._follows_operand(index) else NEW_LINE
        return NEW_LINE

    def _follows_operand(self, index: int) -> bool:
        text = self.tokens.text
        index -= 1
        while index >= 0 and text[index][:2] in ("//", "/*"):
            index -= 1
        if index < 0:
            return False
        return is_operand_end(text[index]) or text[index] == ">" and self.tokens.partner[index] >= 0

    def line(self, number: int, mode: Mode) -> str:
        """Say one line of Rust in Iron; the machine stands at the line's end afterwards."""
        line = self.lines[number]
        if not line.is_code:
            return line.text
        machine = self.oxidizer.machine
        state, starts = machine.state, self.starts[number]
        key = (line.text, state, mode, starts, self.promised)
        known = self.said.get(key)
        if known is None:
            known = self.said[key] = self._say(number, mode, state), machine.state
        iron, machine.state = known
        self.promised = starts
        return iron

    def _say(self, number: int, mode: Mode, state: State) -> str:
        line, starts = self.lines[number], self.starts[number]
        text = self.tokens.text
        first, past = self.tokens.starts[number], self.tokens.starts[number + 1]
        while past > first and text[past - 1][:2] in ("//", "/*"):
            past -= 1
        behind = self._behind(past, number)
        for body in self._proposals(number, first, past, state, len(line.text) >= _LONG):
            iron = self._started(lex(line.head + body + behind, mode), mode, state[0])
            if iron is not None and self._reads_back(iron, line, starts, state):
                return iron.text
        self.oxidizer.machine.state = state
        self.oxidizer.line(lex(line.text, mode), starts)
        return line.text

    def _proposals(
        self, number: int, first: int, past: int, state: State, is_long: bool
    ) -> Iterator[str]:
        """Say a line ever more plainly, as long as it is not read back."""
        line, starts = self.lines[number], self.starts[number]
        ends = not line.in_literal
        for escapes in () if is_long else (False, True):
            yield self.planner.plan(
                first, past, state, starts, line.head, ends=ends, escapes=escapes
            )
        spelled = self.speller.line(self.tokens.text, self.tokens.gap, first, past, line.head)
        if not is_long:
            yield spelled
        if ends:
            yield f"{spelled} {self.going_on}"

    def _behind(self, past: int, number: int) -> str:
        """Return the comments, white space and line end behind a line's code."""
        tokens, line = self.tokens, self.lines[number]
        comments = "".join(
            tokens.gap[i] + tokens.text[i] for i in range(past, tokens.starts[number + 1])
        )
        return comments + line.tail + line.end

    def _started(self, line: Line, mode: Mode, frame: Frame) -> Line | None:
        """Make a line do to the one before it what was promised; `frame` is open at its start."""
        expected = self.promised
        if expected is None or not line.code or line.head:
            return line
        if starts_of(self.lexicon, line.pairs) == expected:
            return line
        if expected == FOR_LINE:
            expected = GOES_ON if frame.kind is HEADS["implement"] else NEW_LINE
        mark = {GOES_ON: self.going_on, NEW_LINE: self.nested}.get(expected)
        if mark is None:
            return None
        indent = line.pairs[0][0]
        return lex(f"{indent}{mark} {line.text[len(indent) :]}", mode)

    def _reads_back(self, said: Line, line: Line, starts: int, state: State) -> bool:
        """Tell whether a line of Iron is read as the line of Rust that it stands for."""
        if said.mode != line.mode:
            return False
        self.oxidizer.machine.state = state
        return self.oxidizer.line(said, starts) == line.text
