"""Where documents lie on the disk."""

from __future__ import annotations

from pathlib import Path

from pygls.uris import to_fs_path


def path_of(uri: str) -> Path | None:
    """Return the file of a document, if it is one."""
    path = to_fs_path(uri) if uri.startswith("file:") else None
    return None if path is None else Path(path)


def find_crate(path: Path) -> Path | None:
    """Return the folder of the crate that a file lies in."""
    return next((one for one in path.parents if (one / "Cargo.toml").is_file()), None)
