"""Real editors as clients: Neovim and Emacs, each started as a user would, without a screen.

`scripts/setup-editors.sh` installs both on Debian as root; a test whose editor is missing says so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from lsp_client import COMMAND

EDITORS = Path(__file__).parent / "editors"
SECONDS = 180
IRON = 'function main begin\n    let crab be "🦀" plus b\n'
RUST = 'fn main() {\n    let crab = "🦀" + b;\n}\n'


def drive(command: list[str], folder: Path) -> dict[str, Any]:
    """Have an editor run its script on a document; return what it found."""
    document, result = folder / "main.iron", folder / "result.json"
    document.write_text(IRON, encoding="utf-8")
    environment = {
        **os.environ,
        "COMMAND": "\n".join(COMMAND),
        "FILE": str(document),
        "RESULT": str(result),
        "HOME": str(folder),
        "XDG_STATE_HOME": str(folder),
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert result.exists(), done.stdout + done.stderr
    found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    assert "problem" not in found, found["problem"] + done.stderr
    return found


def editor(name: str) -> str:
    """Return an editor's path; skips the test where it is missing."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is missing: scripts/setup-editors.sh installs it on Debian as root")
    return path


def test_neovim_shows_diagnostics_hovers_and_previews(tmp_path: Path) -> None:
    script = str(EDITORS / "neovim.lua")
    found = drive([editor("nvim"), "--headless", "--clean", "-S", script], tmp_path)
    assert found["diagnostics"] == [{"code": "unclosed-block", "lnum": 0, "col": 14}]
    assert found["preview"] == RUST.removesuffix("}\n")
    assert found["changed"]["changes"]
    assert found["mended"] == RUST
    assert "means `+`" in found["hover"]


def test_emacs_shows_diagnostics_and_previews(tmp_path: Path) -> None:
    emacs = editor("emacs")
    known = subprocess.run(
        [emacs, "--batch", "--eval", "(require 'eglot)"], capture_output=True, check=False
    )
    if known.returncode:
        pytest.skip("eglot is missing: scripts/setup-editors.sh installs it on Debian as root")
    found = drive([emacs, "--batch", "--load", str(EDITORS / "emacs.el")], tmp_path)
    assert "never closed" in found["diagnostics"][0]
    assert found["mended"] == RUST
