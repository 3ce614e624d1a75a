"""Mirrors a workspace, and finds the original of what rustc names in the mirror."""

from __future__ import annotations

import hashlib
import os
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import redox
from redox.diagnostics import Diagnostic
from redox.files import BadInputError, read_text, show_path
from redox.shadow.leading_out import redirect_from, redirections, shadow_manifest
from redox.shadow.plan import IRON, RUST, Item, Made, Parts, plan
from redox.shadow.tree import walk
from redox.shadow.writer import Writer, open_writer

if TYPE_CHECKING:
    from redox.phrasebook import Phrasebook
    from redox.shadow.source import Source

BUILT_IN = Path(redox.__file__).with_name("phrasebook.toml")


class Wording:
    """The phrasebook that Iron is read by: known by its text, loaded when something is read.

    That is most of the time that a command takes where nothing has changed.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    @cached_property
    def book(self) -> Phrasebook:
        """The phrasebook; raises `PhrasebookError` for one that is refused."""
        from redox.phrasebook import load_phrasebook

        return load_phrasebook(self._path)

    @cached_property
    def digest(self) -> str:
        """What tells this wording from another."""
        # Another wording may give only what differs from the built-in one.
        text = "".join(read_text(path) for path in (BUILT_IN, self._path) if path)
        return f"{redox.__version__} {hashlib.sha256(text.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What Redox itself found in a source of Iron."""

    name: str
    text: str
    diagnostics: tuple[Diagnostic, ...]


@dataclass
class Shadow:
    """A workspace and its mirror."""

    root: Path
    items: dict[Parts, Item]
    wording: Wording
    findings: list[Finding] = field(default_factory=list)
    _sources: dict[Parts, Source | None] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the mirror is."""
        return self.root / "target" / "redox"

    @cached_property
    def maker(self) -> str:
        """What tells what is made for this mirror from what is made by other words, or elsewhere.

        Paths that lead out are absolute in it, so it does not fit another root.
        """
        data = f"{self.wording.digest} {self.root}".encode("utf-8", "surrogateescape")
        return hashlib.sha256(data).hexdigest()[:16]

    @property
    def iron_files(self) -> list[Path]:
        """The sources of Iron."""
        made = (item for item in self.items.values() if item.made is Made.OXIDIZED)
        return [self.root.joinpath(*item.source.parts) for item in made]

    @property
    def packages(self) -> list[Path]:
        """The folders that hold a Cargo.toml."""
        made = (item for item in self.items.values() if item.made is Made.MANIFEST)
        return [self.root.joinpath(*item.source.parts[:-1]) for item in made]

    def source_name(self, path: Path) -> str | None:
        """Return the name of a source of Iron or Rust, from the root; None for any other file."""
        if path.suffix not in (IRON, RUST) or not path.is_relative_to(self.root):
            return None
        parts = path.relative_to(self.root).parts
        return os.path.join(*parts) if parts in self.items else None

    def place_of(self, name: str) -> Parts | None:
        """Return the place of a file as rustc names it: from the mirror's root, or absolute."""
        path = os.path.normpath(os.path.join(self.folder, name))
        if not Path(path).is_relative_to(self.folder):
            return None
        return Path(path).relative_to(self.folder).parts

    def source_of(self, name: str) -> Source | None:
        """Return a mirrored source by rustc's name for it; None if it is none of ours."""
        place = self.place_of(name)
        if place is None or place not in self.items:
            return None
        if place not in self._sources:
            self._sources[place] = self._read(self.items[place], os.path.isabs(name))
        return self._sources[place]

    def original(self, path: str) -> str:
        """Return the path of the original for one of the mirror's, or the path as it is."""
        place = self.place_of(path) if os.path.isabs(path) else None
        if place is None:
            return path
        item = self.items.get(place)
        return str(self.root.joinpath(*(item.source.parts if item else place)))

    def _read(self, item: Item, is_absolute: bool) -> Source | None:
        if item.made not in (Made.OXIDIZED, Made.ALIAS, Made.COPIED):
            return None
        path = self.root.joinpath(*item.source.parts)
        name = str(path) if is_absolute else os.path.join(*item.source.parts)
        try:
            return make_source(self.root, item, name, self.wording)
        except BadInputError:
            return None  # it has gone, or is no text


def make_source(root: Path, item: Item, name: str, wording: Wording) -> Source:
    """Read an original and make its mirrored text."""
    from redox.shadow.source import Source
    from redox.translate import oxidize

    text = read_text(root.joinpath(*item.source.parts))
    done = oxidize(text, wording.book) if item.source.name.endswith(IRON) else None
    rust = done.text if done else text
    edits = tuple(redirections(rust, redirect_from(root, item.source.parts[:-1])))
    return Source(name, text, done, wording, edits)


def mirror(root: Path, wording: Wording) -> Shadow:
    """Bring the mirror of a workspace up to date, and return it.

    What has not changed is not read again, and what would be written as it is keeps its time, so
    that cargo builds nothing anew. Raises `BadInputError`.
    """
    shadow = Shadow(root, plan(walk(root)), wording)
    try:
        with open_writer(root) as writer:
            for item in shadow.items.values():
                _MAKERS[item.made](shadow, item, writer)
    except OSError as error:  # no space, no permission, no links on this system
        where = show_path(error.filename2 or error.filename or shadow.folder)
        raise BadInputError(f"{where}: can't be mirrored: {error.strerror}") from error
    return shadow


def _make_text(shadow: Shadow, item: Item, writer: Writer) -> None:
    stamp = _stamp(shadow, item)
    if writer.is_fresh(item.place, stamp):
        return
    name = show_path(os.path.join(*item.source.parts))
    source = make_source(shadow.root, item, name, shadow.wording)
    found = source.translation.diagnostics if source.translation else ()
    if found:
        shadow.findings.append(Finding(name, source.text, found))
    # What has findings is made again next time, so that they are told again.
    data = source.mirrored.encode("utf-8", "replace")
    writer.write(item.place, data, [] if found else stamp)


def _copy(shadow: Shadow, item: Item, writer: Writer) -> None:
    if item.source.name.endswith(RUST):
        try:
            _make_text(shadow, item, writer)
            return
        except BadInputError:
            pass  # no text, so no source of Rust's: data of some test
    stamp = _stamp(shadow, item)
    if not writer.is_fresh(item.place, stamp):
        path = shadow.root.joinpath(*item.source.parts)
        writer.write(item.place, _bytes(path), stamp)


def _make_manifest(shadow: Shadow, item: Item, writer: Writer) -> None:
    stamp = _stamp(shadow, item)
    if writer.is_fresh(item.place, stamp):
        return
    path = shadow.root.joinpath(*item.source.parts)
    redirect = redirect_from(shadow.root, item.source.parts[:-1])
    try:
        text = shadow_manifest(read_text(path), redirect, is_root=len(item.place) == 1)
    except tomllib.TOMLDecodeError as error:
        if len(item.place) == 1:
            raise BadInputError(f"{show_path(path)}: {error}") from error
        text = read_text(path)  # some test's
    writer.write(item.place, text.encode(), stamp)


def _link(shadow: Shadow, item: Item, writer: Writer) -> None:
    target = str(shadow.root.joinpath(*item.source.parts))
    writer.link(item.place, target, [item.made.value])


def _alias(shadow: Shadow, item: Item, writer: Writer) -> None:
    target = item.source.name.removesuffix(IRON) + RUST
    writer.link(item.place, target, [item.made.value])


_MAKERS = {
    Made.OXIDIZED: _make_text,
    Made.COPIED: _copy,
    Made.MANIFEST: _make_manifest,
    Made.LINKED: _link,
    Made.ALIAS: _alias,
}


def _stamp(shadow: Shadow, item: Item) -> list[object]:
    return [item.made.value, shadow.maker, item.source.size, item.source.changed]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInputError(f"{show_path(path)}: {(error.strerror or '').lower()}") from error
