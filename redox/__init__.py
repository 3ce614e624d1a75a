"""Redox: Iron is Rust said in English words.

`reduce` turns Rust into Iron, `oxidize` turns Iron into Rust; neither ever raises or loses a byte.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redox.diagnostics import Diagnostic, Edit, Related, Severity, Span
    from redox.document import Change, Document
    from redox.map import Map, MapSpan
    from redox.phrasebook import Phrase, Phrasebook, PhrasebookError, load_phrasebook
    from redox.translate import Translation, oxidize, reduce

__version__ = "0.1.0"

__all__ = [
    "Change",
    "Diagnostic",
    "Document",
    "Edit",
    "Map",
    "MapSpan",
    "Phrase",
    "Phrasebook",
    "PhrasebookError",
    "Related",
    "Severity",
    "Span",
    "Translation",
    "load_phrasebook",
    "oxidize",
    "reduce",
]

_HOMES = {
    "diagnostics": ("Diagnostic", "Edit", "Related", "Severity", "Span"),
    "document": ("Change", "Document"),
    "map": ("Map", "MapSpan"),
    "phrasebook": ("Phrase", "Phrasebook", "PhrasebookError", "load_phrasebook"),
    "translate": ("Translation", "oxidize", "reduce"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for, so that `import redox` costs little."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'redox' has no attribute {name!r}")
    value = getattr(import_module(f"redox.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
