"""Show diagnostics: as rustc shows its own, and as JSON.

Columns of the picture are terminal cells, so a wide character moves the carets by two and a tab by
four. What could disturb a terminal (control characters, reversed writing) is shown as a picture of
itself or as the replacement character.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from redox.diagnostics import Diagnostic, Edit, Severity, Span

LINE_END = re.compile(r"\r\n|\r|\n")
TAB = "    "
WIDEST_LINE = 240
LEAD, WINDOW = 60, 180  # of a longer line: how much to show before the mark, and in all

RESET, BOLD, GUTTER, HELP = "\x1b[0m", "\x1b[1m", "\x1b[1;94m", "\x1b[1;96m"
COLOURS = {
    Severity.ERROR: "\x1b[1;91m",
    Severity.WARNING: "\x1b[1;93m",
    Severity.NOTE: "\x1b[1;92m",
}


@dataclass(frozen=True, slots=True)
class Lines:
    """A text with the offsets at which its lines start; lines end at LF, CRLF or CR."""

    text: str
    starts: tuple[int, ...]

    def line_of(self, offset: int) -> int:
        """Return the line that holds `offset`, from 0."""
        return bisect_right(self.starts, offset) - 1

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of `offset`, both from 1, the column in code points."""
        line = self.line_of(offset)
        return line + 1, offset - self.starts[line] + 1

    def bounds(self, line: int) -> tuple[int, int]:
        """Return where a line starts and where it ends, its line end left out."""
        start = self.starts[line]
        found = LINE_END.search(self.text, start)
        return start, found.start() if found else len(self.text)


def split_lines(text: str) -> Lines:
    """Find the lines of `text`."""
    return Lines(text, (0, *(found.end() for found in LINE_END.finditer(text))))


def render_diagnostics(
    diagnostics: Sequence[Diagnostic], text: str, path: str, *, colour: bool = False
) -> str:
    """Return the diagnostics of `text` as rustc would show them, each followed by an empty line."""
    lines = split_lines(text) if diagnostics else Lines(text, (0,))
    return "".join(_render(one, lines, path, Paint(colour)) + "\n" for one in diagnostics)


def diagnostic_as_json(
    diagnostics: Sequence[Diagnostic], text: str, path: str
) -> Iterator[dict[str, Any]]:
    """Yield each diagnostic as an object for JSON; `docs/cli.md` describes its fields."""
    lines = split_lines(text) if diagnostics else Lines(text, (0,))
    for one in diagnostics:
        yield {
            "path": path,
            "code": one.code,
            "severity": one.severity.value,
            "message": one.message,
            "span": _span_as_json(one.span, lines),
            "related": [
                {"message": near.message, "span": _span_as_json(near.span, lines)}
                for near in one.related
            ],
            "fix": None if one.fix is None else _fix_as_json(one.fix, one.fix_title, lines),
        }


@dataclass(frozen=True, slots=True)
class Paint:
    """Puts text in colour, or leaves it as it is."""

    is_on: bool

    def __call__(self, text: str, style: str) -> str:
        return f"{style}{text}{RESET}" if self.is_on and text else text


@dataclass(frozen=True, slots=True)
class Label:
    """One mark under one line: carets for the finding itself, dashes for what it refers to."""

    line: int
    start: int
    end: int
    mark: str
    message: str
    style: str


def _render(one: Diagnostic, lines: Lines, path: str, paint: Paint) -> str:
    headline, *notes = one.message.split("\n")
    style = COLOURS[one.severity]
    labels = sorted(_labels(one, lines, style), key=lambda label: (label.line, label.mark != "^"))
    patch = _patched_line(one.fix, lines) if one.fix else None
    last_line = max([label.line for label in labels] + ([patch[0]] if patch else []))
    gutter = len(str(last_line + 1))
    bar = paint(f"{'':{gutter}} |", GUTTER)
    line, column = lines.place(_clamp(one.span, lines).start)
    code = f"[{one.code}]" if one.code else ""
    rows = [
        paint(f"{one.severity.value}{code}", style) + paint(f": {show(headline)}", BOLD),
        paint(f"{'':{gutter}}--> ", GUTTER) + f"{path}:{line}:{column}",
        bar,
        *_source_rows(labels, lines, gutter, bar, paint),
    ]
    if notes or one.fix:
        rows.append(bar)
    equals = paint(f"{'':{gutter}} = ", GUTTER)
    rows += [f"{equals}{show(note)}" for note in notes]
    if one.fix:
        rows += _help_rows(one, patch, gutter, bar, paint)
    return "\n".join(rows) + "\n"


def _labels(one: Diagnostic, lines: Lines, style: str) -> Iterator[Label]:
    """Yield the marks; what is said of the finding's own span stands beside its carets."""
    said = next((near for near in one.related if near.span == one.span), None)
    yield from _marks(_clamp(one.span, lines), lines, "^", said.message if said else "", style)
    for near in one.related:
        if near is not said:
            yield from _marks(_clamp(near.span, lines), lines, "-", near.message, GUTTER)


def _marks(span: Span, lines: Lines, mark: str, message: str, style: str) -> Iterator[Label]:
    """Yield the label of a span, or two if it starts and ends on different lines."""
    first, last = lines.line_of(span.start), lines.line_of(max(span.start, span.end - 1))
    start, end = lines.bounds(first)
    here = min(span.start, end)
    if first == last:
        yield Label(first, here, max(here, min(span.end, end)), mark, message, style)
        return
    yield Label(first, here, end, mark, "", style)
    start, end = lines.bounds(last)
    body = len(lines.text[start:end]) - len(lines.text[start:end].lstrip())
    begins = min(start + body, max(start, span.end - 1))
    yield Label(last, begins, min(span.end, end), mark, message, style)


def _source_rows(
    labels: Sequence[Label], lines: Lines, gutter: int, bar: str, paint: Paint
) -> Iterator[str]:
    previous: int | None = None
    for line in sorted({label.line for label in labels}):
        if previous is not None and line == previous + 2:
            start, end = lines.bounds(previous + 1)
            between = lines.text[start : min(end, start + WINDOW)]
            yield (paint(f"{previous + 2:>{gutter}} |", GUTTER) + f" {show(between)}").rstrip()
        elif previous is not None and line > previous + 2:
            yield paint("...", GUTTER)
        here = [label for label in labels if label.line == line]
        start, end = _window(lines.bounds(line), here[0].start)
        before = "…" if start > lines.bounds(line)[0] else ""
        after = "…" if end < lines.bounds(line)[1] else ""
        source = before + show(lines.text[start:end]) + after
        yield (paint(f"{line + 1:>{gutter}} |", GUTTER) + f" {source}").rstrip()
        for label in here:
            yield _label_row(label, lines.text, (start, end), len(before), bar, paint)
        previous = line


def _window(bounds: tuple[int, int], mark: int) -> tuple[int, int]:
    start, end = bounds
    if end - start <= WIDEST_LINE:
        return start, end
    start = max(start, mark - LEAD)
    return start, min(end, start + WINDOW)


def _label_row(
    label: Label, text: str, window: tuple[int, int], shift: int, bar: str, paint: Paint
) -> str:
    start = min(max(label.start, window[0]), window[1])
    end = min(max(label.end, start), window[1])
    indent = shift + width(text[window[0] : start])
    marks = label.mark * max(1, width(text[start:end]))
    message = f" {show(label.message)}" if label.message else ""
    return f"{bar} {' ' * indent}{paint(marks + message, label.style)}"


def _help_rows(
    one: Diagnostic, patch: tuple[int, str, int, str] | None, gutter: int, bar: str, paint: Paint
) -> list[str]:
    title = show(one.fix_title or "this would mend it")
    if patch is None:
        return [paint(f"{'':{gutter}} = ", GUTTER) + f"{paint('help', HELP)}: {title}"]
    line, patched, indent, marks = patch
    return [
        f"{paint('help', HELP)}: {title}",
        bar,
        (paint(f"{line + 1:>{gutter}} |", GUTTER) + f" {patched}").rstrip(),
        f"{bar} {' ' * indent}{paint(marks, HELP)}".rstrip(),
    ]


def _patched_line(fix: Edit, lines: Lines) -> tuple[int, str, int, str] | None:
    """Return line, mended text, mark's place and shape; None if no single line shows it."""
    span = _clamp(fix.span, lines)
    line = lines.line_of(span.start)
    start, end = lines.bounds(line)
    if span.end > end or span.start > end or LINE_END.search(fix.text) or end - start > WIDEST_LINE:
        return None
    before, after = lines.text[start : span.start], lines.text[span.end : end]
    sign = "+" if span.start == span.end else "~"
    return line, show(before + fix.text + after), width(before), sign * width(fix.text)


def _clamp(span: Span, lines: Lines) -> Span:
    start = min(max(span.start, 0), len(lines.text))
    return Span(start, min(max(span.end, start), len(lines.text)))


def _span_as_json(span: Span, lines: Lines) -> dict[str, int]:
    inside = _clamp(span, lines)
    line, column = lines.place(inside.start)
    end_line, end_column = lines.place(inside.end)
    return {
        "start": span.start,
        "end": span.end,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }


def _fix_as_json(fix: Edit, title: str, lines: Lines) -> dict[str, Any]:
    return {"title": title, "span": _span_as_json(fix.span, lines), "text": fix.text}


def show(text: str) -> str:
    """Return `text` as a terminal may show it on one line."""
    return text if text.isascii() and text.isprintable() else "".join(map(_show_char, text))


def width(text: str) -> int:
    """Return how many terminal cells `show(text)` takes."""
    shown = show(text)
    return len(shown) if shown.isascii() else sum(map(_char_width, shown))


def _show_char(char: str) -> str:
    if char == "\t":
        return TAB
    if char < " ":
        return chr(0x2400 + ord(char))
    if char == "\x7f":
        return "\u2421"
    category = unicodedata.category(char)
    disturbs = (
        category in ("Cc", "Cs", "Zl", "Zp") or unicodedata.bidirectional(char) in BIDI_CONTROLS
    )
    return "\ufffd" if disturbs else char


BIDI_CONTROLS = frozenset(("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"))


def _char_width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
