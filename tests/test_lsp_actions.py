"""Code actions: `$0` is the cursor, two of them are around a selection."""

from __future__ import annotations

import pytest
from lsp_marks import read, read_range

from redox import Span, oxidize
from redox_lsp.features.actions import Action, ActionKind, code_actions
from redox_lsp.features.navigation import apply
from redox_lsp.reading import Reading


def done(marked: str, title: str) -> str | None:
    """Return the text behind the action whose title begins so, or None if there is none."""
    if marked.count("$0") == 1:
        reading, start = read(marked)
        end = start
    else:
        reading, start, end = read_range(marked)
    found = [one for one in code_actions(reading, Span(start, end)) if one.title.startswith(title)]
    return apply(reading.text, found[0].edits) if found else None


SPELLED = [
    ("let x be a pl$0us b\nlet y be 1\n", "let x = a + b;\nlet y be 1\n"),
    (
        "function f begin\n    let x be$0 a\n    x\nend function\n",
        "function f begin\n    let x = a;\n    x\nend function\n",
    ),
    (
        "function f begin\n    let x be a\n    calling$0 b\n    x\nend function\n",
        "function f begin\n    let x = a\n    .b();\n    x\nend function\n",
    ),
    (
        "function f begin\n    $0if a then\n        b\n    end if$0\nend function\n",
        "function f begin\n    if a {\n        b\n    }\nend function\n",
    ),
]


@pytest.mark.parametrize(("iron", "rust"), SPELLED)
def test_a_statement_is_shown_as_rust(iron: str, rust: str) -> None:
    assert done(iron, "Show as Rust") == rust
    assert oxidize(rust).text == oxidize(iron.replace("$0", "")).text


@pytest.mark.parametrize(
    ("rust", "iron"),
    [
        ("let x =$0 a + b;\nlet y be 1\n", "let x be a plus b\nlet y be 1\n"),
        (
            "function f begin\n    let x =$0 a;\n    x\nend function\n",
            "function f begin\n    let x be a\n    x\nend function\n",
        ),
        ("fn f() {\n    g$0(1);\n}\n", "fn f() {\n    g with 1 done discarded\n}\n"),
        (
            "$0fn f() {\n    g(1);\n    h\n}\n$0let x be 1\n",
            "function f begin\n    g with 1\n    h\nend function\nlet x be 1\n",
        ),
    ],
)
def test_rust_is_shown_as_iron_where_that_means_the_same(rust: str, iron: str) -> None:
    assert done(rust, "Show as Iron") == iron


def test_there_is_no_other_spelling_of_what_is_spelled_so() -> None:
    assert done("let x be a$0\n", "Show as Iron") is None
    assert done("let x = a$0;\n", "Show as Rust") is None
    assert done("$0", "Show") is None


def test_fixes_of_diagnostics_are_actions() -> None:
    marked = "function f begin\n    if a then\n        b\nend func$0tion\n"
    assert done(marked, "Write `end if` before it") == (
        "function f begin\n    if a then\n        b\n    end if\nend function\n"
    )
    reading, offset = read(marked)
    fixes = [
        one for one in code_actions(reading, Span(offset, offset)) if one.kind is ActionKind.FIX
    ]
    assert fixes[0].diagnostic in reading.diagnostics


def test_a_block_is_closed_where_its_lines_end() -> None:
    marked = "function f begin\n    if a then\n        b$0\n    c\nend function\n"
    assert done(marked, "Close this block") == (
        "function f begin\n    if a then\n        b\n    end if\n    c\nend function\n"
    )
    assert done("loop do\n    b$0", "Close this block") == "loop do\n    b\nend loop"
    assert done("loop do\n    b$0\nend loop\n", "Close this block") is None


def test_a_word_of_iron_is_made_a_name() -> None:
    assert done("let x be do$0ne\n", "Make `done`") is None
    assert done("f with do$0ne\n", "Make `done` a name") == "f with literally done\n"


def test_a_whole_file_is_written_anew() -> None:
    def commands(text: str) -> list[Action]:
        return [
            one
            for one in code_actions(Reading.of_text(text), Span(0, 0))
            if one.kind is ActionKind.WHOLE
        ]

    assert [one.command for one in commands("let x be 1\n")] == ["redox.oxidizeFile"]
    assert [one.command for one in commands("let x = 1;\n")] == ["redox.reduceFile"]
