"""Many solutions of our own compiled and tested at once: 2 ms each where one alone takes 100.

Each solution is a module of one library, its tests inside it. What doesn't compile is found by the
lines that rustc names and left out, what hangs or breaks off by the first test without a verdict;
what is refused as a whole is halved, down to one. Models' answers get a program each instead.
"""

from __future__ import annotations

import secrets
import shutil
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from redox_eval.judging import (
    Bench,
    candidate_options,
    folder_in,
    judge_options,
    run_rustc,
    said_by_rustc,
)
from redox_eval.programs import Ended
from redox_eval.sandbox import Box, inside, run_boxed
from redox_eval.suites import GUARD, Said, Suite, Test, judge_source, read_verdicts

ROUNDS = 8
"""How often a batch is compiled again without what did not compile."""

TEST_MILLISECONDS = 100
"""What of the processor's time one test of ours may take: it needs a thousandth; mutants loop."""


@dataclass(frozen=True, slots=True)
class Item:
    """A solution with the tests that it is held against."""

    key: str
    solution: str
    suite: Suite
    edition: str = "2021"


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of an item: "passed", "failed", "refused" (by rustc) or "stopped".

    `tests` is how many tests had a verdict, `detail` the first fault.
    """

    key: str
    end: str
    tests: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Warned:
    """What a compiler said of an item."""

    key: str
    code: str
    message: str


def try_batch(items: Sequence[Item], bench: Bench) -> list[Tried]:
    """Return what became of each item, in order. All items have one edition."""
    ends: dict[str, Tried] = {}
    waiting = list(items)  # none is an answer too: all else were culprits
    for _ in range(ROUNDS):
        if not waiting:
            break
        with folder_in(bench.folder) as folder:
            box = Box(folder, bench.toolchain.folder, is_writable=True)
            compiled = _compile(waiting, bench, box)
            if compiled.code == 0:
                ends.update({one.key: one for one in _run(waiting, bench, box)})
                break
            refused = _refused(waiting, compiled)
        if not refused:
            ends.update({one.key: one for one in _halved(waiting, bench, "is refused as a whole")})
            break
        ends.update(refused)
        waiting = [item for item in waiting if item.key not in refused]
    else:
        ends.update({one.key: one for one in _halved(waiting, bench, "is never accepted")})
    return [ends[item.key] for item in items]


def warnings_of(items: Sequence[Item], bench: Bench, compiler: str) -> list[Warned]:
    """Return what `rustc` or `clippy-driver` says of the solutions, without their tests."""
    source, starts = _joined([item.solution for item in items])
    with folder_in(bench.folder) as folder:
        box = Box(folder, bench.toolchain.folder, is_writable=True)
        out = f"metadata={inside(box, bench.isolation)}/all.rmeta"
        options = ["--crate-name", "all", "--emit", out, "-W", "warnings"]
        if compiler == "clippy-driver":
            options += ["-W", "clippy::all", "-A", "clippy::module_inception"]
        ended = run_rustc(
            bench, box, source, items[0].edition, "lib", *options, program=compiler, is_quiet=False
        )
    warned = []
    broken = set()
    for message in said_by_rustc(ended):
        at = _place(message, starts)
        if at is not None:
            code = (message.get("code") or {}).get("code", "rustc")
            warned.append(Warned(items[at].key, code, str(message.get("message", ""))))
            if message.get("level") == "error":
                broken.add(items[at].key)
    rest = [item for item in items if item.key not in broken]
    if broken and rest:
        # An error keeps back the warnings of all others.
        own = [one for one in warned if one.key in broken]
        return [*own, *warnings_of(rest, bench, compiler)]
    if ended.code != 0 and not warned:
        if len(items) > 1:
            middle = len(items) // 2
            halves = (items[:middle], items[middle:])
            return [one for half in halves for one in warnings_of(half, bench, compiler)]
        words = ended.errors.strip().partition("\n")[0]
        return [Warned(items[0].key, compiler, words or f"ended with {ended.code}")]
    return warned


def _compile(items: Sequence[Item], bench: Bench, box: Box) -> Ended:
    guard = f"{GUARD}_{secrets.token_hex(8)}"
    place = inside(box, bench.isolation)
    shutil.copyfile(bench.guard, box.folder / bench.guard.name)
    texts = [f"{item.solution}\n{item.suite.text}" for item in items]
    source, _ = _joined([text.replace(f"::{GUARD}::", f"::{guard}::") for text in texts])
    # A mutant that divides by zero is to be noticed by its tests, not by a lint.
    options = [*candidate_options(place, guard), "--cap-lints", "allow"]
    return run_rustc(bench, box, source, items[0].edition, "lib", *options)


def _run(items: Sequence[Item], bench: Bench, box: Box) -> Iterator[Tried]:
    tests = [
        Test(f"m{number}::{test.path}", test.should_panic, test.expected)
        for number, item in enumerate(items)
        for test in item.suite.tests
    ]
    whole = Suite("", tuple(tests))
    place = inside(box, bench.isolation)
    linking = replace(box, has_linker=True)
    options = judge_options(bench, place)
    linked = run_rustc(bench, linking, judge_source(whole), "2021", "bin", *options)
    if linked.code != 0:
        yield from _halved(items, bench, "is not linked")
        return
    said = _verdicts(whole, bench, box)
    for number, item in enumerate(items):
        missing = [test.path for test in item.suite.tests if f"m{number}::{test.path}" not in said]
        if missing:
            yield Tried(item.key, "stopped", 0, f"{missing[0]} gives no verdict")
            continue
        found = [(test.path, said[f"m{number}::{test.path}"]) for test in item.suite.tests]
        fault = next(((path, one) for path, one in found if one.word != "passed"), None)
        if fault is None:
            yield Tried(item.key, "passed", len(found))
        else:
            yield Tried(item.key, "failed", len(found), f"{fault[0]}: {fault[1].detail}")


def _verdicts(whole: Suite, bench: Bench, box: Box) -> dict[str, Said]:
    """Run all tests; where one ends or holds up the program, go on behind its item's."""
    modules = [test.path.partition("::")[0] for test in whole.tests]
    said: dict[str, Said] = {}
    first = 0
    while first < len(modules):
        nonce = secrets.token_hex(16)
        ended = run_boxed(
            [f"{inside(box, bench.isolation)}/judge"],
            Box(box.folder, box.toolchain),
            bench.isolation,
            stdin=f"{nonce} {first} {TEST_MILLISECONDS}\n".encode(),
            limits=bench.run_limits,
        )
        said |= read_verdicts(ended.stdout, nonce, whole)
        unsaid = (at for at in range(first, len(modules)) if whole.tests[at].path not in said)
        culprit = next(unsaid, len(modules))
        later = (at for at in range(culprit, len(modules)) if modules[at] != modules[culprit])
        first = next(later, len(modules))
    return said


def _halved(items: Sequence[Item], bench: Bench, why: str) -> Iterator[Tried]:
    """Try two halves; an item alone is stopped."""
    if len(items) == 1:
        yield Tried(items[0].key, "stopped", 0, why)
        return
    middle = len(items) // 2
    for half in (items[:middle], items[middle:]):
        yield from try_batch(half, bench)


def _refused(items: Sequence[Item], ended: Ended) -> Mapping[str, Tried]:
    _, starts = _joined([f"{item.solution}\n{item.suite.text}" for item in items])
    refused: dict[str, Tried] = {}
    for message in said_by_rustc(ended):
        at = _place(message, starts)
        if at is not None and message.get("level", "").startswith("error"):
            key = items[at].key
            refused.setdefault(key, Tried(key, "refused", 0, str(message.get("message", ""))))
    return refused


def _joined(texts: Sequence[str]) -> tuple[str, list[int]]:
    """Return one source with a module for each text, and the line that each begins on, from 1."""
    lines = 1
    parts, starts = [], []
    for number, text in enumerate(texts):
        part = f"pub mod m{number} {{\n{text}\n}}\n"
        parts.append(part)
        starts.append(lines)
        lines += part.count("\n")
    return "".join(parts), [*starts, lines]


def _place(message: Mapping[str, Any], starts: Sequence[int]) -> int | None:
    """Return which text a message is about; None for one that is about none."""
    for span in sorted(message.get("spans", []), key=lambda span: not span["is_primary"]):
        place = span
        while place.get("expansion") and place["file_name"] != "<anon>":
            place = place["expansion"]["span"]
        if place["file_name"] == "<anon>":
            line = place["line_start"]
            found = bisect_right(starts, line) - 1
            return min(max(found, 0), len(starts) - 2)
    return None
