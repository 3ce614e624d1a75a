"""Which file is shown to rust-analyzer for which, and what both hold when a question is asked.

A crate's files are shown at their places in its mirror, a file that belongs to no crate at one in
an empty folder of ours. What is open is known by its text of now, any other file by that on disk.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from redox.files import BadInputError, read_text
from redox.shadow.leading_out import redirect_from, redirections
from redox.shadow.plan import IRON
from redox_lsp.bridge.twins import Redirected, Twin, by_line, rows_of_iron, rows_of_rust
from redox_lsp.places import behind, path_of

if TYPE_CHECKING:
    from redox.shadow.workspace import Shadow
    from redox_lsp.sessions import Session

MOST_KEPT = 500
"""How many files that nobody has open are kept read."""
TWIN = "twin"

Stamp = tuple[int, int]


@dataclass
class Book:
    """The mirrors of all crates that are open, and the places of files that belong to none."""

    encoding: str
    lone_folder: Path
    library: Path | None = None
    """A folder of links to the standard library's sources: what is found in it is said to be
    found where the links lead."""
    shadows: dict[Path, Shadow] = field(default_factory=dict)
    """By the root of each workspace."""
    sessions: dict[str, Session] = field(default_factory=dict)
    """The open documents, by the paths of their Rust."""
    paths: dict[str, str] = field(default_factory=dict)
    """The paths of the Rust of open documents, by their URIs."""
    _kept: dict[str, tuple[Stamp, Twin]] = field(default_factory=dict)

    def scene(self) -> Scene:
        """Return what is open as it stands now; all must be settled."""
        twins = {path: self._open_twin(path, one) for path, one in self.sessions.items()}
        return Scene(self, twins, {twin.uri: twin for twin in twins.values()})

    def shadow_of(self, path: Path) -> Shadow | None:
        """Return the mirror that a file belongs to, the innermost one."""
        found = [root for root in self.shadows if path.is_relative_to(root)]
        return self.shadows[max(found, key=lambda one: len(one.parts))] if found else None

    def shadow_with(self, path: Path) -> Shadow | None:
        """Return the mirror that holds a source already."""
        shadow = self.shadow_of(path)
        return shadow if shadow is not None and shadow.source_name(path) is not None else None

    def shadow_path(self, path: Path) -> str | None:
        """Return where a file's Rust is in its crate's mirror."""
        shadow = self.shadow_of(path)
        if shadow is None:
            return None
        parts = path.relative_to(shadow.root).parts
        if path.suffix == IRON:
            parts = (*parts[:-1], f"{path.stem}.rs")
        return str(shadow.folder.joinpath(*parts))

    def original(self, path: str) -> Path | None:
        """Return the file that one of a mirror is made of; None for one of a mirror that isn't.

        A file that lies in no mirror is itself, and a link to the standard library what it is to.
        """
        place = Path(path)
        if self.library is not None and place.is_relative_to(self.library):
            return Path(os.path.realpath(place))
        for shadow in self.shadows.values():
            if place.is_relative_to(shadow.folder):
                parts = place.relative_to(shadow.folder).parts
                item = shadow.items.get(parts)
                if item is not None:
                    return shadow.root.joinpath(*item.source.parts)
                return place if parts[0] == "target" else None  # what a build script has made
        return None if place.is_relative_to(self.lone_folder) else place

    def renamed(self, old: str, new: str) -> Path | None:
        """Return what an original is called once its Rust at `old` is called `new`."""
        source = self.original(old)
        shadow = None if source is None else self.shadow_of(source)
        if source is None or shadow is None or not Path(new).is_relative_to(shadow.folder):
            return None
        target = shadow.root.joinpath(Path(new).relative_to(shadow.folder))
        return target.with_suffix(source.suffix)

    def disk_twin(self, path: str) -> Twin | None:
        """Return the twin of a file that nobody has open, by the path of its Rust."""
        source = self.original(path)
        if source is None:
            return None
        try:
            status = source.stat()
            stamp = status.st_mtime_ns, status.st_size
            known = self._kept.get(path)
            if known is not None and known[0] == stamp:
                return known[1]
            text = read_text(source)
        except (OSError, BadInputError):
            return None
        is_iron = source.suffix == IRON
        rows = rows_of_iron(text) if is_iron else rows_of_rust(text)
        lines = [row[1] for row in rows]
        redirected = self._redirected(source, lines) if path != str(source) else {}
        twin = Twin(source.as_uri(), path, None, self.encoding, rows, is_iron, redirected)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[path] = stamp, twin
        return twin

    def _open_twin(self, path: str, session: Session) -> Twin:
        known: Twin | None = session.memory.get(TWIN)
        if known is not None and (known.version, known.shadow) == (session.version, path):
            return known
        rows = session.reading.rows
        document = session.document
        lines = document.rust_lines if session.is_iron else document.iron_lines
        source = path_of(behind(session.uri))
        redirected = self._redirected(source.resolve(), lines) if source is not None else {}
        twin = session.memory[TWIN] = Twin(
            *(session.uri, path, session.version, self.encoding),
            *(rows, session.is_iron, redirected),
        )
        return twin

    def _redirected(self, source: Path, lines: Iterable[str]) -> Redirected:
        """Return what of a source's Rust is other in the mirror: paths that lead out of it."""
        lines = list(lines)
        shadow = self.shadow_of(source)
        if shadow is None or not any("../" in line or "..\\" in line for line in lines):
            return {}
        folder = source.relative_to(shadow.root).parts[:-1]
        edits = redirections("".join(lines), redirect_from(shadow.root, folder))
        return by_line(edits, lines)


@dataclass(frozen=True)
class Scene:
    """What is open at one moment; answers are said of these texts, whatever is typed meanwhile."""

    book: Book
    by_path: Mapping[str, Twin]
    by_uri: Mapping[str, Twin]

    def of_document(self, uri: str) -> Twin | None:
        """Return the twin of a document by its URI."""
        found = self.by_uri.get(uri)
        if found is not None:
            return found
        path = path_of(uri)
        if path is None:
            return None
        shadow = self.book.shadow_path(path.resolve())
        return self.book.disk_twin(shadow or str(path))

    def of_shadow(self, uri: str) -> Twin | None:
        """Return the twin of a file as rust-analyzer calls it."""
        path = path_of(uri)
        if path is None:
            return None
        found = self.by_path.get(str(path))
        return found or self.book.disk_twin(str(path))
