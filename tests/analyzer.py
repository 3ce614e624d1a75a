"""A crate in Iron and Rust, served by `redox-lsp` with a real rust-analyzer beside it.

`scripts/setup-rust-analyzer.sh` puts one into the cache folder. `$0` in a text is the cursor; what
is found is told as the words that stand there, with the file's name before them.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from lsp_client import PATIENCE_SECONDS, Client
from test_shadow import lay

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
FOLDER = CACHE / "redox" / "rust-analyzer"
PROGRAM = FOLDER / "bin" / "rust-analyzer"
SETTINGS: dict[str, dict[str, str]] = {
    "rustAnalyzer": {
        "path": str(PROGRAM),
        "sysrootSource": str((FOLDER / "library").resolve()),
    },
    "rustc": {"when": "save"},
}
FIXTURES = Path(__file__).parent / "fixtures"
CAPABILITIES = json.loads((FIXTURES / "vscode-initialize.json").read_text("utf-8"))["capabilities"]
MANIFEST = '[package]\nname = "crab"\nversion = "0.1.0"\nedition = "2021"\n'

# 0.7 GB of Debian's packages. Where they can't be had, the bridge is tried on a fake child alone.
needs_analyzer = pytest.mark.skipif(
    not PROGRAM.exists(), reason="no rust-analyzer: scripts/setup-rust-analyzer.sh unpacks one"
)


class Crate:
    """A crate whose files are open in one server; a text with a cursor replaces what was there."""

    def __init__(self, client: Client, root: Path, files: dict[str, str]) -> None:
        self.client = client
        self.root = lay(root, {"Cargo.toml": MANIFEST, **files})
        self.texts = dict(files)
        self.versions: dict[str, int] = {}

    def uri(self, name: str) -> str:
        """Return the URI of a file."""
        return (self.root / name).as_uri()

    def write(self, name: str, text: str) -> None:
        """Have an open file hold a text."""
        self.texts[name] = text
        if name not in self.versions:
            self.versions[name] = 1
            self.client.open(self.uri(name), text, "rust" if name.endswith(".rs") else "iron")
            return
        self.versions[name] += 1
        self.client.edit(self.uri(name), self.versions[name], {"text": text})

    def place(self, name: str, marked: str) -> dict[str, Any]:
        """Have a file hold a text; return the parameters of a request at its cursor."""
        self.write(name, marked.replace("$0", "", 1))
        return self.at(name, marked.index("$0"))

    def at(self, name: str, offset: int) -> dict[str, Any]:
        """Return the parameters of a request at an offset of a file."""
        before = self.texts[name][:offset]
        line = before[before.rfind("\n") + 1 :]
        column = len(line.encode("utf-16-le")) // 2
        position = {"line": before.count("\n"), "character": column}
        return {"textDocument": {"uri": self.uri(name)}, "position": position}

    def ask(self, method: str, name: str, marked: str, **others: Any) -> Any:
        """Ask at the cursor of a text."""
        return self.client.request(method, self.place(name, marked) | others)

    def words(self, uri: str, place: dict[str, Any]) -> str:
        """Return what stands in a range of a file, behind the file's name."""
        path = Path(uri.removeprefix("file://"))
        name = str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)
        text = self.texts[name] if name in self.texts else path.read_bytes().decode()
        lines = text.split("\n")
        start, end = (
            sum(len(line) + 1 for line in lines[: place[end]["line"]])
            + _index(lines[place[end]["line"]], place[end]["character"])
            for end in ("start", "end")
        )
        shown = name if name in self.texts else path.name
        return f"{shown}: {text[start:end]}"

    def applied(self, edit: dict[str, Any]) -> dict[str, str]:
        """Return the texts of files behind a workspace edit."""
        texts: dict[str, str] = {}
        for change in edit["documentChanges"]:
            name = str(Path(change["textDocument"]["uri"].removeprefix("file://")).name)
            name = next(one for one in self.texts if one.endswith(f"/{name}"))
            texts[name] = apply(self.texts[name], change["edits"])
        return texts

    def status(self) -> dict[str, Any]:
        """Return what the server says of its rust-analyzer."""
        asked = {"command": "redox.status"}
        children = self.client.request("workspace/executeCommand", asked)["children"]
        found: dict[str, Any] = next(one for one in children if one["name"] == "rust-analyzer")
        return found

    def wait_ready(self, starts: int = 1) -> dict[str, Any]:
        """Wait until rust-analyzer has loaded, having been started so many times at least."""
        limit = time.monotonic() + 3 * PATIENCE_SECONDS
        while True:
            status = self.status()
            if status["state"] == "ready" and status["starts"] >= starts:
                return status
            assert not status["problem"], status
            assert time.monotonic() < limit, status
            time.sleep(0.1)


def apply(text: str, edits: list[dict[str, Any]]) -> str:
    """Return a text behind edits of the protocol."""
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines) + 1)]

    def offset(place: dict[str, int]) -> int:
        line = place["line"]
        return starts[line] + (_index(lines[line], place["character"]) if line < len(lines) else 0)

    for edit in sorted(edits, key=lambda one: offset(one["range"]["start"]), reverse=True):
        start, end = offset(edit["range"]["start"]), offset(edit["range"]["end"])
        text = text[:start] + edit["newText"] + text[end:]
    return text


def _index(line: str, units: int) -> int:
    return len(line.encode("utf-16-le")[: 2 * units].decode("utf-16-le"))
