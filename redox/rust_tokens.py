"""The tokens of a Rust text as `reduce` wants them: brackets matched, angles told from less-than.

Whether `<` opens a type's arguments cannot be known without parsing; it is guessed from the
spacing and from what stands inside. A wrong guess costs a stiff phrase, never a wrong one.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Final

from redox.keywords import KEYWORDS
from redox.lines import Line

_ENDS_TYPES: Final = frozenset(
    "; && || == != <= => += -= *= /= %= ^= &= |= <<= << . .. ..= @ # let if else match while"
    " loop return break continue in struct enum trait type where move use pub mod static".split()
)
_BEFORE_GENERICS: Final = frozenset(("impl", "for", "use", "fn", "dyn", "::"))
_BEFORE_QUALIFIED: Final = frozenset(
    "( [ { , ; = => -> & && * < : | ! return in as + - mut dyn impl where == != .. ..= :: >".split()
)
_BEFORE_CONST: Final = frozenset(("<", ",", "="))
_CLOSERS: Final = {")": "(", "]": "[", "}": "{"}
_INTERESTING: Final = frozenset("( ) [ ] { } < > >> >= >>= ,".split()) | _ENDS_TYPES
_SPLIT: Final = {">>": 2, ">=": 1, ">>=": 2}


@dataclass(slots=True)
class RustTokens:
    """The tokens of a text in order, comments too, and what is known of its brackets."""

    text: list[str]
    gap: list[str]
    starts: list[int]
    """The index of each line's first token, and at last the number of tokens."""
    partner: array[int]
    """The index of a bracket's partner, else -1; angles have one only if they are brackets."""
    has_comma: bytearray
    """Whether a bracket holds a comma of its own."""


def rust_tokens(lines: list[Line]) -> RustTokens:
    """Flatten lexed lines and match their brackets."""
    text: list[str] = []
    gap: list[str] = []
    starts = [0]
    for line in lines:
        for before, lexeme in line.pairs:
            gap.append(before)
            text.append(lexeme)
        starts.append(len(text))
    pairs, commas, splits = _match(text, gap)
    if splits:
        text, gap, starts, moved = _split(text, gap, starts, splits)
    else:
        moved = None
    partner = array("q", [-1]) * len(text)
    has_comma = bytearray(len(text))
    for (one, part), (two, part2) in pairs:
        a = (moved[one] if moved else one) + part
        b = (moved[two] if moved else two) + part2
        partner[a], partner[b] = b, a
    for index in commas:
        has_comma[moved[index] if moved else index] = 1
    return RustTokens(text, gap, starts, partner, has_comma)


Place = tuple[int, int]
"""A token and the part of it: `>>` can be two brackets."""


class _Open:
    __slots__ = ("comma", "index", "is_angle", "text")

    def __init__(self, text: str, index: int, is_angle: bool) -> None:
        self.text = text
        self.index = index
        self.is_angle = is_angle
        self.comma = False


def _match(
    text: list[str], gap: list[str]
) -> tuple[list[tuple[Place, Place]], list[int], dict[int, int]]:
    """Match brackets in one pass; return the pairs, those with commas, and the tokens to split."""
    stack: list[_Open] = []
    pairs: list[tuple[Place, Place]] = []
    commas: list[int] = []
    splits: dict[int, int] = {}

    def give_up_angles() -> None:
        while stack and stack[-1].is_angle:
            angle = stack.pop()
            if angle.comma and stack:
                stack[-1].comma = True

    for index, token in enumerate(text):
        if token not in _INTERESTING:
            continue
        if token == ",":
            if stack:
                stack[-1].comma = True
        elif token == "<":
            if _may_be_angle(text, gap, index):
                stack.append(_Open(token, index, True))
        elif token[0] == ">":
            if not stack or not stack[-1].is_angle or _would_glue(text, gap, index):
                continue
            wanted = _SPLIT.get(token, 1)
            if len(stack) < wanted or not all(opened.is_angle for opened in stack[-wanted:]):
                wanted = 1
            for part in range(wanted):
                opened = stack.pop()
                pairs.append(((opened.index, 0), (index, part)))
                if opened.comma:
                    commas.append(opened.index)
            if len(token) > wanted or wanted > 1:
                splits[index] = wanted
        elif token in ("(", "[", "{"):
            if token == "{" and not (index and text[index - 1] in _BEFORE_CONST):
                give_up_angles()
            stack.append(_Open(token, index, False))
        elif token in _CLOSERS:
            give_up_angles()
            if stack and stack[-1].text == _CLOSERS[token]:
                opened = stack.pop()
                pairs.append(((opened.index, 0), (index, 0)))
                if opened.comma:
                    commas.append(opened.index)
        else:
            give_up_angles()
    return pairs, commas, splits


def _would_glue(text: list[str], gap: list[str], index: int) -> bool:
    """Tell whether the `=` split off a token such as `>=` would become another with the next."""
    is_next = index + 1 < len(text) and not gap[index + 1]
    return text[index][-1] == "=" and is_next and text[index + 1][0] in "=>"


def _may_be_angle(text: list[str], gap: list[str], index: int) -> bool:
    """Guess from its neighbours whether `<` may open arguments of a type."""
    if not index:
        return True
    before = text[index - 1]
    if before in _BEFORE_GENERICS:
        return True
    if before in _BEFORE_QUALIFIED:
        return index + 1 < len(gap) and not gap[index + 1]
    return not gap[index] and (before[0].isalpha() or before[0] in "_$")


def _split(
    text: list[str], gap: list[str], starts: list[int], splits: dict[int, int]
) -> tuple[list[str], list[str], list[int], array[int]]:
    """Split the tokens that end types into the brackets they are."""
    new_text: list[str] = []
    new_gap: list[str] = []
    moved = array("q", [0]) * (len(text) + 1)
    for index, token in enumerate(text):
        moved[index] = len(new_text)
        count = splits.get(index)
        new_gap.append(gap[index])
        if count is None:
            new_text.append(token)
            continue
        parts = [">"] * count + ([token[count:]] if len(token) > count else [])
        new_text += parts
        new_gap += [""] * (len(parts) - 1)
    moved[len(text)] = len(new_text)
    return new_text, new_gap, [moved[start] for start in starts], moved


def is_operand_end(token: str) -> bool:
    """Tell whether a token ends an operand, as far as it alone can tell."""
    if token in (")", "]", "?"):
        return True
    first = token[0]
    if first.isalpha() or first == "_":
        return KEYWORDS.get(token, 0) in _AFTER_KEYWORD
    return first.isdigit() or first in "\"'" and (token[-1] in "\"'" or '"' in token)


_AFTER_KEYWORD: Final = (0, KEYWORDS["self"])
