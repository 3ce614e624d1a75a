"""Items of real Rust as canonical Iron, to hold the grammar against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Final

from redox import oxidize, reduce
from redox.lexer import split_lines
from redox.rustlex import Kind, RustLexError, Token, lex

_SILENT: Final = (Kind.SPACE, Kind.COMMENT, Kind.SHEBANG)
_KINDS: Final = frozenset("struct enum union trait impl mod type use fn static const".split())
_ENDED_BY_SIGN: Final = ("const", "static", "use", "type")
_OPENERS: Final = ("(", "[", "{")
_CLOSERS: Final = (")", "]", "}")


@dataclass(frozen=True)
class Item:
    """The lines of an item in Iron, and where it is from."""

    iron: str
    place: str

    @cached_property
    def rust(self) -> str:
        """The Rust that the Iron stands for."""
        return oxidize(self.iron).text

    def is_in_macro(self, offset: int) -> bool:
        """Tell whether an offset of the Iron lies in the arguments of a macro."""
        translation = oxidize(self.iron)
        place = None
        while place is None and offset >= 0:
            place = translation.map.rust_from_iron(offset)
            offset -= 1
        return any(start <= (place or 0) < end for start, end in _macros(translation.text))


def items_of(path: Path, random: Random, most: int) -> Iterator[Item]:
    """Yield some of a file's items; none of a file that is no plain Rust."""
    rust = path.read_bytes().decode("utf-8", "replace")
    if "\r" in rust or "\ufffd" in rust or len(rust) > 200_000:
        return
    try:
        spans = list(_spans(rust))
    except RustLexError:
        return
    translation = reduce(rust)
    if translation.diagnostics:
        return
    lines = split_lines(translation.text)
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        first, last = rust.count("\n", 0, start), rust.count("\n", 0, end - 1)
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    for first, last in sorted(random.sample(merged, min(most, len(merged)))):
        iron = "".join(lines[first : last + 1])
        if "define macro" not in iron:
            yield Item(iron if iron.endswith("\n") else iron + "\n", f"{path}:{first + 1}")


def _spans(rust: str) -> Iterator[tuple[int, int]]:
    """Yield the offsets of the items at the top of a text, macro calls left out."""
    tokens = [token for token in lex(rust) if token.kind not in _SILENT]
    texts = [rust[token.start : token.end] for token in tokens]
    index = 0
    while index < len(tokens):
        first = index
        index, is_inner = _behind_attributes(texts, index)
        kind, index = ("inner", index) if is_inner else _behind_item(tokens, texts, index)
        if kind not in ("macro", ""):
            yield tokens[first].start, tokens[index - 1].end


def _behind_attributes(texts: list[str], index: int) -> tuple[int, bool]:
    while index < len(texts) and texts[index] == "#":
        is_inner = texts[index + 1] == "!"
        depth, index = 0, index + 1 + is_inner
        while True:
            depth += (texts[index] == "[") - (texts[index] == "]")
            index += 1
            if not depth:
                break
        if is_inner:
            return index, True
    return index, False


def _behind_item(tokens: list[Token], texts: list[str], index: int) -> tuple[str, int]:
    """Return what kind of item begins at an index, and the index behind it."""
    kind, depth = "", 0
    while index < len(tokens):
        text = texts[index]
        following = texts[index + 1] if index + 1 < len(texts) else ""
        if not kind and not depth and (text in _KINDS or text == "!"):
            is_function = text == "const" and following in ("fn", "unsafe", "extern", "async")
            kind = "macro" if text == "!" else "" if is_function else text
        depth += (text in _OPENERS) - (text in _CLOSERS)
        index += 1
        if depth:
            continue
        if text == ";" or text == "}" and kind not in _ENDED_BY_SIGN:
            break
        if kind == "macro" and text in _CLOSERS and following != ";":
            break
    return kind, index


def _macros(rust: str) -> Iterator[tuple[int, int]]:
    """Yield the offsets of the macro calls of a text."""
    tokens = [token for token in lex(rust) if token.kind not in _SILENT]
    texts = [rust[token.start : token.end] for token in tokens]
    for index in range(1, len(tokens) - 1):
        if texts[index] != "!" or tokens[index - 1].kind is not Kind.WORD:
            continue
        if texts[index + 1] not in _OPENERS:
            continue
        depth, last = 0, index + 1
        while last < len(texts):
            depth += (texts[last] in _OPENERS) - (texts[last] in _CLOSERS)
            if not depth:
                break
            last += 1
        yield tokens[index - 1].start, tokens[min(last, len(tokens) - 1)].end
