"""What each word of a text is, for editors to colour; found line by line and kept with the line.

The tuple of a line is the same object as long as the line stays as it is, so whoever encodes them
need look only at those that changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from redox import Span
from redox_lsp.legend import TYPES
from redox_lsp.reading import Kind, Reading, Token

_DECLARATION, _DOCUMENTATION = 1, 2
_NUMBER_OF: Final = {name: number for number, name in enumerate(TYPES)}
OPERATOR_ROLES: Final = frozenset("infix prefix range assign access comma separator".split())
"""Roles of phrases that stand for operators."""
_DECLARED: Final = {
    "fn": "function",
    "struct": "type",
    "enum": "type",
    "union": "type",
    "trait": "type",
    "type": "type",
    "mod": "namespace",
    "macro_rules": "macro",
}
_PRIMITIVES: Final = frozenset(
    "bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize".split()
)


class SemanticToken(NamedTuple):
    """A word on a line: its columns, the number of its type, and the bits of its modifiers."""

    start: int
    end: int
    type: int
    modifiers: int = 0


def tokens_of_line(reading: Reading, line: int) -> tuple[SemanticToken, ...]:
    """Return what the words of a line are, in order and without overlaps."""
    notes = reading.facts_of(line).notes
    known = notes.get("semantic")
    if known is None:
        known = notes["semantic"] = tuple(_classify(reading.tokens(line)))
    assert isinstance(known, tuple), "nobody else keeps these"
    return known


def semantic_tokens(
    reading: Reading, span: Span | None = None
) -> Iterator[tuple[int, tuple[SemanticToken, ...]]]:
    """Yield the lines that a span touches, all by default, each with what its words are."""
    first = reading.line_of(span.start) if span else 0
    past = reading.line_of(span.end) + 1 if span else reading.line_count
    for line in range(first, min(past, reading.line_count)):
        yield line, tokens_of_line(reading, line)


def _classify(tokens: tuple[Token, ...]) -> Iterator[SemanticToken]:
    visible = [token for token in tokens if not token.is_implied]
    texts = [token.text for token in visible]
    past = 0
    for index, token in enumerate(visible):
        if token.start < past:
            continue  # a further token of the same phrase
        past = token.end
        kind, modifiers = _type_of(visible, texts, index)
        if token.name_start >= 0:
            words_end = token.start + len(token.phrase.text) if token.phrase else token.start
            if token.start < words_end <= token.name_start:
                yield SemanticToken(token.start, words_end, _NUMBER_OF["keyword"])
            yield SemanticToken(token.name_start, token.end, _NUMBER_OF[kind], modifiers)
        elif kind:
            yield SemanticToken(token.start, token.end, _NUMBER_OF[kind], modifiers)


def _type_of(tokens: list[Token], texts: list[str], index: int) -> tuple[str, int]:
    token = tokens[index]
    if token.kind is Kind.NAME:
        return _name(tokens, texts, index)
    if token.kind is Kind.COMMENT:
        is_documentation = token.text.startswith(("///", "//!", "/**", "/*!"))
        return "comment", _DOCUMENTATION if is_documentation else 0
    if token.kind is Kind.LIFETIME:
        return "label", 0
    if token.kind is Kind.LITERAL:
        return "number" if token.text[:1].isdigit() else "string", 0
    phrase = token.phrase
    if phrase is not None:
        if phrase.role == "attribute":
            return "decorator", 0
        return "operator" if phrase.role in OPERATOR_ROLES else "keyword", 0
    if token.kind is Kind.SIGIL:
        return ("decorator" if token.text == "#" else "operator"), 0
    return "keyword", 0


def _name(tokens: list[Token], texts: list[str], index: int) -> tuple[str, int]:
    name = texts[index]
    before = texts[index - 1] if index else ""
    following = texts[index + 1] if index + 1 < len(texts) else ""
    behind = texts[index + 2] if index + 2 < len(texts) else ""
    if before in _DECLARED:
        return _DECLARED[before], _DECLARATION
    if before == "!" and index > 1 and texts[index - 2] == "macro_rules":
        return "macro", _DECLARATION
    if following == "!" and behind[:1] in tuple("([{"):
        return "macro", 0
    if before == "'":
        return "label", 0
    is_call = following == "(" or following == "::" and behind == "<"
    if before == ".":
        phrase = tokens[index - 1].phrase
        is_method = is_call or phrase is not None and phrase.key == "calling"
        return ("method" if is_method else "property"), 0
    if name in _PRIMITIVES or name[0].isupper() and not name.isupper():
        return "type", 0
    if following == "::" and behind != "<":
        return "namespace", 0
    if is_call:
        return "function", 0
    return "variable", _DECLARATION if before == "let" else 0
