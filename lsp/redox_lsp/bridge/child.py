"""One language server as a child: messages of JSON-RPC out and in, as JSON, and its end."""

from __future__ import annotations

import asyncio
import json
import logging
from asyncio.streams import StreamReader
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from redox_lsp.frames import CHUNK, Frames, FramingError, framed
from redox_lsp.programs import end_group, start

logger = logging.getLogger(__name__)

Json = Any
CANCEL = "$/cancelRequest"
METHOD_NOT_FOUND = -32601


class AnsweredError(Exception):
    """The child answered a request with an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class GoneError(Exception):
    """The child ended before it answered."""


class Child:
    """A language server's process, from `launch` to its end."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._identities = count(1)
        self._is_gone = False
        """Whether its end is known; nobody is told of it any more."""
        self.answers: Mapping[str, Callable[[Json], Json]] = {}
        """What its requests are answered with, by method; any other is an error."""
        self.notes: Mapping[str, Callable[[Json], None]] = {}
        """What is done with its notifications, by method; any other is passed over."""
        self.said: deque[str] = deque(maxlen=20)
        """The last lines of its standard error."""

    @classmethod
    async def launch(
        cls, words: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> Child:
        """Start a program in a folder; raises `OSError` if it can't be started."""
        return cls(await start(words, folder, environment or {}, with_input=True))

    @property
    def process_id(self) -> int:
        """The operating system's number of it."""
        return self._process.pid

    async def listen(self) -> None:
        """Hand on what it says until it ends; being cancelled ends it and all that it started."""
        output, errors = self._process.stdout, self._process.stderr
        assert output is not None, "it is started with pipes"
        assert errors is not None, "it is started with pipes"
        log = asyncio.ensure_future(self._log(errors))
        try:
            frames = Frames()
            while data := await output.read(CHUNK):
                for body in frames.feed(data):
                    self._take(json.loads(body))
        except (FramingError, ValueError) as error:
            self.said.append(f"no message of the protocol: {error}")
        finally:
            self._is_gone = True
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(GoneError())
            log.cancel()
            await end_group(self._process)

    async def _log(self, errors: StreamReader) -> None:
        while line := await errors.readline():
            self.said.append(line.decode("utf-8", "replace").rstrip())

    def notify(self, method: str, params: Json) -> None:
        """Send a notification; one to a child that is gone goes nowhere."""
        self._send({"method": method, "params": params})

    async def request(self, method: str, params: Json) -> Json:
        """Send a request and return its result; being cancelled cancels it there, too.

        Raises `AnsweredError` where it is answered by an error, `GoneError` where it is not.
        """
        if self._is_gone:
            raise GoneError
        identity = next(self._identities)
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[identity] = future
        try:
            self._send({"id": identity, "method": method, "params": params})
            return await future
        except asyncio.CancelledError:
            self.notify(CANCEL, {"id": identity})
            raise
        finally:
            self._waiting.pop(identity, None)

    def _take(self, message: Json) -> None:
        method, identity = message.get("method"), message.get("id")
        if method is None:
            self._settle(message)
        elif identity is not None:
            self._oblige(identity, method, message.get("params"))
        elif method in self.notes:
            self.notes[method](message.get("params"))

    def _settle(self, message: Json) -> None:
        future = self._waiting.get(message.get("id"))
        if future is None or future.done():
            return  # it was cancelled here meanwhile
        error = message.get("error")
        if error is None:
            future.set_result(message.get("result"))
        else:
            future.set_exception(AnsweredError(error["code"], error["message"]))

    def _oblige(self, identity: Json, method: str, params: Json) -> None:
        answer = self.answers.get(method)
        if answer is None:
            error = {"code": METHOD_NOT_FOUND, "message": method}
            self._send({"id": identity, "error": error})
        else:
            self._send({"id": identity, "result": answer(params)})

    def _send(self, message: Json) -> None:
        pipe = self._process.stdin
        assert pipe is not None, "it is started with pipes"
        if self._process.returncode is not None or pipe.is_closing():
            return  # `listen` is about to tell all who wait
        pipe.write(framed(message))
