"""The laws on small texts, on what the fuzzer has found, and on faults that they must notice."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from fuzz_laws import KEPT, check_text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redox import Translation, load_phrasebook, reduce
from redox.laws import (
    KEPT_WORDS,
    LAWS,
    Case,
    Law,
    balanced_lines,
    check_laws,
    phrase_words,
    rename_identifiers,
)
from redox.rustlex import RustLexError, lex

# Syntax that is newer than the corpora, and corners of the lexer.
SNIPPETS = {
    "empty": "",
    "blank": " \t\n\r\n\r  ",
    "no final newline": "fn main() {}",
    "BOM": "\ufefffn main() {}\n",
    "CRLF": "fn main() {\r\n    let x = 1;\r\n}\r\n",
    "lone CR": "fn main() {\r    let x = 1; // to the line feed\r still\n}\r",
    "shebang": "#!/usr/bin/env run-cargo-script\nfn main() {}\n",
    "inner attribute": "#![feature(gen_blocks)]\n",
    "let chains": "fn f() { if let Some(x) = a && x > 1 && let Ok(y) = b { g(x, y); } }\n",
    "gen blocks": "gen fn f() -> u8 { yield 1; }\nasync gen fn g() { yield 2; }\n",
    "unsafe extern": 'unsafe extern "C" { pub safe fn f(); pub unsafe static X: u8; }\n',
    "use captures": "fn f<'a, T>(x: &'a T) -> impl Sized + use<'a, T> { x }\n",
    "C strings": 'static S: &CStr = c"hi\\n";\nstatic R: &CStr = cr#"a "quoted" b"#;\n',
    "raw borrow": "fn main() { let p = &raw const x.y;\nlet q = &raw mut z[0]; }\n",
    "async closures": "fn main() { let f = async |x: u8| -> u8 { x }; let g = async move || 1; }\n",
    "unsafe attribute": "#[unsafe(no_mangle)]\npub extern fn f() {}\n",
    "raw lifetimes": "fn f<'r#async>(x: &'r#async str) {}\n",
    "raw identifiers": "fn r#match(r#in: u8) -> u8 { r#in }\n",
    "let else": "fn f() { let Some(x) = y else { return; }; }\n",
    "nested tuples": "fn main() { let a = t.0.1.0; let b = 1.; 1..2; 1.0.max(2.); }\n",
    "never type": "fn f() -> ! { loop {} }\n",
    "many angles": "fn f() { let x: Vec<Vec<Option<u8>>>=a>>b; }\n",
    "binders": "type F = for<'a> fn(&'a u8) -> Box<dyn Fn(&'a u8) -> u8>;\n",
    "macro": "macro_rules! m { ($($x:expr),* $(,)?) => { $( f($x); )* }; }\nm!{ a b c }\n",
    "prose in a macro": "m!(This is the title, done with it; end function);\n",
    "comments": "//! inner\n/* a /* nested */ */ fn /* in */ f() {} // end\n/// doc\nfn g() {}\n",
    "strings of lines": 'fn main() { let s = "one\n  two\\\n   three"; let r = r#"\n " \n"#; }\n',
    "odd spacing": "fn  f ( a :u8 ,b:u8)->u8{a+b}\n  static X:u8=1 ;\n\n\n",
    "named like Iron": "fn end(done: u8, with: u8) -> u8 { let begin = done + with; begin }\n",
    "beyond ASCII": "fn main() { let naïve = 变量 + e\u0301t\u0301; } // ünï\n",
    "gibberish": ") } ] fn { ( -> => :: 'x' 'y ; ; #\n",
}


@pytest.mark.parametrize("law", [law for law in LAWS if law is not Law.L2_MIXED])
@pytest.mark.parametrize("name", SNIPPETS)
def test_law_on_snippet(name: str, law: Law) -> None:
    if name in ("prose in a macro", "gibberish") and law in (Law.L2, Law.L2_RENAMED):
        pytest.skip("Rust's parser refuses it, so that L2 says nothing")
    case = Case(SNIPPETS[name], seed=random.SystemRandom().randrange(2**32))
    assert not list(check_laws(case, [law])), case.reduced.text


@pytest.mark.parametrize("path", sorted(KEPT.glob("*.txt")), ids=lambda path: path.stem)
def test_kept_text_breaks_no_law_again(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "surrogatepass")
    assert not list(check_text(text))


@settings(deadline=5000, suppress_health_check=list(HealthCheck))
@given(st.text(st.characters(codec=None)))
def test_any_text_breaks_no_law(text: str) -> None:
    assert not list(check_text(text))


@settings(deadline=5000, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from(sorted(_ for p in load_phrasebook().phrases for _ in p.text.split())))
)
def test_any_words_of_iron_break_no_law(words: list[str]) -> None:
    assert not list(check_text(" ".join(words)))


def with_iron(rust: str, iron: str) -> Case:
    """A case whose `reduce` is said to have written `iron`."""
    case = Case(rust)
    reduced = reduce(rust)
    case.__dict__["reduced"] = Translation(iron, reduced.map, reduced.diagnostics)
    return case


def test_lossless_notices_a_lost_character() -> None:
    case = Case("let x = 1;\n")
    case.__dict__["restored"] = "let x = ;\n"
    failure = LAWS[Law.L1](case)
    assert failure is not None
    assert (failure.offset, failure.line, failure.wanted, failure.found) == (8, 1, "1", ";")


def test_pure_notices_a_sign_and_a_changed_comment() -> None:
    assert LAWS[Law.L4](with_iron("x + y // a", "x + y // a")) is not None
    assert LAWS[Law.L4](with_iron("x + y // a", "x plus y // b")) is not None
    assert LAWS[Law.L4](with_iron("x + y // a", "x plus y // a")) is None


def test_lines_and_map_notices_a_lost_line() -> None:
    assert LAWS[Law.L5](with_iron("x\n+ y", "x plus y")) is not None


def test_what_a_law_raises_is_a_failure() -> None:
    case = Case("let x = 1;")
    case.__dict__["restored"] = None
    assert [failure.law for failure in check_laws(case, [Law.L1])] == [Law.L6]


def test_renaming_keeps_keywords_and_the_kinds_of_tokens() -> None:
    rust = "fn f<'a>(self, x: &'a u8) -> r#in { union + x.0.1 + g!(\"f\") } // f\n"
    words = phrase_words(load_phrasebook())
    renamed = rename_identifiers(rust, lex(rust), random.Random(1), words)
    assert [token.kind for token in lex(renamed)] == [token.kind for token in lex(rust)]
    for token, old in zip(lex(renamed), lex(rust), strict=True):
        word, before = renamed[token.start : token.end], rust[old.start : old.end]
        assert word == before or (word in words and before not in KEPT_WORDS)


def test_balanced_lines_leave_out_what_spans_lines() -> None:
    rust = 'f(\n    a + b,\n);\nlet s = "\n x ";\nlet t = y;\n// z\nfn g<\n  T,\n>() {}\n'
    assert balanced_lines(Case(rust)) == [1, 5, 8]


@pytest.mark.parametrize(
    ("rust", "offset"),
    [
        ('let s = "a;', 8),
        ("/* /* */", 0),
        ('r#"a"', 0),
        ("let c = ';\n", 8),
        ("0x", 0),
        ("1e", 0),
        ("a \x00", 2),
        ("a \\ b", 2),
        ('br##~"a"', 0),
    ],
)
def test_what_rusts_lexer_refuses_is_refused(rust: str, offset: int) -> None:
    with pytest.raises(RustLexError) as raised:
        lex(rust)
    assert raised.value.offset == offset


@pytest.mark.parametrize(
    ("rust", "kinds"),
    [
        ("#!/bin/run it's\nx", "shebang space word"),
        (
            "#! // not yet\n /* nor yet */ [a]",
            "punct punct space comment space comment space punct",
        ),
        ("#!/// a doc comment\n[a]", "shebang space punct"),
        (
            "'a 'b' '\\'' b'c' 'de",
            "lifetime space literal space literal space literal space lifetime",
        ),
        ("1.0 1. 1.x 0x1F_u8 1e-3f32", "number space number space number punct word space number"),
        ('r"a" r#x br##"a"#b"## c"a"', "literal space word space literal space literal"),
        ("/* a /* b */ */ x//", "comment space word comment"),
        ("\ufeffé", "space word"),
    ],
)
def test_lex_names_the_kinds(rust: str, kinds: str) -> None:
    found = " ".join(token.kind for token in lex(rust))
    assert found == kinds or found.startswith(f"{kinds} ")
