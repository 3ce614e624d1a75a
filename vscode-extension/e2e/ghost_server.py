"""The language server with a model that says always the same: stands in for one that thinks."""

from __future__ import annotations

from lsprotocol import types

from redox_lsp import cli, handlers
from redox_lsp.server import RedoxServer

SAYS = "plus 40 times two\nlet answer be known"
make_server = handlers.make_server


def with_ghost_text() -> RedoxServer:
    """Return the usual server that also goes on with each line that ends in `be 2 `."""
    server = make_server()

    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
    async def complete(params: types.InlineCompletionParams) -> types.InlineCompletionList:
        session = server.sessions[params.text_document.uri]
        at = params.position
        lines = [*session.document.iron_lines, ""]
        is_asked = lines[at.line][: at.character].endswith("be 2 ")
        says = [types.InlineCompletionItem(SAYS, range=types.Range(at, at))] if is_asked else []
        return types.InlineCompletionList(says)

    return server


handlers.make_server = with_ghost_text
cli.main()
