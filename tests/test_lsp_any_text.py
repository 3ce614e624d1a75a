"""No feature raises on any text: Iron and Rust, cut, doubled, mixed and soiled at random."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsp_marks import reread

from redox import Span, load_phrasebook, oxidize
from redox.files import read_text
from redox_lsp.features.actions import code_actions, show_as_iron, show_as_rust
from redox_lsp.features.completion import completions, resolve
from redox_lsp.features.folding import folds, selection_ranges
from redox_lsp.features.formatting import format_range, format_text, format_typed
from redox_lsp.features.hints import inlay_hints
from redox_lsp.features.hover import hover
from redox_lsp.features.lens import lenses
from redox_lsp.features.linked import linked_ranges
from redox_lsp.features.links import links
from redox_lsp.features.navigation import (
    Refusal,
    apply,
    definition,
    highlights,
    prepare_rename,
    references,
    rename,
)
from redox_lsp.features.semantic import semantic_tokens
from redox_lsp.features.signatures import signature_help
from redox_lsp.features.symbols import document_symbols, find_symbols
from redox_lsp.outline import outline_of
from redox_lsp.reading import Reading

ROOT = Path(__file__).parent.parent
SOURCES = [
    read_text(path)
    for path in sorted((ROOT / "examples").rglob("*.*"))
    if path.suffix in (".iron", ".rs")
]
SOILS = [
    *("\n", "\r", "\r\n", " ", "\t", '"', "'", "/*", "*/", "//", "(", ")", "{", "}", "[", "]", "<"),
    *(">", "|", "#", "!", "::", ".", ",", ";", "=>", "$", "\ud800", "\x00", "\ufeff", "é", "😀"),
    *("literally ", "the word ", "case ", "going on", "nested ", "end ", "done", "macro begin\n"),
    *("use a::{self, b as c, *};", "macro_rules! m {", "impl<T> A for B<T> {", "match x {", "'a: "),
    *("let ", "fn f(", "#[a]\n", "for x in ", "if let Some(", "closure x giving ", "union U {"),
    *(f"{phrase.text} " for phrase in load_phrasebook().phrases if phrase.role != "spelled"),
]
AT: dict[str, Callable[[Reading, int], object]] = {
    "hover": hover,
    "completions": completions,
    "signature_help": signature_help,
    "definition": definition,
    "references": references,
    "highlights": highlights,
    "prepare_rename": prepare_rename,
    "selection_ranges": selection_ranges,
    "linked_ranges": linked_ranges,
    "code_actions": lambda reading, offset: code_actions(reading, Span(offset, offset)),
    "format_typed": lambda reading, offset: format_typed(reading, offset, "\n"),
    "format_closer": lambda reading, offset: format_typed(reading, offset, "f"),
}
WHOLE: dict[str, Callable[[Reading], object]] = {
    "symbols": document_symbols,
    "find_symbols": lambda reading: find_symbols(reading, "a"),
    "folds": folds,
    "semantic_tokens": lambda reading: list(semantic_tokens(reading)),
    "inlay_hints": inlay_hints,
    "lenses": lenses,
    "links": links,
    "format_text": lambda reading: format_text(reading, with_rustfmt=False),
}


def soiled(seed: int) -> str:
    """Return a passage of a source with a few words put in and taken out."""
    chance = random.Random(seed)
    source = chance.choice(SOURCES)
    start = chance.randrange(len(source))
    text = source[start if chance.random() < 0.5 else 0 :][: chance.randrange(20, 900)]
    for _ in range(chance.randrange(6)):
        place = chance.randrange(len(text) + 1)
        cut = chance.randrange(12) if chance.random() < 0.5 else 0
        text = text[:place] + chance.choice(SOILS) + text[place + cut :]
    return text


def check(text: str, offset: int) -> None:
    """Ask every feature, and hold what it says inside the text."""
    reading = Reading.of_text(text)
    for ask in AT.values():
        ask(reading, offset)
    for ask_whole in WHOLE.values():
        ask_whole(reading)
    for one in completions(reading, offset):
        resolve(reading, one.key)
    spans = selection_ranges(reading, offset)
    for inner, outer in pairwise(spans):
        assert outer.start <= inner.start <= inner.end <= outer.end
    for line, tokens in semantic_tokens(reading):
        past = 0
        for token in tokens:
            assert past <= token.start < token.end <= len(reading.rows[line][0])
            past = token.end


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.floats(0, 1))
def test_no_feature_raises_on_soiled_sources(seed: int, part: float) -> None:
    text = soiled(seed)
    check(text, round(part * len(text)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(SOILS), max_size=40), st.floats(0, 1))
def test_no_feature_raises_on_any_soup(words: list[str], part: float) -> None:
    text = "".join(words)
    check(text, round(part * len(text)))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_what_an_edit_leaves_is_as_if_read_anew(seed: int, place: int) -> None:
    text = soiled(seed)
    reading = Reading.of_text(text)
    outline_of(reading)
    start = place % (len(text) + 1)
    end = min(len(text), start + place % 7)
    after = reread(reading, start, end, SOILS[place % len(SOILS)])
    fresh = Reading.of_text(after.text)
    assert document_symbols(after) == document_symbols(fresh)
    assert list(semantic_tokens(after)) == list(semantic_tokens(fresh))
    assert folds(after) == folds(fresh)
    offset = min(start, len(after.text))
    assert references(after, offset) == references(fresh, offset)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.floats(0, 1), st.integers(0, 200))
def test_the_other_spelling_means_the_same(seed: int, part: float, length: int) -> None:
    text = soiled(seed)
    reading = Reading.of_text(text)
    start = round(part * len(text))
    span = Span(start, min(len(text), start + length))
    for respell in (show_as_rust, show_as_iron):
        edits = respell(reading, span)
        assert oxidize(apply(text, edits)).text == reading.rust


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_a_rename_can_be_undone(seed: int) -> None:
    text = soiled(seed)
    reading = Reading.of_text(text)
    offset = seed % (len(text) + 1)
    ready = prepare_rename(reading, offset)
    edits = rename(reading, offset, "fresh_name")
    if isinstance(ready, Refusal) or isinstance(edits, Refusal):
        return
    renamed = apply(text, edits)
    assert renamed.count("fresh_name") == len(edits)


@pytest.mark.parametrize("offset", [-5, 10_000])
def test_offsets_outside_the_text_are_taken(offset: int) -> None:
    for text in ("", "let x be 1", "let x be 1\n"):
        reading = Reading.of_text(text)
        for name, ask in AT.items():
            assert name
            ask(reading, offset)
        format_range(reading, Span(0, max(0, offset)))
