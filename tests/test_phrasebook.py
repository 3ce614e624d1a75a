"""The phrasebook: its examples are tests, its rules are held, and another wording works as well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from redox import Phrase, PhrasebookError, load_phrasebook, oxidize, phrasebook, reduce
from redox.files import read_text
from redox.phrasebook import BUILT_IN
from redox.phrasebook_rules import check_phrasebook

ROOT = Path(__file__).parent.parent
BOOK = load_phrasebook()
SPELLED = [phrase for phrase in BOOK.phrases if phrase.role == "spelled"]
SAID = [phrase for phrase in BOOK.phrases if phrase.role != "spelled"]
WRITTEN_BY_PEOPLE = {
    "give": "reads better, and says nothing",
    "nested": "only where the line before counts on another beginning",
    "the word": "only where a keyword would close or open something",
}
"""Phrases that `reduce` does not write where the example has them, and when it does."""

ROW = """
[[phrase]]
say = "{say}"
rust = "{rust}"
role = "{role}"
doc = "A row."
iron = "x"
means = "x"
"""
MakeBook = Callable[..., Path]


def by_text(phrase: Phrase) -> str:
    return phrase.text


@pytest.mark.parametrize("phrase", SAID, ids=by_text)
class TestExample:
    def test_holds_its_phrase(self, phrase: Phrase) -> None:
        assert phrase.text in phrase.iron_example

    def test_means_what_it_says(self, phrase: Phrase) -> None:
        translated = oxidize(phrase.iron_example)
        assert translated.text == phrase.rust_example
        assert translated.diagnostics == ()

    def test_is_what_reduce_writes(self, phrase: Phrase) -> None:
        written = reduce(phrase.rust_example).text
        if phrase.key in WRITTEN_BY_PEOPLE:
            assert oxidize(written).text == phrase.rust_example
        else:
            assert written == phrase.iron_example


@pytest.mark.parametrize("phrase", SPELLED, ids=by_text)
def test_spelled_out_phrase_means_its_token_between_words(phrase: Phrase) -> None:
    assert (phrase.iron_example, phrase.rust_example) == (phrase.text, phrase.rust)
    translated = oxidize(f"let x be a {phrase.text} b going on").text
    assert translated.replace(" ", "") == f"letx=a{phrase.rust}b"


def test_every_doc_is_a_sentence() -> None:
    for phrase in BOOK.phrases:
        assert phrase.doc[:1].isupper(), phrase.text
        assert phrase.doc.endswith("."), phrase.text
        assert "\n" not in phrase.doc, phrase.text


def test_built_in_phrasebook_keeps_its_rules() -> None:
    check_phrasebook(BOOK)


@pytest.fixture
def make_book(tmp_path: Path) -> MakeBook:
    """Write a phrasebook that is the built-in one with some text replaced and rows added."""

    def make(*rows: str, replace: tuple[str, str] = ("", "")) -> Path:
        text = read_text(BUILT_IN)
        if replace[0]:
            assert text.count(replace[0]) == 1, replace[0]
            text = text.replace(*replace)
        path = tmp_path / "other.toml"
        path.write_text(text + "".join(rows), encoding="utf-8", newline="")
        return path

    return make


def row(say: str, rust: str, role: str, *more: str) -> str:
    return ROW.format(say=say, rust=rust, role=role) + "\n".join(more) + "\n"


class TestRefused:
    """Each broken phrasebook is refused, and the message names the rows."""

    def test_two_phrases_of_one_spelling(self, make_book: MakeBook) -> None:
        path = make_book(row("plus", "-", "infix"))
        with pytest.raises(PhrasebookError, match=r"'plus' stands for '\+' and for '-'"):
            load_phrasebook(path)

    def test_unknown_role(self, make_book: MakeBook) -> None:
        with pytest.raises(PhrasebookError, match=r"\('shouting'\): unknown role; one of keyword"):
            load_phrasebook(make_book(row("shouting", "!", "shout")))

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ('opens = "door"', "opens is one of"),
            ('closes = "door"', "closes is one of"),
            ('next = "door"', "next is one of"),
            ('left = "wide"', "left is one of"),
            ('colour = "red"', "unknown keys: colour"),
        ],
    )
    def test_unknown_values(self, make_book: MakeBook, line: str, message: str) -> None:
        with pytest.raises(PhrasebookError, match=rf"\('shouting'\): {message}"):
            load_phrasebook(make_book(row("shouting", "!", "infix", line)))

    @pytest.mark.parametrize("say", ["", "two  spaces", "has-hyphen", "naïve", " plus"])
    def test_phrase_that_is_no_words(self, make_book: MakeBook, say: str) -> None:
        with pytest.raises(PhrasebookError, match="a phrase is words parted by single spaces"):
            load_phrasebook(make_book(row(say, "!", "infix")))

    @pytest.mark.parametrize("say", ["return", "while"])
    def test_phrase_that_is_a_word_of_rust(self, make_book: MakeBook, say: str) -> None:
        with pytest.raises(PhrasebookError, match=f"'{say}' is a word of Rust"):
            load_phrasebook(make_book(row(say, "!", "prefix")))

    def test_phrase_that_rust_could_hold(self, make_book: MakeBook) -> None:
        with pytest.raises(PhrasebookError, match="'return sign' could be Rust"):
            load_phrasebook(make_book(row("return sign", "->", "spelled")))

    def test_missing_token(self, make_book: MakeBook) -> None:
        path = make_book(replace=('rust = "~"', 'rust = "+"'))
        with pytest.raises(PhrasebookError, match="no spelled-out phrase for '~'"):
            load_phrasebook(path)

    def test_missing_key(self, make_book: MakeBook) -> None:
        path = make_book(replace=('say = "plus"', 'say = "added to"'))
        with pytest.raises(PhrasebookError, match="no phrase with the key 'plus'"):
            load_phrasebook(path)

    def test_longer_phrase_that_does_not_say_so(self, make_book: MakeBook) -> None:
        path = make_book(row("plus twice", "+", "infix"))
        with pytest.raises(PhrasebookError, match="'plus twice' is 'plus' and a name 'twice'"):
            load_phrasebook(path)
        load_phrasebook(make_book(row("plus once", "+", "infix", 'extends = "plus"')))

    def test_every_broken_row_is_named(self, make_book: MakeBook) -> None:
        path = make_book(row("plus", "-", "infix"), row("while", "!", "prefix"))
        with pytest.raises(PhrasebookError) as caught:
            load_phrasebook(path)
        assert "'plus'" in str(caught.value)
        assert "'while'" in str(caught.value)

    @pytest.mark.parametrize("text", ["", "name = 1", "phrase = 1", "[[phrase]", "phrase = [1]"])
    def test_no_phrasebook_at_all(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "other.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(PhrasebookError):
            load_phrasebook(path)

    def test_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            load_phrasebook(tmp_path / "none.toml")


OTHER = """
name = "Terse"
based_on = "Iron"

[[phrase]]
key = "function"
say = "func"
rust = "fn"
role = "keyword"
next = "callable"
doc = "Declares a function."
iron = "func area begin end function"
means = "fn area() {}"

[[phrase]]
key = "is greater than"
say = "exceeds"
rust = ">"
role = "infix"
doc = "Compares."
iron = "let x be a exceeds b"
means = "let x = a > b;"

[[phrase]]
key = "done"
say = "stop"
rust = ""
role = "closer"
doc = "Closes the innermost bracket."
iron = "let x be f with a stop plus 1"
means = "let x = f(a) + 1;"
"""


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A phrasebook that says three phrases otherwise."""
    path = tmp_path / "terse.toml"
    path.write_text(OTHER, encoding="utf-8")
    return path


class TestAnotherWording:
    def test_works_in_both_directions(self, other: Path) -> None:
        book = load_phrasebook(other)
        rust = "fn f(a: u8) {\n    let x = g(a) + 1 > a;\n}\n"
        iron = (
            "func f takes a of type u8 begin\n"
            "    let x be g with a stop plus 1 exceeds a\n"
            "end function\n"
        )
        assert reduce(rust, book).text == iron
        assert oxidize(iron, book).text == rust
        assert oxidize(iron, book).diagnostics == ()

    def test_keeps_what_it_does_not_say_otherwise(self, other: Path) -> None:
        book = load_phrasebook(other)
        assert book.name == "Terse"
        assert len(book.phrases) == len(BOOK.phrases)
        assert book.by_key["done"].text == "stop"
        assert book.by_key["plus"] == BOOK.by_key["plus"]

    @pytest.mark.parametrize(
        "source", sorted((ROOT / "examples").rglob("*.rs")), ids=lambda path: path.name
    )
    def test_real_files_come_back(self, other: Path, source: Path) -> None:
        book = load_phrasebook(other)
        rust = read_text(source)
        iron = reduce(rust, book).text
        assert iron != reduce(rust).text
        assert oxidize(iron, book).text == rust
        assert oxidize(rust, book).text == rust

    def test_unknown_base_and_key_are_refused(self, other: Path) -> None:
        other.write_text(OTHER.replace('"Iron"', '"Steel"'), encoding="utf-8")
        with pytest.raises(PhrasebookError, match="based_on can only be 'Iron'"):
            load_phrasebook(other)

    def test_unknown_key_is_refused(self, other: Path) -> None:
        other.write_text(OTHER.replace('key = "done"', 'key = "dune"'), encoding="utf-8")
        with pytest.raises(PhrasebookError, match="no such keys in Iron: dune"):
            load_phrasebook(other)


def test_a_phrasebook_that_somebody_is_at_work_on_is_read_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is ready is of the file as it is now, or it is left alone."""
    ready = tmp_path / "phrasebook.json"
    monkeypatch.setattr(phrasebook, "READY", ready)
    monkeypatch.setattr(phrasebook, "_load", phrasebook._load.__wrapped__)
    ready.write_text('{"source": 1, "table": {}}', encoding="utf-8")
    assert load_phrasebook().phrases == BOOK.phrases
    ready.unlink()
    assert load_phrasebook().phrases == BOOK.phrases
