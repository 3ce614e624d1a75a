"""What rustc said of a document's Rust, as diagnostics of its Iron and fixes that hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from redox.suggested import iron_edits
from redox.translate import Translation, oxidize
from redox.verdict import Suggestion, iron_diagnostic, suggestions
from redox_lsp.said import Fix, Said

MOST_FIXES = 30
"""How many suggestions are turned into Iron: each one is proved, which takes time."""

_MAIN = re.compile(r"^\s*(pub\s+)?(async\s+)?fn\s+main\b", re.MULTILINE)


def crate_type(rust: str) -> str:
    """Return the kind of crate that a lone file is."""
    return "bin" if _MAIN.search(rust) else "lib"


def read_verdict(messages: Sequence[dict[str, Any]], iron: str, source: str) -> tuple[Said, ...]:
    """Return what rustc said of the file `source`, which held the Rust of `iron`."""
    done = oxidize(iron)
    patience = MOST_FIXES
    found = []
    for message in messages:
        diagnostic = iron_diagnostic(message, done, source)
        if diagnostic is None:
            continue
        wanted = list(suggestions(message, done.text, source))[:patience]
        patience -= len(wanted)
        found.append(Said(diagnostic, tuple(_fixes(wanted, iron, done))))
    return tuple(found)


def _fixes(wanted: Sequence[Suggestion], iron: str, done: Translation) -> Iterator[Fix]:
    for suggestion in wanted:
        edits = iron_edits(suggestion.edits, iron, done)
        if edits is not None:
            yield Fix(suggestion.title, edits)
