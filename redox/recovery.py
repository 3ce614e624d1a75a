"""Which lines show that a closer was lost: items that stand too far left to be in what is open.

An item in a block is indented deeper than the line that opened the block. So a line of Iron that
begins an item no deeper than that line is outside, and all that is open in between lacks its
closer. Brackets of Rust are never closed so, nor is anything around them; and an item of Rust
closes nothing, but tells that the items of what is open stand that far left.

Likewise an `end` that closes nothing tells of the head before it that stands as far left: its block
was never opened.
"""

from __future__ import annotations

from typing import Final

from redox.frames import Frame
from redox.lexer import Pair
from redox.lexicon import HEAD_OF, ITEM_MODIFIERS, ITEM_ROLES, ITEM_TOKENS, Lexicon, stands_at

_UNNAMED: Final = frozenset(("impl", "impl<", "use {", "#["))
"""What begins an item whatever follows it."""
_CONSTANTS: Final = ("const", "static", "mut")


def lost_frame(lexicon: Lexicon, frame: Frame, pairs: list[Pair]) -> Frame | None:
    """Return the outermost frame that a line's item of Iron cannot be in, though it is open."""
    left = left_behind(lexicon, frame, pairs)
    return left if left is not None and is_iron(lexicon, pairs) else None


def left_behind(lexicon: Lexicon, frame: Frame, pairs: list[Pair]) -> Frame | None:
    """Return the outermost frame that a line's item stands too far left to be in."""
    gap, first = pairs[0]
    column = len(gap)
    if frame.furthest < column:
        return None
    entry = lexicon.get(first)
    if entry is None or not entry.may_begin_item or not begins_item(lexicon, pairs):
        return None
    while frame.below.furthest >= column:
        frame = frame.below
    return frame


def is_iron(lexicon: Lexicon, pairs: list[Pair]) -> bool:
    """Tell whether a line has a phrase and no sigil."""
    is_phrased = False
    for index, (_, lexeme) in enumerate(pairs):
        entry = lexicon.get(lexeme)
        if entry is None:
            continue
        if entry.is_sigil:
            return False
        is_phrased = is_phrased or any(
            stands_at(phrase.words, pairs, index, len(pairs)) for phrase in entry.phrases
        )
    return is_phrased


def begins_item(lexicon: Lexicon, pairs: list[Pair]) -> bool:
    """Tell whether a line of these lexemes begins an item, or an attribute."""
    return bool(_item_token(lexicon, pairs))


def lacks_opener(lexicon: Lexicon, pairs: list[Pair], end: str) -> bool:
    """Tell whether a line has the head that `end` and this word would close, but not its block.

    `pairs` are the line's code alone.
    """
    heads = (HEAD_OF.get(_item_token(lexicon, pairs)), *(HEAD_OF.get(one) for _, one in pairs))
    if end not in heads:
        return False
    last = lexicon.get(pairs[-1][1])
    return last is None or not last.is_sigil and all(one.role != "block" for one in last.phrases)


def _item_token(lexicon: Lexicon, pairs: list[Pair]) -> str:
    """Return the token of Rust that tells which item a line of these lexemes begins, if any."""
    index, count, before = 0, len(pairs), ""
    while index < count:
        text, past = _token(lexicon, pairs, index)
        if text in ITEM_TOKENS:
            return text if _is_followed(lexicon, pairs, past, text) else ""
        if before == "extern" and text in ("crate", "{"):
            return before
        if before in _CONSTANTS and text != "{" and _is_name(lexicon, pairs, index):
            return before
        is_convention = before == "extern" and text[-1:] in ('"', "#")
        if text not in ITEM_MODIFIERS and not is_convention:
            return ""
        before = before if is_convention else text
        index = _behind_scope(lexicon, pairs, past, text) if text[:3] == "pub" else past
    return ""


def _token(lexicon: Lexicon, pairs: list[Pair], index: int) -> tuple[str, int]:
    """Return the Rust of the phrase or lexeme at `index`, and the index behind it."""
    lexeme = pairs[index][1]
    entry = lexicon.get(lexeme)
    for phrase in entry.phrases if entry else ():
        if stands_at(phrase.words, pairs, index, len(pairs)):
            return phrase.rust if phrase.role in ITEM_ROLES else "", index + len(phrase.words)
    if index + 1 < len(pairs) and lexeme + pairs[index + 1][1] in ("#[", "macro_rules!"):
        return lexeme + pairs[index + 1][1], index + 2
    return lexeme, index + 1


def _is_followed(lexicon: Lexicon, pairs: list[Pair], index: int, text: str) -> bool:
    """Tell whether what follows the first token of an item may do so."""
    if index >= len(pairs):
        return False
    if text == "use":
        return pairs[index][1] != "<"
    return text in _UNNAMED or _is_name(lexicon, pairs, index)


def _is_name(lexicon: Lexicon, pairs: list[Pair], index: int) -> bool:
    """Tell whether a lexeme is a name rather than a phrase that goes on."""
    lexeme = pairs[index][1]
    entry = lexicon.get(lexeme)
    if entry is None:
        return lexeme[0].isalpha() or lexeme[0] == "_"
    return entry.begins_operand and not entry.is_sigil


def _behind_scope(lexicon: Lexicon, pairs: list[Pair], index: int, text: str) -> int:
    """Return the index behind the scope of a `pub`, which brackets of Rust or words enclose."""
    if text != "pub(in" and (index >= len(pairs) or pairs[index][1] != "("):
        return index
    while index < len(pairs) and not _is_closer(lexicon, pairs[index][1]):
        index += 1
    return index + 1


def _is_closer(lexicon: Lexicon, lexeme: str) -> bool:
    entry = lexicon.get(lexeme)
    return lexeme == ")" or entry is not None and any(p.role == "closer" for p in entry.phrases)
