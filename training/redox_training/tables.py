"""Tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from redox_eval.tables import UNSANDBOXED, make_console, plain_text
from redox_training.expanding import Cluster
from redox_training.gates import Gate

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
