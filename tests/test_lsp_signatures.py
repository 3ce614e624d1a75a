"""Signature help, hints and linked words; `$0` is the cursor."""

from __future__ import annotations

import pytest
from lsp_marks import read, show

from redox import Span
from redox_lsp.features.hints import inlay_hints
from redox_lsp.features.linked import linked_ranges
from redox_lsp.features.signatures import signature_help
from redox_lsp.reading import Reading

DECLARED = """\
/// Adds them.
function add takes a of type u8 and b of type Vec of u8 returns u8 begin
end function
implement S begin
    function put takes mutable reference to self and at of type u8 begin
    end function
end implement
function main begin
    {}
end function
"""

CALLS = [
    ("add with $0", "a of type u8"),
    ("add with 1 and $0", "b of type Vec of u8"),
    ("add with 1 and f with 2 and 3 done and$0", None),
    ("add with f with 1 and 2 done and $0", "b of type Vec of u8"),
    ("add with array of 1 and 2 $0", "a of type u8"),
    ("add(1, $0)", "b of type Vec of u8"),
    ("let x = add($0", "a of type u8"),
    ("let x be s calling put with $0", "at of type u8"),
    ("s.put($0)", "at of type u8"),
    ("add with\n        1\n        $0\n    done", "b of type Vec of u8"),
    ("add for type u8 with 1 and $0", "b of type Vec of u8"),
]


@pytest.mark.parametrize(("call", "parameter"), CALLS)
def test_a_call_shows_the_parameter_at_hand(call: str, parameter: str | None) -> None:
    reading, offset = read(DECLARED.format(call))
    found = signature_help(reading, offset)
    assert found is not None
    signature = found.signatures[0]
    if parameter is not None:
        start, end = signature.parameters[found.parameter]
        assert signature.label[start:end] == parameter


def test_a_signature_has_its_documentation() -> None:
    reading, offset = read(DECLARED.format("add with $0"))
    found = signature_help(reading, offset)
    assert found is not None
    assert found.signatures[0].documentation == "Adds them."
    label = "add takes a of type u8 and b of type Vec of u8 returns u8"
    assert found.signatures[0].label == label


@pytest.mark.parametrize(
    "call", ["other with $0", "$0", "add$0", "add with 1 done $0", "f dot x $0"]
)
def test_there_is_none_outside_calls_of_the_file(call: str) -> None:
    reading, offset = read(DECLARED.format(call))
    assert signature_help(reading, offset) is None


def test_hints_show_what_is_implied() -> None:
    text = "function f begin\n    let x be f with g with a done and b calling c\nend function\n"
    reading = Reading.of_text(text)
    hints = inlay_hints(reading)
    shown = text
    for hint in reversed(hints):
        shown = f"{shown[: hint.offset]}‹{hint.rust}›{shown[hint.offset :]}"
    assert shown == (
        "function f‹()› begin\n    let x be f with g with a done and b calling c‹())›‹;›\n"
        "end function\n"
    )
    assert inlay_hints(reading, Span(0, 3)) == hints[:1]


@pytest.mark.parametrize(
    ("marked", "shown"),
    [
        ("wh$0ile a do\n    b\nend while\n", "«while» a do\n    b\nend «while»\n"),
        ("function f begin\nend func$0tion\n", "«function» f begin\nend «function»\n"),
        ("if a then\n    l$0oop do\n    end loop\nend if\n", None),
        ("match a { b => c }$0", ""),
        ("let x$0 be 1", ""),
    ],
)
def test_a_block_s_word_is_linked_with_its_end(marked: str, shown: str | None) -> None:
    reading, offset = read(marked)
    expected = "if a then\n    «loop» do\n    end «loop»\nend if\n" if shown is None else shown
    assert show(reading.text, linked_ranges(reading, offset)) == (expected or reading.text)
