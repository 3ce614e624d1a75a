"""Redox's own requests and notifications, which `docs/protocol.md` describes.

Each is one row of `MESSAGES`. On the wire names are in camelCase, as the protocol's own are.
"""

from __future__ import annotations

from typing import Any

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from lsprotocol import types

OPEN_PREVIEW = "redox/openPreview"
CLOSE_PREVIEW = "redox/closePreview"
PREVIEW = "redox/preview"
PREVIEW_CHANGED = "redox/previewChanged"
TO_PREVIEW = "redox/toPreview"
FROM_PREVIEW = "redox/fromPreview"
TRUST = "redox/trust"
CONVERT = "redox/convert"
SPLICE = "redox/splice"
SERVES_RUST = "redox/servesRust"
IMPLEMENT = "redox/implement"
PROPOSED = "redox/proposed"


@attrs.frozen
class PreviewParams:
    """Asks for the other text of an open document."""

    text_document: types.TextDocumentIdentifier


@attrs.frozen
class Preview:
    """The other text of a document: the Rust of Iron, or the Iron of Rust."""

    uri: str
    preview_uri: str
    version: int
    """The version of the document that the text was made from."""
    language_id: str
    text: str


@attrs.frozen
class LineChange:
    """The lines from `start_line` up to `end_line` became `text`, which holds whole lines."""

    start_line: int
    end_line: int
    text: str


@attrs.frozen
class PreviewChanged:
    """What changed in a preview since the message before; the changes apply one after another."""

    uri: str
    base_version: int
    """The version that the preview has had so far; with any other one, ask for it anew."""
    version: int
    changes: list[LineChange]


@attrs.frozen
class PlacesParams:
    """Asks where ranges of one text lie in the other; a place is an empty range."""

    text_document: types.TextDocumentIdentifier
    ranges: list[types.Range]
    nearest: bool = False
    """Whether the nearest place is wanted where there is no exact one."""


@attrs.frozen
class Places:
    """One answer for each range asked for: the range in the other text, or nothing."""

    version: int
    ranges: list[types.Range | None]


@attrs.frozen
class ConvertParams:
    """Asks for the other text of one that is no document."""

    language_id: str
    text: str


@attrs.frozen
class SpliceParams:
    """Asks for the Rust of Iron that an editor made of the Iron of `rust`."""

    rust: str
    iron: str


@attrs.frozen
class Converted:
    """A text and its language."""

    language_id: str
    text: str


@attrs.frozen
class ImplementParams:
    """Asks for the body of the function at a place."""

    text_document: types.TextDocumentIdentifier
    position: types.Position


@attrs.frozen
class Proposed:
    """What a model would put in place of some whole lines, as far as it has written that."""

    uri: str
    version: int
    """The version of the document that it is for."""
    start_line: int
    end_line: int
    text: str
    number: int
    """Which try it is, counted from 1."""
    fault: str
    """What was wrong with the try before."""


@attrs.frozen
class TrustParams:
    """Tells that the user has come to trust the workspace, or no longer does."""

    trusted: bool


@attrs.frozen
class ServesRust:
    """Tells that the server has asked for the files of Rust of a workspace that holds Iron."""

    uri: str
    """The workspace's root."""


PARAMS: dict[str, type[Any]] = {
    OPEN_PREVIEW: PreviewParams,
    CLOSE_PREVIEW: PreviewParams,
    PREVIEW: PreviewParams,
    TO_PREVIEW: PlacesParams,
    FROM_PREVIEW: PlacesParams,
    TRUST: TrustParams,
    CONVERT: ConvertParams,
    SPLICE: SpliceParams,
    IMPLEMENT: ImplementParams,
}
"""What the client sends, by method."""

Identity: Any = int | str

REQUESTS = (OPEN_PREVIEW, PREVIEW, TO_PREVIEW, FROM_PREVIEW, CONVERT, SPLICE, IMPLEMENT)

_VALUES = (
    PreviewParams,
    Preview,
    LineChange,
    PreviewChanged,
    PlacesParams,
    Places,
    TrustParams,
    ConvertParams,
    SpliceParams,
    Converted,
    ServesRust,
    ImplementParams,
    Proposed,
)


def message_types() -> dict[str, type[Any]]:
    """Return the class of each method's whole message."""
    common = {"method": attrs.field(type=str), "jsonrpc": attrs.field(type=str)}
    identity = {"id": attrs.field(type=Identity)}
    return {
        method: attrs.make_class(
            f"Message{number}",
            {
                **(identity if method in REQUESTS else {}),
                **common,
                "params": attrs.field(type=params),
            },
        )
        for number, (method, params) in enumerate(PARAMS.items())
    }


def register(converter: Converter) -> None:
    """Teach a converter the names that the values have on the wire."""
    for value in _VALUES:
        names: dict[str, Any] = {
            field.name: override(rename=_camel(field.name)) for field in attrs.fields(value)
        }
        converter.register_structure_hook(value, make_dict_structure_fn(value, converter, **names))
        converter.register_unstructure_hook(
            value, make_dict_unstructure_fn(value, converter, **names)
        )


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.title, rest))
