"""Tells a client that shows a preview as a document when that is another, after a pause."""

from __future__ import annotations

import asyncio

from lsprotocol import types

from redox_lsp.server import Listener, RedoxServer
from redox_lsp.sessions import Edited, Session

PAUSE_SECONDS = 0.3


class Refresher(Listener):
    """Has documents of `redox-preview:` read again."""

    def __init__(self, server: RedoxServer) -> None:
        self._server = server
        self._waiting: dict[str, asyncio.Task[None]] = {}

    def edited(self, session: Session, edits: list[Edited]) -> None:
        """Ask for a refresh once there is a pause."""
        self.closed(session)
        if session.shown_as and self._server.can("workspace.text_document_content"):
            self._waiting[session.uri] = self._server.spawn(self._refresh(session))

    def closed(self, session: Session) -> None:
        """Ask for none."""
        waiting = self._waiting.pop(session.uri, None)
        if waiting is not None:
            waiting.cancel()

    async def _refresh(self, session: Session) -> None:
        await asyncio.sleep(PAUSE_SECONDS)
        await self._server.workspace_text_document_content_refresh_async(
            types.TextDocumentContentRefreshParams(session.shown_as)
        )
