"""Which phrase was meant by words that are none where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from redox import frames as f
from redox.frames import Frame
from redox.keywords import KEYWORDS
from redox.lexicon import HEAD_OF, lexicon_of, opener_of
from redox.phrasebook import Phrase, Phrasebook

_MEANT: Final = {
    said: key
    for key, all_said in {
        "equals": ("is", "is equal to", "equal to", "equals to", "is the same as"),
        "does not equal": ("is not", "is not equal to", "not equal to", "is different from"),
        "is at most": ("at most", "is less than or equal to"),
        "is at least": ("at least", "is greater than or equal to"),
        "is greater than": (
            *("greater than", "more than", "larger than", "bigger than"),
            *("is more than", "is larger than", "is bigger than"),
        ),
        "is less than": ("less than", "smaller than", "is smaller than"),
        "modulo": ("mod",),
        "divided by": ("divided",),
        "times": ("multiplied by",),
        "increases by": ("increment by",),
        "decreases by": ("decrement by",),
        "of type": ("as",),
        "set to": ("be",),
        "up to": ("to",),
        "at index": ("at",),
        "otherwise": ("else",),
        "otherwise if": ("else if", "elif", "elseif", "elsif"),
        "function": ("def", "func", "fun"),
        "let": ("var",),
        "for": ("for each", "foreach"),
    }.items()
    for said in all_said
}
"""What people say instead of a phrase or keyword, and its key."""
_LONGEST: Final = 6
"""How many words a phrase, or what is said instead of one, has at most."""
REACH: Final = _LONGEST + 1
"""How many words before and behind one may tell what was meant by it."""
_LIKENESS: Final = 0.75
"""How much of two texts must be alike for one to be a misspelling of the other."""
_SHORTEST: Final = 4
"""The shortest text that is taken for a misspelling though it looked like a value."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Words of a line, from the index `first` to the one past them, and what they meant."""

    first: int
    past: int
    text: str


@dataclass(frozen=True, slots=True)
class _Spelling:
    """How a phrase, or a keyword that Iron keeps, is spelled, and whether it may follow a value."""

    words: tuple[str, ...]
    follows: bool


def near_miss(
    book: Phrasebook, words: Sequence[str], index: int, frame: Frame | None
) -> NearMiss | None:
    """Return which phrase was meant by a word that stands behind a value, if one can be told.

    `words` are the lexemes of its line, of which `REACH` before and behind it suffice. It may be
    that the word before, which was taken for the value, is the one that is wrong. `frame` is what
    is open there.
    """
    opener = _opener(book, words[index], frame)
    if opener is not None:
        return NearMiss(index, index + 1, opener.text)
    meant = _meant(book, words, index)
    if words[index] in KEYWORDS:
        return meant
    at = min(index, _LONGEST - 1)
    found = _misspelled(book, tuple(words[index - at : index + _LONGEST]), at)
    if found is None:
        return meant
    before, spelling = found
    past = index - before + len(spelling)
    # `is` alone says something else than `is greather than`.
    if meant is not None and meant.past - meant.first >= len(spelling):
        return meant
    return NearMiss(index - before, past, " ".join(spelling))


def _opener(book: Phrasebook, word: str, frame: Frame | None) -> Phrase | None:
    """Return the phrase that opens the block of the head at hand, if a word opens another's."""
    lexicon = lexicon_of(book)
    entry = lexicon.get(word)
    if entry is None or not entry.opens_blocks:
        return None
    while frame is not None and frame.kind.soft:
        frame = frame.parent
    if frame is None or not frame.kind.is_head:
        return None
    return opener_of(lexicon, frame.kind.name)


def _meant(book: Phrasebook, words: Sequence[str], index: int) -> NearMiss | None:
    """Return what the most words around that at `index`, or up to the one before, stand for."""
    best: NearMiss | None = None
    most = 0
    for first in range(max(index - _LONGEST, 0), index + 1):
        for count in range(_LONGEST, max(index - first - 1, most), -1):
            said = tuple(words[first : first + count])
            if len(said) == count and (text := _instead(book, said)):
                best, most = NearMiss(first, first + count, text), count
                break
    return best


def _instead(book: Phrasebook, said: tuple[str, ...]) -> str:
    """Return what is meant by a whole saying, or nothing."""
    key = _MEANT.get(" ".join(said), "")
    if len(said) == 2 and said[0] == "end" and said[1] in KEYWORDS:
        key = f"end {HEAD_OF.get(said[1], 'block')}"
    elif said[0] == book.by_key["calling"].text and said[1:] in _infixes(book):
        return " ".join(said[1:])  # an operator is no method
    if key in book.by_key:
        return book.by_key[key].text
    return key if key in KEYWORDS else ""


@lru_cache(maxsize=8)
def _infixes(book: Phrasebook) -> frozenset[tuple[str, ...]]:
    return frozenset(phrase.words for phrase in book.phrases if phrase.role == "infix")


@lru_cache(maxsize=8)
def _spellings(book: Phrasebook) -> dict[int, list[_Spelling]]:
    """Return what may be misspelled, by how many words it has."""
    found: dict[int, list[_Spelling]] = {}
    for phrase in book.phrases:
        if phrase.role != "spelled":
            spelling = _Spelling(phrase.words, bool(phrase.places & f.AFTER))
            found.setdefault(len(phrase.words), []).append(spelling)
    said_otherwise = {phrase.rust for phrase in book.phrases}
    kept = [_Spelling((word,), follows=False) for word in KEYWORDS if word not in said_otherwise]
    found[1] = found.get(1, []) + kept
    return found


@lru_cache(maxsize=4096)
def _misspelled(
    book: Phrasebook, line: tuple[str, ...], at: int
) -> tuple[int, tuple[str, ...]] | None:
    """Return the spelling that words around that at `at`, or up to the one before, are most like.

    Returned is also how far before `at` they begin. Words are alike as the least alike of them are.
    """
    best: tuple[int, tuple[str, ...]] | None = None
    most = _LIKENESS
    for before in range(at + 1):
        for count, spellings in _spellings(book).items():
            said = line[at - before : at - before + count]
            is_short = before and len(" ".join(said)) < _SHORTEST
            if len(said) < count or count < before or is_short:
                continue
            if any(one.words == said for one in spellings):
                continue
            alike = [_alike(book, word) for word in said]
            if not all(alike):
                continue
            for spelling in spellings:
                if not before and not spelling.follows:
                    continue
                pairs = zip(alike, spelling.words, strict=True)
                found = min(known.get(word, 0.0) for known, word in pairs)
                if found >= most:
                    best, most = (before, spelling.words), found
    return best


@lru_cache(maxsize=4096)
def _alike(book: Phrasebook, word: str) -> dict[str, float]:
    """Return which words of what may be misspelled a word is like, and how much."""
    from difflib import SequenceMatcher  # slow to import, and rarely wanted

    matcher = SequenceMatcher(b=word)  # which keeps what it counts of this word
    found: dict[str, float] = {}
    for known in _known_words(book):
        matcher.set_seq1(known)
        if matcher.real_quick_ratio() < _LIKENESS or matcher.quick_ratio() < _LIKENESS:
            continue
        if (alike := matcher.ratio()) >= _LIKENESS:
            found[known] = alike
    return found


@lru_cache(maxsize=8)
def _known_words(book: Phrasebook) -> frozenset[str]:
    every = _spellings(book).values()
    return frozenset(word for many in every for one in many for word in one.words)
