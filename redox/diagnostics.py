"""Diagnostics as values: what is wrong, where, and what would mend it.

Offsets are indices into the text that was given to `reduce` or `oxidize`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How grave a diagnostic is; the values are the words that JSON output shows."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of offsets, in code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that a diagnostic speaks of, for example the opener of an unclosed block."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `span` with `text`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `code` is stable and documented in `docs/diagnostics.md`."""

    code: str
    severity: Severity
    span: Span
    message: str
    related: tuple[Related, ...] = ()
    fix: Edit | None = None
    fix_title: str = ""
