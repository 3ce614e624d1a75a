from __future__ import annotations
class Document:
    def __init__(self, iron: str = "", phrasebook=None) -> None: self.iron = iron
