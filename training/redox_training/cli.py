"""`redox data`: tasks made and proved. Each command imports what it needs when it is called."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from redox.commands.common import Settings, fail_on
from redox.files import BadInputError, write_text
from redox_eval.options import CORES, ArmOption, JobsOption, UnsandboxedOption

if TYPE_CHECKING:
    from redox_eval.records import Task

app = typer.Typer(
    help="Make tasks from families, and prove them.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
SHOWN = 10


@app.callback()
def _group() -> None:
    """Make tasks from families, and prove them."""


@app.command()
def build(
    name: Annotated[str, typer.Argument(metavar="NAME", help="foundation_v1, _v2 or _v3.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="TASKS", help="Where the tasks go.")
    ],
    seed: Annotated[int, typer.Option("--seed", help="What draws the tasks.")] = 3407,
) -> None:
    """Draw the tasks of a data set; the same seed gives the same bytes."""
    from redox_eval.records import task_as_json
    from redox_eval.rows import write_rows
    from redox_training.datasets import build as draw

    write_rows(output, map(task_as_json, draw(name, seed)))


@app.command()
def validate(
    tasks: Annotated[list[Path], typer.Argument(metavar="TASKS...", help="Tasks, as JSON lines.")],
    outside: Annotated[
        list[Path] | None,
        typer.Option("--outside", metavar="TASKS", help="Tasks that train must not hold."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the figures there too.")
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="TASKS", help="Write those tasks that fail no gate."),
    ] = None,
    jobs: JobsOption = CORES,
    cache: Annotated[
        Path | None, typer.Option("--cache", metavar="DIR", help="Where what was found is kept.")
    ] = None,
    allow_unsandboxed: UnsandboxedOption = False,
) -> None:
    """Hold tasks against the gates: each a figure, and passed or failed.

    The exit code is 1 if a gate fails or a line could not be used.
    """
    from redox_eval.judging import open_bench
    from redox_eval.records import task_as_json
    from redox_eval.rows import write_rows
    from redox_eval.scoring import default_cache, workplace
    from redox_training.gates import as_json
    from redox_training.tables import show_gates
    from redox_training.validating import Validation, first_failures
    from redox_training.validating import validate as validate_all

    wanted, problems = _read_tasks(tasks)
    others, more = _read_tasks(outside) if outside else ((), [])
    problems += more
    with workplace() as place:
        bench = open_bench(place, allow_unsandboxed)
        plan = Validation(wanted, bench, jobs, others, cache or default_cache())
        gates = validate_all(plan)
    for problem in (*problems, *first_failures(gates, SHOWN)):
        print(f"error: {problem}", file=sys.stderr)
    is_sandboxed = str(bench.isolation) != "none"
    cautions = list(dict.fromkeys(str(task.extra.get("caution", "")) for task in wanted))
    show_gates(gates, len(wanted), cautions, is_sandboxed=is_sandboxed)
    if report is not None:
        found = {"tasks": len(wanted), "isolation": str(bench.isolation), "gates": as_json(gates)}
        write_text(report, json.dumps(found, indent=1, ensure_ascii=True) + "\n")
    if keep is not None:
        failed = {name for gate in gates for name, _ in gate.failures}
        write_rows(keep, (task_as_json(task) for task in wanted if task.id not in failed))
    fail_on(bool(problems) or not all(gate.is_passed for gate in gates))


@app.command()
def export(
    context: typer.Context,
    tasks: Annotated[list[Path], typer.Argument(metavar="TASKS...", help="Tasks, as JSON lines.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the data set goes.")
    ],
    arms: Annotated[
        list[str] | None,
        typer.Option("--in", metavar="ARM", help="An arm to write; rust and iron if none."),
    ] = None,
    arm: ArmOption = None,
    slots: Annotated[
        bool, typer.Option("--slots", help="Take names and literals out, for small models.")
    ] = False,
    families: Annotated[
        list[str] | None,
        typer.Option("--family", metavar="NAME", help="Of this family alone; may be repeated."),
    ] = None,
) -> None:
    """Write tasks as chats for training, the same rows in each arm, with a card.

    `datasets.load_dataset(FOLDER, ARM)` loads one. Nothing is written if a line can't be used: a
    row less in one place would be another data set.
    """
    from redox_eval.arms import arms_given, chosen_arms
    from redox_training.exporting import export as export_all

    found, problems = _read_tasks(tasks)
    if problems:
        raise BadInputError(f"{problems[0]}; nothing is written")
    wanted = chosen_arms(arms, arms_given(arm, context.find_object(Settings)))
    if strange := sorted({*(families or ())} - {task.family for task in found}):
        raise BadInputError(f"--family {strange[0]!a}: there are no tasks of it")
    chosen = [task for task in found if not families or task.family in families]
    files = export_all(chosen, wanted, with_slots=slots)
    for place, text in files.items():
        write_text(output / place, text)


@app.command()
def expand(
    results: Annotated[
        list[Path], typer.Argument(metavar="RESULTS...", help="What `redox eval score` wrote.")
    ],
    tasks: Annotated[
        list[Path], typer.Option("--tasks", metavar="TASKS", help="The whole set, train and exam.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="TASKS", help="Where the new tasks go.")
    ],
    count: Annotated[int, typer.Option("--count", min=1, help="How many are drawn.")] = 200,
    seed: Annotated[int, typer.Option("--seed", help="What draws the tasks.")] = 3407,
) -> None:
    """Show where failures cluster, and draw new train tasks for that.

    None has the template of a task of the exam, or one near it. The exit code is 1 if a line could
    not be used.
    """
    from redox_eval.records import result_from_json, task_as_json
    from redox_eval.rows import read_rows, write_rows
    from redox_training.expanding import clusters_of
    from redox_training.expanding import expand as expand_all
    from redox_training.plans import HELD
    from redox_training.tables import show_clusters

    whole, problems = _read_tasks(tasks)
    read = [read_rows(path, result_from_json, lambda one: one.key) for path in results]
    problems += [str(problem) for rows in read for problem in rows.problems]
    clusters = clusters_of(one for rows in read for one in rows.rows)
    if not clusters:
        raise BadInputError("nothing failed in these results, so nothing is to be added")
    made = expand_all(clusters, whole, count, seed)
    show_clusters(clusters)
    examined = {task.id for task in whole if task.extra.get("split") in HELD}
    steering = sum(one.id in examined for rows in read for one in rows.rows)
    steered = (
        f"{steering:,} of these results are of test tasks: what is learned because of them, these"
        " tasks test no more; take results of `--split val`"
    )
    for note in (*made.notes, *[steered] * bool(steering)):
        print(f"note: {note}", file=sys.stderr)
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    write_rows(output, map(task_as_json, made.tasks))
    fail_on(bool(problems))


def _read_tasks(paths: list[Path]) -> tuple[tuple[Task, ...], list[str]]:
    from redox_eval.rows import read_tasks

    found, problems = read_tasks(paths)
    if not found:
        raise BadInputError("there are no tasks in these files")
    return found, problems
