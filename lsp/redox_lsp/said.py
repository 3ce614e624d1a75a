"""What rustc said, as values; apart from what makes them, which takes longer to import."""

from __future__ import annotations

from dataclasses import dataclass

from redox.diagnostics import Diagnostic, Edit


@dataclass(frozen=True, slots=True)
class Fix:
    """What would mend something: edits of the Iron that belong together."""

    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A diagnostic of rustc's at its place in the Iron, with what rustc suggests."""

    diagnostic: Diagnostic
    fixes: tuple[Fix, ...] = ()
