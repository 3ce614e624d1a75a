"""rustc for a file that belongs to no crate: after a pause or a save, one at a time, in our folder.

Nothing of it is started for a workspace that is not trusted. An edit ends the rustc that checks
what was there before.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from redox_lsp.places import behind, find_crate, path_of
from redox_lsp.programs import probe, run, toolchain
from redox_lsp.server import Listener, RedoxServer
from redox_lsp.sessions import Edited, Session

if TYPE_CHECKING:
    from redox.toolchain import Tool
    from redox_lsp.diagnosing import Diagnoser

CRATE = "document"
SOURCE = f"{CRATE}.rs"


class RustcChecker(Listener):
    """Has rustc check documents, and hands on what it says."""

    def __init__(self, server: RedoxServer, diagnoser: Diagnoser) -> None:
        self._server = server
        self._diagnoser = diagnoser
        self._turn = asyncio.Lock()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._rustc: Tool | None = None
        self._environment: Mapping[str, str] = {}
        self._running = ""

    def status(self) -> dict[str, Any]:
        """Return which rustc there is, and what it checks now."""
        tool = self._rustc
        return {
            "name": "rustc",
            "path": tool.path if tool else "",
            "version": tool.version if tool else "not asked yet",
            "problem": tool.problem if tool else "",
            "running": self._running,
        }

    # ---- when ----

    def edited(self, session: Session, edits: list[Edited]) -> None:
        """End what is checked of the text before."""
        self._cancel(session.uri)

    def settled(self, session: Session) -> None:
        """Check the document after a pause."""
        if self._server.settings.word("rustc.when") == "pause" and session.uri not in self._tasks:
            pause = self._server.settings.number("rustc.pause") / 1000
            self._start(session, pause)

    def saved(self, session: Session) -> None:
        """Check the document at once."""
        if self._server.settings.word("rustc.when") != "never":
            self._start(session, 0.0)

    def closed(self, session: Session) -> None:
        """Check the document no longer."""
        self._cancel(session.uri)

    def configured(self) -> None:
        """Check all documents anew, or none, as it is now wanted."""
        is_wanted = self._server.trusted and self._server.settings.word("rustc.when") != "never"
        for session in self._server.sessions.values():
            was_asked = session.uri in self._tasks
            self._cancel(session.uri)
            if not is_wanted:
                self._diagnoser.take(session, ())
            elif was_asked:
                self._start(session, 0.0)
            else:
                self.settled(session)

    def _cancel(self, uri: str) -> None:
        task = self._tasks.pop(uri, None)
        if task is not None:
            task.cancel()

    def _start(self, session: Session, pause: float) -> None:
        self._cancel(session.uri)
        if self._server.trusted and session.is_iron and not is_in_crate(session.uri):
            self._tasks[session.uri] = self._server.spawn(self._check(session, pause))

    # ---- what ----

    async def _check(self, session: Session, pause: float) -> None:
        await asyncio.sleep(pause)
        async with self._turn:
            rustc = await self._find()
            if rustc is None:
                return
            await self._server.finish(session)
            if any(one.severity == "error" for one in session.document.diagnostics):
                self._diagnoser.take(session, ())  # rustc would say it again, in other words
                return
            iron, rust = session.document.iron, session.document.rust
            self._running = session.uri
            try:
                async with self._server.show_progress(f"rustc: {_name(session.uri)}"):
                    messages = await self._run(rustc, rust)
            finally:
                self._running = ""
            from redox_lsp.verdicts import read_verdict

            said = await self._server.work(read_verdict, messages, iron, SOURCE, slow=True)
            self._diagnoser.take(session, said)

    async def _find(self) -> Tool | None:
        """Return rustc, or None where there is none that is new enough: told once."""
        from redox.toolchain import MINIMUM_RUSTC

        if self._rustc is None:
            self._environment = await toolchain()
            self._rustc = await probe("rustc", self._environment)
            if not self._is_usable(MINIMUM_RUSTC):
                what = self._rustc.version or self._rustc.problem
                oldest = ".".join(map(str, MINIMUM_RUSTC[:2]))
                self._server.complain(
                    f"rustc: {what}; its errors are shown with rustc {oldest} or newer"
                )
        return self._rustc if self._is_usable(MINIMUM_RUSTC) else None

    def _is_usable(self, least: tuple[int, ...]) -> bool:
        return self._rustc is not None and self._rustc.numbers >= least

    async def _run(self, rustc: Tool, rust: str) -> list[dict[str, Any]]:
        """Return what rustc says of a text; being cancelled ends rustc."""
        from redox.process import empty_folder
        from redox_lsp.verdicts import crate_type

        kind = crate_type(rust)
        with empty_folder() as folder:
            (folder / SOURCE).write_bytes(rust.encode("utf-8", "replace"))
            words = [
                *(rustc.path, SOURCE, "--crate-name", CRATE, "--crate-type", kind),
                *("--edition", self._server.settings.word("rustc.edition")),
                *("--error-format=json", "--emit=metadata"),
                *(("-A", "dead_code") if kind == "lib" else ()),
            ]
            code, _, said = await run(words, folder=folder, environment=self._environment)
        lines = said.split("\n")  # other ends of lines may stand in what it says
        other = "\n".join(line for line in lines if not line.startswith("{"))
        if code and other:
            self._server.complain(f"rustc: {other}")
        return [json.loads(line) for line in lines if line.startswith("{")]


def is_in_crate(uri: str) -> bool:
    """Tell whether a document lies in a crate of cargo's, so that rustc alone can't judge it."""
    path = path_of(behind(uri))
    return path is not None and find_crate(path) is not None


def _name(uri: str) -> str:
    return uri.rpartition("/")[2]
