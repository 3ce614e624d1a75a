"""Semantic tokens of rust-analyzer's as what they say of the names in a document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from redox_lsp.bridge.twins import Twin
from redox_lsp.colours import Names
from redox_lsp.legend import MODIFIERS, TYPES

Paint = Callable[[int, int], tuple[int, int] | None]
"""Returns our type and modifiers for rust-analyzer's, or None for what is no name."""
Tokens = tuple[tuple[int, int, int, int], ...]
"""A line's tokens in Rust: column, length, type and modifiers."""
Painted = Mapping[tuple[str, str, Tokens], Mapping[int, tuple[int, int, int]]]
"""What lines came to, by their Iron, Rust and tokens: most stay as they are from key to key."""

PAINTED = "painted names"

_OURS: Final = {
    **{name: name for name in ("function", "method", "macro", "typeParameter", "enumMember")},
    **{name: name for name in ("variable", "parameter", "property", "namespace")},
    **{name: name for name in ("struct", "enum", "interface", "type")},
    "union": "struct",
    "typeAlias": "type",
    "builtinType": "type",
    "constParameter": "typeParameter",
    "const": "variable",
    "static": "variable",
    "procMacro": "macro",
    "derive": "macro",
}
_GIVEN: Final = {"const": ("readonly",), "static": ("static",)}
"""Modifiers that a type of rust-analyzer's says, which is none of ours."""


def painter(legend: Mapping[str, Any]) -> Paint:
    """Return what turns rust-analyzer's numbers into ours, by the legend that it told."""
    names, modifiers = legend["tokenTypes"], legend["tokenModifiers"]
    bits = [1 << MODIFIERS.index(one) if one in MODIFIERS else 0 for one in modifiers]

    def paint(kind: int, given: int) -> tuple[int, int] | None:
        ours = _OURS.get(names[kind])
        if ours is None:
            return None
        found = sum(bit for place, bit in enumerate(bits) if given & 1 << place)
        for one in _GIVEN.get(names[kind], ()):
            found |= 1 << MODIFIERS.index(one)
        return TYPES.index(ours), found

    return paint


def names_of(data: Sequence[int], here: Twin, paint: Paint, kept: Painted) -> tuple[Names, Painted]:
    """Return what tokens say of the names of a document, and what to keep for the next time.

    A token without an exact counterpart says nothing.
    """
    names: dict[int, Mapping[int, tuple[int, int, int]]] = {}
    painted: dict[tuple[str, str, Tokens], Mapping[int, tuple[int, int, int]]] = {}
    for line, tokens in _lines(data).items():
        if line >= len(here.rows):
            continue
        iron, rust, *_ = here.rows[line]
        key = (iron, rust, tokens)
        found = kept.get(key)
        if found is None:
            found = _paint_line(line, tokens, here, paint)
        painted[key] = names[line] = found
    return names, painted


def _paint_line(
    line: int, tokens: Tokens, here: Twin, paint: Paint
) -> dict[int, tuple[int, int, int]]:
    found = {}
    for column, length, kind, modifiers in tokens:
        ours = paint(kind, modifiers)
        place = None
        if ours is not None:
            place = here.range_from_rust((line, column), (line, column + length))
        if ours is not None and place is not None:
            (_, start), (_, end) = place
            found[start] = (end - start, *ours)
    return found


def _lines(data: Sequence[int]) -> dict[int, Tokens]:
    """Return tokens by their lines, with columns that count from the line's start."""
    found: dict[int, list[tuple[int, int, int, int]]] = {}
    line = column = 0
    for place in range(0, len(data), 5):
        down, right, length, kind, modifiers = data[place : place + 5]
        line += down
        column = right if down else column + right
        found.setdefault(line, []).append((column, length, kind, modifiers))
    return {number: tuple(tokens) for number, tokens in found.items()}
