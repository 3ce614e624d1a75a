"""What of a model's answer may be shown: what is Iron, and whose Rust can be parsed.

A text is most often unfinished where somebody types. So the line, with what was suggested for it,
is held against the same text without that line: it may bring no finding and no fault of syntax.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from redox import Document, Severity
from redox.frames import Frame
from redox.lexer import split_end
from redox_lsp.suggesting.situation import Fault

if TYPE_CHECKING:
    from tree_sitter import Parser

Faults = Counter[str]
Texts = tuple[str, str]
"""The Rust of a whole document without a suggestion, and with it."""
_SYNTAX: Final = "syntax"
_NO_SYNTAX: Final = "Rust's grammar does not go on here"
_OF_OPENERS: Final = {_SYNTAX, "unclosed-block", "unclosed-bracket", "misnamed-end", "lost-closer"}
"""What may be wrong only because a line opens something that a later one closes."""


def is_sound(document: Document, line: int, column: int, text: str, lines: range) -> bool:
    """Tell whether a text may be put into a line of a document, which stays as it is.

    `lines` are those of the item that the line is in: of these the syntax is looked at. Blocks
    and brackets that the line opens may be closed by a later one.
    """
    body = split_end(document.iron_line(line))[0]
    written = body[:column] + text + body[column:]
    indent = body[: len(body) - len(body.lstrip())]
    with _trying(document, document.iron_line_start(line), body, lines) as trial:
        without = trial.faults("")
        closers = "".join(f"\n{indent}{one}" for one in trial.closers(written, line))
        closed, as_it_is = trial.faults(written + closers), trial.faults(written)
        return not closed - without and (as_it_is - without).keys() <= _OF_OPENERS


def faults_of_body(document: Document, body: range, text: str, lines: range) -> list[Fault]:
    """Return what is wrong if some lines of a document, which stays as it is, are another text."""
    start, end = document.iron_line_start(body.start), document.iron_line_start(body.stop)
    with _trying(document, start, document.iron[start:end], lines) as trial:
        known = trial.faults("")
        return [fault for code, fault in trial.found(text) if not _take(known, code)]


def _take(counts: Faults, code: str) -> bool:
    """Take one of a code from what is counted; tell whether there was one."""
    counts[code] -= 1
    return counts[code] >= 0


def texts_of(document: Document, line: int, column: int, text: str) -> Texts:
    """Return what is compiled to prove a text put into a line, with all closed that it opens."""
    body = split_end(document.iron_line(line))[0]
    written = body[:column] + text + body[column:]
    indent = body[: len(body) - len(body.lstrip())]
    with _trying(document, document.iron_line_start(line), body, range(0)) as trial:
        closers = "".join(f"\n{indent}{one}" for one in trial.closers(written, line))
        return trial.rust(""), trial.rust(written + closers)


def body_texts_of(document: Document, body: range, text: str) -> Texts:
    """Return what is compiled to prove a text put in place of some lines."""
    start, end = document.iron_line_start(body.start), document.iron_line_start(body.stop)
    with _trying(document, start, document.iron[start:end], range(0)) as trial:
        return trial.rust(""), trial.rust(text)


class _Trial:
    """A document of which one part is written in several ways, one after another."""

    def __init__(self, document: Document, start: int, text: str, lines: range) -> None:
        self.document = document
        self.start = start
        self.text = text
        self.lines = lines

    def write(self, text: str) -> None:
        """Have the part be this text."""
        self.document.edit(self.start, self.start + len(self.text), text)
        grown = text.count("\n") - self.text.count("\n")
        self.lines = range(self.lines.start, self.lines.stop + grown)
        self.text = text

    def rust(self, text: str) -> str:
        """Return the Rust of the whole document if the part is this text."""
        self.write(text)
        return self.document.rust

    def faults(self, text: str) -> Faults:
        """Count what is wrong if the part is this text."""
        return Counter(code for code, _ in self.found(text))

    def found(self, text: str) -> list[tuple[str, Fault]]:
        """Return what is wrong if the part is this text, by code."""
        self.write(text)
        document = self.document
        starts = document.iron_starts
        found = [
            (one.code, Fault(bisect_right(starts, one.span.start), one.message))
            for one in document.diagnostics
            if one.severity is not Severity.WARNING
        ]
        rust = "".join(map(document.rust_line, self.lines))
        faults = (Fault(self.lines.start + row + 1, _NO_SYNTAX) for row in _wrong_rows(rust))
        return found + [(_SYNTAX, fault) for fault in faults]

    def closers(self, text: str, line: int) -> list[str]:
        """Return what would close, each on a line, all that the line opens if it is this text."""
        self.write(f"{text}\n")
        rows = self.document.lines()
        before, after = rows[line][2], rows[line + 1][2]
        if before is None or after is None:
            return []
        found = []
        frame: Frame | None = after[0]
        while frame is not None and frame.depth > before[0].depth:
            if frame.kind.end:
                found.append(f"end {frame.kind.end}")
            elif frame.kind.is_bracket:
                found.append("done" if frame.kind.soft else frame.kind.closer)
            frame = frame.parent
        return found


@contextmanager
def _trying(document: Document, start: int, text: str, lines: range) -> Iterator[_Trial]:
    """Give a trial of the part of a document from `start` on that is `text`, and undo it."""
    trial = _Trial(document, start, text, lines)
    try:
        yield trial
    finally:
        trial.write(text)


def _wrong_rows(rust: str) -> Iterator[int]:
    """Yield the line of each place where Rust's grammar does not go on."""
    waiting: list[Any] = [_parser().parse(rust.encode("utf-8", "surrogatepass")).root_node]
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            yield node.start_point[0]
        elif node.has_error:
            waiting += node.children


@cache
def _parser() -> Parser:
    from tree_sitter import Language, Parser
    from tree_sitter_rust import language

    return Parser(Language(language()))
