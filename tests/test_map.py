"""The map: where places of the one text stand in the other, strictly and nearly.

In the texts `$0` marks a place, and a second one the end of a range.
"""

from __future__ import annotations

import pytest

from redox import Span, oxidize, reduce

CURSOR = "$0"


def places(marked: str) -> tuple[str, list[int]]:
    """Return a text without its cursors, and where they stood."""
    parts = marked.split(CURSOR)
    ends = [len("".join(parts[: count + 1])) for count in range(len(parts) - 1)]
    return "".join(parts), ends


def with_cursors(text: str, *offsets: int | None) -> str | None:
    """Put cursors into a text; nothing where a place is missing."""
    known = [offset for offset in offsets if offset is not None]
    if len(known) < len(offsets):
        return None
    for offset in sorted(known, reverse=True):
        text = text[:offset] + CURSOR + text[offset:]
    return text


def in_rust(marked: str, *, nearest: bool = False) -> str | None:
    """Return the Rust of marked Iron with the cursor where the map puts it."""
    iron, (offset,) = places(marked)
    translated = oxidize(iron)
    return with_cursors(translated.text, translated.map.rust_from_iron(offset, nearest=nearest))


def in_iron(marked: str, *, nearest: bool = False) -> str | None:
    """Return the Iron of marked Rust with the cursor where the map puts it."""
    rust, (offset,) = places(marked)
    translated = reduce(rust)
    return with_cursors(translated.text, translated.map.iron_from_rust(offset, nearest=nearest))


def span_in_rust(marked: str) -> str | None:
    iron, (start, end) = places(marked)
    translated = oxidize(iron)
    span = translated.map.rust_range_from_iron(start, end)
    return with_cursors(translated.text, span.start, span.end) if span else None


def span_in_iron(marked: str) -> str | None:
    rust, (start, end) = places(marked)
    translated = reduce(rust)
    span = translated.map.iron_range_from_rust(start, end)
    return with_cursors(translated.text, span.start, span.end) if span else None


@pytest.mark.parametrize(
    ("iron", "rust"),
    [
        ("let x be $0a plus b", "let x = $0a + b;"),
        ("let x be a $0plus b", "let x = a $0+ b;"),
        ("let x $0be a plus b", "let x $0= a + b;"),
        ("let total be co$0unt", "let total = co$0unt;"),
        ("a $0is greater than b going on", "a $0> b"),
        ("if a then b $0otherwise if c then d end if", "if a { b $0} else if c { d }"),
        ('let x be f with "a $0b"', 'let x = f("a $0b");'),
        ("$0let x be a", "$0let x = a;"),
        ("let x be v calling $0len", "let x = v.$0len();"),
        ("let y of type reference to lifetime $0a u8", "let y: &'$0a u8;"),
    ],
)
def test_tokens_stand_for_each_other(iron: str, rust: str) -> None:
    assert in_rust(iron) == rust
    assert in_iron(rust) == iron


@pytest.mark.parametrize(
    ("iron", "nearest"),
    [
        ("let x be a is gr$0eater than b", "let x = a $0> b;"),
        ("let x be a is greater th$0an b", "let x = a >$0 b;"),
        ("let x be a   $0   plus b", "let x = a$0    + b;"),
        ("let x be quantity a $0done times b", "let x = (a$0) * b;"),
    ],
)
def test_inside_a_phrase_only_the_nearest_place_answers(iron: str, nearest: str) -> None:
    if "done" not in iron:
        assert in_rust(iron) is None
    assert in_rust(iron, nearest=True) == nearest


def test_tokens_inside_a_phrase_s_rust_stand_for_the_phrase() -> None:
    iron = "if a then b $0otherwise c end if"
    for rust in ("if a { b $0} else { c }", "if a { b } $0else { c }", "if a { b } else $0{ c }"):
        assert in_iron(rust) == iron
    assert in_iron("if a { b } el$0se { c }") is None


def test_what_no_word_says_stands_at_one_place() -> None:
    translated = oxidize("let x be f with a\n")
    implied = [span for span in translated.map.spans() if span.iron_start == span.iron_end]
    at = len("let x be f with a")
    assert translated.text == "let x = f(a);\n"
    assert [(span.iron_start, span.rust_start) for span in implied] == [(at, 11), (at, 12)]
    assert translated.map.iron_from_rust(11) == at
    assert translated.map.iron_from_rust(12, nearest=True) == at


@pytest.mark.parametrize(
    ("iron", "rust"),
    [
        ("let x be $0a plus b$0 times c", "let x = $0a + b$0 * c;"),
        ("let x be f $0with a$0", "let x = f$0(a$0);"),
        ("$0let x be a\nlet y$0 be b\n", "$0let x = a;\nlet y$0 = b;\n"),
        ("let x be a $0is greater than$0 b", "let x = a $0>$0 b;"),
    ],
)
def test_ranges(iron: str, rust: str) -> None:
    assert span_in_rust(iron) == rust
    assert span_in_iron(rust) == iron


def test_range_without_both_ends_is_none() -> None:
    assert span_in_rust("let x be a is gr$0eater than b$0") is None
    iron, (start, end) = places("let x be a is gr$0eater than b$0")
    nearest = oxidize(iron).map.rust_range_from_iron(start, end, nearest=True)
    assert nearest == Span(len("let x = a "), len("let x = a > b"))


@pytest.mark.parametrize("offset", [-1, 100])
def test_outside_the_text_there_is_no_answer(offset: int) -> None:
    translated = oxidize("let x be a\n")
    assert translated.map.rust_from_iron(offset) is None
    assert translated.map.rust_from_iron(offset, nearest=True) is None
    assert translated.map.iron_from_rust(offset, nearest=True) is None


@pytest.mark.parametrize("iron", ["", "\n", "#!x\n", "\ufeff", "let x be a", "// only\n\n"])
def test_ends_of_the_text_stand_for_each_other(iron: str) -> None:
    translated = oxidize(iron)
    assert translated.map.rust_from_iron(0) == 0
    assert translated.map.rust_from_iron(len(iron), nearest=True) is not None


def test_lines_of_the_prelude_are_the_same() -> None:
    translated = oxidize("#!/usr/bin/env x\nlet x be a\n")
    assert [translated.map.rust_from_iron(offset) for offset in range(17)] == list(range(17))
