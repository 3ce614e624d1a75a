"""Slices: neighbours, pieces, patterns."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from redox_training.drafts import Draft, Family, equal, function
from redox_training.families.ops import (
    draw_fold,
    draw_step,
    draw_steps,
    draw_test,
    name,
    numbers,
    pick,
    rows,
    rust_slice,
)

Row = list[int]


def slice_windows(random: Random) -> Draft:
    """Neighbours compared."""
    f, fold = name(random), draw_fold(random)
    step, test = draw_step(random), draw_test(random)
    make, does, words = pick(
        random,
        [
            ("pair[1] - pair[0]", lambda a, b: b - a, "the second less the first"),
            ("pair[0] + pair[1]", lambda a, b: a + b, "their sum"),
            ("pair[0].max(pair[1])", max, "the larger"),
            ("pair[0] * 2 - pair[1]", lambda a, b: a * 2 - b, "twice the first less the second"),
            ("(pair[0] - pair[1]).abs()", lambda a, b: abs(a - b), "how far they are apart"),
        ],
    )
    signature = f"pub fn {f}(all: &[i64]) -> {fold.type}"

    def run(row: Row) -> str:
        made = [step.does(does(a, b)) for a, b in pairwise(row)]
        return fold.gives([n for n in made if test.holds(n)])

    return Draft(
        f"Of each two neighbours in `all` take {words}, and `{f}` {step.says}; of the results that"
        f" are {test.says} it gives {fold.says}.",
        signature,
        function(
            signature,
            "all.windows(2)",
            f"    .map(|pair| {make})",
            f"    .map(|n| {step.of('n')})",
            f"    .filter(|&n| {test.of('n')})",
            f"    {fold.rust}",
        ),
        tuple(equal(f"{f}({rust_slice(row)})", run(row)) for row in rows(random)),
        conditions=(test,),
    )


def slice_chunks(random: Random) -> Draft:
    """Pieces of a slice, each summed up."""
    f, size = name(random), random.randint(2, 4)
    inner, outer = draw_fold(random, plain=True), draw_fold(random)
    way, words = pick(random,
        [("chunks", "pieces of {k}, the last shorter if need be"),
         ("chunks_exact", "pieces of {k}, what is left over dropped"),
         ("rchunks", "pieces of {k} from the end, the last shorter if need be")]
    )  # fmt: skip
    signature = f"pub fn {f}(all: &[i64]) -> {outer.type}"

    def cut(row: Row) -> list[Row]:
        if way == "rchunks":
            return [row[max(0, end - size) : end] for end in range(len(row), 0, -size)]
        parts = [row[at : at + size] for at in range(0, len(row), size)]
        return [part for part in parts if way == "chunks" or len(part) == size]

    def run(row: Row) -> str:
        test = [int(inner.gives(part)) for part in cut(row)]
        return outer.gives([n for n in test if n != 0])

    return Draft(
        f"`{f}` cuts `all` into {words.format(k=size)}. Of each it takes {inner.says}; of these that"
        f" are not 0 it gives {outer.says}.",
        signature,
        function(
            signature,
            f"all.{way}({size})",
            f"    .map(|part| part.iter().copied(){inner.rust})",
            "    .filter(|&n| n != 0)",
            f"    {outer.rust}",
        ),
        tuple(
            equal(f"{f}({rust_slice(row)})", run(row))
            for row in (*rows(random), numbers(random, 8))
        ),
    )


def slice_zip(random: Random) -> Draft:
    """Two slices side by side."""
    f, test, fold = name(random), draw_test(random), draw_fold(random)
    make, does, words = pick(
        random,
        [
            ("x + y", lambda x, y: x + y, "their sum"),
            ("x * y", lambda x, y: x * y, "their product"),
            ("(x - y).abs()", lambda x, y: abs(x - y), "how far they are apart"),
            ("x.min(y)", min, "the smaller"),
            ("x * 3 - y", lambda x, y: x * 3 - y, "three times the first less the second"),
        ],
    )
    signature = f"pub fn {f}(a: &[i64], b: &[i64]) -> {fold.type}"

    def run(one: Row, two: Row) -> str:
        made = [does(x, y) for x, y in zip(one, two, strict=False)]
        return fold.gives([n for n in made if test.holds(n)])

    pairs = [
        (numbers(random, n), numbers(random, m))
        for n, m in ((8, 8), (6, 7), (5, 5), (2, 4), (3, 1), (0, 2))
    ]
    return Draft(
        f"`{f}` takes the numbers of `a` and `b` side by side as far as both go, and of each two"
        f" {words}; of these that are {test.says} it gives {fold.says}.",
        signature,
        function(
            signature,
            "a.iter()",
            "    .zip(b)",
            f"    .map(|(&x, &y)| {make})",
            f"    .filter(|&n| {test.of('n')})",
            f"    {fold.rust}",
        ),
        tuple(equal(f"{f}({rust_slice(a)}, {rust_slice(b)})", run(a, b)) for a, b in pairs),
        conditions=(test,),
    )


def slice_find(random: Random) -> Draft:
    """The first or last number of a kind, with what then."""
    f, test, step, k = name(random), draw_test(random), draw_step(random), random.randint(-9, 40)
    way, does, words = pick(random,
        [
            ("iter().position", lambda row: next((at for at, n in enumerate(row) if test.holds(n)), None), "where the first stands"),
            ("iter().rposition", lambda row: next((at for at in range(len(row) - 1, -1, -1) if test.holds(row[at])), None), "where the last stands"),
        ]
    )  # fmt: skip
    gives, does_too, how = pick(
        random,
        [
            ("step", lambda row, at: step.does(row[at]), "the number there, changed: it"),
            ("place", lambda row, at: step.does(at), "that place, changed: it"),
        ],
    )
    signature = f"pub fn {f}(all: &[i64]) -> i64"
    value = "all[at]" if gives == "step" else "at as i64"

    def run(row: Row) -> str:
        at = does(row)
        return str(k if at is None else does_too(row, at))

    return Draft(
        f"`{f}` looks {words} in `all` of those that are {test.says}, and gives {how}"
        f" {step.says}. It gives {k} if there is none.",
        signature,
        function(
            signature,
            f"match all.{way}(|&n| {test.of('n')}) {{",
            "    Some(at) => {",
            f"        let n = {value};",
            f"        {step.of('n')}",
            "    }",
            f"    None => {k},",
            "}",
        ),
        tuple(equal(f"{f}({rust_slice(row)})", run(row)) for row in rows(random)),
        conditions=(test,),
    )


def slice_patterns(random: Random) -> Draft:
    """A slice taken apart by patterns."""
    f, (one, two), k = name(random), draw_steps(random, 2), random.randint(-5, 50)
    ends, does, words = pick(
        random,
        [
            ("[a, .., b] => a + b", lambda r: r[0] + r[-1], "the sum of the first and the last"),
            ("[a, b, ..] => a * b", lambda r: r[0] * r[1], "the product of the first two"),
            ("[.., a, b] => a - b", lambda r: r[-2] - r[-1], "the last but one less the last"),
            (
                "[a, rest @ ..] => a + rest.len() as i64",
                lambda r: r[0] + len(r) - 1,
                "the first and how many follow it, added",
            ),
            (
                "[rest @ .., a] => a * rest.len() as i64",
                lambda r: r[-1] * (len(r) - 1),
                "the last times how many stand before it",
            ),
        ],
    )
    signature = f"pub fn {f}(all: &[i64]) -> i64"

    def run(row: Row) -> str:
        if not row:
            return str(k)
        return str(one.does(row[0]) if len(row) == 1 else two.does(does(row)))

    left, right = ends.split(" => ")
    return Draft(
        f"`{f}` gives {k} for an empty `all`. If there is one number it takes it and {one.says};"
        f" of more it takes {words} and {two.says}.",
        signature,
        function(
            signature,
            "match all {",
            f"    [] => {k},",
            "    [n] => {",
            "        let n = *n;",
            f"        {one.of('n')}",
            "    }",
            f"    {left} => {{",
            f"        let n = {right};",
            f"        {two.of('n')}",
            "    }",
            "}",
        ),
        tuple(equal(f"{f}({rust_slice(row)})", run(row)) for row in (*rows(random), [4, 9])),
    )


FAMILIES = tuple(
    Family(each, draw)
    for each, draw in {
        "slice_windows": slice_windows,
        "slice_chunks": slice_chunks,
        "slice_zip": slice_zip,
        "slice_find": slice_find,
        "slice_patterns": slice_patterns,
    }.items()
)
