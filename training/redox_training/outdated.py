"""What an experiment was begun with, held against what its plan says now: the two must agree.

Rows are compared as they are learned, not by the hash of what they were said with: a phrasebook
may change and leave every one of them as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from redox.files import BadInputError
from redox_eval.records import Task, prediction_from_json, task_as_json
from redox_eval.rows import read_rows, read_tasks
from redox_training.chats import DataSet, chat_from_json, read_data
from redox_training.config import read_config
from redox_training.exporting import SPLITS, row_of
from redox_training.plans import Plan, taught, trainings
from redox_training.runs import Run

SHOWN = 3


def refuse_changes(
    plan: Plan,
    folder: Path,
    tasks: Iterable[Task],
    exams: Mapping[str, Iterable[Task]],
    names: Sequence[str],
) -> None:
    """Raise `BadInputError` where an experiment's folder, or what was kept, is of another plan.

    `exams` are what is asked now, `names` whose answers are to all of that.
    """
    data, kept = read_data(folder / "data"), (folder / "kept", plan.folder / "kept")
    found = [
        *_of_data(plan, taught(plan, tasks), data),
        *_of_runs(plan, data, [place / "runs" for place in (folder, *kept)]),
        *_of_answers([place / "predictions" for place in kept], exams, names),
        *_of_exams([place / "exams" for place in kept], exams),
    ]
    if found:
        more = f"; and {len(found) - SHOWN:,} more" if len(found) > SHOWN else ""
        raise BadInputError(
            f"{folder}: was begun with what {plan.name} says no more: {'; '.join(found[:SHOWN])}"
            f"{more}. Go on with what it was begun with (a run.json names the commit), or begin"
            " anew: in another folder, with nothing kept beside the plan"
        )


def _of_data(plan: Plan, tasks: Sequence[Task], data: DataSet) -> Iterator[str]:
    """Yield what a data set holds otherwise than its plan would have it made of these tasks."""
    if strange := [task.id for task in tasks if not task.id.startswith(f"{plan.data}/")]:
        yield f"{strange[0]!a} is no task of {plan.data}"
    arms = plan.wordings()
    if {*arms} != {*data.arms}:
        yield f"the arms were {', '.join(data.arms)} and are {', '.join(arms)}"
        return
    for arm in arms.values():
        for split, name in SPLITS.items():
            rows = [chat_from_json(row_of(task, arm)) for task in tasks
                    if task.extra["split"] == split]  # fmt: skip
            before = {chat.id: chat for chat in data.of(arm.name, name)}
            others = [chat.id for chat in rows if before.pop(chat.id, None) != chat] + [*before]
            if others:
                yield f"{len(others):,} rows of {name} of {arm.name}, {others[0]!a} the first"


def _of_runs(plan: Plan, data: DataSet, folders: Sequence[Path]) -> Iterator[str]:
    """Yield what runs in these folders had otherwise than the plan says, machines aside."""
    wanted = read_config(plan.folder / plan.config)
    for training in trainings(plan):
        for run in (Run(folder / training.name) for folder in folders):
            if not (run.folder / "run.json").is_file():
                continue
            config = wanted
            if training.is_equal_tokens:  # so many rows as its tokens want
                config = replace(wanted, rows=replace(wanted.rows, count=run.config().rows.count))
            facts = {"arm": training.arm, "seed": training.seed, "data": data.hash}
            yield from (f"{run.name}: {each}" for each in run.otherwise(config, facts))


def _of_exams(folders: Sequence[Path], exams: Mapping[str, Iterable[Task]]) -> Iterator[str]:
    """Yield where tasks that were asked read otherwise now."""
    for exam, tasks in exams.items():
        wanted = [task_as_json(task) for task in tasks]
        for place in (folder / f"{exam}.jsonl" for folder in folders):
            if place.is_file() and [*map(task_as_json, read_tasks([place])[0])] != wanted:
                yield f"tasks of the exam {exam} read otherwise"


def _of_answers(
    folders: Sequence[Path], exams: Mapping[str, Iterable[Task]], names: Sequence[str]
) -> Iterator[str]:
    """Yield where other tasks were answered than are asked."""
    for exam, tasks in exams.items():
        ids = {task.id for task in tasks}
        for place in (folder / exam / f"{name}.jsonl" for folder in folders for name in names):
            if place.is_file():
                answered = {one.id for one in read_rows(place, prediction_from_json).rows}
                if answered != ids:
                    yield f"{place.stem}: {len(answered ^ ids):,} tasks of the exam {exam}"
