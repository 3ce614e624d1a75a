"""The grammar of canonical Iron: real code is in it, and what is in it is Rust.

Real code is a fixed sample of items of the corpora; the sentences are drawn from the rules, from a
seed that is new on each run.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
from pathlib import Path

import pytest
from grammar_items import Item, items_of
from grammar_sentences import Drawing
from typer.testing import CliRunner

from redox import load_phrasebook, oxidize
from redox.cli import app
from redox.grammar import Refusal, is_sentence, load_grammar, strict_diagnostics
from redox.grammar_rules import (
    load_rules,
    render_lark,
    render_llguidance,
    whole_lines,
)
from redox.parser import is_parsed, nightly_rustc
from redox.process import empty_folder, run_program

ROOT = Path(__file__).parent.parent
CORPORA = (
    Path("/usr/share/cargo/registry"),
    *(path / "library" for path in sorted(Path("/usr/src").glob("rustc-*"))),
)
LEAST = 0.99
"""The share of real items that are sentences, at least; docs/grammar.md tells what is missing."""
SEED = int(os.environ.get("REDOX_GRAMMAR_SEED", random.SystemRandom().randrange(2**32)))
DRAWN = int(os.environ.get("REDOX_GRAMMAR_DRAWN", "1500"))
"""`REDOX_GRAMMAR_DRAWN=10000` draws as many as the bar asks for."""
TO_RUSTC = 40
"""How many texts rustc parses at once: each is a module."""


def test_real_items_are_sentences() -> None:
    files = sorted(path for corpus in CORPORA for path in corpus.rglob("*.rs"))
    if not files:
        pytest.skip("no corpora; Debian's librust-*-dev and rust-src bring them")
    chosen = random.Random(1)
    items = [item for path in chosen.sample(files, 60) for item in items_of(path, chosen, 6)]
    refused = [(item, found) for item in items if (found := load_grammar().refusal(item.iron))]
    outside = [one for one in refused if not one[0].is_in_macro(one[1].start)]
    judged = len(items) - len(refused) + len(outside)
    told = "\n".join(_told(item, found) for item, found in outside[:20])
    assert judged > 200
    assert 1 - len(outside) / judged >= LEAST, f"{len(outside)} of {judged}\n{told}"


def _told(item: Item, found: Refusal) -> str:
    line = item.iron.count("\n", 0, found.start)
    return f"{item.place}, line {line + 1}: {item.iron.splitlines()[line].strip()}"


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("examples/word_count/iron/*.iron")), ids=lambda p: p.name
)
def test_examples_are_sentences(path: Path) -> None:
    assert load_grammar().refusal(path.read_text(encoding="utf-8")) is None


def _drawn(count: int) -> list[str]:
    chosen = random.Random(SEED)
    drawing = Drawing(load_phrasebook(), load_rules(), chosen)
    return [
        drawing.sentence(chosen.choice(("items", "program", "program")), chosen.randint(5, 70))
        for _ in range(count)
    ]


def test_drawn_sentences_are_sentences_and_rust() -> None:
    """What is drawn is read, oxidizes without a finding, and Rust's parser takes it."""
    sentences = _drawn(DRAWN)
    refused = [one for one in sentences if not is_sentence(one)]
    assert not refused, f"seed {SEED}: {len(refused)}\n{refused[0]}"
    translations = [oxidize(one) for one in sentences]
    wrong = [
        f"{one}\n{made.diagnostics[0].message}"
        for one, made in zip(sentences, translations, strict=True)
        if made.diagnostics
    ]
    assert not wrong, f"seed {SEED}: {len(wrong)}\n{min(wrong, key=len)}"
    if nightly_rustc() is None:
        pytest.skip("no nightly rustc, which parses without compiling")
    rust = [made.text for made in translations]
    bad = [one for at in range(0, len(rust), TO_RUSTC) for one in bad_of(rust[at : at + TO_RUSTC])]
    assert not bad, f"seed {SEED}: {len(bad)}\n{min(bad, key=len)}"


def bad_of(texts: list[str]) -> list[str]:
    """Return those of some texts that are no Rust, each asked alone only if all together are."""
    if _parses("\n".join(f"mod m{at} {{\n{text}\n}}" for at, text in enumerate(texts))):
        return []
    if len(texts) == 1:
        return texts
    half = len(texts) // 2
    return bad_of(texts[:half]) + bad_of(texts[half:])


def _parses(rust: str) -> bool:
    rustc = nightly_rustc()
    assert rustc is not None
    command = [rustc, "-Z", "parse-crate-root-only", "--edition", "2024", "-"]
    environment = {"RUSTUP_TOOLCHAIN": "nightly"}
    with empty_folder() as folder:
        done = run_program(
            command, folder=folder, stdin=rust.encode(), environment=environment, timeout=60.0
        )
    return done.code == 0


def test_rustc_is_asked_well() -> None:
    if nightly_rustc() is None:
        pytest.skip("no nightly rustc")
    assert _parses("mod m0 {\nfn f() {}\n}")
    assert is_parsed("fn f() {}")
    assert bad_of(["fn f() {}", "fn g( {}"]) == ["fn g( {}"]


@pytest.mark.parametrize(
    ("iron", "message"),
    [
        ("let", "`let` can't stand here"),
        ("function f begin\n    let x be a plsu 1\nend function\n", "`plsu` can't stand here"),
        ("function f begin\n    f(x);\nend function\n", "`(` can't stand here"),
        ("function f begin\n    let\nend function\n", "something is missing here"),
    ],
)
def test_what_is_no_sentence_is_told(iron: str, message: str) -> None:
    (found,) = strict_diagnostics(iron)
    assert found.message.startswith(message)
    assert iron[found.span.start : found.span.end] in message
    assert "expected" in found.message


def test_what_is_expected_is_told() -> None:
    refusal = load_grammar().refusal("match\n")
    assert refusal is not None
    refusal = load_grammar().refusal("structure ")
    assert refusal is not None
    assert {"a name", "literally", "label"} <= set(refusal.expected)
    assert "with fields" not in refusal.expected


def test_the_tables_are_those_of_the_grammar() -> None:
    text = (ROOT / "redox" / "iron.lark").read_text(encoding="utf-8")
    assert load_grammar().source == hashlib.sha256(text.encode()).hexdigest()


def test_both_renderings_say_the_same() -> None:
    """Without gaps, and each phrase as one, llguidance's rules are Lark's."""
    book, rules = load_phrasebook(), load_rules()
    lark, llguidance = render_lark(book, rules), render_llguidance(book, rules)
    words = dict(re.findall(r"^([A-Z_0-9]+): /([a-zA-Z_ ]+)\\b/$", lark, re.MULTILINE))
    assert len(words) > 150
    wanted = {
        name: {" ".join(words.get(one, one) for one in way.split()) for way in body.split("|")}
        for name, body in _rules_of(lark)
    }
    found: dict[str, set[str]] = {}
    for name, body in _rules_of(llguidance):
        ways = {re.sub(r'GAP|"|_in\b', "", way) for way in body.split("|")}
        found.setdefault(name.removesuffix("_in"), set()).update(" ".join(w.split()) for w in ways)
    assert found == wanted


def _rules_of(text: str) -> list[tuple[str, str]]:
    return re.findall(r"^([a-z]\w*): ((?:.*)(?:\n    .*)*)", text, re.MULTILINE)


def test_each_rule_ends_with_a_line_or_never() -> None:
    ends = whole_lines(load_rules())
    assert {"item", "stmt", "start"} <= ends
    assert not ends & {"blk", "pathx", "last"}


def test_llguidance_reads_what_lark_reads() -> None:
    llguidance = pytest.importorskip("llguidance")
    from redox_eval.decoding import LIMITS

    grammar = llguidance.grammar_from(
        "lark", (ROOT / "redox" / "iron.llg.lark").read_text(encoding="utf-8")
    )
    tokens = llguidance.LLTokenizer("byte")
    texts = [*_drawn(12), "function f begin\n    a orb\nend function\n", "function fbegin end\n"]
    for text in texts:
        matcher = llguidance.LLMatcher(tokens, grammar, limits=LIMITS)
        assert not matcher.is_error(), matcher.get_error()
        data = list(text.encode())
        is_read = matcher.try_consume_tokens(data) == len(data) and matcher.is_accepting()
        assert is_read == is_sentence(text), text


def test_check_strict_refuses_what_check_takes(tmp_path: Path) -> None:
    mixed, canonical = tmp_path / "mixed.iron", tmp_path / "canonical.iron"
    mixed.write_text("function f begin\n    g(1);\nend function\n", encoding="utf-8")
    canonical.write_text("function f begin\n    g with 1 done discarded\nend function\n", "utf-8")
    (tmp_path / "a.rs").write_text("fn f() {\n    g(1);\n}\n", encoding="utf-8")
    assert _checked(mixed) == (0, "")
    assert _checked(canonical, tmp_path / "a.rs", "--strict") == (0, "")
    code, output = _checked(mixed, "--strict")
    assert code == 1
    assert "error[not-canonical]: `(` can't stand here: expected" in output


def _checked(*arguments: Path | str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["check", *map(str, arguments)])
    return done.exit_code, done.output
