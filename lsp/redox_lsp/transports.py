"""How messages come in and go out: standard streams, a socket, or a WebSocket, on loopback only.

Whatever has arrived is handed over before any handler runs, so that a request and the message that
cancels it meet before the request costs anything.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import parse_qs, urlsplit

from pygls.io_ import StdoutWriter, WebSocketWriter

from redox_lsp.frames import CHUNK, Frames, FramingError

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request, Response

    from redox_lsp.server import RedoxServer

LOOPBACK = ("127.0.0.1", "::1", "localhost")
THERE_IS_ONE = "there is a client already"

# ---- standard streams ----


def serve_stdio(server: RedoxServer) -> int:
    """Serve one client on the standard streams until it leaves; return the exit code."""
    # Whatever prints must not print into the protocol.
    output, sys.stdout = sys.stdout, sys.stderr
    server.protocol.set_writer(StdoutWriter(output.buffer))

    async def serve() -> int:
        loop = asyncio.get_running_loop()
        take = _taker(server)

        def read(source: BinaryIO) -> None:
            while data := os.read(source.fileno(), CHUNK):
                loop.call_soon_threadsafe(take, data)
            loop.call_soon_threadsafe(server.stop, GONE)

        # A daemon, for a read can't be interrupted.
        threading.Thread(target=read, args=(sys.stdin.buffer,), daemon=True).start()
        return await server.serve()

    return asyncio.run(serve())


GONE = 1
"""The exit code if the client went without saying so."""


def _taker(server: RedoxServer) -> Callable[[bytes], None]:
    """Return what takes bytes from a client and hands its messages to the server."""
    frames = Frames()

    def take(data: bytes) -> None:
        try:
            for body in frames.feed(data):
                server.protocol.receive(body)
        except FramingError as error:
            server.complain(f"the connection is given up: {error}")
            server.stop(GONE)

    return take


# ---- a socket ----


def serve_tcp(server: RedoxServer, host: str, port: int) -> int:
    """Serve the first client that connects, until it leaves; return the exit code."""

    async def serve() -> int:
        connected = asyncio.Event()

        async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if connected.is_set():
                writer.close()
                return
            connected.set()
            server.protocol.set_writer(writer)
            take = _taker(server)
            while data := await reader.read(CHUNK):
                take(data)
            server.stop(GONE)

        listener = await asyncio.start_server(connect, host, port)
        _announce(f"tcp://{_address(listener.sockets[0].getsockname())}")
        try:
            return await server.serve()
        finally:
            listener.close()

    return asyncio.run(serve())


# ---- a WebSocket ----


def serve_ws(server: RedoxServer, host: str, port: int, origins: Sequence[str]) -> int:
    """Serve the first client that connects with the token that is printed; return the exit code.

    A web page can open a WebSocket to any port of its user's machine, and says then where it comes
    from: only `origins` are let in, besides clients that are no web pages.
    """
    from websockets.asyncio.server import serve as listen
    from websockets.exceptions import ConnectionClosed
    from websockets.frames import CloseCode

    token = secrets.token_urlsafe(24)

    async def serve() -> int:
        connected = asyncio.Event()

        def check(connection: ServerConnection, request: Request) -> Response | None:
            refusal = _refusal(request, token, origins)
            if refusal is None and connected.is_set():
                refusal = 503, THERE_IS_ONE
            if refusal is None:
                return None
            return connection.respond(refusal[0], refusal[1] + "\n")

        async def connect(socket: ServerConnection) -> None:
            if connected.is_set():  # two may have shaken hands at once
                await socket.close(CloseCode.TRY_AGAIN_LATER, THERE_IS_ONE)
                return
            connected.set()
            server.protocol.set_writer(WebSocketWriter(socket), include_headers=False)
            try:
                while True:
                    server.protocol.receive(await socket.recv(decode=False))
            except ConnectionClosed:
                server.stop(GONE)

        async with listen(connect, host, port, process_request=check, max_size=None) as listener:
            address = _address(next(iter(listener.sockets)).getsockname())
            _announce(f"ws://{address}/?token={token}")
            return await server.serve()

    return asyncio.run(serve())


def _refusal(request: Request, token: str, origins: Sequence[str]) -> tuple[int, str] | None:
    """Say why a WebSocket is refused, as an HTTP status and a reason, or return None."""
    given = request.headers.get_all("Origin")
    if any(origin not in origins for origin in given):
        return 403, "this origin is not allowed; see --allow-origin"
    query = parse_qs(urlsplit(request.path).query)
    said = query.get("token", [""])[0]
    if not secrets.compare_digest(said.encode(), token.encode()):
        return 401, "the token is missing or wrong"
    return None


def _address(name: tuple[str, int]) -> str:
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _announce(place: str) -> None:
    print(f"redox-lsp listens on {place}", flush=True)
