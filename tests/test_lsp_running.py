"""What runs a program or a test, and where links lead."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from redox import Span
from redox_lsp.features.lens import Runnable
from redox_lsp.features.links import Link
from redox_lsp.running import command_of, target_of


def test_a_lone_file_is_run_by_redox(tmp_path: Path) -> None:
    file = tmp_path / "main.iron"
    found = command_of(Runnable.MAIN, "main", file.as_uri())
    assert found == ([sys.executable, "-m", "redox", "run", str(file)], tmp_path)
    redox = [sys.executable, "-m", "redox", "run"]
    tested = command_of(Runnable.TEST, "tests::one", file.as_uri())
    assert tested == ([*redox, "--test", str(file), "tests::one"], tmp_path)


def test_a_crate_is_run_and_tested_by_a_cargo_of_an_absolute_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cargo = tmp_path / "bin" / "cargo"
    cargo.parent.mkdir()
    cargo.write_text("#!/bin/sh\n")
    cargo.chmod(0o755)
    monkeypatch.setenv("PATH", str(cargo.parent))
    (tmp_path / "Cargo.toml").touch()
    uri = (tmp_path / "src" / "main.rs").as_uri()
    assert command_of(Runnable.MAIN, "main", uri) == ([str(cargo), "run"], tmp_path)
    tested = command_of(Runnable.TEST, "tests::one", uri)
    assert tested == ([str(cargo), "test", "tests::one"], tmp_path)
    iron = (tmp_path / "src" / "main.iron").as_uri()
    redox = [sys.executable, "-m", "redox", "cargo"]
    assert command_of(Runnable.MAIN, "main", iron) == ([*redox, "run"], tmp_path)
    tested = command_of(Runnable.TEST, "tests::one", iron)
    assert tested == ([*redox, "test", "tests::one"], tmp_path)


def test_nothing_runs_what_is_no_file() -> None:
    assert command_of(Runnable.MAIN, "main", "untitled:1") is None


def test_a_link_leads_to_the_first_file_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "b.rs").touch()
    uri = (tmp_path / "main.iron").as_uri()
    link = Link(Span(0, 1), paths=("b.iron", "b.rs"))
    assert target_of(link, uri) == (tmp_path / "b.rs").resolve().as_uri()
    assert target_of(Link(Span(0, 1), paths=("c.rs",)), uri) is None
    assert target_of(link, "untitled:1") is None
    assert target_of(Link(Span(0, 1), address="https://a.example"), uri) == "https://a.example"
