"""What is generated is fresh; what is not is written again, and it fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_generated_pages_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/generate_docs.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    stale = done.stdout.split()
    assert not stale, f"{', '.join(stale)}: stale, and written again: look at what changed"
