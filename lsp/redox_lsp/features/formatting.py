"""Laying out: a text, a range of it, or the line that is being written."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from redox import Edit, Phrase, Span, oxidize
from redox import frames as f
from redox.layout import INDENT, lay_out
from redox.lexer import CODE, split_end, split_lines
from redox_lsp.blocks import Block, blocks_of
from redox_lsp.features.continuations import machine_behind
from redox_lsp.reading import Reading
from redox_lsp.shared_ends import shared_ends


def format_text(
    reading: Reading, *, with_rustfmt: bool, beside: Path | None = None
) -> tuple[Edit, ...]:
    """Return the edits that lay a text out; with rustfmt, that program is started.

    Lines that are written as Rust stay Rust. Nothing is edited but where the new text proves to
    mean the same.
    """
    laid_out = lay_out(
        reading.text, reading.book, keep_rust=True, beside=beside, with_rustfmt=with_rustfmt
    )
    return edits_between(reading, split_lines(laid_out.text))


def format_range(reading: Reading, span: Span) -> tuple[Edit, ...]:
    """Return the edits that indent the lines that a span touches.

    None where these would then mean something else beside lines that are indented otherwise: the
    column of an item tells which blocks it is in.
    """
    laid_out = lay_out(reading.text, reading.book, keep_rust=True, with_rustfmt=False)
    first, last = reading.line_of(span.start), reading.line_of(span.end)
    if last > first and span.end == reading.start_of(last):
        last -= 1
    lines = [
        new if first <= number <= last else row[0]
        for number, (row, new) in enumerate(
            zip(reading.rows, split_lines(laid_out.text), strict=True)
        )
    ]
    rust = oxidize("".join(lines), reading.book).text
    is_same = [*map(str.strip, split_lines(rust))] == [*map(str.strip, split_lines(reading.rust))]
    return edits_between(reading, lines) if is_same else ()


def edits_between(reading: Reading, lines: list[str]) -> tuple[Edit, ...]:
    """Return the edits that make a text into `lines`, line by line where that can be done."""
    old = [row[0] for row in reading.rows]
    if len(old) == len(lines):
        return tuple(
            _line_edit(reading, number, new)
            for number, (one, new) in enumerate(zip(old, lines, strict=True))
            if one != new
        )
    head, tail = shared_ends(old, lines)
    span = Span(reading.start_of(head), reading.start_of(len(old) - tail))
    return (Edit(span, "".join(lines[head : len(lines) - tail])),)


def _line_edit(reading: Reading, number: int, new: str) -> Edit:
    """Return the edit of one line without what both ends share, so that cursors stay."""
    old, start = reading.rows[number][0], reading.start_of(number)
    head, tail = shared_ends(old, new)
    return Edit(Span(start + head, start + len(old) - tail), new[head : len(new) - tail])


# ---- while one types ----


def format_typed(reading: Reading, offset: int, typed: str) -> tuple[Edit, ...]:
    """Return what to change once `typed` has been written before an offset.

    A new line is indented, and where the line before opened a block that nothing closes, it is
    closed below. A line that comes to begin with a closer goes below what it closes.
    """
    line = reading.line_of(offset)
    if line < reading.line_count and reading.rows[line][3] not in (CODE, None):
        return ()
    if typed in ("\n", "\r", "\r\n"):
        return _new_line(reading, line)
    closed = _closed_by_first_word(reading, line)
    if closed is None:
        return ()
    return _indent_edit(reading, line, indent_of(reading, closed.first.line))


def indent_of(reading: Reading, line: int) -> str:
    """Return the white space that a line begins with."""
    body = reading.body_of(line)
    return body[: len(body) - len(body.lstrip(" \t"))]


def _indent_edit(reading: Reading, line: int, indent: str) -> tuple[Edit, ...]:
    start, old = reading.start_of(line), indent_of(reading, line)
    return (Edit(Span(start, start + len(old)), indent),) if old != indent else ()


def _line_before(reading: Reading, line: int) -> int:
    """Return the last line of code before a line, or -1."""
    before = min(line, reading.line_count) - 1
    while before >= 0 and reading.is_blank(before):
        before -= 1
    return before


def _indent_of_new_line(reading: Reading, line: int) -> str:
    closed = _closed_by_first_word(reading, line)
    if closed is not None:
        return indent_of(reading, closed.first.line)
    before = _line_before(reading, line)
    if before < 0:
        return ""
    opened = _opened_on(reading, before, line)
    if opened is not None:
        return indent_of(reading, opened) + INDENT
    lines = reading.statement_at(before)
    if lines and reading.begins_statement(line):
        return indent_of(reading, lines.start)
    return indent_of(reading, before)


def _opened_on(reading: Reading, before: int, line: int) -> int | None:
    """Return the line whose head opened the block that a new line is the first of."""
    opened = [one for one in blocks_of(reading) if one.opener.line == before]
    inner = [one for one in opened if one.closer is None or one.closer.line >= line]
    return max(inner, key=lambda one: one.opener.start).first.line if inner else None


def _closed_by_first_word(reading: Reading, line: int) -> Block | None:
    body = reading.body_of(line)
    start = len(body) - len(body.lstrip(" \t"))
    for block in blocks_of(reading):
        closer = block.closer
        if closer is not None and (closer.line, closer.start) == (line, start):
            return block if closer.end > closer.start else None
    return None


def _new_line(reading: Reading, line: int) -> tuple[Edit, ...]:
    """Return the edit that indents a new line, and closes the block that the one before opened."""
    indent, closing = _indent_of_new_line(reading, line), _closing(reading, line)
    if not closing:
        return _indent_edit(reading, line, indent)
    start = reading.start_of(line)
    return (Edit(Span(start, start + len(reading.body_of(line))), indent + closing),)


def _closing(reading: Reading, line: int) -> str:
    """Return what closes, below an empty line, the block that the line before opened."""
    before = line - 1
    if before < 0 or reading.is_blank(before) or reading.body_of(line).strip():
        return ""
    block = next((one for one in unclosed_blocks(reading) if one.opener.line == before), None)
    phrase = closer_of(reading, block) if block is not None else None
    if block is None or phrase is None:
        return ""
    line_end = split_end(reading.rows[before][0])[1] or "\n"
    return f"{line_end}{indent_of(reading, block.first.line)}{phrase.text}"


def unclosed_blocks(reading: Reading) -> list[Block]:
    """Return the blocks that nothing closes, or what stands as if it closed another.

    The innermost come first.
    """
    found = [
        one
        for one in blocks_of(reading)
        if one.closer is None
        or indent_of(reading, one.closer.line) != indent_of(reading, one.first.line)
        and _begins_line(reading, one)
        and len(indent_of(reading, one.closer.line)) < len(indent_of(reading, one.first.line))
    ]
    return sorted(found, key=lambda one: one.opener, reverse=True)


def _begins_line(reading: Reading, block: Block) -> bool:
    assert block.closer is not None, "only closers that are there are asked about"
    return not reading.body_of(block.closer.line)[: block.closer.start].strip()


def closer_of(reading: Reading, block: Block) -> Phrase | None:
    """Return the phrase that closes a block of several lines, if words of Iron opened it."""
    machine = machine_behind(reading, block.opener.line)
    frame: f.Frame | None = machine.frame if machine is not None else None
    while frame is not None and frame.kind.closer != _CLOSER_OF[block.text]:
        frame = frame.parent
    if frame is None or frame.kind.is_rust:
        return None
    end = frame.kind.end
    if not end:
        return reading.book.by_key["done"] if frame.multi else None
    phrases = reading.book.phrases
    return next((one for one in phrases if (one.role, one.opens) == ("end", end)), None)


_CLOSER_OF: Final = {"(": ")", "[": "]", "{": "}", "<": ">", "|": "|"}
