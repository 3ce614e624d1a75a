"""Results summed up: shares with intervals, by arm, seed and family, and arms compared in pairs.

What the machine was to blame for counts nowhere but as itself. Every share comes with its counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import fmean
from typing import Any

from redox_eval.records import Outcome, Result
from redox_eval.statistics import (
    Difference,
    Interval,
    McNemar,
    clopper_pearson,
    clustered_difference,
    detectable_difference,
    holm,
    mcnemar,
    pass_at_k,
    spread,
)

FREE_SAMPLES = 0.2
"""The share of discordant pairs that power is also told for, whatever was seen."""

BASELINE = " (nearest row)"
"""What an arm's name ends with where its results are the baseline's, which copies a train row."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many answers to so many tasks."""

    passed: int
    count: int
    tasks: int

    @property
    def value(self) -> float | None:
        """The share; None of nothing."""
        return self.passed / self.count if self.count else None

    @property
    def interval(self) -> Interval | None:
        """The share with its exact interval; None where answers share a task: they are not
        independent then.
        """
        is_exact = self.count and self.count == self.tasks
        return clopper_pearson(self.passed, self.count) if is_exact else None


@dataclass(frozen=True, slots=True)
class Row:
    """One arm under one seed, or one family of it. `lenient` is test@1 if mixing is allowed."""

    arm: str
    seed: int | None
    family: str | None
    transformed: Share
    compiled: Share
    passed: Share
    lenient: Share
    infrastructure: int


@dataclass(frozen=True, slots=True)
class Seeds:
    """What seeds vary: the values by seed, their mean, and their sample standard deviation."""

    arm: str
    measure: str
    values: Mapping[int, float]
    mean: float
    deviation: float | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two arms on the same tasks: the second less the first, of seeds that both have if any.

    `difference` is clustered by template, and so takes the runs as they are; `families` is the
    same clustered by family, and `runs` that of the runs' own differences, None where fewer than
    two seeds are shared. `test` is None if a task has several answers that can't be paired one by
    one. `detectable` says which difference so many independent templates could have shown, at the
    discordance that was seen and at one of 20 %; None if none could.
    """

    first: str
    second: str
    family: str | None
    difference: Difference
    families: Difference
    runs: Difference | None
    test: McNemar | None
    corrected_p: float | None
    unpaired: int
    detectable: float | None
    detectable_at_20: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """All that is said of results: `rows` by arm and seed, `totals` by arm."""

    rows: tuple[Row, ...]
    totals: tuple[Row, ...]
    families: tuple[Row, ...]
    seeds: tuple[Seeds, ...]
    outcomes: Mapping[str, Mapping[str, int]]
    codes: Mapping[str, Mapping[str, int]]
    pairs: tuple[Pair, ...]
    family_pairs: tuple[Pair, ...]
    pass_at: Mapping[str, Mapping[int, float]]


def summarise(results: Sequence[Result], ks: Sequence[int] = ()) -> Summary:
    """Sum up results. Raises `ValueError` for a k with too few samples."""
    arms = list(dict.fromkeys(one.arm for one in results))
    by_arm = {arm: [one for one in results if one.arm == arm] for arm in arms}
    rows = [
        _row(arm, seed, None, [one for one in found if one.seed == seed])
        for arm, found in by_arm.items()
        for seed in sorted({one.seed for one in found})
    ]
    families = [
        _row(arm, None, family, [one for one in found if one.family == family])
        for family in sorted({one.family for one in results})
        for arm, found in by_arm.items()
        if any(one.family == family for one in found)
    ]
    named = list(_named_pairs(arms))
    pairs = [compare(by_arm[one], by_arm[two], one, two) for one, two in named]
    return Summary(
        tuple(rows),
        tuple(_row(arm, None, None, found) for arm, found in by_arm.items()),
        tuple(families),
        tuple(_seeds(rows, arms)),
        {arm: dict(Counter(str(one.outcome) for one in found)) for arm, found in by_arm.items()},
        {arm: dict(_codes(found)) for arm, found in by_arm.items()},
        tuple(pair for pair in pairs if pair is not None),
        tuple(
            each for one, two in named for each in _by_family(by_arm[one], by_arm[two], one, two)
        ),
        {
            arm: {k: _pass_at(arm, found, k) for k in ks}
            for arm, found in by_arm.items()
            if ks and not is_baseline(arm)
        },
    )


def compare(
    first: Sequence[Result],
    second: Sequence[Result],
    first_name: str,
    second_name: str,
    family: str | None = None,
) -> Pair | None:
    """Compare two sets of results on the tasks that both have; None if there are none."""
    one, two = _by_task(first), _by_task(second)
    if not (is_baseline(first_name) or is_baseline(second_name)):  # a copy has no seed
        one, two = _alike(one, two)
    common = [name for name in one if name in two]
    if not common:
        return None
    differences = [_mean(two[name]) - _mean(one[name]) for name in common]
    difference = clustered_difference(differences, [_cluster(one[name][0]) for name in common])
    families = clustered_difference(differences, [one[name][0].family for name in common])
    answers = _paired_answers([one[name] for name in common], [two[name] for name in common])
    test = None if answers is None else mcnemar(answers)
    # Of one answer each, both are the share of discordant tasks; means over seeds differ by less.
    discordant = sum(each**2 for each in differences) / len(differences)
    most = sum(map(abs, differences)) / len(differences)
    groups = difference.clusters
    return Pair(
        first_name,
        second_name,
        family,
        difference,
        families,
        _by_run(one, two),
        test,
        None,
        len({each.id for each in (*first, *second) if counts_for(each)}) - len(common),
        detectable_difference(groups, discordant, most) if discordant else None,
        detectable_difference(groups, FREE_SAMPLES),
    )


def as_json(summary: Summary) -> dict[str, Any]:
    """Return a summary ready for JSON, each share with its interval."""
    return {
        "rows": [_row_as_json(row) for row in summary.rows],
        "families": [_row_as_json(row) for row in summary.families],
        "seeds": [asdict(one) for one in summary.seeds],
        "outcomes": {arm: dict(found) for arm, found in summary.outcomes.items()},
        "codes": {arm: dict(found) for arm, found in summary.codes.items()},
        "pairs": [asdict(pair) for pair in summary.pairs],
        "family_pairs": [asdict(pair) for pair in summary.family_pairs],
        "pass_at": {arm: dict(found) for arm, found in summary.pass_at.items()},
    }


def as_baseline(results: Iterable[Result]) -> list[Result]:
    """Name the baseline's results so that they stand beside those of a model."""
    return [replace(one, arm=one.arm + BASELINE) for one in results]


def is_baseline(arm: str) -> bool:
    """Tell whether an arm is the baseline's."""
    return arm.endswith(BASELINE)


def _named_pairs(arms: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the models' arms in pairs, and each with its baseline."""
    own = [arm for arm in arms if not is_baseline(arm)]
    yield from ((first, second) for at, first in enumerate(own) for second in own[at + 1 :])
    yield from ((arm + BASELINE, arm) for arm in own if arm + BASELINE in arms)


def counts_for(result: Result) -> bool:
    """Tell whether a result says something of the model."""
    return result.outcome is not Outcome.INFRASTRUCTURE


def _row(arm: str, seed: int | None, family: str | None, results: Sequence[Result]) -> Row:
    counted = [one for one in results if counts_for(one)]
    tasks = len({one.id for one in counted})

    def share(is_so: Callable[[Result], bool]) -> Share:
        return Share(sum(map(is_so, counted)), len(counted), tasks)

    return Row(
        arm,
        seed,
        family,
        share(lambda one: one.transformed is True),
        share(is_compiled),
        share(is_passed),
        share(lambda one: one.lenient is Outcome.PASSED),
        len(results) - len(counted),
    )


def is_passed(result: Result) -> bool:
    """Tell whether a result counts for test@1."""
    return result.outcome is Outcome.PASSED


def is_compiled(result: Result) -> bool:
    """Tell whether a result counts for compile@1: alone, and in its arm's language."""
    return result.compiled is True and result.outcome is not Outcome.NOT_ARM_LANGUAGE


def _seeds(rows: Sequence[Row], arms: Sequence[str]) -> list[Seeds]:
    measures: dict[str, Callable[[Row], Share]] = {
        "transform": lambda row: row.transformed,
        "compile@1": lambda row: row.compiled,
        "test@1": lambda row: row.passed,
    }
    found = []
    for arm in arms:
        for name, take in measures.items():
            values = {
                row.seed: value
                for row in rows
                if row.arm == arm
                and row.seed is not None
                and (value := take(row).value) is not None
            }
            if values:
                mean = sum(values.values()) / len(values)
                found.append(Seeds(arm, name, values, mean, spread(list(values.values()))))
    return found


def _codes(results: Iterable[Result]) -> Counter[str]:
    """Count the results that each error code occurs in."""
    return Counter(code for one in results if counts_for(one) for code in one.codes)


def _by_family(
    first: Sequence[Result], second: Sequence[Result], first_name: str, second_name: str
) -> list[Pair]:
    """Compare family by family, with p-values corrected for asking so often."""
    found = []
    for family in sorted({one.family for one in (*first, *second)}):
        pair = compare(
            [one for one in first if one.family == family],
            [one for one in second if one.family == family],
            first_name,
            second_name,
            family,
        )
        if pair is not None:
            found.append(pair)
    p_values = {pair.family or "": pair.test.p for pair in found if pair.test is not None}
    corrected = holm(p_values)
    return [
        Pair(**{**_fields(pair), "corrected_p": corrected.get(pair.family or "")}) for pair in found
    ]


def _fields(pair: Pair) -> dict[str, Any]:
    return {name: getattr(pair, name) for name in Pair.__dataclass_fields__}


def _by_task(results: Iterable[Result]) -> dict[str, list[Result]]:
    tasks: defaultdict[str, list[Result]] = defaultdict(list)
    for one in results:
        if counts_for(one):
            tasks[one.id].append(one)
    return dict(tasks)


Tasks = dict[str, list[Result]]
"""Results by task."""


def _alike(first: Tasks, second: Tasks) -> tuple[Tasks, Tasks]:
    """Leave each task the seeds that both have of it; arms that share none are left as they are."""
    if not _seeds_of(first) & _seeds_of(second):
        return first, second
    one, two = {}, {}
    for name in first:
        seeds = {each.seed for each in first[name]} & {each.seed for each in second.get(name, ())}
        if seeds:
            one[name] = [each for each in first[name] if each.seed in seeds]
            two[name] = [each for each in second[name] if each.seed in seeds]
    return one, two


def _seeds_of(tasks: Tasks) -> set[int]:
    return {one.seed for found in tasks.values() for one in found}


def _by_run(first: Tasks, second: Tasks) -> Difference | None:
    """Return the difference over runs, each the mean of its tasks; None if there are not two."""
    seeds = sorted(_seeds_of(first) & _seeds_of(second))
    if len(seeds) < 2:
        return None
    means = [
        [
            fmean(is_passed(one) for found in tasks.values() for one in found if one.seed == seed)
            for tasks in (first, second)
        ]
        for seed in seeds
    ]
    return clustered_difference([two - one for one, two in means], seeds)


def _mean(results: Sequence[Result]) -> float:
    return sum(map(is_passed, results)) / len(results)


def _cluster(result: Result) -> str:
    """The template of a task; a task without one is a cluster of its own."""
    return str(result.extra.get("template") or f"task {result.id}")


def _paired_answers(
    first: Sequence[Sequence[Result]], second: Sequence[Sequence[Result]]
) -> list[tuple[bool, bool]] | None:
    """Pair the answers, one for each task; None if a task has several: they are not independent."""
    pairs = list(zip(first, second, strict=True))
    if any(len(one) != 1 or len(two) != 1 for one, two in pairs):
        return None
    return [(is_passed(one[0]), is_passed(two[0])) for one, two in pairs]


def _pass_at(arm: str, results: Sequence[Result], k: int) -> float:
    """Return an arm's pass@k; raises `ValueError` that names a task with too few samples."""
    tasks = _by_task(results)
    if short := [name for name, found in tasks.items() if len(found) < k]:
        raise ValueError(
            f"pass@{k} wants {k} samples of each task that tell something of the model:"
            f" {arm} has fewer of {len(short):,}, such as {short[0]}"
        )
    return pass_at_k([(len(found), sum(map(is_passed, found))) for found in tasks.values()], k)


def _row_as_json(row: Row) -> dict[str, Any]:
    shares = {name: getattr(row, name) for name in ("transformed", "compiled", "passed", "lenient")}
    return {
        "arm": row.arm,
        "seed": row.seed,
        "family": row.family,
        **{
            name: {
                "passed": share.passed,
                "count": share.count,
                "tasks": share.tasks,
                "interval": None if share.interval is None else asdict(share.interval),
            }
            for name, share in shares.items()
        },
        "infrastructure": row.infrastructure,
    }
