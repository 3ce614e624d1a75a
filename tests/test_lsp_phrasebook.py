"""Features know phrases by their keys, so another wording of Iron needs no code."""

from __future__ import annotations

from pathlib import Path

import pytest

from redox import Phrasebook, load_phrasebook, oxidize
from redox_lsp.features.completion import completions, resolve
from redox_lsp.features.formatting import format_typed
from redox_lsp.features.hover import hover
from redox_lsp.features.navigation import Refusal, apply, rename
from redox_lsp.features.symbols import document_symbols
from redox_lsp.reading import Reading

OTHER = """
name = "Other"
based_on = "Iron"

[[phrase]]
key = "function"
say = "func"
rust = "fn"
role = "keyword"
next = "callable"
doc = "Declares a function."
iron = "func area begin end func"
means = "fn area() {}"

[[phrase]]
key = "end function"
say = "end func"
rust = ""
role = "end"
opens = "function"
doc = "Closes what `func` opened."
iron = "func f begin end func"
means = "fn f() {}"

[[phrase]]
key = "then"
say = "thus"
rust = "{"
role = "block"
closes = "head"
heads = "if"
doc = "Opens what is done if the condition holds."
iron = "if a thus b end if"
means = "if a { b }"
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Phrasebook:
    path: Path = tmp_path_factory.mktemp("books") / "other.toml"
    path.write_text(OTHER, encoding="utf-8")
    return load_phrasebook(path)


def test_completion_offers_its_words(book: Phrasebook) -> None:
    reading = Reading.of_text("func f begin\n    if a \n", book=book)
    found = sorted(completions(reading, len("func f begin\n    if a ")), key=lambda one: one.sort)
    assert found[0].label == "thus"
    snippet = next(one for one in found if one.label == "thus")
    assert resolve(reading, snippet.key) is not None


def test_constructs_are_written_in_its_words(book: Phrasebook) -> None:
    reading = Reading.of_text("", book=book)
    function = next(one for one in completions(reading, 0) if one.key == "snippet:function")
    assert function.text.startswith("func ${1:name}")
    assert function.text.endswith("end func")


def test_a_block_is_closed_in_its_words(book: Phrasebook) -> None:
    text = "func f begin\n"
    reading = Reading.of_text(text, book=book)
    assert apply(text, format_typed(reading, len(text), "\n")) == "func f begin\n    \nend func"


def test_names_may_be_its_words(book: Phrasebook) -> None:
    text = "func f takes a of type u8 begin\n    if a thus\n        a\n    end if\nend func\n"
    reading = Reading.of_text(text, book=book)
    edits = rename(reading, text.index("a of"), "thus")
    assert not isinstance(edits, Refusal)
    renamed = oxidize(apply(text, edits), book)
    assert renamed.text == "fn f(thus: u8) {\n    if thus {\n        thus\n    }\n}\n"
    assert renamed.diagnostics == ()
    assert [one.name for one in document_symbols(reading)] == ["f"]
    shown = hover(reading, text.index("thus"))
    assert shown is not None
    assert "`thus` means `{`" in shown.markdown
