"""The language server with a model that says always the same: stands in for one that thinks."""

from __future__ import annotations

from lsprotocol import types

from redox_lsp import cli
from redox_lsp.sessions import Session
from redox_lsp.suggesting.suggester import Suggester

SAYS = "plus 40 times two\nlet answer be known"


async def suggest(
    self: Suggester, session: Session, params: types.InlineCompletionParams
) -> list[types.InlineCompletionItem]:
    """Return what goes on with a line that ends in `be 2 `."""
    at = params.position
    lines = [*session.document.iron_lines, ""]
    is_asked = lines[at.line][: at.character].endswith("be 2 ")
    return [types.InlineCompletionItem(SAYS, range=types.Range(at, at))] if is_asked else []


# The server makes its suggester itself and offers no door to another, which nobody else wants.
Suggester.suggest = suggest  # type: ignore[method-assign]
cli.main()
