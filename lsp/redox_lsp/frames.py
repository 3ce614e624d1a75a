"""Messages of JSON-RPC in a stream of bytes, each behind a head that tells its length."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

CHUNK = 1 << 16
"""How many bytes are read at once."""

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


def framed(message: Mapping[str, Any]) -> bytes:
    """Return a message of JSON-RPC as the bytes that are sent."""
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
