"""The README's guided run prints what it says; if not, the README is mended, and it fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from redox.files import read_text, write_text
from redox.toolchain import MINIMUM_RUSTC, probe_tool

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)


def run_block(block: str, folder: Path) -> str:
    """Run the commands of a block, the lines behind `$`, and return it with what they print."""
    out = []
    for line in block.splitlines(keepends=True):
        if line.startswith("$ "):
            out += [line, _run(line[2:], folder)]
    return "".join(out)


def _run(command: str, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
    )
    return done.stdout.decode()


@pytest.mark.skipif(
    probe_tool("rustc").numbers < MINIMUM_RUSTC, reason="rustc 1.85 or newer is not installed"
)
def test_the_guided_run_prints_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    text = read_text(README)
    fresh = BLOCK.sub(lambda found: run_block(found[0], tmp_path), text)
    assert "Traceback" not in fresh
    if fresh != text:
        write_text(README, fresh)
        pytest.fail("README.md was stale and has been written again: look at what changed")
