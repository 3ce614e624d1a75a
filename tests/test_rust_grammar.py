"""The grammar of Rust for guarded models: real code is in it, and what is in it is Rust.

What is nearly Rust is real code with one token taken away, put in, changed for another, or in
another's place; where the grammar takes such a text, Rust's parser has to.
"""

from __future__ import annotations

import os
import random
from functools import cache
from typing import Any

import pytest
from grammar_items import items_of
from test_grammar import CORPORA, TO_RUSTC, bad_of

from redox.parser import nightly_rustc
from redox.rustlex import Kind, Token, lex
from redox_eval.rust_grammar import rust_grammar

llguidance = pytest.importorskip("llguidance")
LEAST = 0.985
"""The share of real items that are sentences, at least; docs/grammar.md tells what is missing."""
MOST_WRONG = 0.02
"""The share of what is nearly Rust that the grammar takes and Rust does not, at most."""
SEED = int(os.environ.get("REDOX_GRAMMAR_SEED", random.SystemRandom().randrange(2**32)))
NEARLY = int(os.environ.get("REDOX_RUST_NEARLY", "600"))


@cache
def _ready() -> tuple[Any, str]:
    return llguidance.LLTokenizer("byte"), llguidance.grammar_from("lark", rust_grammar())


def read(rust: str) -> int:
    """Return how many bytes of a text the grammar reads; -1 if all of it is a sentence."""
    from redox_eval.decoding import LIMITS

    matcher = llguidance.LLMatcher(*_ready(), limits=LIMITS)
    assert not matcher.is_error(), matcher.get_error()
    data = list(rust.encode())
    done = int(matcher.try_consume_tokens(data))
    return -1 if done == len(data) and matcher.is_accepting() else done


@pytest.mark.parametrize(
    "rust",
    [
        "fn f() { a < b; a as u32 > b; (a as u32) < b; a::<Vec<Vec<u8>>>() >> 1; }",
        "fn f() { match x {}.y(); if x == (S { a: 1 }) {} }",
        "fn f() { 1.max(2); 0..=5; 1.5e3; 1.; t.0.1; t.0 .1; ..; a..; }",
        "fn f() { let Some(x) = y else { return }; 'a: loop { break 'a 5 } }",
        "fn f() { for i in 0.. { x = || y; } while let Some(x) = y {} }",
        "fn f() { let A::B(ref mut x @ 1..=5, ..) | (-1, [a, .., b]) = &raw const y; }",
        "fn f() { match x { A if b => {} B | C => d, _ => e? } }",
        'fn f() { r"a"; br#"b"#; b\'c\'; \'\\u{10ffff}\'; 0xff_u8; vec![r + b "x"]; }',
        "/// a\nimpl<'a, T: ?Sized + A<B = C>> D for E<'a, T> where T: for<'b> F<'b> {}",
        "use a::{self, b::*, c as _};\npub(crate) struct S<const N: usize = 1>(pub [u8; N]);",
        "trait A: B { type C<'a>: D where Self: 'a; fn e(&'a mut self, x: impl F + 'a); }",
        "fn f(x: &dyn Fn(u8) -> Box<dyn A + 'static>) -> impl Iterator<Item = <A as B>::C> + '_ {}",
        '#[cfg(a)] extern "C" { pub fn f(x: *const u8, ...); }\nmacro_rules! m { ($x:expr) => {} }',
    ],
)
def test_this_is_rust(rust: str) -> None:
    assert read(rust) == -1, rust[read(rust) :]


@pytest.mark.parametrize(
    "rust",
    [
        "fnmain() {}",
        "fn f() { a as u32 < b; }",
        "fn f() { a as u32 << b; }",
        "fn f() { a < b < c; }",
        "fn f() { a..b..c; }",
        "fn f() { if x == S { a: 1 } {} }",
        "fn f() { match x {} + 1; }",
        "fn f() { let Some(x) = S { a } else { return }; }",
        "fn f(self) {}",
        "fn f() { let x = '\\u{d800}'; }",
        'fn f() { vec![b"\u00e9"]; }',
        'fn f() { vec![b r""]; vec![br""]; vec![ab""]; }',
        "fn f();",
        "fn f() { x. y }",
        "fn f() { /// a\n }",
    ],
)
def test_this_is_none(rust: str) -> None:
    assert read(rust) >= 0


def _items(count: int, seed: int) -> list[str]:
    files = sorted(path for corpus in CORPORA for path in corpus.rglob("*.rs"))
    if not files:
        pytest.skip("no corpora; Debian's librust-*-dev and rust-src bring them")
    chosen = random.Random(seed)
    return [item.rust for path in chosen.sample(files, count) for item in items_of(path, chosen, 6)]


def test_real_items_are_sentences() -> None:
    items = _items(60, 1)
    refused = [(rust, done) for rust in items if (done := read(rust)) >= 0]
    told = "\n".join(f"{rust[max(0, at - 60) : at]}⟦{rust[at : at + 30]}" for rust, at in refused)
    assert len(items) > 200
    assert 1 - len(refused) / len(items) >= LEAST, f"{len(refused)} of {len(items)}\n{told}"


def test_what_is_nearly_rust_is_no_sentence() -> None:
    if nightly_rustc() is None:
        pytest.skip("no nightly rustc, which parses without compiling")
    chosen = random.Random(SEED)
    items = [rust for rust in _items(40, SEED) if len(rust) < 2000]
    nearly = [_changed(chosen.choice(items), chosen) for _ in range(NEARLY)]
    taken = [rust for rust in nearly if read(rust) == -1]
    batches = range(0, len(taken), TO_RUSTC)
    bad = [one for at in batches for one in bad_of(taken[at : at + TO_RUSTC])]
    assert len(taken) > NEARLY / 20
    assert len(bad) <= max(2, len(taken) * MOST_WRONG), f"seed {SEED}: {len(bad)}\n{bad[:3]}"


def _changed(rust: str, chosen: random.Random) -> str:
    """Return a text with one token taken away, put in, changed for another, or moved."""
    tokens = [token for token in lex(rust) if token.kind not in (Kind.SPACE, Kind.COMMENT)]
    one, other = chosen.choice(tokens), chosen.choice(tokens)
    said = _text(rust, other)
    way = chosen.randrange(4)
    if way == 0:
        return rust[: one.start] + rust[one.end :]
    if way == 1:
        return f"{rust[: one.start]}{said} {rust[one.start :]}"
    if way == 2 or one.start >= other.start:
        return rust[: one.start] + said + rust[one.end :]
    between = rust[one.end : other.start]
    return rust[: one.start] + said + between + _text(rust, one) + rust[other.end :]


def _text(rust: str, token: Token) -> str:
    return rust[token.start : token.end]
