"""The features as the protocol asks for them: convert, ask, convert.

Each function here answers one method of the table in `redox_lsp/handlers.py`. It runs in a thread,
on a snapshot, and is imported with all that it needs only once a client asks for something.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lsprotocol import types

from redox.diagnostics import Span
from redox_lsp import convert
from redox_lsp.features import completion as completing
from redox_lsp.features import navigation
from redox_lsp.features.hover import hover as find_hover
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
    can: Callable[[str], bool]
    """Whether the client has a capability, named as in `workspace.configuration`."""

    def offset(self, position: types.Position) -> int:
        """Return the offset of a position."""
        return self.index.offset(position)

    def range(self, span: Span) -> types.Range:
        """Return the range of a span."""
        return self.index.range(span)

    def location(self, span: Span) -> types.Location:
        """Return a place in the document."""
        return types.Location(self.uri, self.range(span))


def hover(view: View, params: types.HoverParams) -> types.Hover | None:
    """Say what the words at a place mean."""
    found = find_hover(view.reading, view.offset(params.position))
    return None if found is None else convert.hover(found, view.index)


# ---- completion ----

SNIPPETS = "text_document.completion.completion_item.snippet_support"


def completion(view: View, params: types.CompletionParams) -> types.CompletionList:
    """Offer what can stand at a place; snippets where the client and the user want them."""
    wants_snippets = view.can(SNIPPETS) and view.settings.flag("completion.snippets")
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
        item.documentation = convert.markdown(documentation)
    return item


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
    found = navigation.prepare_rename(view.reading, view.offset(params.position))
    if isinstance(found, navigation.Refusal):
        raise RefusedError(found.reason)
    return types.PrepareRenamePlaceholder(view.range(found.span), found.name)


def rename(view: View, params: types.RenameParams) -> types.WorkspaceEdit:
    """Rename a name wherever it stands; raises `RefusedError`."""
    found = navigation.rename(view.reading, view.offset(params.position), params.new_name)
    if isinstance(found, navigation.Refusal):
        raise RefusedError(found.reason)
    return types.WorkspaceEdit({view.uri: [convert.text_edit(edit, view.index) for edit in found]})
