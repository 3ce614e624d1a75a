"""The gates that tasks pass before a model sees them: each a figure and a verdict.

Stability, purity and determinism are asked of Redox, compile quality of rustc and clippy, tests of
the tests themselves; hygiene compares the splits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from redox import Severity, load_phrasebook, oxidize, reduce
from redox_eval.judging import Bench
from redox_eval.models import answer_of
from redox_eval.records import Task, digest, task_as_json
from redox_eval.rows import dump_row
from redox_eval.suites import SuiteError, read_suite
from redox_eval.wordings import rust_forms
from redox_training.batches import Item, Tried, try_batch, warnings_of
from redox_training.mutants import mutants, sure_mutants
from redox_training.templates import NEAR, mask, near_keys, shingles, similarity

WANTED_MUTANTS = 3
TRIED_MUTANTS = (4, 4)
"""How many mutants of a reference are tried first, and how many then where too few of these are
noticed; after that all are. The tasks of a chunk are tried together each time.
"""

BATCH_SECONDS = 2
"""Seconds of the processor that the tests of a whole batch may take."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate's figure, as the share of tasks that pass it, and what failed with its reason."""

    name: str
    passed: int
    asked: int
    failures: tuple[tuple[str, str], ...] = ()
    note: str = ""

    @property
    def is_passed(self) -> bool:
        """A gate that asked nothing is not passed."""
        return self.asked > 0 and self.passed == self.asked and not self.failures


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks of one chunk of tasks found: per gate, the failures by task."""

    ids: tuple[str, ...]
    failures: Mapping[str, tuple[tuple[str, str], ...]]
    killed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some tasks of one edition, to be checked together; `key` is what is kept under."""

    key: str
    tasks: tuple[Task, ...]
    bench: Bench


PER_TASK = ("stability", "compile quality", "purity", "tests")


def check_chunk(chunk: Chunk) -> Checked:
    """Hold tasks against the gates that look at one task at a time."""
    failures: dict[str, list[tuple[str, str]]] = {name: [] for name in PER_TASK}
    # The tests of a whole batch take some hundredths of a second; what goes on is a mutant's loop.
    limits = replace(chunk.bench.run_limits, cpu_seconds=BATCH_SECONDS)
    bench = replace(chunk.bench, run_limits=limits)
    usable = []
    for task in chunk.tasks:
        if task.reference is None:
            failures["tests"].append((task.id, "has no reference"))
            continue
        failures["stability"] += _complaints(task, _unstable(task.reference))
        failures["purity"] += _complaints(task, _impure(task.reference))
        try:
            usable.append(
                (task, Item(task.id, task.reference, read_suite(task.tests), task.edition))
            )
        except SuiteError as error:
            failures["tests"].append((task.id, str(error)))
    items = [item for _, item in usable]
    failures["compile quality"] += _quality(items, bench)
    killed, faults = _tested(usable, bench)
    failures["tests"] += faults
    return Checked(
        tuple(task.id for task in chunk.tasks),
        {name: tuple(found) for name, found in failures.items()},
        killed,
    )


def digest_of(tasks: Sequence[Task]) -> str:
    """A hash of tasks and of their Iron, for comparing processes."""
    return digest(
        *(dump_row(task_as_json(task)) + reduce(task.reference or "").text for task in tasks)
    )


def gates_of(checked: Sequence[Checked], digests: Sequence[str]) -> list[Gate]:
    """Sum up what was found of all chunks, and compare what the processes said."""
    gates = []
    asked = sum(len(one.ids) for one in checked)
    for name in PER_TASK:
        failures = tuple(fault for one in checked for fault in one.failures[name])
        bad = len({task for task, _ in failures})
        note = ""
        if name == "tests":
            counts = [count for one in checked for count in one.killed.values()]
            note = f"{sum(counts):,} mutants failed, at least {min(counts, default=0)} of a task"
        gates.append(Gate(name, asked - bad, asked, failures, note))
    alike = len(set(digests)) == 1
    failures = () if alike else (("all", "two processes made different bytes"),)
    gates.insert(1, Gate("determinism", int(alike), 1, failures, f"{len(digests)} processes"))
    return gates


def hygiene(tasks: Sequence[Task], outside: Sequence[Task] = ()) -> Gate:
    """Compare every test row with every train row, and train with outside sets.

    A test row fails if train holds its prompt, its masked solution, a near duplicate of it, or its
    family where the set says that its families are kept apart.
    """
    train = [task for task in tasks if task.extra.get("split") == "train"]
    others = [task for task in tasks if task.extra.get("split") in ("test", "heldout")]
    exam = [*others, *outside]
    failures = [*_leaks(train, exam)]
    held_out = {task.family for task in tasks if task.extra.get("split") == "heldout"}
    failures += [
        (task.id, f"its family {task.family} is held out")
        for task in tasks
        if task.family in held_out and task.extra.get("split") != "heldout"
    ]
    bad = len({name for name, _ in failures})
    asked = len(exam) + len([task for task in train if task.family in held_out])
    note = f"{len(train):,} train, {len(others):,} test, {len(outside):,} outside"
    return Gate("split hygiene", asked - bad, asked, tuple(failures), note)


def as_json(gates: Iterable[Gate]) -> list[dict[str, Any]]:
    """Return the gates ready for JSON."""
    return [
        {
            "gate": gate.name,
            "is_passed": gate.is_passed,
            "passed": gate.passed,
            "asked": gate.asked,
            "note": gate.note,
            "failures": [list(each) for each in gate.failures],
        }
        for gate in gates
    ]


def _complaints(task: Task, complaint: str) -> list[tuple[str, str]]:
    return [(task.id, complaint)] if complaint else []


def _unstable(rust: str) -> str:
    iron = reduce(rust)
    back = oxidize(iron.text)
    if back.text != rust:
        return "its Iron means another Rust"
    if any(one.severity is Severity.ERROR for one in (*iron.diagnostics, *back.diagnostics)):
        return "its Iron has errors"
    return "" if reduce(back.text).text == iron.text else "its Iron is not stable"


def _impure(rust: str) -> str:
    book = load_phrasebook()
    iron = reduce(rust, book).text
    signs = sorted(set(rust_forms(iron, "", book)))
    return f"its Iron holds {' '.join(signs)}" if signs else ""


def _quality(items: Sequence[Item], bench: Bench) -> list[tuple[str, str]]:
    return [
        (one.key, f"{compiler}: {one.code}: {one.message}")
        for compiler in ("rustc", "clippy-driver")
        for one in (warnings_of(items, bench, compiler) if items else [])
    ]


def _tested(
    usable: Sequence[tuple[Task, Item]], bench: Bench
) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Try references, `todo!()` and mutants; return how many mutants failed, and what is wrong."""
    untried = {item.key: _ordered_mutants(task) for task, item in usable}
    batch: list[Item] = []
    for task, item in usable:
        batch.append(_item(item, "reference", item.solution))
        batch.append(_item(item, "todo", answer_of("todo", task)))
    ends: dict[str, Tried] = {}
    killed = {item.key: 0 for _, item in usable}
    for count in (*TRIED_MUTANTS, None):
        # Some mutants are refused by rustc or are no faults at all.
        short = [item for _, item in usable if killed[item.key] < WANTED_MUTANTS]
        tried = {item.key: untried[item.key][:count] for item in short}
        batch += [each for item in short for each in _mutant_items(item, tried[item.key])]
        found = {one.key: one for one in try_batch(batch, bench)} if batch else {}
        for item in short:
            killed[item.key] += _noticed(item, tried[item.key], found)
            untried[item.key] = untried[item.key][len(tried[item.key]) :]
        ends, batch = {**found, **ends}, []
    failures = [
        (task.id, why)
        for task, item in usable
        for why in _faults(
            ends[_key(item, "reference")], ends[_key(item, "todo")], killed[item.key], item
        )
    ]
    return killed, failures


def _mutant_items(item: Item, texts: Sequence[str]) -> list[Item]:
    return [_item(item, f"mutant {number}", text) for number, text in enumerate(texts)]


def _noticed(item: Item, texts: Sequence[str], ends: Mapping[str, Tried]) -> int:
    """Count the mutants that the tests notice."""
    names = (_key(item, f"mutant {number}") for number in range(len(texts)))
    return sum(ends[name].end in _NOTICED for name in names)


_NOTICED = ("failed", "stopped")
"""How a mutant ends that the tests notice; one that rustc refuses proves nothing."""


def _faults(reference: Tried, todo: Tried, killed: int, item: Item) -> Iterator[str]:
    if reference.end != "passed":
        yield f"the reference {reference.end}: {reference.detail}"
    elif reference.tests != len(item.suite.tests):
        yield "not every test ran"
    if todo.end not in _NOTICED:
        yield f"`todo!()` {todo.end}: {todo.detail}"
    if killed < WANTED_MUTANTS:
        yield f"only {killed} mutants fail"


def _ordered_mutants(task: Task) -> list[str]:
    """Return every mutant once: first some of the surest, drawn evenly, then all others."""
    reference = task.reference or ""
    sure = [one for one in dict.fromkeys(sure_mutants(reference)) if one != reference]
    count = min(sum(TRIED_MUTANTS), len(sure))
    # Each round's are spread over the whole body: a function is full of places that matter little.
    drawn = [sure[at * len(sure) // count] for at in range(count)]
    first = drawn[::2] + drawn[1::2]
    rest = dict.fromkeys([*sure, *mutants(reference, task.signature)])
    return [*first, *(one for one in rest if one not in drawn and one != reference)]


def _key(item: Item, what: str) -> str:
    return f"{what} of {item.key}"


def _item(item: Item, what: str, solution: str) -> Item:
    return Item(_key(item, what), solution, item.suite, item.edition)


def _leaks(train: Sequence[Task], exam: Sequence[Task]) -> Iterator[tuple[str, str]]:
    prompts = {_squeezed(task) for task in train}
    masked = {mask(task.reference) for task in train if task.reference is not None}
    bands: dict[tuple[int, int], list[frozenset[str]]] = defaultdict(list)
    for each in masked:
        parts = shingles(each)
        for key in near_keys(parts):
            bands[key].append(parts)
    answers: dict[tuple[str, ...], float] = {}
    for task in exam:
        if _squeezed(task) in prompts:
            yield task.id, "its prompt is in train"
        if task.reference is None:
            continue
        solution = mask(task.reference)
        if solution in masked:
            yield task.id, "its solution with names masked is in train"
            continue
        if solution not in answers:
            parts = shingles(solution)
            near = {one for key in near_keys(parts) for one in bands.get(key, ())}
            answers[solution] = max((similarity(parts, one) for one in near), default=0.0)
        if answers[solution] >= NEAR:
            yield task.id, f"its solution is {answers[solution]:.2f} alike one of train"


def _squeezed(task: Task) -> str:
    """A task's prompt but for space, case and the names that only it has."""
    return " ".join(str(task.extra.get("prompt", "")).lower().split())
