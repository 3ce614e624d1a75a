"""How diagnostics look, and what their JSON holds.

In the texts `[[…]]` marks the finding and `<<…>>` what it refers to.
"""

from __future__ import annotations

import re

import pytest

from redox.diagnostics import Diagnostic, Edit, Related, Severity, Span
from redox.render import diagnostic_as_json, render_diagnostics, show, split_lines, width

MARK = re.compile(r"\[\[|\]\]|<<|>>")


def parse(marked: str) -> tuple[str, Span, tuple[Span, ...]]:
    """Return the text without its marks, the finding's span, and the spans that it refers to."""
    text, opened, spans, main, last = "", 0, [], Span(0, 0), 0
    for mark in MARK.finditer(marked):
        text += marked[last : mark.start()]
        last = mark.end()
        if mark[0] in ("[[", "<<"):
            opened = len(text)
        elif mark[0] == "]]":
            main = Span(opened, len(text))
        else:
            spans.append(Span(opened, len(text)))
    return text + marked[last:], main, tuple(spans)


def picture(
    marked: str, message: str = "wrong", *, fix: Edit | None = None, title: str = ""
) -> list[str]:
    """Return the lines that the marked text's one finding is shown in, header left out."""
    text, span, near = parse(marked)
    related = tuple(Related(one, f"here {number}") for number, one in enumerate(near, 1))
    finding = Diagnostic("code", Severity.ERROR, span, message, related, fix, title)
    return render_diagnostics([finding], text, "a.iron").split("\n")


def test_looks_like_rustc() -> None:
    assert picture("<<if>> a then\n  b\nend [[match]]\n") == [
        "error[code]: wrong",
        " --> a.iron:3:5",
        "  |",
        "1 | if a then",
        "  | -- here 1",
        "2 |   b",
        "3 | end match",
        "  |     ^^^^^",
        "",
        "",
    ]


def test_far_lines_are_left_out() -> None:
    rows = picture("<<if>> a\n\n\n\n\n\n\n\n\nend [[match]]")
    assert rows[2:] == [
        "   |",
        " 1 | if a",
        "   | -- here 1",
        "...",
        "10 | end match",
        "   |     ^^^^^",
        "",
        "",
    ]


def test_what_is_said_of_the_finding_itself_stands_at_its_carets() -> None:
    finding = Diagnostic(
        "", Severity.WARNING, Span(0, 1), "wrong\nnote: look", (Related(Span(0, 1), "this"),)
    )
    assert render_diagnostics([finding], "x", "-").split("\n") == [
        "warning: wrong",
        " --> -:1:1",
        "  |",
        "1 | x",
        "  | ^ this",
        "  |",
        "  = note: look",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("marked", "source", "marks"),
    [
        ("日本 [[語]] x", "日本 語 x", "     ^^"),
        ("\t\t[[x]]", "        x", "        ^"),
        ("e\u0301e\u0301 [[x]]", "e\u0301e\u0301 x", "   ^"),
        ("[[\t]]x", "    x", "^^^^"),
        ("a [[]]b", "a b", "  ^"),
        ("ab[[]]", "ab", "  ^"),
        ("a\x1b[31m [[b]]", "a␛[31m b", "       ^"),
        ("a\u202e [[b]]", "a\ufffd b", "   ^"),
        ("a\ud800 [[b]]", "a\ufffd b", "   ^"),
        ("a [[b\n]]c", "a b", "  ^"),
        ("\ufeffa [[b]]", "\ufeffa b", "  ^"),
    ],
)
def test_carets_stand_under_what_they_mark(marked: str, source: str, marks: str) -> None:
    rows = picture(marked)
    assert rows[3:5] == [f"1 | {source}", f"  | {marks}"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_each_kind_of_line_end_counts(end: str) -> None:
    rows = picture(f"a{end}b [[c]]{end}")
    assert rows[1] == " --> a.iron:2:3"
    assert rows[3] == "2 | b c"


def test_a_finding_over_several_lines_is_marked_at_both_ends() -> None:
    rows = picture("a [[b\n  c\n  d]] e")
    assert rows[3:8] == ["1 | a b", "  |   ^", "2 |   c", "3 |   d e", "  |   ^"]


def test_the_end_of_the_text_can_be_marked() -> None:
    assert picture("a\n[[]]")[1:5] == [" --> a.iron:2:1", "  |", "2 |", "  | ^"]


def test_spans_beyond_the_text_are_held_to_it() -> None:
    finding = Diagnostic("x", Severity.NOTE, Span(5, 9), "m", (Related(Span(-3, 99), "r"),))
    assert "^" in render_diagnostics([finding], "ab", "a")
    assert next(diagnostic_as_json([finding], "ab", "a"))["span"]["column"] == 3


def test_a_long_line_is_shown_around_the_mark() -> None:
    rows = picture("x" * 100_000 + "[[y]]" + "z" * 100_000)
    source, marks = rows[3:5]
    assert len(source) < 250
    assert source[4] == source[-1] == "…"
    assert source[marks.index("^")] == "y"


@pytest.mark.parametrize(
    ("fix", "expected"),
    [
        (Edit(Span(4, 9), "if"), ["help: write this", "  |", "1 | end if", "  |     ~~"]),
        (Edit(Span(9, 9), " x"), ["help: write this", "  |", "1 | end match x", "  |          ++"]),
        (Edit(Span(3, 9), ""), ["help: write this", "  |", "1 | end", "  |"]),
        (Edit(Span(0, 0), "a\nb"), ["  = help: write this"]),
    ],
)
def test_a_fix_is_shown_as_help(fix: Edit, expected: list[str]) -> None:
    rows = picture("end [[match]]", fix=fix, title="write this")
    assert rows[6:-2] == expected


def test_colour_changes_nothing_but_colour() -> None:
    text, span, near = parse("<<if>> a\nend [[match]]")
    finding = Diagnostic(
        "c", Severity.ERROR, span, "m\nnote: n", (Related(near[0], "r"),), Edit(span, "if"), "t"
    )
    plain = render_diagnostics([finding], text, "a")
    coloured = render_diagnostics([finding], text, "a", colour=True)
    assert "\x1b[1;91merror[c]\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_json_holds_everything() -> None:
    text, span, near = parse("<<if>> a\nend [[match]]")
    finding = Diagnostic(
        "c", Severity.ERROR, span, "m", (Related(near[0], "r"),), Edit(span, "if"), "t"
    )
    place = {"start": 9, "end": 14, "line": 2, "column": 5, "end_line": 2, "end_column": 10}
    assert list(diagnostic_as_json([finding], text, "a")) == [
        {
            "path": "a",
            "code": "c",
            "severity": "error",
            "message": "m",
            "span": place,
            "related": [
                {
                    "message": "r",
                    "span": {
                        "start": 0,
                        "end": 2,
                        "line": 1,
                        "column": 1,
                        "end_line": 1,
                        "end_column": 3,
                    },
                }
            ],
            "fix": {"title": "t", "span": place, "text": "if"},
        }
    ]


def test_lines_and_places() -> None:
    lines = split_lines("a\r\nb\rc\n")
    assert lines.starts == (0, 3, 5, 7)
    assert [lines.place(offset) for offset in (0, 2, 3, 7)] == [(1, 1), (1, 3), (2, 1), (4, 1)]
    assert lines.bounds(0) == (0, 1)


def test_no_shown_text_disturbs_a_terminal() -> None:
    for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x202E, 0x2066, 0xD800):
        shown = show(chr(code))
        assert shown.isprintable() or shown == "\ufffd", hex(code)
        assert width(chr(code)) == len(shown)
