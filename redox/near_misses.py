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
    "is": "equals",
    "is equal to": "equals",
    "equal to": "equals",
    "is not": "does not equal",
    "is not equal to": "does not equal",
    "is less than or equal to": "is at most",
    "is greater than or equal to": "is at least",
    "greater than": "is greater than",
    "less than": "is less than",
    "mod": "modulo",
    "divided": "divided by",
    "multiplied by": "times",
    "to": "up to",
    "else": "otherwise",
    "else if": "otherwise if",
    "elif": "otherwise if",
    "elseif": "otherwise if",
}
"""What people say instead of a phrase, and the phrase's key."""
_LONGEST: Final = 6
_LIKENESS: Final = 0.75
"""How much of two texts must be alike for one to be a misspelling of the other."""
_SHORTEST: Final = 4
"""The shortest text that is taken for a misspelling though it looked like a value."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Words of a line, from the index `first` to the one past them, and the phrase they meant."""

    first: int
    past: int
    phrase: Phrase


def near_miss(
    book: Phrasebook, words: Sequence[str], index: int, frame: Frame | None
) -> NearMiss | None:
    """Return which phrase was meant by a word that stands behind a value, if one can be told.

    `words` are the lexemes of its line. It may be that the word before, which was taken for the
    value, is the one that is wrong. `frame` is what is open there.
    """
    opener = _opener(book, words[index], frame)
    if opener is not None:
        return NearMiss(index, index + 1, opener)
    for first in (index, index - 1):
        if first >= 0 and (meant := _meant(book, words, first)) is not None:
            return meant
    if words[index] in KEYWORDS:
        return None
    line = tuple(words[max(index - 1, 0) : index + _LONGEST])
    found = _misspelled(book, line, min(index, 1))
    if found is None:
        return None
    first, count, phrase = found
    return NearMiss(index - first, index - first + count, phrase)


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


def _meant(book: Phrasebook, words: Sequence[str], first: int) -> NearMiss | None:
    for count in range(_LONGEST, 0, -1):
        said = words[first : first + count]
        if len(said) < count:
            continue
        key = _MEANT.get(" ".join(said))
        if count == 2 and said[0] == "end" and said[1] in KEYWORDS:
            key = f"end {HEAD_OF.get(said[1], 'block')}"
        if key is not None and key in book.by_key:
            return NearMiss(first, first + count, book.by_key[key])
    return None


@lru_cache(maxsize=8)
def _by_length(book: Phrasebook) -> dict[int, list[Phrase]]:
    """Return the phrases that may be misspelled, by how many words they have."""
    found: dict[int, list[Phrase]] = {}
    for phrase in book.phrases:
        if phrase.role != "spelled":
            found.setdefault(len(phrase.words), []).append(phrase)
    return found


@lru_cache(maxsize=4096)
def _misspelled(book: Phrasebook, line: tuple[str, ...], at: int) -> tuple[int, int, Phrase] | None:
    """Return the phrase whose spelling is most like words at `at` or one before.

    Returned is also how far before `at` they begin, and how many they are.
    """
    from difflib import SequenceMatcher  # slow to import, and rarely wanted

    best: tuple[int, int, Phrase] | None = None
    most = _LIKENESS
    for before in range(at + 1):
        for count, phrases in _by_length(book).items():
            said = " ".join(line[at - before : at - before + count])
            if before and len(said) < _SHORTEST:
                continue
            matcher = SequenceMatcher(b=said)  # which keeps what it counts of this text
            for phrase in phrases:
                if said == phrase.text or not before and not phrase.places & f.AFTER:
                    continue
                matcher.set_seq1(phrase.text)
                if matcher.real_quick_ratio() < most or matcher.quick_ratio() < most:
                    continue
                if (alike := matcher.ratio()) >= most:
                    best, most = (before, min(count, len(line) - at + before), phrase), alike
    return best
