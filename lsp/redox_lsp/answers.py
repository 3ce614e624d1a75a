"""The features as the protocol asks for them: convert, ask, convert.

Each function here answers one method of the table in `redox_lsp/handlers.py`. It runs in a thread,
on a snapshot, and is imported with all that it needs only once a client asks for something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any

from lsprotocol import types

from redox.diagnostics import Edit, Span
from redox_lsp import convert, running
from redox_lsp.colours import (
    Answer,
    Names,
    edits_between,
    encode_lines,
    encode_range,
    flatten,
    repaint,
)
from redox_lsp.features import (
    actions,
    folding,
    formatting,
    hints,
    lens,
    linked,
    links,
    navigation,
    signatures,
    symbols,
)
from redox_lsp.features import completion as completing
from redox_lsp.features.hover import hover as find_hover
from redox_lsp.outline import runs_of
from redox_lsp.places import path_of
from redox_lsp.positions import LineIndex
from redox_lsp.reading import Reading
from redox_lsp.settings import Settings


class RefusedError(Exception):
    """What was asked for can't be done; the reason is for the user."""


@dataclass(frozen=True, slots=True)
class View:
    """What an answer is made from: one document at one version, and what the client is like."""

    uri: str
    reading: Reading
    index: LineIndex
    settings: Settings
    memory: dict[str, Any]
    """What answers about this document leave for later ones."""
    capability: Callable[[str], Any]
    """The value of a capability of the client's, named as in `workspace.configuration`."""

    trusted: bool
    """Whether programs may be started for the workspace."""

    names: Names
    """What rust-analyzer knows of the names in the text."""

    is_partial: bool
    """Whether rust-analyzer, which knows the other files of a crate, should have answered."""

    @property
    def relates(self) -> bool:
        """Whether the client shows the second places of diagnostics."""
        return bool(self.capability(convert.RELATES))

    def edits(self, edits: Iterable[Edit]) -> list[types.TextEdit]:
        """Return edits of the document."""
        return [convert.text_edit(edit, self.index) for edit in edits]

    def offset(self, position: types.Position) -> int:
        """Return the offset of a position."""
        return self.index.offset(position)

    def range(self, span: Span) -> types.Range:
        """Return the range of a span."""
        return self.index.range(span)

    def location(self, span: Span) -> types.Location:
        """Return a place in the document."""
        return types.Location(self.uri, self.range(span))


def read_ahead(reading: Reading) -> None:
    """Keep what is known of a text for the next reading, which knows only what this one was asked.

    Parting a text into runs is quick; reading a run's names is not, and is kept with the run.
    """
    runs_of(reading)


def hover(view: View, params: types.HoverParams) -> types.Hover | None:
    """Say what the words at a place mean."""
    found = find_hover(view.reading, view.offset(params.position))
    if found is None:
        return None
    return convert.hover(found, view.index, convert.hover_formats(view.capability))


# ---- completion ----

DOCUMENTATION = "text_document.completion.completion_item.documentation_format"
SNIPPETS = "text_document.completion.completion_item.snippet_support"


def completion(view: View, params: types.CompletionParams) -> types.CompletionList:
    """Offer what can stand at a place; snippets where the client and the user want them."""
    wants_snippets = bool(view.capability(SNIPPETS)) and view.settings.flag("completion.snippets")
    found = completing.completions(view.reading, view.offset(params.position))
    items = [
        convert.completion_item(one, view.uri, view.index)
        for one in found
        if wants_snippets or not one.is_snippet
    ]
    return types.CompletionList(is_incomplete=False, items=items)


def resolve_completion(view: View, item: types.CompletionItem) -> types.CompletionItem:
    """Give an item that was offered its documentation."""
    key = item.data.get("key", "") if isinstance(item.data, dict) else ""
    documentation = completing.resolve(view.reading, key)
    if documentation is not None:
        item.documentation = convert.markup(documentation, view.capability(DOCUMENTATION) or ())
    return item


SIGNATURES = "text_document.signature_help.signature_information"


def signature_help(view: View, params: types.SignatureHelpParams) -> types.SignatureHelp | None:
    """Show what the call at a place takes."""
    found = signatures.signature_help(view.reading, view.offset(params.position))
    if found is None:
        return None
    formats = view.capability(f"{SIGNATURES}.documentation_format") or ()
    has_offsets = bool(view.capability(f"{SIGNATURES}.parameter_information.label_offset_support"))
    return convert.signature_help(found, view.index.encoding, formats, has_offsets=has_offsets)


# ---- names ----


def definition(view: View, params: types.DefinitionParams) -> types.Location | None:
    """Find where a name is introduced."""
    found = navigation.definition(view.reading, view.offset(params.position))
    return None if found is None else view.location(found.name)


def references(view: View, params: types.ReferenceParams) -> list[types.Location]:
    """Find where a name stands."""
    found = navigation.references(
        view.reading,
        view.offset(params.position),
        with_definition=params.context.include_declaration,
    )
    return [view.location(span) for span in found]


def highlights(view: View, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
    """Mark a name wherever it stands, or the words of a block."""
    found = navigation.highlights(view.reading, view.offset(params.position))
    return [convert.highlight(one, view.index) for one in found]


def prepare_rename(view: View, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder:
    """Tell what would be renamed; raises `RefusedError`."""
    _refuse_part(view, params.position)
    found = navigation.prepare_rename(view.reading, view.offset(params.position))
    if isinstance(found, navigation.Refusal):
        raise RefusedError(found.reason)
    return types.PrepareRenamePlaceholder(view.range(found.span), found.name)


def rename(view: View, params: types.RenameParams) -> types.WorkspaceEdit:
    """Rename a name wherever it stands; raises `RefusedError`."""
    _refuse_part(view, params.position)
    found = navigation.rename(view.reading, view.offset(params.position), params.new_name)
    if isinstance(found, navigation.Refusal):
        raise RefusedError(found.reason)
    return types.WorkspaceEdit({view.uri: view.edits(found)})


def _refuse_part(view: View, position: types.Position) -> None:
    if view.is_partial and navigation.is_seen_elsewhere(view.reading, view.offset(position)):
        raise RefusedError("Other files may name it, too, and rust-analyzer does not tell yet.")


# ---- what a text holds ----

HIERARCHY = "text_document.document_symbol.hierarchical_document_symbol_support"


def document_symbols(
    view: View, params: types.DocumentSymbolParams
) -> list[types.DocumentSymbol] | list[types.SymbolInformation]:
    """List what is declared: as a tree, or flat for a client that knows no trees."""
    if view.capability(HIERARCHY):
        found = symbols.document_symbols(view.reading)
        return [convert.document_symbol(one, view.index) for one in found]
    from redox_lsp.folders import symbols_of

    return symbols_of(view.uri, view.reading, view.index)


def folding_ranges(view: View, params: types.FoldingRangeParams) -> list[types.FoldingRange]:
    """List what can be folded."""
    return [convert.folding_range(one) for one in folding.folds(view.reading)]


def selection_ranges(view: View, params: types.SelectionRangeParams) -> list[types.SelectionRange]:
    """Return ever larger ranges around each place."""
    return [
        convert.selection_range(
            folding.selection_ranges(view.reading, view.offset(position)), view.index, position
        )
        for position in params.positions
    ]


def document_links(view: View, params: types.DocumentLinkParams) -> list[types.DocumentLink]:
    """List what leads out of the text, where it leads to something."""
    found = [(one, running.target_of(one, view.uri)) for one in links.links(view.reading)]
    return [types.DocumentLink(view.range(one.span), target) for one, target in found if target]


def code_lenses(view: View, params: types.CodeLensParams) -> list[types.CodeLens]:
    """Offer to run `main` and tests, where something can run them."""
    if not view.settings.flag("codeLens.run"):
        return []
    found = [(one, running.lens_arguments(one, view.uri)) for one in lens.lenses(view.reading)]
    return [
        types.CodeLens(
            view.range(one.span),
            types.Command(title=one.title, command=running.COMMAND, arguments=[what]),
        )
        for one, what in found
        if what
    ]


# ---- colours ----

ANSWER = "semantic tokens"
_identities = count(1)


def semantic_tokens(view: View, params: types.SemanticTokensParams) -> types.SemanticTokens:
    """Tell what each word is."""
    return _whole(_remember(view))


def semantic_tokens_delta(
    view: View, params: types.SemanticTokensDeltaParams
) -> types.SemanticTokens | types.SemanticTokensDelta:
    """Tell what has changed since an answer, if that is the last one."""
    before: Answer | None = view.memory.get(ANSWER)
    after = _remember(view)
    if before is None or before.identity != params.previous_result_id:
        return _whole(after)
    return types.SemanticTokensDelta(
        edits=edits_between(before.lines, after.lines), result_id=after.identity
    )


def semantic_tokens_range(
    view: View, params: types.SemanticTokensRangeParams
) -> types.SemanticTokens:
    """Tell what the words of some lines are."""
    span = view.index.span(params.range)
    numbers = encode_range(view.reading, view.index.encoding, span, view.names)
    return types.SemanticTokens(data=numbers)


def _remember(view: View) -> Answer:
    lines = repaint(encode_lines(view.reading, view.index.encoding), view.names)
    answer = view.memory[ANSWER] = Answer(str(next(_identities)), lines)
    return answer


def _whole(answer: Answer) -> types.SemanticTokens:
    return types.SemanticTokens(data=flatten(answer.lines, 0, 0), result_id=answer.identity)


# ---- what is written for the user ----


def formatting_edits(view: View, params: types.DocumentFormattingParams) -> list[types.TextEdit]:
    """Lay the whole text out; with rustfmt, where the workspace is trusted."""
    path = path_of(view.uri)
    found = formatting.format_text(
        view.reading,
        with_rustfmt=view.trusted,
        beside=path.parent if view.trusted and path is not None else None,
    )
    return view.edits(found)


def range_formatting_edits(
    view: View, params: types.DocumentRangeFormattingParams
) -> list[types.TextEdit]:
    """Indent some lines."""
    return view.edits(formatting.format_range(view.reading, view.index.span(params.range)))


def on_type_formatting_edits(
    view: View, params: types.DocumentOnTypeFormattingParams
) -> list[types.TextEdit]:
    """Indent the line that is being written, and close the block that the one before opened."""
    if not view.settings.flag("format.onType"):
        return []
    return view.edits(
        formatting.format_typed(view.reading, view.offset(params.position), params.ch)
    )


def linked_ranges(
    view: View, params: types.LinkedEditingRangeParams
) -> types.LinkedEditingRanges | None:
    """Return the words that are edited together."""
    found = linked.linked_ranges(view.reading, view.offset(params.position))
    return types.LinkedEditingRanges([view.range(span) for span in found]) if found else None


def inlay_hints(view: View, params: types.InlayHintParams) -> list[types.InlayHint]:
    """Show what Iron leaves out, as far as the user wants it."""
    wanted = {kind for kind in hints.HintKind if view.settings.flag(f"inlayHints.{kind.value}s")}
    if not wanted:
        return []
    found = hints.inlay_hints(view.reading, view.index.span(params.range))
    return [convert.inlay_hint(one, view.index) for one in found if one.kind in wanted]


def code_actions(view: View, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Offer what can be done at a selection, of the kinds that the client wants."""
    found = actions.code_actions(view.reading, view.index.span(params.range))
    return [
        convert.code_action(one, view.uri, view.index, relates=view.relates)
        for one in found
        if convert.is_wanted(convert.ACTIONS[one.kind.value], params.context.only)
    ]
