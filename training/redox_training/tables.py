"""Tables for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from redox_eval.tables import UNSANDBOXED, make_console, plain_text
from redox_training.config import Config, differences
from redox_training.expanding import Cluster
from redox_training.gates import Gate
from redox_training.runs import Run

if TYPE_CHECKING:  # what it imports is heavy
    from redox_training.experiments import Left
    from redox_training.finetuning import Sight

SHOWN_CLUSTERS = 30


def show_gates(
    gates: Sequence[Gate], count: int, cautions: Sequence[str], *, is_sandboxed: bool
) -> None:
    """Print each gate with its figure and its verdict."""
    table = Table(box=None, pad_edge=False)
    for heading in ("gate", "verdict", "figure", "note"):
        table.add_column(heading)
    for gate in gates:
        verdict = Text("passed", "green") if gate.is_passed else Text("FAILED", "bold red")
        table.add_row(gate.name, verdict, f"{gate.passed:,} of {gate.asked:,}", gate.note)
    console = make_console()
    console.print(f"{count:,} tasks")
    console.print(table)
    lines = [f"CAUTION: {each}" for each in cautions if each]
    for line in [*lines, *([] if is_sandboxed else [UNSANDBOXED])]:
        console.print(Text(line))


def show_clusters(clusters: Sequence[Cluster]) -> None:
    """Print the largest clusters of failures."""
    table = Table(box=None, pad_edge=False)
    for heading in ("family", "fault", "failed", "of answers"):
        table.add_column(heading, justify="left" if heading in ("family", "fault") else "right")
    for one in clusters[:SHOWN_CLUSTERS]:
        words = (plain_text(one.family), plain_text(one.fault), f"{one.failed:,}")
        table.add_row(*map(Text, words), f"{one.answers:,}")
    console = make_console()
    console.print(table)
    if len(clusters) > SHOWN_CLUSTERS:
        console.print(f"and {len(clusters) - SHOWN_CLUSTERS:,} smaller ones")


def show_sight(sight: Sight) -> None:
    """Print what a run would learn."""
    table = Table(box=None, pad_edge=False)
    table.add_column("arm")
    for heading in ("rows", "tokens", "of these learned", "longest row"):
        table.add_column(heading, justify="right")
    for arm, one in sight.counts.items():
        figures = (one.rows, one.tokens, one.learned, one.longest)
        table.add_row(Text(plain_text(arm)), *(f"{figure:,}" for figure in figures))
    console = make_console()
    console.print(table)
    console.print(f"{sight.steps:,} steps; no row is cut, none is left out\n")
    console.print(
        Text(f"{plain_text(sight.row_id)}, as the model sees it; learned from the bar on:")
    )
    for text, is_learned in sight.shown:
        for line in text.split("\n"):
            shown = f"| {plain_text(line)}" if is_learned else f"  {plain_text(line)}"
            console.print(Text(shown, "green" if is_learned else ""), soft_wrap=True)


def show_runs(runs: Sequence[Run]) -> None:
    """Print one line a run."""
    table = Table(box=None, pad_edge=False)
    for heading in ("run", "arm", "base"):
        table.add_column(heading)
    for heading in ("seed", "rows", "tokens", "steps", "loss", "validation"):
        table.add_column(heading, justify="right")
    table.add_column("state")
    for run in runs:
        facts, config = run.facts(), run.config()
        words = (run.name, facts["arm"], Path(config.base.model).name)
        table.add_row(
            *(Text(plain_text(word)) for word in words),
            str(facts["seed"]),
            f"{facts['rows']:,}",
            f"{facts['tokens'][facts['arm']]:,}",
            f"{facts['steps_done']:,} of {facts['steps']:,}",
            _figure(facts.get("loss")),
            _figure(facts.get("validation_loss")),
            facts["state"],
        )
    make_console().print(table)


def show_run(run: Run) -> None:
    """Print one run."""
    show_runs([run])
    console = make_console()
    changed = differences(Config(), run.config())
    for key, (_, value) in changed.items():
        console.print(Text(f"{key} = {plain_text(str(value))}"))
    facts = run.facts()
    for key in ("data", "base", "phrasebook", "git", "machine", "seconds"):
        console.print(Text(f"{key}: {plain_text(str(facts.get(key, '')))}"))
    console.print(Text(", ".join(f"{name} {each}" for name, each in facts["versions"].items())))
    for place in (run.folder / "loss.png", run.model):
        if place.exists():
            console.print(Text(plain_text(str(place))))


def show_left(kinds: Sequence[Left]) -> None:
    """Print on one line how far an experiment is, and how long the rest takes."""
    said = [
        f"{one.kind} {one.done:,} of {one.count:,}"
        + ("" if one.done == one.count else f" ({_hours(one.seconds)} left)")
        for one in kinds
    ]
    print("; ".join(said), flush=True)


def _hours(seconds: float | None) -> str:
    return "nobody knows how much" if seconds is None else f"{seconds / 3600:.1f} h"


def show_unequal(found: Mapping[str, Sequence[Any]]) -> None:
    """Print what runs had otherwise but should not."""
    console = make_console()
    if not found:
        console.print("treated alike: they differ in arm and seed at most")
    for key, values in found.items():
        said = plain_text(", ".join(map(str, values)))
        console.print(Text(f"NOT ALIKE: {key}: {said}", "bold red"))


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
