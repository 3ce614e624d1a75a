"""`reduce` and `oxidize` on pairs of Rust and Iron, each of which buys several checks.

The pairs are in `tests/fixtures/pairs/*.txt`. A pair is a title behind `====`, the Rust, a line
`----`, and the Iron; ␍ stands for a carriage return, ⟨BOM⟩ for a byte order mark, and ␄ at a text's
end says that it ends without a line end. To add a pair, write title and Rust and let the test write
the Iron: what `reduce` writes otherwise than a file has it is written there, and the test fails.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from redox import MapSpan, Translation, oxidize, reduce
from redox.files import read_text, write_text
from redox.lexer import split_lines

FOLDER = Path(__file__).parent / "fixtures" / "pairs"
FILES = sorted(FOLDER.glob("*.txt"))
PAIR = re.compile(
    r"==== (?P<title>[^\n]+)\n(?P<rust>.*?)(?:^----\n(?P<iron>.*?))?(?=^==== |\Z)",
    re.MULTILINE | re.DOTALL,
)
BROKEN = FOLDER / "broken.txt"


@dataclass(frozen=True, slots=True)
class Pair:
    """A Rust text and the Iron that it becomes; no Iron where the file has none yet."""

    title: str
    rust: str
    iron: str | None


def read_pairs(path: Path) -> list[Pair]:
    return [
        Pair(
            found["title"], decode(found["rust"]), decode(found["iron"]) if found["iron"] else None
        )
        for found in PAIR.finditer(read_text(path))
    ]


def decode(text: str) -> str:
    """Return the text that stands in a file."""
    return text.removesuffix("␄\n").replace("␍", "\r").replace("⟨BOM⟩", "\ufeff")


def encode(text: str) -> str:
    """Write a text as it stands in a file."""
    shown = text.replace("\r", "␍").replace("\ufeff", "⟨BOM⟩")
    return shown if shown.endswith("\n") else f"{shown}␄\n"


PAIRS = [
    pytest.param(pair, path, id=f"{path.stem}: {pair.title}")
    for path in FILES
    for pair in read_pairs(path)
]


def comes_back_unchanged(rust: str, *, is_rust: bool = True) -> None:
    """Assert that Rust comes back from its Iron, and that it is Iron which means itself."""
    reduced = reduce(rust)
    assert oxidize(reduced.text).text == rust
    assert_maps(reduced, reduced.text, rust)
    if is_rust:
        oxidized = oxidize(rust)
        assert oxidized.text == rust
        assert_maps(oxidized, rust, rust)


def becomes(rust: str, iron: str) -> None:
    """Assert that Rust and Iron become each other, again and again, line for line."""
    assert reduce(rust).text == iron
    translated = oxidize(iron)
    assert translated.text == rust
    assert reduce(translated.text).text == iron
    assert_maps(translated, iron, rust)
    assert len(split_lines(iron)) == len(split_lines(rust))


def assert_maps(translation: Translation, iron: str, rust: str) -> None:
    """Assert that a translation's map tiles both texts and is inverse at the starts of tokens."""
    spans = list(translation.map.spans())
    for one, two in pairwise(spans):
        assert (one.iron_end, one.rust_end) == (two.iron_start, two.rust_start)
    first, last = (spans[0], spans[-1]) if spans else (MapSpan(0, 0, 0, 0), MapSpan(0, 0, 0, 0))
    assert (first.iron_start, first.rust_start) == (0, 0)
    assert (last.iron_end, last.rust_end) == (len(iron), len(rust))
    for span in spans:
        if span.is_same:
            shared = iron[span.iron_start : span.iron_end]
            assert shared == rust[span.rust_start : span.rust_end]
        if span.is_token and span.iron_start < span.iron_end and span.rust_start < span.rust_end:
            assert translation.map.rust_from_iron(span.iron_start) == span.rust_start
            assert translation.map.iron_from_rust(span.rust_start) == span.iron_start


@pytest.mark.parametrize(("pair", "path"), PAIRS)
def test_rust_comes_back_unchanged(pair: Pair, path: Path) -> None:
    comes_back_unchanged(pair.rust, is_rust=path != BROKEN)


@pytest.mark.parametrize(("pair", "path"), PAIRS)
def test_rust_becomes_iron(pair: Pair, path: Path) -> None:
    if pair.iron is not None:
        becomes(pair.rust, pair.iron)


@pytest.mark.parametrize(("pair", "path"), PAIRS)
def test_only_broken_rust_has_diagnostics(pair: Pair, path: Path) -> None:
    if path != BROKEN:
        reduced = reduce(pair.rust)
        assert reduced.diagnostics == ()
        assert oxidize(reduced.text).diagnostics == ()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_pairs_are_fresh(path: Path) -> None:
    fresh = "".join(
        f"==== {pair.title}\n{encode(pair.rust)}----\n{encode(reduce(pair.rust).text)}"
        for pair in read_pairs(path)
    )
    if read_text(path) != fresh:
        write_text(path, fresh)
        pytest.fail(f"{path.name} was stale and has been written again: look at what changed")


class TestRustInsideIron:
    """A statement written wholly in Rust keeps Rust's own ends; brackets are Rust to their end."""

    @pytest.mark.parametrize(
        ("iron", "rust"),
        [
            (
                "function f begin\n    let x = 1;\n    g(x)\nend function\n",
                "fn f() {\n    let x = 1;\n    g(x)\n}\n",
            ),
            ("let x be (a + b) times c\n", "let x = (a + b) * c;\n"),
            ("fn f() {\n    let x be a plus b;\n}\n", "fn f() {\n    let x = a + b;\n}\n"),
            (
                "#[derive(Debug)]\nstructure A containing u8\n",
                "#[derive(Debug)]\nstruct A(u8);\n",
            ),
            (
                'function f begin\n    println!("{}", done);\nend function\n',
                'fn f() {\n    println!("{}", done);\n}\n',
            ),
        ],
    )
    def test_keeps_its_meaning(self, iron: str, rust: str) -> None:
        translated = oxidize(iron)
        assert translated.text == rust
        assert translated.diagnostics == ()


class TestGaps:
    """One space is the gap that two phrases get by rule; any other has two spaces more."""

    @pytest.mark.parametrize(
        ("iron", "rust"),
        [
            ("let x be a plus b", "let x = a + b;"),
            ("let x be a  plus  b", "let x = a+b;"),
            ("let x be a    plus b", "let x = a  + b;"),
            ("let x be a\t  plus b", "let x = a\t+ b;"),
            ("f   with a", "f (a);"),
        ],
    )
    def test_both_ways(self, iron: str, rust: str) -> None:
        becomes(rust, iron)

    def test_tokens_are_never_glued(self) -> None:
        assert oxidize("let x be a  masked by  reference to b").text == "let x = a& &b;"
