"""Symbols, folds, growing selections, colours, lenses and links."""

from __future__ import annotations

import gc
from weakref import ref

import pytest
from lsp_marks import read, reread, show

from redox import Span
from redox_lsp import outline as outlining
from redox_lsp.features.folding import folds, selection_ranges
from redox_lsp.features.lens import lenses
from redox_lsp.features.links import links
from redox_lsp.features.semantic import semantic_tokens, tokens_of_line
from redox_lsp.features.symbols import Symbol, document_symbols, find_symbols
from redox_lsp.legend import MODIFIERS, TYPES
from redox_lsp.outline import Outline, outline_of
from redox_lsp.reading import Reading

TEXT = """\
// The shapes.
// All of them.
import std its fmt
import std its io

/// A point.
attribute derive with Debug
public structure Point generic over T with fields
    x of type T
    y of type T
end structure

enumeration Shape with variants
    Dot
    Circle containing f64
end enumeration

implement generic over T done fmt its Display for Point of T begin
    function fmt takes reference to self begin
        function inner begin
        end function
    end function
end implement

module tests begin
    attribute test
    function works begin
        if a then
            b
        otherwise
            c
        end if
    end function
end module

fn main() {
    f(1);
}
"""


def tree(symbols: tuple[Symbol, ...]) -> list[object]:
    out: list[object] = []
    for one in symbols:
        out.append(f"{one.kind} {one.name}")
        if one.children:
            out.append(tree(one.children))
    return out


def test_symbols_are_a_tree() -> None:
    assert tree(document_symbols(Reading.of_text(TEXT))) == [
        "structure Point",
        ["field x", "field y"],
        "enumeration Shape",
        ["variant Dot", "variant Circle"],
        "implementation Display for Point",
        ["function fmt", ["function inner"]],
        "module tests",
        ["function works"],
        "function main",
    ]


def test_a_symbol_spans_its_attributes_and_its_end() -> None:
    reading = Reading.of_text(TEXT)
    point, _, display, tests, main = document_symbols(reading)
    whole = reading.text[point.span.start : point.span.end]
    assert whole.startswith("attribute derive")
    assert whole.endswith("end structure")
    assert point.detail == "generic over T"
    assert reading.text[display.span.start : display.span.end].endswith("end implement")
    assert reading.text[tests.span.start : tests.span.end].endswith("end module")
    assert reading.text[main.span.start : main.span.end] == "fn main() {\n    f(1);\n}"
    assert display.children[0].is_method
    assert tests.children[0].is_test


def test_symbols_stay_true_behind_an_edit() -> None:
    reading = Reading.of_text(TEXT)
    document_symbols(reading)
    place = TEXT.index("enumeration")
    after = reread(reading, place, place, "constant A of type u8 be 1\n")
    assert document_symbols(after) == document_symbols(Reading.of_text(after.text))


def test_symbols_are_found_by_their_letters() -> None:
    found = find_symbols(Reading.of_text(TEXT), "wrk")
    assert [(one.name, one.container) for one in found] == [("works", "tests")]
    assert len(find_symbols(Reading.of_text(TEXT), "")) == 11


def test_modules_nested_without_end_are_flattened() -> None:
    text = "mod a { " * 3_000 + "}" * 3_000
    symbols = document_symbols(Reading.of_text(text))
    depth = 0
    while symbols:
        symbols, depth = symbols[0].children, depth + 1
    assert depth == 41


def test_blocks_comments_and_imports_fold() -> None:
    found = [(one.first, one.last, one.kind.value) for one in folds(Reading.of_text(TEXT))]
    assert found == [
        (0, 1, "comment"),
        (2, 3, "imports"),
        (7, 9, "block"),
        (12, 14, "block"),
        (17, 21, "block"),
        (18, 20, "block"),
        (24, 32, "block"),
        (26, 31, "block"),
        (27, 28, "block"),
        (29, 30, "block"),
        (35, 36, "block"),
    ]


@pytest.mark.parametrize(
    ("marked", "grown"),
    [
        (
            "if a then\n    f with $0b and c done plus 1\nend if\n",
            [
                "b",
                "b and c",
                "with b and c done",
                "f with b and c done plus 1",
                "then\n    f with b and c done plus 1\nend if",
                "if a then\n    f with b and c done plus 1\nend if",
                "if a then\n    f with b and c done plus 1\nend if\n",
            ],
        ),
        ("f(g($0a));", ["a", "(a)", "g(a)", "(g(a))", "f(g(a));"]),
        ("let literally $0end be 1", ["end", "literally end", "let literally end be 1"]),
        ("$0", [""]),
    ],
)
def test_a_selection_grows(marked: str, grown: list[str]) -> None:
    reading, offset = read(marked)
    spans = selection_ranges(reading, offset)
    assert [reading.text[one.start : one.end] for one in spans] == grown


def coloured(text: str) -> list[tuple[str, str]]:
    reading = Reading.of_text(text)
    return [
        (reading.body_of(line)[one.start : one.end], TYPES[one.type])
        for line, tokens in semantic_tokens(reading)
        for one in tokens
    ]


def test_words_have_colours() -> None:
    assert coloured("let x be v calling len or return // note\n") == [
        ("let", "keyword"),
        ("x", "variable"),
        ("be", "operator"),
        ("v", "variable"),
        ("calling", "operator"),
        ("len", "method"),
        ("or return", "keyword"),
        ("// note", "comment"),
    ]
    assert coloured("f with literally end and 'a' and 1\n")[2:5] == [
        ("literally", "keyword"),
        ("end", "variable"),
        ("and", "operator"),
    ]
    assert ("println", "macro") in coloured('println!("{}", Vec::<u8>::new());')
    assert ("otherwise", "keyword") in coloured("if a then\n    b\notherwise\n    c\nend if\n")


def test_colours_of_a_range_are_those_of_its_lines() -> None:
    reading = Reading.of_text(TEXT)
    place = TEXT.index("enumeration")
    lines = [line for line, _ in semantic_tokens(reading, Span(place, place + 5))]
    assert lines == [12]
    assert MODIFIERS[:2] == ("declaration", "documentation")


def test_colours_of_lines_left_alone_are_the_same_object() -> None:
    reading = Reading.of_text("let a be 1\nlet b be 2\nlet c be 3\n")
    before = [tokens_of_line(reading, line) for line in range(3)]
    after = reread(reading, 15, 16, "d")
    kept = [tokens_of_line(after, line) is old for line, old in enumerate(before)]
    assert kept == [True, False, True]


def test_what_can_be_run_has_a_lens() -> None:
    found = [(one.title, one.path) for one in lenses(Reading.of_text(TEXT))]
    assert found == [
        ("Run tests", "tests"),
        ("Run test", "tests::works"),
        ("Run", "main"),
    ]


def test_links_lead_out_of_the_text() -> None:
    text = (
        "// See https://example.org/a.\nmodule shapes\nmodule b begin\nend module\n"
        'let x be include_str macro with "a.txt"\n'
    )
    reading = Reading.of_text(text)
    found = links(reading)
    assert show(text, [one.span for one in found]) == (
        "// See «https://example.org/a».\nmodule «shapes»\nmodule b begin\nend module\n"
        'let x be include_str macro with "«a.txt»"\n'
    )
    assert [one.paths[:1] for one in found] == [(), ("shapes.iron",), ("a.txt",)]


def test_an_outline_goes_with_its_reading() -> None:
    """Else each key leaves one behind, and the collector holds up some key for all of them."""
    reading = Reading.of_text(TEXT + "module m begin\n    import super its Point\nend module\n")
    outline = outline_of(reading)
    held: list[ref[object]] = [ref(module) for module in outline.modules]
    held += [ref(one.container) for one in outline.declared.values()]
    assert len(held) > 10
    gc.disable()
    try:
        del reading, outline
        assert not [one for one in held if one() is not None]
    finally:
        gc.enable()


def test_who_comes_to_an_outline_at_once_gets_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two that were put together one would go, while the other thread still looks at it."""
    reading = Reading.of_text(TEXT)
    others: list[Outline] = []
    put_together = outlining._put_together

    def meanwhile(reading: Reading) -> Outline:
        outline = put_together(reading)
        if not others:
            others.append(outline)  # else the other one would come to this one's end, too
            others.append(outline_of(reading))
        return outline

    monkeypatch.setattr(outlining, "_put_together", meanwhile)
    assert outline_of(reading) is others[1]
    assert outline_of(reading) is not others[0]
