"""Iron to Rust, a line at a time: recognise phrases, write what they say.

What a line becomes depends on the state at its start, on its text, and on what the next
significant line starts with: nothing else. So a line can be done again alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from redox import frames as f
from redox.lexer import CODE, Mode, Pair, is_lifetime, is_literal_word, lex_line, split_end
from redox.lexicon import NEW_LINE, NOT_AN_OPERAND, Entry, Lexicon, make_lexicon, starts_of
from redox.machine import Implied, Machine
from redox.phrasebook import BRACE, SPACED, TIGHT, Phrase, Phrasebook

Mark = tuple[int, int, int]
"""A piece of Rust and its origin: its index among the pieces, and the first and past-the-last
lexeme of Iron that it comes from; an implied piece has an empty range."""

_TWO_SPACES: Final = "  "
_WEAK: Final = f.EITHER | f.BRACED
SOFT_SIGILS: Final = {
    "(": (SPACED, TIGHT),
    "[": (SPACED, TIGHT),
    "{": (SPACED, BRACE),
    ")": (TIGHT, SPACED),
    "]": (TIGHT, SPACED),
    "}": (BRACE, SPACED),
    ",": (TIGHT, SPACED),
    ";": (TIGHT, SPACED),
    ":": (TIGHT, SPACED),
    "?": (TIGHT, SPACED),
    ".": (TIGHT, TIGHT),
    "::": (TIGHT, TIGHT),
    "..": (TIGHT, TIGHT),
    "..=": (TIGHT, TIGHT),
    "!": (SPACED, TIGHT),
    "&": (SPACED, TIGHT),
    "#": (SPACED, TIGHT),
    "$": (SPACED, TIGHT),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding on one line: a code, and the lexemes that it speaks of."""

    code: str
    first: int
    past: int
    detail: str = ""
    frame: f.Frame | None = None


@dataclass(slots=True)
class Line:
    """A lexed line."""

    text: str
    head: str
    pairs: list[Pair]
    tail: str
    end: str
    mode: Mode
    """The mode that the next line starts in."""
    code: int
    """How many of the pairs are code: those behind are comments at the line's end."""
    is_code: bool
    """Whether the line holds any code, and not only white space and comments."""
    in_literal: bool
    """Whether a literal goes on over the line's end."""


def lex(text: str, mode: Mode) -> Line:
    """Lex one line, its end included."""
    body, end = split_end(text)
    head, pairs, tail, after = lex_line(body, mode, end)
    code = len(pairs)
    while code and pairs[code - 1][1][:2] in ("//", "/*"):
        code -= 1
    from_literal = mode != CODE and mode[0] in ('"', "r")
    in_literal = after[0] in ('"', "r")
    is_code = code > 0 or from_literal and not (in_literal and not pairs)
    return Line(text, head, pairs, tail, end, after, code, is_code, in_literal)


def lexicon_of(book: Phrasebook) -> Lexicon:
    """Return the lexicon of a phrasebook, made once."""
    return _lexicon(id(book), _Ref(book))


class _Ref:
    """A phrasebook as a cache key: by identity, since its tables do not hash."""

    def __init__(self, book: Phrasebook) -> None:
        self.book = book

    def __hash__(self) -> int:
        return id(self.book)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Ref) and other.book is self.book


@lru_cache(maxsize=8)
def _lexicon(book_id: int, ref: _Ref) -> Lexicon:
    return make_lexicon(ref.book)


class Oxidizer:
    """Turns lines of Iron into lines of Rust, moving a machine on."""

    __slots__ = ("current", "lexicon", "machine", "marks", "pieces", "problems", "right", "same")

    def __init__(self, lexicon: Lexicon, machine: Machine) -> None:
        self.lexicon = lexicon
        self.machine = machine
        self.current: Line | None = None
        """The line at hand."""
        self.pieces: list[str] = []
        self.marks: list[Mark] | None = None
        self.problems: list[Problem] = []
        self.right = TIGHT
        """How the last piece spaces to its right."""
        self.same = True
        """Whether the last piece was Rust in the Iron too, so that a gap is itself."""

    def line(self, line: Line, starts: int) -> str:
        """Write one line as Rust; `starts` says what the next significant line starts with."""
        machine = self.machine
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
        goes_on = self.code(line.pairs, line.code, line.head)
        if not line.in_literal and not goes_on:
            self._implied(machine.end_line(starts), line.code)
            if machine.is_unended(starts) and line.code:
                self._report("rust-statement", 0, line.code, machine.terminator_due())
                machine.begin_statement()
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
        return "".join(pieces)

    def start(self, line: Line) -> None:
        """Stand at the start of a line."""
        self.current = line
        self.pieces = [line.head]
        self.problems = []
        self.right = SPACED if line.head else TIGHT
        self.same = True
        self.machine.column = len(line.pairs[0][0]) if line.pairs and not line.head else 0

    def _report(
        self, code: str, first: int, past: int, detail: str = "", frame: f.Frame | None = None
    ) -> None:
        """Keep a finding on the lexemes from `first` to `past`."""
        self.problems.append(Problem(code, first, past, detail, frame))

    def code(self, pairs: list[Pair], count: int, head: str) -> bool:
        """Write a line's code; tell whether it ends with the mark that nothing ends here."""
        machine, lexicon, marks = self.machine, self.lexicon, self.marks
        index = 0
        goes_on = False
        silent_gap: str | None = None
        while index < count:
            gap, lexeme = pairs[index]
            if silent_gap is not None:
                gap, silent_gap = silent_gap, None
            entry = lexicon.get(lexeme)
            if machine.op == f.RAW:
                self._plain(gap, lexeme)
                if lexeme in "()[]{}":
                    machine.raw_bracket(lexeme)
                if marks is not None:
                    marks.append((len(self.pieces) - 1, index, index + 1))
                index += 1
                continue
            if entry is not None:
                phrase = self._recognise(entry, pairs, index, count) if entry.phrases else None
                if phrase is not None:
                    past = index + len(phrase.words)
                    if machine.op == f.CALLABLE_NAME and phrase.role == "spelled":
                        self._check_sigil(phrase, index)
                    if phrase.role in ("silent", "fresh"):
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
                            self._indent(gap)
                            silent_gap = " "
                    elif phrase.role == "escape":
                        self._escaped(phrase, gap, pairs[past][1], index)
                        past += 1
                    else:
                        self._phrase(phrase, gap, index, past)
                    index = past
                    continue
                self._token(entry, gap, lexeme, pairs, index, count)
            else:
                self._operand(gap, lexeme, index)
            index += 1
        return goes_on

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
            pieces.append(rule_gap(self.right, left))
            pieces.append(text)
            self.right = SPACED
            self.same = False
            if self.marks is not None:
                self.marks.append((len(pieces) - 1, index, index))

    def _spaced(self, gap: str, text: str, left: int) -> None:
        """Write a piece after a gap that one of its neighbours codes."""
        pieces = self.pieces
        if len(pieces) == 1 and not pieces[0]:
            between = gap
        elif len(gap) >= 2 and gap.endswith(_TWO_SPACES):
            between = gap[:-2]
        else:
            between = rule_gap(self.right, left)
        if not between and glues(pieces[-1], text):
            between = " "
        pieces.append(between)
        pieces.append(text)

    def _phrase(self, phrase: Phrase, gap: str, index: int, past: int) -> None:
        machine = self.machine
        if phrase.role == "end":
            self._check_end(phrase, index, past)
        implied = machine.apply(phrase)
        if phrase.rust:
            if implied:
                self._implied(implied, index)
            self._spaced(gap, phrase.rust, phrase.left)
            self.right = phrase.right
        else:  # a closer: the last of what it implies is what it says
            self._implied(implied[:-1], index)
            text, left = implied[-1]
            self._spaced(gap, text, left)
            self.right = SPACED
        self.same = False
        if self.marks is not None:
            self.marks.append((len(self.pieces) - 1, index, past))

    def _check_end(self, phrase: Phrase, index: int, past: int) -> None:
        block = self.machine.open_block(phrase.opens)
        frame: f.Frame | None = self.machine.frame
        while frame is not block and frame is not None:
            if frame.kind.end and not frame.kind.soft:
                self._report("misnamed-end", index, past, frame.kind.end, frame)
                return
            frame = frame.parent

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
        if is_label:
            raise_label = ((":", 1),)
            return implied + raise_label
        return implied

    def _operand(self, gap: str, lexeme: str, index: int) -> None:
        """Write an identifier, literal, lifetime or comment."""
        machine = self.machine
        first = lexeme[0]
        if lexeme[:2] in ("//", "/*"):
            if machine.op == f.CALLABLE:
                machine.op = f.AFTER
                self._implied((("()", 1),), index)
            self.pieces.append(gap)
            self.pieces.append(lexeme)
            self.right = SPACED
            self.same = True
            if self.marks is not None:
                self.marks.append((len(self.pieces) - 1, index, index + 1))
            return
        if is_lifetime(lexeme):
            implied = machine.lifetime()
        elif first.isalpha() or first == "_":
            is_literal = is_literal_word(lexeme)
            if machine.op & f.AFTER_OPERAND and not is_literal:
                self._check_name(index)
            is_label = machine.op == f.LABEL_NAME
            implied = machine.name(lexeme, is_literal=is_literal)
            if is_label:
                self._same(gap, lexeme, index)
                self._implied(((":", 1),), index + 1)
                return
        elif first.isdigit() or first in "\"'" and len(lexeme) > 1 or first == '"':
            implied = machine.name(lexeme, is_literal=True)
        else:
            implied = machine.sigil(lexeme)
        if implied:
            self._implied(implied, index)
        self._same(gap, lexeme, index)

    def _same(self, gap: str, lexeme: str, index: int) -> None:
        """Write a lexeme that is Rust as it stands."""
        if self.same:
            self.pieces.append(gap)
            self.pieces.append(lexeme)
        else:
            self._spaced(gap, lexeme, SOFT_SIGILS.get(lexeme, (SPACED, SPACED))[0])
        self.right = SOFT_SIGILS.get(lexeme, (SPACED, SPACED))[1]
        self.same = True
        if self.marks is not None:
            self.marks.append((len(self.pieces) - 1, index, index + 1))

    def _token(
        self, entry: Entry, gap: str, lexeme: str, pairs: list[Pair], index: int, count: int
    ) -> None:
        """Write a keyword, sigil, or a word that is no phrase here."""
        machine = self.machine
        if entry.is_sigil:
            if lexeme in ")]}" and machine.closed_by(lexeme) is None:
                self._report("stray-bracket", index, index + 1)
            implied = machine.sigil(lexeme)
        elif entry.is_keyword:
            implied = machine.keyword(entry)
        elif entry.modifies and self._is_modifier(entry, pairs, index, count):
            machine.modifier(lexeme)
            implied = ()
        elif lexeme == "union" and self._is_union(pairs, index, count):
            machine.union()
            implied = ()
        else:
            self._check_word(entry, pairs, index, count)
            is_label = machine.op == f.LABEL_NAME
            implied = machine.name(lexeme)
            if is_label:
                self._same(gap, lexeme, index)
                self._implied(((":", 1),), index + 1)
                return
        if implied:
            self._implied(implied, index)
        self._same(gap, lexeme, index)

    def _check_word(self, entry: Entry, pairs: list[Pair], index: int, count: int) -> None:
        """Report a word of the phrasebook that is no phrase here and cannot be a name."""
        for phrase in entry.phrases:
            length = len(phrase.words)
            if phrase.role not in ("end", "closer") or index + length > count:
                continue
            if any(pairs[index + k][1] != phrase.words[k] for k in range(1, length)):
                continue
            is_iron = length > 1 or self.machine.op & f.AFTER_OPERAND or index == 0 and count == 1
            if is_iron and not self.machine.frame.kind.is_rust:
                self._report("nothing-to-close", index, index + length)
                return
        if self.machine.op & f.AFTER_OPERAND:
            self._check_name(index)

    def _check_name(self, index: int) -> None:
        """Report a word behind an operand, once a statement; macros may hold any words."""
        machine = self.machine
        if machine.stmt & f.REPORTED or machine.frame.closes & f.MACRO_BIT:
            return
        machine.stmt |= f.REPORTED
        self._report("unknown-phrase", index, index + 1)

    def _check_sigil(self, phrase: Phrase, index: int) -> None:
        """Report words that spell a sigil where a function's or method's name is wanted."""
        in_macro = self.machine.frame.closes & f.MACRO_BIT
        if phrase.rust != "$" and not in_macro:
            self._report("needs-escape", index, index + len(phrase.words))

    def _is_modifier(self, entry: Entry, pairs: list[Pair], index: int, count: int) -> bool:
        return (
            bool(self.machine.stmt & f.UNDECIDED)
            and index + 1 < count
            and pairs[index + 1][1] in entry.modifies
        )

    def _is_union(self, pairs: list[Pair], index: int, count: int) -> bool:
        if not self.machine.stmt & f.UNDECIDED or index + 1 >= count:
            return False
        name = pairs[index + 1][1]
        if not (name[0].isalpha() or name[0] == "_") or name in NOT_AN_OPERAND:
            return False
        if index + 2 == count:
            return True
        following = pairs[index + 2][1]
        entry = self.lexicon.get(following)
        return following in _AFTER_UNION or (
            entry is not None
            and any(phrase.opens in ("generics", "fields") for phrase in entry.phrases)
        )

    # ---- recognition ----

    def _recognise(self, entry: Entry, pairs: list[Pair], index: int, count: int) -> Phrase | None:
        """Find the longest phrase that begins here and that this place accepts."""
        machine = self.machine
        op = machine.op
        for phrase in entry.phrases:
            if not phrase.places & op:
                continue
            words = phrase.words
            length = len(words)
            if length > 1:
                if index + length > count:
                    continue
                if length == 2:
                    if pairs[index + 1][1] != words[1]:
                        continue
                elif any(pairs[index + k][1] != words[k] for k in range(1, length)):
                    continue
            needs_more = phrase.follow or op & _WEAK
            if needs_more and not self._follows(phrase, pairs, index + length, count, op):
                continue
            guard = _GUARDS.get(phrase.role)
            if guard is not None and not guard(self, phrase, pairs, index + length, count):
                continue
            return phrase
        return None

    def _follows(self, phrase: Phrase, pairs: list[Pair], past: int, count: int, op: int) -> bool:
        """Tell whether what a phrase needs behind it is there."""
        follow = phrase.follow
        if phrase.role == "spelled" or phrase.role == "mark":
            return True
        at_end = past >= count
        operand = not at_end and self._begins_operand(pairs, past, count)
        machine = self.machine
        if op & _WEAK and phrase.places & f.AFTER and not phrase.places & f.WANTED:
            return (
                operand
                or machine.frame.kind.soft
                or not at_end
                and self._is_iron_word(pairs[past][1])
                or (at_end or len(phrase.words) > 1)
                and bool(machine.stmt & f.PHRASED)
            )
        if follow == "begun":
            if op & (f.AFTER_OPERAND | f.CLOSED):
                return True
            if op & _WEAK:
                is_word = not at_end and (operand or self._is_iron_word(pairs[past][1]))
                if is_word or machine.frame.kind.soft:
                    return True
                is_line = past == count == len(phrase.words)
                return at_end and (self._is_phrased() or is_line and machine.frame.kind.is_head)
            kind = machine.frame.kind
            is_line = past == count == len(phrase.words) and not kind.is_rust and kind is not f.ROOT
            is_iron = is_line or bool(op & (f.STARTED | f.OPENED))
            return operand or is_iron and (at_end or not self._is_sigil(pairs[past][1]))
        if not follow or phrase.is_strong:
            return follow != "word" or not at_end and _is_word(pairs[past][1])
        if follow == "word":
            return not at_end and _is_word(pairs[past][1]) and pairs[past][1] not in NOT_AN_OPERAND
        return operand

    def _is_phrased(self) -> bool:
        machine = self.machine
        if machine.op & (f.STARTED | f.OPENED) or machine.stmt & f.PHRASED:
            return True
        return machine.frame.kind.is_head and bool(machine.frame.outer & f.PHRASED)

    def _begins_operand(self, pairs: list[Pair], index: int, count: int) -> bool:
        lexeme = pairs[index][1]
        entry = self.lexicon.get(lexeme)
        if entry is None:
            return lexeme[:2] not in ("//", "/*")
        return entry.begins_operand or self._is_spelled(entry, pairs, index, count)

    def _is_spelled(self, entry: Entry, pairs: list[Pair], index: int, count: int) -> bool:
        """Tell whether a spelled-out phrase begins here."""
        return any(
            phrase.role == "spelled"
            and index + len(phrase.words) <= count
            and all(pairs[index + k][1] == word for k, word in enumerate(phrase.words))
            for phrase in entry.phrases
        )

    def _is_iron_word(self, lexeme: str) -> bool:
        """Tell whether a lexeme is a word that Rust could not have behind a name."""
        entry = self.lexicon.get(lexeme)
        return entry is not None and not entry.is_sigil and not entry.is_keyword

    def _is_sigil(self, lexeme: str) -> bool:
        entry = self.lexicon.get(lexeme)
        return entry is not None and entry.is_sigil

    def _may_close(self, phrase: Phrase, pairs: list[Pair], past: int, count: int) -> bool:
        if past < count and self._is_sigil(pairs[past][1]):
            return False
        return self.machine.open_bracket() is not None

    def _may_end(self, phrase: Phrase, pairs: list[Pair], past: int, count: int) -> bool:
        return self.machine.open_block(phrase.opens) is not None

    def _may_go_otherwise(self, phrase: Phrase, pairs: list[Pair], past: int, count: int) -> bool:
        if past < count and self._is_sigil(pairs[past][1]):
            return False
        return self.machine.open_block("if") is not None

    def _may_begin(self, phrase: Phrase, pairs: list[Pair], past: int, count: int) -> bool:
        """A word that opens the block of some heads stands only behind one of them."""
        if not phrase.heads:
            return True
        frame = self.machine.frame
        while frame.parent is not None and (
            frame.kind.soft and not frame.multi or frame.kind.name == "where"
        ):
            frame = frame.parent
        return frame.kind.is_head and frame.kind.name in phrase.heads

    def _may_give(self, phrase: Phrase, pairs: list[Pair], past: int, count: int) -> bool:
        frame = self.machine.frame
        if not frame.closes & f.CLOSER_BITS["|"]:
            return False
        while frame.kind.soft and frame.parent is not None:
            if frame.kind.name == "pipe":
                return True
            frame = frame.parent
        return False


_AFTER_UNION: Final = ("{", "<", "where")
_NEVER_GLUE: Final = frozenset("()[]{},;")
_LAST_SIGILS: Final = re.compile(r"[^\w\s\"'()\[\]{},;]+\Z")
_GUARDS: Final = {
    "closer": Oxidizer._may_close,
    "end": Oxidizer._may_end,
    "otherwise": Oxidizer._may_go_otherwise,
    "giving": Oxidizer._may_give,
    "block": Oxidizer._may_begin,
}


def rule_gap(right: int, left: int) -> str:
    """Return the gap that two pieces get where nothing else is said."""
    return "" if right == 1 or left == 1 or (right == 2 and left == 2) else " "


def _is_word(lexeme: str) -> bool:
    return lexeme[0].isalpha() or lexeme[0] == "_"


@lru_cache(maxsize=4096)
def _sigils_glue(before: str, after: str) -> bool:
    sigils = _LAST_SIGILS.search(before)
    if sigils is None:
        return False
    last = lex_line(sigils[0], CODE)[1][-1][1]
    return lex_line(last + after, CODE)[1][0][1] != last


def glues(before: str, after: str) -> bool:
    """Tell whether two tokens written side by side would be read as others."""
    if not before or not after or before[-2:] == "*/":
        return False
    last, first = before[-1], after[0]
    if last in _NEVER_GLUE or first in _NEVER_GLUE:
        return False
    is_word = first.isalnum() or first == "_"
    if last.isalnum() or last == "_":
        return is_word
    if last in "\"'":
        return is_word and len(before) > 1
    if last == ">" and first in ">=":
        return False  # the end of a type's arguments: Rust's parser takes such tokens apart
    return not is_word and first not in "\"'" and _sigils_glue(before[-4:], after[:3])


def rust_lines(text: str, mode: Mode) -> list[Line]:
    """Lex every line of a text."""
    from redox.lexer import split_lines

    lines = []
    for part in split_lines(text):
        line = lex(part, mode)
        mode = line.mode
        lines.append(line)
    return lines


def starts_after(lines: list[Line], index: int, lexicon: Lexicon) -> int:
    """Tell what the next significant line after `index` starts with."""
    for line in lines[index + 1 :]:
        if line.is_code:
            return starts_of(lexicon, line.pairs) if line.code and not line.head else NEW_LINE
    return NEW_LINE
