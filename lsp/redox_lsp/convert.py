"""From our values, which hold offsets, to the protocol's, which hold positions: one way, one place.

Nothing here decides anything; what is to be shown is decided by the features.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from redox.diagnostics import Diagnostic, Edit, Severity
from redox_lsp.positions import LineIndex

if TYPE_CHECKING:
    from redox_lsp.features.completion import Completion
    from redox_lsp.features.hover import Hover
    from redox_lsp.features.navigation import Highlight

COMPLETIONS = {
    "phrase": types.CompletionItemKind.Operator,
    "keyword": types.CompletionItemKind.Keyword,
    "snippet": types.CompletionItemKind.Snippet,
    "variable": types.CompletionItemKind.Variable,
    "function": types.CompletionItemKind.Function,
    "method": types.CompletionItemKind.Method,
    "field": types.CompletionItemKind.Field,
    "type": types.CompletionItemKind.Struct,
    "trait": types.CompletionItemKind.Interface,
    "module": types.CompletionItemKind.Module,
    "constant": types.CompletionItemKind.Constant,
    "variant": types.CompletionItemKind.EnumMember,
    "macro": types.CompletionItemKind.Function,
    "type parameter": types.CompletionItemKind.TypeParameter,
    "lifetime": types.CompletionItemKind.Reference,
    "import": types.CompletionItemKind.Reference,
}
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


def completion_item(found: Completion, uri: str, index: LineIndex) -> types.CompletionItem:
    """Return something that can be written; `data` is what `resolve` needs again."""
    return types.CompletionItem(
        label=found.label,
        kind=COMPLETIONS[found.kind.value],
        detail=found.detail or None,
        sort_text=found.sort or None,
        filter_text=found.filter or None,
        preselect=found.is_preselected or None,
        insert_text_format=types.InsertTextFormat.Snippet if found.is_snippet else None,
        text_edit=types.TextEdit(index.range(found.span), found.text),
        data={"uri": uri, "key": found.key} if found.key else None,
    )
