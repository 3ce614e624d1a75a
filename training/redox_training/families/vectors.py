"""Vectors, maps and sets."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

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
    rust_text,
    rust_vec,
)

Row = list[int]


def vec_steps(random: Random) -> Draft:
    """A vector changed in place, step by step."""
    f, test, k = name(random), draw_test(random), random.randint(-9, 40)

    def unique(row: Row) -> Row:
        return [n for at, n in enumerate(row) if at == 0 or row[at - 1] != n]

    def swapped(row: Row) -> Row:
        return row if len(row) < 2 else [row[-1], *row[1:-1], row[0]]

    changes = [
        (f"all.retain(|&n| {test.of('n')});", lambda r: [n for n in r if test.holds(n)], f"keeps what is {test.says}"),
        ("all.sort_unstable();", sorted, "sorts"),
        ("all.reverse();", lambda r: r[::-1], "reverses"),
        ("all.dedup();", unique, "drops numbers equal to the one before"),
        (f"all.push({k});", lambda r: [*r, k], f"puts {k} at the end"),
        (f"all.insert(0, {k});", lambda r: [k, *r], f"puts {k} at the start"),
        ("all.truncate(3);", lambda r: r[:3], "keeps the first three"),
        ("all.pop();", lambda r: r[:-1], "drops the last"),
        ("if all.len() > 1 {\n    all.swap_remove(0);\n}", lambda r: r if len(r) < 2 else [r[-1], *r[1:-1]], "of more than one puts the last in place of the first"),
        ("all.sort_unstable_by(|a, b| b.cmp(a));", lambda r: sorted(r, reverse=True), "sorts downwards"),
    ]  # fmt: skip
    three: list[tuple[str, Any, str]] = random.sample(changes, 3)
    signature = f"pub fn {f}(mut all: Vec<i64>) -> Vec<i64>"

    def run(row: Row) -> str:
        for _, does, _ in three:
            row = does(row)
        return rust_vec(row)

    twice = numbers(random, 2)
    inputs = [*rows(random), [twice[0], twice[0], twice[1], 4, 4]]
    return Draft(
        f"`{f}` does this to `all`, one after another: it {', it '.join(w for _, _, w in three)}. It"
        " gives `all` back.",
        signature,
        function(signature, *(line for line, _, _ in three), "all"),
        tuple(equal(f"{f}({rust_vec(row)})", run(row)) for row in inputs),
        conditions=(test,),
    )


def vec_build(random: Random) -> Draft:
    """A vector built in a loop."""
    f, test, (one, two) = name(random), draw_test(random), draw_steps(random, 2)
    shape = random.randint(0, 2)
    signature = f"pub fn {f}(all: &[i64]) -> Vec<i64>"
    inner = [
        [f"if {test.of('n')} {{", f"    out.push({one.of('n')});", "}"],
        [f"if {test.of('n')} {{", f"    out.push({one.of('n')});", "} else {", f"    out.push({two.of('n')});", "}"],
        [f"if {test.of('n')} {{", f"    out.push({one.of('n')});", "    out.push(n);", "}"],
    ][shape]  # fmt: skip
    words = [
        "and leaves the rest out",
        f"and for the rest it {two.says}",
        "and puts the number itself behind it; it leaves the rest out",
    ][shape]

    def run(row: Row) -> str:
        out: Row = []
        for n in row:
            if test.holds(n):
                out += [one.does(n), *([n] if shape == 2 else [])]
            elif shape == 1:
                out.append(two.does(n))
        return rust_vec(out)

    loops = ["for &n in all {", *(f"    {line}" for line in inner), "}"]
    return Draft(
        f"`{f}` goes through `all`: if a number is {test.says} it {one.says}, {words}. It gives the"
        " results in order.",
        signature,
        function(signature, "let mut out = Vec::new();", *loops, "out"),
        tuple(equal(f"{f}({rust_slice(row)})", run(row)) for row in rows(random)),
        conditions=(test,),
    )


def vec_nested(random: Random) -> Draft:
    """Rows of numbers, each summed up."""
    f, test = name(random), draw_test(random)
    inner, outer = draw_fold(random, plain=True), draw_fold(random)
    signature = f"pub fn {f}(table: &[Vec<i64>]) -> {outer.type}"

    def run(table: list[Row]) -> str:
        found = [int(inner.gives(row)) for row in table if row]
        return outer.gives([n for n in found if test.holds(n)])

    tables: list[list[Row]] = [
        *([numbers(random, random.randint(0, 4)) for _ in range(count)] for count in (6, 5, 4, 3)),
        [numbers(random, 3), numbers(random, 2), []],
        [numbers(random, 1)],
        [[]],
        [],
    ]
    return Draft(
        f"Of each row of `table` that is not empty, `{f}` takes {inner.says}; of these that are"
        f" {test.says} it gives {outer.says}.",
        signature,
        function(
            signature,
            "table",
            "    .iter()",
            "    .filter(|row| !row.is_empty())",
            f"    .map(|row| row.iter().copied(){inner.rust})",
            f"    .filter(|&n| {test.of('n')})",
            f"    {outer.rust}",
        ),
        tuple(
            equal(f"{f}(&[{', '.join(rust_vec(row) for row in table)}])", run(table))
            for table in tables
        ),
        conditions=(test,),
    )


def map_count(random: Random) -> Draft:
    """How often each key occurs."""
    f, step, k = name(random), draw_step(random), random.randint(1, 2)
    keep, holds, words = pick(
        random,
        [
            (f"count > {k}", lambda _, c: c > k, f"that occur more than {k} times"),
            (f"count <= {k}", lambda _, c: c <= k, f"that occur at most {k} times"),
            ("key > 0", lambda n, _: n > 0, "that are positive"),
            ("count % 2 == 1", lambda _, c: c % 2 == 1, "that occur an odd number of times"),
        ],
    )
    signature = f"pub fn {f}(all: &[i64]) -> Vec<(i64, usize)>"

    def run(row: Row) -> str:
        counts = Counter(step.does(n) for n in row)
        return rust_vec([f"({n}, {c})" for n, c in sorted(counts.items()) if holds(n, c)])

    inputs = [[random.randint(-3, 5) for _ in range(count)] for count in (9, 8, 5, 4, 1, 0)]
    return Draft(
        f"For each number of `all`, `{f}` {step.says}, and counts how often each result occurs. It"
        f" gives results {words}, with their counts, by size.",
        signature,
        "use std::collections::BTreeMap;\n\n"
        + function(
            signature,
            "let mut counts = BTreeMap::new();",
            "for &n in all {",
            f"    *counts.entry({step.of('n')}).or_insert(0_usize) += 1;",
            "}",
            "counts",
            "    .into_iter()",
            f"    .filter(|&({'key' if 'key' in keep else '_'}, {'count' if 'count' in keep else '_'})| {keep})",
            "    .collect()",
        ),
        tuple(equal(f"{f}({rust_slice(row)})", run(row)) for row in inputs),
    )


def map_group(random: Random) -> Draft:
    """Numbers grouped by a key, each group summed up."""
    f, k, test = name(random), random.randint(2, 4), draw_test(random)
    fold = draw_fold(random, plain=True)
    key, does, words = pick(
        random,
        [
            (f"n.rem_euclid({k})", lambda n: n % k, f"the remainder by {k}, never negative"),
            ("n.signum()", lambda n: (n > 0) - (n < 0), "the sign, as -1, 0 or 1"),
            (
                f"n.div_euclid({k * 5})",
                lambda n: n // (k * 5),
                f"the quotient by {k * 5}, rounded down",
            ),
            ("n & 3", lambda n: n & 3, "the last two bits"),
        ],
    )
    signature = f"pub fn {f}(all: &[i64]) -> Vec<(i64, i64)>"

    def run(row: Row) -> str:
        groups: dict[int, Row] = {}
        for n in row:
            if test.holds(n):
                groups.setdefault(does(n), []).append(n)
        return rust_vec([f"({key_}, {fold.gives(part)})" for key_, part in sorted(groups.items())])

    return Draft(
        f"`{f}` groups those of `all` that are {test.says} by {words}. For each group, by size of the"
        f" key, it gives the key and, of the group's numbers, {fold.says}.",
        signature,
        "use std::collections::BTreeMap;\n\n"
        + function(
            signature,
            "let mut groups: BTreeMap<i64, Vec<i64>> = BTreeMap::new();",
            f"for &n in all.iter().filter(|&&n| {test.of('n')}) {{",
            f"    groups.entry({key}).or_default().push(n);",
            "}",
            "groups",
            "    .into_iter()",
            f"    .map(|(key, part)| (key, part.into_iter(){fold.rust}))",
            "    .collect()",
        ),
        tuple(equal(f"{f}({rust_slice(row)})", run(row)) for row in rows(random)),
        conditions=(test,),
    )


def map_lookup(random: Random) -> Draft:
    """Names looked up in a map made of pairs."""
    f, step, k = name(random), draw_step(random), random.randint(-9, 20)
    fold = draw_fold(random, plain=True)
    how, does, words = pick(random,
        [
            (f".map(|key| known.get(key).copied().unwrap_or({k}))", lambda known, keys: [known.get(key, k) for key in keys], f"or {k} for a name that is not there"),
            (".filter_map(|key| known.get(key).copied())", lambda known, keys: [known[key] for key in keys if key in known], "names that are not there left out"),
        ]
    )  # fmt: skip
    twice, both, which = pick(
        random,
        [
            ("known.insert(key, value);", lambda known, key, v: v, "the last counts"),
            (
                "known.entry(key).or_insert(value);",
                lambda known, key, v: known.get(key, v),
                "the first counts",
            ),
            (
                "*known.entry(key).or_insert(0) += value;",
                lambda known, key, v: known.get(key, 0) + v,
                "they are added",
            ),
        ],
    )
    signature = f"pub fn {f}(pairs: &[(&str, i64)], keys: &[&str]) -> i64"

    def run(pairs: list[tuple[str, int]], keys: list[str]) -> str:
        known: dict[str, int] = {}
        for key, v in pairs:
            known[key] = both(known, key, v)
        return fold.gives([step.does(n) for n in does(known, keys)])

    names = ["a", "bee", "cat", "dog"]
    a, b, c, d = numbers(random, 4)
    e, g, h, i = numbers(random, 4)
    inputs = [
        ([("cat", e), ("dog", g), ("bee", h), ("dog", i)], ["dog", "cat", "ant", "bee"]),
        ([("bee", i), ("a", h), ("bee", e)], ["bee", "a"]),
        ([("a", a), ("bee", b), ("a", c)], ["a", "bee", "eel"]),
        ([("cat", d)], random.sample(names, 3)),
        ([], ["a"]),
        ([("dog", a), ("dog", b), ("cat", c)], ["dog", "dog", "cat"]),
    ]
    return Draft(
        f"`pairs` gives numbers to names; where a name has several, {which}. `{f}` looks up each of"
        f" `keys`, {words}, {step.says} for each, and gives {fold.says}.",
        signature,
        "use std::collections::HashMap;\n\n"
        + function(
            signature,
            "let mut known: HashMap<&str, i64> = HashMap::new();",
            "for &(key, value) in pairs {",
            f"    {twice}",
            "}",
            "keys.iter()",
            f"    {how}",
            f"    .map(|n| {step.of('n')})",
            f"    {fold.rust}",
        ),
        tuple(
            equal(
                f"{f}({rust_slice([f'({rust_text(key)}, {v})' for key, v in pairs])},"
                f" {rust_slice([rust_text(key) for key in keys])})",
                run(pairs, keys),
            )
            for pairs, keys in inputs
        ),
    )


def set_join(random: Random) -> Draft:
    """Two sets joined, then chosen from."""
    f, test, step = name(random), draw_test(random), draw_step(random)
    fold = draw_fold(random)
    way, does, words = pick(
        random,
        [
            ("intersection", set.intersection, "in both"),
            ("union", set.union, "in one or both"),
            ("difference", set.difference, "in `a` but not in `b`"),
            ("symmetric_difference", set.symmetric_difference, "in exactly one of the two"),
        ],
    )
    signature = f"pub fn {f}(a: &[i64], b: &[i64]) -> {fold.type}"

    def run(one: Row, two: Row) -> str:
        made = [step.does(n) for n in sorted(does(set(one), set(two)))]
        return fold.gives([n for n in made if test.holds(n)])

    pool, other = numbers(random, 7), numbers(random, 6)
    pairs = [
        (pool[:5], pool[2:]),
        (pool, pool[1:4]),
        (other[:4], other[1:]),
        (other + pool[:2], pool),
        ([], pool[:2]),
        (pool[:1] * 2, pool[:1]),
    ]
    return Draft(
        f"For each number that is {words}, once each and by size, `{f}` {step.says}; of the results"
        f" that are {test.says} it gives {fold.says}.",
        signature,
        "use std::collections::BTreeSet;\n\n"
        + function(
            signature,
            "let a: BTreeSet<i64> = a.iter().copied().collect();",
            "let b: BTreeSet<i64> = b.iter().copied().collect();",
            f"a.{way}(&b)",
            f"    .map(|&n| {step.of('n')})",
            f"    .filter(|&n| {test.of('n')})",
            f"    {fold.rust}",
        ),
        tuple(equal(f"{f}({rust_slice(a)}, {rust_slice(b)})", run(a, b)) for a, b in pairs),
        conditions=(test,),
    )


def set_seen(random: Random) -> Draft:
    """Numbers that were there before, or were not."""
    f, step, fold = name(random), draw_step(random), draw_fold(random)
    is_new, words = pick(
        random,
        [
            ("seen.insert(key)", "that no number before has"),
            ("!seen.insert(key)", "that a number before has too"),
        ],
    )
    test = draw_test(random)
    signature = f"pub fn {f}(all: &[i64]) -> {fold.type}"

    def run(row: Row) -> str:
        seen: set[int] = set()
        kept = []
        for n in row:
            key = step.does(n)
            if (key in seen) == is_new.startswith("!"):
                kept.append(n)
            seen.add(key)
        return fold.gives([n for n in kept if test.holds(n)])

    inputs = [[random.randint(-6, 8) for _ in range(count)] for count in (12, 10, 9, 6, 4, 1, 0)]
    return Draft(
        f"Each number has a key: `{f}` takes the number and {step.says}. Of the numbers in `all` with"
        f" a key {words}, it takes those that are {test.says} and gives {fold.says}.",
        signature,
        "use std::collections::HashSet;\n\n"
        + function(
            signature,
            "let mut seen = HashSet::new();",
            "all.iter()",
            "    .copied()",
            "    .filter(|&n| {",
            f"        let key = {step.of('n')};",
            f"        {is_new}",
            "    })",
            f"    .filter(|&n| {test.of('n')})",
            f"    {fold.rust}",
        ),
        tuple(equal(f"{f}({rust_slice(row)})", run(row)) for row in inputs),
        conditions=(test,),
    )


FAMILIES = tuple(
    Family(each, draw)
    for each, draw in {
        "vec_steps": vec_steps,
        "vec_build": vec_build,
        "vec_nested": vec_nested,
        "map_count": map_count,
        "map_group": map_group,
        "map_lookup": map_lookup,
        "set_join": set_join,
        "set_seen": set_seen,
    }.items()
)
