"""How long the VS Code extension takes, as a real VS Code and its page see it."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

EXTENSION = Path(__file__).resolve().parent.parent / "vscode-extension"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
BROWSER = Path(os.environ.get("REDOX_BROWSER", CACHE / "redox" / "code-server"))
HEADING = "## VS Code extension"


def page() -> Iterator[str]:
    """Yield the page's part about the extension; says so where there is no VS Code to ask."""
    yield HEADING
    yield ""
    missing = _missing()
    if missing:
        yield f"Not measured here: {missing}; `make browser` sets that up.\n"
        return
    done = subprocess.run(
        ["node", "e2e/measure.mjs"],
        cwd=EXTENSION,
        env={**os.environ, "REDOX_BROWSER": str(BROWSER)},
        check=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    found = json.loads(done.stdout)
    yield f"""In a real VS Code, code-server in chromium, wall milliseconds. Activation is what VS \
Code says of it; an extension that does nothing was activated in turn with ours, each in a window \
that had just opened. A key is typed into a file of {found["lines"]:,} lines; its time ends when \
its Rust is on the page beside it.

| | times | median | p99 | longest |
|---|--:|--:|--:|--:|"""
    yield _row("activation", found["activations"])
    yield _row("activation of an extension that does nothing", found["nothing"])
    yield _row("a key, until its Rust is seen", found["keys"])
    yield ""


def _missing() -> str:
    if not (BROWSER / "installed").exists():
        return "no code-server is installed"
    if not (EXTENSION / "dist" / "redox-iron.vsix").exists():
        return "the extension is not built"
    return ""


def _row(name: str, times: list[float]) -> str:
    p99 = statistics.quantiles(times, n=100, method="inclusive")[98]
    return (
        f"| {name} | {len(times)} | {statistics.median(times):.0f} | {p99:.0f} | {max(times):.0f} |"
    )
