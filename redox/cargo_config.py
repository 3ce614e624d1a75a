"""What cargo's configuration says, as far as we must know it without asking cargo.

Environment variables come first, then `.cargo/config.toml` of a folder and of those above it, then
that of cargo's home. What can't be read is passed over: cargo itself complains of it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAMES = ("config", "config.toml")
"""Cargo's files by their rank: the one without an ending is the older."""


def find_setting(folder: Path, table: str, key: str) -> Any:
    """Return what cargo, called in a folder, finds set as `table.key`; None where nothing is."""
    said = os.environ.get(f"CARGO_{table}_{key}".upper().replace("-", "_"))
    if said:
        return {"true": True, "false": False}.get(said, said)
    found = (_read(path).get(table) for path in _files(folder))
    values = (inside[key] for inside in found if isinstance(inside, dict) and key in inside)
    return next(values, None)


def _files(folder: Path) -> Iterator[Path]:
    here = folder.absolute()
    home = os.environ.get("CARGO_HOME") or os.path.expanduser("~/.cargo")
    for place in (*(place / ".cargo" for place in (here, *here.parents)), Path(home)):
        found = (place / name for name in NAMES)
        path = next((path for path in found if path.is_file()), None)
        if path is not None:
            yield path


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
