"""A text of Iron under edit, and its Rust: an edit does again only what it changed."""

from __future__ import annotations

from redox.phrasebook import Phrasebook


class Document:
    def __init__(self, iron: str = "", phrasebook: Phrasebook | None = None) -> None:
        self.iron = iron
