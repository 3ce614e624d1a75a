"""What rustc and cargo said of the mirror, said of the originals. Pure: dictionaries in and out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from redox.diagnostics import Edit, Span
from redox.shadow.source import Source
from redox.suggested import iron_edits

Json = dict[str, Any]
Find = Callable[[str], Source | None]
"""Returns the source that a file's name, as rustc has it, stands for."""

MOST_SUGGESTIONS = 30
"""How many suggestions of one message are said in Iron: each is proved, which takes time."""


def map_message(message: Mapping[str, Any], find: Find) -> Json:
    """Return a diagnostic of rustc's with all its places and suggestions those of the originals."""
    children = [
        _map_child(child, find, number < MOST_SUGGESTIONS)
        for number, child in enumerate(message.get("children", ()))
    ]
    spans = [map_span(span, find) for span in message.get("spans", ())]
    return {**message, "spans": spans, "children": children}


def map_span(span: Mapping[str, Any], find: Find) -> Json:
    """Return a span of rustc's as one of the original, with those that expanded to it."""
    mapped = dict(span)
    source = find(span["file_name"])
    if source is not None:
        found = source.span(span["byte_start"], span["byte_end"])
        mapped |= {"file_name": source.name, **_places(found, source)}
    if span.get("expansion"):
        expansion = span["expansion"]
        inside = {
            name: map_span(expansion[name], find)
            for name in ("span", "def_site_span")
            if expansion.get(name)
        }
        mapped["expansion"] = {**expansion, **inside}
    return mapped


def _places(span: Span, source: Source) -> Json:
    """Return a span of an original as rustc's JSON has it, with the lines that it lies on."""
    line, column, byte = source.place(span.start)
    last, last_column, last_byte = source.place(span.end)
    return {
        "byte_start": byte,
        "byte_end": last_byte,
        "line_start": line,
        "line_end": last,
        "column_start": column,
        "column_end": last_column,
        "text": [
            {
                "text": source.line(number),
                "highlight_start": column if number == line else 1,
                "highlight_end": last_column if number == last else len(source.line(number)) + 1,
            }
            for number in range(line, last + 1)
        ],
    }


def _map_child(child: Mapping[str, Any], find: Find, is_tried: bool) -> Json:
    spans = child.get("spans", ())
    suggested = [span for span in spans if span.get("suggested_replacement") is not None]
    sources = [find(span["file_name"]) for span in suggested]
    if not any(source is not None and source.translation for source in sources):
        return {**child, "spans": [map_span(span, find) for span in spans]}
    said = list(_suggestions(suggested, find)) if is_tried else None
    if said is not None and None not in said:
        return {**child, "spans": said}
    # What can't be proved in Iron is no suggestion any more, only words.
    rust = [span["suggested_replacement"].strip() for span in suggested]
    words = ", ".join(f"`{one}`" for one in rust if one and "\n" not in one)
    unsaid = {"suggested_replacement": None, "suggestion_applicability": None}
    return {
        **child,
        "message": f"{child['message']}, in Rust: {words}" if words else child["message"],
        "spans": [map_span(span, find) | unsaid for span in spans],
    }


def _suggestions(spans: Sequence[Mapping[str, Any]], find: Find) -> Iterator[Json | None]:
    """Yield suggestions in the originals' language, or None for a file that can't have them."""
    for here in groups(spans):
        name = here[0]["file_name"]
        source = find(name)
        if source is None or source.translation is None:
            yield from (map_span(span, find) for span in here)
            continue
        edits = suggested_edits(here, source)
        if edits is None:
            yield None
            continue
        for edit in edits:
            yield {
                **here[0],
                "file_name": source.name,
                **_places(edit.span, source),
                "suggested_replacement": edit.text,
            }


def groups(spans: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Return what of a suggestion belongs together: one file's spans, or each of a choice."""
    if is_choice(spans):
        return [[span] for span in spans]
    names = dict.fromkeys(span["file_name"] for span in spans)
    return [[span for span in spans if span["file_name"] == name] for name in names]


def is_choice(spans: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether rustc leaves a choice: it then says several texts for one place."""
    places = {(span["file_name"], span["byte_start"], span["byte_end"]) for span in spans}
    return len(places) < len(spans)


def suggested_edits(spans: Sequence[Mapping[str, Any]], source: Source) -> tuple[Edit, ...] | None:
    """Return what rustc suggests in one file as edits of the original, if that can be proved."""
    edits = tuple(
        Edit(source.rust_span(span["byte_start"], span["byte_end"]), span["suggested_replacement"])
        for span in spans
    )
    ordered = sorted(edits, key=lambda edit: edit.span.start)
    if any(a.span.end > b.span.start for a, b in pairwise(ordered)):
        return None
    if source.translation is None:
        return edits
    return iron_edits(edits, source.text, source.translation, source.wording.book)
