"""What rust-analyzer has been shown of documents, so that only what has changed is sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redox_lsp.bridge.child import Child
from redox_lsp.sessions import line_changes

Json = Any


@dataclass
class Shown:
    """What the child has been shown of a document."""

    version: int
    lines: list[str]


class Display:
    """What one child has been shown."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._shown: dict[str, Shown] = {}

    def shown(self, path: str) -> Shown | None:
        """Return what is shown of a document, if anything is."""
        return self._shown.get(path)

    def shows(self, path: str, version: int | None) -> bool:
        """Tell whether a document is shown in a version."""
        shown = self._shown.get(path)
        return shown is not None and shown.version == version

    def show(self, path: str, version: int, lines: list[str]) -> Shown:
        """Show a document's Rust, or what has changed of it."""
        shown = self._shown.get(path)
        document = _document(path) | {"version": version}
        if shown is None:
            item = document | {"languageId": "rust", "text": "".join(lines)}
            self._child.notify("textDocument/didOpen", {"textDocument": item})
        elif changes := _changes(shown.lines, lines):
            changed = {"textDocument": document, "contentChanges": changes}
            self._child.notify("textDocument/didChange", changed)
        self._shown[path] = now = Shown(version, lines)
        return now

    def hide(self, path: str) -> None:
        """Close a document, if it is shown."""
        if self._shown.pop(path, None) is not None:
            self._child.notify("textDocument/didClose", {"textDocument": _document(path)})


def _document(path: str) -> dict[str, Json]:
    return {"uri": Path(path).as_uri()}


def _changes(old: list[str], new: list[str]) -> list[Json]:
    """Return how lines became others, as the protocol says it of whole lines."""
    return [
        {
            "range": {
                "start": _line_start(old, one.start_line),
                "end": _line_start(old, one.end_line),
            },
            "text": one.text,
        }
        for one in line_changes(old, new)
    ]


def _line_start(lines: list[str], number: int) -> dict[str, int]:
    """Return where a line starts; behind the last one, where the text ends."""
    if number < len(lines) or not lines or lines[-1].endswith("\n"):
        return {"line": number, "character": 0}
    return {"line": number - 1, "character": len(lines[-1])}
