"""The corpus harness on a corpus of a few files: what it finds, names, shrinks and writes."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from redox import Diagnostic, Severity, Span, Translation, load_phrasebook, reduce
from redox.cli import app
from redox.corpus import Outcome, Plan, is_sampled, run_corpus
from redox.figures import measure
from redox.laws import Case
from redox.parser import is_parsed, nightly_rustc
from redox.process import find_program
from redox.report import hash_phrasebook, report_as_json
from redox.shrink import shrink
from redox.userland import Status, rebuild_crate

needs_cargo = pytest.mark.skipif(find_program("cargo") is None, reason="there is no cargo")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two crates, with a file that is not UTF-8 and one that Rust's lexer refuses."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    (tmp_path / "one" / "lib.rs").write_bytes(
        b"pub fn area(w: u32, h: u32) -> u32 {\n    w * h\n}\n"
    )
    (tmp_path / "one" / "latin.rs").write_bytes(b"// caf\xe9\n")
    (tmp_path / "two" / "open.rs").write_bytes(b'fn f() { "never closed }\n')
    (tmp_path / "two" / "note.txt").write_bytes(b"no Rust")
    return tmp_path


def test_every_file_is_accounted_for(corpus: Path) -> None:
    report = run_corpus(Plan((str(corpus),)))
    outcomes = {Path(one.source.path).name: one.outcome for one in report.checked}
    assert outcomes == {
        "lib.rs": Outcome.CHECKED,
        "latin.rs": Outcome.NOT_UTF8,
        "open.rs": Outcome.REFUSED,
    }
    assert report.failures == []


def test_report_says_what_it_was_made_with(corpus: Path) -> None:
    report = report_as_json(run_corpus(Plan((str(corpus),), seed=5)))
    assert report["seed"] == 5
    assert report["phrasebook"]["sha256"] == hash_phrasebook(load_phrasebook())
    assert sorted(report["groups"]) == [f"{corpus} one", f"{corpus} two"]
    assert [Path(each["path"]).name for each in report["not_checked"]] == ["latin.rs", "open.rs"]
    assert report["total"]["counts"]["files"] == 1


def test_command_writes_the_report_and_fails_on_bad_calls(corpus: Path, tmp_path: Path) -> None:
    written = tmp_path / "report.json"
    result = CliRunner().invoke(app, ["corpus", str(corpus), "--json", str(written), "-j", "1"])
    assert result.exit_code == 0, result.output
    assert json.loads(written.read_text())["total"]["files"] == 3
    for call in (["--laws", "L9"], ["--sample", "2"], ["--sample", "x"]):
        assert CliRunner().invoke(app, ["corpus", str(corpus), *call]).exit_code == 2
    assert CliRunner().invoke(app, ["corpus", str(corpus / "missing")]).exit_code == 2


def test_sample_is_fixed_and_of_about_its_share() -> None:
    names = [f"src/{number}.rs" for number in range(2000)]
    chosen = [name for name in names if is_sampled(name, Fraction(1, 10))]
    assert chosen == [name for name in names if is_sampled(name, Fraction(1, 10))]
    assert 150 < len(chosen) < 250
    assert all(is_sampled(name, Fraction(1)) for name in names)


def test_figures_tell_macro_bodies_apart() -> None:
    rust = "fn f() {}\nmacro_rules! m {\n    () => {};\n}\n// a comment\nfn g() {}\n"
    counts = measure(Case(rust))
    assert counts["code_lines"] == 2
    assert counts["code_lines_in_macros"] == 3
    assert counts["characters_rust"] == len(rust)


def test_shrink_keeps_what_fails() -> None:
    text = "".join(f"line {number}\n" for number in range(500)) + "the fault is here\n"
    assert shrink(text, lambda part: "fault" in part) == "fault"


@pytest.mark.skipif(nightly_rustc() is None, reason="there is no nightly rustc")
def test_parser_is_asked_in_every_edition() -> None:
    assert is_parsed("fn f() { let async = 1; }")
    assert is_parsed("async fn f() { g().await }")
    assert is_parsed("fn f() { if not x { } }") is False
    assert is_parsed("mod missing;\nfn f() { anything!(at all) }")


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    """A crate with a test of its own, and a dev-dependency that is nowhere."""
    crate = tmp_path / "shapes"
    (crate / "src").mkdir(parents=True)
    (crate / "Cargo.toml").write_text(
        '[package]\nname = "shapes"\nversion = "0.1.0"\nedition = "2021"\n'
        '[dev-dependencies]\nnowhere = "1"\n[dev-dependencies.nor-there]\nversion = "1"\n'
    )
    (crate / "src" / "lib.rs").write_text(
        "pub fn area(w: u32, h: u32) -> u32 {\n    w * h\n}\n"
        "#[test]\nfn areas_multiply() {\n    assert_eq!(area(2, 3), 6);\n}\n"
    )
    return crate


@needs_cargo
def test_crate_is_built_and_tested_from_its_iron(crate: Path, tmp_path: Path) -> None:
    (tmp_path / "registry").mkdir()
    result = rebuild_crate(crate, [tmp_path / "registry"], load_phrasebook(), test=True)
    assert result.status is Status.PASSED, result.detail
    assert result.tests is not None
    assert result.tests.passed == 1
    assert result.left_out == ("nor-there", "nowhere")


@needs_cargo
def test_crate_that_is_broken_is_said_to_be_so_as_installed(crate: Path, tmp_path: Path) -> None:
    (tmp_path / "registry").mkdir()
    (crate / "src" / "lib.rs").write_text("pub fn f() -> u8 { true }\n")
    result = rebuild_crate(crate, [tmp_path / "registry"], load_phrasebook())
    assert (result.status, result.installed) == (Status.DOES_NOT_COMPILE,) * 2
    assert "mismatched types" in result.detail


@needs_cargo
def test_statuses_of_the_translation(
    crate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "registry").mkdir()
    phrasebook = load_phrasebook()
    good = reduce("")
    fault = Diagnostic("fault", Severity.ERROR, Span(0, 0), "a fault")
    broken = Translation("", good.map, (fault,))
    other = Translation("fn other() {}", good.map, ())
    for name, answer, status in (
        ("oxidize", other, Status.DIFFERS),
        ("oxidize", broken, Status.OXIDIZE_FAILED),
        ("reduce", broken, Status.REDUCE_FAILED),
    ):
        monkeypatch.setattr(f"redox.userland.{name}", lambda *_, answer=answer: answer)
        result = rebuild_crate(crate, [tmp_path / "registry"], phrasebook)
        assert (result.status, result.files) == (status, 0)
