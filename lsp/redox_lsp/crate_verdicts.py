"""What rustc said of a crate, already said of its originals, as diagnostics of one of its files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from redox.diagnostics import Diagnostic, Edit, Related, Severity, Span
from redox.shadow.messages import is_choice
from redox.verdict import APPLICABLE, SEVERITIES
from redox_lsp.said import Fix, Said

Message = Mapping[str, Any]


def verdicts(messages: Sequence[Message], name: str, text: str) -> tuple[Said, ...]:
    """Return what messages say of the file `name`, whose text is `text`; each thing once.

    The same is said of a library and of its tests.
    """
    data = text.encode("utf-8")
    found = (one for message in messages if (one := _said(message, name, data)) is not None)
    return tuple(dict.fromkeys(found))


def _said(message: Message, name: str, data: bytes) -> Said | None:
    here = [span for span in _spans(message) if span["file_name"] == name]
    primary = next((span for span in here if span["is_primary"]), None)
    if primary is None:
        return None
    diagnostic = Diagnostic(
        code=(message.get("code") or {}).get("code", "rustc"),
        severity=SEVERITIES.get(message["level"].split(":")[0], Severity.NOTE),
        span=_span(primary, data),
        message="\n".join([message["message"], *_notes(message, name)]),
        related=tuple(_related(message, here, name, data)),
    )
    return Said(diagnostic, tuple(_fixes(message, name, data)))


def _spans(part: Message) -> Iterator[Message]:
    """Yield the spans of a message, each followed out of the macros of others."""
    for span in part["spans"]:
        place = span
        while place.get("expansion") and not place["text"]:
            place = place["expansion"]["span"]
        yield {**place, "is_primary": span["is_primary"], "label": span.get("label")}


def _span(place: Message, data: bytes) -> Span:
    start = len(data[: place["byte_start"]].decode("utf-8", "replace"))
    length = len(data[place["byte_start"] : place["byte_end"]].decode("utf-8", "replace"))
    return Span(start, start + length)


def _notes(message: Message, name: str) -> Iterator[str]:
    """Yield what has no place in the file; a place in another is told by its name."""
    for child in message["children"]:
        places = [span for span in child["spans"] if span["file_name"] != name]
        if len(places) == len(child["spans"]):
            told = "".join(f" ({one['file_name']}:{one['line_start']})" for one in places[:1])
            yield f"{child['level']}: {child['message']}{told}"


def _related(
    message: Message, here: Sequence[Message], name: str, data: bytes
) -> Iterator[Related]:
    for span in here:
        if span["label"]:
            yield Related(_span(span, data), span["label"])
    for child in message["children"]:
        for span in child["spans"]:
            if span["file_name"] == name:
                suggested = (span.get("suggested_replacement") or "").strip()
                told = f": `{suggested}`" if suggested and "\n" not in suggested else ""
                said = f"{child['level']}: {child['message']}{told}"
                yield Related(_span(span, data), said)


def _fixes(message: Message, name: str, data: bytes) -> Iterator[Fix]:
    for child in message["children"]:
        spans = child["spans"]
        if not spans or not all(_is_applicable(span, name) for span in spans):
            continue
        edits = [Edit(_span(span, data), span["suggested_replacement"]) for span in spans]
        if is_choice(spans):
            yield from (Fix(f"{child['message']}: `{e.text.strip()}`", (e,)) for e in edits)
        else:
            hint = edits[0].text.strip() if len(edits) == 1 else ""
            shown = f": `{hint}`" if hint and "\n" not in hint else ""
            yield Fix(f"{child['message']}{shown}", tuple(edits))


def _is_applicable(span: Message, name: str) -> bool:
    return (
        span["file_name"] == name
        and span.get("suggested_replacement") is not None
        and span.get("suggestion_applicability") in APPLICABLE
    )
