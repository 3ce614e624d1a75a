"""What one process remembers of the lines that it has translated.

What a line becomes is decided by the line, the state at its start and a few facts about its
surroundings, and by nothing else. So one memory serves all texts of a phrasebook, and what is
remembered never changes what comes out: only how soon.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from redox.brackets import Notes
from redox.choices import KNOWN_WORDS
from redox.frames import Frame, new_root
from redox.lexer import CODE, Mode, Pair
from redox.lexicon import NEW_LINE, lexicon_of, starts_of
from redox.lines import Line, lex
from redox.phrasebook import Phrasebook
from redox.shapes import Filled, Said, Shape, Shapes

LONG: Final = 20_000
"""A line of more characters is not for reading, and no other will be like it."""
LONGEST_PART: Final = 100
"""A part of such a line that has more lexemes is not remembered either."""
_PART_ENDS: Final = (";", ",", "{", "}")
_COMMENT: Final = lex("//\n", CODE)
_most: Final = [300_000]
"""How many lexemes, shapes, lines and frames are remembered: 0.3 to 0.8 KB each."""


def remember_at_most(entries: int) -> None:
    """Let each phrasebook's memory begin again sooner or later than it does by itself."""
    _most[0] = entries


PartKey = tuple[Shape, Frame, int, int, int, bool, str, int]
"""A part's shape, the state at its start, how it is spaced from what it stands behind, that, and
how the line is written so far."""
Part = tuple[str, str, Frame, int, int, int, bool, int]
"""The Rust of a part but for its last piece, as `Shape.fill` takes it, that piece, and what the
next part stands behind."""


class Memory:
    """The shapes and frames of one phrasebook."""

    def __init__(self, book: Phrasebook) -> None:
        self.book = book
        self.lexicon = lexicon_of(book)
        self.root = new_root()
        self.rust: dict[tuple[Shape, Frame, int, int, int], Filled] = {}
        """The Rust of a line of Iron, by its shape, the state at its start and what follows."""
        self.iron: dict[tuple[Shape, Frame, int, int, int, int | None, Notes], Said] = {}
        """The Iron of a line of Rust, by these, what the line before counts on, and its notes."""
        self.parts: dict[PartKey, Part] = {}
        """The Rust of a part of a long line, by its shape and all that it stands behind."""
        self.iron_parts: dict[PartKey, Part] = {}
        """The Iron of a part of a long line of Rust, likewise."""
        self._part_ends = _part_ends(book)
        self._shapes = Shapes(frozenset({*self.lexicon, *book.words, *KNOWN_WORDS}))

    @property
    def population(self) -> int:
        """How many lexemes, shapes, lines and frames are remembered."""
        remembered = len(self.rust) + len(self.iron) + len(self.parts) + len(self.iron_parts)
        return len(self._shapes) + remembered + self.root.population[0]

    @property
    def is_full(self) -> bool:
        """Whether it is time to begin again."""
        return self.population > _most[0]

    def lex(self, text: str, mode: Mode) -> Line:
        """Lex one line and find its shape."""
        line = lex(text, mode)
        if line.is_code and len(text) < LONG:
            line.shape = self._shapes.of(line.pairs)
            line.is_plain = not line.head and mode == line.mode == CODE
        return line

    def shape_of(self, pairs: list[Pair]) -> Shape:
        """Return the shape of a part of a line."""
        return self._shapes.of(pairs)

    def part_ends(self, line: Line) -> list[int]:
        """Return the places behind which a long line may be read on its own.

        No phrase goes over them, and none looks beyond.
        """
        ends, pairs = self._part_ends, line.pairs
        found = [index for index, (_, lexeme) in enumerate(pairs) if lexeme in ends]
        return [
            index + 1
            for index in found
            if index < line.code
            and (not ends[pairs[index][1]] or pairs[index - 1][1] in ends[pairs[index][1]])
        ]

    def lines(self, texts: list[str]) -> Iterator[Line]:
        """Lex lines in order; what recurs outside literals and comments is lexed once.

        A line of comment alone says nothing to either direction, so all of them are `_COMMENT`.
        """
        known: dict[str, Line] = {}
        mode: Mode = CODE
        for text in texts:
            if mode != CODE:
                line = self.lex(text, mode)
            elif text in known:
                line = known[text]
            elif text.lstrip(" \t")[:2] == "//" and text[-1] != "\r":
                line = _COMMENT
            else:
                line = known[text] = self.lex(text, CODE)
            mode = line.mode
            yield line

    def walk(self, texts: list[str]) -> Iterator[tuple[Line, int]]:
        """Lex lines of Iron, each with what the next significant line starts with."""
        waiting: list[Line] = []
        for line in self.lines(texts):
            if line.is_code and waiting:
                starts = self.starts_of(line)
                for earlier in waiting:
                    yield earlier, starts
                waiting.clear()
            waiting.append(line)
        for earlier in waiting:
            yield earlier, NEW_LINE

    def starts_of(self, line: Line) -> int:
        """Tell what a significant line of Iron does to the one before it."""
        if not line.code or line.head:
            return NEW_LINE
        shape = line.shape
        if shape is None:
            return starts_of(self.lexicon, line.pairs)
        if shape.begins < 0:
            shape.begins = starts_of(self.lexicon, line.pairs)
        return shape.begins


def _part_ends(book: Phrasebook) -> dict[str, frozenset[str]]:
    """Return the lexemes that end a part of a long line, and what must stand before each.

    Nothing need stand before a sigil; what spells one out has two words.
    """
    ends: dict[str, set[str]] = {sigil: set() for sigil in _PART_ENDS}
    for sigil in _PART_ENDS:
        words = book.spelled[sigil].words
        if len(words) == 2:
            ends.setdefault(words[1], set()).add(words[0])
    return {last: frozenset(before) for last, before in ends.items()}


_memories: dict[Phrasebook, Memory] = {}
_BOOKS: Final = 8


def memory_of(book: Phrasebook) -> Memory:
    """Return what is remembered of a phrasebook; begin again where that has grown too large."""
    memory = _memories.get(book)
    if memory is None or memory.is_full:
        if len(_memories) >= _BOOKS:
            _memories.clear()
        memory = _memories[book] = Memory(book)
    return memory
