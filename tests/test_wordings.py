"""Wordings of Rust as arms: each comes back and is told from Rust; the controls that we have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from redox import PhrasebookError, load_phrasebook, oxidize
from redox.files import read_text
from redox.keywords import KEYWORDS
from redox.laws import Case, Law, check_laws
from redox_eval.arms import Arm, known_arms
from redox_eval.prompts import ask
from redox_eval.wordings import Phrased, load_wording
from redox_training.datasets import build

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "experiments" / "v3_smollm2"
PLACEBO, VERBOSE = str(FOLDER / "placebo.toml"), str(FOLDER / "verbose.toml")
ARMS = known_arms({"placebo": PLACEBO, "verbose": VERBOSE})
HARD = """\
#!/usr/bin/env run
//! fn at the top
use std::fmt; // fn
pub fn function(r#fn: &mut str, function_: u8, r#function: u8) -> i64 {

    let text = "fn
        mut // \\
    "; /* fn
    mut */ let c = 'x'; //
    'fnord: loop { break 'fnord }
    function(text) //
}"""
REAL = sorted((ROOT / "examples").rglob("*.rs"))


@pytest.mark.parametrize("arm", ARMS.values(), ids=lambda arm: str(arm.name))
class TestEveryArm:
    @pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
    def test_comes_back(self, arm: Arm, end: str) -> None:
        wording = arm.load()
        for rust in (HARD, HARD + "\n", "", "\n", "fn", *map(read_text, REAL)):
            text = re.sub(r"\r?\n", end, rust)
            done = wording.render(wording.say(text))
            assert (done.rust, done.is_own_language, done.faults) == (text, True, ())

    def test_of_tasks_comes_back(self, arm: Arm) -> None:
        wording = arm.load()
        for task in list(build("foundation_v3", draws=4))[::3]:
            done = wording.render(wording.say(task.reference or ""))
            assert (done.rust, done.is_own_language) == (task.reference, True)

    def test_is_called_by_its_own_name(self, arm: Arm) -> None:
        task = next(iter(build("foundation_v1")))
        system, user = ask(task, arm)
        assert f"You write {arm.load().language}." in system["content"]
        assert arm.load().signature(task.signature) in user["content"]

    def test_rust_is_not_its_language(self, arm: Arm) -> None:
        done = arm.load().render("pub fn add(a: &mut i64) -> i64 {\n    *a + 1\n}\n")
        assert done.is_own_language == arm.is_rust
        assert done.rust.startswith("pub fn add(a: &mut i64)")


def test_hashes_differ() -> None:
    assert len({arm.load().hash for arm in ARMS.values()}) == len(ARMS)


def test_verbose_rust_may_lack_its_comments() -> None:
    wording = load_wording(VERBOSE)
    assert wording.say("fn f() {\n\n}\n") == "function f() { //\n\n} //\n"
    assert wording.render("function f() {\n\n} //\n").rust == "fn f() {\n\n}\n"
    assert wording.render('function f() { "').rust == 'fn f() { "'


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('comment = "//"\n[words]\nfunc = "fn"', "words for keywords"),
        ('comment = "//"\n[words]\nfn = "mod"', "a word of its own"),
        ('comment = "//"\n[words]\nfn = "f"\nmod = "f"', "a word of its own"),
        ('comment = "//"\n[words]\nfn = "f_"', "a word of its own"),
        ('comment = "pad"\n[words]\nfn = "f"', "comment is one of a line"),
        ('comment = "//"\nphrase = 1\n[words]\nfn = "f"', "unknown keys: phrase"),
    ],
)
def test_a_respelling_that_is_none_is_refused(text: str, word: str, tmp_path: Path) -> None:
    place = tmp_path / "other.toml"
    place.write_text(f'based_on = "Rust"\n{text}\n', "utf-8")
    with pytest.raises(PhrasebookError, match=word):
        load_wording(str(place))


@pytest.mark.parametrize(
    ("words", "word"),
    [
        ('sailing = "x"', "no phrase has the words sailing"),
        ('plus = "minus"', "other phrases have the words minus"),
        ('plus = "adding"\nminus = "adding"', "two words become one"),
        ('plus = "two words"', "not words, or words of Rust: two words"),
        ('plus = "fn"', "not words, or words of Rust: fn"),
        ("plus = 1", "is a table of words"),
    ],
)
def test_words_that_can_not_be_said_otherwise_are_refused(
    words: str, word: str, tmp_path: Path
) -> None:
    place = tmp_path / "other.toml"
    place.write_text(f'based_on = "Iron"\n[words]\n{words}\n', "utf-8")
    with pytest.raises(PhrasebookError, match=word):
        load_wording(str(place))


# The placebo


def placebo() -> Phrased:
    wording = load_wording(PLACEBO)
    assert isinstance(wording, Phrased)
    return wording


def test_the_placebo_says_every_word_otherwise_and_nothing_else() -> None:
    own, iron = placebo().book, load_phrasebook()
    assert own.words & iron.words == iron.words & KEYWORDS.keys()
    assert len(own.words) == len(iron.words)
    for key, phrase in iron.by_key.items():
        other = own.by_key[key]
        assert (other.rust, other.role, len(other.words)) == (
            phrase.rust,
            phrase.role,
            len(phrase.words),
        )


def test_the_placebos_examples_mean_what_they_say() -> None:
    words = load_phrasebook().words - KEYWORDS.keys()
    checked = 0
    for phrase in placebo().book.phrases:
        # A name that is one of Iron's words became another name with the words around it.
        if not words & {*re.findall(r"\w+", phrase.rust_example)} and phrase.role != "spelled":
            done = oxidize(phrase.iron_example, placebo().book)
            assert (done.text, done.diagnostics) == (phrase.rust_example, ())
            checked += 1
    assert checked > 150


@pytest.mark.parametrize("source", REAL, ids=lambda path: str(path.name))
def test_the_placebo_keeps_the_laws(source: Path) -> None:
    case = Case(read_text(source), phrasebook=placebo().book)
    laws = (Law.L1, Law.L2, Law.L2_RENAMED, Law.L2_MIXED, Law.L3, Law.L4, Law.L5)
    assert list(check_laws(case, laws)) == []
