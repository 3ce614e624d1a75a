"""How pieces of Rust are spaced where a phrase stands beside the gap.

A single space in Iron is the gap that two pieces get by rule; any other gap of Rust is written as
itself and two spaces more.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from redox.lexer import CODE, lex_line
from redox.phrasebook import BRACE, SPACED, TIGHT

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
"""How sigils of Rust space, left and right, beside a phrase."""
_NEVER_GLUE: Final = frozenset("()[]{},;")
_LAST_SIGILS: Final = re.compile(r"[^\w\s\"'()\[\]{},;]+\Z")


@lru_cache(maxsize=4096)
def _sigils_glue(before: str, after: str) -> bool:
    sigils = _LAST_SIGILS.search(before)
    if sigils is None:
        return False
    last = lex_line(sigils[0], CODE)[1][-1][1]
    return lex_line(last + after, CODE)[1][0][1] != last


def glues(before: str, after: str) -> bool:
    """Tell whether two tokens written side by side would be read as others."""
    if not before or not after:
        return False
    last, first = before[-1], after[0]
    if last in _NEVER_GLUE or first in _NEVER_GLUE:
        return False
    is_word = first.isalnum() or first == "_"
    if last.isalnum() or last == "_":
        return is_word
    if last == "/" and before[-2:] == "*/":
        return False
    if last in "\"'":
        return is_word and len(before) > 1
    if last == ">" and first in ">=" or last == after == "<":
        return False  # angles of types: Rust's parser takes such tokens apart
    return not is_word and first not in "\"'" and _sigils_glue(before[-4:], after[:3])


def rule_gap(before: str, right: int, left: int, after: str) -> str:
    """Return the gap that two pieces of Rust get where nothing else is said.

    `right` and `left` are how the first spaces to its right and the second to its left. Pieces
    that would be read as others without a gap get one.
    """
    if not right and not left:
        return " "
    if right == 1 or left == 1 or (right == 2 and left == 2):
        return " " if glues(before, after) else ""
    return " "
