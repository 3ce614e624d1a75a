"""`redox eval`: the exam. Each command imports what it needs when it is called."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from redox.commands.common import Settings, fail_on
from redox.files import BadInputError
from redox.progress import track

if TYPE_CHECKING:
    from redox_eval.judging import Bench

app = typer.Typer(
    help="Score what models wrote, in a sandbox, and compare.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

JobsOption = Annotated[
    int, typer.Option("--jobs", "-j", min=1, help="How many processes work at once.")
]
UnsandboxedOption = Annotated[
    bool,
    typer.Option(
        "--allow-unsandboxed",
        help="Where there is no sandbox, run untrusted programs with your own rights.",
    ),
]
CORES = os.cpu_count() or 1


@app.callback()
def _group() -> None:
    """Score what models wrote, in a sandbox, and compare."""


@app.command()
def score(
    context: typer.Context,
    predictions: Annotated[
        Path, typer.Argument(metavar="PREDICTIONS", help="What models wrote, as JSON lines.")
    ],
    tasks: Annotated[
        list[Path], typer.Option("--tasks", metavar="TASKS", help="Tasks, as JSON lines.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="RESULTS", help="Where the results go.")
    ],
    arm: Annotated[
        list[str] | None,
        typer.Option("--arm", metavar="NAME=PHRASEBOOK", help="An arm with its own wording."),
    ] = None,
    jobs: JobsOption = CORES,
    cache: Annotated[
        Path | None, typer.Option("--cache", metavar="DIR", help="Where verdicts are kept.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Judge everything, whatever was kept.")
    ] = False,
    allow_unsandboxed: UnsandboxedOption = False,
) -> None:
    """Compile and test each prediction in a sandbox, and write what became of it.

    The exit code is 1 if a line, a task or a prediction could not be used; the rest is scored.
    """
    from redox_eval.arms import known_arms
    from redox_eval.records import (
        Prediction,
        Task,
        prediction_from_json,
        result_as_json,
        task_from_json,
    )
    from redox_eval.rows import read_rows, write_rows
    from redox_eval.scoring import Plan, default_cache, problems_of, workplace
    from redox_eval.scoring import score as score_all
    from redox_eval.tables import show_summary

    arms = known_arms(_pairs(arm or [], context))
    if output.is_dir():
        raise BadInputError(f"{output}: is a folder")
    read_tasks = [read_rows(path, task_from_json, lambda task: task.id) for path in tasks]
    answers = read_rows(predictions, prediction_from_json, lambda one: one.key)
    problems = problems_of(*(part.problems for part in read_tasks), answers.problems)
    every_task: dict[str, Task] = {}
    for path, part in zip(tasks, read_tasks, strict=True):
        for task in part.rows:
            if every_task.setdefault(task.id, task) != task:
                problems.append(f"{path}: {task.id!a} is another task in another file")
    rows: tuple[Prediction, ...] = answers.rows
    with workplace() as place:
        plan = Plan(_bench(place, allow_unsandboxed), arms, jobs, cache or default_cache(), fresh)
        results, found = score_all(list(every_task.values()), rows, plan)
    write_rows(output, map(result_as_json, results))
    problems += found
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    show_summary(results)
    fail_on(bool(problems))


@app.command()
def adapt(
    form: Annotated[
        str, typer.Argument(metavar="FORMAT", help="mceval, humaneval-x or multipl-e.")
    ],
    rows: Annotated[Path, typer.Argument(metavar="FILE", help="The set's own JSON lines.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="TASKS", help="Where the tasks go.")
    ],
) -> None:
    """Turn the tasks of an outside set into ours; each change to one is named.

    The exit code is 1 if a row could not be used.
    """
    from redox_eval.adapters import ADAPTERS
    from redox_eval.records import task_as_json
    from redox_eval.rows import read_rows, write_rows

    if form not in ADAPTERS:
        raise BadInputError(f"{form!a}: is no format; there are {', '.join(ADAPTERS)}")
    read = read_rows(rows, ADAPTERS[form], lambda one: one.task.id)
    for one in read.rows:
        for note in one.notes:
            print(f"note: {one.task.id}: {note}", file=sys.stderr)
    for problem in read.problems:
        print(f"error: {problem}", file=sys.stderr)
    write_rows(output, (task_as_json(one.task) for one in read.rows))
    fail_on(bool(read.problems))


@app.command()
def generate(
    context: typer.Context,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="`reference` or `todo`.")],
    tasks: Annotated[Path, typer.Option("--tasks", metavar="TASKS", help="Tasks, as JSON lines.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="PREDICTIONS", help="Where they go.")
    ],
    arms: Annotated[
        list[str] | None,
        typer.Option("--in", metavar="ARM", help="An arm to answer in; rust and iron if none."),
    ] = None,
    arm: Annotated[
        list[str] | None,
        typer.Option("--arm", metavar="NAME=PHRASEBOOK", help="An arm with its own wording."),
    ] = None,
) -> None:
    """Answer tasks, and write the answers as predictions.

    `reference` answers with each task's reference and must score 1; `todo` with `todo!()` in its
    place and must score 0. The exit code is 1 if a task could not be answered.
    """
    from redox_eval.arms import known_arms
    from redox_eval.models import CONTROLS, answer_with
    from redox_eval.records import RecordError, prediction_as_json, task_from_json
    from redox_eval.rows import read_rows, write_rows

    known = known_arms(_pairs(arm or [], context))
    wanted = arms or ["rust", "iron"]
    if model not in CONTROLS:
        raise BadInputError(f"{model!a}: is no model; there are {', '.join(CONTROLS)}")
    for name in wanted:
        if name not in known:
            raise BadInputError(f"the arm {name!a} is not known: say --arm NAME=PHRASEBOOK")
    read = read_rows(tasks, task_from_json, lambda task: task.id)
    problems = [str(problem) for problem in read.problems]
    answers = []
    for task in track(read.rows, "answering"):
        try:
            answers += [answer_with(model, task, known[name]) for name in wanted]
        except RecordError as error:
            problems.append(f"{task.id!a}: {error}")
    write_rows(output, map(prediction_as_json, answers))
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    fail_on(bool(problems))


def _bench(place: Path, allow_unsandboxed: bool) -> Bench:
    from redox_eval.judging import Bench, find_toolchain, prepare
    from redox_eval.sandbox import find_isolation

    bench = Bench(find_toolchain(), find_isolation(allow_none=allow_unsandboxed), place)
    prepare(bench)
    return bench


def _pairs(given: list[str], context: typer.Context) -> dict[str, str]:
    """Read `NAME=PHRASEBOOK`; the global --phrasebook is the wording of the arm iron."""
    settings = context.find_object(Settings) or Settings()
    pairs = {"iron": os.fspath(settings.phrasebook)} if settings.phrasebook else {}
    for each in given:
        name, equals, path = each.partition("=")
        if not equals or not path:
            raise BadInputError(f"--arm {each!a}: is no NAME=PHRASEBOOK")
        pairs[name] = path
    return pairs


def main() -> None:
    """Run `redox-eval` as `redox eval` with the arguments of this process."""
    from redox.cli import app as redox_app

    redox_app(["eval", *sys.argv[1:]], prog_name="redox")
