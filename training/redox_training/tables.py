"""Tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from redox_eval.tables import UNSANDBOXED, make_console
from redox_training.gates import Gate


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
