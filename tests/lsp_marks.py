"""Texts with marks: `$0` is where a cursor stands, `«` and `»` are around what was found."""

from __future__ import annotations

from collections.abc import Iterable

from redox import Document, Span
from redox_lsp.reading import Reading

CURSOR = "$0"


def read(marked: str) -> tuple[Reading, int]:
    """Read a text with a cursor in it."""
    return Reading.of_text(marked.replace(CURSOR, "", 1)), marked.index(CURSOR)


def read_range(marked: str) -> tuple[Reading, int, int]:
    """Read a text with two cursors in it, which are around a selection."""
    before, inside, after = marked.split(CURSOR)
    start = len(before)
    return Reading.of_text(before + inside + after), start, start + len(inside)


def show(text: str, spans: Iterable[Span]) -> str:
    """Return a text with marks around spans, which must not overlap."""
    for span in sorted(spans, key=lambda one: (one.start, one.end), reverse=True):
        text = f"{text[: span.start]}«{text[span.start : span.end]}»{text[span.end :]}"
    return text


def reread(reading: Reading, start: int, end: int, text: str) -> Reading:
    """Return the reading behind an edit, which keeps what the edit left alone."""
    document = Document(reading.text)
    before = Reading.of(document, 0, reading)
    before.notes.update(reading.notes)
    document.edit(start, end, text)
    return Reading.of(document, 1, before)
