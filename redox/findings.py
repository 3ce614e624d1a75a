"""What is wrong in a text, said to people: problems of lines become diagnostics."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from redox.checker import Problem
from redox.diagnostics import Diagnostic, Edit, Related, Severity, Span
from redox.frames import Frame
from redox.keywords import KEYWORDS
from redox.lexer import CODE, Mode, is_lifetime
from redox.lexicon import opener_of
from redox.lines import Line, lex
from redox.machine import Machine
from redox.memory import memory_of
from redox.near_misses import REACH, near_miss
from redox.oxidizer import Oxidizer
from redox.phrasebook import Phrasebook
from redox.place import State
from redox.recovery import lacks_opener, lost_frame

LineState = tuple[State, Mode, int]
"""What a line starts from: its state, its mode, and what the next significant line starts with."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem and the number of the line that it is on."""

    line: int
    mode: Mode
    """The mode at the line's start."""
    problem: Problem


def diagnostics_of(
    lines: list[str],
    starts: Callable[[], list[int]],
    findings: list[Finding],
    top: Frame,
    mode: Mode,
    book: Phrasebook,
    states: Callable[[], Sequence[LineState]],
) -> tuple[Diagnostic, ...]:
    """Turn the findings of a text, and what is open at its end, into diagnostics in order.

    `starts` gives where each line starts, and the text's end; it is asked for only where something
    is wrong. `states` gives the state of each line behind the prelude; it is asked for only where
    an opener must be found.
    """
    if not findings and mode == CODE and top.parent is None:
        return ()
    reporter = _Reporter(lines, starts(), book, states)
    found = [reporter.diagnostic(finding) for finding in findings[:_MOST]]
    found += reporter.unclosed(top, mode)
    # A bracket that stands where a block should begin need not be closed.
    instead = {one.span for one in found if one.code == "missing-opener"}
    found = [one for one in found if one.code != "unclosed-bracket" or one.span not in instead]
    return tuple(sorted(found, key=lambda one: (one.span.start, one.code)))


class _Reporter:
    """Finds places in one text for what is said of it."""

    def __init__(
        self,
        lines: list[str],
        starts: list[int],
        book: Phrasebook,
        states: Callable[[], Sequence[LineState]],
    ) -> None:
        self.lines = lines
        self.starts = starts
        self.book = book
        self.make_states = states
        self.patience = _PATIENCE
        self._placed = -1
        self._places: list[tuple[int, int]] = []

    @cached_property
    def states(self) -> Sequence[LineState]:
        return self.make_states()

    @cached_property
    def newline(self) -> str:
        """How the text ends its lines."""
        return next((end for end in ("\r\n", "\n", "\r") if self.lines[0].endswith(end)), "\n")

    @property
    def end(self) -> int:
        return self.starts[-1]

    def diagnostic(self, finding: Finding) -> Diagnostic:
        problem = finding.problem
        places = self.places(finding.line, finding.mode)
        first = min(problem.first, len(places) - 1)
        span = Span(places[first][0], places[max(problem.past - 1, first)][1])
        return _MAKERS[problem.code](self, span, problem, finding.line)

    def places(self, number: int, mode: Mode) -> list[tuple[int, int]]:
        """Return where the lexemes of a line stand."""
        if self._placed != number:
            line = lex(self.lines[number], mode)
            start = self.starts[number] + len(line.head)
            self._places, self._placed = [], number
            for gap, lexeme in line.pairs:
                start += len(gap)
                self._places.append((start, start + len(lexeme)))
                start += len(lexeme)
        return self._places

    def text(self, span: Span) -> str:
        """Return what stands at a place on one line."""
        number = bisect_right(self.starts, span.start) - 1
        start = self.starts[number]
        return self.lines[number][span.start - start : span.end - start]

    # ---- one maker for each code ----

    def unknown_phrase(self, span: Span, problem: Problem, line: int) -> Diagnostic:
        word, first = self.text(span), max(problem.first - REACH, 0)
        places = self._places[first : problem.first + REACH]  # of lines that may be long
        words = [self.text(Span(*place)) for place in places]
        meant = near_miss(self.book, words, problem.first - first, problem.frame)
        fix = None
        if meant is not None:
            span = Span(places[meant.first][0], places[meant.past - 1][1])
            word, hint = self.text(span), f"did you mean `{meant.text}`?"
            glued = self.text(Span(span.start - 1, span.start)).strip() if span.start else ""
            fix = Edit(span, f" {meant.text}" if glued else meant.text)
        elif owner := self._wants(word):
            hint = f"it belongs to {owner}, which isn't open"
        elif word in KEYWORDS or not word.isidentifier():
            both = " and statements by ".join(f"`{self.book.by_key[one].text}`" for one in _PARTING)
            hint = f"a value stands before it; values are parted by {both}"
        else:
            hint = "no phrase of Iron follows a value with this word"
        return Diagnostic(
            "unknown-phrase",
            Severity.ERROR,
            span,
            f"`{word}` is no phrase here: {hint}",
            fix=fix,
            fix_title=f"Write `{fix.text.strip()}`" if fix else "",
        )

    def _role_of(self, words: str) -> str:
        """Return the role of the phrase that words are, or nothing."""
        phrase = self.book.by_text.get(words)
        return "" if phrase is None else phrase.role

    def _wants(self, word: str) -> str:
        """Say what a phrase that can't stand by itself belongs to, or nothing."""
        phrase = self.book.by_text.get(word)
        if phrase is None or not phrase.heads and phrase.role not in _OWNERS:
            return ""
        owners = phrase.heads or (_OWNERS[phrase.role],)
        return " or ".join(f"`{owner}`" for owner in sorted(owners))

    def stray_comma(self, span: Span, problem: Problem, line: int) -> Diagnostic:
        word, conjunction = self.text(span), self.book.by_key["and also"].text
        return Diagnostic(
            "stray-comma",
            Severity.ERROR,
            span,
            f"`{word}` is a comma, and no list is open here: did you mean `{conjunction}`?",
            fix=Edit(span, conjunction),
            fix_title=f"Write `{conjunction}`",
        )

    def missing_value(self, span: Span, problem: Problem, line: int) -> Diagnostic:
        what = problem.detail or "value"
        message = f"a {what} is missing before `{self.text(span)}`"
        return Diagnostic("missing-value", Severity.ERROR, span, message)

    def stray_quote(self, span: Span, problem: Problem, line: int) -> Diagnostic:
        message, fix = "`'` begins no character here", None
        before = (Span(*place) for place in reversed(self._places[: problem.first]))
        opener = next((place for place in before if self.text(place)[0] == "'"), None)
        if opener is not None and is_lifetime(self.text(opener)):
            span = Span(opener.start, span.end)
            text = self.text(span)
            message = f'`{text}` is more than one character: a text stands between `"`'
            fix = None if '"' in text else Edit(span, f'"{text[1:-1]}"')
        return Diagnostic(
            "stray-quote",
            Severity.ERROR,
            span,
            message,
            fix=fix,
            fix_title=f"Write `{fix.text}`" if fix else "",
        )

    def nothing_to_close(self, span: Span, problem: Problem, line: int) -> Diagnostic:
        word = self.text(span)
        if word.startswith("end ") and not problem.first:
            head = word.removeprefix("end ")
            place = self._unopened(line, head)
            if place is not None:
                return self._opener_due(place, head, Related(span, f"`{word}` closes nothing so"))
        what = "no such block is open" if word.startswith("end") else "no bracket is open"
        return Diagnostic(
            "nothing-to-close",
            Severity.ERROR,
            span,
            f"`{word}` closes nothing: {what} here",
            fix=Edit(span, ""),
            fix_title=f"Remove `{word}`",
        )

    def misnamed_end(self, span: Span, problem: Problem, line: int) -> Diagnostic:
        frame = _frame_of(problem)
        wanted = f"end {frame.kind.end}"
        fix, where = Edit(span, wanted), ""
        if problem.first:
            fix, where = Edit(Span(span.start, span.start), f"{wanted} "), " before it"
        elif span.start - self.starts[line] != frame.column:
            # It closes an outer block rightly, and the inner one's end is lost.
            place = Span(self.starts[line], self.starts[line])
            fix = Edit(place, f"{' ' * frame.column}{wanted}{self.newline}")
            where = " before it"
        also = ": the block inside is closed too"
        return self._due("misnamed-end", span, frame, line, also, fix, where)

    def wrong_end(self, span: Span, problem: Problem, line: int) -> Diagnostic:
        frame = _frame_of(problem)
        fix = Edit(span, f"end {frame.kind.end}")
        return self._due("wrong-end", span, frame, line, "", fix, "")

    def _due(
        self, code: str, span: Span, frame: Frame, line: int, also: str, fix: Edit, where: str
    ) -> Diagnostic:
        """Say that another `end` was due, which `fix` writes."""
        wanted = f"end {frame.kind.end}"
        return Diagnostic(
            code,
            Severity.ERROR,
            span,
            f"`{self.text(span)}` where `{wanted}` was due{also}",
            related=self.opened(frame, line, f"this block wants `{wanted}`"),
            fix=fix,
            fix_title=f"Write `{wanted}`{where}",
        )

    def missing_opener(self, span: Span, problem: Problem, line: int) -> Diagnostic:
        return self._opener_due(span, problem.detail)

    def _opener_due(self, span: Span, head: str, *related: Related) -> Diagnostic:
        """Say that the block of a head should begin behind a place, or with the bracket there."""
        due, word = opener_of(memory_of(self.book).lexicon, head).text, self.text(span)
        message = f"`{due}` is missing: the block of `{head}` begins behind this"
        fix = Edit(Span(span.end, span.end), f" {due}")
        if self._role_of(word) == "opener after":
            message = f"`{word}` begins a list, and the block of `{head}` begins with `{due}`"
            fix = Edit(span, due)
        return Diagnostic(
            "missing-opener", Severity.ERROR, span, message, related, fix, f"Write `{due}`"
        )

    def _unopened(self, line: int, end: str) -> Span | None:
        """Find the head before a stray `end` whose block was never opened; return its last lexeme.

        It stands as far left as the `end`, and what is in between deeper.
        """
        lexicon = memory_of(self.book).lexicon
        column = _indentation(self.lines[line])
        first = len(self.lines) - len(self.states)
        for number in range(line - 1, first - 1, -1):
            text, mode = self.lines[number], self.states[number - first][1]
            self.patience -= 1 + len(text) // _QUICK
            if self.patience < 0:
                return None
            if mode != CODE or _indentation(text) > column:
                continue
            read = lex(text, mode)
            if not read.is_code:
                continue
            is_it = _indentation(text) == column
            if is_it and lacks_opener(lexicon, read.pairs[: read.code], end):
                return Span(*self.places(number, mode)[read.code - 1])
            return None
        return None

    def stray_bracket(self, span: Span, problem: Problem, line: int) -> Diagnostic:
        word = self.text(span)
        return Diagnostic(
            "stray-bracket",
            Severity.ERROR,
            span,
            f"`{word}` closes no bracket that is open here",
            fix=Edit(span, ""),
            fix_title=f"Remove `{word}`",
        )

    def needs_escape(self, span: Span, problem: Problem, line: int) -> Diagnostic:
        word = self.text(span)
        escape = self.book.by_key["literally"].text
        return Diagnostic(
            "needs-escape",
            Severity.WARNING,
            span,
            f"`{word}` is a phrase of Iron; to use it as a name, write `{escape}` before it",
            fix=Edit(Span(span.start, span.start), f"{escape} "),
            fix_title=f"Write `{escape}` before it",
        )

    def rust_statement(self, span: Span, problem: Problem, line: int) -> Diagnostic:
        return Diagnostic(
            "rust-statement",
            Severity.WARNING,
            span,
            "this line is written in Rust, so its end does not end the statement",
            fix=Edit(Span(span.end, span.end), problem.detail),
            fix_title=f"Write `{problem.detail}`",
        )

    def lost_closer(self, span: Span, problem: Problem, line: int) -> Diagnostic:
        frame = _frame_of(problem)
        word = self.text(span)
        is_end = self._role_of(word) in _ENDING
        said = f"`{word}` closes what is around it" if is_end else _LEFT
        opener = self.opener(frame, line - 1)
        place = self._place_before(line)
        where = "before it" if is_end else "before the item"
        return _unclosed(frame, opener or span, Related(span, said), place, where, self.newline)

    def _place_before(self, line: int) -> int:
        """Return where a line can be inserted behind the code before `line`."""
        first = len(self.lines) - len(self.states)
        number = line
        while number > first and self.patience > 0:
            text = self.lines[number - 1]
            self.patience -= 1 + len(text) // _QUICK
            if lex(text, self.states[number - 1 - first][1]).is_code:
                return self.starts[number]
            number -= 1
        return self.starts[line]

    # ---- what is open at the end ----

    def unclosed(self, top: Frame, mode: Mode) -> list[Diagnostic]:
        if mode != CODE:
            what = "comment" if mode[0] in ("*", "//") else "string"
            span = self._open_literal()
            return [
                Diagnostic(f"unclosed-{what}", Severity.ERROR, span, f"this {what} is never closed")
            ]
        found: list[Diagnostic] = []
        frame: Frame | None = top
        while frame is not None and len(found) < 20:
            kind = frame.kind
            if kind.is_bracket or kind.name.startswith("raw"):
                found.append(self._unclosed_frame(frame))
            frame = frame.parent
        return found

    def _unclosed_frame(self, frame: Frame) -> Diagnostic:
        opener = self.opener(frame, len(self.lines) - 1)
        span = opener or Span(max(0, self.end - 1), self.end)
        near = Related(Span(self.end, self.end), "the text ends here")
        ends_line = not self.lines or self.lines[-1].endswith(("\n", "\r"))
        before = "" if ends_line else self.newline
        return _unclosed(frame, span, near, self.end, "at the end", self.newline, before)

    def _open_literal(self) -> Span:
        first = len(self.lines) - len(self.states)
        for index in range(len(self.states) - 1, -1, -1):
            _, mode, _ = self.states[index]
            if mode == CODE:
                number = first + index
                line = lex(self.lines[number], mode)
                length = len(line.pairs[-1][1]) if line.pairs else 0
                end = self.starts[number] + len(self.lines[number]) - len(line.end)
                return Span(end - len(line.tail) - length, end)
        return Span(0, min(1, self.end))

    # ---- openers ----

    def opened(self, frame: Frame, before: int, message: str) -> tuple[Related, ...]:
        span = self.opener(frame, before)
        return (Related(span, message),) if span else ()

    def opener(self, frame: Frame, before: int) -> Span | None:
        """Find the words that opened `frame`, which is open on the line `before`."""
        first = len(self.lines) - len(self.states)
        for index in range(min(before - first, len(self.states) - 1), -1, -1):
            state, mode, starts = self.states[index]
            self.patience -= 1 + max(0, state[0].depth - frame.depth)
            if self.patience < 0:
                return None
            if not _holds(self._standing(first + index, state, mode), frame):
                return self._opener_on(first + index, state, mode, starts, frame)
        return None

    def _standing(self, number: int, state: State, mode: Mode) -> Frame:
        """Return what is open on a line once closers that were lost before it are made up for."""
        frame, text = state[0], self.lines[number]
        if frame.furthest < _indentation(text) or mode != CODE:
            return frame
        self.patience -= len(text) // _QUICK
        line = lex(text, mode)
        lexicon = memory_of(self.book).lexicon
        lost = lost_frame(lexicon, frame, line.pairs) if line.code else None
        return lost.below if lost else frame

    def _opener_on(
        self, number: int, state: State, mode: Mode, starts: int, frame: Frame
    ) -> Span | None:
        line = lex(self.lines[number], mode)
        places = self.places(number, mode)
        closed, opened = 0, line.code
        while opened - closed > 1:  # the frame is open behind `opened` lexemes, not behind `closed`
            count = (closed + opened) // 2
            self.patience -= count
            if self.patience < 0:
                return None
            if _holds(self._written(line, state, count).machine.frame, frame):
                opened = count
            else:
                closed = count
        if not opened:
            return None
        marks = self._written(line, state, opened).marks
        first = min(marks[-1][1], opened - 1) if marks else opened - 1
        return Span(places[first][0], places[opened - 1][1])

    def _written(self, line: Line, state: State, count: int) -> Oxidizer:
        """Write the first lexemes of a line again."""
        oxidizer = Oxidizer(memory_of(self.book), Machine(*state))
        oxidizer.marks = []
        oxidizer.start(line)
        oxidizer.code(line.pairs, count, line.head)
        return oxidizer


_ENDING: Final = ("end", "otherwise")
"""The roles of what closes a block, and what is open in it."""
_LEFT: Final = "this item stands too far left to be inside"
_PARTING: Final = ("and", "discarded")
"""The phrases between elements and between statements of one line."""
_OWNERS: Final = {"giving": "closure", "otherwise": "if"}
"""What phrases of a role belong to."""
_MOST: Final = 1_000
"""How many findings are reported of one text."""
_PATIENCE: Final = 300_000
"""How many steps one report takes to find openers; texts that want more are not people's."""
_QUICK: Final = 50
"""How many characters are lexed in about the time of one step."""


def _indentation(text: str) -> int:
    return len(text) - len(text.lstrip())


def _frame_of(problem: Problem) -> Frame:
    assert problem.frame is not None, "what closes wrongly knows what it should have closed"
    return problem.frame


def _unclosed(
    frame: Frame,
    span: Span,
    near: Related,
    place: int,
    where: str,
    newline: str,
    before: str = "",
) -> Diagnostic:
    """Say that a frame is never closed, with a fix that writes a block's `end` at a place."""
    kind = frame.kind
    closer = f"end {kind.end}" if kind.end else kind.closer if kind.is_rust else "done"
    wanted = f"`{closer}`" if closer else "its closing bracket"
    what = "block" if kind.end else "bracket"
    edit = Edit(Span(place, place), f"{before}{' ' * frame.column}{closer}{newline}")
    return Diagnostic(
        f"unclosed-{what}",
        Severity.ERROR,
        span,
        f"this {what} is never closed: {wanted} is missing",
        related=(near,),
        fix=edit if kind.end else None,
        fix_title=f"Write {wanted} {where}" if kind.end else "",
    )


def _holds(top: Frame | None, frame: Frame) -> bool:
    """Tell whether a frame like `frame`, at its depth, is open below `top`."""
    while top is not None and top.depth > frame.depth:
        top = top.parent
    return top is not None and top.depth == frame.depth and top.kind is frame.kind


_MAKERS: Final = {
    "unknown-phrase": _Reporter.unknown_phrase,
    "stray-comma": _Reporter.stray_comma,
    "missing-value": _Reporter.missing_value,
    "stray-quote": _Reporter.stray_quote,
    "nothing-to-close": _Reporter.nothing_to_close,
    "misnamed-end": _Reporter.misnamed_end,
    "wrong-end": _Reporter.wrong_end,
    "missing-opener": _Reporter.missing_opener,
    "stray-bracket": _Reporter.stray_bracket,
    "needs-escape": _Reporter.needs_escape,
    "rust-statement": _Reporter.rust_statement,
    "lost-closer": _Reporter.lost_closer,
}
