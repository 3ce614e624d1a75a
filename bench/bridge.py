"""What the bridge adds to rust-analyzer's answers: the same questions, through it and directly."""

from __future__ import annotations

import random
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from analyzer import CAPABILITIES, PROGRAM, SETTINGS
from lsp_client import PATIENCE_SECONDS, Client, initialize_params, place
from work import p99

import redox
from redox.keywords import KEYWORDS
from redox_lsp.bridge.options import analyzer_settings
from redox_lsp.bridge.options import initialize_params as child_params
from redox_lsp.settings import Settings

CRATE = Path(__file__).resolve().parent.parent / "examples" / "links"
ASKED = 60
"""How many places each method is asked about."""
HEADING = "## Language server: what the bridge adds"
RANGED = ("inlayHint",)
METHODS = (
    *("hover", "definition", "typeDefinition", "references", "documentHighlight"),
    *("signatureHelp", "completion", *RANGED),
)


def page() -> Iterator[str]:
    """Yield the page's part about the bridge, or why there is none."""
    if not PROGRAM.exists():
        yield f"{HEADING}\n\nNot measured: scripts/setup-rust-analyzer.sh has unpacked none.\n"
        return
    with tempfile.TemporaryDirectory(prefix="redox-bench-") as name:
        folder = Path(name).resolve() / "links"
        shutil.copytree(CRATE, folder, ignore=shutil.ignore_patterns("target"))
        yield from _measure(folder)


def _measure(folder: Path) -> Iterator[str]:
    source = max(folder.glob("src/*.iron"), key=lambda path: path.stat().st_size)
    iron = source.read_text(encoding="utf-8")
    with Client() as bridge, Client([str(PROGRAM)]) as direct:
        _open_bridge(bridge, source, iron)
        shadow = folder / "target" / "redox" / source.relative_to(folder).with_suffix(".rs")
        _open_direct(direct, shadow, redox.oxidize(iron).text)
        pair = _Pair(bridge, direct, source.as_uri(), shadow.as_uri(), iron)
        rows = {method: pair.measure(method) for method in METHODS}
        bridge.stop()
        direct.request("shutdown")
        direct.notify("exit")
    every = [one for times in rows.values() for one in times]
    yield f"""{HEADING}

The same questions, in turn to redox-lsp and to a second rust-analyzer that has the same Rust \
open, at {len(pair.places)} names that a file of {iron.count(chr(10))} lines declares \
(`examples/links`); wall milliseconds at the client. Both have answered each question once before. \
Added is what the one took more than the other for one question. Over all: median \
{statistics.median(every):.2f}, p99 {p99(every):.2f}.

| | questions | rust-analyzer, median | through the bridge, median | added, median | added, p99 |
|---|--:|--:|--:|--:|--:|"""
    for method, added in rows.items():
        told = pair.medians[method]
        yield (
            f"| {method} | {len(added)} | {told[0]:.2f} | {told[1]:.2f} "
            f"| {statistics.median(added):.2f} | {p99(added):.2f} |"
        )
    yield ""


def _open_bridge(client: Client, source: Path, iron: str) -> None:
    client.configuration = {**SETTINGS, "rustc": {"when": "never"}}
    client.start(CAPABILITIES)
    client.open(source.as_uri(), iron)
    limit = time.monotonic() + 3 * PATIENCE_SECONDS
    while True:
        status = client.request("workspace/executeCommand", {"command": "redox.status"})
        state = next(one for one in status["children"] if one["name"] == "rust-analyzer")["state"]
        if state == "ready":
            return
        if time.monotonic() > limit:
            sys.exit(f"rust-analyzer does not get ready: {state}")
        time.sleep(0.1)


def _open_direct(client: Client, shadow: Path, rust: str) -> None:
    manifest = next(one for one in shadow.parents if (one / "Cargo.toml").exists()) / "Cargo.toml"
    library = Path(SETTINGS["rustAnalyzer"]["sysrootSource"])
    settings = analyzer_settings(Settings(), [manifest], [], _links(library, manifest.parent))
    client.configuration = settings
    params = child_params(CAPABILITIES, settings, manifest.parent)
    client.request("initialize", initialize_params(**params))
    client.notify("initialized", {})
    client.open(shadow.as_uri(), rust, "rust")
    client.wait_note("experimental/serverStatus", lambda one: one["quiescent"])


def _links(library: Path, folder: Path) -> Path:
    from redox_lsp.bridge.finding import link_library

    target = Path(tempfile.mkdtemp(prefix="library-", dir=folder.parent)) / "library"
    link_library(library, target)
    return target


class _Pair:
    """Both servers, asked the same."""

    def __init__(
        self, bridge: Client, direct: Client, iron_uri: str, rust_uri: str, iron: str
    ) -> None:
        self.clients = {"direct": direct, "bridge": bridge}
        self.uris = {"direct": rust_uri, "bridge": iron_uri}
        self.iron = iron
        self.places = list(_places(iron))
        self.medians: dict[str, tuple[float, float]] = {}

    def measure(self, method: str) -> list[float]:
        """Return what the bridge adds to each question."""
        taken: dict[str, list[float]] = {"direct": [], "bridge": []}
        for number, (iron, rust) in enumerate(self.places):
            for name in ("direct", "bridge", "direct", "bridge"):
                params = self._params(method, name, rust if name == "direct" else iron)
                before = time.perf_counter()
                self.clients[name].answer(self.clients[name].ask(f"textDocument/{method}", params))
                times = taken[name]
                times[number:] = [1000 * (time.perf_counter() - before)]
        self.medians[method] = (
            statistics.median(taken["direct"]),
            statistics.median(taken["bridge"]),
        )
        return [
            mine - theirs for mine, theirs in zip(taken["bridge"], taken["direct"], strict=True)
        ]

    def _params(self, method: str, name: str, at: dict[str, int]) -> dict[str, Any]:
        asked: dict[str, Any] = {"textDocument": {"uri": self.uris[name]}, "position": at}
        if method in RANGED:
            del asked["position"]
            last = min(at["line"] + 40, self.iron.count("\n"))
            asked["range"] = {"start": place(at["line"], 0), "end": place(last, 0)}
        if method == "references":
            asked["context"] = {"includeDeclaration": True}
        return asked


def _places(iron: str) -> Iterator[tuple[dict[str, int], dict[str, int]]]:
    """Yield random places of names that the file declares, in the Iron and in its Rust.

    Where a name of the standard library stands, rust-analyzer itself takes seconds for references.
    """
    declared = set(re.findall(r"\b(?:function|let|mutable|takes|structure) ([a-z_]{3,})", iron))
    names = declared - redox.load_phrasebook().words - KEYWORDS.keys()
    done = redox.oxidize(iron)
    found = [
        (one.end(), offset)
        for one in re.finditer(r"\b[a-z_]+\b", iron)
        if one[0] in names and (offset := done.map.rust_from_iron(one.end())) is not None
    ]
    for here, there in random.Random(1).sample(found, k=min(ASKED, len(found))):
        yield _place(iron, here), _place(done.text, there)


def _place(text: str, offset: int) -> dict[str, int]:
    before = text[:offset]
    return place(before.count("\n"), len(before) - before.rfind("\n") - 1)


if __name__ == "__main__":
    print("\n".join(page()))
