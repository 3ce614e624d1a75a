"""Tables for a terminal."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from redox_eval.records import Outcome, Result

UNSANDBOXED = "NOT SANDBOXED: these programs ran with the user's own rights"
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
    show_cautions(results, console)


def show_cautions(results: Sequence[Result], console: Console) -> None:
    """Say what every table has to say of these results."""
    for line in cautions_of(results):
        console.print(Text(line))


def cautions_of(results: Sequence[Result]) -> list[str]:
    """Return what has to be said of results: no sandbox, or a set that is only to compare with."""
    lines = []
    if any(one.versions.get("isolation") == "none" for one in results):
        lines.append(UNSANDBOXED)
    said = dict.fromkeys(str(one.extra["caution"]) for one in results if "caution" in one.extra)
    return [*lines, *(f"CAUTION: {_plain(each)}" for each in said)]


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)[:300]


def make_console() -> Console:
    """A console for standard output, as wide as the terminal or `WIDTH`."""
    return Console(width=None if sys.stdout.isatty() else WIDTH)
