"""A snapshot of a text of Iron, read as Rust: what every feature looks at.

Features want to know which tokens of Rust a text holds and which words say them. So the line is
the unit: a line's tokens are found when they are first asked for, and the lines that an edit left
alone hand theirs on to the next reading. Columns of tokens count from the start of their line, so
that they stay true wherever the line goes. Offsets are in code points.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, lru_cache
from itertools import compress
from operator import ne
from typing import Final, NamedTuple

from redox import Diagnostic, Document, Map, Phrase, Phrasebook, Span, load_phrasebook
from redox.document import DocumentLine
from redox.frames import FILLED, Frame
from redox.keywords import KEYWORDS
from redox.lexer import CODE, Mode, is_lifetime, is_literal_word, lex_line, split_end
from redox.map import line_spans


class Kind(Enum):
    """What a token of Rust is."""

    NAME = "name"
    KEYWORD = "keyword"
    SIGIL = "sigil"
    LITERAL = "literal"
    LIFETIME = "lifetime"
    COMMENT = "comment"
    SILENT = "silent"
    """Words of Iron that write no Rust, as `case`."""


class Token(NamedTuple):
    """A token of Rust and the columns of what says it; an implied one has an empty range.

    The tokens that one phrase says share its columns.
    """

    text: str
    """The Rust."""
    start: int
    end: int
    kind: Kind
    phrase: Phrase | None = None
    """The phrase that says it, if it is not Rust as it stands."""
    name_start: int = -1
    """Where the name begins in what may hold an escape word or a quote before it."""

    @property
    def is_implied(self) -> bool:
        """Whether no word says it."""
        return self.start == self.end

    @property
    def name_column(self) -> int:
        """Return the column of the name itself, without an escape word or quote before it."""
        return self.start if self.name_start < 0 else self.name_start


class LineFacts:
    """What is known of one line, found once and handed on while the line stays as it is."""

    __slots__ = ("notes", "tokens")

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self.tokens = tokens
        self.notes: dict[str, object] = {}
        """What a feature keeps for the line, by the feature's name."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was found in an earlier reading, and how much of its text stands as it was."""

    note: object
    head: int
    """How many lines at the start are those of then."""
    tail: int
    """How many lines at the end are those of then."""


RUNS: Final = "runs"
OUTLINE: Final = "outline"
BLOCKS: Final = "blocks of lines"
KEPT: Final = (RUNS, OUTLINE, BLOCKS)
"""The notes that later readings can use."""


@dataclass(frozen=True)
class Reading:
    """A text of Iron at one version, with what was found in it; never changed once made."""

    version: int
    book: Phrasebook
    rows: list[DocumentLine] = field(repr=False)
    starts: list[int] = field(repr=False)
    """The offset of each line's start, and the end of the text."""
    diagnostics: tuple[Diagnostic, ...] = field(repr=False)
    facts: list[LineFacts | None] = field(repr=False)
    notes: dict[str, object] = field(repr=False, default_factory=dict)
    """What was found in the whole text, by who found it."""
    kept: dict[str, Kept] = field(repr=False, default_factory=dict)
    """The notes of readings before that help to make those of this one."""

    # ---- making one ----

    @staticmethod
    def of(
        document: Document,
        version: int = 0,
        before: Reading | None = None,
        book: Phrasebook | None = None,
    ) -> Reading:
        """Read a document as it stands; `before` is an earlier reading of it, if there is one.

        `book` is the phrasebook that the document was made with.
        """
        rows, starts = document.lines(), document.iron_starts
        found = document.diagnostics
        facts: list[LineFacts | None] = [None] * len(rows)
        book = book or load_phrasebook()
        if before is None or before.book is not book:
            return Reading(version, book, rows, starts, found, facts)
        head, tail = _common(before.rows, rows)
        facts[:head] = before.facts[:head]
        if tail:
            facts[-tail:] = before.facts[-tail:]
        kept = {
            key: Kept(one.note, min(one.head, head), min(one.tail, tail))
            for key, one in before.kept.items()
        }
        for key in KEPT:
            if key in before.notes:
                kept[key] = Kept(before.notes[key], head, tail)
        return Reading(version, book, rows, starts, found, facts, kept=kept)

    @staticmethod
    def of_text(text: str, version: int = 0, book: Phrasebook | None = None) -> Reading:
        """Read a text that is under no edit."""
        return Reading.of(Document(text, book), version, book=book)

    # ---- the whole ----

    @cached_property
    def text(self) -> str:
        """The Iron."""
        return "".join([row[0] for row in self.rows])

    @cached_property
    def rust(self) -> str:
        """The Rust."""
        return "".join([row[1] for row in self.rows])

    @cached_property
    def map(self) -> Map:
        """The map between the Iron and its Rust."""
        return Map(self.text, self.rust, self.book, self._states)

    def _states(self) -> list[tuple[tuple[Frame, int, int], Mode, int]]:
        return [
            (row[2], row[3], row[4])
            for row in self.rows
            if row[2] is not None and row[3] is not None
        ]

    # ---- lines ----

    @property
    def line_count(self) -> int:
        """The number of lines; a last line without characters does not count."""
        return len(self.rows)

    def line_of(self, offset: int) -> int:
        """Return the line that holds an offset; one behind the text is in the last line."""
        number = bisect_right(self.starts, max(0, offset)) - 1
        last = len(self.rows) - 1
        if number > last and last >= 0 and not self.rows[last][0].endswith(("\n", "\r")):
            return last
        return max(0, min(number, len(self.rows)))

    def start_of(self, line: int) -> int:
        """Return where a line starts."""
        return self.starts[max(0, min(line, len(self.rows)))]

    def body_of(self, line: int) -> str:
        """Return a line of the Iron without its end; nothing behind the last line."""
        return split_end(self.rows[line][0])[0] if 0 <= line < len(self.rows) else ""

    def rust_of(self, first: int, past: int) -> str:
        """Return the Rust of some lines."""
        return "".join([row[1] for row in self.rows[first:past]])

    def span(self, line: int, start: int, end: int) -> Span:
        """Return columns of a line as offsets."""
        base = self.starts[line]
        return Span(base + start, base + end)

    def span_of_lines(self, first: int, past: int) -> Span:
        """Return the span of some lines without their indentation and the last one's end."""
        past = max(first + 1, past)
        body = self.body_of(first)
        start = self.start_of(first) + len(body) - len(body.lstrip())
        end = self.start_of(past - 1) + len(self.body_of(past - 1).rstrip())
        return Span(min(start, end), end)

    # ---- tokens ----

    def tokens(self, line: int) -> tuple[Token, ...]:
        """Return the tokens of a line, in order; those that say no Rust are among them."""
        return self.facts_of(line).tokens

    def facts_of(self, line: int) -> LineFacts:
        """Return what is known of a line."""
        known = self.facts[line] if line < len(self.facts) else LineFacts(())
        if known is None:
            known = self.facts[line] = LineFacts(tuple(_tokens(self.rows[line], self.book)))
        return known

    def token_at(self, offset: int) -> tuple[int, int] | None:
        """Return the line and index of the token that an offset stands in or directly behind."""
        line = self.line_of(offset)
        column = offset - self.start_of(line)
        behind = None
        for index, token in enumerate(self.tokens(line)):
            if token.is_implied:
                continue
            if token.start <= column < token.end:
                return line, index
            if token.end == column:
                behind = line, index
            elif token.start > column:
                break
        return behind

    # ---- statements ----

    def depth_of(self, line: int) -> int:
        """Return how many frames are open at a line's start."""
        state = self.rows[line][2] if line < len(self.rows) else None
        return state[0].depth if state is not None else 0

    def begins_statement(self, line: int) -> bool:
        """Tell whether a statement or element can begin at a line's start."""
        if line >= len(self.rows):
            return True
        _, _, state, mode, _ = self.rows[line]
        if state is None:
            return True
        frame, _, stmt = state
        return mode == CODE and not stmt & FILLED and not frame.kind.is_head

    def is_blank(self, line: int) -> bool:
        """Tell whether a line holds no code."""
        return all(token.kind == Kind.COMMENT for token in self.tokens(line))

    def statement_at(self, line: int) -> range:
        """Return the lines of the statement, element or item that a line belongs to.

        On a line that opens a block, or closes one, that is the whole block.
        """
        count = len(self.rows)
        if line >= count:
            return range(count, count)
        first = self._statement_start(line)
        depth = self.depth_of(first)
        past = first + 1
        while past < count and not (
            self.depth_of(past) <= depth
            and (self.begins_statement(past) or self._closes_first(past))
        ):
            past += 1
        return range(first, self._without_blanks(max(past, line + 1), first))

    def _statement_start(self, line: int) -> int:
        depth = self.depth_of(line)
        if line + 1 < len(self.rows):
            depth = min(depth, self.depth_of(line + 1))
        if self._closes_first(line) and depth == self.depth_of(line):
            depth -= 1
        first = line
        while first > 0 and not (self.depth_of(first) <= depth and self.begins_statement(first)):
            first -= 1
        return first

    def _closes_first(self, line: int) -> bool:
        """Tell whether the first word of a line closes something."""
        visible = next((one for one in self.tokens(line) if not one.is_implied), None)
        return visible is not None and visible.text in (")", "]", "}")

    def _without_blanks(self, past: int, first: int) -> int:
        while past - 1 > first and self.is_blank(past - 1):
            past -= 1
        return past

    def lines_with_tokens(self, first: int, past: int) -> Iterator[tuple[int, Token]]:
        """Yield the tokens of some lines, each with its line."""
        for line in range(first, past):
            for token in self.tokens(line):
                yield line, token


def _common(old: list[DocumentLine], new: list[DocumentLine]) -> tuple[int, int]:
    """Count the lines that two texts share at the start and at the end.

    Each line is counted once, but for those of equal texts, which share all of both.
    """
    most = min(len(old), len(new))
    head = _alike(old, new, most)
    if head == len(old) == len(new):
        return head, head
    return head, _alike(reversed(old), reversed(new), most - head)


def _alike(old: Iterable[DocumentLine], new: Iterable[DocumentLine], most: int) -> int:
    """Count the lines, `most` at most, before one that differs; most are the same objects still."""
    return next(compress(range(most), map(ne, old, new)), most)


# ---- tokens of a line ----

_NOTHING: Final[tuple[Token, ...]] = ()


def _tokens(row: DocumentLine, book: Phrasebook) -> Iterator[Token]:
    iron, rust, state, mode, starts = row
    if state is None or mode is None:
        yield from _prelude(iron)
        return
    is_head = mode != CODE
    for span in line_spans(iron, state, mode, starts, book):
        start, end = span.iron_start, span.iron_end
        words = iron[start:end]
        if is_head and words:
            is_head = False
            is_comment = mode[0] in ("*", "//")
            if span.is_token and span.is_same and start == 0:
                yield Token(words, start, end, Kind.COMMENT if is_comment else Kind.LITERAL)
                continue
        if not span.is_token:
            if words and not words.isspace():
                yield from _silent(words, start, book)
        elif span.is_same:
            yield Token(words, start, end, kind_of(words))
        else:
            yield from _said(rust[span.rust_start : span.rust_end], words, start, end, book)


def _prelude(iron: str) -> Iterator[Token]:
    body = split_end(iron)[0]
    if body.strip():
        yield Token(body, 0, len(body), Kind.COMMENT)


def _silent(words: str, start: int, book: Phrasebook) -> Iterator[Token]:
    """Find the phrases that write nothing in what stands between two tokens."""
    places: list[tuple[str, int, int]] = []
    for gap, lexeme in lex_line(split_end(words)[0], CODE)[1]:
        start += len(gap)
        places.append((lexeme, start, start + len(lexeme)))
        start += len(lexeme)
    while places:
        for phrase in book.by_word.get(places[0][0], ()):
            count = len(phrase.words)
            if not phrase.rust and tuple(p[0] for p in places[:count]) == phrase.words:
                yield Token("", places[0][1], places[count - 1][2], Kind.SILENT, phrase)
                del places[:count]
                break
        else:
            yield Token("", places[0][1], places[0][2], Kind.SILENT)
            del places[0]


def _said(rust: str, words: str, start: int, end: int, book: Phrasebook) -> Iterator[Token]:
    """Make the tokens that a phrase, an escaped name or nothing says."""
    parts = tuple(words.split())
    phrase = book.by_text.get(" ".join(parts))
    name_start = -1
    if phrase is None and len(parts) > 1:
        phrase = book.by_text.get(" ".join(parts[:-1]))
        name_start = end - len(parts[-1])
    for text, kind in _rust_tokens(rust):
        yield Token(text, start, end, kind, phrase, name_start)


@lru_cache(maxsize=2048)
def _rust_tokens(rust: str) -> tuple[tuple[str, Kind], ...]:
    """Take what a phrase or an implied piece writes apart."""
    return tuple((lexeme, kind_of(lexeme)) for _, lexeme in lex_line(rust, CODE)[1])


@lru_cache(maxsize=8192)
def kind_of(lexeme: str) -> Kind:
    """Return what a lexeme of Rust is."""
    first = lexeme[0]
    if lexeme in KEYWORDS:
        return Kind.KEYWORD
    if first.isalpha() or first == "_":
        return Kind.LITERAL if is_literal_word(lexeme) else Kind.NAME
    if first.isdigit():
        return Kind.LITERAL
    if lexeme.startswith(("//", "/*")):
        return Kind.COMMENT
    if is_lifetime(lexeme):
        return Kind.LIFETIME
    return Kind.LITERAL if first in "\"'" and len(lexeme) > 1 else Kind.SIGIL
