"""`redox train`: finetunes and their folders. Each command imports what it needs when called."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from redox.commands.common import EXIT_INTERRUPTED, fail_on, how_to_install
from redox.files import BadInputError
from redox_eval.options import CORES, JobsOption, UnsandboxedOption

app = typer.Typer(
    help="Finetune a model on one arm of a data set, and compare runs.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
ConfigArgument = Annotated[
    Path, typer.Argument(metavar="CONFIG", help="Settings as TOML; `redox train defaults` has all.")
]
DataOption = Annotated[
    Path, typer.Option("--data", metavar="FOLDER", help="What `redox data export` wrote.")
]
PlanArgument = Annotated[
    Path, typer.Argument(metavar="PLAN", help="An experiment's plan, as TOML.")
]
WorkOption = Annotated[
    Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where it is done.")
]
GivenOption = Annotated[
    list[str] | None,
    typer.Option("--given", metavar="NAME=TASKS", help="The tasks of an exam of others' tasks."),
]
ArmChoice = Annotated[str, typer.Option("--in", metavar="ARM", help="The arm: rust, iron, ...")]


@app.callback()
def _group() -> None:
    """Finetune a model on one arm of a data set, and compare runs."""


@app.command()
def defaults() -> None:
    """Print every setting with its default and the reason for it, as TOML."""
    from redox_training.config import Config, as_toml

    print(as_toml(Config()), end="")


@app.command()
def inspect(config: ConfigArgument, data: DataOption, arm: ArmChoice = "iron") -> None:
    """Show what a run would learn: tokens of each arm, and the first row as the model sees it.

    What is learned is green on a terminal. Rows that are too long are named: a run would stop.
    """
    from redox_training.chats import read_data
    from redox_training.config import read_config
    from redox_training.finetuning import inspect as look
    from redox_training.tables import show_sight

    show_sight(look(read_config(config), read_data(data), arm))


@app.command()
def run(
    config: ConfigArgument,
    data: DataOption,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="RUN", help="The run's folder.")
    ],
    arm: ArmChoice = "iron",
    seed: Annotated[int, typer.Option("--seed", help="What draws order and adapter.")] = 3407,
) -> None:
    """Train, or go on with a run that was stopped: the same command does both.

    Ctrl-C ends the step that is at hand, saves, and exits with 130.
    """
    from redox_training.chats import read_data
    from redox_training.config import UNSLOTH, read_config

    settings = read_config(config)
    if settings.base.backend == UNSLOTH:
        _want_unsloth()
        # Unsloth patches transformers and peft as it is imported, so it comes before them.
        import redox_training.unsloth_backend  # noqa: F401  for what that does
    from redox_training.finetuning import finetune
    from redox_training.loop import StoppedError
    from redox_training.runs import Run

    place = Run(output)
    try:
        course = finetune(settings, read_data(data), arm, seed, place)
    except StoppedError as stopped:
        print(f"{stopped}; the same command goes on from there", file=sys.stderr)
        raise typer.Exit(EXIT_INTERRUPTED) from stopped
    print(f"{output}: was finished before" if course is None else f"{output}: {course}")


@app.command("list")
def list_runs(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder of runs.")],
) -> None:
    """List the runs in a folder."""
    from redox_training.runs import find_runs
    from redox_training.tables import show_runs

    found = find_runs(folder)
    if not found:
        raise BadInputError(f"{folder}: holds no runs")
    show_runs(found)


@app.command()
def show(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.")],
) -> None:
    """Show one run: what was set otherwise than by default, and how it went."""
    from redox_training.runs import Run
    from redox_training.tables import show_run

    show_run(Run(folder))


@app.command()
def compare(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Two runs or more.")],
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="PNG", help="Draw their losses there.")
    ] = None,
) -> None:
    """Compare runs, and tell whether they were treated alike but for arm and seed.

    The exit code is 1 if they were not.
    """
    from redox_training.plots import plot_losses
    from redox_training.runs import Run, unequal
    from redox_training.tables import show_runs, show_unequal

    runs = [Run(folder) for folder in folders]
    if len(runs) < 2:
        raise BadInputError("two runs at least are needed to compare")
    found = unequal(runs)
    show_runs(runs)
    show_unequal(found)
    if plot is not None:
        plot_losses(plot, {one.name: one.read_metrics() for one in runs})
    fail_on(bool(found))


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A finished run's folder.")],
    data: DataOption,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="PATH", help="Where it goes, file or folder.")
    ],
    form: Annotated[
        str, typer.Option("--as", metavar="FORM", help="adapter, merged, gguf or onnx.")
    ] = "merged",
    kind: Annotated[
        str,
        typer.Option(
            "--kind", metavar="KIND", help="f32; adapter: f16; gguf: f16, q8_0; onnx: int8."
        ),
    ] = "f32",
    tasks: Annotated[
        Path | None,
        typer.Option("--tasks", metavar="TASKS", help="Have both answer these of validation, too."),
    ] = None,
    allow_unsandboxed: UnsandboxedOption = False,
) -> None:
    """Write what a run learned in another form, if that answers as the run does.

    Questions of validation are asked of both: float32 must answer all to the token alike, others
    foretell 99 of 100 tokens alike. With --tasks all of validation is answered and scored, and an
    export may pass a point less. One that does not is refused.
    """
    from redox_eval.arms import known_arms
    from redox_eval.judging import open_bench
    from redox_eval.rows import read_tasks
    from redox_eval.scoring import Plan, default_cache, workplace
    from redox_training.chats import read_data
    from redox_training.exports import FORMS, Exam
    from redox_training.exports import export as export_run
    from redox_training.runs import Run

    if form not in FORMS:
        raise BadInputError(f"--as {form!a}: is none of {', '.join(FORMS)}")
    if kind not in FORMS[form].kinds:
        raise BadInputError(f"--kind {kind!a}: {form} has {', '.join(FORMS[form].kinds)}")
    with workplace() as place:
        exam = None
        if tasks is not None:
            known, problems = read_tasks([tasks])
            if problems:
                raise BadInputError(problems[0])
            bench = open_bench(place, allow_unsandboxed)
            exam = Exam(known, Plan(bench, known_arms({}), CORES, default_cache()))
        verdict = export_run(Run(folder), form, kind, read_data(data), output, exam)
    print(f"{output}: {verdict}")


@app.command("import")
def import_base(
    file: Annotated[Path, typer.Argument(metavar="GGUF", help="A model as llama.cpp has it.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the base model goes.")
    ],
) -> None:
    """Turn a GGUF file into a folder that can be trained from."""
    from redox_training.gguf_files import import_gguf

    import_gguf(file, output)


@app.command()
def scratch(
    data: DataOption,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the base model goes.")
    ],
    arm: ArmChoice = "iron",
    vocabulary: Annotated[
        int, typer.Option("--vocabulary", min=400, help="Of how many tokens.")
    ] = 2048,
    width: Annotated[
        int, typer.Option("--width", min=64, help="Of a layer; a multiple of 64.")
    ] = 128,
    layers: Annotated[int, typer.Option("--layers", min=1, help="How many.")] = 4,
    seed: Annotated[int, typer.Option("--seed", help="What draws its weights.")] = 3407,
) -> None:
    """Make a base model from nothing: a tokenizer of what an arm says, and random weights.

    It is to be trained whole (lora.rank = 0), on a data set exported with --slots.
    """
    from redox_training.chats import read_data
    from redox_training.scratch import make_base

    weights = make_base(
        read_data(data), arm, output, vocabulary=vocabulary, width=width, layers=layers, seed=seed
    )
    print(f"{output}: {weights:,} weights")


@app.command()
def experiment(
    plan: PlanArgument,
    output: WorkOption,
    given: GivenOption = None,
    show: Annotated[
        bool, typer.Option("--show", help="Say what is left, and do nothing of it.")
    ] = False,
) -> None:
    """Do what is left of an experiment: train each arm from each seed, and have it take its exams.

    Ctrl-C stops; the same command goes on. Two of them share the work. What is small is kept in
    the folder's `kept`, to be committed beside the plan.
    """
    from redox_training.config import UNSLOTH, read_config
    from redox_training.experiments import carry_on, left, open_work
    from redox_training.loop import StoppedError
    from redox_training.plans import read_plan
    from redox_training.tables import show_left

    known = read_plan(plan)
    if not show and read_config(known.folder / known.config).base.backend == UNSLOTH:
        _want_unsloth()
    work = open_work(known, output, _given(given))
    show_left(left(work))
    try:
        for piece in () if show else carry_on(work):
            print(f"done: {piece.kind} {piece.name} {piece.exam}".rstrip())
            show_left(left(work))
    except (StoppedError, KeyboardInterrupt) as stopped:
        print(f"{str(stopped) or 'stopped'}; the same command goes on from there", file=sys.stderr)
        raise typer.Exit(EXIT_INTERRUPTED) from stopped


@app.command()
def results(
    plan: PlanArgument,
    output: WorkOption,
    page: Annotated[Path, typer.Option("--page", metavar="MARKDOWN", help="Where the tables go.")],
    given: GivenOption = None,
    jobs: JobsOption = CORES,
    allow_unsandboxed: UnsandboxedOption = False,
) -> None:
    """Score the answers that are kept, and write tables and pictures of them into a page.

    The page has a place for them, between `<!-- results of NAME -->` and `<!-- end of NAME -->`;
    NAME is the plan's folder.
    """
    from redox_eval.judging import open_bench
    from redox_eval.scoring import Plan, default_cache, workplace
    from redox_training.experiments import open_kept
    from redox_training.plans import read_plan
    from redox_training.writeup import score_kept, write_results

    work = open_kept(read_plan(plan), output, _given(given))
    with workplace() as place:
        bench = open_bench(place, allow_unsandboxed)
        taken = score_kept(work, Plan(bench, work.plan.wordings(), jobs, default_cache()))
    write_results(work, taken, page)


def _given(options: list[str] | None) -> dict[str, Path]:
    pairs = {}
    for each in options or ():
        name, equals, path = each.partition("=")
        if not equals or not path:
            raise BadInputError(f"--given {each!a}: is no NAME=TASKS")
        pairs[name] = Path(path)
    return pairs


def _want_unsloth() -> None:
    if find_spec("unsloth") is None:
        raise BadInputError(
            f"base.backend: unsloth is not installed: {how_to_install('train', 'unsloth')}"
        )


def main() -> None:
    """Run `redox-train` as `redox train` with the arguments of this process."""
    from redox.cli import app as redox_app

    redox_app(["train", *sys.argv[1:]], prog_name="redox")
