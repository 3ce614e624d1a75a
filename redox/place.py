"""What is open and wanted at one place of a text, and what closing and a line's end do to it.

What a line's end implies depends on how the line is written: a line of Rust ends nothing, one of
words alone, which both languages write alike, closes nothing that an earlier line opened.
"""

from __future__ import annotations

from typing import Final

from redox import frames as f
from redox.closing import BODY, without_soft
from redox.frames import FRAMES, HEADS, Frame, FrameKind
from redox.lexicon import CLOSES, FOR_LINE, GOES_ON, NEW_LINE, OPENS_BLOCK

Implied = tuple[str, int]
"""A token that is written though no word says it, and its spacing to the left."""

State = tuple[Frame, int, int]
"""What is open, what is wanted, and what is known of the statement."""

NOTHING: Final[tuple[Implied, ...]] = ()
CALL: Final[Implied] = ("()", 1)
"""The arguments of a call that has none."""
_ALWAYS_ENDED: Final = (f.ELEMENT, f.INNER_ELEMENT, f.RULE)
_SHARED: Final = (f.TOP_STATEMENT, f.BOUND, f.BODY_STATEMENT)
"""Where only what used a phrase is ended, since Rust stands there by itself too."""
_BEGUN_ANEW: Final = (f.STATEMENT, f.BODY_STATEMENT, f.ELEMENT)
ENDS: Final = dict.fromkeys((f.STATEMENT, f.TOP_STATEMENT, f.BODY_STATEMENT, f.RULE), ";")


class Place:
    """The state of one place in a text."""

    __slots__ = ("column", "frame", "op", "stmt")

    def __init__(self, frame: Frame, op: int = f.WANTED, stmt: int = f.NEW) -> None:
        self.frame = frame
        self.op = op
        self.stmt = stmt
        self.column = 0
        """The indentation of the line at hand."""

    @property
    def state(self) -> State:
        """The whole state, as a value."""
        return (self.frame, self.op, self.stmt)

    @state.setter
    def state(self, state: State) -> None:
        self.frame, self.op, self.stmt = state

    def begins_value(self, word: str) -> bool:
        """Tell whether `if` or `for` begins a value here, where no name can stand before it."""
        kind = self.frame.kind
        if kind.ends_line == f.STATEMENT:
            return True
        if self.frame.closes & f.MACRO_BIT:
            return False
        if kind.ends_line == f.CASE:
            return bool(self.stmt & f.GIVEN)
        return kind.holds_values or word == "if" and not kind.begins_rust

    # ---- closing ----

    def close_to(self, stop: Frame) -> tuple[Implied, ...]:
        """Close every frame above `stop`; return the closers that this implies."""
        if self.frame is stop:
            return NOTHING
        implied: list[Implied] = []
        while self.frame is not stop:
            kind = self.frame.kind
            if self.op == f.CALLABLE:
                implied.append(CALL)
                self.op = f.AFTER
            if kind.is_bracket:
                implied.append((kind.closer, kind.left))
            self._pop()
            if not kind.is_head and kind is not BODY:
                self.op = kind.after
        return tuple(implied)

    def close_up_to(self, stop: Frame) -> tuple[Implied, ...]:
        """Close every frame above `stop`, and write the `()` that the last one leaves wanting."""
        return self.close_to(stop) + self._call()

    def recover(self, lost: Frame) -> tuple[Implied, ...]:
        """Close `lost` and all in it, before an item that can't be inside."""
        implied = self.close_up_to(lost.below)
        self._pop_heads()
        implied += self._terminator(NEW_LINE, f.IN_IRON)
        self.begin_statement()
        return implied

    def _pop(self) -> None:
        frame = self.frame
        kind = frame.kind
        inner = self.stmt & f.PHRASED if kind.is_bracket or kind.is_head else 0
        self.stmt = frame.outer | inner
        self.frame = frame.below

    def _push(self, kind: FrameKind, *, multi: bool = False, column: int = -1) -> None:
        column = (self.column if column < 0 else column) if multi else 0
        self.frame = self.frame.push(kind, self.stmt, multi, column)
        self.stmt = f.NEW

    def outdent(self) -> None:
        """Let items of what is open stand as far left as this line."""
        if self.frame.furthest >= self.column:
            self.frame = self.frame.outdented(self.column)

    def _call(self) -> tuple[Implied, ...]:
        """Write the `()` that a method or function without arguments still lacks."""
        if self.op != f.CALLABLE:
            return NOTHING
        self.op = f.AFTER
        return (CALL,)

    # ---- what could be closed ----

    def open_block(self, name: str) -> Frame | None:
        """Find the innermost block that `end name` closes; Rust's brackets hide those outside.

        `end block` closes a block whatever it is called, and where no block of a name is open, its
        `end` closes a plain one: for Rust's head before it may have been read otherwise.
        """
        block = self.frame.block
        if name == "block":
            return block
        if not self.frame.closes & f.CLOSER_BITS[name]:
            return block if block is not None and block.kind is FRAMES["block"] else None
        frame: Frame | None = self.frame
        while frame is not None and not frame.kind.is_rust:
            if frame.kind.end == name:
                return frame
            frame = frame.parent
        return None

    def open_bracket(self) -> Frame | None:
        """Find the bracket of Iron that `done` would close."""
        frame = self.frame
        while not frame.kind.is_bracket and frame.parent is not None:
            frame = frame.parent
        return frame if frame.kind.soft else None

    def closed_by(self, text: str) -> Frame | None:
        """Find the frame that a closing bracket of Rust closes, if it closes one."""
        frame: Frame | None = self.frame
        if not self.frame.closes & f.CLOSER_BITS[text]:
            return None
        while frame is not None:
            kind = frame.kind
            if kind.closer == text:
                return frame
            if kind.is_rust or (kind.end and not kind.soft):
                return None
            frame = frame.parent
        return None

    # ---- line ends ----

    def end_line(self, starts: int, written: int) -> tuple[Implied, ...]:
        """Move on by the end of a line; `starts` says what the next significant line does.

        `written` is `f.IN_WORDS`, `f.IN_RUST` or `f.IN_IRON`. What could be Rust closes nothing
        that an earlier line opened, and what is Rust ends nothing. Returns the closers and the
        terminator that the line's end implies.
        """
        op = self.op
        if op == f.OPENED:
            self._keep_open()
            return NOTHING
        if op == f.BOUNDS:
            self._push(FRAMES["where"], multi=True)
            self.op = f.WANTED
            return NOTHING
        if op & (f.WANTED | f.STARTED):
            self._leave_body()
            self.op = self._op_of_new_line()
            return NOTHING
        if op & (f.OPERAND_WANTED | f.NAME_WANTED | f.RAW):
            return NOTHING
        is_over = written == f.IN_IRON or written == f.IN_WORDS and self._is_begun_anew(starts)
        implied = self._close_line() if is_over else self._call()
        top = self.frame
        if self.op == f.STARTED:
            self.op = self._op_of_new_line()  # behind an attribute, which Rust may write too
        if self.op & f.OPERAND_WANTED or top.kind.soft and not top.multi:
            return implied
        if starts == FOR_LINE:
            starts = GOES_ON if self.frame.kind is HEADS["implement"] else NEW_LINE
        if starts == GOES_ON:
            return implied
        if self.frame.kind.is_head:
            is_iron = written == f.IN_IRON or written == f.IN_WORDS and self.stmt & f.PHRASED
            if not self.frame.kind.is_item or starts == OPENS_BLOCK or not is_iron:
                return implied
            self._pop()
        return implied + self._terminator(starts, written)

    def _is_begun_anew(self, starts: int) -> bool:
        """Tell whether a value follows one in a bracket that should have closed on its line."""
        top = self.frame
        is_open = top.kind.soft and not top.multi and not top.closes & f.MACRO_BIT
        return is_open and starts == NEW_LINE and bool(self.op & f.AFTER_OPERAND)

    def _keep_open(self) -> None:
        """Let the bracket that was opened last on the line go on over its end."""
        frame = self.frame
        if frame.kind.soft and not frame.multi:
            self.frame = frame.below.push(frame.kind, frame.outer, True, self.column)
        self.op = f.STARTED

    def _close_line(self) -> tuple[Implied, ...]:
        implied: tuple[Implied, ...] = NOTHING
        if self.op == f.CALLABLE:
            implied = (CALL,)
            self.op = f.AFTER
        stop = without_soft(self.frame)
        if stop is not self.frame:
            implied += self.close_to(stop)
            if self.op == f.CALLABLE:
                implied += (CALL,)
                self.op = f.AFTER
        return implied

    def _leave_body(self) -> None:
        """Forget the bodies of closures that no bracket stands around which a word could close."""
        while self.frame.kind is BODY:
            around = self.frame.below
            if around.kind.soft and not around.multi and around.kind is not BODY:
                return
            self._pop()

    def _op_of_new_line(self) -> int:
        around = self.frame
        while around.kind.is_head:
            around = around.below
        return f.WANTED if around.kind.begins_rust else f.STARTED

    def _terminator(self, starts: int, written: int) -> tuple[Implied, ...]:
        """Return what ends the statement or element at hand, and begin a new one."""
        rule, stmt = self.frame.kind.ends_line, self.stmt
        is_block = stmt & f.HEADED and self.op & (f.CLOSED | f.BRACED)
        if not stmt & f.FILLED or is_block and rule not in _ALWAYS_ENDED:
            self.begin_statement()
            return NOTHING
        if rule == f.NOTHING or starts == OPENS_BLOCK and rule != f.BOUND:
            return NOTHING
        if written == f.IN_RUST:
            return NOTHING
        if rule in _SHARED and not (written == f.IN_IRON and stmt & f.PHRASED):
            return NOTHING
        if rule == f.CASE and not stmt & f.GIVEN:
            return NOTHING
        if starts == CLOSES and not self._ends_at_closer(rule):
            return NOTHING
        self.begin_statement()
        return ((ENDS.get(rule, ","), 1),)

    def leave_unended(self, starts: int) -> bool:
        """Begin anew behind a statement or element that lacks its mark; tell whether one did."""
        if starts != NEW_LINE or not self.op & f.AFTER_OPERAND:
            return False
        frame = self.frame
        while frame.kind is BODY:
            frame = frame.below
        if not self.stmt & f.FILLED or frame.kind.ends_line not in _BEGUN_ANEW:
            return False
        while self.frame is not frame:
            self._pop()
        self.begin_statement()
        return True

    def lacks_opener(self, starts: int) -> bool:
        """Tell whether the next line can't go on with a head of Iron whose value is complete."""
        is_due = self.frame.kind.follows_operand and starts == NEW_LINE
        if not is_due or self.stmt & f.PATTERN or self.frame.closes & f.MACRO_BIT:
            return False
        if not self.op & f.AFTER_OPERAND:
            return False
        return self._op_of_new_line() == f.STARTED

    def begin_block(self) -> tuple[Implied, ...]:
        """Open the block of the head at hand, though no word says so."""
        head = self.frame
        self._pop()
        self.stmt |= f.PHRASED
        self._push(FRAMES[head.kind.name], multi=True, column=head.column)
        self.op = f.STARTED
        return (("{", 0),)

    def leave_heads(self) -> None:
        """Begin anew, outside of heads whose blocks never began."""
        self._pop_heads()
        self.begin_statement()

    def _pop_heads(self) -> None:
        while self.frame.kind.is_head:
            self._pop()

    def terminator_due(self) -> str:
        """Return what would end the statement or element at hand."""
        return ENDS.get(self.frame.kind.ends_line, ",")

    def _ends_at_closer(self, rule: int) -> bool:
        if rule in (f.STATEMENT, f.TOP_STATEMENT, f.BODY_STATEMENT):
            return bool(self.stmt & (f.SEMICOLON | f.MACRO_CALL)) and not self.stmt & f.VALUE
        return rule != f.INNER_ELEMENT

    def begin_statement(self) -> None:
        """Forget the statement at hand."""
        self.stmt = f.NEW
        self.op = self._op_of_new_line()
