"""Completion at `$0`: what is offered first, what is offered at all, and what is not."""

from __future__ import annotations

import pytest
from lsp_marks import read

from redox import load_phrasebook, oxidize
from redox_lsp.features.completion import (
    SNIPPETS,
    Completion,
    CompletionKind,
    _plain,
    completions,
    resolve,
    say_snippet,
)


def offered(marked: str) -> list[Completion]:
    reading, offset = read(marked)
    return sorted(completions(reading, offset), key=lambda one: one.sort)


def labels(marked: str, kind: CompletionKind | None = None) -> list[str]:
    return [one.label for one in offered(marked) if kind is None or one.kind is kind]


FIRST = [
    ("if a $0\n", "then"),
    ("while a $0\n", "do"),
    ("match a $0\n", "against"),
    ("function f $0\n", "begin"),
    ("match a against\n    $0\nend match\n", "case"),
    ("if a is gre$0\n", "is greater than"),
    ("x does not $0\n", "does not equal"),
    ("function f begin\n    if a then\n        b\n    $0\nend function\n", "end if"),
    ("function f begin\n    if a then\n        b\n    end $0\nend function\n", "end if"),
    ("function f begin\n    let b be $0\nend function\n", "end function"),
    ("structure S with fields\n    x of type u8\n$0", "end structure"),
    ("fn$0", "function"),
    ("pub$0", "public"),
]


@pytest.mark.parametrize(("marked", "label"), FIRST)
def test_what_is_called_for_comes_first(marked: str, label: str) -> None:
    assert labels(marked)[0] == label


@pytest.mark.parametrize(
    ("marked", "label"),
    [
        ("let x of ty$0\n", "of type"),
        ("if a is gr$0\n", "is greater than"),
        ("let x be a divided b$0\n", "divided by"),
        ("f with reference t$0\n", "reference to"),
        ("structure S with f$0\n", "with fields"),
    ],
)
def test_a_phrase_of_several_words_is_found_by_what_is_written_of_it(
    marked: str, label: str
) -> None:
    reading, _ = read(marked)
    (found,) = (one for one in offered(marked) if one.label == label)
    written = reading.text[found.span.start : found.span.end]
    assert (found.filter or found.label).startswith(written)
    assert " " in written


POINT = "structure Point with fields\n    x of type u8\n    height of type u8\nend structure\n"
OFFERED = [
    ("let x be a $0\n", "plus"),
    ("let x be $0\n", "not"),
    ("let x be not $0\n", "reference to"),
    ("let x be v calling iter\n    $0\n", "calling"),
    ("f with a $0\n", "done"),
    ("$0", "function"),
    ("function f begin\n$0\nend function\n", "let"),
    ("x $0\n", "as"),
    ("for x $0\n", "in"),
    ("function f takes a of type u8 begin\n    let b be a\n    let c be $0\nend function\n", "a"),
    ("function f takes a of type u8 begin\n    let b be a\n    let c be $0\nend function\n", "b"),
    ("enumeration E with variants\n    A\nend enumeration\nlet x be E its $0\n", "A"),
    ("module a begin\n    function f begin\n    end function\nend module\na its $0\n", "f"),
    ("structure S with fields\n    x of type u8\nend structure\nlet y be s dot $0\n", "x"),
    ("import a its b\nlet y be $0\n", "b"),
    ("function f begin\nend function\nlet y be $0\n", "f"),
    ("fn f() { let a = 1; let b = $0; }\n", "a"),
    ("println!($0)\n", "Some"),
    (f"{POINT}let p be Point with fields $0\n", "height"),
    (f"{POINT}let p be Point with fields x set to 1 and he$0\n", "height"),
    (f"{POINT}let p be Point with fields\n    x set to 1\n    $0\nend fields\n", "height"),
    (f"{POINT}let p = Point {{ $0 }};\n", "height"),
    ("label outer loop do\n    break labelled $0\nend loop\n", "outer"),
    ("define macro m begin\n    quantity variable x $0\nend macro\n", "fragment"),
]


@pytest.mark.parametrize(("marked", "label"), OFFERED)
def test_what_can_stand_here_is_offered(marked: str, label: str) -> None:
    assert label in labels(marked)


NOT_OFFERED = [
    ("let x be a $0\n", "not"),
    ("let x be $0\n", "plus"),
    ("function f begin\n    let b be $0\nend function\n", "b"),
    ("function f begin\n    if a then\n    $0\nend function\n", "end function"),
    ("let x be a $0\n", "then"),
    ("f dot $0\n", "going on"),
    ("println!(a $0)\n", "plus"),
    ("let x be a $0\n", "any times"),
    ("let x be $0\n", "case"),
    (f"{POINT}let p be $0\n", "height"),
]


@pytest.mark.parametrize(("marked", "label"), NOT_OFFERED)
def test_what_can_not_stand_here_is_not_offered(marked: str, label: str) -> None:
    assert label not in labels(marked)


@pytest.mark.parametrize("marked", ["// a$0\n", 'f with "a $0"\n', "/* \n $0\n*/", "#!a$0\n"])
def test_nothing_is_offered_in_comments_and_literals(marked: str) -> None:
    assert offered(marked) == []


def test_a_phrase_replaces_the_words_of_it_that_are_written() -> None:
    reading, offset = read("if a is gre$0\n")
    found = next(one for one in completions(reading, offset) if one.label == "is greater than")
    assert reading.text[found.span.start : found.span.end] == "is gre"


def test_a_name_that_would_be_a_phrase_is_escaped() -> None:
    text = "function f takes literally done of type u8 begin\n    g with a and $0\nend function\n"
    reading, offset = read(text)
    found = next(
        one
        for one in completions(reading, offset)
        if one.label == "done" and one.kind is CompletionKind.VARIABLE
    )
    assert found.text == "literally done"


@pytest.mark.parametrize("name", SNIPPETS)
def test_each_construct_closes_what_it_opens(name: str) -> None:
    iron = _plain(say_snippet(SNIPPETS[name], load_phrasebook()))
    if name == "case":
        iron = f"match a against\n    {iron}\nend match"
    assert [one.message for one in oxidize(iron + "\n").diagnostics] == []


def test_constructs_are_offered_where_they_fit() -> None:
    at_start = labels("$0", CompletionKind.SNIPPET)
    assert {"function", "if otherwise", "tests"} <= set(at_start)
    assert "tests" not in labels("let x be $0\n", CompletionKind.SNIPPET)
    assert "match" in labels("let x be $0\n", CompletionKind.SNIPPET)
    assert labels("let x be a $0\n", CompletionKind.SNIPPET) == []


def test_documentation_is_found_by_its_key() -> None:
    reading, offset = read("/// Adds.\nfunction add takes a of type u8 begin\nend function\n$0")
    found = {one.label: one for one in completions(reading, offset)}
    said = resolve(reading, found["add"].key)
    assert said == "```rust\nfn add(a: u8)\n```\n\nAdds."
    phrase = resolve(reading, found["attribute"].key)
    assert phrase is not None
    assert "Opens an attribute of what follows." in phrase
    snippet = next(
        one for one in offered("$0") if one.label == "loop" and one.kind is CompletionKind.SNIPPET
    )
    assert resolve(reading, snippet.key) == "```iron\nloop do\n    \nend loop\n```"
    assert resolve(reading, "nothing:1") is None
