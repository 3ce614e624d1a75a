"""Semantic tokens on the wire: what an answer's changes make of the answer before."""

from __future__ import annotations

import pytest
from lsp_marks import reread

from redox_lsp.colours import edits_between, encode_lines, encode_range, flatten
from redox_lsp.reading import Reading

IRON = """\
function f begin

    let x be "🦀" plus b

    g with x
end function
"""


def numbers(reading: Reading, encoding: str = "utf-16") -> list[int]:
    return flatten(encode_lines(reading, encoding), 0, 0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("plus b", "minus b"),
        ("\n\n    g", "\n    g"),
        ("\n\n    g", "\n\n\n\n    g"),
        ("    g with x\n", ""),
        (IRON, ""),
        ("function f begin\n", "// first\nfunction f begin\n"),
        ("end function\n", "end function\n\n\n// last\n"),
        ("g with x", "g with x"),
        ("g with x", 'g with "x'),
    ],
)
def test_the_changes_make_the_new_numbers_of_the_old(old: str, new: str) -> None:
    before = Reading.of_text(IRON)
    start = IRON.index(old)
    for one, other in (
        (before, reread(before, start, start + len(old), new)),
        (reread(before, start, start + len(old), new), before),
    ):
        data = numbers(one)
        edits = edits_between(encode_lines(one, "utf-16"), encode_lines(other, "utf-16"))
        for edit in edits:
            data[edit.start : edit.start + edit.delete_count] = edit.data or []
        assert data == numbers(other)


def test_columns_are_counted_in_the_clients_units() -> None:
    reading = Reading.of_text('f with "🦀" and x\n')
    lengths = {encoding: numbers(reading, encoding)[12] for encoding in ("utf-8", "utf-16")}
    assert lengths == {"utf-8": 6, "utf-16": 4}
    assert numbers(reading, "utf-32")[12] == 3


def test_a_range_is_told_from_the_texts_start() -> None:
    reading = Reading.of_text(IRON)
    span = reading.span_of_lines(4, 5)
    data = encode_range(reading, "utf-16", span, {})
    assert data[:2] == [4, 4]
