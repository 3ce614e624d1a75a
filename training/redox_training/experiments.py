"""An experiment piece by piece: train and ask, until its plan is done; each piece is done once.

Its folder holds what is large; what is kept of it is small and lies in `kept`: settings, metrics,
questions and answers, never weights. A piece whose answers are kept is done, even where all else is
gone, so an experiment goes on from what is committed beside its plan, and is scored from that.
"""

from __future__ import annotations

import fcntl
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from redox.commands.common import EXIT_INTERRUPTED
from redox.files import BadInputError, read_text, write_bytes, write_text
from redox.process import run_attached
from redox_eval.checkpoints import load_checkpoint
from redox_eval.generating import Plan as Asking
from redox_eval.generating import drawn_examples, generate
from redox_eval.models import Model
from redox_eval.nearest import learn
from redox_eval.prompts import answer_as_reply
from redox_eval.records import RecordError, Task, prediction_as_json, task_as_json
from redox_eval.rows import dump_row, read_rows, read_tasks, write_rows
from redox_training.backends import base_folder, load_ends, load_tokenizer, prepare
from redox_training.chats import TRAIN, DataSet, as_row, by_lot, chosen, read_data
from redox_training.config import UNSLOTH, Config, as_toml, read_config
from redox_training.datasets import build
from redox_training.exporting import export
from redox_training.finetuning import finetune, inspect
from redox_training.loop import StoppedError
from redox_training.outdated import refuse_changes
from redox_training.plans import Plan, Training, asked, taught, trainings
from redox_training.runs import FINISHED, Run

BATCH = 32
CAP = 2
"""How many times as long as the longest right answer of its arm a reply may be."""
KEPT_OF_RUN = ("config.toml", "run.json", "metrics.jsonl", "loss.png")
NEAREST, ZERO = "nearest", "zero-shot"


@dataclass(frozen=True, slots=True)
class Work:
    """A plan with its folder, and the files of tasks that were given."""

    plan: Plan
    folder: Path
    given: Mapping[str, Path]

    @property
    def kept(self) -> Path:
        """What is to be committed."""
        return self.folder / "kept"

    @property
    def at_hand(self) -> list[str]:
        """The exams whose tasks are there: ours, and those of others that were given."""
        exams = self.plan.exams.items()
        return [name for name, exam in exams if name in self.given or not exam.given]

    def asked(self, exam: str) -> Path:
        """Where the tasks of an exam are, to ask others the same; those of others aren't kept."""
        folder = self.folder if self.plan.exams[exam].given else self.kept
        return folder / "exams" / f"{exam}.jsonl"

    def answers(self, exam: str, name: str) -> Path:
        """Where the answers of a run, or of a baseline, to an exam are kept."""
        return self.kept / "predictions" / exam / f"{name}.jsonl"

    def run_of(self, training: Training) -> Run:
        """Return a run's folder."""
        return Run(self.folder / "runs" / training.name)


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing to do: train a run, or have it take an exam."""

    kind: str
    name: str
    training: Training | None = None
    exam: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of one kind: done, of all, and the seconds that the rest takes, if known."""

    kind: str
    done: int
    count: int
    seconds: float | None


def open_work(plan: Plan, folder: Path, given: Mapping[str, Path]) -> Work:
    """Make ready: what was kept beside the plan counts, tasks are drawn, the data set is exported.

    Raises `BadInputError` for an exam that is not given, or not known, and where the folder, or
    what was kept, is of what the plan says no more.
    """
    work = _work_of(plan, folder, given)
    with _alone(folder / "tasks.lock"):
        if not (folder / "tasks.jsonl").is_file():
            write_rows(folder / "tasks.jsonl", map(task_as_json, build(plan.data)))
        if not (folder / "data" / "manifest.json").is_file():
            tasks = taught(plan, _read(folder / "tasks.jsonl"))
            files = export(tasks, list(plan.wordings().values()))
            # The manifest comes last: it says that all is there.
            for name, text in sorted(files.items(), key=lambda one: one[0] == "manifest.json"):
                write_text(folder / "data" / name, text)
        exams = {name: tasks_of(work, name) for name in work.at_hand}
        names = [NEAREST, *(one.name for one in trainings(plan))]
        refuse_changes(plan, folder, _read(folder / "tasks.jsonl"), exams, names)
        for name, tasks in exams.items():
            write_rows(work.asked(name), map(task_as_json, tasks))
        _take_kept(work)
    return work


def open_kept(plan: Plan, folder: Path, given: Mapping[str, Path]) -> Work:
    """Make ready what is kept, to be scored; tasks are drawn only where none of an exam are kept.

    So it can be scored again when families draw other tasks. Raises as `open_work` does.
    """
    work = _work_of(plan, folder, given)
    with _alone(folder / "tasks.lock"):
        _take_kept(work)
    own = [name for name, exam in plan.exams.items() if not exam.given]
    if all(work.asked(name).is_file() for name in own):
        return work
    return open_work(plan, folder, given)


def _work_of(plan: Plan, folder: Path, given: Mapping[str, Path]) -> Work:
    wanted = {name for name, exam in plan.exams.items() if exam.given}
    if strange := sorted(given.keys() - wanted):
        raise BadInputError(f"--given {strange[0]}: the plan has no such exam that is given")
    return Work(plan, folder, given)


def _take_kept(work: Work) -> None:
    """Copy what was kept beside the plan and isn't in the folder."""
    beside = work.plan.folder / "kept"
    for place in sorted(beside.rglob("*")) if beside.resolve() != work.kept.resolve() else []:
        copy = work.kept / place.relative_to(beside)
        if place.is_file() and not copy.exists():
            write_bytes(copy, place.read_bytes())


def tasks_asked(work: Work, exam: str) -> Sequence[Task]:
    """Return what was asked in an exam; raises `BadInputError` if its file was not given."""
    is_given = work.plan.exams[exam].given
    return tasks_of(work, exam) if is_given else _read(work.asked(exam))


def tasks_of(work: Work, exam: str) -> list[Task]:
    """Return what is to be asked in an exam; raises `BadInputError` if its file was not given."""
    wanted = work.plan.exams[exam]
    if wanted.given and exam not in work.given:
        raise BadInputError(f"the exam {exam} is of others' tasks: say --given {exam}=TASKS")
    return asked(work.plan, wanted, _read(work.given.get(exam, work.folder / "tasks.jsonl")))


def pieces(work: Work) -> Iterator[Piece]:
    """Yield all that the plan asks for, in order."""
    plan = work.plan
    yield from (Piece("copy", NEAREST, exam=name) for name in plan.exams)
    for training in trainings(plan):
        yield Piece("train", training.name, training)
        for name, exam in plan.exams.items():
            is_for_all = not exam.seeds or training.seed in exam.seeds
            if name == plan.first_exam or (is_for_all and not training.is_equal_tokens):
                yield Piece("ask", training.name, training, name)
    if plan.shots:
        yield from (Piece("show", f"{ZERO}-{arm}", exam=plan.first_exam) for arm in plan.wordings())


def is_done(work: Work, piece: Piece) -> bool:
    """Tell whether a piece need not be done: a run whose answers are all kept is not trained."""
    if piece.kind != "train":
        return work.answers(piece.exam, piece.name).exists()
    own = [one for one in pieces(work) if (one.kind, one.name) == ("ask", piece.name)]
    can_be_asked = [one for one in own if not _is_missing(work, one)]
    is_kept = all((_kept_of(work, piece.name) / name).exists() for name in KEPT_OF_RUN)
    return (is_kept and _is_trained(work, piece)) or all(is_done(work, one) for one in can_be_asked)


def carry_on(work: Work) -> Iterator[Piece]:
    """Do what is left, and yield each piece once it is done.

    Two processes share the work: each takes runs that the other has not. Raises `StoppedError`,
    `KeyboardInterrupt` and `BadInputError`; whatever was done stays. What would stop one run by its
    rows stops all, before any is trained.
    """
    _look_at_rows(work)
    for piece in pieces(work):
        if is_done(work, piece) or _is_missing(work, piece):
            continue
        with _alone(work.folder / "locks" / piece.name, may_wait=False) as is_mine:
            is_due = piece.kind != "ask" or _is_trained(work, piece)
            if not is_mine or is_done(work, piece) or not is_due:
                continue
            KINDS[piece.kind](work, piece)
        yield piece


def _look_at_rows(work: Work) -> None:
    due = [one for one in pieces(work) if one.kind == "train" and not is_done(work, one)]
    # The seed has no say in which rows are learned.
    kinds = dict.fromkeys(replace(one.training, seed=0) for one in due if one.training is not None)
    if not kinds:
        return
    data = read_data(work.folder / "data")
    for config in dict.fromkeys(config_of(work.plan, kind, data) for kind in kinds):
        inspect(config, data, work.plan.like)


def left(work: Work) -> list[Left]:
    """Return how much of each kind is left, and how long it takes at the pace so far."""
    every = list(pieces(work))
    pace = _pace(work)
    found = []
    for kind, label in (("train", ""), *(("ask", exam) for exam in work.plan.exams)):
        own = [one for one in every if one.kind == kind and one.exam == label]
        open_ones = [one for one in own if not is_done(work, one)]
        each = pace.get(label)
        share = [_unlearned(work, one) if kind == "train" else 1.0 for one in open_ones]
        seconds = None if each is None else each * sum(share)
        name = "trainings" if kind == "train" else f"exams {label}"
        found.append(Left(name, len(own) - len(open_ones), len(own), seconds))
    return found


# ---- the pieces ----


def _train(work: Work, piece: Piece) -> None:
    assert piece.training is not None
    run, data = work.run_of(piece.training), read_data(work.folder / "data")
    config = config_of(work.plan, piece.training, data)
    if config.base.backend == UNSLOTH:
        _train_apart(work, config, piece.training)
    else:
        finetune(config, data, piece.training.arm, piece.training.seed, run)
    _keep(work, run)


def _train_apart(work: Work, config: Config, training: Training) -> None:
    """Train in a process of its own: Unsloth patches models, and exams are taken by plain ones."""
    settings, run = work.folder / "settings" / f"{training.name}.toml", work.run_of(training)
    write_text(settings, as_toml(config))
    command = (
        sys.executable, "-m", "redox", "train", "run", settings, "--data", work.folder / "data",
        "--in", training.arm, "--seed", training.seed, "-o", run.folder,
    )  # fmt: skip
    code = run_attached([*map(str, command)])
    if code == EXIT_INTERRUPTED:
        raise StoppedError(f"{run.name} is stopped")
    if code:
        raise BadInputError(f"{run.folder}: could not be trained: what did it ended with {code}")


def _ask(work: Work, piece: Piece) -> None:
    assert piece.training is not None
    arm, tasks = piece.training.arm, tasks_of(work, piece.exam)
    model = _load(work, piece, work.run_of(piece.training).model, arm)
    _answer(work, piece, tasks, [arm], model, Asking((piece.training.seed,)))


def _copy(work: Work, piece: Piece) -> None:
    """Have the baseline copy from the rows that were learned."""
    rows = read_data(work.folder / "data")
    config = read_config(work.plan.folder / work.plan.config)
    known = chosen(rows.of(work.plan.like, TRAIN), config.rows.count, config.rows.draw_seed)
    ids = {chat.id for chat in known}
    model = learn(task for task in _read(work.folder / "tasks.jsonl") if task.id in ids)
    _answer(work, piece, tasks_of(work, piece.exam), list(work.plan.wordings()), model, Asking())


def _show(work: Work, piece: Piece) -> None:
    """Ask the base model, with examples and a card of the arm's language."""
    arm = piece.name.removeprefix(f"{ZERO}-")
    base = read_config(work.plan.folder / work.plan.config).base
    model = _load(work, piece, base_folder(base), arm)
    shown = drawn_examples(taught(work.plan, _read(work.folder / "tasks.jsonl")), work.plan.shots)
    tasks = asked(
        work.plan, replace(work.plan.exams[piece.exam], count=work.plan.shots_count),
        _read(work.folder / "tasks.jsonl"),
    )  # fmt: skip
    _answer(work, piece, tasks, [arm], model, Asking(shown=shown))


def _load(work: Work, piece: Piece, folder: Path, arm: str) -> Model:
    """Load what takes an exam, on as many threads as runs are trained on, whatever came before."""
    prepare(read_config(work.plan.folder / work.plan.config).machine.threads)
    return load_checkpoint(folder, 0.0, cap_of(work, piece.exam, arm))


KINDS = {"train": _train, "ask": _ask, "copy": _copy, "show": _show}


def _answer(
    work: Work, piece: Piece, tasks: Sequence[Task], arms: Sequence[str], model: Model, plan: Asking
) -> None:
    archive = work.folder / "raw" / piece.exam / f"{piece.name}.jsonl"
    archive.parent.mkdir(parents=True, exist_ok=True)
    before, started = _lines(archive), time.monotonic()
    known = work.plan.wordings()
    try:
        answers, problems = generate(
            tasks, [known[arm] for arm in arms], model, replace(plan, batch=BATCH, archive=archive)
        )
    finally:
        row = {
            "kind": piece.kind,
            "exam": piece.exam,
            "answers": _lines(archive) - before,
            "seconds": round(time.monotonic() - started, 1),
        }
        with (work.folder / "pace.jsonl").open("a", encoding="ascii") as file:
            file.write(dump_row(row) + "\n")
    if problems:
        raise BadInputError(f"{piece.name}, {piece.exam}: {problems[0]}")
    write_rows(work.answers(piece.exam, piece.name), map(prediction_as_json, answers))


def config_of(plan: Plan, training: Training, data: DataSet) -> Config:
    """Return a run's settings: those of the plan, with as many rows as it is to learn.

    Raises `BadInputError` where all rows have fewer tokens than it is to learn.
    """
    config = read_config(plan.folder / plan.config)
    if not training.is_equal_tokens:
        return config
    tokenizer = load_tokenizer(config.base)
    ends = load_ends(config.base, tokenizer)

    def lengths(arm: str) -> Iterator[int]:
        lots = by_lot(data.of(arm, TRAIN), config.rows.draw_seed)
        yield from (len(as_row(chat, tokenizer, ends).tokens) for chat in lots)

    wanted = sum(islice(lengths(plan.like), config.rows.count or None))
    for count, total in enumerate(accumulate(lengths(training.arm)), 1):
        if total >= wanted:
            return replace(config, rows=replace(config.rows, count=count))
    raise BadInputError(
        f"equal_tokens: all rows of {training.arm} are fewer tokens than the {wanted:,} that"
        f" {plan.like} learns; lower rows.count"
    )


def cap_of(work: Work, exam: str, arm: str) -> int:
    """Return the most tokens of a reply: `CAP` times the longest right answer of its arm."""
    config = read_config(work.plan.folder / work.plan.config)
    tokenizer, wording = load_tokenizer(config.base), work.plan.wordings()[arm].load()
    right = [answer_as_reply(wording.say(task.reference or "")) for task in tasks_of(work, exam)]
    counted = tokenizer(right, add_special_tokens=False)["input_ids"]
    return CAP * max(map(len, counted))


def _keep(work: Work, run: Run) -> None:
    for name in KEPT_OF_RUN:
        write_bytes(_kept_of(work, run.name) / name, (run.folder / name).read_bytes())


def _kept_of(work: Work, name: str) -> Path:
    return work.kept / "runs" / name


# ---- pace ----


def _pace(work: Work) -> dict[str, float]:
    """Return the seconds that a piece takes: of each exam, and under "" of a training."""
    found: dict[str, float] = {}
    paces = work.folder / "pace.jsonl"
    # A row that was being written when all stopped is torn, and passed over.
    rows = read_rows(paces, _pace_from_json).rows if paces.exists() else ()
    for exam in work.at_hand:
        own = [row for row in rows if (row["kind"], row["exam"]) == ("ask", exam) if row["answers"]]
        if own:
            each = sum(row["seconds"] for row in own) / sum(row["answers"] for row in own)
            found[exam] = each * len(tasks_of(work, exam))
    steps = [
        row["seconds"]
        for training in trainings(work.plan)
        for row in work.run_of(training).read_metrics()
        if "seconds" in row
    ]
    runs = [work.run_of(one) for one in trainings(work.plan)]
    counts = [run.facts()["steps"] for run in runs if (run.folder / "run.json").is_file()]
    if steps and counts:
        found[""] = sum(steps) / len(steps) * max(counts)
    return found


def _pace_from_json(row: Any) -> Mapping[str, Any]:
    if not isinstance(row, Mapping) or not {"kind", "exam", "answers", "seconds"} <= row.keys():
        raise RecordError("is no row of paces")
    return row


def _unlearned(work: Work, piece: Piece) -> float:
    """Return the share of a training that is not done."""
    assert piece.training is not None
    run = work.run_of(piece.training)
    if not (run.folder / "run.json").is_file():
        return 1.0
    facts = run.facts()
    return 1 - float(facts["steps_done"] / facts["steps"])


def _is_trained(work: Work, piece: Piece) -> bool:
    assert piece.training is not None
    run = work.run_of(piece.training)
    return (run.folder / "run.json").is_file() and run.facts()["state"] == FINISHED


def _is_missing(work: Work, piece: Piece) -> bool:
    """Tell whether an exam can't be taken since its tasks were not given."""
    return bool(piece.exam) and piece.exam not in work.at_hand


def _read(path: Path) -> tuple[Task, ...]:
    tasks, problems = read_tasks([path])
    if problems:
        raise BadInputError(problems[0])
    return tasks


def _lines(path: Path) -> int:
    return len(read_text(path).splitlines()) if path.exists() else 0


@contextmanager
def _alone(place: Path, *, may_wait: bool = True) -> Iterator[bool]:
    """Hold a lock that ends with the process; yield whether it is ours."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("w", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if may_wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
