"""A model behind an OpenAI-compatible server, as llama.cpp, vLLM, Ollama and transformers are.

The one door to the network: nothing else here opens a connection.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import ip_address
from socket import SHUT_RDWR, socket
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from redox.files import BadInputError
from redox_eval.models import Answer, Question, Reply
from redox_eval.records import RecordError

PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
"""Answers of a server that may be another the next time."""

REFUSING = frozenset({400, 413, 422})
"""Answers that are about the question, and not about the server."""

TRIES = 6
LONGEST_PAUSE = 60.0
SHOWN = 300


@dataclass(frozen=True, slots=True)
class Server:
    """An address that ends before `/chat/completions`, a model's name there, and what is asked for.

    `key` is sent as the bearer token and written nowhere; `timeout` is for one answer, in seconds.
    """

    address: str
    name: str
    temperature: float
    max_tokens: int
    key: str = field(default="", repr=False)
    timeout: float = 600.0
    pause: Callable[[float], None] = time.sleep

    @property
    def settings(self) -> Mapping[str, Any]:
        """What an answer depends on, as far as we know it; the address is none of it."""
        return {
            "model": self.name,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
        }

    def answer(self, questions: Sequence[Question]) -> Iterator[Answer]:
        """Ask all at once, each again with longer and longer pauses while the server is in trouble.

        What stays without a reply has the error in its place, so that the others are not lost.
        """
        with ThreadPoolExecutor(len(questions)) as pool:
            yield from pool.map(lambda one: _answer(self, one), questions)


def check_address(address: str) -> str:
    """Return an address without a slash at its end; raises `BadInputError` for what is none."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInputError(f"{address!a}: is no address; one is like http://localhost:8000/v1")
    return address.rstrip("/")


def check_private(address: str) -> str:
    """Return an address that nobody else can listen to on the way, as `check_address` does.

    Raises `BadInputError` for one that is neither of https nor of this machine.
    """
    parts = urlsplit(check_address(address))
    if "@" in parts.netloc:
        raise BadInputError(f"{place_of(address)}: a password has no place in an address")
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise BadInputError(f"{address!a}: plain http goes to this machine alone; use https")
    return address.rstrip("/")


def place_of(address: str) -> str:
    """Return an address's host and port, for people: without whose it is."""
    return urlsplit(address).netloc.rpartition("@")[2]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Stream:
    """One answer as it comes. Whoever has enough closes it, from any thread: the server stops."""

    def __init__(self, address: str, key: str, timeout: float) -> None:
        parts = urlsplit(address)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._address = address
        self._path = f"{parts.path}/chat/completions"
        self._connection = kind(parts.hostname or "", parts.port, timeout=timeout)
        self._headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._socket: socket | None = None
        self._is_closed = False

    def close(self) -> None:
        """Hear no more of it."""
        self._is_closed = True
        if self._socket is not None:
            with suppress(OSError):  # it may be over already
                self._socket.shutdown(SHUT_RDWR)

    def parts(self, body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Ask, and yield what is said of the first choice.

        Raises `RecordError` if the server refuses the question, `BadInputError` for other trouble.
        """
        try:
            data = json.dumps({**body, "stream": True}).encode("utf-8")
            self._connection.connect()
            self._socket = self._connection.sock  # an answer may take it from the connection
            self._connection.request("POST", self._path, data, self._headers)
            with self._connection.getresponse() as response:
                yield from self._read(response)
        except RecordError:
            raise
        except (HTTPException, OSError, ValueError, AttributeError) as error:
            if not self._is_closed:
                trouble = str(error) or type(error).__name__
                raise BadInputError(f"{self._address}: {trouble}") from error
        finally:
            self._connection.close()

    def _read(self, response: HTTPResponse) -> Iterator[Mapping[str, Any]]:
        if response.status != HTTPStatus.OK:
            words = ascii(" ".join(response.read(SHOWN).decode("utf-8", "replace").split()))
            refused = RecordError if response.status in REFUSING else BadInputError
            raise refused(f"{self._address} says {response.status}: {words[1:-1]}")
        for line in response:
            said = line.removeprefix(b"data:").strip()
            if said == line.strip() or said == b"[DONE]":
                continue
            found = json.loads(said)
            choices = found.get("choices") if isinstance(found, dict) else None
            if isinstance(choices, list) and choices and isinstance(choices[0], dict):
                yield choices[0]


def _answer(server: Server, question: Question) -> Answer:
    try:
        return _reply(server, question)
    except (RecordError, BadInputError) as error:
        return error


def _reply(server: Server, question: Question) -> Reply:
    said = _posted(server, {
        "model": server.name,
        "messages": question.messages,
        "temperature": server.temperature,
        "max_tokens": server.max_tokens,
        "seed": question.seed * 1_000_003 + question.sample,
        "stream": False,
    })  # fmt: skip
    try:
        choice = said["choices"][0]
        text = choice["message"]["content"] or ""
        if not isinstance(text, str):
            raise TypeError
    except (KeyError, IndexError, TypeError) as error:
        raise BadInputError(f"{server.address}: its answer holds no message") from error
    usage = said.get("usage") or {}
    facts = {
        "temperature": server.temperature,
        "max_tokens": server.max_tokens,
        "tokens": usage.get("completion_tokens"),
        "finish": choice.get("finish_reason"),
    }
    return Reply(text, facts, said)


def _posted(server: Server, body: Mapping[str, Any]) -> dict[str, Any]:
    """Post a question and return the answer."""
    headers = {"Content-Type": "application/json"}
    if server.key:
        headers["Authorization"] = f"Bearer {server.key}"
    data = json.dumps(body).encode("utf-8")
    request = Request(f"{server.address}/chat/completions", data, headers)
    trouble = ""
    for attempt in range(TRIES):
        wanted = ""
        try:
            # The scheme was checked: no file is opened by this.
            with urlopen(request, timeout=server.timeout) as response:
                said = json.loads(response.read())
            if isinstance(said, dict):
                return said
            trouble = "answers with no object"
        except HTTPError as error:
            trouble = f"{error.code}: {_first_words(error)}"
            if error.code not in PASSING:
                refused = RecordError if error.code in REFUSING else BadInputError
                raise refused(f"{server.address} says {trouble}") from error
            wanted = error.headers.get("Retry-After", "")
        except (URLError, HTTPException, OSError, ValueError) as error:
            trouble = str(getattr(error, "reason", error)) or type(error).__name__
        if attempt + 1 < TRIES:
            server.pause(_pause(attempt, wanted))
    raise BadInputError(
        f"{server.address}: asked {TRIES} times, {trouble!a}; what was answered is kept, and the"
        " same command goes on from there"
    )


def _pause(attempt: int, wanted: str) -> float:
    """Return the seconds to wait: as many as the server wants, else twice as many each time."""
    if wanted.isdecimal():
        return min(float(wanted), LONGEST_PAUSE)
    return min(LONGEST_PAUSE, 2.0**attempt) * random.uniform(0.5, 1.0)


def _first_words(error: HTTPError) -> str:
    words = " ".join(error.read(4 * SHOWN).decode("utf-8", "replace").split())
    return ascii(words[:SHOWN])[1:-1]
