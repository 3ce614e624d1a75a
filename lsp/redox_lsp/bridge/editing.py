"""Edits of Rust said of what people write: as Iron in a file of Iron, and proved there.

One edit that can't be said refuses all of them, for half a change of several files is worse than
none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from redox.diagnostics import Edit
from redox.suggested import iron_edits
from redox_lsp.bridge.scenes import Scene
from redox_lsp.bridge.twins import Place, Twin
from redox_lsp.places import path_of
from redox_lsp.positions import LineIndex

Json = Any


class RefusedError(Exception):
    """An edit can't be said of what people write; the reason is for the user."""


def workspace_edit(edit: Json, scene: Scene, *, has_versions: bool) -> Json:
    """Return a workspace edit said of the documents; raises `RefusedError`.

    Without `has_versions` the client takes edits by files alone, and no files are renamed.
    """
    said = [_document_change(one, scene) for one in _changes(edit)]
    if has_versions:
        return {"documentChanges": said}
    if any("kind" in one for one in said):
        raise RefusedError("This editor can't rename files as the change wants it.")
    changes: dict[str, list[Json]] = {}
    for one in said:
        changes.setdefault(one["textDocument"]["uri"], []).extend(one["edits"])
    return {"changes": changes}


def _changes(edit: Json) -> Iterator[Json]:
    if "documentChanges" in edit:
        yield from edit["documentChanges"]
        return
    for uri, edits in (edit.get("changes") or {}).items():
        yield {"textDocument": {"uri": uri}, "edits": edits}


def _document_change(change: Json, scene: Scene) -> Json:
    kind = change.get("kind")
    if kind == "rename":
        return _file_rename(change, scene)
    if kind is not None:
        raise RefusedError("It would make or remove a file, which Redox does not do by itself.")
    uri = change["textDocument"]["uri"]
    twin = scene.of_shadow(uri)
    if twin is None:
        raise RefusedError(f"It would change {uri}, which is none of the files that you write.")
    edits = text_edits(change["edits"], twin)
    return {"textDocument": {"uri": twin.uri, "version": twin.version}, "edits": edits}


def _file_rename(change: Json, scene: Scene) -> Json:
    old, new = path_of(change["oldUri"]), path_of(change["newUri"])
    source = None if old is None else scene.book.original(str(old))
    target = scene.book.renamed(str(old), str(new)) if source is not None else None
    if source is None or target is None:
        raise RefusedError(f"It would rename {change['oldUri']}, which is none of your files.")
    twin = scene.by_path.get(str(old))
    uri = twin.uri if twin is not None else source.as_uri()
    return {"kind": "rename", "oldUri": uri, "newUri": target.as_uri()}


def text_edits(edits: Sequence[Json], twin: Twin) -> list[Json]:
    """Return edits of a file's Rust as edits of what people write; raises `RefusedError`."""
    name = Path(path_of(twin.uri) or twin.uri).name
    if not twin.is_iron:
        return [_same_edit(edit, twin, name) for edit in edits]
    wanted = tuple(sorted(_offsets(edits, twin, name), key=lambda one: one.span.start))
    if any(one.span.end > other.span.start for one, other in pairwise(wanted)):
        raise RefusedError(f"{name}: the changes overlap.")
    said = iron_edits(wanted, twin.iron, twin.translation)
    if said is None:
        raise RefusedError(f"{name}: what would change has no exact counterpart in the Iron.")
    index = LineIndex([row[0] for row in twin.rows], twin.encoding)
    return [
        {"range": _range(index.range(one.span)), "newText": one.text}
        for one in said
        if one.text or one.span.start < one.span.end
    ]


def _same_edit(edit: Json, twin: Twin, name: str) -> Json:
    start, end = _ends(edit)
    found = twin.range_from_rust(start, end)
    if found is None:
        raise RefusedError(f"{name}: what would change is not there as it is in the mirror.")
    (line, column), (last, last_column) = found
    return {
        "range": {
            "start": {"line": line, "character": column},
            "end": {"line": last, "character": last_column},
        },
        "newText": edit["newText"],
    }


def _offsets(edits: Sequence[Json], twin: Twin, name: str) -> Iterator[Edit]:
    from redox.diagnostics import Span

    for edit in edits:
        start, end = (twin.rust_offset(place) for place in _ends(edit))
        if start is None or end is None:
            raise RefusedError(f"{name}: what would change is not there as it is in the mirror.")
        yield Edit(Span(start, end), edit["newText"])


def _ends(edit: Json) -> tuple[Place, Place]:
    start, end = edit["range"]["start"], edit["range"]["end"]
    return (start["line"], start["character"]), (end["line"], end["character"])


def _range(found: Any) -> Json:
    return {
        name: {"line": place.line, "character": place.character}
        for name, place in (("start", found.start), ("end", found.end))
    }
