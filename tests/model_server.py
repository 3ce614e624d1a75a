"""A server of a model on loopback that streams what it is told to, piece by piece."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Pieces = Sequence[tuple[str, float | None]]
"""What comes of an answer, each with the logarithm of how likely it was, if the server tells."""
Script = Callable[[dict[str, Any]], Pieces | tuple[int, str]]
"""Answers a question: with pieces, or a status and what the server says to it."""


@dataclass
class Heard:
    """What a server was asked, and what became of it."""

    address: str
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)
    """Set once somebody has hung up amid an answer."""


@contextmanager
def model_server(script: Script, *, pause: float = 0.0) -> Iterator[Heard]:
    """Serve until the `with` is left; `pause` is what passes before each piece, in seconds."""
    heard = Heard("")
    is_over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.bodies.append(body)
            heard.headers.append({name.lower(): value for name, value in self.headers.items()})
            answer = script(body)
            if isinstance(answer, tuple):
                self.send_response(answer[0])
                self.end_headers()
                self.wfile.write(answer[1].encode())
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            try:
                for text, likely in answer:
                    is_over.wait(pause)
                    self._say(_part(text, likely))
                    heard.sent.append(text)
                self._say("[DONE]")
            except OSError:
                heard.left.set()

        def _say(self, data: str) -> None:
            self.wfile.write(f"data: {data}\n\n".encode())
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        heard.address = f"http://127.0.0.1:{server.server_port}/v1"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield heard
        finally:
            is_over.set()
            server.shutdown()
            thread.join()


def _part(text: str, likely: float | None) -> str:
    choice: dict[str, Any] = {"index": 0, "delta": {"content": text}}
    if likely is not None:
        choice["logprobs"] = {"content": [{"token": text, "logprob": likely}]}
    return json.dumps({"choices": [choice]})
