"""Tasks in, predictions out: in batches, each answer archived as it comes, so that none is lost.

A run that was broken off goes on where it was: a question whose hash is in the archive is not asked
again. Batches are made of all questions before the archive is looked at, so that what a batch is
drawn by, and with it what a model answers, doesn't depend on how often the run was broken off.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from redox.files import BadInputError
from redox.progress import track
from redox_eval.arms import Arm
from redox_eval.models import Model, Question, Reply, answers, question_hash
from redox_eval.records import Prediction, RecordError, Task, digest
from redox_eval.rows import dump_row, read_rows


@dataclass(frozen=True, slots=True)
class Plan:
    """How to ask: with which seeds, how many samples each, how many questions at once.

    `shown` are tasks that stand before each question with their references. `archive` is the file
    that raw answers are appended to, None if none is kept.
    """

    seeds: tuple[int, ...] = (0,)
    samples: int = 1
    batch: int = 8
    archive: Path | None = None
    shown: tuple[Task, ...] = ()


def generate(
    tasks: Sequence[Task], arms: Sequence[Arm], model: Model, plan: Plan
) -> tuple[list[Prediction], list[str]]:
    """Return the predictions, in order, and what could not be answered.

    Raises `BadInputError` where the model can't go on; what it has answered is in the archive.
    """
    questions = _questions(tasks, arms, plan)
    hashes = {one.key: question_hash(one, model) for one in questions}
    with _alone(plan.archive):
        known, problems = _read_archive(plan.archive)
        for batch in track(list(_batches(questions, plan.batch)), "answering"):
            if any(hashes[one.key] not in known for one in batch):
                for one, reply in _answered(batch, model, problems):
                    if hashes[one.key] not in known:
                        _archive(plan.archive, hashes[one.key], one, reply)
                        known[hashes[one.key]] = reply
    ordered = sorted(questions, key=lambda one: (one.seed, one.sample))
    by_task = {task.id: at for at, task in enumerate(tasks)}
    ordered.sort(key=lambda one: by_task[one.task.id])
    return [
        _prediction(one, known[hashes[one.key]], model)
        for one in ordered
        if hashes[one.key] in known
    ], problems


def answered_before(
    tasks: Sequence[Task], arms: Sequence[Arm], model: Model, plan: Plan
) -> tuple[int, int]:
    """Count the questions whose answers are in the archive, and all that are asked."""
    questions = _questions(tasks, arms, plan)
    with _alone(plan.archive):
        known, _ = _read_archive(plan.archive)
    return sum(question_hash(one, model) in known for one in questions), len(questions)


def drawn_examples(tasks: Iterable[Task], count: int) -> tuple[Task, ...]:
    """Draw tasks with references by their ids, the same in every arm."""
    solved = [task for task in tasks if task.reference is not None]
    return tuple(sorted(solved, key=lambda task: digest("shown", task.id))[:count])


def _questions(tasks: Sequence[Task], arms: Sequence[Arm], plan: Plan) -> list[Question]:
    return [
        Question(task, arm, seed, sample, plan.shown)
        for arm in arms
        for seed in plan.seeds
        for sample in range(plan.samples)
        for task in tasks
    ]


def _batches(questions: Iterable[Question], size: int) -> Iterator[list[Question]]:
    """Yield questions of one arm, seed and sample together, so many at once."""
    for _, group in groupby(questions, key=lambda one: (one.arm.name, one.seed, one.sample)):
        rest = list(group)
        yield from (rest[at : at + size] for at in range(0, len(rest), size))


def _answered(
    batch: Sequence[Question], model: Model, problems: list[str]
) -> Iterator[tuple[Question, Reply]]:
    """Yield replies to a batch as they come, and name what can't be answered.

    Raises the first `BadInputError` only once the rest of the batch is there.
    """
    trouble: BadInputError | None = None
    for one, answer in zip(batch, answers(model, batch), strict=True):
        if isinstance(answer, Reply):
            yield one, answer
        elif isinstance(answer, RecordError):
            problems.append(f"{one.task.id!a}: {answer}")
        else:
            trouble = trouble or answer
    if trouble is not None:
        raise trouble


def _prediction(question: Question, reply: Reply, model: Model) -> Prediction:
    facts = {"model": model.name, **reply.facts}
    return Prediction(
        question.task.id, question.arm.name, question.seed, reply.text, question.sample, facts
    )


@contextmanager
def _alone(place: Path | None) -> Iterator[None]:
    """Have an archive to ourselves; it is made with its folder. Raises `BadInputError`."""
    if place is None:
        yield
        return
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        file = place.open("a", encoding="ascii")
    except OSError as error:
        raise BadInputError(f"{place}: can't be written: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BadInputError(f"{place}: another command writes answers there") from error
        yield


def _archive(place: Path | None, hashed: str, question: Question, reply: Reply) -> None:
    """Append an answer, and wait until the disk has it."""
    if place is None:
        return
    line = dump_row({
        "question": hashed,
        "id": question.task.id,
        "arm": question.arm.name,
        "seed": question.seed,
        "sample": question.sample,
        "reply": reply.text,
        "facts": reply.facts,
        "raw": reply.raw,
    })  # fmt: skip
    try:
        with place.open("a", encoding="ascii", newline="") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise BadInputError(f"{place}: can't be written: {error.strerror}") from error


def _read_archive(place: Path | None) -> tuple[dict[str, Reply], list[str]]:
    """Read what was answered before; a last line that was cut off is cut off for good."""
    if place is None or not place.exists():
        return {}, []
    _drop_torn_line(place)
    rows = read_rows(place, _reply_from_json)
    return dict(rows.rows), [str(problem) for problem in rows.problems]


def _drop_torn_line(place: Path) -> None:
    try:
        with place.open("r+b") as file:
            whole = file.read()
            if not whole.endswith(b"\n"):
                file.truncate(whole.rfind(b"\n") + 1)
    except OSError as error:
        raise BadInputError(f"{place}: can't be read: {error.strerror}") from error


def _reply_from_json(row: Any) -> tuple[str, Reply]:
    if not isinstance(row, dict):
        raise RecordError("is no object")
    hashed, text, facts = row.get("question"), row.get("reply"), row.get("facts")
    if not isinstance(hashed, str) or not isinstance(text, str) or not isinstance(facts, Mapping):
        raise RecordError("is no archived answer")
    return hashed, Reply(text, facts, row.get("raw"))
