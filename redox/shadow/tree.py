"""What lies in a workspace of cargo's: looked at, never followed.

Names come from the folders themselves, so none of them holds a separator or is `..`.
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from redox.files import BadInputError, read_text, show_path

MANIFEST = "Cargo.toml"
LEFT_OUT = frozenset({".git", ".hg", ".svn", ".jj", ".venv", "node_modules"})
"""Folders that hold no source of a crate, and often a great many files."""
BUILT = "target"
"""What cargo makes beside a Cargo.toml; elsewhere a module may be called so."""

CACHES = frozenset({"CACHEDIR.TAG", ".rustc_info.json"})
"""What marks a folder as made by a program, such as cargo's `target` by whatever name."""


class Kind(Enum):
    """What an entry of a folder is."""

    FILE = "file"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or link below the root, by its parts; time and size tell whether it has changed."""

    parts: tuple[str, ...]
    kind: Kind
    size: int
    changed: int

    @property
    def name(self) -> str:
        """Its last part."""
        return self.parts[-1]


def find_package(folder: Path) -> Path:
    """Return the nearest folder, from `folder` up, that holds a Cargo.toml."""
    here = folder.resolve()
    for place in (here, *here.parents):
        if (place / MANIFEST).is_file():
            return place
    raise BadInputError(f"{show_path(folder)}: no {MANIFEST} is there or in a folder above it")


def find_root(package: Path) -> Path:
    """Return the root of the workspace that a package belongs to, as cargo finds it.

    Raises `BadInputError` for one that is not above the package.
    """
    manifest = read_manifest(package)
    if "workspace" in manifest:
        return package
    named = manifest.get("package", {}).get("workspace")
    if isinstance(named, str):
        root = (package / named).resolve()
        if not package.is_relative_to(root):
            why = f"is of the workspace {show_path(root)}, which is not above it"
            raise BadInputError(f"{show_path(package)}: {why}")
        return root
    for place in package.parents:
        if (place / MANIFEST).is_file():
            workspace = read_manifest(place).get("workspace")
            if isinstance(workspace, Mapping):
                return package if _excludes(workspace, place, package) else place
    return package


def read_manifest(package: Path) -> dict[str, Any]:
    """Return what a package's Cargo.toml says; raises `BadInputError` for one that is no TOML."""
    path = package / MANIFEST
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise BadInputError(f"{show_path(path)}: {error}") from error


def find_edition(folder: Path) -> str | None:
    """Return the edition of the package that a folder belongs to, or None where there is none."""
    try:
        package = find_package(folder)
        edition = read_manifest(package)["package"].get("edition", "2015")
        if isinstance(edition, Mapping):
            edition = read_manifest(find_root(package))["workspace"]["package"]["edition"]
    except (BadInputError, KeyError, TypeError, AttributeError):
        return None
    return edition if isinstance(edition, str) else None


def walk(root: Path) -> Iterator[Entry]:
    """Yield what lies below the root, in a fixed order; sockets and the like are left out."""
    yield from _walk(root, ())


def _walk(folder: Path, parts: tuple[str, ...]) -> Iterator[Entry]:
    try:
        found = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return  # gone since it was seen
    except OSError as error:
        raise BadInputError(f"{show_path(folder)}: {(error.strerror or '').lower()}") from error
    names = {entry.name for entry in found}
    if parts and names & CACHES:
        return
    for entry in found:
        here = (*parts, entry.name)
        if entry.is_symlink():
            yield Entry(here, Kind.LINK, 0, 0)
        elif entry.is_dir(follow_symlinks=False):
            if entry.name not in LEFT_OUT and not (MANIFEST in names and entry.name == BUILT):
                yield from _walk(folder / entry.name, here)
        else:
            with suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    yield Entry(here, Kind.FILE, status.st_size, status.st_mtime_ns)


def _excludes(workspace: Mapping[str, Any], root: Path, package: Path) -> bool:
    """Tell whether a workspace says that a package below it is none of its own.

    What it names as a member is one; a pattern of members names none.
    """

    def names(key: str) -> bool:
        named = workspace.get(key, [])
        folders = named if isinstance(named, list) else ()
        return any(package.is_relative_to((root / str(one)).resolve()) for one in folders)

    return names("exclude") and not names("members")
