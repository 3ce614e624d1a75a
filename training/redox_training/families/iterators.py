"""Iterators: chains, parts, states that go along."""

from __future__ import annotations

from random import Random

from redox_training.drafts import Draft, Family, equal, function
from redox_training.families.ops import (
    DOUBLING,
    draw_fold,
    draw_step,
    draw_test,
    draw_tests,
    name,
    pick,
    rows,
    rust_slice,
)

Row = list[int]


def iter_chain(random: Random) -> Draft:
    """Numbers changed, chosen and summed up."""
    f, step, test, fold = name(random), draw_step(random), draw_test(random), draw_fold(random)
    signature = f"pub fn {f}(all: &[i64]) -> {fold.type}"

    def run(row: Row) -> str:
        return fold.gives([m for n in row if test.holds(m := step.does(n))])

    return Draft(
        f"For each number of `all`, `{f}` {step.says}; of the results that are {test.says} it gives"
        f" {fold.says}.",
        signature,
        function(
            signature,
            "all.iter()",
            f"    .map(|&n| {step.of('n')})",
            f"    .filter(|&n| {test.of('n')})",
            f"    {fold.rust}",
        ),
        tuple(equal(f"{f}({rust_slice(row)})", run(row)) for row in rows(random)),
        conditions=(test,),
    )


def iter_two_filters(random: Random) -> Draft:
    """Numbers chosen twice and summed up."""
    f, (one, two), fold = name(random), draw_tests(random, 2), draw_fold(random)
    signature = f"pub fn {f}(all: &[i64]) -> {fold.type}"
    sign, both, word = pick(
        random, [("&&", lambda a, b: a and b, "and"), ("||", lambda a, b: a or b, "or")]
    )

    def run(row: Row) -> str:
        return fold.gives([n for n in row if both(one.holds(n), two.holds(n))])

    return Draft(
        f"Of the numbers of `all` that are {one.says} {word} {two.says}, `{f}` gives {fold.says}.",
        signature,
        function(
            signature,
            "all.iter()",
            "    .copied()",
            "    .filter(|&n| {",
            f"        let first = {one.of('n')};",
            f"        let second = {two.of('n')};",
            f"        first {sign} second",
            "    })",
            f"    {fold.rust}",
        ),
        tuple(equal(f"{f}({rust_slice(row)})", run(row)) for row in rows(random)),
        conditions=(one, two),
    )


def iter_part(random: Random) -> Draft:
    """A part of numbers, changed and summed up."""
    f, step, test, k = name(random), draw_step(random), draw_test(random), random.randint(2, 3)
    fold = draw_fold(random, plain=True)

    def while_(row: Row) -> int:
        return next((at for at, n in enumerate(row) if not test.holds(n)), len(row))

    part, does, words = pick(random,
        [
            (f".take({k})", lambda row: row[:k], f"the first {k} of `all`"),
            (f".skip({k})", lambda row: row[k:], f"all but the first {k} of `all`"),
            (f".step_by({k})", lambda row: row[::k], f"every {k}th of `all`, from the first"),
            (f".take_while(|&n| {test.of('n')})", lambda row: row[: while_(row)], f"the numbers of `all` before the first that is not {test.says}"),
            (f".skip_while(|&n| {test.of('n')})", lambda row: row[while_(row) :], f"the numbers of `all` from the first that is not {test.says}"),
            (f".rev()\n    .take({k})", lambda row: row[::-1][:k], f"the last {k} of `all`, backwards"),
        ]
    )  # fmt: skip
    signature = f"pub fn {f}(all: &[i64]) -> i64"

    def run(row: Row) -> str:
        return fold.gives([step.does(n) for n in does(row)])

    return Draft(
        f"`{f}` takes {words}, {step.says} for each, and gives {fold.says}.",
        signature,
        function(
            signature,
            "all.iter()",
            "    .copied()",
            f"    {part}",
            f"    .map(|n| {step.of('n')})",
            f"    {fold.rust}",
        ),
        tuple(equal(f"{f}({rust_slice(row)})", run(row)) for row in rows(random)),
        conditions=(test,),
    )


def iter_ranges(random: Random) -> Draft:
    """For each number some others, all in a row."""
    f, test, k = name(random), draw_test(random), random.randint(2, 5)
    fold = draw_fold(random, but=(DOUBLING,))
    many, does, words = pick(random,
        [
            ("0..n", lambda n: range(n), "the numbers from 0 up to it, it left out"),
            (f"n..n + {k}", lambda n: range(n, n + k), f"the {k} numbers from it on"),
            (f"[n, n * {k}]", lambda n: [n, n * k], f"it and {k} times it"),
            (f"[n, -n, n + {k}]", lambda n: [n, -n, n + k], f"it, it negated, and it and {k}"),
            (f"(1..={k}).map(move |m| n * m)", lambda n: [n * m for m in range(1, k + 1)], f"its first {k} multiples"),
        ]
    )  # fmt: skip
    signature = f"pub fn {f}(all: &[i64]) -> {fold.type}"

    def run(row: Row) -> str:
        return fold.gives([m for n in row for m in does(n) if test.holds(m)])

    return Draft(
        f"For each number of `all` take {words}. Of all these that are {test.says}, `{f}` gives"
        f" {fold.says}.",
        signature,
        function(
            signature,
            "all.iter()",
            f"    .flat_map(|&n| {many})",
            f"    .filter(|&n| {test.of('n')})",
            f"    {fold.rust}",
        ),
        tuple(equal(f"{f}({rust_slice(row)})", run(row)) for row in rows(random)),
        conditions=(test,),
    )


def iter_scan(random: Random) -> Draft:
    """A state that goes along numbers."""
    f, test, k = name(random), draw_test(random), random.randint(1, 9)
    fold = draw_fold(random)
    update, does, words = pick(
        random,
        [
            ("*state += n;", lambda s, n: s + n, "added to it"),
            ("*state = (*state).max(n);", max, "put in its place if larger"),
            ("*state = n - *state;", lambda s, n: n - s, "put in its place less it"),
            (
                "*state = *state / 2 + n;",
                lambda s, n: int(s / 2) + n,
                "added to half of it, rounded towards zero",
            ),
            ("*state ^= n;", lambda s, n: s ^ n, "joined with it by exclusive or"),
        ],
    )
    signature = f"pub fn {f}(all: &[i64]) -> {fold.type}"

    def run(row: Row) -> str:
        state, states = k, []
        for n in row:
            state = does(state, n)
            states.append(state)
        return fold.gives([s for s in states if test.holds(s)])

    return Draft(
        f"A state begins with {k}, and each number of `all` is {words}. Of the states after each"
        f" number that are {test.says}, `{f}` gives {fold.says}.",
        signature,
        function(
            signature,
            "all.iter()",
            f"    .scan({k}_i64, |state, &n| {{",
            f"        {update}",
            "        Some(*state)",
            "    })",
            f"    .filter(|&n| {test.of('n')})",
            f"    {fold.rust}",
        ),
        tuple(equal(f"{f}({rust_slice(row)})", run(row)) for row in rows(random)),
        conditions=(test,),
    )


FAMILIES = tuple(
    Family(each, draw)
    for each, draw in {
        "iter_chain": iter_chain,
        "iter_two_filters": iter_two_filters,
        "iter_part": iter_part,
        "iter_ranges": iter_ranges,
        "iter_scan": iter_scan,
    }.items()
)
