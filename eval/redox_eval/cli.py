"""`redox eval`: the exam. Each command imports what it needs when it is called."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from redox.commands.common import Settings, fail_on, how_to_install
from redox.files import BadInputError, write_text
from redox_eval.options import (
    AGAIN,
    CORES,
    ArmOption,
    BaselineOption,
    JobsOption,
    UnsandboxedOption,
)

if TYPE_CHECKING:
    from redox_eval.models import Model
    from redox_eval.records import Result, Task

app = typer.Typer(
    help="Score what models wrote, in a sandbox, and compare.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


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
    arm: ArmOption = None,
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
    from redox_eval.arms import arms_given
    from redox_eval.judging import open_bench
    from redox_eval.records import prediction_from_json, result_as_json
    from redox_eval.rows import read_rows, read_tasks, write_rows
    from redox_eval.scoring import Plan, default_cache, workplace
    from redox_eval.scoring import score as score_all
    from redox_eval.tables import show_summary

    arms = arms_given(arm, context.find_object(Settings))
    if output.is_dir():
        raise BadInputError(f"{output}: is a folder")
    every_task, problems = read_tasks(tasks)
    answers = read_rows(predictions, prediction_from_json, lambda one: one.key)
    problems += map(str, answers.problems)
    with workplace() as place:
        plan = Plan(
            open_bench(place, allow_unsandboxed), arms, jobs, cache or default_cache(), fresh
        )
        results, found = score_all(every_task, answers.rows, plan)
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
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="A folder with a checkpoint, an address, `embedded`, `nearest`, `reference`"
            " or `todo`.",
        ),
    ],
    tasks: Annotated[Path, typer.Option("--tasks", metavar="TASKS", help="Tasks, as JSON lines.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="PREDICTIONS", help="Where they go.")
    ],
    arms: Annotated[
        list[str] | None,
        typer.Option("--in", metavar="ARM", help="An arm to answer in; rust and iron if none."),
    ] = None,
    arm: ArmOption = None,
    split: Annotated[
        list[str] | None, typer.Option("--split", help="Answer tasks of this split alone.")
    ] = None,
    train: Annotated[
        Path | None,
        typer.Option("--train", metavar="TASKS", help="Where `nearest` and --shots find theirs."),
    ] = None,
    seeds: Annotated[list[int] | None, typer.Option("--seed", help="May be repeated.")] = None,
    samples: Annotated[int, typer.Option("--samples", min=1, help="Answers of each seed.")] = 1,
    temperature: Annotated[
        float, typer.Option("--temperature", min=0.0, help="0 takes the likeliest token.")
    ] = 0.0,
    max_tokens: Annotated[int, typer.Option("--max-tokens", min=1, help="Of an answer.")] = 512,
    batch: Annotated[int, typer.Option("--batch", min=1, help="How many are asked at once.")] = 8,
    served: Annotated[
        str, typer.Option("--served", metavar="NAME", help="The model's name at the address.")
    ] = "default",
    key: Annotated[
        str,
        typer.Option("--key-variable", metavar="NAME", help="The variable that holds the key."),
    ] = "OPENAI_API_KEY",
    shots: Annotated[
        int, typer.Option("--shots", min=0, help="Show so many train tasks before each question.")
    ] = 0,
    raw: Annotated[
        Path | None,
        typer.Option("--raw", metavar="FILE", help="Raw answers; else beside the predictions."),
    ] = None,
    guard: Annotated[
        Literal["none", "grammar", "retry", "repair"],
        typer.Option(
            "--guard",
            help="Let a model in a folder say sentences of Rust's or Iron's grammar alone; or ask"
            " again where an answer is no code: anew, or with why.",
        ),
    ] = "none",
    tries: Annotated[
        int, typer.Option("--tries", min=1, help="How often a guard has a task asked at most.")
    ] = 3,
    again: Annotated[
        float | None,
        typer.Option(
            "--again",
            min=0.0,
            metavar="TEMPERATURE",
            help=f"That of a guard's tries after the first; else --temperature, or {AGAIN} for 0.",
        ),
    ] = None,
    budget: Annotated[
        int,
        typer.Option("--budget", min=0, help="Tokens of all tries; 0: --tries times --max-tokens."),
    ] = 0,
    force_signature: Annotated[
        bool,
        typer.Option(
            "--force-signature", help="Have each answer of a model in a folder begin with it."
        ),
    ] = False,
    allow_unsandboxed: UnsandboxedOption = False,
) -> None:
    """Answer tasks, and write the answers as predictions.

    `reference` must score 1 and `todo` 0; `nearest` copies the most alike train task; `embedded` is
    the small model that comes with Redox, which knows Iron alone (--in iron). What a model
    answers is archived at once, and the same command goes on where it was broken off. A guard has
    each answer compiled, but never run. The exit code is 1 if a task could not be answered.
    """
    from redox_eval.arms import arms_given, chosen_arms
    from redox_eval.generating import Plan, answered_before
    from redox_eval.generating import generate as answer_all
    from redox_eval.guarding import Guard, Guarded, fault_finder
    from redox_eval.judging import open_bench
    from redox_eval.models import CONTROLS, EMBEDDED
    from redox_eval.records import prediction_as_json, task_from_json
    from redox_eval.rows import read_rows, write_rows

    wanted = chosen_arms(arms, arms_given(arm, context.find_object(Settings)))
    if output.is_dir():
        raise BadInputError(f"{output}: is a folder")
    if model == EMBEDDED and (
        other := next((one for one in wanted if one.is_rust or one.phrasebook), None)
    ):
        raise BadInputError(
            f"{EMBEDDED} knows Redox's own wording of Iron alone, not the arm {other.name}:"
            " say --in iron, and no --phrasebook"
        )
    if guard == "grammar" and (other := next((one for one in wanted if one.phrasebook), None)):
        raise BadInputError(
            f"--guard grammar knows Rust and Redox's own wording of Iron, not the arm {other.name}"
        )
    read = read_rows(tasks, task_from_json, lambda task: task.id)
    asked = [task for task in read.rows if not split or task.extra.get("split") in split]
    if not asked:
        raise BadInputError(f"{tasks}: holds no task" + " of this split" * bool(split))
    is_quick = model in CONTROLS or model == "nearest"
    archive = raw or (None if is_quick else output.with_name(f"{output.name}.raw.jsonl"))
    chosen = tuple(dict.fromkeys(seeds or [0]))
    shown = _shown(train or tasks, shots)
    plan = Plan(chosen, samples, 1 if is_quick else batch, archive, shown)
    held = {"is_guarded": guard == "grammar", "is_forced": force_signature}
    spoken = {"--shots": shots > 0, "--temperature": temperature > 0, f"--guard {guard}":
              guard in ("retry", "repair")}  # fmt: skip
    given = [option for option, is_given in spoken.items() if is_given]
    answering = _model(model, train or tasks, temperature, max_tokens, served, key, held, given)
    warmth = temperature or AGAIN if again is None else again
    if guard == "retry" and not warmth:
        raise BadInputError("--guard retry: with --again 0 each try would say the same")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        if guard in ("retry", "repair") and not is_quick:
            bench = open_bench(Path(place), allow_unsandboxed)
            most = budget or tries * max_tokens
            drawn: Any = answering  # a checkpoint or a server, as no other takes a guard
            warmer = replace(drawn, temperature=warmth)
            find = fault_finder(bench)
            answering = Guarded(answering, warmer, Guard(guard), tries, most, find)
        before, count = answered_before(asked, wanted, answering, plan)
        if before:
            print(f"note: {before:,} of {count:,} answers are in {archive}", file=sys.stderr)
        answers, problems = answer_all(asked, wanted, answering, plan)
    write_rows(output, map(prediction_as_json, answers))
    _report([*map(str, read.problems), *problems])


def _shown(train: Path, count: int) -> tuple[Task, ...]:
    """Return the examples that stand before each question."""
    from redox_eval.generating import drawn_examples

    if not count:
        return ()
    found = drawn_examples(_train_tasks(train), count)
    if len(found) < count:
        raise BadInputError(f"{train}: holds {len(found):,} train tasks, and --shots wants {count}")
    return found


def _train_tasks(path: Path) -> list[Task]:
    from redox_eval.records import task_from_json
    from redox_eval.rows import read_rows

    rows = read_rows(path, task_from_json, lambda task: task.id)
    if rows.problems:
        raise BadInputError(f"{rows.problems[0]}; all train tasks of a file are wanted")
    return [task for task in rows.rows if task.extra.get("split") == "train"]


def _model(
    name: str,
    train: Path,
    temperature: float,
    max_tokens: int,
    served: str,
    key: str,
    held: Mapping[str, bool],
    spoken: Sequence[str],
) -> Model:
    """Return what answers by this name, `held` to what a reply must be; only what is asked for is
    imported. `spoken` are options that want a model which takes part in a talk.
    """
    from redox_eval.models import CONTROLS, EMBEDDED, SHIPPED

    if any(held.values()) and name != EMBEDDED and not Path(name).is_dir():
        option = "--guard grammar" if held["is_guarded"] else "--force-signature"
        raise BadInputError(f"{option} is for models in folders")
    if name in CONTROLS:
        return CONTROLS[name]
    if name == "nearest":
        from redox_eval.nearest import learn

        return learn(_train_tasks(train))
    if "://" in name:
        from redox_eval.servers import Server, check_address

        secret = os.environ.get(key, "")
        return Server(check_address(name), served, temperature, max_tokens, secret)
    folder = SHIPPED if name == EMBEDDED else Path(name)
    if folder.is_dir():
        try:
            from redox_eval.embedded import is_embedded, load_embedded

            if is_embedded(folder):
                if spoken:
                    reason = "reads one question alone, and says what is likeliest"
                    raise BadInputError(f"{spoken[0]} is for larger models: {name} {reason}")
                return load_embedded(folder, max_tokens, **held)
            from redox_eval.checkpoints import load_checkpoint

            return load_checkpoint(folder, temperature, max_tokens, **held)
        except ModuleNotFoundError as error:
            extra = "model" if name == EMBEDDED else "train"
            raise BadInputError(
                f"{error.name} is missing, and this model needs it: {how_to_install(extra)}"
            ) from error
    known = ", ".join([*CONTROLS, "nearest", EMBEDDED])
    raise BadInputError(f"{name!a}: is no model; there are {known}, folders, and addresses")


@app.command()
def aggregate(
    results: Annotated[
        list[Path], typer.Argument(metavar="RESULTS...", help="What `score` wrote.")
    ],
    ks: Annotated[
        list[int] | None, typer.Option("--k", min=1, help="Show pass@k; may be repeated.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the figures there too.")
    ] = None,
    baseline: BaselineOption = None,
) -> None:
    """Sum up results: shares with intervals, outcomes, error codes, and arms in pairs.

    The exit code is 1 if a line could not be used.
    """
    from redox_eval.aggregate import as_json, summarise
    from redox_eval.tables import cautions_of, show_aggregate

    found, problems = _read_results(results)
    found += _read_baseline(baseline, problems)
    try:
        summary = summarise(found, ks or [])
    except ValueError as error:
        raise BadInputError(str(error)) from error
    show_aggregate(summary, cautions_of(found, has_baseline=baseline is not None))
    if report is not None:
        write_text(report, json.dumps(as_json(summary), indent=1, ensure_ascii=True) + "\n")
    _report(problems)


@app.command()
def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="Results, or RESULTS@ARM.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Results, or RESULTS@ARM.")],
    report: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the figures there too.")
    ] = None,
    baseline: BaselineOption = None,
) -> None:
    """Show what B passes more than A, on the tasks that both have.

    Without arms, each arm that both hold is compared with itself. The exit code is 1 if a line
    could not be used.
    """
    from dataclasses import asdict

    from redox_eval.aggregate import BASELINE
    from redox_eval.aggregate import compare as compare_two
    from redox_eval.tables import cautions_of, show_pairs

    (one, one_arm, problems), (two, two_arm, more) = _one_side(first), _one_side(second)
    if bool(one_arm) != bool(two_arm):
        raise BadInputError("name an arm on both sides or on none")
    arms = list(dict.fromkeys(each.arm for each in one if any(each.arm == o.arm for o in two)))
    sides = [(one_arm, two_arm)] if one_arm else [(arm, arm) for arm in arms]
    pairs = [
        compare_two(
            [each for each in one if each.arm == left],
            [each for each in two if each.arm == right],
            f"{left} of A",
            f"{right} of B",
        )
        for left, right in sides
    ]
    known = [pair for pair in pairs if pair is not None]
    if not known:
        raise BadInputError("the two have no task in common")
    copied = _read_baseline(baseline, problems)
    wanted = [(one, left, "A") for left, _ in sides] + [(two, right, "B") for _, right in sides]
    for results, arm, side in wanted if copied else []:
        pair = compare_two(
            [each for each in copied if each.arm == arm + BASELINE],
            [each for each in results if each.arm == arm],
            arm + BASELINE,
            f"{arm} of {side}",
        )
        known += [pair] if pair is not None else []
    show_pairs(known, cautions_of([*one, *two], has_baseline=baseline is not None))
    if report is not None:
        rows = [asdict(pair) for pair in known]
        write_text(report, json.dumps(rows, indent=1, ensure_ascii=True) + "\n")
    _report([*problems, *more])


@app.command()
def report(
    results: Annotated[
        list[Path], typer.Argument(metavar="RESULTS...", help="What `score` wrote.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="HTML", help="Where the page goes.")
    ],
    tasks: Annotated[
        list[Path] | None,
        typer.Option("--tasks", metavar="TASKS", help="The tasks, for their prompts."),
    ] = None,
    predictions: Annotated[
        list[Path] | None,
        typer.Option("--predictions", metavar="FILE", help="What was scored, for the code."),
    ] = None,
    baseline: BaselineOption = None,
    baseline_predictions: Annotated[
        Path | None,
        typer.Option("--baseline-predictions", metavar="FILE", help="What the baseline answered."),
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", help="The same as Markdown, there.")
    ] = None,
    pictures: Annotated[
        list[Path] | None,
        typer.Option("--picture", metavar="PNG", help="Show that, as a run's loss.png."),
    ] = None,
    title: Annotated[str, typer.Option("--title", help="What stands above.")] = "Rust and Iron",
) -> None:
    """Write a page about results: plots, tables, and each task with its code and what went wrong.

    It is one file that needs no other. The exit code is 1 if a line could not be used.
    """
    from dataclasses import replace

    from redox_eval.aggregate import BASELINE
    from redox_eval.pages import html_page, markdown_page
    from redox_eval.records import Prediction, prediction_from_json, task_from_json
    from redox_eval.report import make_report
    from redox_eval.rows import read_rows

    for place in (output, markdown):
        if place is not None and place.is_dir():
            raise BadInputError(f"{place}: is a folder")
    found, problems = _read_results(results)
    found += _read_baseline(baseline, problems)
    asked: list[Task] = []
    for path in tasks or []:
        rows = read_rows(path, task_from_json, lambda task: task.id)
        problems += map(str, rows.problems)
        asked += rows.rows
    replies: dict[tuple[str, str, int, int], Prediction] = {}
    given = [(path, "") for path in predictions or []]
    given += [(baseline_predictions, BASELINE)] if baseline_predictions else []
    for path, suffix in given:
        answers = read_rows(path, prediction_from_json, lambda one: one.key)
        problems += map(str, answers.problems)
        for one in answers.rows:
            named = replace(one, arm=one.arm + suffix)
            replies.setdefault(named.key, named)
    shown = {label: _picture(path) for label, path in _labelled(pictures or []).items()}
    made = replace(make_report(title, found, asked, replies), pictures=shown)
    write_text(output, html_page(made))
    if markdown is not None:
        write_text(markdown, markdown_page(made))
    _report(problems)


def _labelled(paths: Sequence[Path]) -> dict[str, Path]:
    """Name pictures as shortly as tells them apart: two runs call theirs the same."""
    unique = list(dict.fromkeys(paths))
    said = (
        {path.stem: path for path in unique},
        {f"{path.absolute().parent.name}/{path.stem}": path for path in unique},
        {str(path): path for path in unique},
    )
    return next(one for one in said if len(one) == len(unique))


def _picture(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInputError(f"{path}: can't be read: {error.strerror}") from error
    if not data.startswith(b"\x89PNG"):
        raise BadInputError(f"{path}: is no PNG")
    return data


def _read_baseline(path: Path | None, problems: list[str]) -> list[Result]:
    """Read the baseline's results, named so; what is wrong with lines is added to `problems`."""
    from redox_eval.aggregate import as_baseline

    if path is None:
        return []
    results, wrong = _read_results([path])
    problems += wrong
    return as_baseline(results)


def _one_side(given: str) -> tuple[list[Result], str, list[str]]:
    """Read `RESULTS` or `RESULTS@ARM`: the results, the arm, and what is wrong with lines."""
    path, at, arm = given.rpartition("@")
    if not at or Path(given).exists():
        path, arm = given, ""
    results, problems = _read_results([Path(path)])
    if arm and all(one.arm != arm for one in results):
        raise BadInputError(f"{path}: holds no arm {arm!a}")
    return results, arm, problems


def _read_results(paths: list[Path]) -> tuple[list[Result], list[str]]:
    """Read results of several files; of two with one key the first stays."""
    from redox_eval.records import result_from_json
    from redox_eval.rows import read_rows

    found: dict[tuple[str, str, int, int], Result] = {}
    problems: list[str] = []
    for path in paths:
        rows = read_rows(path, result_from_json, lambda one: one.key)
        problems += map(str, rows.problems)
        problems += [f"{path}: {one.id!a} is in another file too" for one in rows.rows
                     if found.setdefault(one.key, one) is not one]  # fmt: skip
    if not found:
        raise BadInputError("there are no results in these files")
    return list(found.values()), problems


def _report(problems: list[str]) -> None:
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    fail_on(bool(problems))


def main() -> None:
    """Run `redox-eval` as `redox eval` with the arguments of this process."""
    from redox.cli import app as redox_app

    redox_app(["eval", *sys.argv[1:]], prog_name="redox")
