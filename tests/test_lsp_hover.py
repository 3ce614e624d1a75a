"""Hover: what the words under `$0` mean."""

from __future__ import annotations

import pytest

from redox_lsp.features.hover import hover
from redox_lsp.markdown import fenced, inline
from redox_lsp.reading import Reading

CURSOR = "$0"


def hovered(marked: str) -> tuple[str, str]:
    """Return the words that a hover at the cursor speaks of, and what it says."""
    text = marked.replace(CURSOR, "")
    found = hover(Reading.of_text(text), marked.index(CURSOR))
    assert found is not None
    return text[found.span.start : found.span.end], found.markdown


@pytest.mark.parametrize(
    ("marked", "words", "says"),
    [
        ("let x be a is gre$0ater than b\n", "is greater than", "means `>`"),
        ("let x be a$0 is greater than b\n", "a", "let x = a > b;"),
        ("f wi$0th a\n", "with", "Opens the arguments of a call."),
        ("if a then\n    b\nen$0d if\n", "end if", "if a {\n    b\n}"),
        ("if a then\n    b\n$0otherwise\n    c\nend if\n", "otherwise", "} else {\n    c\n}"),
        ("let x = a $0&& b;\n", "&&", "- `and also`: Both hold."),
        ("l$0et x = a;\n", "let", "is the same in Iron and Rust"),
        ("/// Adds.\nfn add() {}\nfn f() { ad$0d() }\n", "add", "```rust\nfn add()\n```\n\nAdds."),
        ("fn f(a: u8) {\n    $0a;\n}\n", "a", "parameter `a`\n\n```rust\nfn f(a: u8) {\n```"),
        ("f with literally en$0d\n", "literally end", "The next word is a name"),
        ("match a against\n    ca$0se b gives c\nend match\n", "case", "writes no Rust"),
        ("func$0tion f begin\n    g(1)\nend function\n", "function", "fn f() {\n    g(1)\n}"),
    ],
)
def test_hover_says_what_words_mean(marked: str, words: str, says: str) -> None:
    spoken_of, markdown = hovered(marked)
    assert spoken_of == words
    assert says in markdown


def test_hover_shows_the_statement_inside_a_block_without_its_indentation() -> None:
    _, markdown = hovered("if a then\n    x beco$0mes b\n    y becomes c\nend if\n")
    assert markdown.endswith("```rust\nx = b;\n```")


@pytest.mark.parametrize(
    "marked", ["$0\n", "let x be a\n\n$0", "// no$0te\n", 'f with "a$0b"\n', "$0"]
)
def test_there_is_none_where_nothing_is_said(marked: str) -> None:
    assert hover(Reading.of_text(marked.replace(CURSOR, "")), marked.index(CURSOR)) is None


def test_no_text_leaves_its_fence() -> None:
    assert fenced("a\n```\nb", "rust") == "````rust\na\n```\nb\n````"
    assert inline("`a") == "`` `a ``"
