"""What leads out of a text: addresses, the files of modules, and included files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from redox import Span
from redox_lsp.outline import outline_of
from redox_lsp.reading import Kind, Reading, Token
from redox_lsp.resolving import span_of

_ADDRESS: Final = re.compile(r"https?://[^\s<>\"'`\])}]+[^\s<>\"'`\])}.,;:!?]")
_INCLUDING: Final = frozenset(("include", "include_str", "include_bytes"))
_PATH: Final = re.compile(r'"([^"\\]+)"')


@dataclass(frozen=True, slots=True)
class Link:
    """A link at `span`: an address, or the first of these paths that is there.

    Paths are relative to the folder of the text.
    """

    span: Span
    address: str = ""
    paths: tuple[str, ...] = ()


def links(reading: Reading) -> tuple[Link, ...]:
    """Return what leads out of a text, in order."""
    found = [*_addresses(reading), *_modules(reading), *_included(reading)]
    return tuple(sorted(found, key=lambda one: one.span.start))


def _addresses(reading: Reading) -> Iterator[Link]:
    for line, row in enumerate(reading.rows):
        if "://" not in row[0]:
            continue
        for token in reading.tokens(line):
            if token.kind in (Kind.COMMENT, Kind.LITERAL):
                yield from _addresses_in(reading, line, token)


def _addresses_in(reading: Reading, line: int, token: Token) -> Iterator[Link]:
    for match in _ADDRESS.finditer(reading.rows[line][0], token.start, token.end):
        yield Link(reading.span(line, match.start(), match.end()), address=match[0])


def _modules(reading: Reading) -> Iterator[Link]:
    """Yield the modules that stand in files of their own."""
    for declared in outline_of(reading).declared.values():
        item = declared.item
        if item.kind == "module" and declared.inner is None and item.name.isidentifier():
            outer = declared.container.module
            if outer.parent is None:
                name = item.name
                paths = (f"{name}.iron", f"{name}.rs", f"{name}/mod.iron", f"{name}/mod.rs")
                yield Link(span_of(reading, declared.place), paths=paths)


def _included(reading: Reading) -> Iterator[Link]:
    for line, row in enumerate(reading.rows):
        if "include" not in row[0]:
            continue
        tokens = [one for one in reading.tokens(line) if one.kind is not Kind.SILENT]
        for index, token in enumerate(tokens[:-3]):
            path = tokens[index + 3]
            match = _PATH.fullmatch(path.text)
            is_call = tokens[index + 1].text == "!" and tokens[index + 2].text in "([{"
            if token.text in _INCLUDING and is_call and match:
                yield Link(reading.span(line, path.start + 1, path.end - 1), paths=(match[1],))
