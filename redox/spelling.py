"""The fallback of `reduce`: a line said so that it means itself whatever stands around it.

Each sigil is spelled out, each name that is a word of the phrasebook escaped. No state is asked
for, so it is also how lines are said that are too long to be read.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from redox.keywords import KEYWORDS
from redox.lexer import Pair, is_lifetime, is_literal_word
from redox.phrasebook import SPACED, TIGHT, Phrasebook
from redox.spacing import SOFT_SIGILS, rule_gap


class Spelling(NamedTuple):
    """How one token is spelled, and how that is spaced."""

    words: str
    left: int
    right: int
    begins_same: bool
    """Whether the Iron begins as the Rust does, so that a gap before it may be itself."""
    ends_same: bool
    """Whether the Iron ends as the Rust does, so that a gap behind it may be itself."""


_AS_IT_IS: Final = (SPACED, SPACED, True, True)


class Speller:
    """Spells lines of one phrasebook; remembers the tokens that it has met."""

    def __init__(self, book: Phrasebook) -> None:
        self.book = book
        self.known: dict[str, Spelling] = {}

    def line(self, pairs: list[Pair], head: str) -> str:
        """Spell the tokens of a line that `head` begins."""
        return self._spelled(pairs, *((SPACED, True, head) if head else (TIGHT, True, "")))

    def behind(self, before: str, pairs: list[Pair]) -> str:
        """Spell the tokens of a line that stand behind `before`, a sigil that was spelled out."""
        return self._spelled(pairs, self.book.spelled[before].right, False, before)

    def _spelled(self, pairs: list[Pair], right: int, same: bool, before: str) -> str:
        out: list[str] = []
        known = self.known
        for index, (gap, token) in enumerate(pairs):
            spelling = known.get(token)
            if spelling is None:
                spelling = self._spell(token)
            if (
                token[0] == "'"  # told first: few do, and lines may be very long
                and is_lifetime(token)
                and not token[1].isdigit()
                and _touches_quote(pairs, index + 1)
            ):
                spelling = self._spell_lifetime(token, self._escaped(token[1:]))
            words, left, token_right, begins_same, ends_same = spelling
            if not before or (begins_same and same) or token[:2] in ("//", "/*"):
                out.append(gap)
            else:
                ruled = rule_gap(before, right, left, token)
                out.append(" " if gap == ruled else gap + "  ")
            out.append(words)
            right, same, before = token_right, ends_same, token
        return "".join(out)

    def _spell(self, token: str) -> Spelling:
        first = token[0]
        if first.isdigit() or first in "\"'" and len(token) > 1 and not is_lifetime(token):
            return Spelling(token, *_AS_IT_IS)
        if token[:2] in ("//", "/*"):
            return Spelling(token, *_AS_IT_IS)
        spelling = self._spell_known(token)
        self.known[token] = spelling
        return spelling

    def _spell_known(self, token: str) -> Spelling:
        book, first = self.book, token[0]
        if is_lifetime(token):
            return self._spell_lifetime(token, self._spell_known(token[1:]))
        if first.isalpha() or first == "_":
            if is_literal_word(token) or token not in book.words and token not in _ACTIVE:
                return Spelling(token, *_AS_IT_IS)
            return self._escaped(token)
        phrase = book.spelled.get(token)
        if phrase is None:  # a character that Rust has no use for
            return Spelling(token, *SOFT_SIGILS.get(token, (SPACED, SPACED)), True, True)
        return Spelling(phrase.text, phrase.left, phrase.right, False, False)

    def _spell_lifetime(self, token: str, name: Spelling) -> Spelling:
        quote = self.book.spelled["'"]
        return Spelling(f"{quote.text} {name.words}", quote.left, SPACED, False, name.ends_same)

    def _escaped(self, word: str) -> Spelling:
        escape = self.book.by_key["the word" if word in KEYWORDS else "literally"]
        return Spelling(f"{escape.text} {word}", SPACED, SPACED, False, False)


def _touches_quote(pairs: list[Pair], index: int) -> bool:
    """Tell whether a literal or `#` follows without a gap: a name before it would be its prefix."""
    return index < len(pairs) and not pairs[index][0] and pairs[index][1][0] in "\"'#"


_PASSIVE: Final = frozenset("self Self super crate true false let mut const static return".split())
_ACTIVE: Final = frozenset(KEYWORDS) - _PASSIVE
"""The keywords that open or close something where they are not said to be plain words."""
