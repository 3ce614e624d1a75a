"""Offsets and positions: one place turns the one into the other, in the client's units."""

from __future__ import annotations

import pytest
from lsprotocol.types import Position, Range

from redox.diagnostics import Span
from redox.lexer import split_lines
from redox_lsp.positions import LineIndex

TEXT = "let a be b  \t\r\n\t🦀é x\rlast\n\nno end"
ENCODINGS = ("utf-8", "utf-16", "utf-32")


def index(text: str, encoding: str = "utf-16") -> LineIndex:
    return LineIndex(split_lines(text), encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", [TEXT, TEXT + "\n", "", "\n", "🦀"])
def test_each_offset_comes_back_but_inside_a_lines_end(text: str, encoding: str) -> None:
    lines = index(text, encoding)
    for offset in range(len(text) + 1):
        if text[offset - 1 : offset + 1] != "\r\n" or offset == 0:
            assert lines.offset(lines.position(offset)) == offset


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 7), ("utf-16", 4), ("utf-32", 3)])
def test_columns_are_counted_in_the_clients_units(encoding: str, column: int) -> None:
    assert index(TEXT, encoding).position(TEXT.index(" x")) == Position(1, column)


def test_a_place_outside_is_the_nearest_inside() -> None:
    lines = index(TEXT)
    assert lines.offset(Position(0, 99)) == TEXT.index("\r\n")
    assert lines.offset(Position(99, 0)) == len(TEXT)
    assert lines.position(999) == Position(4, 6)
    assert lines.position(-1) == Position(0, 0)


def test_a_column_inside_a_character_is_its_start() -> None:
    assert index(TEXT).offset(Position(1, 2)) == TEXT.index("🦀")


def test_a_text_that_ends_a_line_has_a_last_line_without_characters() -> None:
    assert index("a\n").position(2) == Position(1, 0)
    assert index("a").position(1) == Position(0, 1)
    assert index("").position(0) == Position(0, 0)


def test_a_range_with_its_ends_swapped_is_put_right() -> None:
    swapped = Range(Position(0, 3), Position(0, 1))
    assert index(TEXT).span(swapped) == Span(1, 3)
