"""What is said of counts, held against brute force and against figures from the literature."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from math import comb, isclose, sqrt
from pathlib import Path
from random import Random
from typing import Any

import pytest
from typer.testing import CliRunner

from redox.cli import app
from redox_eval.aggregate import as_baseline, compare, summarise
from redox_eval.records import Outcome, Result, result_as_json
from redox_eval.rows import write_rows
from redox_eval.statistics import (
    clopper_pearson,
    clustered_difference,
    detectable_difference,
    holm,
    mcnemar,
    pass_at_k,
    spread,
)


def at_least(passed: int, count: int, share: float) -> float:
    return sum(
        comb(count, n) * share**n * (1 - share) ** (count - n) for n in range(passed, count + 1)
    )


@pytest.mark.parametrize(("passed", "count"), [(1, 2), (10, 30), (29, 30), (3, 200), (150, 155)])
def test_ends_of_the_exact_interval_leave_a_fortieth_on_each_side(passed: int, count: int) -> None:
    found = clopper_pearson(passed, count)
    assert isclose(at_least(passed, count, found.low), 0.025, rel_tol=1e-9)
    assert isclose(1 - at_least(passed + 1, count, found.high), 0.025, rel_tol=1e-9)


def test_exact_interval_at_its_edges() -> None:
    assert clopper_pearson(0, 30).low == 0
    assert isclose(clopper_pearson(0, 30).high, 1 - 0.025 ** (1 / 30))
    assert clopper_pearson(30, 30).high == 1
    with pytest.raises(ValueError, match="no share"):
        clopper_pearson(0, 0)


def test_mcnemar_is_the_sign_test_on_discordant_pairs() -> None:
    """58 of 60 against 55 of 60, three tasks apart net: the pilot's lead was none."""
    pairs = [(True, False)] * 2 + [(False, True)] * 5 + [(True, True)] * 53
    found = mcnemar(pairs)
    assert (found.only_first, found.only_second) == (2, 5)
    assert isclose(found.p, 0.453125)
    assert mcnemar([(True, True)]).p == 1
    assert isclose(mcnemar([(False, True)] * 10).p, 2 / 2**10)


def test_clusters_widen_the_interval_of_a_difference() -> None:
    random = Random(1)
    alone = [random.choice((0.0, 0.0, 1.0, -1.0)) for _ in range(60)]
    each = clustered_difference(alone, range(60))
    copied = clustered_difference(alone * 3, [n % 60 for n in range(180)])
    assert isclose(each.interval.value, copied.interval.value)
    # Three copies of a task say nothing more than one.
    assert isclose(each.interval.high, copied.interval.high)
    pretended = clustered_difference(alone * 3, range(180))
    assert pretended.interval.high < copied.interval.high
    one = clustered_difference([1.0, 1.0], ["same", "same"])
    assert (one.interval.low, one.interval.high, one.clusters) == (-1.0, 1.0, 1)
    agreed = clustered_difference([0.0] * 30, range(30))
    assert isclose(agreed.interval.high, clopper_pearson(0, 30).high)


def test_interval_of_five_clusters_is_as_worked_out_by_hand() -> None:
    """The mean is 1/8; the sums of what is off it are 3/4, -1/8, -3/4, 3/8 and -1/4."""
    found = clustered_difference([0.5, 0.5, 0, -0.5, 0, 0.5, 0, 0], "aabccdee")
    # The squares of the sums are 43/32; Student's t with 4 degrees of freedom is from a table.
    reach = 2.7764451052 * sqrt(5 / 4 * 43 / 32 / 8**2)
    assert (found.pairs, found.clusters) == (8, 5)
    assert found.interval.low == pytest.approx(0.125 - reach, abs=1e-6)
    assert found.interval.high == pytest.approx(0.125 + reach, abs=1e-6)


def test_interval_of_a_difference_covers_it_about_as_often_as_it_says() -> None:
    random = Random(7)
    covered = 0
    for _ in range(400):
        drawn = [random.choices((1.0, 0.0, -1.0), (0.2, 0.7, 0.1))[0] for _ in range(80)]
        found = clustered_difference(drawn, range(80)).interval
        covered += found.low <= 0.1 <= found.high
    assert 0.92 <= covered / 400 <= 0.98


def test_power_agrees_with_the_tables() -> None:
    """+10 points at 20 % discordant pairs want about 155 tasks; 30 show no such thing."""
    assert detectable_difference(155, 0.2) == pytest.approx(0.1, abs=0.001)
    assert detectable_difference(30, 0.2) is None
    seen = [detectable_difference(count, 0.2) or 1.0 for count in (100, 200, 400, 800)]
    assert seen == sorted(seen, reverse=True)


def test_power_of_means_over_seeds_is_what_a_simulation_finds() -> None:
    """Three seeds tell more than one: a task whose means differ is not discordant as a whole."""
    random = Random(1)
    tasks, seeds = 300, range(3)

    def drawn(share: float) -> list[int]:
        return [sum(random.random() < share for _ in seeds) for _ in range(tasks)]

    def results(arm: str) -> list[Result]:
        return [
            result(str(task), arm, Outcome.PASSED if seed < passed else Outcome.PANIC, seed=seed)
            for task, passed in enumerate(drawn(0.5))
            for seed in seeds
        ]

    pair = compare(results("a"), results("b"), "a", "b")
    assert pair is not None
    assert pair.detectable is not None
    shown = 0
    for _ in range(500):
        first, second = drawn(0.5 - pair.detectable / 2), drawn(0.5 + pair.detectable / 2)
        differences = [(two - one) / 3 for one, two in zip(first, second, strict=True)]
        shown += clustered_difference(differences, range(tasks)).interval.low > 0
    assert shown / 500 == pytest.approx(0.8, abs=0.06)


def test_power_is_told_up_to_the_largest_difference_that_could_be() -> None:
    assert detectable_difference(300, 0.02) is None
    assert detectable_difference(300, 0.02, 0.1) == pytest.approx(0.0227, abs=0.0005)


def test_pass_at_k_is_the_chance_that_some_of_k_samples_pass() -> None:
    samples = [True, True, False, False, False]
    drawn = [(a, b) for a in range(5) for b in range(5) if a != b]
    wanted = sum(samples[a] or samples[b] for a, b in drawn) / len(drawn)
    assert isclose(pass_at_k([(5, 2)], 2), wanted)
    with pytest.raises(ValueError, match="wants 6 samples"):
        pass_at_k([(5, 2)], 6)


def test_holm_and_spread() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx(
        {"a": 0.03, "b": 0.06, "c": 0.06}
    )
    assert spread([0.45]) is None
    assert spread([0.433, 0.467]) == pytest.approx(0.02404, rel=1e-3)


# Results


def result(name: str, arm: str, outcome: Outcome, **fields: Any) -> Result:
    row = {"seed": 0, "sample": 0, "family": "f", "lenient": outcome, "transformed": True,
           "compiled": outcome in (Outcome.PASSED, Outcome.ASSERTION), "codes": (), "detail": "",
           "tests": {}, "seconds": {}, "versions": {}, "extra": {}}  # fmt: skip
    return Result(id=name, arm=arm, outcome=outcome, **{**row, **fields})


def results(arm: str, outcomes: Sequence[Outcome], **fields: Any) -> list[Result]:
    return [result(f"t{n}", arm, outcome, **fields) for n, outcome in enumerate(outcomes)]


GOOD, BAD, BROKEN, NOBODY = (
    Outcome.PASSED,
    Outcome.ASSERTION,
    Outcome.COMPILE_ERROR,
    Outcome.INFRASTRUCTURE,
)


def test_summary_counts_what_is_the_models() -> None:
    rust = results("rust", [GOOD, BAD, BROKEN, NOBODY], codes=("E0308",))
    mixed = result("t0", "iron", Outcome.NOT_ARM_LANGUAGE, lenient=GOOD, compiled=True)
    summary = summarise([*rust, mixed])
    first, second = summary.rows
    assert (first.passed.passed, first.passed.count, first.infrastructure) == (1, 3, 1)
    assert (first.compiled.passed, first.compiled.count) == (2, 3)
    assert (second.passed.passed, second.compiled.passed, second.lenient.passed) == (0, 0, 1)
    assert summary.codes["rust"] == {"E0308": 3}


def test_pairs_want_tasks_that_both_arms_answered() -> None:
    first = results("rust", [GOOD, GOOD, BAD, NOBODY])
    second = results("iron", [GOOD, BAD, GOOD, GOOD, GOOD])
    pair = compare(first, second, "rust", "iron")
    assert pair is not None
    assert (pair.difference.pairs, pair.unpaired) == (3, 2)
    assert pair.test is not None
    assert (pair.test.only_first, pair.test.only_second) == (1, 1)
    assert compare(first, [], "rust", "iron") is None


def test_several_answers_to_a_task_are_no_independent_pairs() -> None:
    first = [*results("rust", [GOOD, BAD]), *results("rust", [GOOD, BAD], seed=1)]
    second = [*results("iron", [GOOD, GOOD]), *results("iron", [BAD, GOOD], seed=1)]
    pair = compare(first, second, "rust", "iron")
    assert pair is not None
    assert pair.test is None
    assert pair.difference.interval.value == pytest.approx(0.25)
    seeds = {(one.arm, one.measure): one for one in summarise([*first, *second]).seeds}
    assert seeds["iron", "test@1"].values == {0: 1.0, 1: 0.5}
    assert seeds["iron", "test@1"].deviation == pytest.approx(0.35355, rel=1e-4)


def test_several_answers_to_a_task_have_a_share_and_no_exact_interval() -> None:
    samples = [
        one for sample in range(5) for one in results("rust", [GOOD, BAD, GOOD], sample=sample)
    ]
    baseline = as_baseline(results("rust", [BAD, BAD, BAD]))
    summary = summarise([*samples, *baseline], [5])
    model, copied = summary.rows
    assert (model.passed.count, model.passed.tasks, model.passed.interval) == (15, 3, None)
    assert model.passed.value == pytest.approx(2 / 3)
    assert copied.passed.interval is not None
    assert all(row.passed.interval is None for row in summary.families if row.arm == "rust")
    assert summary.pass_at == {"rust": {5: pytest.approx(2 / 3)}}
    with pytest.raises(ValueError, match=r"pass@6.*rust has fewer of 3, such as"):
        summarise(samples, [6])


def test_answers_of_one_seed_are_compared_with_those_of_the_same() -> None:
    """Else an arm that lacks its worst run so far would look better for it."""
    seeds = {1: [GOOD, GOOD], 2: [GOOD, BAD], 3: [BAD, BAD]}
    first = [one for seed, each in seeds.items() for one in results("rust", each, seed=seed)]
    second = [one for seed in (1, 2) for one in results("iron", seeds[seed], seed=seed)]
    pair = compare(first, second, "rust", "iron")
    assert pair is not None
    assert pair.difference.interval.value == 0
    assert (pair.difference.pairs, pair.unpaired) == (2, 0)
    copied = as_baseline(results("rust", [BAD, BAD], seed=1))
    baseline = compare(copied, first, copied[0].arm, "rust")
    assert baseline is not None
    assert baseline.difference.interval.value == pytest.approx(0.5)


def test_differences_are_told_over_families_and_over_runs_as_well() -> None:
    def arm(name: str, passed: dict[int, list[Outcome]]) -> list[Result]:
        return [
            replace(one, family=f"family {number // 2}")
            for seed, outcomes in passed.items()
            for number, one in enumerate(results(name, outcomes, seed=seed))
        ]

    first = arm("rust", dict.fromkeys((1, 2, 3), [BAD] * 6))
    second = arm("iron", {1: [GOOD] * 6, 2: [GOOD] * 4 + [BAD] * 2, 3: [GOOD] * 2 + [BAD] * 4})
    pair = compare(first, second, "rust", "iron")
    assert pair is not None
    assert pair.families.clusters == 3
    assert pair.runs is not None
    assert pair.runs.clusters == 3
    assert pair.runs.interval.value == pytest.approx(2 / 3)
    # t(2) at 97.5 % is 4.3027, and the standard error of 1, 2/3 and 1/3 is 1/3 / sqrt(3).
    assert pair.runs.interval.low == pytest.approx(2 / 3 - 4.3027 / 3 / 3**0.5, abs=1e-4)


def test_template_makes_the_cluster() -> None:
    first = results("rust", [BAD] * 6, extra={"template": "one"})
    second = results("iron", [GOOD] * 6, extra={"template": "one"})
    pair = compare(first, second, "rust", "iron")
    assert pair is not None
    assert pair.difference.clusters == 1
    assert (pair.difference.interval.low, pair.difference.interval.high) == (-1.0, 1.0)


def test_pairs_of_families_are_corrected_for_having_asked_of_each() -> None:
    """All of a family's tasks were lost: p is 2 / 2 ** tasks, times as many as are not smaller."""
    found = [
        result(f"{family}{n}", arm, outcome, family=family)
        for family, count in (("few", 4), ("more", 6), ("most", 7))
        for arm, outcome in (("rust", GOOD), ("iron", BAD))
        for n in range(count)
    ]
    pairs = summarise(found).family_pairs
    assert {pair.family: pair.test.p for pair in pairs if pair.test} == pytest.approx(
        {"few": 2 / 2**4, "more": 2 / 2**6, "most": 2 / 2**7}
    )
    assert {pair.family: pair.corrected_p for pair in pairs} == pytest.approx(
        {"few": 2 / 2**4, "more": 2 * 2 / 2**6, "most": 3 * 2 / 2**7}
    )


def test_commands_show_figures_and_refuse_what_they_cannot_say(tmp_path: Path) -> None:
    here = tmp_path / "results"
    caution = {"caution": "only to compare\x1b[31m"}
    rows = [*results("rust", [GOOD, BAD, BAD], extra=caution),
            *results("iron", [GOOD, GOOD, BROKEN], versions={"isolation": "none"})]  # fmt: skip
    write_rows(here, map(result_as_json, rows))
    runner = CliRunner()
    done = runner.invoke(app, ["eval", "aggregate", str(here), "--json", str(tmp_path / "figures")])
    assert done.exit_code == 0, done.output
    assert "iron less rust" in done.output
    assert "NOT SANDBOXED" in done.output
    assert "CAUTION: only to compare\\x1b[31m" in done.output
    figures = json.loads((tmp_path / "figures").read_text())
    assert figures["rows"][0]["passed"]["passed"] == 1
    assert figures["pairs"][0]["test"]["only_second"] == 1
    call = ["eval", "compare", f"{here}@rust", f"{here}@iron"]
    assert "iron of B less rust of A" in runner.invoke(app, call).output
    assert runner.invoke(app, ["eval", "aggregate", str(here), "--k", "2"]).exit_code == 2
    assert runner.invoke(app, ["eval", "compare", f"{here}@rust", str(here)]).exit_code == 2
    assert runner.invoke(app, ["eval", "compare", f"{here}@gone", f"{here}@rust"]).exit_code == 2
    with here.open("a") as file:
        file.write("{\n")
    assert runner.invoke(app, ["eval", "aggregate", str(here)]).exit_code == 1
