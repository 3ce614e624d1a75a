"""Whether a model's suggestions are worth showing, and how soon they are there.

The share that is right is counted on line ends of real Rust, said in Iron: each of some lines in
functions is cut behind a word, and what the model says is held against the rest. How long a
suggestion takes is seen from a client over standard streams, from the key on.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from lsp_client import Client, place

import redox
from redox_eval.continuing import Beginning, Writer
from redox_eval.records import task_from_json
from redox_eval.rows import read_rows
from redox_lsp.reading import Reading
from redox_lsp.suggesting.host import LINE
from redox_lsp.suggesting.process import load
from redox_lsp.suggesting.situation import is_quiet, situation_at

SOURCES = Path("/usr/share/cargo/registry")
LARGEST = 40_000
SURE = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95)
KEYS = 200
METHOD = "textDocument/inlineCompletion"
URI = "file:///nowhere/bench.iron"


@dataclass(frozen=True, slots=True)
class End:
    """A place in a text of Iron, and the rest of its line."""

    iron: str
    offset: int
    rest: str


def main() -> None:
    """Measure a model, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="a folder, as for `redox.completion.model`")
    parser.add_argument("--ends", type=int, default=1000)
    parser.add_argument("--sources", type=Path, default=SOURCES, help="a folder of Rust")
    parser.add_argument("--val", type=Path, help="tasks: shares on the references of val alone")
    chosen = parser.parse_args()
    if chosen.val:
        print("\n".join(shares(chosen.model, list(task_ends(chosen.val, chosen.ends)))))
        return
    ends = list(line_ends(chosen.sources, chosen.ends))
    print("\n".join([*shares(chosen.model, ends), "", *latency(chosen.model, ends)]))


def line_ends(sources: Path, count: int) -> Iterator[End]:
    """Yield line ends of functions, one of a file, in an order that nobody chose."""
    paths = sorted(sources.rglob("*.rs"), key=lambda path: hashlib.md5(bytes(path)).digest())
    for path in paths:
        if count == 0:
            return
        try:
            rust = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        end = _end_of(rust) if len(rust) < LARGEST else None
        if end is not None:
            count -= 1
            yield end


def task_ends(tasks: Path, count: int) -> Iterator[End]:
    """Yield line ends of the references of val, each below its prompt as a comment."""
    rows = read_rows(tasks, task_from_json).rows
    val = [task for task in rows if task.extra.get("split") == "val" and task.reference]
    for task in sorted(val, key=lambda task: hashlib.md5(task.id.encode()).digest())[:count]:
        end = _end_of(f"/// {task.extra['prompt']}\n{task.reference}")
        if end is not None:
            yield end


def _end_of(rust: str) -> End | None:
    chance = random.Random(rust)
    reading = Reading.of_text(redox.reduce(rust).text)
    for _ in range(20):
        line = chance.randrange(max(1, reading.line_count))
        body = reading.body_of(line)
        cuts = [at for at, char in enumerate(body) if char == " " and body[:at].strip()]
        if not cuts:
            continue
        cut = chance.choice(cuts)
        offset = reading.start_of(line) + cut
        if is_quiet(reading, offset) or situation_at(reading, offset) is None:
            continue
        return End(reading.text, offset, body[cut:].rstrip())
    return None


def shares(model: Path, ends: Sequence[End]) -> Iterator[str]:
    """Yield how much a model would show, and how much of that is right, by how sure it must be."""
    writer, facts = load(str(model), "", "")
    sure = facts["sure"]
    said = [_said(writer, end) for end in ends]
    yield f"| sure | shown of {len(ends):,} | the rest of the line |"
    yield "|--:|--:|--:|"
    for least in sorted({*SURE, sure}):
        shown = [
            text == end.rest
            for (text, confidence), end in zip(said, ends, strict=True)
            if text.strip() and confidence >= least
        ]
        right = f"{sum(shown) / len(shown):.3f}" if shown else "none"
        yield f"| {least} | {len(shown):,} | {right} |"


def _said(writer: Writer, end: End) -> tuple[str, float]:
    situation = situation_at(Reading.of_text(end.iron[: end.offset] + "\n"), end.offset)
    if situation is None:
        return "", 0.0
    asked = Beginning(situation.prompt, situation.signature, situation.begun)
    said = writer.write(asked, LINE[1], LINE[0], lambda _: True)
    return said.text, said.confidence


def latency(model: Path, ends: Sequence[End]) -> Iterator[str]:
    """Yield how long it takes from a key to the answer, whatever it is."""
    times = []
    with Client() as client:
        client.configuration = {
            "completion": {"model": str(model.resolve())},
            "rustc": {"when": "never"},
            "rustAnalyzer": {"enabled": False},
        }
        client.start({"workspace": {"configuration": True}})
        for version, end in enumerate([*ends[:1], *ends[:KEYS]], 1):
            text = end.iron[: end.offset]
            line = text.count("\n")
            column = len(text) - text.rfind("\n") - 1
            whole = text + "\n" + end.iron[end.offset + len(end.rest) :].lstrip("\n")
            if version == 1:
                client.open(URI, whole)
            else:
                client.edit(URI, version, {"text": whole})
            before = time.perf_counter()
            at = place(line, column)
            key = {"range": {"start": at, "end": at}, "text": " "}
            client.edit(URI, 1000 + version, key)
            asked = {"textDocument": {"uri": URI}, "position": place(line, column + 1)}
            client.request(METHOD, asked | {"context": {"triggerKind": 2}})
            times.append(1000 * (time.perf_counter() - before))
        client.stop()
    cuts = statistics.quantiles(times[1:], n=100)
    median, most = round(cuts[49]), round(cuts[94])
    yield f"From a key to the answer, {len(times) - 1} keys: median {median} ms, 95th {most} ms."


if __name__ == "__main__":
    main()
