"""Where documents lie on the disk."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from pygls.uris import to_fs_path

EDITED_SCHEME = "redox-iron"
"""Of documents in which an editor shows a file of Rust as Iron: the query is that file's URI."""


def path_of(uri: str) -> Path | None:
    """Return the file of a document, if it is one."""
    path = to_fs_path(uri) if uri.startswith("file:") else None
    return None if path is None else Path(path)


def behind(uri: str) -> str:
    """Return the URI of the file that a document is, or shows in the other language."""
    parts = urlsplit(uri)
    return unquote(parts.query) if parts.scheme == EDITED_SCHEME else uri


def find_crate(path: Path) -> Path | None:
    """Return the folder of the crate that a file lies in."""
    return next((one for one in path.parents if (one / "Cargo.toml").is_file()), None)
