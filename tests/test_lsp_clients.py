"""Every feature over the wire, under what real editors say they can do.

pytest-lsp checks each answer against the client's capabilities; what it finds fails the test. Those
of today's VS Code are what our extension said in one: `make recording` records them again.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_lsp
from lsp_client import COMMAND
from lsprotocol import types
from lsprotocol.converters import get_converter
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

EDITORS = ("neovim", "neovim@v0.7.0", "emacs", "visual-studio-code", "vscode-initialize.json")
"""As pytest-lsp names them, or files below `fixtures`."""
FIXTURES = Path(__file__).parent / "fixtures"
IRON = """\
// See https://www.rust-lang.org
import std its fmt

structure Crab with fields
    legs of type u8
end structure

function main begin
    let crab be Crab with fields legs set to 8 end fields
    println macro with "{}" and crab dot legs
    add with 2 and 3
end function

function add takes a of type u8 and b of type u8 returns u8 begin
    a plus b
end function
"""
NAME = "crab dot legs"


# pytest-lsp and pygls give their decorators no types.
@pytest_lsp.fixture(  # type: ignore[untyped-decorator]
    params=EDITORS, config=ClientServerConfig(server_command=list(COMMAND))
)
async def client(
    request: pytest.FixtureRequest, lsp_client: LanguageClient, tmp_path: Path
) -> AsyncIterator[None]:
    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)  # type: ignore[untyped-decorator]
    def register(_: types.RegistrationParams) -> None:
        """Take what the server asks to be told of."""

    folder = types.WorkspaceFolder(tmp_path.as_uri(), "work")
    await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=capabilities_of(request.param), workspace_folders=[folder]
        )
    )
    yield
    await lsp_client.shutdown_session()


def capabilities_of(editor: str) -> types.ClientCapabilities:
    """Return what an editor says it can do."""
    if not editor.endswith(".json"):
        return client_capabilities(editor)
    said = json.loads((FIXTURES / editor).read_text(encoding="utf-8"))["capabilities"]
    return get_converter().structure(said, types.ClientCapabilities)


def place_of(words: str, column: int = 0) -> types.Position:
    """Return where words stand in the text."""
    before = IRON[: IRON.index(words)]
    return types.Position(before.count("\n"), len(before) - before.rfind("\n") - 1 + column)


ALL = types.Range(types.Position(0, 0), types.Position(11, 0))


@pytest.mark.asyncio
async def test_every_feature_answers(client: LanguageClient, tmp_path: Path) -> None:
    (tmp_path / "other.iron").write_text("function other_one begin\nend function\n")
    uri = (tmp_path / "main.iron").as_uri()
    document = types.TextDocumentIdentifier(uri)
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "iron", 1, IRON))
    )
    at = place_of(NAME, 1)
    assert client.capabilities is not None

    hover = await client.text_document_hover_async(types.HoverParams(document, at))
    assert hover is not None
    completion = await client.text_document_completion_async(
        types.CompletionParams(document, place_of("end function", 2))
    )
    assert isinstance(completion, types.CompletionList)
    assert completion.items
    await client.completion_item_resolve_async(completion.items[0])

    definition = await client.text_document_definition_async(types.DefinitionParams(document, at))
    assert isinstance(definition, types.Location)
    assert definition.range.start == place_of("crab be")
    references = await client.text_document_references_async(
        types.ReferenceParams(types.ReferenceContext(True), document, at)
    )
    assert len(references or ()) == 2
    highlights = await client.text_document_document_highlight_async(
        types.DocumentHighlightParams(document, at)
    )
    assert len(highlights or ()) == 2
    edit = await client.text_document_rename_async(types.RenameParams(document, at, "beast"))
    assert edit is not None
    assert edit.changes is not None
    assert len(edit.changes[uri]) == 2

    symbols = await client.text_document_document_symbol_async(types.DocumentSymbolParams(document))
    assert {"Crab", "main"} <= {one.name for one in symbols or ()}
    found = await client.workspace_symbol_async(types.WorkspaceSymbolParams("other"))
    assert [one.name for one in found or ()] == ["other_one"]
    assert await client.text_document_folding_range_async(types.FoldingRangeParams(document))
    (grown,) = (
        await client.text_document_selection_range_async(types.SelectionRangeParams(document, [at]))
        or ()
    )
    assert grown.parent is not None
    (link,) = (
        await client.text_document_document_link_async(types.DocumentLinkParams(document)) or ()
    )
    assert link.target == "https://www.rust-lang.org"
    (lens,) = await client.text_document_code_lens_async(types.CodeLensParams(document)) or ()
    assert lens.command is not None
    assert lens.command.command == "redox.run"
    help_shown = await client.text_document_signature_help_async(
        types.SignatureHelpParams(document, place_of("2 and 3", 1))
    )
    assert help_shown is not None
    assert help_shown.signatures[0].label
    options = types.FormattingOptions(4, True)
    edits = await client.text_document_formatting_async(
        types.DocumentFormattingParams(document, options)
    )
    assert edits is not None
    typed = await client.text_document_on_type_formatting_async(
        types.DocumentOnTypeFormattingParams(document, place_of("println"), "\n", options)
    )
    assert typed is not None
    linked = await client.text_document_linked_editing_range_async(
        types.LinkedEditingRangeParams(document, place_of("structure Crab", 1))
    )
    assert linked is not None
    hints = await client.text_document_inlay_hint_async(types.InlayHintParams(document, ALL))
    assert hints == ()
    actions = await client.text_document_code_action_async(
        types.CodeActionParams(document, ALL, types.CodeActionContext([]))
    )
    assert actions is not None


@pytest.mark.asyncio
async def test_colours_are_told_whole_or_as_what_changed(
    client: LanguageClient, tmp_path: Path
) -> None:
    uri = (tmp_path / "main.iron").as_uri()
    document = types.TextDocumentIdentifier(uri)
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "iron", 1, IRON))
    )
    whole = await client.text_document_semantic_tokens_full_async(
        types.SemanticTokensParams(document)
    )
    assert whole is not None
    assert whole.result_id is not None
    start = types.Position(7, 0)
    change: Any = types.TextDocumentContentChangePartial(
        types.Range(start, start), "structure Claw\n\n"
    )
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(2, uri), [change])
    )
    delta = await client.text_document_semantic_tokens_full_delta_async(
        types.SemanticTokensDeltaParams(document, whole.result_id)
    )
    assert isinstance(delta, types.SemanticTokensDelta)
    data = list(whole.data)
    for edit in delta.edits:
        data[edit.start : edit.start + edit.delete_count] = edit.data or []
    again = await client.text_document_semantic_tokens_full_async(
        types.SemanticTokensParams(document)
    )
    assert again is not None
    assert data == list(again.data)
    part = await client.text_document_semantic_tokens_range_async(
        types.SemanticTokensRangeParams(document, ALL)
    )
    assert part is not None
    assert part.data
