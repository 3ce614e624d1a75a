"""From our values, which hold offsets, to the protocol's, which hold positions: one way, one place.

Nothing here decides anything; what is to be shown is decided by the features.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from redox.diagnostics import Diagnostic, Edit, Severity, Span
from redox_lsp.positions import LineIndex, width

if TYPE_CHECKING:
    from redox_lsp.features.actions import Action
    from redox_lsp.features.completion import Completion
    from redox_lsp.features.folding import Fold
    from redox_lsp.features.hints import Hint
    from redox_lsp.features.hover import Hover
    from redox_lsp.features.navigation import Highlight
    from redox_lsp.features.signatures import SignatureHelp
    from redox_lsp.features.symbols import Symbol

RELATES = "text_document.publish_diagnostics.related_information"
ACTIONS = {
    "fix": types.CodeActionKind.QuickFix,
    "rewrite": types.CodeActionKind.RefactorRewrite,
    "whole": types.CodeActionKind.Source,
}
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
SYMBOLS = {
    "function": types.SymbolKind.Function,
    "structure": types.SymbolKind.Struct,
    "enumeration": types.SymbolKind.Enum,
    "union": types.SymbolKind.Struct,
    "trait": types.SymbolKind.Interface,
    "type": types.SymbolKind.Class,
    "constant": types.SymbolKind.Constant,
    "constant parameter": types.SymbolKind.TypeParameter,
    "static": types.SymbolKind.Constant,
    "module": types.SymbolKind.Module,
    "implementation": types.SymbolKind.Object,
    "external": types.SymbolKind.Namespace,
    "variant": types.SymbolKind.EnumMember,
    "field": types.SymbolKind.Field,
    "macro": types.SymbolKind.Function,
    "type parameter": types.SymbolKind.TypeParameter,
    "local": types.SymbolKind.Variable,
}
FOLDS = {
    "block": types.FoldingRangeKind.Region,
    "comment": types.FoldingRangeKind.Comment,
    "imports": types.FoldingRangeKind.Imports,
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


def hover(found: Hover, index: LineIndex, formats: Sequence[types.MarkupKind]) -> types.Hover:
    """Return what a hover shows."""
    return types.Hover(markup(found.markdown, formats), index.range(found.span))


def hover_formats(capability: Callable[[str], Any]) -> Sequence[types.MarkupKind]:
    """Return what a client shows hovers in; one that does not say shows Markdown."""
    return capability("text_document.hover.content_format") or (types.MarkupKind.Markdown,)


def markup(text: str, formats: Sequence[types.MarkupKind]) -> str | types.MarkupContent:
    """Return Markdown as Markdown if a client shows it, else without its fences.

    Nothing marks it as trusted, so that no link in it can run a command.
    """
    if types.MarkupKind.Markdown in formats:
        return types.MarkupContent(types.MarkupKind.Markdown, text)
    plain = "\n".join(line for line in text.split("\n") if not line.startswith("```"))
    if types.MarkupKind.PlainText in formats:
        return types.MarkupContent(types.MarkupKind.PlainText, plain)
    return plain


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


def symbol_kind(kind: str) -> types.SymbolKind:
    """Return how editors draw a kind of item; what is no item is a variable."""
    return SYMBOLS.get(kind, types.SymbolKind.Variable)


def document_symbol(found: Symbol, index: LineIndex) -> types.DocumentSymbol:
    """Return something declared, with what is declared in it."""
    return types.DocumentSymbol(
        name=found.name,
        kind=types.SymbolKind.Method if found.is_method else symbol_kind(found.kind),
        range=index.range(found.span),
        selection_range=index.range(found.name_span),
        detail=found.detail or None,
        children=[document_symbol(child, index) for child in found.children],
    )


def folding_range(found: Fold) -> types.FoldingRange:
    """Return lines that fold into the first of them."""
    kind = FOLDS[found.kind.value]
    return types.FoldingRange(start_line=found.first, end_line=found.last, kind=kind)


def selection_range(
    spans: Sequence[Span], index: LineIndex, position: types.Position
) -> types.SelectionRange:
    """Return ranges, each in the next; where there is none, the place itself."""
    found = types.SelectionRange(types.Range(position, position)) if not spans else None
    for span in reversed(spans):
        found = types.SelectionRange(index.range(span), found)
    assert found is not None, "there is a range or the place"
    return found


def signature_help(
    found: SignatureHelp,
    encoding: str,
    formats: Sequence[types.MarkupKind],
    *,
    has_offsets: bool,
) -> types.SignatureHelp:
    """Return what a call takes; parameters are columns of the label, or their words."""

    def label_of(label: str, start: int, end: int) -> str | tuple[int, int]:
        if not has_offsets:
            return label[start:end]
        return width(label[:start], encoding), width(label[:end], encoding)

    return types.SignatureHelp(
        signatures=[
            types.SignatureInformation(
                label=one.label,
                documentation=markup(one.documentation, formats) if one.documentation else None,
                parameters=[
                    types.ParameterInformation(label_of(one.label, *columns))
                    for columns in one.parameters
                ],
            )
            for one in found.signatures
        ],
        active_signature=0,
        active_parameter=found.parameter,
    )


def inlay_hint(found: Hint, index: LineIndex) -> types.InlayHint:
    """Return Rust that is shown though no word says it."""
    return types.InlayHint(index.position(found.offset), found.rust)


def code_action(found: Action, uri: str, index: LineIndex, *, relates: bool) -> types.CodeAction:
    """Return something that can be done."""
    fixed = found.diagnostic
    edits = [text_edit(edit, index) for edit in found.edits]
    return types.CodeAction(
        title=found.title,
        kind=ACTIONS[found.kind.value],
        diagnostics=[lsp_diagnostic(fixed, "redox", uri, index, relates)] if fixed else None,
        is_preferred=True if fixed else None,
        edit=types.WorkspaceEdit(changes={uri: edits}) if edits else None,
        command=types.Command(title=found.title, command=found.command, arguments=[uri])
        if found.command
        else None,
    )


def is_wanted(kind: types.CodeActionKind, only: Sequence[str] | None) -> bool:
    """Tell whether a client that may want some kinds of actions only wants this one."""
    names = [str(getattr(one, "value", one)) for one in only or (kind,)]
    return any(f"{kind.value}.".startswith(f"{name}.") for name in names)
