"""All gates over a set of tasks: in parallel, and kept for the next time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import ceil
from pathlib import Path

import redox
from redox.files import BadInputError, read_text, write_text
from redox.progress import track
from redox.report import hash_phrasebook
from redox.workers import run_jobs
from redox_eval.judging import Bench
from redox_eval.records import Task, digest, task_as_json
from redox_eval.rows import dump_row
from redox_training.gates import (
    Checked,
    Chunk,
    Gate,
    check_chunk,
    digest_of,
    gates_of,
    hygiene,
)

CHUNK = 120
"""Tasks checked together at most: some 700 modules in one crate, a few seconds for rustc."""

LIMIT_SECONDS = 1800.0
FORMAT = "11"


@dataclass(frozen=True, slots=True)
class Validation:
    """What to validate, and how."""

    tasks: tuple[Task, ...]
    bench: Bench
    jobs: int
    outside: tuple[Task, ...] = ()
    cache: Path | None = None


def validate(plan: Validation) -> list[Gate]:
    """Hold tasks against every gate. Raises `BadInputError` for a check that can't be done."""
    chunks = list(_chunks(plan))
    digests = _done(run_jobs(digest_of, [plan.tasks] * 2, count=2, limit=LIMIT_SECONDS))
    kept = ((chunk.key, _read(_place(chunk.key, plan))) for chunk in chunks)
    known = {key: checked for key, checked in kept if checked is not None}
    waiting = [chunk for chunk in chunks if chunk.key not in known]
    running = run_jobs(check_chunk, waiting, count=plan.jobs, limit=LIMIT_SECONDS)
    for _, done in zip(track(range(len(waiting)), "validating"), running, strict=False):
        if done.result is None:
            raise BadInputError(f"a check could not be done: {done.error}")
        known[done.job.key] = done.result
        _keep(done.result, _place(done.job.key, plan))
    return [
        *gates_of([known[chunk.key] for chunk in chunks], digests),
        hygiene(plan.tasks, plan.outside),
    ]


def _done(results: Iterator[object]) -> list[str]:
    found = []
    for one in results:
        result = getattr(one, "result", None)
        if not isinstance(result, str):
            raise BadInputError(f"a check could not be done: {getattr(one, 'error', '')}")
        found.append(result)
    return found


def _chunks(plan: Validation) -> Iterator[Chunk]:
    """Yield chunks of tasks of one edition, their keys of all that their checks depend on."""
    tools = [FORMAT, redox.__version__, hash_phrasebook(redox.load_phrasebook())]
    tools += [plan.bench.toolchain.version, str(plan.bench.isolation)]
    ordered = sorted(plan.tasks, key=lambda task: task.edition)
    for _, group in groupby(ordered, key=lambda task: task.edition):
        for part in parts_of(list(group)):
            key = digest(*tools, *(dump_row(task_as_json(task)) for task in part))
            yield Chunk(key, part, plan.bench)


def parts_of(tasks: Sequence[Task]) -> Iterator[tuple[Task, ...]]:
    """Yield tasks in parts of up to `CHUNK`, none of which ends within a family without need.

    So a family that is drawn anew changes its own parts, and what is kept of others stays of use.
    Families too small for half a part share one with the next.
    """
    waiting: list[Task] = []
    by_family = sorted(tasks, key=lambda task: task.family)
    for _, group in groupby(by_family, key=lambda task: task.family):
        waiting += group
        if len(waiting) < CHUNK / 2:
            continue
        count = ceil(len(waiting) / CHUNK)
        cuts = [number * len(waiting) // count for number in range(count + 1)]
        yield from (tuple(waiting[start:end]) for start, end in pairwise(cuts))
        waiting = []
    if waiting:
        yield tuple(waiting)


def _place(key: str, plan: Validation) -> Path | None:
    return plan.cache / "gates" / key[:2] / f"{key[2:]}.json" if plan.cache else None


def _read(place: Path | None) -> Checked | None:
    if place is None or not place.is_file():
        return None
    try:
        row = json.loads(read_text(place))
        failures = {
            name: tuple((one[0], one[1]) for one in found)
            for name, found in row["failures"].items()
        }
        return Checked(tuple(row["ids"]), failures, row["killed"])
    except (BadInputError, ValueError, TypeError, KeyError, IndexError):
        return None  # it is checked again


def _keep(checked: Checked, place: Path | None) -> None:
    if place is not None:
        row = {"ids": checked.ids, "failures": checked.failures, "killed": checked.killed}
        write_text(place, json.dumps(row, ensure_ascii=True) + "\n")


def first_failures(gates: Sequence[Gate], count: int) -> Iterator[str]:
    """Yield the first failures of each gate as lines."""
    for gate in gates:
        for name, why in gate.failures[:count]:
            yield f"{gate.name}: {name}: {why}"
        if len(gate.failures) > count:
            yield f"{gate.name}: and {len(gate.failures) - count:,} more"
