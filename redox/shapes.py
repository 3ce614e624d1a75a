"""Lines of one shape: the same but for what their names, numbers, strings and comments are.

Nothing that either direction does to a line depends on what a name is called, as long as no
phrase, keyword or choice knows it. So a line is translated once, and the next of its shape is
filled in. The shapes are found by looking each lexeme up, which is far cheaper than reading it.
"""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Final

from redox.frames import Frame
from redox.keywords import PRIMITIVES
from redox.lexer import Pair

if TYPE_CHECKING:
    from redox.brackets import Brackets

_VARIABLE: Final = re.compile(
    rf"""
      (?P<primitive>{"|".join(sorted(PRIMITIVES))})
    | (?P<name>(?!(?:[bc]?r|[bc])\Z)[^\W\d_]\w*|_\w+)   # `r`, `b` and `c` could begin a string
    | (?P<number>\d[\d_]*(?:\.\d[\d_]*)?(?:[eE]\d+)?(?:[iuf]\w*)?|0[box]\w+)
    | (?P<string>".*")
    | (?P<character>'.*')
    | (?P<comment>//.*)
    """,
    re.VERBOSE | re.DOTALL,
)
"""The lexemes that stand for others of their kind."""


class Shape:
    """What lines have in common."""

    __slots__ = ("begins", "brackets", "places")

    def __init__(self, places: tuple[int, ...]) -> None:
        self.places = places
        """Which of the lexemes vary."""
        self.begins = -1
        """What such a line of Iron does to the one before it, once that has been asked."""
        self.brackets: Brackets | None = None
        """What such a line of Rust does to brackets, once that has been asked."""

    def fill(self, pattern: str, pairs: list[Pair]) -> str:
        """Fill what varies in a line of this shape into a pattern."""
        places = self.places
        return pattern % tuple([pairs[place][1] for place in places]) if places else pattern

    def pattern_of(self, pieces: list[str], pairs: list[Pair]) -> str | None:
        """Make a pattern of what a line became, if what varies went into it as it was."""
        if not self.places:
            return "".join(pieces)
        names = [pairs[place][1] for place in self.places]
        known = set(names)
        if [piece for piece in pieces if piece in known] != names:
            return None  # a word that does not vary is called like one that does
        return "".join(["%s" if piece in known else piece.replace("%", "%%") for piece in pieces])


Filled = tuple[str, Frame, int, int]
"""What a line of a shape becomes, as `Shape.fill` takes it, and the state after it."""

Said = tuple[str, Frame, int, int, int]
"""The same of a line of Rust, and what it counts on the next significant line to do."""


class Shapes:
    """All shapes that have been met, by the lexemes of their lines."""

    def __init__(self, known_words: frozenset[str]) -> None:
        self._known = known_words
        """The words that stand for nothing but themselves."""
        self._parts: dict[Pair, int] = {}
        """The number of what each lexeme stands for; negative, if for others of its kind."""
        self._numbers: dict[Pair, int] = {}
        self._shapes: dict[tuple[int, ...], Shape] = {}
        self._next = count(1)

    def __len__(self) -> int:
        return len(self._shapes) + len(self._parts)

    def of(self, pairs: list[Pair]) -> Shape:
        """Return the shape of a line."""
        parts = self._parts
        try:
            key = tuple(map(parts.__getitem__, pairs))
        except KeyError:
            for pair in pairs:
                if pair not in parts:
                    parts[pair] = self._number(pair)
            key = tuple(map(parts.__getitem__, pairs))
        shape = self._shapes.get(key)
        if shape is None:
            places = tuple([place for place, part in enumerate(key) if part < 0])
            shape = self._shapes.setdefault(key, Shape(places))
        return shape

    def _number(self, pair: Pair) -> int:
        gap, lexeme = pair
        kind = self._kind(lexeme)
        number = next(self._next)
        return self._numbers.setdefault((gap, kind or lexeme), -number if kind else number)

    def _kind(self, lexeme: str) -> str:
        """Return what a lexeme stands for, or nothing if only for itself."""
        if lexeme in self._known:
            return ""
        match = _VARIABLE.fullmatch(lexeme)
        if match is None or len(lexeme) < 3 and lexeme[0] in "\"'":
            return ""
        kind = str(match.lastgroup)
        if kind == "name" and not (lexeme[0].isalpha() or lexeme[0] == "_"):
            return ""  # as U+2493 is: a numeral, but neither digit nor letter
        # A capital tells types from values; and no lexeme has a space in front.
        return f" {kind}{'!' if kind == 'name' and lexeme[0].isupper() else ''}"
