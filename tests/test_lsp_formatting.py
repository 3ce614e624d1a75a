"""Laying out whole texts, ranges, and lines as they are typed; `$0` is the cursor."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsp_client import Client, ask_to_format, needs_posix, spying_rustfmt
from lsp_marks import read, read_range

from redox import Span, oxidize
from redox_lsp.features.formatting import format_range, format_text, format_typed
from redox_lsp.features.navigation import apply
from redox_lsp.reading import Reading

UNTIDY = "function f begin\n  if a then\n   b\n    otherwise\n  c\n    end if\nend function\n"
TIDY = """\
function f begin
    if a then
        b
    otherwise
        c
    end if
end function
"""


def test_a_text_is_indented() -> None:
    reading = Reading.of_text(UNTIDY)
    edits = format_text(reading, with_rustfmt=False)
    assert apply(UNTIDY, edits) == TIDY
    assert all("\n" not in UNTIDY[one.span.start : one.span.end] for one in edits)
    assert format_text(Reading.of_text(TIDY), with_rustfmt=False) == ()


@needs_posix
@pytest.mark.parametrize("trusted", [False, True])
def test_rustfmt_and_its_settings_are_for_trusted_workspaces(tmp_path: Path, trusted: bool) -> None:
    spoils, settings = tmp_path / "spoils", tmp_path / "rustfmt.toml"
    settings.write_text("max_width = 20\n")
    uri = (tmp_path / "main.iron").as_uri()
    with Client(environment=spying_rustfmt(tmp_path, "echo $*")) as client:
        client.configuration = {"rustc": {"when": "never"}, "rustAnalyzer": {"enabled": False}}
        client.start(initializationOptions={"trusted": trusted})
        client.open(uri, UNTIDY)
        assert ask_to_format(client, uri)
    told = spoils.read_text() if spoils.exists() else ""
    assert (f"--config-path {settings}" in told, bool(told)) == (trusted, trusted)


def test_a_range_is_indented_alone() -> None:
    reading = Reading.of_text(UNTIDY)
    start = UNTIDY.index("   b")
    laid_out = apply(UNTIDY, format_range(reading, Span(start, start + 4)))
    assert laid_out == UNTIDY.replace("\n   b\n", "\n        b\n")


def test_a_range_whose_items_would_leave_their_block_is_left_alone() -> None:
    reading, start, end = read_range(
        "function f begin\n        if a then\n$0                function g begin\n"
        "                end function\n$0        end if\nend function\n"
    )
    assert format_range(reading, Span(start, end)) == ()
    assert format_text(reading, with_rustfmt=False)


def typed(marked: str, text: str) -> str:
    reading, offset = read(marked)
    return apply(reading.text, format_typed(reading, offset, text))


NEW_LINES = [
    ("function f begin\n$0", "function f begin\n    \nend function"),
    ("function f begin\n$0\n", "function f begin\n    \nend function\n"),
    ("function f begin\n$0\nend function\n", "function f begin\n    \nend function\n"),
    (
        "function f begin\n    if a then\n$0\nend function\n",
        "function f begin\n    if a then\n        \n    end if\nend function\n",
    ),
    ("function f begin\r\n$0\r\n", "function f begin\r\n    \r\nend function\r\n"),
    ("f with\n$0\n", "f with\n    \ndone\n"),
    ("structure A with fields\n$0\n", "structure A with fields\n    \nend structure\n"),
    ("    let x be 1\n$0\n", "    let x be 1\n    \n"),
    ("if a {\n$0\n}\n", "if a {\n    \n}\n"),
    ("if a then\n    b\n$0end if\n", "if a then\n    b\nend if\n"),
    ("/*\n$0\n*/\n", "/*\n\n*/\n"),
    ("$0", ""),
]


@pytest.mark.parametrize(("marked", "after"), NEW_LINES)
def test_a_new_line_is_indented_and_its_block_closed(marked: str, after: str) -> None:
    assert typed(marked, "\n") == after


def test_a_closer_goes_below_what_it_closes() -> None:
    assert typed("if a then\n    b\n    end if$0\n", "f") == "if a then\n    b\nend if\n"
    marked = "if a then\n    b\n    otherwise$0\nend if\n"
    assert typed(marked, "e") == "if a then\n    b\notherwise\nend if\n"
    assert typed("if a then\n    b$0\nend if\n", "b") == "if a then\n    b\nend if\n"


@pytest.mark.parametrize("text", ["f(\n$0g$0\n)", '"a\n $0b$0\n"', "\r\n$0x$0\r", "$0$0"])
def test_ranges_of_any_text_keep_its_meaning(text: str) -> None:
    reading, start, end = read_range(text)
    laid_out = apply(reading.text, format_range(reading, Span(start, end)))
    assert oxidize(laid_out).text.split() == reading.rust.split()
