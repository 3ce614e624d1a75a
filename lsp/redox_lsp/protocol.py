"""The protocol's messages, as pygls handles them, where ours must differ.

Texts are held by sessions, not by pygls, whose documents join all lines again at each change. A
message that can't be read is answered. What comes before `initialize` or behind `shutdown` is
refused.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cattrs import Converter
from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInvalidRequest,
    JsonRpcParseError,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import LanguageServerProtocol, default_converter, lsp_method

from redox_lsp import messages

if TYPE_CHECKING:
    from redox_lsp.server import RedoxServer

logger = logging.getLogger(__name__)

PREVIEW_SCHEME = "redox-preview"


@dataclass(frozen=True, slots=True)
class Raw:
    """A result that is JSON already, and is sent as it is."""

    value: Any


def make_converter() -> Converter:
    """Return a converter that knows the protocol's values and Redox's own."""
    # pygls gives this function no types.
    converter: Converter = default_converter()  # type: ignore[no-untyped-call]
    messages.register(converter)
    return converter


class RedoxProtocol(LanguageServerProtocol):
    """What pygls does with messages, and what we do instead."""

    _server: RedoxServer

    @cached_property
    def _own_types(self) -> dict[str, type[Any]]:
        return messages.message_types()

    # pygls wraps its own in a cache, and a method is no cache to a type checker.
    def get_message_type(self, method: str) -> type[Any] | None:  # type: ignore[override]
        """Return the class of a method's messages."""
        return self._own_types.get(method) or super().get_message_type(method)

    @property
    def is_initialized(self) -> bool:
        """Whether the client has said who it is."""
        return self._workspace is not None

    def receive(self, body: bytes) -> None:
        """Take one message; whatever is wrong with it, the next one can be taken."""
        try:
            raw = json.loads(body)
        except ValueError as error:
            self._refuse(None, JsonRpcParseError(str(error)))
            return
        if not isinstance(raw, dict) or raw.get("jsonrpc") != self.VERSION:
            self._refuse(None, JsonRpcInvalidRequest("no message of JSON-RPC 2.0"))
            return
        method, identity = raw.get("method"), raw.get("id")
        refusal = self._refusal(method) if method is not None else None
        if refusal is not None:
            if identity is not None:
                self._refuse(identity, refusal)
            return
        try:
            message = self.structure_message(raw)
        except JsonRpcException as error:
            if identity is None:
                return
            if method is None:
                self._handle_response(identity, error=error.to_response_error())
            else:
                self._refuse(identity, error)
            return
        self.handle_message(message)

    def unstructured(self, value: Any) -> Any:
        """Return a value of the protocol as JSON."""
        return self._converter.unstructure(value)

    def _send_response(self, msg_id: int | str, result: Any = None, error: Any = None) -> None:
        """Answer a request; what is JSON already is not taken apart again."""
        if error is None and isinstance(result, Raw):
            self._result_types.pop(msg_id, None)
            self._send_data({"jsonrpc": self.VERSION, "id": msg_id, "result": result.value})
        else:
            super()._send_response(msg_id, result, error)

    def _handle_response(self, msg_id: int | str, result: Any = None, error: Any = None) -> None:
        """Take an answer of the client's; one that nobody waits for any more is dropped."""
        future = self._request_futures.get(msg_id)
        if future is not None and future.cancelled():
            del self._request_futures[msg_id]
            return
        super()._handle_response(msg_id, result, error)

    def _refusal(self, method: str) -> JsonRpcException | None:
        """Say why no message of this method may come now."""
        if method == types.EXIT:
            return None
        if self._shutdown:
            return JsonRpcInvalidRequest("the server shuts down")
        if method == types.INITIALIZE:
            return JsonRpcInvalidRequest("initialized already") if self.is_initialized else None
        return None if self.is_initialized else JsonRpcServerNotInitialized("not initialized yet")

    def _refuse(self, identity: int | str | None, error: JsonRpcException) -> None:
        logger.warning("a message is refused: %s", error)
        shown = {"code": error.code, "message": error.message}
        self._send_data({"jsonrpc": self.VERSION, "id": identity, "error": shown})

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(
        self, params: types.InitializeParams
    ) -> Generator[Any, Any, types.InitializeResult]:
        """Say what the server can do, with what pygls knows no way to say."""
        result = yield from super().lsp_initialize(params)
        workspace = result.capabilities.workspace
        if workspace is not None:
            workspace.text_document_content = types.TextDocumentContentOptions(
                schemes=[PREVIEW_SCHEME]
            )
        self._server.adjust_capabilities(result.capabilities)
        return result

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    # The command of pygls's generator goes on when its request is cancelled.
    async def lsp_workspace__execute_command(  # type: ignore[override]  # pygls's is a generator
        self, params: types.ExecuteCommandParams
    ) -> Any:
        """Execute a command as part of the request, which ends it when it is cancelled."""
        command, words, named = next(super().lsp_workspace__execute_command(params))
        return await command(*words, **named)

    @lsp_method(types.EXIT)
    # pygls writes this one as a generator, which we do not need.
    def lsp_exit(self, *_: object) -> None:  # type: ignore[override]
        """End the process; 1 if the client did not ask for a shutdown first."""
        self._server.stop(0 if self._shutdown else 1)

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """Open a session."""
        self._server.open(params.text_document)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Edit a session's text at once: what follows must see it."""
        self._server.change(params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        """Close a session."""
        self._server.close(params.text_document.uri)
