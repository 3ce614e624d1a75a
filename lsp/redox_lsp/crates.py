"""rustc for files of a crate with Iron in it: cargo checks the crate's mirror when one is saved.

It has a folder of its own for what it builds, so that it and a cargo in a terminal don't wait for
each other. Nothing of it is started for a workspace that is not trusted: a crate's build scripts
run. One check goes on at a time; a save ends the one before it. What is checked is what lies on the
disk, so its places are moved by what an open document differs in.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redox_lsp.diagnosing import moved_said
from redox_lsp.places import find_crate, path_of
from redox_lsp.programs import run
from redox_lsp.server import Listener, RedoxServer
from redox_lsp.sessions import Session, edits_between

if TYPE_CHECKING:
    from redox.shadow.workspace import Shadow
    from redox_lsp.diagnosing import Diagnoser
    from redox_lsp.said import Said


class CrateChecker(Listener):
    """Has cargo check crates, and hands on what rustc says of the files that are open."""

    def __init__(self, server: RedoxServer, diagnoser: Diagnoser) -> None:
        self._server = server
        self._diagnoser = diagnoser
        self._task: asyncio.Task[None] | None = None
        self._running = ""

    def status(self) -> dict[str, Any]:
        """Return what is checked now."""
        return {"name": "cargo check", "running": self._running}

    def saved(self, session: Session) -> None:
        """Check the crate that a document belongs to."""
        path = path_of(session.uri)
        crate = find_crate(path) if path is not None else None
        is_wanted = self._server.trusted and self._server.settings.word("rustc.when") != "never"
        is_ours = session.is_iron or self._server.keeper.serves(session)
        if crate is None or not is_ours or not is_wanted:
            return
        self._cancel()
        self._task = self._server.spawn(self._check(crate))

    def configured(self) -> None:
        """Check nothing any longer where that is no longer wanted."""
        if not self._server.trusted or self._server.settings.word("rustc.when") == "never":
            self._cancel()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _check(self, crate: Path) -> None:
        from redox.files import BadInputError

        self._running = str(crate)
        try:
            async with self._server.show_progress(f"cargo check: {crate.name}"):
                shadow = await self._server.work(_mirror, crate, slow=True)
                messages = await self._messages(shadow) if not _is_wrong(shadow) else []
        except BadInputError as error:
            self._server.complain(f"{crate}: {error}")
            return
        finally:
            self._running = ""
        for session in list(self._server.sessions.values()):
            await self._tell(session, messages, shadow)

    async def _tell(self, session: Session, messages: list[dict[str, Any]], shadow: Shadow) -> None:
        """Hand on what was said of a document, at its places in the text as it stands."""
        while self._server.sessions.get(session.uri) is session:
            version, text = session.version, session.document.iron
            found = await self._server.work(
                _verdicts, messages, shadow, session.uri, text, slow=True
            )
            if found is None:
                return
            if session.version == version:
                self._diagnoser.take(session, found)
                return

    async def _messages(self, shadow: Shadow) -> list[dict[str, Any]]:
        """Return what rustc says of a crate, said of its originals; cancelling ends cargo."""
        from redox.cargo import require_cargo

        words = [
            *(require_cargo(), "check", "--workspace", "--all-targets", "--keep-going", "--quiet"),
            *("--manifest-path", str(shadow.folder / "Cargo.toml"), "--message-format=json"),
            # A variable would be inherited by the cargo that a build script may start.
            *("--target-dir", str(shadow.folder / "target")),
        ]
        code, output, errors = await run(words, folder=shadow.root, environment={})
        rows = [json.loads(line) for line in output.split("\n") if line.startswith("{")]
        said = [row["message"] for row in rows if row["reason"] == "compiler-message"]
        if code and not said:
            self._server.complain(f"cargo check: {errors.strip()}")
        return await self._server.work(_map, said, shadow, slow=True)


def _mirror(crate: Path) -> Shadow:
    from redox.shadow.tree import find_package, find_root
    from redox.shadow.workspace import Wording, mirror

    return mirror(find_root(find_package(crate)), Wording())


def _is_wrong(shadow: Shadow) -> bool:
    """Tell whether the Iron itself has errors: rustc would say them again, in other words."""
    return any(one.severity == "error" for each in shadow.findings for one in each.diagnostics)


def _map(messages: list[dict[str, Any]], shadow: Shadow) -> list[dict[str, Any]]:
    from redox.shadow.messages import map_message

    return [map_message(message, shadow.source_of) for message in messages]


def _verdicts(
    messages: list[dict[str, Any]], shadow: Shadow, uri: str, text: str
) -> tuple[Said, ...] | None:
    """Return what was said of a document, at its places in `text`; None if it is none of these."""
    from redox_lsp.crate_verdicts import verdicts

    path = path_of(uri)
    name = shadow.source_name(path.resolve()) if path is not None else None
    source = shadow.source_of(name) if name is not None else None
    if source is None:
        return None
    said = verdicts(messages, source.name, source.text)
    return moved_said(said, list(edits_between(source.text, text))) if said else said
