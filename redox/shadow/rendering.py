"""A diagnostic of rustc's JSON drawn as rustc draws it, from the lines that its spans hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redox.render import BOLD, GUTTER, HELP, Paint, show, width

COLOURS = {
    "error": "\x1b[1;91m",
    "warning": "\x1b[1;93m",
    "note": "\x1b[1;92m",
    "help": HELP,
}
Span = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Label:
    line: int
    start: int
    end: int
    mark: str
    text: str
    style: str


def render_message(message: Mapping[str, Any], *, colour: bool = False) -> str:
    """Return a diagnostic as rustc shows it, with an empty line at its end."""
    paint = Paint(colour)
    if message["level"] == "failure-note":
        return f"{show(message['message'])}\n"
    numbers = [line for one in _parts(message) for line in _last_lines(one)]
    gutter = len(str(max(numbers, default=1)))
    bar = paint(f"{'':{gutter}} |", GUTTER)
    style = COLOURS.get(message["level"].split(":")[0], BOLD)
    rows = [
        paint(_level(message), style) + paint(f": {_lines(message['message'], '  ')}", BOLD),
        *_places(message["spans"], style, gutter, bar, paint),
    ]
    for child in message.get("children", ()):
        rows += _child(child, gutter, bar, paint, needs_bar=len(rows) == 1)
    if rows[-1] == bar:
        rows.pop()
    return "\n".join(rows) + "\n\n"


def render_short(message: Mapping[str, Any], *, colour: bool = False) -> str:
    """Return a diagnostic on one line, as rustc's short format has it."""
    primary = next((span for span in message["spans"] if span["is_primary"]), None)
    style = COLOURS.get(message["level"].split(":")[0], BOLD)
    place = f"{_place(primary)}: " if primary else ""
    said = message["message"]
    if primary and primary.get("label"):
        said += f": {primary['label']}"
    return f"{place}{Paint(colour)(_level(message), style)}: {said}\n"


def _parts(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [message, *message.get("children", ())]


def _last_lines(part: Mapping[str, Any]) -> Iterator[int]:
    for span in part["spans"]:
        if span.get("text"):
            yield span["line_end"]
        if span.get("suggested_replacement"):
            yield span["line_start"] + span["suggested_replacement"].count("\n")


def _level(message: Mapping[str, Any]) -> str:
    code = (message.get("code") or {}).get("code", "")
    # A lint's name is told by a note, not in brackets.
    is_error_code = code[:1] == "E" and code[1:].isdigit()
    return f"{message['level']}[{code}]" if is_error_code else str(message["level"])


def _place(span: Span) -> str:
    return f"{show(span['file_name'])}:{span['line_start']}:{span['column_start']}"


def _lines(text: str, indent: str) -> str:
    """Return a text of several lines, each later one indented."""
    return f"\n{indent}".join(show(line) for line in text.split("\n"))


def _places(
    spans: Sequence[Span], style: str, gutter: int, bar: str, paint: Paint
) -> Iterator[str]:
    """Yield the rows that show spans, file by file, the primary one's first."""
    ordered = sorted(spans, key=lambda span: not span["is_primary"])
    for number, name in enumerate(dict.fromkeys(span["file_name"] for span in ordered)):
        here = [span for span in ordered if span["file_name"] == name]
        arrow = "::: " if number else "--> "
        yield paint(f"{'':{gutter}}{arrow}", GUTTER) + _place(here[0])
        if any(span.get("text") for span in here):
            yield bar
            yield from _source_rows(here, style, gutter, bar, paint)
    if spans:
        yield bar


def _source_rows(
    spans: Iterable[Span], style: str, gutter: int, bar: str, paint: Paint
) -> Iterator[str]:
    labels = [label for span in spans for label in _labels(span, style)]
    texts = {number: text for span in spans for number, text in _texts(span)}
    previous = 0
    for line in sorted({label.line for label in labels}):
        if previous and line == previous + 2 and previous + 1 in texts:
            yield _row(previous + 1, texts[previous + 1], gutter, paint)
        elif previous and line > previous + 1:
            yield paint("...", GUTTER)
        yield _row(line, texts[line], gutter, paint)
        here = sorted((one for one in labels if one.line == line), key=lambda one: -one.start)
        for label in here:
            before = width(texts[line][: label.start])
            marks = label.mark * max(1, width(texts[line][label.start : label.end]))
            text = f" {_lines(label.text, '  ' + ' ' * (gutter + before))}" if label.text else ""
            yield f"{bar} {' ' * before}{paint(marks + text, label.style)}"
        previous = line


def _row(number: int, text: str, gutter: int, paint: Paint) -> str:
    return (paint(f"{number:>{gutter}} |", GUTTER) + f" {show(text)}").rstrip()


def _texts(span: Span) -> Iterator[tuple[int, str]]:
    for number, row in enumerate(span.get("text") or (), span["line_start"]):
        yield number, row["text"]


def _labels(span: Span, style: str) -> Iterator[_Label]:
    """Yield a span's marks: one, or two where it ends on a later line."""
    rows: Sequence[Mapping[str, Any]] = span["text"]
    if len(rows) == 0:
        return
    mark, colour = ("^", style) if span["is_primary"] else ("-", GUTTER)
    text = span.get("label") or ""
    last = len(rows) - 1
    for place in dict.fromkeys((0, last)):
        row = rows[place]
        start, end = row["highlight_start"] - 1, row["highlight_end"] - 1
        if place:
            body = row["text"]
            start = min(len(body) - len(body.lstrip()), max(0, end - 1))
        said = text if place == last else ""
        yield _Label(span["line_start"] + place, start, end, mark, said, colour)


def _child(
    child: Mapping[str, Any], gutter: int, bar: str, paint: Paint, *, needs_bar: bool
) -> list[str]:
    """Return the rows of a note or suggestion."""
    level, spans = child["level"], child["spans"]
    style = COLOURS.get(level, BOLD)
    if not spans:
        indent = " " * (gutter + 3 + len(level) + 2)
        rows = [bar] if needs_bar else []
        equals = paint(f"{'':{gutter}} = ", GUTTER)
        rows.append(f"{equals}{paint(level, BOLD)}: {_lines(child['message'], indent)}")
        return rows
    head = paint(level, style) + f": {_lines(child['message'], '  ')}"
    if all(span.get("suggested_replacement") is not None for span in spans):
        return [head, bar, *_patches(spans, gutter, bar, paint)]
    return [head, *_places(spans, style, gutter, bar, paint)]


def _patches(spans: Sequence[Span], gutter: int, bar: str, paint: Paint) -> Iterator[str]:
    """Yield the lines as they would be, those of suggestions on one line together."""
    for key in dict.fromkeys((span["file_name"], span["line_start"]) for span in spans):
        here = [span for span in spans if (span["file_name"], span["line_start"]) == key]
        old = [row["text"] for row in here[-1].get("text") or ()] or [""]
        new = [text for text in _patched(here) if text or text in old]
        for number, text in enumerate(old, key[1]):
            if text not in new:
                yield f"{paint(f'{number:>{gutter}} -', COLOURS['error'])} {show(text)}".rstrip()
        for number, text in enumerate(new, key[1]):
            sign = "|" if text in old else "+"
            yield f"{paint(f'{number:>{gutter}} {sign}', COLOURS['note'])} {show(text)}".rstrip()
    yield bar


def _patched(spans: Sequence[Span]) -> list[str]:
    """Return the lines that suggestions leave where they apply."""
    rows: Sequence[Mapping[str, Any]] = spans[-1]["text"]
    text = str(rows[0]["text"]) if rows else ""
    if len(rows) > 1:
        head = text[: rows[0]["highlight_start"] - 1]
        tail = rows[-1]["text"][rows[-1]["highlight_end"] - 1 :]
        text = f"{head}{spans[-1]['suggested_replacement']}{tail}"
    else:
        for span in sorted(spans, key=lambda one: -int(one["column_start"])):
            start, end = span["column_start"] - 1, span["column_end"] - 1
            text = f"{text[:start]}{span['suggested_replacement']}{text[end:]}"
    return text.removesuffix("\n").split("\n")
