"""Redox: Iron is Rust said in English words.

`reduce` turns Rust into Iron, `oxidize` turns Iron into Rust; neither ever raises or loses a byte.
"""

from redox.diagnostics import Diagnostic, Edit, Related, Severity, Span
from redox.document import Document
from redox.map import Map, MapSpan
from redox.phrasebook import Phrase, Phrasebook, PhrasebookError, load_phrasebook
from redox.translate import Translation, oxidize, reduce

__version__ = "0.1.0"

__all__ = [
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
