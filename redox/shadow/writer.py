"""The one place that writes below `target/redox`, and nowhere else.

Each folder on the way is looked at without following links; a file is written beside its place and
moved there, so that a build that runs sees the old one or the new one. What we have written is
listed, and only what is listed is ever removed. The list may come from strangers with the rest of
the workspace, so what it says is checked like everything else.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redox.files import BadInputError, show_path

try:
    import fcntl
except ImportError:  # Windows, where two at once are not kept apart
    # mypy takes `fcntl` for the module that it is elsewhere, and has no type for "or none of it".
    fcntl = None  # type: ignore[assignment]

Parts = tuple[str, ...]

LIST = ".redox.json"
IGNORE = ".gitignore"
LOCK = ".lock"
OWN = frozenset({LIST, IGNORE, LOCK})
"""The writer's own files: what a workspace has by such a name at its root is not mirrored."""


@dataclass
class Writer:
    """Writes files below one folder. `known` is what was written before, with its stamps."""

    folder: Path
    known: dict[Parts, list[Any]] = field(default_factory=dict)
    wanted: dict[Parts, list[Any]] = field(default_factory=dict)
    _safe: set[Parts] = field(default_factory=set)

    def is_fresh(self, place: Parts, stamp: list[Any]) -> bool:
        """Tell whether what stands at a place was made from what `stamp` says; it stays then."""
        if self.known.get(place) != stamp or not os.path.lexists(self._path(place)):
            return False
        self.wanted[place] = stamp
        return True

    def write(self, place: Parts, data: bytes, stamp: list[Any]) -> None:
        """Have a file with this content; one that has it is left alone, and so is its time."""
        path = self._path(place)
        if not (_is_file(path) and path.read_bytes() == data):
            self._refuse_folder(path)
            handle, name = tempfile.mkstemp(prefix=".redox-", dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                os.chmod(name, 0o644)
                os.replace(name, path)
            except BaseException:
                os.unlink(name)
                raise
        self.wanted[place] = stamp

    def link(self, place: Parts, target: str, stamp: list[Any]) -> None:
        """Have a link at a place."""
        path = self._path(place)
        if not (path.is_symlink() and os.readlink(path) == target):
            self._refuse_folder(path)
            with tempfile.TemporaryDirectory(prefix=".redox-", dir=path.parent) as name:
                os.symlink(target, os.path.join(name, "link"))
                os.replace(os.path.join(name, "link"), path)
        self.wanted[place] = stamp

    def finish(self) -> None:
        """Remove what is listed and no longer wanted, and write the list."""
        for place in self.known.keys() - self.wanted.keys():
            self._remove(place)
        self._write_list(self.wanted)

    def break_off(self) -> None:
        """List what was written as well as what was there, so that it can be removed some time."""
        self._write_list({**self.known, **self.wanted})

    def _write_list(self, files: dict[Parts, list[Any]]) -> None:
        if files == self.known and _is_file(self.folder / LIST):
            return
        rows = [[list(place), stamp] for place, stamp in sorted(files.items())]
        self.write((LIST,), json.dumps({"files": rows}, ensure_ascii=True).encode(), [])

    def _remove(self, place: Parts) -> None:
        """Remove a file or link, and the folders that it leaves empty."""
        folders = [self.folder.joinpath(*place[:end]) for end in range(len(place))]
        if not all(map(_is_folder, folders)):
            return
        path = self.folder.joinpath(*place)
        if os.path.lexists(path) and not _is_folder(path):
            path.unlink()
        for folder in reversed(folders[1:]):
            if any(folder.iterdir()):
                return
            folder.rmdir()

    def _path(self, place: Parts) -> Path:
        """Return the path of a place with its folders made; raises where one is none of ours."""
        for end in range(1, len(place)):
            parts = place[:end]
            if parts in self._safe:
                continue
            folder = self.folder.joinpath(*parts)
            if self.known.get(parts) is not None and not _is_folder(folder):
                self._remove(parts)  # a file or link of ours, where a folder is wanted now
            _make_folder(folder)
            self._safe.add(parts)
        return self.folder.joinpath(*place)

    def _refuse_folder(self, path: Path) -> None:
        if _is_folder(path):
            self._remove_listed_below(path)
        if _is_folder(path):
            raise BadInputError(f"{show_path(path)}: is a folder; remove {show_path(self.folder)}")

    def _remove_listed_below(self, path: Path) -> None:
        """Make way for a file where a folder of ours was."""
        parts = path.relative_to(self.folder).parts
        for place in list(self.known):
            if place[: len(parts)] == parts and place not in self.wanted:
                self._remove(place)


@contextmanager
def open_writer(root: Path) -> Iterator[Writer]:
    """Give what writes below `target/redox` of a workspace's root, to one at a time.

    At the end what is no longer wanted is gone, unless something was raised. Raises
    `BadInputError` where `target` or `target/redox` is a link or a file.
    """
    for folder in (root / "target", root / "target" / "redox"):
        _make_folder(folder)
    folder = root / "target" / "redox"
    with _locked(folder / LOCK):
        writer = Writer(folder, dict(_read_list(folder)))
        writer.write((IGNORE,), b"*\n", [])
        writer.wanted.clear()
        try:
            yield writer
        except BaseException:
            writer.break_off()
            raise
        writer.finish()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Wait until nobody else writes; a lock that its owner leaves behind is free."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o644)
    except OSError as error:
        raise BadInputError(f"{show_path(path)}: can't be locked: {error.strerror}") from error
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _read_list(folder: Path) -> Iterable[tuple[Parts, list[Any]]]:
    """Yield what was written before; what no list of ours could say is passed over."""
    path = folder / LIST
    if not _is_file(path):
        return
    try:
        rows = json.loads(path.read_bytes())["files"]
        found = [(tuple(map(str, place)), list(stamp)) for place, stamp in rows]
    except (ValueError, TypeError, KeyError):
        return
    yield from ((place, stamp) for place, stamp in found if _is_place(place))


def _is_place(place: Parts) -> bool:
    names = all(part not in ("", ".", "..") and not set(part) & {"/", "\\", "\0"} for part in place)
    return bool(place) and names and place[0] not in OWN


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir()
    except FileExistsError:
        if not _is_folder(folder):
            what = "a link" if folder.is_symlink() else "no folder"
            raise BadInputError(
                f"{show_path(folder)}: is {what}; Redox writes nothing there"
            ) from None
    except OSError as error:
        raise BadInputError(f"{show_path(folder)}: {(error.strerror or '').lower()}") from error


def _is_folder(path: Path) -> bool:
    return _has_mode(path, stat.S_ISDIR)


def _is_file(path: Path) -> bool:
    return _has_mode(path, stat.S_ISREG)


def _has_mode(path: Path, is_kind: Any) -> bool:
    try:
        return bool(is_kind(os.lstat(path).st_mode))
    except OSError:
        return False
