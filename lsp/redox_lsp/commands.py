"""The server's commands: whole files into the other language, phrases explained, its own status."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.uris import to_fs_path

from redox_lsp.server import RedoxServer
from redox_lsp.sessions import IRON, RUST

MOST_OUTPUT = 200_000
"""How much of what a program prints is told, in bytes of each stream: the end of it."""


def register_commands(server: RedoxServer) -> None:
    """Make the commands known; each is named and described in `docs/protocol.md`."""

    @server.command("redox.oxidizeFile")
    async def oxidize_file(uri: str) -> dict[str, Any]:
        return await _translate_file(server, uri, IRON)

    @server.command("redox.reduceFile")
    async def reduce_file(uri: str) -> dict[str, Any]:
        return await _translate_file(server, uri, RUST)

    @server.command("redox.explain")
    async def explain(query: str) -> list[dict[str, str]]:
        import redox
        from redox.lookup import find_phrases, phrase_row

        wanted = " ".join(query.split())
        return [phrase_row(one) for one in find_phrases(wanted, redox.load_phrasebook().phrases)]

    @server.command("redox.run")
    async def run(what: dict[str, Any]) -> dict[str, Any]:
        return await _run(server, what)

    @server.command("redox.expandMacro")
    async def expand_macro(uri: str, position: dict[str, int]) -> dict[str, Any] | None:
        if not server.keeper.is_ready:
            return None
        found: dict[str, Any] | None = await server.asker().expand(uri, position)
        return found

    @server.command("redox.status")
    async def status() -> dict[str, Any]:
        from redox_lsp.status import status as status_of

        return status_of(server)


async def _translate_file(server: RedoxServer, uri: str, language: str) -> dict[str, Any]:
    """Write the other text of a file beside it, open or not, and show it; never over a file."""
    import redox

    translate = redox.oxidize if language == IRON else redox.reduce
    text = _text_of(server, uri)
    async with server.show_progress(f"{'oxidizing' if language == IRON else 'reducing'} {uri}"):
        done = await server.work(translate, text, slow=True)
    target = other_uri(uri, language)
    if target is not None:
        await _create(server, target, done.text)
        await _show(server, target)
    other = RUST if language == IRON else IRON
    return {"uri": target, "languageId": other, "text": done.text}


def _text_of(server: RedoxServer, uri: str) -> str:
    from redox.files import BadInputError, read_text

    if (session := server.sessions.get(uri)) is not None:
        return session.document.iron
    path = to_fs_path(uri)
    if path is None or not uri.startswith("file:"):
        raise JsonRpcInvalidParams(f"{uri} is not open, and no file")
    try:
        return read_text(path)
    except BadInputError as error:
        raise JsonRpcInvalidParams(str(error)) from error


def other_uri(uri: str, language: str) -> str | None:
    """Return the URI of the other text beside a file's; nothing for what is no file."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return None
    ending = ".rs" if language == IRON else ".iron"
    path = PurePosixPath(parts.path)
    return urlunsplit(parts._replace(path=str(path.with_suffix(ending))))


async def _create(server: RedoxServer, uri: str, text: str) -> None:
    """Make a new file: by the client if it can, so that it can be undone, else by ourselves."""
    path = to_fs_path(uri)
    if path is None or Path(path).exists():
        raise JsonRpcInvalidParams(f"{uri} exists already")
    operations = server.can("workspace.workspace_edit.resource_operations")
    if not (operations and server.can("workspace.apply_edit")):
        from redox.files import write_text

        write_text(path, text)
        return
    start = types.Position(0, 0)
    edit = types.TextDocumentEdit(
        types.OptionalVersionedTextDocumentIdentifier(uri, None),
        [types.TextEdit(types.Range(start, start), text)],
    )
    answer = await server.workspace_apply_edit_async(
        types.ApplyWorkspaceEditParams(
            types.WorkspaceEdit(document_changes=[types.CreateFile(uri), edit])
        )
    )
    if not answer.applied:
        raise JsonRpcInvalidParams(f"{uri}: {answer.failure_reason or 'the edit was refused'}")


async def _show(server: RedoxServer, uri: str) -> None:
    if server.can("window.show_document.support"):
        await server.window_show_document_async(types.ShowDocumentParams(uri, take_focus=True))


async def _run(server: RedoxServer, what: dict[str, Any]) -> dict[str, Any]:
    """Run a program or test as a lens offers it, and put what it prints into the log."""
    from redox_lsp.features.lens import Runnable
    from redox_lsp.programs import run
    from redox_lsp.running import command_of

    if not server.trusted:
        raise JsonRpcInvalidParams("nothing is run before the workspace is trusted")
    found = command_of(
        Runnable(what["runs"]), str(what["name"]), str(what["uri"]), through_redox=True
    )
    if found is None:
        raise JsonRpcInvalidParams(f"nothing can run {what['name']} of {what['uri']}")
    words, folder = found
    async with server.show_progress(" ".join(words[:3])):
        code, output, errors = await run(words, folder=folder, environment={}, most=MOST_OUTPUT)
    said = f"{output}{errors}\n[exit code {code}]"
    server.window_log_message(types.LogMessageParams(types.MessageType.Info, said))
    return {"code": code, "output": output, "errors": errors}
