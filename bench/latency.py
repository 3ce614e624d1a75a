"""How long the language server takes, seen from a client over standard streams."""

from __future__ import annotations

import itertools
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from lsp_client import COMMAND, Client, initialize_params, place
from work import p99

import redox
from redox.keywords import KEYWORDS

STARTS = 9
KEYS = 600
ASKED = 200
URI = "file:///nowhere/bench.iron"
DOCUMENT = {"textDocument": {"uri": URI}}
BARE = """
from pygls.lsp.server import LanguageServer
LanguageServer("bare", "1").start_io()
"""


def server_page(iron: str) -> Iterator[str]:
    """Yield the page's part about the server; `iron` is the document that is opened."""
    yield from _starts()
    yield from _latencies(iron)


def _starts() -> Iterator[str]:
    commands = {"a bare pygls server": (sys.executable, "-c", BARE), "redox-lsp": COMMAND}
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(STARTS):
        for name, command in commands.items():
            times[name].append(_start(command))
    bare, ours = (statistics.median(found) for found in times.values())
    yield f"""## Language server: start

From the start of the process to the answer to `initialize`, wall milliseconds, median of \
{STARTS} turns: a bare pygls server {bare:.0f}, redox-lsp {ours:.0f}, which is \
{ours / bare:.2f} times as long.
"""


def _start(command: Sequence[str]) -> float:
    before = time.perf_counter()
    with Client(command) as client:
        client.request("initialize", initialize_params())
        taken = 1000 * (time.perf_counter() - before)
        client.stop()
    return taken


def _latencies(iron: str) -> Iterator[str]:
    iron = "end function\n" + iron  # with one thing wrong, each key brings diagnostics
    with Client() as client:
        client.configuration = {"rustc": {"when": "never"}}
        client.start({"workspace": {"configuration": True}})
        client.open(URI, iron)
        client.request("redox/openPreview", DOCUMENT)
        client.wait_note("textDocument/publishDiagnostics")
        client.request("textDocument/documentSymbol", DOCUMENT)  # all of it is read once it is open
        session = _Typist(client, iron)
        rows = {"a key: preview and diagnostics": session.measure(KEYS, session.key)}
        for name, ask in session.requests.items():
            rows[name] = session.measure(ASKED, ask)
        client.stop()
    yield f"""## Language server: latency

Over standard streams, in a file of {iron.count(chr(10)):,} lines that is open for some seconds, \
wall milliseconds at the client. A key is a letter in a name at a random place, where it changes \
no other line, or taking it back; its time ends when both the preview's change and the \
diagnostics are there. Each request follows a key, so that nothing is known of the text yet.

| | times | median | p99 | longest |
|---|--:|--:|--:|--:|"""
    for name, times in rows.items():
        row = f"{statistics.median(times):.2f} | {p99(times):.2f} | {max(times):.2f}"
        yield f"| {name} | {len(times)} | {row} |"
    yield ""


def _quiet_places(iron: str, chance: random.Random) -> Iterator[dict[str, int]]:
    """Yield random places inside names where a letter changes no other line."""
    phrases = redox.load_phrasebook().words | KEYWORDS.keys()
    names = [
        (number, found.start() + 1)
        for number, line in enumerate(iron.splitlines())
        for found in re.finditer(r"[a-z_]{2,}", line)
        if found[0] not in phrases and '"' not in line and "//" not in line
    ]
    document = redox.Document(iron)
    while True:
        number, column = chance.choice(names)
        offset = document.iron_line_start(number) + column
        change = document.edit(offset, offset, "x")
        document.edit(offset, offset + 1, "")
        if change.new_count <= 1:
            yield place(number, column)


class _Typist:
    """Types at random places and asks about them."""

    def __init__(self, client: Client, iron: str) -> None:
        self.client = client
        self.version = 1
        self.chance = random.Random(1)
        self.typed: dict[str, int] | None = None
        self.names = list(itertools.islice(_quiet_places(iron, self.chance), KEYS))
        self.result_id = ""
        self.requests: dict[str, Callable[[], None]] = {
            "hover": lambda: self.ask("textDocument/hover"),
            "completion": lambda: self.ask("textDocument/completion"),
            "semantic tokens, delta": self.colours,
        }

    def measure(self, times: int, act: Callable[[], float | None]) -> list[float]:
        found = []
        for _ in range(times):
            if act != self.key:
                self.key()
            before = time.perf_counter()
            taken = act()
            found.append(1000 * (time.perf_counter() - before if taken is None else taken))
        return found

    def key(self) -> float:
        """Type a letter, or take back the one before; return when both answers are there."""
        self.version += 1
        if self.typed is None:
            self.typed = self.chance.choice(self.names)
            start, end, text = self.typed, self.typed, "x"
        else:
            start, text = self.typed, ""
            end = place(start["line"], start["character"] + 1)
            self.typed = None
        before = time.perf_counter()
        self.client.edit(URI, self.version, {"range": {"start": start, "end": end}, "text": text})
        for method in ("redox/previewChanged", "textDocument/publishDiagnostics"):
            self.client.wait_note(method, lambda one: one["version"] == self.version)
        return time.perf_counter() - before

    def colours(self) -> None:
        method = "textDocument/semanticTokens/full"
        asked = DOCUMENT | {"previousResultId": self.result_id}
        found = self.client.request(method + ("/delta" if self.result_id else ""), asked)
        self.result_id = found["resultId"]

    def ask(self, method: str, **others: Any) -> None:
        at = {"position": self.chance.choice(self.names)}
        self.client.request(method, DOCUMENT | at | others)
