"""The examples: one whose Iron is what `reduce` makes of its Rust, and one written in Iron.

A file of the first that is stale is mended, and fails.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from redox import oxidize, reduce
from redox.files import read_text, write_text
from redox.toolchain import MINIMUM_RUSTC, probe_tool

ROOT = Path(__file__).parent.parent
CRATE = ROOT / "examples" / "word_count"
SOURCES = sorted((CRATE / "src").glob("*.rs"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_iron_is_fresh_and_is_its_rust(source: Path) -> None:
    rust = read_text(source)
    reduced = reduce(rust)
    assert reduced.diagnostics == ()
    target = CRATE / "iron" / f"{source.stem}.iron"
    stale = not target.exists() or read_text(target) != reduced.text
    if stale:
        write_text(target, reduced.text)
    assert not stale, f"{target.name} was stale and has been written again"
    assert oxidize(read_text(target)).text == rust


LINKS = CRATE.parent / "links"


@pytest.mark.skipif(
    probe_tool("rustc").numbers < MINIMUM_RUSTC, reason="rustc is missing or too old"
)
def test_a_crate_of_iron_passes_its_tests_and_finds_our_links_whole(tmp_path: Path) -> None:
    crate = tmp_path / "links"
    shutil.copytree(LINKS, crate, ignore=shutil.ignore_patterns("target"))
    tested = redox_cargo(crate, "test", "--offline")
    assert "14 passed" in tested.stdout, tested.stderr
    manifest = str(crate / "Cargo.toml")
    pages = [str(ROOT / "README.md"), str(ROOT / "docs")]
    found = redox_cargo(ROOT, "run", "--offline", "--manifest-path", manifest, "--", *pages)
    assert (found.returncode, found.stdout) == (0, ""), found.stderr
    assert "0 broken" in found.stderr


def redox_cargo(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "redox", "cargo", *words],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize("source", sorted(LINKS.rglob("*.iron")), ids=lambda path: path.name)
def test_the_crate_of_iron_is_without_findings(source: Path) -> None:
    assert oxidize(read_text(source)).diagnostics == ()
