"""rust-analyzer's life: started for the first document, shown all, asked, restarted, stopped.

One child serves all workspaces. It is shown nothing before `initialized` and asked nothing before
it has loaded; until then, and wherever there is none, answers are Redox's own. A child that dies is
started again, a little later each time until it has answered, and shown all that is open again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from itertools import count, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from redox_lsp.bridge.child import AnsweredError, Child, GoneError
from redox_lsp.bridge.display import Display
from redox_lsp.places import behind, find_crate, path_of
from redox_lsp.server import Listener, RedoxServer
from redox_lsp.sessions import Session

if TYPE_CHECKING:
    from redox.shadow.workspace import Shadow
    from redox.toolchain import Tool
    from redox_lsp.bridge.scenes import Book, Scene

logger = logging.getLogger(__name__)

Json = Any

NAME = SECTION = "rust-analyzer"
FIRST_DELAY, LONGEST_DELAY = 0.25, 30.0
"""Seconds until a child that died is started again: twice as many each time."""
CLOSING_SECONDS = 5.0
"""How long the child outlives the last document: who closes one file opens another."""
MIRROR_SECONDS = 0.2
"""How long we wait for more files to change before the mirror is brought up to date."""
TRIES = 5
"""How often a question is asked that rust-analyzer drops since something has changed."""
DROPPED = frozenset(
    (types.LSPErrorCodes.ContentModified.value, types.LSPErrorCodes.ServerCancelled.value)
)
STOPPED, SEEKING, LOADING, READY, DEAD = "stopped", "being looked for", "loading", "ready", "dead"


class Keeper(Listener):
    """Keeps rust-analyzer, and what it is shown, as the open documents want it."""

    def __init__(self, server: RedoxServer) -> None:
        self._server = server
        self._book: Book | None = None
        self._folder: Path | None = None
        self._life: asyncio.Task[None] | None = None
        self._past: asyncio.Task[None] | None = None
        """The life of a child that was stopped, and may still be ending."""
        self._closing: asyncio.Task[None] | None = None
        self._mirroring: asyncio.Task[None] | None = None
        self._adopting: dict[str, asyncio.Task[None]] = {}
        self._foreign: set[str] = set()
        """Documents that are none of ours: Rust of a crate without Iron."""
        self._refused: set[str] = set()
        """Documents whose crate could not be mirrored, until files change."""
        self._child: Child | None = None
        self._display: Display | None = None
        """What that child is shown."""
        self._tool: Tool | None = None
        self._settings: Json = None
        self._state = STOPPED
        self._pretending = asyncio.Lock()
        self._loaded = asyncio.Event()
        self._has_answered = False
        self._starts = 0
        self._numbers = count(1)
        self._seeking = asyncio.Lock()
        self._sought = ("", "")
        self.legend: Json = None
        """What the numbers of its semantic tokens mean."""
        self.heard: list[Callable[[], None]] = []
        """What is called once rust-analyzer has loaded, or knows more than it did."""
        self.found: list[Callable[[Path], None]] = []
        """What is called with the root of each workspace that holds Iron, once."""
        self._roots: set[Path] = set()

    def status(self) -> dict[str, Any]:
        """Return which rust-analyzer there is, and what it does now."""
        tool, child = self._tool, self._child
        return {
            "name": NAME,
            "path": tool.path if tool else "",
            "version": tool.version if tool else "not asked yet",
            "problem": tool.problem if tool else "",
            "running": "" if self._state in (STOPPED, READY) else self._state,
            "state": self._state,
            "process": child.process_id if child else None,
            "starts": self._starts,
            "documents": len(self._book.paths) if self._book else 0,
            "said": list(child.said) if child else [],
        }

    # ---- documents ----

    @property
    def is_wanted(self) -> bool:
        """Whether rust-analyzer may and shall run: it runs the workspace's own code."""
        return self._server.trusted and self._server.settings.flag("rustAnalyzer.enabled")

    @property
    def _is_absent(self) -> bool:
        """Whether there is no rust-analyzer that answers: then there is less, and no error."""
        return self._tool is not None and not self._tool.version

    @property
    def is_ready(self) -> bool:
        """Whether rust-analyzer can be asked now."""
        return self._state == READY and self._book is not None and bool(self._book.paths)

    def serves(self, session: Session) -> bool:
        """Tell whether rust-analyzer can be asked about a document now."""
        book = self._book
        return self._state == READY and book is not None and session.uri in book.paths

    def is_due(self, session: Session) -> bool:
        """Tell whether rust-analyzer is to know the crate of a document, now or once it can."""
        if not self.is_wanted or self._is_absent or session.uri in self._foreign:
            return False
        path = path_of(behind(session.uri))
        return path is not None and find_crate(path) is not None

    def settled(self, session: Session) -> None:
        """Show the child what has changed; a document that it does not know is added."""
        if not self.is_wanted or self._is_absent:
            return
        if session.uri in self._foreign or session.uri in self._refused:
            return
        if self._book is not None and session.uri in self._book.paths:
            self._book.sessions[self._book.paths[session.uri]] = session  # it may be opened anew
            self._show(session)
        elif session.uri not in self._adopting:
            self._adopting[session.uri] = self._server.spawn(self._adopt(session))

    def saved(self, session: Session) -> None:
        """Bring the mirror up to date, for what has no open document reads it."""
        self.files_changed()

    def files_changed(self) -> None:
        """Bring all mirrors up to date, a little later, for there may be more.

        What could not be mirrored is tried again.
        """
        is_any = self._refused or (self._book is not None and self._book.shadows)
        if is_any and self.is_wanted:
            if self._mirroring is not None:
                self._mirroring.cancel()
            self._mirroring = self._server.spawn(self._mirror_again())

    def closed(self, session: Session) -> None:
        """Forget a document; without any, rust-analyzer is stopped."""
        uri = session.uri
        self._foreign.discard(uri)
        self._refused.discard(uri)
        if (adopting := self._adopting.pop(uri, None)) is not None:
            adopting.cancel()
        path = self._book.paths.pop(uri, None) if self._book is not None else None
        if self._book is None or path is None:
            return
        del self._book.sessions[path]
        if self._display is not None:
            self._display.hide(path)
        if not self._book.paths:
            self._closing = self._server.spawn(self._close())

    def configured(self) -> None:
        """Start or stop as it is wanted now, and hand on what concerns rust-analyzer."""
        if not self.is_wanted:
            for adopting in self._adopting.values():
                adopting.cancel()
            self._adopting.clear()
            self._stop()
            return
        if self._sought != self._wishes:
            self._stop()
            self._tool = None
        self._settle(self._server.sessions)
        self._configure()

    def _settle(self, uris: Iterable[str]) -> None:
        for uri in uris:
            session = self._server.sessions[uri]
            if session.document.is_settled:
                self.settled(session)

    @property
    def _wishes(self) -> tuple[str, str]:
        """What settings name of programs and sources."""
        settings = self._server.settings
        return settings.word("rustAnalyzer.path"), settings.word("rustAnalyzer.sysrootSource")

    async def _find(self) -> bool:
        """Look for rust-analyzer and what it needs, once; tell whether there is one."""
        async with self._seeking:
            # Settings may come while the one is looked for that others name.
            while self._tool is None or self._sought != self._wishes:
                self._sought = self._wishes
                await self._seek(*self._sought)
        return not self._is_absent

    async def _seek(self, path: str, sources: str) -> None:
        from redox_lsp.bridge.finding import find_analyzer

        self._state = SEEKING
        try:
            tool = self._tool = await find_analyzer(path)
        finally:
            self._state = STOPPED
        if tool.version:
            await self._lay_library(sources)
        else:
            where = f" at {tool.path}" if tool.path else ""
            self._server.mention(f"{NAME}{where}: {tool.problem}; without it types are not known")

    async def _adopt(self, session: Session) -> None:
        """Find out where a document belongs, and have the child show it."""
        from redox.files import BadInputError

        await self._server.has_settings.wait()
        path = path_of(behind(session.uri))
        crate = find_crate(path.resolve()) if path is not None else None
        is_mirrored = path is not None and ("target", "redox") in pairwise(path.parts)
        try:
            if is_mirrored or (crate is None and not session.is_iron):
                self._foreign.add(session.uri)
                return
            if not self.is_wanted or not await self._find():
                return
            book = await self._open_book()
            shadow = None
            if path is not None and crate is not None:
                shadow = book.shadow_with(path.resolve())
            if crate is not None and shadow is None:
                only_with_iron = session.language == "rust"
                shadow = await self._server.work(_mirror, crate, only_with_iron, slow=True)
                if shadow is None:
                    self._foreign.add(session.uri)
                    return
        except (BadInputError, OSError) as error:
            self._refused.add(session.uri)
            self._server.complain(f"{session.uri}: {error}")
            return
        finally:
            if self._adopting.get(session.uri) is asyncio.current_task():
                del self._adopting[session.uri]
        if session.uri not in self._server.sessions:
            return
        if shadow is not None:
            book.shadows[shadow.root] = shadow
            self._tell_root(shadow)
        name = None if path is None or crate is None else book.shadow_path(path.resolve())
        place = name or str(book.lone_folder / str(next(self._numbers)) / "main.rs")
        if place in book.sessions:
            self._foreign.add(session.uri)  # another document shows the same file
            return
        book.paths[session.uri], book.sessions[place] = place, session
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        if self._life is None:
            self._life = self._server.spawn(self._live(self._past))
        self._configure()
        self._show(session)

    def _tell_root(self, shadow: Shadow) -> None:
        if shadow.iron_files and shadow.root not in self._roots:
            self._roots.add(shadow.root)
            for tell in self.found:
                tell(shadow.root)

    async def _open_book(self) -> Book:
        from redox_lsp.bridge.scenes import Book

        if self._book is None:
            made: asyncio.Future[Path] = asyncio.get_running_loop().create_future()
            self._server.spawn(_hold_folder(made))
            self._folder = await made
            if self._book is None:
                self._book = Book(self._server.encoding, self._folder / "lone")
        return self._book

    async def _mirror_again(self) -> None:
        from redox.files import BadInputError

        await asyncio.sleep(MIRROR_SECONDS)
        refused, self._refused = self._refused, set()
        self._settle(refused)
        if self._book is None:
            return
        for root in list(self._book.shadows):
            try:
                shadow = await self._server.work(_mirror, root, False, slow=True)
            except (BadInputError, OSError) as error:
                self._server.complain(f"{root}: {error}")
                continue
            if shadow is not None:
                self._book.shadows[root] = shadow

    # ---- the child ----

    async def _live(self, before: asyncio.Task[None] | None) -> None:
        """Run the child as long as it is wanted, once the one `before` has ended."""
        if before is not None:
            await asyncio.gather(before, return_exceptions=True)
        delay = FIRST_DELAY
        try:
            while not self._is_absent:
                self._has_answered = False
                await self._run()
                delay = FIRST_DELAY if self._has_answered else min(2 * delay, LONGEST_DELAY)
                self._state = DEAD
                await asyncio.sleep(delay)
        finally:
            self._child = self._display = None
            self._state = STOPPED

    async def _lay_library(self, chosen: str) -> None:
        """Lay out the standard library as rust-analyzer is to see it."""
        from redox_lsp.bridge.finding import find_library, link_library

        library = await find_library(chosen)
        if library is None:
            self._server.mention(
                f"{NAME}: the standard library's sources are missing, so what is of it is not"
                " known: `rustup component add rust-src` brings them"
            )
            return
        book = await self._open_book()
        folder = book.lone_folder.parent / f"library-{next(self._numbers)}"
        try:
            link_library(library, folder)
        except OSError as error:  # a system without links for us; rust-analyzer finds its own
            logger.warning("%s: %s", library, error)
            return
        book.library = folder

    async def _run(self) -> None:
        """Run one child until it ends."""
        assert self._folder is not None, "a document is open"
        assert self._tool is not None, "it was found"
        try:
            child = await Child.launch([self._tool.path], self._folder)
        except OSError as error:
            logger.warning("%s: %s", self._tool.path, error.strerror)
            return
        self._starts += 1
        self._state = LOADING
        listening = asyncio.ensure_future(child.listen())
        self._loaded.clear()
        showing = asyncio.ensure_future(self._show_loading())
        try:
            await self._greet(child)
            await asyncio.shield(listening)
            logger.warning("%s has died: %s", NAME, "\n".join(child.said))
        except (AnsweredError, GoneError) as error:
            logger.warning("%s: %s", NAME, error)
        finally:
            self._child = self._display = None
            for task in (showing, listening):
                task.cancel()
            await asyncio.gather(showing, listening, return_exceptions=True)

    async def _show_loading(self) -> None:
        async with self._server.show_progress(f"{NAME}: loading"):
            await self._loaded.wait()

    async def _greet(self, child: Child) -> None:
        """Introduce ourselves, and show all that is open."""
        from redox_lsp.bridge.options import initialize_params

        assert self._folder is not None, "a document is open"
        self._settings = self._make_settings()
        child.notes = {"experimental/serverStatus": self._take_status}
        child.answers = {
            "workspace/configuration": self._tell_settings,
            "client/registerCapability": _nothing,
            "client/unregisterCapability": _nothing,
            "window/workDoneProgress/create": _nothing,
            "workspace/diagnostic/refresh": self._hear,
            "workspace/semanticTokens/refresh": self._hear,
            "workspace/inlayHint/refresh": self._hear,
        }
        given = self._server.protocol.unstructured(self._server.client_capabilities)
        result = await child.request(
            "initialize", initialize_params(given, self._settings, self._folder)
        )
        capabilities = result["capabilities"]
        if capabilities.get("positionEncoding") != "utf-32":
            assert self._tool is not None, "it runs"
            problem = f"{self._tool.version} is too old"
            self._tool = type(self._tool)(NAME, self._tool.path, "", problem)
            self._server.mention(f"{NAME} at {self._tool.path}: {problem}; types are not known")
            raise GoneError
        self.legend = (capabilities.get("semanticTokensProvider") or {}).get("legend")
        child.notify("initialized", {})
        self._child, self._display = child, Display(child)
        assert self._book is not None, "a document is open"
        for session in self._book.sessions.values():
            if session.document.is_settled:
                self._show(session)

    def _take_status(self, params: Json) -> None:
        """Take that it has loaded; that it loads again later is no reason to ask it nothing."""
        if params.get("quiescent") and self._state == LOADING:
            self._state = READY
            self._loaded.set()
            self._hear(None)

    def _hear(self, _: Json) -> None:
        if self._state == READY:
            for hear in self.heard:
                hear()

    def _tell_settings(self, params: Json) -> Json:
        return [
            self._settings if item.get("section") == SECTION else None for item in params["items"]
        ]

    def _make_settings(self) -> Json:
        from redox_lsp.bridge.options import analyzer_settings

        book = self._book
        assert book is not None, "a document is open"
        lone = [Path(path) for path in book.sessions if Path(path).is_relative_to(book.lone_folder)]
        manifests = [shadow.folder / "Cargo.toml" for shadow in book.shadows.values()]
        return analyzer_settings(self._server.settings, manifests, lone, book.library)

    def _configure(self) -> None:
        """Tell the child which workspaces there are, and its settings, where they are others."""
        if self._child is None or self._book is None:
            return
        settings = self._make_settings()
        if settings != self._settings:
            self._settings = settings
            self._child.notify("workspace/didChangeConfiguration", {"settings": settings})

    async def _close(self) -> None:
        await asyncio.sleep(CLOSING_SECONDS)
        self._stop()

    def _stop(self) -> None:
        if self._life is not None:
            self._life.cancel()
            self._past, self._life = self._life, None
            self._state = STOPPED
        if self._book is not None:
            self._book.paths.clear()
            self._book.sessions.clear()
            self._book.shadows.clear()
        self._foreign.clear()
        self._refused.clear()

    # ---- showing and asking ----

    def _show(self, session: Session) -> None:
        """Show the child a document's Rust as it stands."""
        if self._display is None or self._book is None:
            return
        path = self._book.paths[session.uri]
        twin = self._book.scene().by_path[path]
        self._display.show(path, session.version, twin.shadow_lines)

    async def scene(self) -> Scene:
        """Return what is open, all of it shown to the child."""
        async with self._pretending:
            assert self._book is not None, "a document is served"
        for session in list(self._book.sessions.values()):
            await self._server.finish(session)
        scene = self._book.scene()
        for path, twin in scene.by_path.items():
            if self._display is not None and not self._display.shows(path, twin.version):
                self._display.show(path, twin.version or 0, twin.shadow_lines)
        return scene

    async def request(self, method: str, params: Json, is_current: Callable[[], bool]) -> Json:
        """Ask the child, again where it dropped the question; None where it can't answer.

        Raises `AnsweredError`.
        """
        for _ in range(TRIES):
            child = self._child
            if child is None:
                return None
            try:
                result = await child.request(method, params)
            except GoneError:
                return None
            except AnsweredError as error:
                if error.code not in DROPPED:
                    raise
                if not is_current():
                    return None
                continue
            self._has_answered = True
            return result
        return None

    @asynccontextmanager
    async def showing(self, path: str, version: int, lines: list[str]) -> AsyncIterator[None]:
        """Show a text that nobody has written for one question; others wait until it is over."""
        async with self._pretending:
            display = self._display
            if display is None:
                yield
                return
            before = display.shown(path)
            pretended = display.show(path, version, lines)
            try:
                yield
            finally:
                # An edit has shown what is there already; a new child has never been shown this.
                is_still = self._display is display and display.shown(path) is pretended
                if is_still and before is not None:
                    display.show(path, version, before.lines)


async def _hold_folder(made: asyncio.Future[Path]) -> None:
    """Have a folder of our own as long as the server runs."""
    from redox.process import empty_folder

    with empty_folder() as folder:
        made.set_result(folder.resolve())
        await asyncio.Event().wait()


def _mirror(crate: Path, only_with_iron: bool) -> Shadow | None:
    from redox.shadow.plan import IRON
    from redox.shadow.tree import find_package, find_root, walk
    from redox.shadow.workspace import Wording, mirror

    root = find_root(find_package(crate))
    if only_with_iron and not any(one.name.endswith(IRON) for one in walk(root)):
        return None
    return mirror(root, Wording())


def _nothing(_: Json) -> Json:
    return None


def changed_files(changes: Iterable[types.FileEvent]) -> bool:
    """Tell whether what a client saw change on the disk may be of a crate's sources."""
    return any("/target/" not in one.uri for one in changes)
