"""What is alike in tasks: solutions with names, numbers and texts masked, and how near two are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from redox.keywords import KEYWORDS, PRIMITIVES
from redox.rustlex import Kind, lex
from redox_eval.records import digest

SHINGLE = 5
HASHES, BANDS = 64, 16
NEAR = 0.9
"""From which share of common shingles on two masked solutions count as near duplicates."""

_PRIME = (1 << 61) - 1
_DECLARED = re.compile(r"\b(?:struct|enum|trait|type|union)\s+(\w+)")


def mask(rust: str) -> tuple[str, ...]:
    """Return the tokens of Rust with numbers, texts, comments and names of its own masked.

    Kept are keywords, primitive types, names behind `.` and `::`, macros, and names in capitals
    that the text doesn't declare: they are the language's and the library's.
    """
    tokens = [each for each in lex(rust) if each.kind not in (Kind.SPACE, Kind.COMMENT)]
    words = [rust[each.start : each.end] for each in tokens]
    declared = set(_DECLARED.findall(rust))
    masked = []
    for at, token in enumerate(tokens):
        word = words[at]
        after = words[at - 1] if at else ""
        before = words[at + 1] if at + 1 < len(words) else ""
        if token.kind is Kind.NUMBER:
            word = "0"
        elif token.kind is Kind.LITERAL:
            word = '""'
        elif token.kind is Kind.LIFETIME:
            word = "'_"
        elif token.kind is Kind.WORD and _is_own(word, after, before, declared):
            word = "name"
        masked.append(word)
    return tuple(masked)


def _is_own(word: str, after: str, before: str, declared: set[str]) -> bool:
    if word in declared:
        return True
    if word in KEYWORDS or word in PRIMITIVES or before == "!" or word[0].isupper():
        return False
    return after not in (".", ":")


def template_of(rust: str) -> str:
    """Return a short hash of a masked solution: tasks with the same one are one cluster."""
    return digest(*mask(rust))[:16]


def shingles(masked: Sequence[str]) -> frozenset[str]:
    """Return every run of `SHINGLE` tokens; all of a shorter text are one."""
    last = max(1, len(masked) - SHINGLE + 1)
    return frozenset(" ".join(masked[at : at + SHINGLE]) for at in range(last))


def similarity(first: frozenset[str], second: frozenset[str]) -> float:
    """Return the share of shingles that two have in common (Jaccard)."""
    return len(first & second) / len(first | second) if first or second else 1.0


def near_keys(parts: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Yield the bands of a MinHash; near duplicates share at least one, almost surely.

    Of 64 hashes in 16 bands of 4, two texts with 0.9 in common miss each other in 1 of 10^7.
    """
    values = [_hash(part) for part in parts]
    signature = [min((a * value + b) % _PRIME for value in values) for a, b in _functions()]
    rows = HASHES // BANDS
    for band in range(BANDS):
        yield band, hash(tuple(signature[band * rows : (band + 1) * rows]))


@lru_cache(maxsize=1 << 16)
def _hash(part: str) -> int:
    return int(digest(part)[:15], 16)


@lru_cache(maxsize=1)
def _functions() -> tuple[tuple[int, int], ...]:
    return tuple(
        (int(digest("a", str(n))[:15], 16) | 1, int(digest("b", str(n))[:15], 16))
        for n in range(HASHES)
    )
