"""What is written to standard output and error: whose it is, when, and whether in colour."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any, TextIO


def say(stream: Any, text: str) -> None:
    """Write text whose bytes may be any."""
    stream.flush()
    data = text.encode("utf-8", "surrogateescape")
    binary = getattr(stream, "buffer", None)
    if binary is None:
        stream.write(data.decode("utf-8", "replace"))
    else:
        binary.write(data)
        binary.flush()


def wants_colour(stream: TextIO) -> bool:
    """Tell whether `stream` shows colour; NO_COLOR and FORCE_COLOR decide if they are set."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


class Lines:
    """Cuts bytes into lines.

    What has begun a line is handed on where nothing more comes for a moment, as a question that a
    program asks, unless `holds` says that it must be whole.
    """

    def __init__(
        self, take: Callable[[str], None], holds: Callable[[bytes], bool] = lambda _: False
    ) -> None:
        self._take = take
        self._holds = holds
        self._rest = b""

    def __call__(self, data: bytes) -> None:
        """Take what was read, or nothing: then nothing more has come."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole:
            self._take(line.decode("utf-8", "surrogateescape") + "\n")
        if not data and not self._holds(self._rest):
            self.finish()

    def finish(self) -> None:
        """Hand on what is left."""
        if self._rest:
            self._take(self._rest.decode("utf-8", "surrogateescape"))
            self._rest = b""


class Skipper:
    """Passes over what cargo says again of what it has compiled, up to where a program starts.

    Where cargo is to be quiet its own word of that is passed over too: once, or as often as cargo
    starts programs.
    """

    def __init__(self, take: Callable[[str], None], *, is_quiet: bool, is_once: bool) -> None:
        self._take = take
        self._is_quiet = is_quiet
        self._is_once = is_once
        self._skipped: list[str] = []
        self.is_started = False

    def __call__(self, line: str) -> None:
        is_start = not (self.is_started and self._is_once) and _STARTS.match(line) is not None
        if not self.is_started and not is_start:
            self._skipped.append(line)
            return
        self.is_started = True
        if not (is_start and self._is_quiet):
            self._take(line)

    def finish(self, *, is_failed: bool) -> None:
        """Tell what was passed over, where nothing has started and that is why it failed."""
        for line in self._skipped if is_failed and not self.is_started else ():
            self._take(line)


_COLOUR = r"(?:\x1b\[[\d;]*m)*"
_STARTS = re.compile(
    rf"{_COLOUR}(?: {{5}}Running{_COLOUR} (?:`|\S.* \()|   Doc-tests{_COLOUR} \S+$)"
)
"""Cargo's word that it starts a program: `Running` or `Doc-tests`, as it sets them."""
