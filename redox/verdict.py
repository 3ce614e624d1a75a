"""What rustc said of Rust, said of the Iron that it came from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from redox.diagnostics import Diagnostic, Edit, Related, Severity, Span
from redox.toolchain import iter_spans
from redox.translate import Translation

SEVERITIES = {"error": Severity.ERROR, "warning": Severity.WARNING}
APPLICABLE = ("MachineApplicable", "MaybeIncorrect")
"""The suggestions of rustc's that hold no gap to be filled by hand."""
_SUMMARY = re.compile(r"aborting due to |\d+ warnings? emitted")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What rustc would write; the edits are of the Rust and belong together."""

    title: str
    edits: tuple[Edit, ...]


def iron_diagnostic(
    message: dict[str, Any], translation: Translation, source: str
) -> Diagnostic | None:
    """Return a message of rustc's on the file `source` as a diagnostic of the Iron.

    None for what only sums up: that it gave up, or what to ask for more.
    """
    if message["level"] == "failure-note" or _SUMMARY.match(message["message"]):
        return None
    spans = list(iter_spans(message, source))
    primary = next((span for span in spans if span["is_primary"]), None)
    return Diagnostic(
        code=(message.get("code") or {}).get("code", "rustc"),
        severity=SEVERITIES.get(message["level"].split(":")[0], Severity.NOTE),
        span=_iron_span(primary, translation) if primary else Span(0, 0),
        message="\n".join([message["message"], *_notes(message, source)]),
        related=tuple(_related(message, spans, source, translation)),
    )


def suggestions(message: dict[str, Any], rust: str, source: str) -> Iterator[Suggestion]:
    """Yield what rustc suggests to write in the file `source`, whose text is `rust`."""
    for child in message.get("children", []):
        spans = [span for span in child.get("spans", []) if _is_applicable(span, source)]
        if spans and len(spans) == len(child["spans"]):
            edits = [Edit(_rust_span(span, rust), span["suggested_replacement"]) for span in spans]
            hint = _suggestion(spans[0]) if len(spans) == 1 else ""
            yield Suggestion(f"{child['message']}{hint}", tuple(edits))


def _is_applicable(span: dict[str, Any], source: str) -> bool:
    return (
        span["file_name"] == source
        and span.get("suggested_replacement") is not None
        and span.get("suggestion_applicability") in APPLICABLE
    )


def _rust_span(place: dict[str, Any], rust: str) -> Span:
    """Return a place of rustc's, which counts in bytes, in code points."""
    data = rust.encode("utf-8")
    start = len(data[: place["byte_start"]].decode("utf-8", "replace"))
    length = len(data[place["byte_start"] : place["byte_end"]].decode("utf-8", "replace"))
    return Span(start, start + length)


def _iron_span(place: dict[str, Any], translation: Translation) -> Span:
    span = _rust_span(place, translation.text)
    found = translation.map.iron_range_from_rust(span.start, span.end, nearest=True)
    return found or Span(0, 0)


def _related(
    message: dict[str, Any], spans: list[dict[str, Any]], source: str, translation: Translation
) -> Iterator[Related]:
    """Yield the places beside the main one; a label on the main place itself comes first."""
    for span in spans:
        if span["label"]:
            yield Related(_iron_span(span, translation), span["label"])
    for child in message.get("children", []):
        for span in iter_spans(child, source):
            said = f"{child['level']}: {child['message']}{_suggestion(span)}"
            yield Related(_iron_span(span, translation), said)


def _suggestion(span: dict[str, Any]) -> str:
    """Return the Rust that rustc would put at a place, if it fits on the line."""
    rust = (span.get("suggested_replacement") or "").strip()
    return f": `{rust}`" if rust and "\n" not in rust else ""


def _notes(message: dict[str, Any], source: str) -> Iterator[str]:
    """Yield the notes that have no place in our file."""
    for child in message.get("children", []):
        if not any(iter_spans(child, source)):
            yield from f"{child['level']}: {child['message']}".split("\n")
