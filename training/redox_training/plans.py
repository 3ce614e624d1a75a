"""An experiment's plan: which arms learn what, from which seeds, and what they are asked then.

The plan is a TOML file that is committed before the first run; its folder holds what it names.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

from redox.files import BadInputError, read_text
from redox_eval.arms import IRON, RUST, Arm, known_arms
from redox_eval.records import Task
from redox_training.datasets import DATASETS, families_of

HELD = ("test", "heldout")
"""The splits that an exam may be of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """[exams.NAME]: tasks that every run is asked.

    They are those of a `split`, so many of a template and so many in all (0: every one), or tasks
    of others, given by file when the experiment is run. `seeds` names the runs that take it, all of
    them if none.
    """

    split: str = ""
    per_template: int = 0
    count: int = 0
    given: bool = False
    seeds: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole plan.

    `families` are those that are trained on and tested, all if none. `equal_tokens` are arms that
    are also trained on as many tokens as `like` has in its rows, for the first exam. The base
    model alone is shown `shots` tasks and asked `shots_count` of the first exam. `primary` are the
    two arms of the one comparison that counts, on the first exam: the second less the first.
    """

    folder: Path
    title: str
    data: str
    config: str
    seeds: tuple[int, ...]
    exams: Mapping[str, Exam]
    primary: tuple[str, ...]
    arms: Mapping[str, str] = field(default_factory=dict)
    families: tuple[str, ...] = ()
    like: str = IRON
    equal_tokens: tuple[str, ...] = ()
    shots: int = 0
    shots_count: int = 0

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.resolve().name

    @property
    def first_exam(self) -> str:
        """The exam of the primary comparison."""
        return next(iter(self.exams))

    def wordings(self) -> dict[str, Arm]:
        """Return the arms by name, Rust and Iron first; raises what `known_arms` does."""
        return known_arms({name: str(self.folder / path) for name, path in self.arms.items()})


@dataclass(frozen=True, slots=True)
class Training:
    """One run: an arm from a seed, on as many rows as all have, or as many tokens as `like` has."""

    arm: str
    seed: int
    is_equal_tokens: bool = False

    @property
    def name(self) -> str:
        """What its folder and its answers are called."""
        return f"{self.arm}{'-tokens' * self.is_equal_tokens}-{self.seed}"


def read_plan(path: Path) -> Plan:
    """Read a plan; raises `BadInputError` for one that does not say all, or more than is known."""
    try:
        table = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise BadInputError(f"{path}: is no TOML: {error}") from error
    try:
        exams = {name: Exam(**_lists(each)) for name, each in table.pop("exams", {}).items()}
        plan = Plan(folder=path.parent, exams=exams, **_lists(table))
    except TypeError as error:
        known = ", ".join(one.name for one in fields(Plan) if one.name != "folder")
        raise BadInputError(f"{path}: {error}; a plan has {known}") from error
    _check(plan, path)
    return plan


def trainings(plan: Plan) -> list[Training]:
    """Return all runs: seed by seed, so that what is done so far compares all arms."""
    arms = [RUST, IRON, *plan.arms]
    every = [Training(arm, seed) for seed in plan.seeds for arm in arms]
    return every + [Training(arm, seed, True) for seed in plan.seeds for arm in plan.equal_tokens]


def taught(plan: Plan, tasks: Iterable[Task]) -> list[Task]:
    """Return the tasks that runs learn from and look at while they learn."""
    return [
        task for task in tasks if task.extra["split"] in ("train", "val") and _is_in(plan, task)
    ]


def asked(plan: Plan, exam: Exam, tasks: Iterable[Task]) -> list[Task]:
    """Return an exam's tasks, drawn by their ids, short prompts first: they share a batch."""
    found = [
        task
        for task in tasks
        if exam.given
        or (task.extra["split"] == exam.split and (exam.split == "heldout" or _is_in(plan, task)))
    ]
    chosen = _drawn(_by_template(found, exam.per_template), exam.count)
    return sorted(chosen, key=lambda task: (len(str(task.extra.get("prompt", ""))), task.id))


def _is_in(plan: Plan, task: Task) -> bool:
    return not plan.families or task.family in plan.families


def _by_template(tasks: Iterable[Task], most: int) -> list[Task]:
    kept: list[Task] = []
    seen: dict[Any, int] = {}
    for task in sorted(tasks, key=_lot):
        template = task.extra.get("template", task.id)
        seen[template] = seen.get(template, 0) + 1
        if not most or seen[template] <= most:
            kept.append(task)
    return kept


def _drawn(tasks: Sequence[Task], count: int) -> list[Task]:
    return sorted(tasks, key=_lot)[: count or None]


def _lot(task: Task) -> bytes:
    return sha256(f"asked {task.id}".encode()).digest()


def _lists(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(one) if isinstance(one, list) else one for key, one in table.items()}


def _check(plan: Plan, path: Path) -> None:
    arms = {RUST, IRON, *plan.arms}
    sets = {*DATASETS, "foundation_v3"}
    strange = sorted({*plan.families} - families_of(plan.data))
    faults = {
        "data: is no data set of ours": plan.data not in sets,
        "seeds: are some, each once": not plan.seeds or len({*plan.seeds}) < len(plan.seeds),
        "exams: is at least one": not plan.exams,
        "exams: each is of a split or given": any(
            (one.split not in HELD) != one.given for one in plan.exams.values()
        ),
        f"families: {plan.data} has no {', '.join(map(ascii, strange))}": bool(strange),
        "primary: are two arms": len(plan.primary) != 2 or len({*plan.primary} & arms) != 2,
        "equal_tokens, like: are arms": not {*plan.equal_tokens, plan.like} <= arms,
    }
    for fault, is_so in faults.items():
        if is_so:
            raise BadInputError(f"{path}: {fault}")
