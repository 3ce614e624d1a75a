"""What is remembered changes how soon a text comes out, never what comes out."""

from __future__ import annotations

from pathlib import Path

import pytest

import redox
from redox import lexer, memory

PAIRS = sorted((Path(__file__).parent / "fixtures" / "pairs").glob("*.txt"))


def test_remembered_lines_are_those_of_a_fresh_memory() -> None:
    texts = [path.read_bytes().decode() for path in PAIRS]
    renamed = [text.replace("count", "total").replace("x", "other") for text in texts]
    warm = [redox.reduce(text).text for text in texts + renamed]
    for text, expected in zip(texts + renamed, warm, strict=True):
        memory._memories.clear()
        assert redox.reduce(text).text == expected
        assert redox.oxidize(expected).text == text


def test_a_full_memory_begins_again() -> None:
    book = redox.load_phrasebook()
    memory._memories.clear()
    first = memory.memory_of(book)
    first.root.population[0] = 10_000_000
    assert memory.memory_of(book) is not first
    assert memory.memory_of(book) is memory.memory_of(book)


def test_a_document_outlives_its_memory() -> None:
    iron = "function f begin\n    let x be a plus b\nend function\n"
    document = redox.Document(iron)
    full = memory.memory_of(redox.load_phrasebook())
    full.root.population[0] = 10_000_000
    place = iron.index("plus")
    change = document.edit(place, place + len("plus"), "times")
    assert document.rust == redox.oxidize(document.iron).text
    assert change.new_count == 3
    assert document._memory is not full


def test_a_text_that_fills_a_memory_alone_does_not_begin_again_at_each_edit() -> None:
    memory._memories.clear()
    memory.remember_at_most(1)
    try:
        document = redox.Document("let x be a plus b\n" * 3)
        kept = document._memory
        document.edit(4, 5, "y")
        assert document._memory is kept
        kept.root.population[0] *= 10
        document.edit(4, 5, "z")
        assert document._memory is not kept
    finally:
        memory.remember_at_most(300_000)


def test_a_name_called_like_a_lifetime_is_not_taken_for_it() -> None:
    same = "fn one<'tcx>(tcx: Ty<'tcx>) {}\n"
    other = "fn two<'tcx>(ty: Ty<'tcx>) {}\n"
    assert redox.oxidize(redox.reduce(same + other).text).text == same + other


def test_a_numeral_that_is_no_digit_stands_for_no_name() -> None:
    memory._memories.clear()
    name, numeral = "x y\n", "x \N{NUMBER TWELVE FULL STOP}y\n"
    fresh = redox.oxidize(numeral).text, redox.reduce(numeral).text
    memory._memories.clear()
    redox.oxidize(name)
    redox.reduce(name)
    assert (redox.oxidize(numeral).text, redox.reduce(numeral).text) == fresh
    memory_of_both = memory.memory_of(redox.load_phrasebook())
    shapes = [memory_of_both.lex(text, ("", 0)).shape for text in (name, numeral)]
    assert shapes[0] is not shapes[1]


LONG_LINES = {
    "parts that are alike": "f(x); ",
    "gaps of all kinds": "a  = b ;\tc,   d { e }\u00a0é ",
    "literals and comments": 'f("a  ;b", \'x\', r#"c"#); /* d; /* e */ */ \'g: loop {} ',
    "sums": "a + ",
    "brackets": "f(a, {b}) ",
    "closers alone": ") } ; ] ",
    "characters of no use": "a ~ `; \\ , ",
    "items": "fn f() {} use a::{b, c}; ",
    "macros": "m!(a b; c, $(d),*); #[e(f)] ",
}


@pytest.mark.parametrize("name", LONG_LINES)
def test_a_line_read_in_parts_is_read_as_a_whole(name: str) -> None:
    text = LONG_LINES[name] * (21_000 // len(LONG_LINES[name]))
    for whole in (
        text,
        f"fn f() {{\n{text}\n}}\n",
        f"/* a\n */ {text}// b\r\nlet c = d;",
        f'"\n" {text}',
    ):
        iron = redox.reduce(whole).text
        assert redox.oxidize(iron).text == whole
        assert redox.reduce(whole).text == iron


@pytest.mark.parametrize("name", LONG_LINES)
def test_a_line_lexed_in_parts_is_lexed_as_a_whole(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = LONG_LINES[name] * 50
    whole = lexer.lex_line(text, lexer.CODE)
    for size in (40, 64, 97, 331):
        monkeypatch.setattr(lexer, "_LONG", size)
        assert lexer.lex_line(text, lexer.CODE) == whole
