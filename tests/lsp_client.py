"""A small client that speaks to a real `redox-lsp` process: what tests, soak and benchmarks use."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import pytest

COMMAND = (sys.executable, "-m", "redox_lsp")
PATIENCE_SECONDS = 60.0
"""How long an answer may take before a test is given up; no test measures time."""

Message = dict[str, Any]


class Client:
    """A client with the server's process; leaving the `with` ends both."""

    def __init__(
        self, command: Sequence[str] = COMMAND, *, environment: Mapping[str, str] | None = None
    ) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**(os.environ if environment is None else environment), "PYTHONFAULTHANDLER": "1"},
        )
        self.came: queue.Queue[Message | None] = queue.Queue()
        self.kept: list[Message] = []
        """Messages that came while another one was waited for."""
        self.configuration: dict[str, Any] | None = {}
        self.answers: dict[str, object] = {}
        """What is answered to what the server asks, by method; nothing by default."""
        self.refused: set[str] = set()
        """Methods that the server asks with, and is answered an error."""
        self.start_capabilities: dict[str, Any] = {}
        """What the server said that it can do."""
        self.log: list[str] = []
        self._last = 0
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        work = ((self._read, self.process.stdout), (self._log, self.process.stderr))
        self._threads = [threading.Thread(target=read, args=(stream,)) for read, stream in work]
        for thread in self._threads:
            thread.start()

    def _read(self, stream: BinaryIO) -> None:
        with stream:
            while (message := read_message(stream)) is not None:
                self.came.put(message)
        self.came.put(None)

    def _log(self, stream: BinaryIO) -> None:
        with stream:
            for line in stream:
                self.log.append(line.decode("utf-8", "replace").rstrip())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired as late:
            self.process.send_signal(signal.SIGABRT)  # it says what each of its threads is at
            self._end()
            late.add_note("\n".join(self.log))
            raise
        finally:
            self._end()

    def _end(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(1.0)
        self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join()

    # ---- messages ----

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one message."""
        self.send_bytes(frame(message))

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def notify(self, method: str, params: object = None) -> None:
        """Send a notification."""
        self.send({"method": method, "params": params})

    def ask(self, method: str, params: object = None) -> int:
        """Send a request and return its id."""
        self._last += 1
        self.send({"id": self._last, "method": method, "params": params})
        return self._last

    def answer(self, identity: int) -> Message:
        """Return the whole answer to a request."""
        return self.wait_for(lambda one: one.get("id") == identity and "method" not in one)

    def request(self, method: str, params: object = None) -> Any:
        """Send a request and return its result; fails if it is answered by an error."""
        answer = self.answer(self.ask(method, params))
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def wait_note(self, method: str, wanted: Callable[[Any], object] = bool) -> Any:
        """Return the parameters of the next notification of a method that is `wanted`."""
        return self.wait_for(
            lambda one: one.get("method") == method and wanted(one.get("params") or {})
        )["params"]

    def wait_for(self, wanted: Callable[[Message], object]) -> Message:
        """Return the first message that is `wanted`, of those kept and those to come."""
        for index, message in enumerate(self.kept):
            if wanted(message):
                return self.kept.pop(index)
        while True:
            came = self.came.get(timeout=PATIENCE_SECONDS)
            assert came is not None, "\n".join(["the server is gone", *self.log])
            message = came
            if "id" in message and "method" in message:
                self._oblige(message)
            if wanted(message):
                return message
            self.kept.append(message)

    def _oblige(self, message: Message) -> None:
        """Answer what the server asks."""
        method = message["method"]
        if method in self.refused:
            error = {"code": -32603, "message": "no"}
            self.send({"id": message["id"], "error": error})
            return
        result = self.answers.get(method)
        if method == "workspace/configuration" and method not in self.answers:
            result = [self.configuration for _ in message["params"]["items"]]
        self.send({"id": message["id"], "result": result})

    # ---- the usual course ----

    def start(self, capabilities: Mapping[str, Any] | None = None, **others: Any) -> dict[str, Any]:
        """Initialize the server and return what it says it can do."""
        result = self.request("initialize", initialize_params(capabilities, **others))
        self.notify("initialized", {})
        self.start_capabilities = result["capabilities"]
        return self.start_capabilities

    def open(self, uri: str, text: str, language: str = "iron", version: int = 1) -> None:
        """Open a document."""
        item = {"uri": uri, "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def edit(self, uri: str, version: int, *changes: Mapping[str, Any]) -> None:
        """Change a document."""
        document = {"uri": uri, "version": version}
        params = {"textDocument": document, "contentChanges": list(changes)}
        self.notify("textDocument/didChange", params)

    def close(self, uri: str) -> None:
        """Close a document."""
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def stop(self) -> int:
        """Shut the server down and return its exit code."""
        self.request("shutdown")
        self.notify("exit")
        return self.process.wait(PATIENCE_SECONDS)


def initialize_params(
    capabilities: Mapping[str, Any] | None = None, **others: Any
) -> dict[str, Any]:
    """Return the parameters of `initialize`."""
    return {"processId": None, "rootUri": None, "capabilities": capabilities or {}, **others}


def frame(message: Mapping[str, Any]) -> bytes:
    """Return a message as it goes over the wire."""
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def read_message(stream: BinaryIO) -> Message | None:
    """Read one message, or nothing at the stream's end."""
    length = 0
    while (line := stream.readline().strip()) != b"":
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    body = stream.read(length) if length else b""
    return json.loads(body) if body else None


def place(line: int, character: int) -> dict[str, int]:
    """Return a position."""
    return {"line": line, "character": character}


def replaced(line: int, start: int, end: int, text: str) -> dict[str, Any]:
    """Return a change inside one line."""
    return {"range": {"start": place(line, start), "end": place(line, end)}, "text": text}


def apply_line_changes(text: str, changes: Sequence[Mapping[str, Any]]) -> str:
    """Apply a preview's changes to its text, as `docs/protocol.md` tells clients to."""
    from redox.lexer import split_lines

    lines = split_lines(text)
    for change in changes:
        lines[change["startLine"] : change["endLine"]] = split_lines(change["text"])
    return "".join(lines)


# A program that only a test has, as a spy in rustfmt's place, is a script of `sh` without an
# extension, and Windows starts none: what it would show is shown on all other systems.
needs_posix = pytest.mark.skipif(
    os.name != "posix", reason="what stands for a program is a shell script: Windows runs none"
)


def spying_rustfmt(folder: Path, says: str) -> dict[str, str]:
    """Return an environment whose rustfmt adds what a command says to `spoils`, and fails."""
    rustfmt = folder / "rustfmt"
    rustfmt.write_text(f"#!/bin/sh\n{says} >>{folder / 'spoils'}\nexit 1\n")
    rustfmt.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def ask_to_format(client: Client, uri: str) -> Any:
    """Have a document formatted, and return the answer."""
    options = {"tabSize": 4, "insertSpaces": True}
    asked = {"textDocument": {"uri": uri}, "options": options}
    return client.request("textDocument/formatting", asked)
