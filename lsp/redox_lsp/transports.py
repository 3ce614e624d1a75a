"""How messages come in and go out: standard streams, a socket, or a WebSocket, on loopback only.

Whatever has arrived is handed over before any handler runs, so that a request and the message that
cancels it meet before the request costs anything.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import parse_qs, urlsplit

from pygls.io_ import StdoutWriter, WebSocketWriter

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request, Response

    from redox_lsp.server import RedoxServer

CHUNK = 1 << 16
LOOPBACK = ("127.0.0.1", "::1", "localhost")

_HEADER = re.compile(rb"content-(length|type):\s*(.*)", re.IGNORECASE)


class FramingError(Exception):
    """What came in is no message of the protocol; what follows it can't be told apart either."""


class Frames:
    """Takes bytes as they come and gives whole messages.

    A header that the protocol does not know ends it all: an HTTP request that a web page sends to
    our port looks like a message otherwise.
    """

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._length: int | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take some bytes, yield each message that is complete now; raises `FramingError`."""
        self._bytes += data
        while True:
            if self._length is None:
                head, found, rest = self._bytes.partition(b"\r\n\r\n")
                self._refuse_long(head)
                if not found:
                    return
                self._length = _length(bytes(head))
                self._bytes = rest
            if len(self._bytes) < self._length:
                return
            body = bytes(self._bytes[: self._length])
            del self._bytes[: self._length]
            self._length = None
            yield body

    def _refuse_long(self, head: bytearray) -> None:
        if len(head) > _LONGEST_HEAD:
            raise FramingError("a head that does not end")


_LONGEST_HEAD = 4096


def _length(head: bytes) -> int:
    """Return the length that a head tells."""
    length = None
    for line in head.split(b"\r\n"):
        found = _HEADER.fullmatch(line)
        if found is None:
            raise FramingError(f"no header of the protocol: {line[:80]!r}")
        if found[1].lower() == b"length":
            if not found[2].isdigit():
                raise FramingError(f"no length: {line[:80]!r}")
            length = int(found[2])
    if length is None:
        raise FramingError("a message without its length")
    return length


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

    token = secrets.token_urlsafe(24)

    async def serve() -> int:
        connected = asyncio.Event()

        def check(connection: ServerConnection, request: Request) -> Response | None:
            refusal = _refusal(request, token, origins)
            if refusal is None and connected.is_set():
                refusal = 503, "there is a client already"
            if refusal is None:
                connected.set()
                return None
            return connection.respond(refusal[0], refusal[1] + "\n")

        async def connect(socket: ServerConnection) -> None:
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
