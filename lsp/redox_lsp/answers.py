"""The features as the protocol asks for them: convert, ask, convert.

Each function here answers one method of the table in `redox_lsp/handlers.py`. It runs in a thread,
on a snapshot, and is imported with all that it needs only once a client asks for something.
"""

from __future__ import annotations

from dataclasses import dataclass

from lsprotocol import types

from redox_lsp import convert
from redox_lsp.features.hover import hover as find_hover
from redox_lsp.positions import LineIndex
from redox_lsp.reading import Reading
from redox_lsp.settings import Settings


@dataclass(frozen=True, slots=True)
class View:
    """What an answer is made from: one document at one version, and what the client is like."""

    uri: str
    reading: Reading
    index: LineIndex
    settings: Settings


def hover(view: View, params: types.HoverParams) -> types.Hover | None:
    """Say what the words at a place mean."""
    found = find_hover(view.reading, view.index.offset(params.position))
    return None if found is None else convert.hover(found, view.index)
