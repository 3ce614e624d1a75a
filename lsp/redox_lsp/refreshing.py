"""Has a client ask again for what it shows: previews behind edits, and the rest behind settings."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from lsprotocol import types

from redox_lsp.server import Listener, RedoxServer
from redox_lsp.sessions import Edited, Session

PAUSE_SECONDS = 0.3
TYPED = ("semantic_tokens", "inlay_hint")
"""What rust-analyzer knows more of."""


class Refresher(Listener):
    """Has documents of `redox-preview:` read again, and all that settings or trust change."""

    def __init__(self, server: RedoxServer) -> None:
        self._server = server
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._known = server.settings, server.trusted

    def configured(self) -> None:
        """Have the client ask again for what may be shown, or hidden, now."""
        known = self._server.settings, self._server.trusted
        if known != self._known:
            self._known = known
            self.refresh((*TYPED, "code_lens"))

    def refresh(self, names: Iterable[str] = TYPED) -> None:
        """Have the client ask again for what is named, if it can be told to."""
        for name in names:
            if self._server.can(f"workspace.{name}.refresh_support"):
                getattr(self._server, f"workspace_{name}_refresh")(None)

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
