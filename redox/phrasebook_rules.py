"""What a phrasebook must keep so that Iron can be read back and Rust stays Rust."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from redox import frames as f
from redox.keywords import KEYWORDS
from redox.lexicon import SIGILS
from redox.phrasebook import Phrase, Phrasebook, PhrasebookError, load_phrasebook

_GUARDED: Final = frozenset(("end", "otherwise", "closer", "giving"))
"""Roles that count only where a phrase opened the frame that they close."""
_WANTS: Final = f.STARTED | f.OPENED | f.NAME | f.CALLABLE_NAME | f.LIFETIME_NAME | f.EITHER


def check_phrasebook(book: Phrasebook) -> None:
    """Raise `PhrasebookError` that names every row which breaks a rule."""
    broken = [*_missing(book), *_ambiguous(book), *_extended(book), *_is_rust(book)]
    if broken:
        raise PhrasebookError(f"phrasebook {book.name!r}:\n  " + "\n  ".join(broken))


def _missing(book: Phrasebook) -> list[str]:
    """Find tokens without a spelled-out phrase and keys that `reduce` needs."""
    tokens = [token for token in (*SIGILS, "'") if token not in book.spelled]
    keys = [phrase.key for phrase in load_phrasebook().phrases if phrase.key not in book.by_key]
    return [f"no spelled-out phrase for {token!r}" for token in tokens] + [
        f"no phrase with the key {key!r}" for key in keys
    ]


def _ambiguous(book: Phrasebook) -> list[str]:
    """Find phrases of one spelling that one place accepts."""
    seen: dict[str, list[Phrase]] = {}
    for phrase in book.phrases:
        seen.setdefault(phrase.text, []).append(phrase)
    return [
        f"{text!r} stands for {one.rust!r} and for {other.rust!r} in one place"
        for text, phrases in seen.items()
        for one, other in pairwise(phrases)
        if one.places & other.places
    ]


def _extended(book: Phrasebook) -> list[str]:
    """Find phrases that a shorter phrase and a name behind it spell, and that do not say so."""
    broken = []
    for phrase in book.phrases:
        for count in range(len(phrase.words) - 1, 0, -1):
            shorter = book.by_text.get(" ".join(phrase.words[:count]))
            if shorter is None or not shorter.places & phrase.places:
                continue
            if phrase.words[count] in KEYWORDS or not shorter.next & _WANTS:
                break
            if phrase.extends != shorter.text:
                broken.append(
                    f"{phrase.text!r} is {shorter.text!r} and a name {phrase.words[count]!r}:"
                    f" say extends = {shorter.text!r} if that is meant"
                )
            break
    return broken


def _is_rust(book: Phrasebook) -> list[str]:
    """Find phrases that Rust itself could hold where they may stand.

    Rust never has two words side by side that are both no keywords, and nothing but a keyword
    behind an operand. So a phrase wants such a pair, or an operand before it, or what follows it
    must show that it is none of Rust's.
    """
    broken = []
    for phrase in book.phrases:
        if phrase.role in _GUARDED or not phrase.places & f.WANTED:
            continue
        if phrase.text in KEYWORDS and not phrase.heads:
            broken.append(f"{phrase.text!r} is a word of Rust")
        elif not phrase.is_strong and not phrase.follow:
            broken.append(f"{phrase.text!r} could be Rust, and nothing need follow it")
    return broken
