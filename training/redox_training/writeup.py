"""What came of an experiment, as tables and pictures made of the answers that are kept.

Seeds are never pooled into one test: a task's figure is its mean over seeds, and errors are
clustered by template.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from statistics import fmean

from redox.files import BadInputError, read_text, write_text
from redox_eval.aggregate import (
    BASELINE,
    Pair,
    compare,
    counts_for,
    is_baseline,
    is_compiled,
    is_passed,
)
from redox_eval.records import Outcome, Result, prediction_from_json
from redox_eval.rows import read_rows
from redox_eval.scoring import Plan as Scoring
from redox_eval.scoring import score
from redox_eval.statistics import Difference, clopper_pearson, mcnemar, spread
from redox_training.experiments import NEAREST, ZERO, Work, tasks_asked
from redox_training.plans import Training, trainings
from redox_training.plots import plot_losses, plot_shares
from redox_training.runs import Run, unequal

ALONE = " (base model)"
NEAREST_ROW = f"any{BASELINE}"
AS_MANY = " (as many tokens)"
CAPPED = "length"
TELLING = 0.05
"""Where no arm passes so many of an exam beside the first, nothing is made of differences."""
BEGIN, END = "<!-- results of {} -->", "<!-- end of {} -->"
SHARES = ("arm", "seed", "answers", "hit the cap", "became Rust", "compile@1", "test@1")
PAIRS = (
    "pair",
    "difference",
    "by family",
    "by run",
    "templates",
    "could have shown",
    "seed by seed",
)
ENDS = {
    "not the arm's language": (Outcome.MALFORMED, Outcome.NOT_ARM_LANGUAGE),
    "no Rust": (Outcome.TRANSFORM_ERROR,),
    "does not compile": (Outcome.COMPILE_ERROR, Outcome.LINK_ERROR),
    "wrong": (Outcome.ASSERTION,),
    "breaks off": (Outcome.PANIC, Outcome.TIMEOUT, Outcome.NO_TEST_RAN),
    "passed": (Outcome.PASSED,),
}
"""What became of answers, as the outcomes that each stands for."""
SHOWN_CODES = 4
SMALLEST_P = 0.001
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """An exam's results; arms bear what else they are: a baseline, other rows."""

    exam: str
    results: Sequence[Result]

    @property
    def arms(self) -> list[str]:
        """The arms that runs were trained in, and what stands beside them."""
        return list(dict.fromkeys(one.arm for one in self.results))

    def of(self, arm: str, seed: int | None = None) -> list[Result]:
        """Return the results of an arm, of one seed or of all."""
        return [one for one in self.results if one.arm == arm and seed in (None, one.seed)]


def score_kept(work: Work, scoring: Scoring) -> list[Taken]:
    """Score all answers that are kept; raises `BadInputError` for what can't be."""
    labels = {one.name: AS_MANY * one.is_equal_tokens for one in trainings(work.plan)}
    labels |= {NEAREST: BASELINE} | {f"{ZERO}-{arm}": ALONE for arm in work.plan.wordings()}
    taken = []
    for exam in work.plan.exams:
        found: list[Result] = []
        places = [work.answers(exam, name) for name in labels]
        for place in [place for place in places if place.exists()]:
            rows = read_rows(place, prediction_from_json, lambda one: one.key)
            results, problems = score(tasks_asked(work, exam), rows.rows, scoring)
            if problems or rows.problems:
                raise BadInputError(f"{place}: {[*map(str, rows.problems), *problems][0]}")
            label = labels[place.stem]
            found += [replace(one, arm=one.arm + label) for one in results]
        if found:
            taken.append(Taken(exam, one_baseline(found)))
    return taken


def one_baseline(results: Sequence[Result]) -> list[Result]:
    """Let the rows of a baseline that came to the same in all arms stand once.

    It copies what a train row means, so that it does but where an arm can't say that.
    """
    copied = [one for one in results if is_baseline(one.arm)]
    outcomes: dict[str, dict[str, Outcome]] = {}
    for one in copied:
        outcomes.setdefault(one.arm, {})[one.id] = one.outcome
    first = next(iter(outcomes), "")
    if any(each != outcomes[first] for each in outcomes.values()):
        return list(results)
    own = [one for one in results if not is_baseline(one.arm)]
    return own + [replace(one, arm=NEAREST_ROW) for one in copied if one.arm == first]


def write_results(work: Work, taken: Sequence[Taken], page: Path) -> None:
    """Put tables and pictures where the page has a place for them; pictures lie beside the plan.

    Raises `BadInputError` for a page without that place.
    """
    name = work.plan.name
    begin, end = BEGIN.format(name), END.format(name)
    before, found, rest = read_text(page).partition(begin)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise BadInputError(f"{page}: has no place for them: {begin} and {end}, each on a line")
    pictures = _draw(work, taken)
    shown = [f"![{title}]({_from(page, path)})" for title, path in pictures.items()]
    text = "\n".join([*_lines(work, taken), *shown])
    write_text(page, f"{before}{begin}\n\n{text}\n\n{end}{after}")


def _lines(work: Work, taken: Sequence[Taken]) -> Iterator[str]:
    done = [one for one in trainings(work.plan) if _run(work, one) is not None]
    yield f"{len(done)} of {len(trainings(work.plan))} runs are done."
    yield ""
    yield from _table(
        ("run", "rows", "tokens", "loss", "on validation", "hours"),
        (_run_row(run) for one in done if (run := _run(work, one)) is not None),
    )
    if found := _not_alike(work, done):
        yield f"**Not alike in all runs: {', '.join(found)}.**"
        yield ""
    for one in taken:
        yield f"**{one.exam}**"
        yield ""
        yield from _table(SHARES, _share_rows(one))
        yield from _table(("test@1 of", "mean over seeds", "deviation", "seeds"), _seed_rows(one))
        yield from _table(("arm", *ENDS, "most often"), _end_rows(one))
        best = max(fmean(_by_seed(one, arm).values()) for arm in one.arms)
        if best < TELLING and one.exam != work.plan.first_exam:
            yield f"No arm passes {TELLING:.0%} of it, so nothing is made of differences."
            yield ""
        else:
            yield from _table(PAIRS, _pair_rows(work, one))


def _not_alike(work: Work, done: Iterable[Training]) -> list[str]:
    """Return what runs of as many rows have otherwise, and must not."""
    alike = [one for one in done if not one.is_equal_tokens]
    return list(unequal(run for one in alike if (run := _run(work, one)) is not None))


def _run(work: Work, training: Training) -> Run | None:
    run = Run(work.kept / "runs" / training.name)
    return run if (run.folder / "run.json").is_file() else None


def _run_row(run: Run) -> Row:
    facts = run.facts()
    held = facts.get("validation_loss")
    return (
        run.name,
        f"{facts['rows']:,}",
        f"{facts['tokens'][facts['arm']]:,}",
        f"{facts['loss']:.3f}",
        "" if held is None else f"{held:.3f}",
        f"{facts['seconds'] / 3600:.2f}",
    )


def _share_rows(taken: Taken) -> Iterator[Row]:
    for arm in taken.arms:
        for seed in dict.fromkeys(one.seed for one in taken.of(arm)):
            every = [one for one in taken.of(arm, seed) if counts_for(one)]
            capped = sum(one.extra.get("finish") == CAPPED for one in every)
            shares = [
                _share(sum(map(is_so, every)), len(every))
                for is_so in (lambda one: one.transformed is True, is_compiled, is_passed)
            ]
            is_run = not (is_baseline(arm) or arm.endswith(ALONE))
            yield (arm, str(seed) if is_run else "", f"{len(every):,}", f"{capped:,}", *shares)


def _seed_rows(taken: Taken) -> Iterator[Row]:
    for arm in taken.arms:
        values = _by_seed(taken, arm)
        deviation = spread(list(values.values()))
        yield (
            arm,
            f"{fmean(values.values()):.3f}",
            "" if deviation is None else f"{deviation:.3f}",
            ", ".join(f"{value:.3f}" for value in values.values()),
        )


def _end_rows(taken: Taken) -> Iterator[Row]:
    """Say what became of an arm's answers, and which findings and errors were most often there."""
    for arm in taken.arms:
        every = [one for one in taken.of(arm) if counts_for(one)]
        ends = Counter(one.outcome for one in every)
        shares = (sum(ends[one] for one in outcomes) / len(every) for outcomes in ENDS.values())
        codes = Counter(code for one in every for code in {*one.codes})
        yield (
            arm,
            *(f"{share:.3f}" for share in shares),
            ", ".join(
                f"{code} {count / len(every):.3f}" for code, count in codes.most_common(SHOWN_CODES)
            ),
        )


def _pair_rows(work: Work, taken: Taken) -> Iterator[Row]:
    # By the plan, whatever is done so far, and the primary comparison as the plan says it.
    own = [arm for arm in work.plan.wordings() if arm in taken.arms]
    primary = (work.plan.primary[0], work.plan.primary[1])
    others = [pair for pair in combinations(own, 2) if {*pair} != {*primary}]
    beside = [(f"{arm}{kind}", arm) for kind in (BASELINE, ALONE) for arm in own]
    beside += [(NEAREST_ROW, arm) for arm in own]
    more = [(arm, work.plan.like) for arm in taken.arms if arm.endswith(AS_MANY)]
    for first, second in [primary, *others, *more, *beside]:
        pair = compare(taken.of(first), taken.of(second), first, second)
        if pair is not None:
            counts = (first, second) == primary and taken.exam == work.plan.first_exam
            yield _pair_row(taken, pair, is_primary=counts)


def _pair_row(taken: Taken, pair: Pair, *, is_primary: bool) -> Row:
    name = f"{pair.second} less {pair.first}"
    seeds = [
        mcnemar(answers)
        for seed in _by_seed(taken, pair.second)
        if (answers := _paired(taken.of(pair.first, seed), taken.of(pair.second, seed)))
    ]
    return (
        f"**{name}: the primary comparison**" if is_primary else f"{name}, exploratory",
        f"{pair.difference.interval.value:+.3f} {_ends(pair.difference)}",
        _ends(pair.families),
        "" if pair.runs is None else _ends(pair.runs),
        f"{pair.difference.clusters:,}",
        "" if pair.detectable is None else f"{pair.detectable:.3f}",
        "; ".join(f"+{one.only_second} -{one.only_first}, p {_p(one.p)}" for one in seeds),
    )


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= SMALLEST_P else f"< {SMALLEST_P}"


def _ends(difference: Difference) -> str:
    interval = difference.interval
    return f"[{interval.low:+.3f}, {interval.high:+.3f}]"


def _paired(first: Sequence[Result], second: Sequence[Result]) -> list[tuple[bool, bool]]:
    known = {one.id: one for one in first if counts_for(one)}
    return [(is_passed(known[one.id]), is_passed(one)) for one in second
            if one.id in known and counts_for(one)]  # fmt: skip


def _by_seed(taken: Taken, arm: str) -> dict[int, float]:
    found: dict[int, list[bool]] = {}
    for one in taken.of(arm):
        if counts_for(one):
            found.setdefault(one.seed, []).append(is_passed(one))
    return {seed: fmean(passed) for seed, passed in found.items()}


def _share(passed: int, count: int) -> str:
    if not count:
        return "none"
    found = clopper_pearson(passed, count)
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


def _draw(work: Work, taken: Sequence[Taken]) -> dict[str, Path]:
    """Draw losses, and test@1 of the first exam; return the pictures by title."""
    runs = {one.name: run for one in trainings(work.plan) if (run := _run(work, one)) is not None}
    pictures: dict[str, Path] = {}
    if runs:
        pictures["losses"] = work.plan.folder / "losses.png"
        plot_losses(
            pictures["losses"],
            {name: run.read_metrics() for name, run in runs.items()},
            {one.name: one.arm + AS_MANY * one.is_equal_tokens for one in trainings(work.plan)},
        )
    first = [one for one in taken if one.exam == work.plan.first_exam]
    if first:
        pictures["test@1"] = work.plan.folder / "passed.png"
        shares = {arm: list(_by_seed(first[0], arm).values()) for arm in first[0].arms}
        plot_shares(pictures["test@1"], shares, f"test@1 on {first[0].exam}, a dot a seed")
    return pictures


def _from(page: Path, path: Path) -> str:
    return os.path.relpath(path.resolve(), page.resolve().parent).replace(os.sep, "/")


def _table(headings: Iterable[str], rows: Iterable[Row]) -> Iterator[str]:
    names = list(headings)
    yield from (f"| {' | '.join(row)} |" for row in (names, ["---"] * len(names), *rows))
    yield ""
