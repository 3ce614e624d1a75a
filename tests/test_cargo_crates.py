"""Crates of others, said in Iron, pass their own tests through `redox cargo` as they do by cargo.

They come from a registry folder such as Debian installs, and stay there: what is made of them is
thrown away. `REDOX_CRATES=regex,aho-corasick` names more of them than the quick one that is tried
by itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from redox import userland
from redox.commands.corpus import DEBIAN_REGISTRY
from redox.toolchain import MINIMUM_RUSTC, probe_tool
from redox.translate import reduce

QUICK = "once_cell"
CRATES = os.environ.get("REDOX_CRATES", QUICK).split(",")


def find_crate(name: str) -> Path:
    """Return a crate of the registry; skips the test where it is missing."""
    found = sorted(DEBIAN_REGISTRY.glob(f"{name}-[0-9]*"))
    if not found or probe_tool("rustc").numbers < MINIMUM_RUSTC:
        pytest.skip(f"{name} is missing from {DEBIAN_REGISTRY}, or rustc is")
    return found[-1]


def say_in_iron(folder: Path) -> int:
    """Replace all sources of Rust below a folder with Iron; return how many there were."""
    sources = sorted(folder.rglob("*.rs"))
    for source in sources:
        rust = source.read_bytes().decode("utf-8")
        source.with_suffix(".iron").write_bytes(reduce(rust).text.encode("utf-8"))
        source.unlink()
    return len(sources)


@pytest.mark.parametrize("name", CRATES)
def test_a_crate_in_iron_passes_its_tests(name: str, tmp_path: Path) -> None:
    crate = find_crate(name)
    registry = userland._merge_registries([DEBIAN_REGISTRY], tmp_path / "registry")
    rust, iron = tmp_path / "rust" / crate.name, tmp_path / "iron" / crate.name
    for folder in (rust, iron):
        userland._copy_crate(crate, folder, registry, test=True)
    assert say_in_iron(iron)
    environment = {**os.environ, **userland._cargo_environment(tmp_path, registry)}

    def test(folder: Path, *words: str) -> tuple[int, userland.Tests]:
        done = subprocess.run(
            [*words, "test", "--offline", "--no-fail-fast"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, userland._count_tests(done.stdout)

    code, tests = test(rust, "cargo")
    assert tests.passed
    assert test(iron, sys.executable, "-m", "redox", "cargo") == (code, tests)
