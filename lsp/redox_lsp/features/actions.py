"""What can be done about what is under the cursor: fixes, the other spelling, closers, escapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from redox import Diagnostic, Edit, Span, reduce
from redox.lexer import CODE, split_lines
from redox.lexicon import NEW_LINE, lexicon_of, starts_of
from redox.lines import Line, lex
from redox.machine import Machine
from redox.memory import memory_of
from redox.oxidizer import Oxidizer
from redox_lsp.features.formatting import (
    closer_of,
    edits_between,
    indent_of,
    unclosed_blocks,
)
from redox_lsp.outline import run_at
from redox_lsp.reading import Kind, Reading


class ActionKind(Enum):
    """What an action is for."""

    FIX = "fix"
    REWRITE = "rewrite"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done: edits, or a command of the server's on the whole text."""

    title: str
    kind: ActionKind
    edits: tuple[Edit, ...] = ()
    diagnostic: Diagnostic | None = None
    """What a fix mends."""
    command: str = ""


OXIDIZE_FILE: Final = "redox.oxidizeFile"
REDUCE_FILE: Final = "redox.reduceFile"
_MOST_BLOCKS: Final = 50
"""How many blocks are looked at for one to close, the innermost first."""
_WIDEST: Final = 1_000
"""How many characters a line may have that is said again; others are not people's."""
_LONGEST: Final = 2_000
"""How many lines of an item are said again at most to find how Iron says some of them."""


def code_actions(reading: Reading, span: Span) -> tuple[Action, ...]:
    """Return what can be done at a selection, or at a cursor where `span` is empty."""
    return (
        *_fixes(reading, span),
        *_respelled(reading, span),
        *_closing(reading, span.end),
        *_escaping(reading, span.end),
        *_whole(reading),
    )


def _fixes(reading: Reading, span: Span) -> Iterator[Action]:
    for one in reading.diagnostics:
        if one.fix is not None and one.span.start <= span.end and span.start <= one.span.end:
            title = one.fix_title or "Mend this"
            yield Action(title, ActionKind.FIX, (one.fix,), one)


# ---- the other spelling ----


def _respelled(reading: Reading, span: Span) -> Iterator[Action]:
    for title, action in (
        ("Show as Rust here", show_as_rust(reading, span)),
        ("Show as Iron here", show_as_iron(reading, span)),
    ):
        if action:
            yield Action(title, ActionKind.REWRITE, action)


def show_as_rust(reading: Reading, span: Span) -> tuple[Edit, ...]:
    """Return the edits that write the lines of a selection as Rust and keep the text's meaning."""
    for lines in _ranges(reading, span):
        rust = [row[1] for row in reading.rows[lines.start : lines.stop]]
        edits = _replaced(reading, lines, rust)
        if edits:
            return edits
    return ()


def show_as_iron(reading: Reading, span: Span) -> tuple[Edit, ...]:
    """Return the edits that write the lines of a selection as Iron and keep the text's meaning."""
    run = run_at(reading, reading.line_of(span.start))
    if run is None or run.past - run.first > _LONGEST:
        return ()
    if max(len(row[0]) for row in reading.rows[run.first : run.past]) > _WIDEST:
        return ()
    said = split_lines(reduce(reading.rust_of(run.first, run.past), reading.book).text)
    for lines in _ranges(reading, span):
        if not run.first <= lines.start <= lines.stop <= run.past:
            continue
        edits = _replaced(reading, lines, said[lines.start - run.first : lines.stop - run.first])
        if edits:
            return edits
    return ()


def _ranges(reading: Reading, span: Span) -> list[range]:
    """Return the lines of a selection, and those of the statements that they are part of."""
    count = reading.line_count
    first, last = reading.line_of(span.start), reading.line_of(span.end)
    if last > first and span.end == reading.start_of(last):
        last -= 1
    if first >= count:
        return []
    last = min(last, count - 1)
    selected = range(first, last + 1)
    whole = range(reading.statement_at(first).start, reading.statement_at(last).stop)
    if whole == selected:
        return [selected]
    return [selected, whole] if span.start < span.end else [whole, selected]


def _replaced(reading: Reading, lines: range, new: list[str]) -> tuple[Edit, ...]:
    old = [row[0] for row in reading.rows]
    if new == old[lines.start : lines.stop] or not keeps_rust(reading, lines, new):
        return ()
    old[lines.start : lines.stop] = new
    return edits_between(reading, old)


def keeps_rust(reading: Reading, lines: range, new: list[str]) -> bool:
    """Tell whether a text says the same Rust with `new` in place of some of its lines.

    Only these lines, and the one before them whose end they may decide, are written again: behind
    them the machine must stand as it did.
    """
    rows = reading.rows
    if len(new) != len(lines):
        return False
    first = _first_to_write(reading, lines.start)
    texts = [*(row[0] for row in rows[first : lines.start]), *new]
    state, mode = rows[first][2:4]
    if state is None or mode is None:
        return False
    lexed: list[Line] = []
    for text in texts:
        lexed.append(lex(text, mode))
        mode = lexed[-1].mode
    past = lines.stop
    starts = _starts_at(reading, past)
    if past < len(rows) and rows[past][3] != mode:
        return False
    oxidizer = Oxidizer(memory_of(reading.book), Machine(*state))
    starts_behind = []
    for line in reversed(lexed):
        starts_behind.append(starts)
        if line.is_code:
            starts = _starts_of(reading, line)
    for number, (line, following) in enumerate(
        zip(lexed, reversed(starts_behind), strict=True), first
    ):
        rust = oxidizer.line(line, following) if line.is_code else line.text
        if rust != rows[number][1]:
            return False
    return past >= len(rows) or oxidizer.machine.state == rows[past][2]


def _first_to_write(reading: Reading, line: int) -> int:
    """Return the significant line before a line, whose end that may decide."""
    before = line - 1
    while before >= 0 and reading.rows[before][2] is not None and reading.is_blank(before):
        before -= 1
    return before if before >= 0 and reading.rows[before][2] is not None else line


def _starts_of(reading: Reading, line: Line) -> int:
    if not line.code or line.head:
        return NEW_LINE
    return starts_of(lexicon_of(reading.book), line.pairs)


def _starts_at(reading: Reading, line: int) -> int:
    """Return what the first line of code from a line on does to the one before it."""
    for iron, _, state, mode, _ in reading.rows[line:]:
        lexed = lex(iron, mode or CODE)
        if state is not None and lexed.is_code:
            return _starts_of(reading, lexed)
    return NEW_LINE


# ---- closing and escaping ----


def _closing(reading: Reading, offset: int) -> Iterator[Action]:
    """Offer to close the innermost block around an offset that nothing closes."""
    line = reading.line_of(offset)
    seen: set[int] = set()
    for block in unclosed_blocks(reading)[:_MOST_BLOCKS]:
        if block.opener.line in seen:
            continue  # what a line opens last is closed first
        seen.add(block.opener.line)
        if block.opener.line > line or block.closer is not None and block.closer.line < line:
            continue
        phrase = closer_of(reading, block)
        if phrase is None:
            continue
        indent = indent_of(reading, block.first.line)
        past = _past_block(reading, block.opener.line, indent)
        start = reading.start_of(past)
        is_whole = not start or reading.text[start - 1] in "\r\n"
        text = f"{indent}{phrase.text}\n" if is_whole else f"\n{indent}{phrase.text}"
        yield Action(
            f"Close this block: `{phrase.text}`",
            ActionKind.REWRITE,
            (Edit(Span(start, start), text),),
        )
        return


def _past_block(reading: Reading, line: int, indent: str) -> int:
    """Return the line that stands no deeper than a block's head, or the text's end."""
    past = line + 1
    for number in range(line + 1, reading.line_count):
        if not reading.body_of(number).strip():
            continue
        if len(indent_of(reading, number)) <= len(indent):
            return past
        past = number + 1
    return past


def _escaping(reading: Reading, offset: int) -> Iterator[Action]:
    """Offer to take the word at an offset, which is a phrase, as a name."""
    place = reading.token_at(offset)
    if place is None:
        return
    token = reading.tokens(place[0])[place[1]]
    phrase = token.phrase
    if phrase is None or token.kind is Kind.SILENT:
        return
    if token.name_start >= 0 or len(phrase.words) > 1:
        return
    escape = reading.book.by_key["literally"].text
    start = reading.start_of(place[0]) + token.start
    yield Action(
        f"Make `{phrase.text}` a name",
        ActionKind.REWRITE,
        (Edit(Span(start, start), f"{escape} "),),
    )


def _whole(reading: Reading) -> Iterator[Action]:
    if reading.text != reading.rust:
        yield Action("Write this file as Rust", ActionKind.WHOLE, command=OXIDIZE_FILE)
    elif reading.text:
        yield Action("Write this file as Iron", ActionKind.WHOLE, command=REDUCE_FILE)
