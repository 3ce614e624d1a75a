"""From our values, which hold offsets, to the protocol's, which hold positions: one way, one place.

Nothing here decides anything; what is to be shown is decided by the features.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from redox.diagnostics import Diagnostic, Edit, Severity
from redox_lsp.positions import LineIndex

if TYPE_CHECKING:
    from redox_lsp.features.hover import Hover
    from redox_lsp.features.navigation import Highlight

HIGHLIGHTS = {
    "text": types.DocumentHighlightKind.Text,
    "read": types.DocumentHighlightKind.Read,
    "write": types.DocumentHighlightKind.Write,
}
SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}


def lsp_diagnostic(
    diagnostic: Diagnostic, source: str, uri: str, index: LineIndex, relates: bool
) -> types.Diagnostic:
    """Return a diagnostic; its second places are told if the client can show them."""
    related = [
        types.DiagnosticRelatedInformation(types.Location(uri, index.range(one.span)), one.message)
        for one in diagnostic.related
    ]
    return types.Diagnostic(
        range=index.range(diagnostic.span),
        message=diagnostic.message if relates else _whole_message(diagnostic),
        severity=SEVERITIES[diagnostic.severity],
        code=diagnostic.code,
        source=source,
        related_information=related if relates and related else None,
    )


def _whole_message(diagnostic: Diagnostic) -> str:
    """Return a message with what is said of second places, for a client that shows no such."""
    return "\n".join([diagnostic.message, *(one.message for one in diagnostic.related)])


def text_edit(edit: Edit, index: LineIndex) -> types.TextEdit:
    """Return an edit."""
    return types.TextEdit(index.range(edit.span), edit.text)


def hover(found: Hover, index: LineIndex) -> types.Hover:
    """Return what a hover shows."""
    return types.Hover(markdown(found.markdown), index.range(found.span))


def markdown(text: str) -> types.MarkupContent:
    """Return Markdown; nothing marks it as trusted, so that no link in it can run a command."""
    return types.MarkupContent(types.MarkupKind.Markdown, text)


def highlight(found: Highlight, index: LineIndex) -> types.DocumentHighlight:
    """Return a place that is marked."""
    return types.DocumentHighlight(index.range(found.span), HIGHLIGHTS[found.access.value])
