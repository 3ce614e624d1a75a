"""What a run over the corpora found, as a table and as JSON."""

from __future__ import annotations

import hashlib
import platform
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from redox import __version__
from redox.corpus import Checked, Outcome, Report
from redox.figures import ratios
from redox.laws import Failure, Law
from redox.phrasebook import Phrasebook, load_phrasebook

FORMAT_VERSION = 1
WHOLE = "all"
SHOWN_FAILURES = 60


def hash_phrasebook(phrasebook: Phrasebook) -> str:
    """A hash of what the phrases mean, the same on every machine."""
    rows = [f"{each.text}\t{each.rust}\t{each.role}" for each in phrasebook.phrases]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def report_as_json(report: Report) -> dict[str, Any]:
    """The whole report, ready for `json.dumps`."""
    plan = report.plan
    phrasebook = load_phrasebook(plan.phrasebook)
    return {
        "format": FORMAT_VERSION,
        "redox": __version__,
        "python": platform.python_version(),
        "phrasebook": {"name": phrasebook.name, "sha256": hash_phrasebook(phrasebook)},
        "seed": plan.seed,
        "sample": str(plan.sample),
        "laws": [str(law) for law in plan.laws],
        "seconds": round(report.seconds, 1),
        "total": _summary(report.checked),
        "roots": {root: _summary(part) for root, part in _by_root(report.checked).items()},
        "groups": {
            f"{root} {group}": _summary(part)
            for (root, group), part in _by_group(report.checked).items()
        },
        "failing": [_failing(one, each) for one in report.checked for each in one.failures],
        "excused": [_failing(one, each) for one in report.checked for each in one.excused],
        "not_checked": [
            {"path": one.source.path, "outcome": str(one.outcome), "detail": one.detail}
            for one in report.checked
            if one.outcome is not Outcome.CHECKED
        ],
        "shrunk": [
            {"path": each.source.path, "law": str(each.failure.law), "text": each.text}
            for each in report.shrunk
        ],
    }


def show_report(report: Report, console: Console) -> None:
    """Print the table, then what was not checked, what fails, and the shrunk failures."""
    console.print(_table(report))
    for line in _lines(report):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _table(report: Report) -> Table:
    plan = report.plan
    table = Table(title=f"Laws of Iron, seed {plan.seed}, sample {plan.sample}")
    table.add_column("folder")
    for name in ("files", *plan.laws, "L6", "spelled %", "in macros %", "escaped %", "tokens"):
        table.add_column(str(name), justify="right")
    several = len(plan.paths) > 1
    for (root, group), part in _by_group(report.checked).items():
        table.add_row(f"{Path(root).name}/{group}" if several else group, *_cells(report, part))
    table.add_section()
    for root, part in _by_root(report.checked).items():
        table.add_row(Path(root).name, *_cells(report, part))
    if several:
        table.add_row(WHOLE, *_cells(report, report.checked))
    return table


def _cells(report: Report, part: Iterable[Checked]) -> Iterator[str]:
    summary = _summary(part)
    yield str(summary["files"])
    for law in (*report.plan.laws, Law.L6):
        failing = summary["failing"].get(str(law), 0)
        yield f"[bold red]{failing}[/]" if failing else "·"
    share = summary["ratios"]
    for name in ("spelled_share", "spelled_share_in_macros", "escaped_share"):
        yield "" if share[name] is None else f"{100 * share[name]:.2f}"
    yield "" if share["token_ratio"] is None else f"{share['token_ratio']:.3f}"


def _lines(report: Report) -> Iterator[str]:
    for one in report.checked:
        if one.outcome is not Outcome.CHECKED:
            yield f"{one.outcome}: {one.source.path}: {one.detail}"
    for source, failure in report.failures[:SHOWN_FAILURES]:
        yield f"{source.path}:{failure.line}: {failure.law}: {failure.detail}"
    for each in report.shrunk:
        yield f"\n{each.failure.law} of {each.source.path}, shrunk:"
        yield each.text
    excused = sum(len(one.excused) for one in report.checked)
    count = len(report.failures)
    unseen = f", of which {SHOWN_FAILURES} are named above" if count > SHOWN_FAILURES else ""
    yield f"{count} failures{unseen}, in {report.seconds:.0f} s"
    if alarmed := sum(one.figures["alarmed_files"] for one in report.checked):
        yield f"{alarmed} files came with an error among their diagnostics"
    if excused:
        yield f"{excused} failures of L2 set apart: Rust's parser refuses the text"


def _summary(part: Iterable[Checked]) -> dict[str, Any]:
    """Counts of one group, and the figures of L8 over it."""
    counts: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    failing: Counter[str] = Counter()
    excused: Counter[str] = Counter()
    size = 0
    for one in part:
        counts.update(one.figures)
        outcomes[str(one.outcome)] += 1
        failing.update(str(law) for law in {each.law for each in one.failures})
        excused.update(str(law) for law in {each.law for each in one.excused})
        size += one.source.size
    return {
        "files": outcomes.total(),
        "bytes": size,
        "outcomes": dict(outcomes),
        "failing": dict(failing),
        "excused": dict(excused),
        "counts": dict(counts),
        "ratios": ratios(counts),
    }


def _failing(one: Checked, failure: Failure) -> dict[str, Any]:
    return {
        "path": one.source.path,
        "law": str(failure.law),
        "line": failure.line,
        "offset": failure.offset,
        "wanted": failure.wanted,
        "found": failure.found,
        "detail": failure.detail,
    }


def _by_root(checked: Iterable[Checked]) -> Mapping[str, list[Checked]]:
    parts: defaultdict[str, list[Checked]] = defaultdict(list)
    for one in checked:
        parts[one.source.root].append(one)
    return parts


def _by_group(checked: Iterable[Checked]) -> Mapping[tuple[str, str], list[Checked]]:
    parts: defaultdict[tuple[str, str], list[Checked]] = defaultdict(list)
    for one in checked:
        parts[one.source.root, one.source.group].append(one)
    return parts
