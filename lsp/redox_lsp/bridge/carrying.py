"""Messages of the protocol carried over: each place said of the other text, whatever message it is.

One walk knows the shapes that the protocol is made of: places and ranges belong to the file that
stands beside them, else to the document that was asked about. What has no place in the other text
is left out: an entry of its list, or the whole answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redox_lsp.bridge.scenes import Scene
from redox_lsp.bridge.twins import Place, Twin

Json = Any

URIS = ("uri", "targetUri")
"""Keys of the file that the places beside them are in."""
WHOLE = ("targetRange", "fullRange")
"""Keys of ranges that only show how far something goes: the nearest ones do."""
SPARE = ("originSelectionRange",)
"""Keys of ranges that an answer can do without."""


class UnmappedError(Exception):
    """Something has no place in the other text."""


@dataclass(frozen=True)
class Carrier:
    """Carries what rust-analyzer says over to the documents; `here` is what was asked about.

    What stands below the keys `spare` is left out where it has no place.
    """

    scene: Scene
    here: Twin
    spare: tuple[str, ...] = SPARE
    _twins: dict[str, Twin | None] = field(default_factory=dict)

    def carry(self, value: Json) -> Json:
        """Return a value said of the documents; raises `UnmappedError`."""
        return self._value(value, self.here)

    def _value(self, value: Json, twin: Twin, *, nearest: bool = False) -> Json:
        if isinstance(value, list):
            return self._list(value, twin)
        if isinstance(value, str):
            return self._text(value)
        if not isinstance(value, dict):
            return value
        if "line" in value and "character" in value:
            return self._place(value, twin)
        if "start" in value and "end" in value and isinstance(value["start"], dict):
            return self._range(value, twin, nearest)
        return self._object(value, twin)

    def _list(self, values: list[Json], twin: Twin) -> list[Json]:
        found = []
        for value in values:
            try:
                found.append(self._value(value, twin))
            except UnmappedError:
                continue
        return found

    def _object(self, value: dict[str, Json], twin: Twin) -> dict[str, Json]:
        beside = self._twin_of(value, twin)
        found: dict[str, Json] = {}
        for key, inside in value.items():
            if key in URIS and isinstance(inside, str):
                found[key] = beside.uri
            elif key == "data":
                found[key] = inside  # what only rust-analyzer reads
            elif key == "fromRanges":
                found[key] = self._value(inside, self._twin_of(value.get("from") or {}, twin))
            else:
                is_whole = key in WHOLE or (key == "range" and "selectionRange" in value)
                owner = twin if key in SPARE else beside
                try:
                    found[key] = self._value(inside, owner, nearest=is_whole)
                except UnmappedError:
                    if key not in self.spare:
                        raise
        return found

    def _twin_of(self, value: Mapping[str, Json], twin: Twin) -> Twin:
        uri = next((value[key] for key in URIS if isinstance(value.get(key), str)), None)
        if uri is None:
            return twin
        if uri not in self._twins:
            self._twins[uri] = self.scene.of_shadow(uri)
        found = self._twins[uri]
        if found is None:
            raise UnmappedError(uri)
        return found

    def _place(self, value: Mapping[str, int], twin: Twin) -> Json:
        place = _pair(value)
        found = twin.range_from_rust(place, place)
        if found is None:
            raise UnmappedError(twin.uri)
        return _position(found[0])

    def _range(self, value: Mapping[str, Json], twin: Twin, nearest: bool) -> Json:
        found = twin.range_from_rust(_pair(value["start"]), _pair(value["end"]), nearest=nearest)
        if found is None:
            raise UnmappedError(twin.uri)
        return {"start": _position(found[0]), "end": _position(found[1])}

    def _text(self, text: str) -> str:
        """Return a text whose paths of mirrors are those of originals: nobody is shown a mirror."""
        for shadow in self.scene.book.shadows.values():
            folder = str(shadow.folder)
            if folder in text:
                text = text.replace(folder, str(shadow.root))
        return text


def to_rust(params: Json, scene: Scene, here: Twin) -> Json:
    """Return the parameters of a request said of the Rust; raises `UnmappedError`.

    A place inside a word is that of the word's Rust; a range is the nearest one.
    """
    if isinstance(params, list):
        return [to_rust(one, scene, here) for one in params]
    if not isinstance(params, dict):
        return params
    if "line" in params and "character" in params:
        found = here.to_rust(_pair(params))
        if found is None:
            raise UnmappedError(here.uri)
        return _position(found)
    if "start" in params and "end" in params and isinstance(params["start"], dict):
        place = here.range_to_rust(_pair(params["start"]), _pair(params["end"]))
        if place is None:
            raise UnmappedError(here.uri)
        return {"start": _position(place[0]), "end": _position(place[1])}
    uri = params.get("uri")
    twin = here if uri is None else scene.of_document(uri)
    if twin is None:
        raise UnmappedError(str(uri))
    return {
        key: Path(twin.shadow).as_uri()
        if key == "uri"
        else value
        if key == "data"
        else to_rust(value, scene, twin)
        for key, value in params.items()
        if key not in ("workDoneToken", "partialResultToken")
    }


def _pair(value: Mapping[str, int]) -> Place:
    return value["line"], value["character"]


def _position(place: Place) -> dict[str, int]:
    return {"line": place[0], "character": place[1]}
