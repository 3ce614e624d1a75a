"""What rust-analyzer itself finds wrong as one types, between two verdicts of rustc's.

It is asked after a pause, and whenever it says that it knows more. rustc says most of it, too, on
the next save; each thing is shown once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from redox_lsp.server import Listener, RedoxServer
from redox_lsp.sessions import Edited, Session

if TYPE_CHECKING:
    from redox_lsp.bridge.keeper import Keeper
    from redox_lsp.bridge.scenes import Scene
    from redox_lsp.bridge.twins import Twin
    from redox_lsp.diagnosing import Diagnoser
    from redox_lsp.said import Said

Json = Any
PAUSE_SECONDS = 0.2
METHOD = types.TEXT_DOCUMENT_DIAGNOSTIC


class NativeChecker(Listener):
    """Asks rust-analyzer for its diagnostics, and hands them on."""

    def __init__(self, server: RedoxServer, keeper: Keeper, diagnoser: Diagnoser) -> None:
        self._server = server
        self._keeper = keeper
        self._diagnoser = diagnoser
        self._tasks: dict[str, asyncio.Task[None]] = {}
        keeper.heard.append(self._ask_all)

    def settled(self, session: Session) -> None:
        """Ask after a pause."""
        if self._keeper.serves(session):
            self._start(session)

    def edited(self, session: Session, edits: list[Edited]) -> None:
        """Ask nothing about the text before."""
        self.closed(session)

    def closed(self, session: Session) -> None:
        """Ask nothing."""
        task = self._tasks.pop(session.uri, None)
        if task is not None:
            task.cancel()

    def configured(self) -> None:
        """Forget all that was said where rust-analyzer is no longer wanted."""
        if not self._keeper.is_wanted:
            for session in self._server.sessions.values():
                self.closed(session)
                self._diagnoser.take_native(session, ())

    def _ask_all(self) -> None:
        for session in self._server.sessions.values():
            if self._keeper.serves(session):
                self._start(session)

    def _start(self, session: Session) -> None:
        self.closed(session)
        self._tasks[session.uri] = self._server.spawn(self._ask(session))

    async def _ask(self, session: Session) -> None:
        from pathlib import Path

        from redox_lsp.bridge.child import AnsweredError

        await asyncio.sleep(PAUSE_SECONDS)
        if not self._keeper.serves(session):
            return
        scene = await self._keeper.scene()
        here = scene.by_uri[session.uri]
        asked = {"textDocument": {"uri": Path(here.shadow).as_uri()}}
        try:
            report = await self._keeper.request(
                METHOD, asked, lambda: session.version == here.version
            )
        except AnsweredError as error:
            self._server.note_error(METHOD, error, tell=False)
            return
        if report is None or "items" not in report:
            return
        said = await self._server.work(_said, report["items"], scene, here)
        if session.version == here.version:
            self._diagnoser.take_native(session, said)


def _said(items: list[Json], scene: Scene, here: Twin) -> tuple[Said, ...]:
    """Return rust-analyzer's diagnostics at their places in a document; nearest, never dropped."""
    from redox.diagnostics import Diagnostic, Severity
    from redox_lsp.positions import LineIndex
    from redox_lsp.said import Said

    index = LineIndex([row[0] for row in here.rows], here.encoding)
    severities = {1: Severity.ERROR, 2: Severity.WARNING}
    return tuple(
        Said(
            Diagnostic(
                code=str(item.get("code") or "rust-analyzer"),
                severity=severities.get(item.get("severity", 1), Severity.NOTE),
                span=index.span(_nearest(item["range"], here)),
                message=item["message"],
                related=tuple(_related(item, scene, here, index)),
            )
        )
        for item in items
    )


def _nearest(place: Json, here: Twin) -> types.Range:
    start, end = ((place[name]["line"], place[name]["character"]) for name in ("start", "end"))
    found = here.range_from_rust(start, end) or here.range_from_rust(start, end, nearest=True)
    first, last = found or ((start[0], 0), (start[0], 0))
    return types.Range(types.Position(*first), types.Position(*last))


def _related(item: Json, scene: Scene, here: Twin, index: Any) -> Iterator[Any]:
    """Yield the second places that lie in the same document."""
    from redox.diagnostics import Related

    for one in item.get("relatedInformation") or ():
        if scene.of_shadow(one["location"]["uri"]) is here:
            span = index.span(_nearest(one["location"]["range"], here))
            yield Related(span, one["message"])
