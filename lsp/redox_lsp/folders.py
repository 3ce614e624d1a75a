"""The symbols of all files of Iron in the workspace's folders, read again where they changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from lsprotocol import types

from redox.files import BadInputError, find_sources, read_text
from redox_lsp import convert
from redox_lsp.features.symbols import find_symbols, fits
from redox_lsp.positions import LineIndex
from redox_lsp.reading import Reading

MOST_FILES = 5_000
"""How many files of a workspace are read; what is more is no project of a person's."""

Stamp = tuple[int, int]


class Library:
    """What is declared in files that nobody has open."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._known: dict[Path, tuple[Stamp, list[types.SymbolInformation]]] = {}

    def find(
        self,
        query: str,
        folders: Iterable[Path],
        opened: Iterable[tuple[str, Reading, LineIndex]],
        limit: int,
    ) -> list[types.SymbolInformation]:
        """Return symbols whose names hold the letters of `query`; open documents come first."""
        letters = query.casefold()
        shown = list(opened)
        found = [
            one
            for uri, reading, index in shown
            for one in symbols_of(uri, reading, index)
            if fits(one.name.casefold(), letters)
        ]
        uris = {uri for uri, _, _ in shown}
        for path in self._files(folders):
            if len(found) >= limit:
                break
            if path.as_uri() not in uris:
                found += [one for one in self._symbols(path) if fits(one.name.casefold(), letters)]
        return found[:limit]

    def _files(self, folders: Iterable[Path]) -> Iterator[Path]:
        count = 0
        for folder in folders:
            for path in find_sources(folder, (".iron",)):
                count += 1
                if count > MOST_FILES:
                    return
                yield path

    def _symbols(self, path: Path) -> list[types.SymbolInformation]:
        """Return a file's symbols; a file that can't be read has none."""
        try:
            status = path.stat()
            stamp = status.st_mtime_ns, status.st_size
            known = self._known.get(path)
            if known is not None and known[0] == stamp:
                return known[1]
            reading = Reading.of_text(read_text(path))
        except (OSError, BadInputError):
            self._known.pop(path, None)
            return []
        index = LineIndex([row[0] for row in reading.rows], self._encoding)
        symbols = symbols_of(path.as_uri(), reading, index)
        self._known[path] = stamp, symbols
        return symbols


def symbols_of(uri: str, reading: Reading, index: LineIndex) -> list[types.SymbolInformation]:
    """Return all symbols of a text."""
    return [
        types.SymbolInformation(
            location=types.Location(uri, index.range(one.name_span)),
            name=one.name,
            kind=convert.symbol_kind(one.kind),
            container_name=one.container or None,
        )
        for one in find_symbols(reading, "")
    ]
