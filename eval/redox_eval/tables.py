"""Tables for a terminal."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from redox_eval.records import Outcome, Result

if TYPE_CHECKING:  # what they import is heavy, and most tables want none of it
    from redox_eval.aggregate import Pair, Row, Seeds, Share, Summary
    from redox_eval.statistics import Interval, McNemar

NO_BASELINE = "NO BASELINE: say --baseline RESULTS to see what copying the nearest train row scores"
UNSANDBOXED = "NOT SANDBOXED: these programs ran with the user's own rights"
WIDTH = 160
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


def cautions_of(results: Sequence[Result], *, has_baseline: bool = True) -> list[str]:
    """Return what has to be said of results.

    That is no sandbox, a set that is only to compare with, and no baseline to see them against.
    """
    lines = [] if has_baseline else [NO_BASELINE]
    if any(one.versions.get("isolation") == "none" for one in results):
        lines.append(UNSANDBOXED)
    said = dict.fromkeys(str(one.extra["caution"]) for one in results if "caution" in one.extra)
    return [*lines, *(f"CAUTION: {plain_text(each)}" for each in said)]


def plain_text(text: str) -> str:
    """Return a text on one line without what a terminal could obey, cut short."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)[:300]


def make_console() -> Console:
    """A console for standard output, as wide as the terminal or `WIDTH`."""
    return Console(width=None if sys.stdout.isatty() else WIDTH)


def show_aggregate(summary: Summary, cautions: Sequence[str]) -> None:
    """Print shares, seeds, outcomes, codes, pairs and families; each table bears the cautions."""
    _show(aggregate_tables(summary), cautions)


def show_pairs(pairs: Sequence[Pair], cautions: Sequence[str]) -> None:
    """Print pairs with their power; each table bears the cautions."""
    _show([_pairs_sheet("Pairs", pairs), _power_sheet(pairs)], cautions)


def _show(sheets: Sequence[Sheet], cautions: Sequence[str]) -> None:
    console = make_console()
    for sheet in sheets:
        console.print(table_of(sheet, cautions))
        console.print()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as texts; the first column is words, the rest are figures."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def table_of(sheet: Sheet, cautions: Sequence[str] = ()) -> Table:
    """Return a sheet as a table for a terminal, what has to be said of its figures below it."""
    title = Text(sheet.title + (f": {sheet.note}" if sheet.note else ""), "bold")
    caption = Text("\n".join(cautions)) if cautions else None
    table = Table(title=title, title_justify="left", box=None, pad_edge=False,
                  caption=caption, caption_justify="left")  # fmt: skip
    for at, heading in enumerate(sheet.headings):
        table.add_column(heading, justify="right" if at else "left", overflow="fold")
    for row in sheet.rows:
        table.add_row(*(Text(plain_text(cell)) for cell in row))
    return table


def aggregate_tables(summary: Summary) -> list[Sheet]:
    """Return all that `redox eval aggregate` shows."""
    sheets = [_rows_sheet("Shares", summary.rows, "95 % Clopper-Pearson")]
    if any(one.deviation is not None for one in summary.seeds):
        sheets.append(_seeds_sheet(summary.seeds))
    sheets.append(_counts_sheet("Outcomes", "outcome", summary.outcomes))
    if any(summary.codes.values()):
        sheets.append(_counts_sheet("Error codes", "code", summary.codes, "results with each"))
    if summary.pass_at:
        sheets.append(_pass_sheet(summary.pass_at))
    if summary.pairs:
        sheets += [_pairs_sheet("Pairs", summary.pairs), _power_sheet(summary.pairs)]
    if len({row.family for row in summary.families}) > 1:
        sheets.append(_rows_sheet("Families", summary.families, "exploratory"))
        if summary.family_pairs:
            sheets.append(_pairs_sheet("Pairs by family, exploratory", summary.family_pairs))
    return sheets


def _rows_sheet(title: str, rows: Sequence[Row], note: str) -> Sheet:
    headings = ("arm", "answers", "transform", "compile@1", "test@1", "lenient", "infrastructure")
    return Sheet(
        title,
        headings,
        tuple(
            (
                " ".join(filter(None, (row.family, row.arm, _seed(row.seed)))),
                f"{row.passed.count:,}",
                _value(row.transformed),
                _share(row.compiled),
                _share(row.passed),
                _value(row.lenient),
                f"{row.infrastructure:,}",
            )
            for row in rows
        ),
        note,
    )


def _seeds_sheet(seeds: Sequence[Seeds]) -> Sheet:
    return Sheet(
        "Seeds",
        ("arm and measure", "mean", "deviation", "values"),
        tuple(
            (
                f"{one.arm} {one.measure}",
                f"{one.mean:.3f}",
                "" if one.deviation is None else f"{one.deviation:.3f}",
                " ".join(f"{seed}: {value:.3f}" for seed, value in one.values.items()),
            )
            for one in seeds
        ),
        "sample standard deviation",
    )


def _counts_sheet(
    title: str, what: str, counts: Mapping[str, Mapping[str, int]], note: str = ""
) -> Sheet:
    names = sorted({name for found in counts.values() for name in found})
    ordered = [*(str(one) for one in Outcome if str(one) in names)]
    ordered += [name for name in names if name not in ordered]
    return Sheet(
        title,
        (what, *counts),
        tuple(
            (name, *(f"{found.get(name, 0):,}" for found in counts.values())) for name in ordered
        ),
        note,
    )


def _pass_sheet(pass_at: Mapping[str, Mapping[int, float]]) -> Sheet:
    ks = list(next(iter(pass_at.values())))
    return Sheet(
        "pass@k",
        ("arm", *(f"k = {k}" for k in ks)),
        tuple((arm, *(f"{found[k]:.3f}" for k in ks)) for arm, found in pass_at.items()),
        "unbiased",
    )


def _pairs_sheet(title: str, pairs: Sequence[Pair]) -> Sheet:
    is_corrected = any(pair.corrected_p is not None for pair in pairs)
    headings = ("pair", "tasks", "templates", "difference", "only first", "only second", "p")
    return Sheet(
        title,
        (*headings, "p by Holm") if is_corrected else headings,
        tuple(
            (
                " ".join(filter(None, (pair.family, f"{pair.second} less {pair.first}"))),
                f"{pair.difference.pairs:,}",
                f"{pair.difference.clusters:,}",
                _signed(pair.difference.interval),
                *_test(pair.test),
                *([_p(pair.corrected_p)] if is_corrected else []),
            )
            for pair in pairs
        ),
        "test@1, errors by template; exact McNemar",
    )


def _power_sheet(pairs: Sequence[Pair]) -> Sheet:
    return Sheet(
        "Power",
        ("pair", "templates", "at the discordance seen", "at 20 % discordant"),
        tuple(
            (
                f"{pair.second} less {pair.first}",
                f"{pair.difference.clusters:,}",
                _detectable(pair.detectable),
                _detectable(pair.detectable_at_20),
            )
            for pair in pairs
        ),
        "the difference that so many templates show four times in five",
    )


def _seed(seed: int | None) -> str:
    return "" if seed is None else f"seed {seed}"


def _share(share: Share) -> str:
    interval = share.interval
    if interval is None:
        return f"{share.passed:,}: {_value(share)}" if share.count else "none"
    return f"{share.passed:,}: {interval.value:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def _value(share: Share) -> str:
    return "none" if share.value is None else f"{share.value:.3f}"


def _signed(interval: Interval) -> str:
    return f"{interval.value:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"


def _test(test: McNemar | None) -> tuple[str, str, str]:
    if test is None:
        return ("", "", "several answers")
    return (f"{test.only_first:,}", f"{test.only_second:,}", _p(test.p))


def _p(p: float | None) -> str:
    if p is None:
        return ""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _detectable(difference: float | None) -> str:
    return "none" if difference is None else f"{difference:.3f}"
