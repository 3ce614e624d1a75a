"""`redox data`: tasks made and proved. Each command imports what it needs when it is called."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from redox.commands.common import fail_on
from redox.files import BadInputError, write_text

app = typer.Typer(
    help="Make tasks from families, and prove them.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
CORES = os.cpu_count() or 1
SHOWN = 10


@app.callback()
def _group() -> None:
    """Make tasks from families, and prove them."""


@app.command()
def build(
    name: Annotated[str, typer.Argument(metavar="NAME", help="foundation_v1 or foundation_v2.")],
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
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, help="How many processes work at once.")
    ] = CORES,
    cache: Annotated[
        Path | None, typer.Option("--cache", metavar="DIR", help="Where what was found is kept.")
    ] = None,
    allow_unsandboxed: Annotated[
        bool,
        typer.Option("--allow-unsandboxed", help="Where there is no sandbox, do without."),
    ] = False,
) -> None:
    """Hold tasks against the gates: each a figure, and passed or failed.

    The exit code is 1 if a gate fails or a line could not be used.
    """
    from redox_eval.judging import Bench, find_toolchain, prepare
    from redox_eval.records import Task, task_from_json
    from redox_eval.rows import read_rows
    from redox_eval.sandbox import find_isolation
    from redox_eval.scoring import default_cache, workplace
    from redox_training.gates import as_json
    from redox_training.tables import show_gates
    from redox_training.validating import Validation, first_failures
    from redox_training.validating import validate as validate_all

    problems: list[str] = []

    def read(paths: list[Path]) -> tuple[Task, ...]:
        found: dict[str, Task] = {}
        for path in paths:
            rows = read_rows(path, task_from_json, lambda task: task.id)
            problems.extend(str(problem) for problem in rows.problems)
            problems.extend(
                f"{path}: {task.id!a} is another task in another file"
                for task in rows.rows
                if found.setdefault(task.id, task) != task
            )
        return tuple(found.values())

    wanted, others = read(tasks), read(outside or [])
    if not wanted:
        raise BadInputError("there are no tasks in these files")
    with workplace() as place:
        bench = Bench(find_toolchain(), find_isolation(allow_none=allow_unsandboxed), place)
        prepare(bench)
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
    fail_on(bool(problems) or not all(gate.is_passed for gate in gates))
