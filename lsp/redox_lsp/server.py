"""The server: what is open, what is set, what runs, and when the client hears of it.

Messages are taken in order, and edits are applied at once. Requests wait until all that has arrived
is read, then work on a snapshot in a thread, one at a time: one that is cancelled before its turn
never runs.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from lsprotocol import types
from pygls.capabilities import get_capability
from pygls.exceptions import FeatureRequestError, JsonRpcException, JsonRpcInternalError
from pygls.lsp.server import LanguageServer

import redox
from redox_lsp.messages import PREVIEW_CHANGED, PreviewChanged
from redox_lsp.programs import all_ended
from redox_lsp.protocol import PREVIEW_SCHEME, RedoxProtocol, make_converter
from redox_lsp.sessions import Session, language_of
from redox_lsp.settings import SECTION, Settings, read_settings

if TYPE_CHECKING:
    from redox_lsp.bridge.asking import Asker
    from redox_lsp.bridge.keeper import Keeper
    from redox_lsp.folders import Library
    from redox_lsp.suggesting.implementer import Implementer
    from redox_lsp.suggesting.suggester import Suggester

logger = logging.getLogger(__name__)

NAME = "redox-lsp"
CLIENT_CHECK_SECONDS = 5.0
PROGRESS_SECONDS = 0.5
SETTLE_SECONDS = 0.03
"""How long the rest of an edit waits: who opens a string closes it with the next key."""

Result = TypeVar("Result")


class RedoxServer(LanguageServer):
    """One client, its open documents and its settings."""

    protocol: RedoxProtocol

    def __init__(self) -> None:
        super().__init__(
            NAME,
            redox.__version__,
            protocol_cls=RedoxProtocol,
            converter_factory=make_converter,
        )
        self.sessions: dict[str, Session] = {}
        self.settings = Settings()
        self.has_settings = asyncio.Event()
        """Set once there are settings: the client's, or the defaults where it can't be asked."""
        self.options: dict[str, Any] = {}
        """What the client said as `initializationOptions`."""
        self.trusted = True
        self.key = ""
        """What a server with a model wants to hear; no setting, log or status ever holds it."""
        self.encoding = "utf-16"
        self.started = time.monotonic()
        self.errors: deque[str] = deque(maxlen=20)
        self.timings: dict[str, deque[float]] = {}
        self.listeners: list[Listener] = []
        self.children: list[Child] = []
        self.library: Library | None = None
        self.keeper: Keeper
        self.suggester: Suggester
        self.implementer: Implementer
        self._asker: Asker | None = None
        self._worker = ThreadPoolExecutor(1, "features")
        self._slow_worker = ThreadPoolExecutor(1, "slow")
        self._tasks: set[asyncio.Task[Any]] = set()
        self._dirty: dict[str, Session] = {}
        self._settling: dict[str, asyncio.Task[None]] = {}
        self._tokens = count(1)
        self._code = 0
        self._stopped: asyncio.Event | None = None

    # ---- life ----

    async def serve(self) -> int:
        """Serve until `stop`, leave nothing behind, and return the exit code."""
        self._stopped = asyncio.Event()
        asyncio.get_running_loop().set_exception_handler(self._on_loop_error)
        await self._stopped.wait()
        while self._tasks:  # what is answered still may begin more
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await all_ended()
        for worker in (self._worker, self._slow_worker):
            worker.shutdown(wait=False, cancel_futures=True)
        return self._code

    def stop(self, code: int) -> None:
        """End the server; the first reason counts."""
        if self._stopped is not None and not self._stopped.is_set():
            self._code = code
            self._stopped.set()

    def spawn(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Start something that runs beside the messages and ends with the server."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_task_done)
        return task

    def _on_task_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.note_error("in the background", error)

    def _on_loop_error(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BrokenPipeError | ConnectionError):
            self.stop(1)  # the client is gone, and what was still on its way to it with it
            return
        self.note_error(context["message"], error)

    def start_watching(self, process_id: int | None) -> None:
        """End with the client's process, even if something else keeps our input open.

        A client whose process can't be seen from here, as from a container, is not watched.
        """
        if os.name == "posix" and process_id is not None and _is_alive(process_id):
            self.spawn(self._watch(process_id))

    async def _watch(self, process_id: int) -> None:
        while _is_alive(process_id):
            await asyncio.sleep(CLIENT_CHECK_SECONDS)
        self.stop(1)

    # ---- errors ----

    def report_server_error(self, error: Exception, source: type[Exception]) -> None:
        """Keep an error of ours for `redox.status`; tell it where it answers no request.

        A request that was no good is the client's matter, and answered already.
        """
        if isinstance(error, JsonRpcException) and not isinstance(error, JsonRpcInternalError):
            logger.warning("%s", error)
            return
        if isinstance(error, JsonRpcInternalError) and error.data:
            logger.error("%s", "".join(error.data["traceback"]))
        self.note_error("", error, tell=source is not FeatureRequestError)

    def note_error(self, where: str, error: BaseException | None, *, tell: bool = True) -> None:
        """Write an error to the log, keep it for `redox.status`, and tell the client."""
        said = ": ".join(filter(None, (where, f"{type(error).__name__}: {error}")))
        logger.error(said, exc_info=error)
        self.errors.append(said)
        if tell and self.protocol.is_initialized:
            self.complain(said)

    def complain(self, said: str) -> None:
        """Put a line into the client's log of this server."""
        logger.warning(said)
        if self.protocol.is_initialized:
            self.window_log_message(types.LogMessageParams(types.MessageType.Warning, said))

    def mention(self, said: str) -> None:
        """Put a line into the client's log of this server: no error, but good to know."""
        logger.info(said)
        if self.protocol.is_initialized:
            self.window_log_message(types.LogMessageParams(types.MessageType.Info, said))

    # ---- capabilities ----

    def can(self, capability: str) -> bool:
        """Tell whether the client has a capability, named as in `workspace.configuration`.

        What it left out it can't do.
        """
        return bool(self.capability(capability))

    def capability(self, name: str) -> Any:
        """Return the value of a capability of the client's, or None."""
        return get_capability(self.client_capabilities, name)

    @property
    def pulls_diagnostics(self) -> bool:
        """Whether the client asks for diagnostics, so that none are pushed.

        One that can't be told to ask again would never hear what is found later.
        """
        refresh = "workspace.diagnostics.refresh_support"
        return self.can("text_document.diagnostic") and self.can(refresh)

    def adjust_capabilities(self, capabilities: types.ServerCapabilities) -> None:
        """Take what was agreed on at `initialize`."""
        if not self.pulls_diagnostics:
            capabilities.diagnostic_provider = None
        encoding = capabilities.position_encoding or types.PositionEncodingKind.Utf16
        self.encoding = getattr(encoding, "value", encoding)

    # ---- documents ----

    def open(self, item: types.TextDocumentItem) -> None:
        """Open a session for a document.

        One that is open goes on with the new text: a client that lends us a document may open it
        again once we have asked for its like, and whoever looks at its preview still does.
        """
        known = self.sessions.get(item.uri)
        if known is not None and known.language == language_of(item):
            whole = types.TextDocumentContentChangeWholeDocument(item.text)
            document = types.VersionedTextDocumentIdentifier(item.version, item.uri)
            self.change(types.DidChangeTextDocumentParams(document, [whole]))
            return
        session = Session(item, language_of(item), self.encoding)
        self.sessions[item.uri] = session
        self._touch(session)
        if session.is_iron:
            self.spawn(self._warm_up(session))

    async def _warm_up(self, session: Session) -> None:
        """Read the names of a whole document ahead; later only what changes is read again."""
        await self.finish(session)
        from redox_lsp.outline import outline_of

        await self.work(outline_of, session.reading, slow=True)

    def change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Edit a document."""
        session = self.session(params.text_document.uri)
        before = time.perf_counter()
        edits = session.change(params.content_changes, params.text_document.version)
        self.note_time("edit", before)
        for listener in self.listeners:
            listener.edited(session, edits)
        self._touch(session)

    def close(self, uri: str) -> None:
        """Close a document's session."""
        session = self.sessions.pop(uri, None)
        if session is None:
            self.complain(f"{uri} is closed but was not open")
            return
        self._dirty.pop(uri, None)
        if (settling := self._settling.pop(uri, None)) is not None:
            settling.cancel()
        for listener in self.listeners:
            listener.closed(session)

    def session(self, uri: str) -> Session:
        """Return the session of an open document; raises `KeyError` for any other."""
        return self.sessions[uri]

    def _touch(self, session: Session) -> None:
        """Tell the client what changed, once all messages that have arrived are applied."""
        if not self._dirty:
            asyncio.get_running_loop().call_soon(self._flush)
        self._dirty[session.uri] = session

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, {}
        for session in dirty.values():
            self.send_preview(session)
            if not session.document.is_settled or session.is_behind:
                self._settle_later(session)
            if session.document.is_settled:
                for listener in self.listeners:
                    listener.settled(session)

    def _settle_later(self, session: Session) -> None:
        old = self._settling.pop(session.uri, None)
        if old is not None:
            old.cancel()
        self._settling[session.uri] = self.spawn(self._settle(session))

    async def _settle(self, session: Session) -> None:
        await asyncio.sleep(SETTLE_SECONDS)
        await self.finish(session)
        if session.is_behind:
            await self.translate(session)
        self._settling.pop(session.uri, None)
        self._touch(session)

    async def finish(self, session: Session) -> None:
        """Do all lines of a document that are left to do, a part at a time."""
        while not session.document.is_settled:
            session.settle()
            await asyncio.sleep(0)

    async def translate(self, session: Session) -> None:
        """Make the preview of a document of Rust, if it is not that of the text as it stands."""
        while session.needs_translation:
            version = session.version
            made = await self.work(redox.reduce, session.document.iron, slow=True)
            session.keep(version, made)

    def send_preview(self, session: Session) -> None:
        """Send what changed in a preview to a client that looks at it."""
        taken = session.take_changes()
        if taken is not None:
            base, changes = taken
            self.protocol.notify(
                PREVIEW_CHANGED,
                PreviewChanged(session.uri, base, session.version, changes),
            )

    # ---- work ----

    async def work(
        self, function: Callable[..., Result], *arguments: Any, slow: bool = False
    ) -> Result:
        """Run a function in a thread behind those that were asked for before.

        What takes seconds has a thread of its own, so that quick answers don't wait for it.
        """
        worker = self._slow_worker if slow else self._worker
        return await asyncio.get_running_loop().run_in_executor(worker, function, *arguments)

    def work_ahead(self, function: Callable[..., object], *arguments: Any) -> None:
        """Run a function in the thread for quick answers, behind the answer at hand."""

        def note(done: Future[object]) -> None:
            if not done.cancelled() and (error := done.exception()) is not None:
                loop.call_soon_threadsafe(self.note_error, "reading ahead", error)

        loop = asyncio.get_running_loop()
        self._worker.submit(function, *arguments).add_done_callback(note)

    def asker(self) -> Asker:
        """Return what asks rust-analyzer, imported once something is asked."""
        from redox_lsp.bridge.asking import Asker

        if self._asker is None:
            self._asker = Asker(self, self.keeper)
        return self._asker

    @asynccontextmanager
    async def show_progress(
        self, title: str, token: types.ProgressToken | None = None
    ) -> AsyncIterator[None]:
        """Show the client that something goes on, if it takes longer than half a second.

        With the `token` of a request the client has asked for it; else it must have said that it
        can show it.
        """
        shown = asyncio.Event()
        asked = token is not None
        if token is None:
            token = f"redox/{next(self._tokens)}"

        async def show() -> None:
            await asyncio.sleep(PROGRESS_SECONDS)
            if not asked:
                await self.window_work_done_progress_create_async(
                    types.WorkDoneProgressCreateParams(token)
                )
            begin = types.WorkDoneProgressBegin(title=title, cancellable=False)
            self.protocol.notify(types.PROGRESS, types.ProgressParams(token, begin))
            shown.set()

        can_show = asked or self.can("window.work_done_progress")
        task = self.spawn(show()) if can_show else None
        try:
            yield
        finally:
            if task is not None:
                task.cancel()
            if shown.is_set():
                end = types.WorkDoneProgressEnd()
                self.protocol.notify(types.PROGRESS, types.ProgressParams(token, end))

    def note_time(self, name: str, before: float) -> None:
        """Keep how long something took, in seconds, for `redox.status`."""
        times = self.timings.setdefault(name, deque(maxlen=500))
        times.append(time.perf_counter() - before)

    # ---- settings ----

    async def watch_settings(self) -> None:
        """Ask the client to tell when settings change, if it wants to be asked."""
        if self.can("workspace.did_change_configuration.dynamic_registration"):
            method = types.WORKSPACE_DID_CHANGE_CONFIGURATION
            options = types.DidChangeConfigurationRegistrationOptions(SECTION)
            await self.client_register_capability_async(
                types.RegistrationParams([types.Registration(method, method, options)])
            )

    async def watch_files(self) -> None:
        """Ask the client to tell when sources and manifests change on the disk, if it can."""
        if self.can("workspace.did_change_watched_files.dynamic_registration"):
            method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
            options = types.DidChangeWatchedFilesRegistrationOptions(
                [types.FileSystemWatcher("**/*.{iron,rs,toml}")]
            )
            await self.client_register_capability_async(
                types.RegistrationParams([types.Registration(method, method, options)])
            )

    async def load_settings(self) -> None:
        """Ask the client for its settings, if it can be asked."""
        if not self.can("workspace.configuration"):
            return
        item = types.ConfigurationItem(section=SECTION)
        given = await self.workspace_configuration_async(types.ConfigurationParams([item]))
        self.take_settings(given[0] if given else None)

    def take_settings(self, given: object) -> None:
        """Take settings as a client has them below `redox`."""
        settings, complaints = read_settings(given)
        for complaint in complaints:
            self.complain(complaint)
        if settings != self.settings or not self.has_settings.is_set():
            self.settings = settings
            self.has_settings.set()
            for listener in self.listeners:
                listener.configured()


class Child(Protocol):
    """A program that the server starts, as `redox.status` shows it."""

    def status(self) -> dict[str, Any]:
        """Return its name, version and what it does now."""


class Listener:
    """What wants to know of documents and settings; by itself it does nothing about them."""

    def edited(self, session: Session, edits: list[Any]) -> None:
        """Hear that a document's text changed, and how."""

    def settled(self, session: Session) -> None:
        """Hear that all of a document's lines are done, which is so behind most keys at once."""

    def saved(self, session: Session) -> None:
        """Hear that a document is saved."""

    def closed(self, session: Session) -> None:
        """Hear that a document is closed."""

    def configured(self) -> None:
        """Hear that a setting may have changed, or the workspace's trust."""


def preview_uri(uri: str) -> str:
    """Return the URI of a document's preview, which ends as a file of its language does."""
    from urllib.parse import quote

    name = uri.partition("?")[0].rpartition("/")[2].rpartition(":")[2] or "preview"
    stem, _, ending = name.rpartition(".")
    other = {"iron": "rs", "rs": "iron"}.get(ending, "rs")
    return f"{PREVIEW_SCHEME}:/{stem or name}.{other}?{quote(uri, safe='')}"


def source_uri(uri: str) -> str:
    """Return the URI of the document that a preview's URI stands for."""
    from urllib.parse import unquote

    return unquote(uri.partition("?")[2])


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
