"""What can be said of counts: intervals, paired tests, power. Pure functions of numbers.

Sources: Clopper and Pearson 1934; McNemar 1947, exact as in Fay 2010; Liang and Zeger 1986 for
errors by cluster; Miettinen 1968 for the power of paired shares; Holm 1979; Chen et al. 2021 for
pass@k.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb, sqrt
from statistics import NormalDist

from scipy.special import betaincinv, stdtrit

CONFIDENCE = 0.95
POWER = 0.80
STEPS = 200
"""Halvings of an interval: more than a float has bits."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean paired difference, with errors clustered, and the number of pairs and clusters.

    The interval is the whole of -1 to 1 where one cluster tells nothing of the spread.
    """

    interval: Interval
    pairs: int
    clusters: int


@dataclass(frozen=True, slots=True)
class McNemar:
    """Pairs in which only the first, and only the second, passed; `p` is two-sided and exact."""

    only_first: int
    only_second: int
    p: float


def clopper_pearson(passed: int, count: int) -> Interval:
    """Return a share with its exact interval; raises `ValueError` for no observations."""
    if not 0 <= passed <= count or count == 0:
        raise ValueError(f"{passed} of {count} is no share")
    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if passed == 0 else float(betaincinv(passed, count - passed + 1, tail))
    high = 1.0 if passed == count else float(betaincinv(passed + 1, count - passed, 1 - tail))
    return Interval(passed / count, low, high)


def mcnemar(pairs: Sequence[tuple[bool, bool]]) -> McNemar:
    """Test whether two arms pass equally often, given both answers to each task."""
    first = sum(one and not other for one, other in pairs)
    second = sum(other and not one for one, other in pairs)
    discordant = first + second
    tail = sum(comb(discordant, n) for n in range(min(first, second) + 1))
    p = min(Fraction(1), Fraction(2 * tail, 2**discordant))
    return McNemar(first, second, float(p))


def clustered_difference(differences: Sequence[float], clusters: Sequence[Hashable]) -> Difference:
    """Return the mean of paired differences with an interval that clusters of tasks widen.

    Student's t with one degree of freedom fewer than clusters; where all clusters agree, the exact
    bound on the share of those that would not. Raises `ValueError` for no pairs.
    """
    count = len(differences)
    if count == 0:
        raise ValueError("there are no pairs")
    mean = sum(differences) / count
    sums: defaultdict[Hashable, float] = defaultdict(float)
    for difference, cluster in zip(differences, clusters, strict=True):
        sums[cluster] += difference - mean
    groups = len(sums)
    if groups < 2:
        return Difference(Interval(mean, -1.0, 1.0), count, groups)
    variance = groups / (groups - 1) * sum(each**2 for each in sums.values()) / count**2
    reach = float(stdtrit(groups - 1, (1 + CONFIDENCE) / 2)) * sqrt(variance)
    if all(abs(each) < 1e-9 for each in sums.values()):
        # No spread was seen; that so many clusters show none bounds how many others may differ.
        reach = clopper_pearson(0, groups).high
    return Difference(
        Interval(mean, max(-1.0, mean - reach), min(1.0, mean + reach)), count, groups
    )


def detectable_difference(count: int, discordant: float, most: float | None = None) -> float | None:
    """Return the difference of two paired shares that `count` tasks show with a power of 80 %.

    `discordant` is the share of tasks in which the arms differ, or where a task's figure is a mean
    the mean of the squared differences; the test is two-sided at 5 %. No difference is above that
    share, or above `most`, the mean size of the differences: None says that even it could not be
    shown.
    """
    if count < 1 or not 0 < discordant <= 1:
        raise ValueError("no tasks, or no discordant pairs")
    normal = NormalDist()
    alpha, beta = normal.inv_cdf((1 + CONFIDENCE) / 2), normal.inv_cdf(POWER)

    def needed(difference: float) -> float:
        spread = sqrt(max(0.0, discordant - difference**2))
        return ((alpha * sqrt(discordant) + beta * spread) / difference) ** 2

    low, high = 1e-9, discordant if most is None else most
    if needed(high) > count:
        return None
    return _bisect(lambda difference: count - needed(difference), low, high)


def pass_at_k(counts: Sequence[tuple[int, int]], k: int) -> float:
    """Return the unbiased pass@k over tasks, each given as samples and passed samples.

    Raises `ValueError` for a task with fewer than k samples.
    """
    if k < 1 or not counts or any(n < k for n, _ in counts):
        raise ValueError(f"pass@{k} wants {k} samples of each task")
    shares = [1 - Fraction(comb(n - passed, k), comb(n, k)) for n, passed in counts]
    return float(sum(shares) / len(shares))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return p-values corrected for having asked several times."""
    corrected: dict[str, float] = {}
    highest = 0.0
    for rank, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[name]))
        corrected[name] = highest
    return corrected


def spread(values: Sequence[float]) -> float | None:
    """Return the sample standard deviation (ddof 1), None for fewer than two values."""
    if len(values) < 2:
        return None
    mean = sum(values) / len(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _bisect(rises: Callable[[float], float], low: float, high: float) -> float:
    """Find where a rising function is zero."""
    for _ in range(STEPS):
        middle = (low + high) / 2
        if rises(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
