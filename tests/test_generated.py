"""What is generated is fresh; what is not is written again, and it fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    "script",
    [
        "generate_docs.py",
        "generate_extension.py",
        "generate_grammar.py",
        "generate_phrasebook.py",
    ],
)
def test_what_is_generated_is_fresh(script: str) -> None:
    done = subprocess.run(
        [sys.executable, f"scripts/{script}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    stale = done.stdout.split()
    assert not stale, f"{', '.join(stale)}: stale, and written again: look at what changed"
