"""Which message is answered by what. Handlers convert, ask and convert; they decide nothing."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from redox_lsp import messages
from redox_lsp.bridge.keeper import Keeper, changed_files
from redox_lsp.bridge.native import NativeChecker
from redox_lsp.commands import register_commands
from redox_lsp.crates import CrateChecker
from redox_lsp.diagnosing import Diagnoser
from redox_lsp.legend import MODIFIERS, TYPES
from redox_lsp.places import path_of
from redox_lsp.protocol import Raw
from redox_lsp.refreshing import Refresher
from redox_lsp.rustc import RustcChecker
from redox_lsp.server import RedoxServer, preview_uri, source_uri
from redox_lsp.sessions import IRON, RUST, Session
from redox_lsp.suggesting.host import Host
from redox_lsp.suggesting.implementer import IMPLEMENT, Implementer, RefusedError, Shows
from redox_lsp.suggesting.suggester import Suggester

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from redox_lsp.colours import Names

LEGEND = types.SemanticTokensLegend(token_types=list(TYPES), token_modifiers=list(MODIFIERS))
FEATURES: dict[str, tuple[str, Any]] = {
    types.TEXT_DOCUMENT_HOVER: ("hover", None),
    types.TEXT_DOCUMENT_COMPLETION: ("completion", types.CompletionOptions(resolve_provider=True)),
    types.TEXT_DOCUMENT_SIGNATURE_HELP: (
        "signature_help",
        types.SignatureHelpOptions(trigger_characters=[" ", "("], retrigger_characters=[","]),
    ),
    types.TEXT_DOCUMENT_DEFINITION: ("definition", None),
    types.TEXT_DOCUMENT_REFERENCES: ("references", None),
    types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: ("highlights", None),
    types.TEXT_DOCUMENT_PREPARE_RENAME: ("prepare_rename", None),
    types.TEXT_DOCUMENT_RENAME: ("rename", None),
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: ("document_symbols", None),
    types.TEXT_DOCUMENT_FOLDING_RANGE: ("folding_ranges", None),
    types.TEXT_DOCUMENT_SELECTION_RANGE: ("selection_ranges", None),
    types.TEXT_DOCUMENT_DOCUMENT_LINK: ("document_links", None),
    types.TEXT_DOCUMENT_CODE_LENS: ("code_lenses", None),
    types.TEXT_DOCUMENT_FORMATTING: ("formatting_edits", None),
    types.TEXT_DOCUMENT_RANGE_FORMATTING: ("range_formatting_edits", None),
    types.TEXT_DOCUMENT_ON_TYPE_FORMATTING: (
        "on_type_formatting_edits",
        types.DocumentOnTypeFormattingOptions(
            first_trigger_character="\n", more_trigger_character=list("efhnprst}")
        ),
    ),
    types.TEXT_DOCUMENT_LINKED_EDITING_RANGE: ("linked_ranges", None),
    types.TEXT_DOCUMENT_INLAY_HINT: (
        "inlay_hints",
        types.InlayHintOptions(resolve_provider=True),
    ),
    types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL: ("semantic_tokens", LEGEND),
    types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA: ("semantic_tokens_delta", LEGEND),
    types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE: ("semantic_tokens_range", LEGEND),
}
"""What is answered from a snapshot of one document: by which function of `answers`, and what the
client is told of it at `initialize`."""
BRIDGED = (
    types.TEXT_DOCUMENT_DECLARATION,
    types.TEXT_DOCUMENT_TYPE_DEFINITION,
    types.TEXT_DOCUMENT_IMPLEMENTATION,
    types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY,
)
"""What of a document only rust-analyzer knows."""
REFUSING = (types.TEXT_DOCUMENT_RENAME, types.TEXT_DOCUMENT_PREPARE_RENAME)
"""What a user is told the reason of, if it can't be done."""
KINDS = [
    types.CodeActionKind.QuickFix,
    types.CodeActionKind.Refactor,
    types.CodeActionKind.Source,
]
RUST_OPTIONS: dict[str, Any] = {
    types.TEXT_DOCUMENT_COMPLETION: {
        "resolveProvider": True,
        "triggerCharacters": [":", ".", "'", "("],
    },
    types.TEXT_DOCUMENT_SIGNATURE_HELP: {"triggerCharacters": ["(", ",", "<"]},
    types.TEXT_DOCUMENT_RENAME: {"prepareProvider": True},
    types.TEXT_DOCUMENT_CODE_ACTION: {
        "codeActionKinds": [one.value for one in KINDS],
        "resolveProvider": True,
    },
    types.TEXT_DOCUMENT_DIAGNOSTIC: {"interFileDependencies": False, "workspaceDiagnostics": False},
    "textDocument/semanticTokens": {
        "legend": {"tokenTypes": list(TYPES), "tokenModifiers": list(MODIFIERS)},
        "full": {"delta": True},
        "range": True,
    },
}
"""What a client is told of methods for files of Rust, where that is not what it is for Iron."""
COLOURS = (
    types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL,
    types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA,
    types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE,
)
FOR_RUST = {*COLOURS, types.TEXT_DOCUMENT_CODE_LENS}
"""What is answered of a file of Rust that is served beside Iron, too."""
SLOW = {types.TEXT_DOCUMENT_FORMATTING, types.TEXT_DOCUMENT_RANGE_FORMATTING}
"""What may start a program, or proves a whole text: quick answers don't wait for it."""


def make_server() -> RedoxServer:
    """Return a server that answers all that it can."""
    server = RedoxServer()
    diagnoser = Diagnoser(server)
    checkers = (RustcChecker(server, diagnoser), CrateChecker(server, diagnoser))
    keeper = server.keeper = Keeper(server)
    native = NativeChecker(server, keeper, diagnoser)
    host = Host(server)
    suggester = server.suggester = Suggester(server, host)
    server.implementer = Implementer(server, host)
    refresher = Refresher(server)
    server.listeners += (diagnoser, *checkers, refresher, keeper, native, host, suggester)
    server.children += (*checkers, keeper, host)
    keeper.heard.append(refresher.refresh)
    keeper.found.append(lambda root: _serve_rust(server, root))
    _register_life(server)
    _register_previews(server)
    _register_conversions(server)
    _register_diagnostics(server, diagnoser)
    _register_actions(server, diagnoser)
    _register_suggestions(server)
    register_commands(server)
    for method, (name, options) in FEATURES.items():
        _register_feature(server, method, name, options)
    for method in BRIDGED:
        _register_feature(server, method, "", None)
    _register_resolve(server)
    _register_calls(server)
    _register_workspace(server)
    return server


def known_session(server: RedoxServer, uri: str) -> Session:
    """Return the session of an open document; raises an error that the client is told."""
    session = server.sessions.get(uri)
    if session is None:
        raise JsonRpcInvalidParams(f"{uri} is not open")
    return session


async def arrived() -> None:
    """Wait until all that has arrived is read, so that a request may be cancelled before it runs.

    One turn of the loop is enough: whatever has arrived is handed over in one turn.
    """
    await asyncio.sleep(0)


def _register_life(server: RedoxServer) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        options = params.initialization_options
        server.options = options if isinstance(options, dict) else {}
        server.trusted = server.options.get("trusted", True) is not False
        server.start_watching(params.process_id)

    @server.feature(types.INITIALIZED)
    async def initialized(_: types.InitializedParams) -> None:
        await server.work(_warm_up)
        try:
            await server.load_settings()
        except JsonRpcException as error:
            server.note_error("the settings are not told", error)
        if not server.has_settings.is_set():
            server.take_settings(None)
        server.spawn(server.watch_settings())
        server.spawn(server.watch_files())

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE, types.SaveOptions(include_text=False))
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        session = server.sessions.get(params.text_document.uri)
        if session is not None:
            for listener in server.listeners:
                listener.saved(session)

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configured(params: types.DidChangeConfigurationParams) -> None:
        if server.can("workspace.configuration"):
            await server.load_settings()
        elif isinstance(params.settings, dict):
            server.take_settings(params.settings.get("redox"))

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def changed(params: types.DidChangeWatchedFilesParams) -> None:
        if changed_files(params.changes):
            server.keeper.files_changed()

    @server.feature(messages.TRUST)
    def trust(params: messages.TrustParams) -> None:
        server.trusted = params.trusted
        for listener in server.listeners:
            listener.configured()


def _warm_up() -> None:
    """Load what the first document needs, once `initialize` is answered."""
    import redox

    redox.Document("let x be a plus b\n").map.rust_from_iron(0)


def _serve_rust(server: RedoxServer, root: Path) -> None:
    """Ask the client to give us the files of Rust of a workspace that holds Iron, too."""
    from redox_lsp.bridge.serving import SYNC, capability_of, registrations, selector_of

    selector = selector_of(root)
    if selector is None or not all(server.can(capability_of(method)) for method in SYNC):
        return
    told = {method: server.protocol.unstructured(given) for method, (_, given) in FEATURES.items()}
    wanted = registrations(selector, told | RUST_OPTIONS)
    wanted = [
        one
        for one in wanted
        if server.can(capability_of(one.method))
        and (one.method != types.TEXT_DOCUMENT_DIAGNOSTIC or server.pulls_diagnostics)
    ]

    async def register() -> None:
        await server.client_register_capability_async(types.RegistrationParams(wanted))
        server.protocol.notify(messages.SERVES_RUST, messages.ServesRust(root.as_uri()))

    server.spawn(register())


def _register_feature(server: RedoxServer, method: str, name: str, options: Any) -> None:
    @server.feature(method, options)
    async def answer(params: Any) -> Any:
        return await _respond(server, method, name, params.text_document.uri, params)


def _register_resolve(server: RedoxServer) -> None:
    @server.feature(types.COMPLETION_ITEM_RESOLVE)
    async def resolve(item: types.CompletionItem) -> Any:
        data = item.data if isinstance(item.data, dict) else {}
        if "theirs" in data:
            return await _resolve(server, "resolve_completion", item)
        method, name = types.COMPLETION_ITEM_RESOLVE, "resolve_completion"
        found = await _answer(server, method, name, data.get("uri", ""), item)
        return found or item

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolve_action(action: types.CodeAction) -> Any:
        data = action.data if isinstance(action.data, dict) else {}
        if IMPLEMENT in data:
            action.edit = await _implement(server, data[IMPLEMENT])
            return action
        return await _resolve(server, "resolve_action", action) if action.data else action

    @server.feature(types.INLAY_HINT_RESOLVE)
    async def resolve_hint(hint: types.InlayHint) -> Any:
        return await _resolve(server, "resolve_hint", hint) if hint.data else hint


def _register_calls(server: RedoxServer) -> None:
    def register(method: str) -> None:
        @server.feature(method)
        async def calls(params: Any) -> Any:
            return await _theirs(server, method, params.item.uri, params)

    register(types.CALL_HIERARCHY_INCOMING_CALLS)
    register(types.CALL_HIERARCHY_OUTGOING_CALLS)


async def _respond(server: RedoxServer, method: str, name: str, uri: str, params: Any) -> Any:
    """Answer of a document: by a function of `answers`, by rust-analyzer, or by both."""
    await arrived()
    session = server.sessions.get(uri)
    if session is None or not server.keeper.serves(session):
        return await _answer(server, method, name, uri, params)
    from redox_lsp.bridge.methods import METHODS

    row = METHODS.get(method)
    if row is None or (row.for_rust_alone and session.is_iron):
        return await _answer(server, method, name, uri, params)
    if row.merge is None:
        theirs = await _theirs(server, method, uri, params)
        return theirs if theirs.value else await _answer(server, method, name, uri, params)
    own, theirs = await asyncio.gather(
        _answer(server, method, name, uri, params), _theirs(server, method, uri, params)
    )
    return Raw(row.merge(server.protocol.unstructured(own), theirs.value))


async def _theirs(server: RedoxServer, method: str, uri: str, params: Any) -> Raw:
    """Ask rust-analyzer about a document; its answer is JSON, and null where there is none."""
    if not server.keeper.is_ready:
        return Raw(None)
    before = time.perf_counter()
    asking = server.asker().ask(method, uri, server.protocol.unstructured(params))
    try:
        return Raw(await _refusing(asking))
    except JsonRpcException as error:
        if method in REFUSING or error.code == types.LSPErrorCodes.ContentModified.value:
            raise
        logger.warning("%s: %s", method, error)  # without it there is less, and no error
        return Raw(None)
    finally:
        server.note_time(f"rust-analyzer {method}", before)


async def _resolve(server: RedoxServer, name: str, item: Any) -> Raw:
    """Have the asker give something that was offered what it still lacks."""
    await arrived()
    if not server.keeper.is_ready:
        return Raw(server.protocol.unstructured(item))
    resolve = getattr(server.asker(), name)
    return Raw(await _refusing(resolve(server.protocol.unstructured(item))))


async def _refusing(asking: Coroutine[Any, Any, Any]) -> Any:
    """Return what is awaited; what is refused is an error that the client is told."""
    from redox_lsp.bridge.asking import StaleError
    from redox_lsp.bridge.child import AnsweredError
    from redox_lsp.bridge.editing import RefusedError

    try:
        return await asking
    except StaleError as stale:
        code = types.LSPErrorCodes.ContentModified.value
        raise JsonRpcException("The text has changed since.", code) from stale
    except (RefusedError, AnsweredError) as refused:
        code = types.LSPErrorCodes.RequestFailed.value
        raise JsonRpcException(str(refused), code) from refused


async def _answer(server: RedoxServer, method: str, name: str, uri: str, params: Any) -> Any:
    """Ask a function of `answers` about a document of Iron; little is said of any other."""
    await arrived()
    before = time.perf_counter()
    session = server.sessions.get(uri)
    if session is None or not name:
        return None
    if not session.is_iron and not (method in FOR_RUST and server.keeper.serves(session)):
        return None
    await server.finish(session)
    from redox_lsp import answers

    view = answers.View(
        uri=uri,
        reading=session.reading,
        index=session.index,
        settings=server.settings,
        memory=session.memory,
        capability=server.capability,
        trusted=server.trusted,
        names=await _names(server, session) if method in COLOURS else {},
        is_partial=method in REFUSING and server.keeper.is_due(session),
    )
    token = getattr(params, "work_done_token", None)
    try:
        async with server.show_progress(name.replace("_", " "), token):
            work = server.work(getattr(answers, name), view, params, slow=method in SLOW)
            if method != types.TEXT_DOCUMENT_COMPLETION:
                return await work
            found, more = await asyncio.gather(work, server.suggester.complete(session, params))
            found.items += more
            return found
    except answers.RefusedError as refused:
        code = types.LSPErrorCodes.RequestFailed.value
        raise JsonRpcException(str(refused), code) from refused
    finally:
        server.note_time(method, before)
        server.work_ahead(answers.read_ahead, view.reading)


def _register_suggestions(server: RedoxServer) -> None:
    method = types.TEXT_DOCUMENT_INLINE_COMPLETION

    @server.feature(method, types.InlineCompletionOptions())
    async def suggest(params: types.InlineCompletionParams) -> list[types.InlineCompletionItem]:
        await arrived()
        session = server.sessions.get(params.text_document.uri)
        if session is None:
            return []
        before = time.perf_counter()
        found = await server.suggester.suggest(session, params)
        server.note_time(method, before)
        return found

    @server.feature(messages.IMPLEMENT)
    async def implement(params: messages.ImplementParams) -> messages.Proposed:
        show = partial(server.protocol.notify, messages.PROPOSED)
        return await _written(server, params.text_document.uri, params.position.line, show)


async def _written(
    server: RedoxServer, uri: str, line: int, show: Shows = lambda _: None
) -> messages.Proposed:
    """Have a function's body written; what can't be shown is an error that the client is told."""
    try:
        return await server.implementer.write(known_session(server, uri), line, show)
    except RefusedError as refused:
        code = types.LSPErrorCodes.RequestFailed.value
        raise JsonRpcException(str(refused), code) from refused


async def _implement(server: RedoxServer, asked: dict[str, Any]) -> types.WorkspaceEdit:
    """Have a function's body written for a client that shows it once it is there."""
    async with server.show_progress("A model writes"):
        proposal = await _written(server, str(asked["uri"]), int(asked["line"]))
    return server.implementer.edit_of(proposal)


async def _names(server: RedoxServer, session: Session) -> Names:
    """Return what rust-analyzer knows of the names in a document."""
    if not server.keeper.serves(session):
        return {}
    found: Names = await _refusing(server.asker().names(session))
    return found


def _register_previews(server: RedoxServer) -> None:
    async def ready(uri: str) -> Session:
        await arrived()
        session = known_session(server, uri)
        await server.finish(session)
        await server.translate(session)
        return session

    def preview_of(session: Session, text: str) -> messages.Preview:
        return messages.Preview(
            session.uri,
            preview_uri(session.uri),
            session.version,
            session.preview_language,
            text,
        )

    @server.feature(messages.OPEN_PREVIEW)
    async def open_preview(params: messages.PreviewParams) -> messages.Preview:
        session = await ready(params.text_document.uri)
        return preview_of(session, session.open_preview())

    @server.feature(messages.CLOSE_PREVIEW)
    def close_preview(params: messages.PreviewParams) -> None:
        known_session(server, params.text_document.uri).close_preview()

    @server.feature(messages.PREVIEW)
    async def preview(params: messages.PreviewParams) -> messages.Preview:
        session = await ready(params.text_document.uri)
        return preview_of(session, "".join(session.preview_lines))

    @server.feature(messages.TO_PREVIEW)
    async def to_preview(params: messages.PlacesParams) -> messages.Places:
        pair = (await ready(params.text_document.uri)).pair
        found = [pair.to_preview(place, nearest=params.nearest) for place in params.ranges]
        return messages.Places(pair.version, found)

    @server.feature(messages.FROM_PREVIEW)
    async def from_preview(params: messages.PlacesParams) -> messages.Places:
        pair = (await ready(params.text_document.uri)).pair
        found = [pair.from_preview(place, nearest=params.nearest) for place in params.ranges]
        return messages.Places(pair.version, found)

    @server.feature(types.WORKSPACE_TEXT_DOCUMENT_CONTENT)
    async def content(params: types.TextDocumentContentParams) -> types.TextDocumentContentResult:
        session = await ready(source_uri(params.uri))
        session.shown_as = params.uri
        return types.TextDocumentContentResult("".join(session.preview_lines))


def _register_conversions(server: RedoxServer) -> None:
    @server.feature(messages.CONVERT)
    async def convert(params: messages.ConvertParams) -> messages.Converted:
        await arrived()
        if params.language_id not in (IRON, RUST):
            raise JsonRpcInvalidParams(f"{params.language_id} is neither {IRON} nor {RUST}")
        import redox

        is_iron = params.language_id == IRON
        translate = redox.oxidize if is_iron else redox.reduce
        done = await server.work(translate, params.text, slow=True)
        return messages.Converted(RUST if is_iron else IRON, done.text)

    @server.feature(messages.SPLICE)
    async def splice(params: messages.SpliceParams) -> messages.Converted:
        await arrived()
        from redox_lsp.splicing import splice as spliced

        return messages.Converted(
            RUST, await server.work(spliced, params.rust, params.iron, slow=True)
        )


def _register_diagnostics(server: RedoxServer, diagnoser: Diagnoser) -> None:
    @server.feature(
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        types.DiagnosticOptions(inter_file_dependencies=False, workspace_diagnostics=False),
    )
    async def diagnostic(
        params: types.DocumentDiagnosticParams,
    ) -> types.RelatedFullDocumentDiagnosticReport:
        await arrived()
        session = known_session(server, params.text_document.uri)
        await server.finish(session)
        return types.RelatedFullDocumentDiagnosticReport(diagnoser.diagnostics(session))


def _register_actions(server: RedoxServer, diagnoser: Diagnoser) -> None:
    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=KINDS, resolve_provider=True),
    )
    async def code_action(params: types.CodeActionParams) -> Any:
        uri = params.text_document.uri
        method = types.TEXT_DOCUMENT_CODE_ACTION
        session = server.sessions.get(uri)
        fixes = diagnoser.fixes(session, params) if session else []
        if session is not None:
            fixes += await server.implementer.actions(session, params)
        params.context.diagnostics = []  # it finds its own, and ours are of other places
        found = await _respond(server, method, "code_actions", uri, params)
        if isinstance(found, Raw):
            return Raw([*server.protocol.unstructured(fixes), *found.value])
        return fixes + (found or [])


def _register_workspace(server: RedoxServer) -> None:
    @server.feature(types.WORKSPACE_SYMBOL)
    async def symbols(params: types.WorkspaceSymbolParams) -> Any:
        await arrived()
        from redox_lsp.folders import Library

        if server.library is None:
            server.library = Library(server.encoding)
        sessions = [session for session in server.sessions.values() if session.is_iron]
        for session in sessions:
            await server.finish(session)
        opened = [(session.uri, session.reading, session.index) for session in sessions]
        paths = (path_of(folder.uri) for folder in server.workspace.folders.values())
        folders = [path for path in paths if path is not None and path.is_dir()]
        limit = server.settings.number("workspaceSymbols.limit")
        async with server.show_progress("looking for symbols", params.work_done_token):
            own = await server.work(
                server.library.find, params.query, folders, opened, limit, slow=True
            )
            if not server.keeper.is_ready:
                return own
            from redox_lsp.bridge.merging import symbols as merged

            theirs = await _refusing(server.asker().search(params.query))
            return Raw(merged(server.protocol.unstructured(own), theirs)[:limit])
