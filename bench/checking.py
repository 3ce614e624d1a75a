"""What `redox cargo check` takes beside `cargo check` of the same crate's Rust, wall clock."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

import redox

ROOT = Path(__file__).resolve().parent.parent
CRATE = ROOT / "examples" / "links"
TIMES = 9
HEADING = "## redox cargo check"
NOTHING, TOUCHED, CLEAN = "nothing", "a line of the largest source", "all: `clean` was called"
CARGO = ("cargo",)


def page() -> Iterator[str]:
    """Yield the page's part about checking a crate, or why there is none."""
    if shutil.which("cargo") is None:
        yield f"{HEADING}\n\nNot measured: there is no cargo.\n"
        return
    with tempfile.TemporaryDirectory(prefix="redox-bench-") as name:
        iron, rust = Path(name).resolve() / "iron", Path(name).resolve() / "rust"
        shutil.copytree(CRATE, iron, ignore=shutil.ignore_patterns("target"))
        _oxidize(iron, rust)
        ours = (str(_python(Path(name) / "venv")), "-m", "redox", "cargo")
        yield f"""{HEADING}

`examples/links` in Iron, and the Rust of it as a crate of its own, in turn, wall milliseconds, \
median of {TIMES}. cargo itself checks the mirror below `target/redox`. Redox is imported from a \
folder, as an installed one is, and not through the finder of an editable install.

| what has changed | cargo check | redox cargo check | added |
|---|--:|--:|--:|"""
        for change in (NOTHING, TOUCHED, CLEAN):
            times = [
                (_check(rust, CARGO, change), _check(iron, ours, change)) for _ in range(TIMES + 1)
            ]
            direct, through = (statistics.median(one) for one in zip(*times[1:], strict=True))
            yield f"| {change} | {direct:.0f} | {through:.0f} | {through - direct:.0f} |"
        yield ""


def _python(folder: Path) -> Path:
    """Make a virtual environment that finds Redox on its path; return its interpreter."""
    venv.create(folder, symlinks=True)
    paths = sysconfig.get_paths("venv", vars={"base": str(folder), "platbase": str(folder)})
    (Path(paths["purelib"]) / "redox.pth").write_text(f"{ROOT}\n", "utf-8")
    return Path(paths["scripts"]) / Path(sys.executable).name


def _check(folder: Path, words: Sequence[str], change: str) -> float:
    """Change a crate, check it, and return the milliseconds that this took."""
    if change == TOUCHED:
        source = max(folder.glob("src/*"), key=lambda path: path.stat().st_size)
        source.write_text(source.read_text("utf-8") + "\n", "utf-8")
    elif change == CLEAN:
        _run(folder, [*words, "clean"])
    started = time.perf_counter()
    _run(folder, [*words, "check"])
    return 1000 * (time.perf_counter() - started)


def _run(folder: Path, words: Sequence[str]) -> None:
    subprocess.run(words, cwd=folder, env=os.environ, check=True, capture_output=True)


def _oxidize(iron: Path, rust: Path) -> None:
    """Write a crate's Rust beside what else it holds."""
    for source in sorted(path for path in iron.rglob("*") if path.is_file()):
        to = rust / source.relative_to(iron)
        to.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".iron":
            to.with_suffix(".rs").write_text(redox.oxidize(source.read_text("utf-8")).text, "utf-8")
        else:
            shutil.copy(source, to)
