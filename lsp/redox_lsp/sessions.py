"""The open documents: one session each, which holds the text and what was made from it.

A document of Iron has its Rust line for line at every moment. A document of Rust is held the
same way, for Rust is Iron that means itself; its preview is the Iron that `reduce` makes of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Protocol

from lsprotocol import types

from redox_lsp.messages import LineChange
from redox_lsp.positions import LineIndex, index_of_units
from redox_lsp.shared_ends import shared_ends

if TYPE_CHECKING:
    from redox.diagnostics import Span
    from redox.document import Change, Document
    from redox.map import Map
    from redox.translate import Translation
    from redox_lsp.reading import Reading

IRON = "iron"
RUST = "rust"

LINES_AT_ONCE = 400
"""How many lines an edit does again at once; the rest is done between messages."""


REMEMBERED = 60_000
"""How much is remembered of lines translated: what 100,000 lines of Rust come to, some 40 MB.

A process that ends gains by remembering more; one that lives for days should not grow for hours.
"""


class Finder(Protocol):
    """A way of a map from a range of one text to that of the other."""

    def __call__(self, start: int, end: int, *, nearest: bool = False) -> Span | None:
        """Return the range in the other text."""


@dataclass(frozen=True)
class Pair:
    """A document and its preview at one version, with the way between their places."""

    version: int
    document: LineIndex
    preview: LineIndex
    map: Map
    is_iron: bool
    """Whether the document is the Iron of the two."""

    def to_preview(self, place: types.Range, *, nearest: bool) -> types.Range | None:
        """Return the range of the preview for one of the document."""
        find = self.map.rust_range_from_iron if self.is_iron else self.map.iron_range_from_rust
        return _carry(find, place, self.document, self.preview, nearest)

    def from_preview(self, place: types.Range, *, nearest: bool) -> types.Range | None:
        """Return the range of the document for one of the preview."""
        find = self.map.iron_range_from_rust if self.is_iron else self.map.rust_range_from_iron
        return _carry(find, place, self.preview, self.document, nearest)


class Session:
    """An open document: its text, its version and its preview."""

    def __init__(self, item: types.TextDocumentItem, language: str, encoding: str) -> None:
        from redox.document import Document
        from redox.memory import remember_at_most

        remember_at_most(REMEMBERED)
        self.uri = item.uri
        self.language = language
        self.encoding = encoding
        self.version = item.version
        self.document: Document = Document(item.text)
        self.is_previewed = False
        self.shown_as = ""
        """The URI by which the client has taken the preview as a document, if it has."""
        self.memory: dict[str, Any] = {}
        """What answers leave for later ones."""
        self._sent_version = item.version
        self._sent_lines: list[str] = []
        self._changes: list[LineChange] = []
        self._reading: Reading | None = None
        self._forget()

    def _forget(self) -> None:
        self._index: LineIndex | None = None
        self._pair: Pair | None = None
        self._translation: Translation | None = None
        self._is_read = False

    @property
    def is_iron(self) -> bool:
        """Whether the document is Iron; else it is Rust."""
        return self.language == IRON

    @property
    def preview_language(self) -> str:
        """The language of the preview."""
        return RUST if self.is_iron else IRON

    @property
    def index(self) -> LineIndex:
        """Where the lines of the document start."""
        if self._index is None:
            document = self.document
            self._index = LineIndex(document.iron_lines, self.encoding, document.iron_starts)
        return self._index

    @property
    def reading(self) -> Reading:
        """A snapshot for the features; it takes over what the one before knew."""
        from redox_lsp.reading import Reading

        if self._reading is None or not self._is_read:
            self._reading = Reading.of(self.document, self.version, self._reading)
            self._is_read = True
        return self._reading

    # ---- edits ----

    def change(
        self, changes: Sequence[types.TextDocumentContentChangeEvent], version: int
    ) -> list[Edited]:
        """Apply what a client did to the text, and tell it in offsets."""
        self.version = version
        return [self._apply(change) for change in changes]

    def _apply(self, change: types.TextDocumentContentChangeEvent) -> Edited:
        document = self.document
        if isinstance(change, types.TextDocumentContentChangePartial):
            start = self._offset(change.range.start)
            end = max(start, self._offset(change.range.end))
        else:
            start, end = 0, document.iron_line_start(document.line_count)
        self._record(document.edit(start, end, change.text, LINES_AT_ONCE))
        self._forget()
        return Edited(start, end, len(change.text))

    def _offset(self, position: types.Position) -> int:
        start = self.document.iron_line_start(position.line)
        if position.line >= self.document.line_count:
            return start
        line = self.document.iron_line(position.line)
        return start + index_of_units(line, position.character, self.encoding)

    def settle(self) -> bool:
        """Do some of the lines again that an edit has left; tell whether all are done."""
        change = self.document.settle(LINES_AT_ONCE)
        if change is not None:
            self._record(change)
            self._forget()
        return self.document.is_settled

    def _record(self, change: Change) -> None:
        if self.is_previewed and self.is_iron and (change.old_count or change.new_count):
            past = change.first_line + change.new_count
            lines = map(self.document.rust_line, range(change.first_line, past))
            end = change.first_line + change.old_count
            self._changes.append(LineChange(change.first_line, end, "".join(lines)))

    # ---- the preview ----

    def keep(self, version: int, translation: Translation) -> None:
        """Keep the Iron of a document of Rust, if it is that of the text as it stands."""
        if version == self.version:
            self._translation = translation

    @property
    def needs_translation(self) -> bool:
        """Whether the preview is that of an older text, because it takes long to make."""
        return not self.is_iron and self._translation is None

    @property
    def is_behind(self) -> bool:
        """Whether somebody looks at a preview that is that of an older text."""
        return self.is_previewed and self.needs_translation

    @property
    def preview_lines(self) -> list[str]:
        """The lines of the preview."""
        if self.is_iron:
            return self.document.rust_lines
        assert self._translation is not None, "a preview is asked for once it is made"
        return _lines_of(self._translation.text)

    @property
    def pair(self) -> Pair:
        """The document and its preview as they stand; everything must be done by now."""
        if self._pair is None:
            made = self._translation
            self._pair = Pair(
                self.version,
                self.index,
                LineIndex(self.preview_lines, self.encoding),
                self.document.map if made is None else made.map,
                self.is_iron,
            )
        return self._pair

    def open_preview(self) -> str:
        """Return the preview's text; from now on its changes are kept for the client."""
        lines = self.preview_lines
        self.is_previewed = True
        self._sent_version = self.version
        self._sent_lines = [] if self.is_iron else lines
        self._changes = []
        return "".join(lines)

    def close_preview(self) -> None:
        """Keep no changes any longer."""
        self.is_previewed = False
        self._changes = []
        self._sent_lines = []

    def take_changes(self) -> tuple[int, list[LineChange]] | None:
        """Return what changed in the preview since the last time, and since which version.

        Nothing if nobody looks at it, or if the client knows all already.
        """
        if not self.is_previewed or self.needs_translation:
            return None
        if not self.is_iron:
            lines = self.preview_lines
            self._changes = list(line_changes(self._sent_lines, lines))
            self._sent_lines = lines
        if not self._changes and self._sent_version == self.version:
            return None
        taken = (self._sent_version, self._changes)
        self._sent_version, self._changes = self.version, []
        return taken


@dataclass(frozen=True, slots=True)
class Edited:
    """An edit in offsets: from `start` to `end` of the old text, `length` of new text."""

    start: int
    end: int
    length: int


def line_changes(old: Sequence[str], new: Sequence[str]) -> Iterator[LineChange]:
    """Yield how lines became others, as one change from the first different line to the last."""
    first, same = shared_ends(old, new)
    if first == len(old) == len(new):
        return
    yield LineChange(first, len(old) - same, "".join(new[first : len(new) - same]))


def edits_between(old: str, new: str) -> Iterator[Edited]:
    """Yield edits that make one text the other, the last one first: none moves those to come."""
    from difflib import SequenceMatcher

    if old == new:
        return
    lines, others = _lines_of(old), _lines_of(new)
    starts = [0, *accumulate(map(len, lines))]
    matcher = SequenceMatcher(None, lines, others)
    for kind, first, past, start, end in reversed(matcher.get_opcodes()):
        if kind != "equal":
            was, becomes = "".join(lines[first:past]), "".join(others[start:end])
            before, behind = shared_ends(was, becomes)
            place = starts[first] + before
            yield Edited(place, starts[past] - behind, len(becomes) - before - behind)


def language_of(item: types.TextDocumentItem) -> str:
    """Return the language of a document: by what the client calls it, else by its name's end."""
    if item.language_id in (IRON, RUST):
        return item.language_id
    return RUST if item.uri.partition("?")[0].endswith(".rs") else IRON


def _lines_of(text: str) -> list[str]:
    from redox.lexer import split_lines

    return split_lines(text)


def _carry(
    find: Finder, place: types.Range, source: LineIndex, target: LineIndex, nearest: bool
) -> types.Range | None:
    span = source.span(place)
    found = find(span.start, span.end, nearest=nearest)
    return None if found is None else target.range(found)
