"""Recursion, and small algorithms."""

from __future__ import annotations

from random import Random

from redox_training.drafts import Draft, Family, equal, function
from redox_training.families.ops import (
    draw_fold,
    draw_step,
    draw_test,
    name,
    numbers,
    pick,
    rows,
    rust_slice,
    rust_vec,
)

Row = list[int]


def recurrence(random: Random) -> Draft:
    """A function that calls itself for smaller numbers."""
    f, test = name(random), draw_test(random)
    a, b, c = random.randint(2, 3), random.randint(2, 5), random.randint(1, 9)
    rule, does, words = pick(random,
        [
            (f"{a} * {f}(n - 1) + {b}", lambda g, n: a * g(n - 1) + b, f"{a} times what it gives for one less, and {b}"),
            (f"{f}(n - 1) + {f}(n - 2)", lambda g, n: g(n - 1) + g(n - 2), "what it gives for one less and for two less, added"),
            (f"{f}(n - 1) + n * {b}", lambda g, n: g(n - 1) + n * b, f"what it gives for one less, and {b} times `n`"),
            (f"{f}(n - 2) * {a} - {b}", lambda g, n: g(n - 2) * a - b, f"{a} times what it gives for two less, less {b}"),
            (f"{f}(n / 2) + {b}", lambda g, n: g(n // 2) + b, f"what it gives for half of `n`, rounded down, and {b}"),
            (f"{f}(n / 2) + {f}(n - 1) % {a + 1}", lambda g, n: g(n // 2) + g(n - 1) % (a + 1), f"what it gives for half of `n`, rounded down, and the remainder by {a + 1} of what it gives for one less"),
        ]
    )  # fmt: skip
    other, does_too, how = pick(random,
        [
            ([], None, ""),
            ([f"if {test.of('n')} {{", f"    return {f}(n - 1) + {c};", "}"], lambda g, n: g(n - 1) + c, f" If `n` is {test.says} it is what it gives for one less, and {c}."),
            ([f"if {test.of('n')} {{", f"    return {f}(n - 1);", "}"], lambda g, n: g(n - 1), f" If `n` is {test.says} it is what it gives for one less."),
        ]
    )  # fmt: skip

    def run(n: int) -> int:
        if n < 2:
            return c
        if does_too and test.holds(n):
            return does_too(run, n)
        return does(run, n)

    signature = f"pub fn {f}(n: i64) -> i64"
    return Draft(
        f"`{f}` gives {c} below 2.{how} Otherwise it is {words}.",
        signature,
        function(signature, "if n < 2 {", f"    return {c};", "}", *other, rule),
        tuple(equal(f"{f}({n})", str(run(n))) for n in (0, 1, 2, 5, 9, 12)),
        conditions=(test,),
    )


def recursive_slice(random: Random) -> Draft:
    """A slice taken apart from its front, recursively."""
    f, test, step, k = name(random), draw_test(random), draw_step(random), random.randint(-5, 9)
    yes, does, words = pick(
        random,
        [
            ("value + rest", lambda v, r: v + r, "added to"),
            ("value.max(rest)", max, "or, if that is larger,"),
            ("value - rest", lambda v, r: v - r, "less"),
            ("rest * 2 + value", lambda v, r: r * 2 + v, "added to twice"),
        ],
    )
    no, does_too, how = pick(
        random,
        [
            ("rest", lambda n, r: r, "that for the others alone"),
            ("rest + 1", lambda n, r: r + 1, "that for the others and 1"),
            ("-rest", lambda n, r: -r, "that for the others, negated"),
            ("n", lambda n, r: n, "the first alone"),
        ],
    )
    signature = f"pub fn {f}(all: &[i64]) -> i64"

    def run(row: Row) -> int:
        if not row:
            return k
        rest = run(row[1:])
        return does(step.does(row[0]), rest) if test.holds(row[0]) else does_too(row[0], rest)

    return Draft(
        f"For nothing `{f}` gives {k}. If the first number of `all` is {test.says}, it takes it and"
        f" {step.says}; it gives that {words} what it gives for the others. Otherwise it gives {how}.",
        signature,
        function(
            signature,
            "let Some((&n, others)) = all.split_first() else {",
            f"    return {k};",
            "};",
            f"let rest = {f}(others);",
            f"if {test.of('n')} {{",
            f"    let value = {step.of('n')};",
            f"    {yes}",
            "} else {",
            f"    {no}",
            "}",
        ),
        tuple(equal(f"{f}({rust_slice(row)})", str(run(row))) for row in rows(random)),
        conditions=(test,),
    )


def sort_by(random: Random) -> Draft:
    """Numbers sorted by a key, then chosen."""
    f, step, test, fold = name(random), draw_step(random), draw_test(random), draw_fold(random)
    way, backwards, words = pick(
        random,
        [
            (f"all.sort_by_key(|&n| {step.of('n')});", False, "by that"),
            (
                f"all.sort_by_key(|&n| std::cmp::Reverse({step.of('n')}));",
                True,
                "by that, downwards",
            ),
        ],
    )
    k = random.randint(2, 4)
    part, does, which = pick(
        random,
        [
            (f".take({k})", lambda r: r[:k], f"the first {k}"),
            (".skip(1)", lambda r: r[1:], "all but the first"),
            (".rev()", lambda r: r[::-1], "all, backwards"),
            (".step_by(2)", lambda r: r[::2], "every second, from the first"),
        ],
    )
    signature = f"pub fn {f}(mut all: Vec<i64>) -> {fold.type}"

    def run(row: Row) -> str:
        made = sorted(row, key=lambda n: -step.does(n) if backwards else step.does(n))
        return fold.gives([n for n in does(made) if test.holds(n)])

    return Draft(
        f"For each number there is a key: `{f}` takes the number and {step.says}. It sorts `all`"
        f" {words}, equal keys as they stand; it takes {which}, and of these that are {test.says} it"
        f" gives {fold.says}.",
        signature,
        function(
            signature,
            way,
            "all.into_iter()",
            f"    {part}",
            f"    .filter(|&n| {test.of('n')})",
            f"    {fold.rust}",
        ),
        tuple(equal(f"{f}({rust_vec(row)})", run(row)) for row in rows(random)),
        conditions=(test,),
    )


def best_run(random: Random) -> Draft:
    """The best run of neighbours."""
    f, test, step = name(random), draw_test(random), draw_step(random, but=("{v}.pow(3)",))
    inside, does, words = pick(
        random,
        [
            ("run += 1;", lambda r, v: r + 1, "the length"),
            ("run += value;", lambda r, v: r + v, "the sum"),
            ("run = run.max(value);", max, "the largest number, 0 at least,"),
            (
                "run = run * 2 + value;",
                lambda r, v: r * 2 + v,
                "each number added to twice the result, from 0,",
            ),
        ],
    )
    kept, does_too, how = pick(
        random,
        [
            ("best.max(run)", max, "the largest"),
            ("best + run", lambda b, r: b + r, "the sum, counted anew with each number,"),
        ],
    )
    signature = f"pub fn {f}(all: &[i64]) -> i64"

    def run_(row: Row) -> str:
        best = run = 0
        for n in row:
            v = step.does(n)
            run = does(run, v) if test.holds(v) else 0
            best = does_too(best, run)
        return str(best)

    return Draft(
        f"For each number of `all`, `{f}` {step.says}. Neighbours whose result is {test.says} form a"
        f" run; of a run's results so far it takes {words} and 0 outside of runs. It gives {how} of"
        " these, starting from 0.",
        signature,
        function(
            signature,
            "let mut best = 0_i64;",
            "let mut run = 0_i64;",
            "for &n in all {",
            f"    let value = {step.of('n')};",
            f"    if {test.of('value')} {{",
            f"        {inside}",
            "    } else {",
            "        run = 0;",
            "    }",
            f"    best = {kept};" if kept != "best + run" else "    best += run;",
            "}",
            "best",
        ),
        tuple(
            equal(f"{f}({rust_slice(row)})", run_(row))
            for row in (*rows(random), numbers(random, 9))
        ),
        conditions=(test,),
    )


def pairs_of(random: Random) -> Draft:
    """All pairs of numbers in a slice."""
    f, test, k = name(random), draw_test(random), random.randint(2, 9)
    make, does, words = pick(
        random,
        [
            ("x + y", lambda x, y: x + y, "sum"),
            ("x * y", lambda x, y: x * y, "product"),
            ("(x - y).abs()", lambda x, y: abs(x - y), "distance"),
            ("x.max(y)", max, "larger number"),
        ],
    )
    gives, does_too, how = pick(
        random,
        [
            ("found += 1;", lambda r: len(r), "how many there are"),
            ("found += value;", sum, f"the sum of these {words}s"),
            (
                f"found = found.max(value + {k});",
                lambda r: max([0, *(n + k for n in r)]),
                f"the greatest of these, and {k}; 0 if none is above it",
            ),
            (
                "found = found * 2 + 1;",
                lambda r: 2 ** len(r) - 1,
                "what comes of 0 if it is doubled and 1 added for each",
            ),
        ],
    )
    start = pick(random, ["at + 1", "at"])
    signature = f"pub fn {f}(all: &[i64]) -> i64"

    def run(row: Row) -> str:
        made = [does(x, y) for at, x in enumerate(row) for y in row[at + (start != "at") :]]
        return str(does_too([n for n in made if test.holds(n)]))

    return Draft(
        f"For each number of `all` and each behind it{', and itself' if start == 'at' else ''}, take the"
        f" {words}. Of these that are {test.says}, `{f}` gives {how}.",
        signature,
        function(
            signature,
            "let mut found = 0_i64;",
            "for (at, &x) in all.iter().enumerate() {",
            f"    for &y in &all[{start}..] {{",
            f"        let value = {make};",
            f"        if {test.of('value')} {{",
            f"            {gives}",
            "        }",
            "    }",
            "}",
            "found",
        ),
        tuple(equal(f"{f}({rust_slice(row)})", run(row)) for row in rows(random)),
        conditions=(test,),
    )


FAMILIES = tuple(
    Family(each, draw)
    for each, draw in {
        "recursion_numbers": recurrence,
        "recursion_slice": recursive_slice,
        "algorithm_sort": sort_by,
        "algorithm_best_run": best_run,
        "algorithm_pairs": pairs_of,
    }.items()
)
