from __future__ import annotations
from dataclasses import dataclass
from redox.diagnostics import Diagnostic
from redox.map import Map
from redox.phrasebook import Phrasebook
@dataclass(frozen=True, slots=True)
class Translation:
    text: str
    map: Map
    diagnostics: tuple[Diagnostic, ...]
def reduce(rust: str, phrasebook: Phrasebook | None = None) -> Translation: return Translation(rust, Map(len(rust)), ())
def oxidize(iron: str, phrasebook: Phrasebook | None = None) -> Translation: return Translation(iron, Map(len(iron)), ())
