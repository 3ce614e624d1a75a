"""Tables for a terminal."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from redox_eval.records import Outcome, Result

WIDTH = 120
"""The width of a table where no terminal says another."""


def show_summary(results: Sequence[Result]) -> None:
    """Print how many results of each arm had which outcome."""
    arms = list(dict.fromkeys(one.arm for one in results))
    counts = {arm: Counter(one.outcome for one in results if one.arm == arm) for arm in arms}
    table = Table(box=None, pad_edge=False)
    table.add_column("outcome")
    for arm in arms:
        table.add_column(arm, justify="right")
    for outcome in Outcome:
        if any(counts[arm][outcome] for arm in arms):
            table.add_row(str(outcome), *(f"{counts[arm][outcome]:,}" for arm in arms))
    table.add_section()
    table.add_row("in all", *(f"{counts[arm].total():,}" for arm in arms))
    console = make_console()
    console.print(table)
    show_isolation(results, console)


def show_isolation(results: Sequence[Result], console: Console) -> None:
    """Say it if untrusted programs ran without a sandbox."""
    if any(one.versions.get("isolation") == "none" for one in results):
        console.print(Text("NOT SANDBOXED: these programs ran with the user's own rights"))


def make_console() -> Console:
    """A console for standard output, as wide as the terminal or `WIDTH`."""
    return Console(width=None if sys.stdout.isatty() else WIDTH)
