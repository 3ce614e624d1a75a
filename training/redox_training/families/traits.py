"""Traits, generics, and lifetimes."""

from __future__ import annotations

from collections.abc import Callable
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
    rust_option,
    rust_slice,
    rust_text,
)

Row = list[int]


TYPES = "Meter Gauge Tally Ledger Counter Tracker Register Basket Tank Sensor".split()


def trait_two(random: Random) -> Draft:
    """A trait with two implementations, called through it."""
    f, (one, two), fold = name(random), draw_steps(random, 2), draw_fold(random, plain=True)
    k, test = random.randint(2, 9), draw_test(random)
    first, second = random.sample(["Plain", "Double", "Rough", "Fine", "Quick", "Slow"], 2)
    shared, does, words = pick(
        random,
        [
            (f"self.of(n) + {k}", lambda m: m + k, f"`of` and {k}"),
            ("self.of(n) * 2", lambda m: m * 2, "twice `of`"),
            (f"self.of(n).min({k * 9})", lambda m: min(m, k * 9), f"`of`, {k * 9} at most"),
            (f"self.of(n) - n % {k}", None, f"`of` less the remainder of `n` by {k}"),
        ],
    )

    def rem(n: int) -> int:
        return n - k * int(n / k)

    kind = f"pub trait Rule {{\n    fn of(&self, n: i64) -> i64;\n\n    fn more(&self, n: i64) -> i64 {{\n        {shared}\n    }}\n}}"
    signature = f"pub fn {f}(all: &[i64]) -> i64"

    def run(row: Row) -> str:
        made = []
        for n in row:
            value = (one if test.holds(n) else two).does(n)
            made.append(does(value) if does else value - rem(n))
        return fold.gives(made)

    structs = f"pub struct {first};\n\npub struct {second};\n\n"
    impls = "".join(
        f"impl Rule for {each} {{\n    fn of(&self, n: i64) -> i64 {{\n        {step.of('n')}\n    }}\n}}\n\n"
        for each, step in ((first, one), (second, two))
    )
    return Draft(
        f"The trait `Rule` has `of`, and `more`, which gives {words} if not said otherwise. `of` of"
        f" `{first}` {one.says}, of `{second}` it {two.says}. `{f}` calls `more` with each of `all`,"
        f" of `{first}` if the number is {test.says} and else of `{second}`, and gives {fold.says}.",
        f"{kind}\n{signature}",
        f"{kind}\n\n{structs}{impls}"
        + function(
            signature,
            "all.iter()",
            "    .map(|&n| {",
            f"        let rule: &dyn Rule = if {test.of('n')} {{ &{first} }} else {{ &{second} }};",
            "        rule.more(n)",
            "    })",
            f"    {fold.rust}",
        ),
        tuple(equal(f"{f}({rust_slice(row)})", run(row)) for row in rows(random)),
        conditions=(test,),
    )


def trait_display(random: Random) -> Draft:
    """A type that writes itself, and a text of several."""
    f, kind, step = name(random), pick(random, TYPES), draw_step(random)
    test, joint = draw_test(random), pick(random, [", ", " ", "/"])
    yes, does, words = pick(
        random,
        [
            ("<{}>", "<{}>", "in angle brackets"),
            ("+{}", "+{}", "behind a '+'"),
            ("[{}]", "[{}]", "in square brackets"),
            ("{}!", "{}!", "before a '!'"),
        ],
    )
    no, does_too, how = pick(
        random,
        [
            ("{}", "{}", "as it is"),
            ("({})", "({})", "in round brackets"),
            ("~{}", "~{}", "behind a '~'"),
        ],
    )
    signature = f"pub fn {f}(all: &[i64]) -> String"

    def run(row: Row) -> str:
        made = [step.does(n) for n in row]
        return joint.join((does if test.holds(n) else does_too).format(n) for n in made)

    return Draft(
        f"`{kind}` holds a number and is displayed as that number, {words} if it is {test.says} and"
        f" {how} otherwise. For each of `all`, `{f}` {step.says} and makes a `{kind}` of it; it gives"
        f" all displayed, with {rust_text(joint)} between them.",
        f"pub struct {kind}(pub i64);\n{signature}",
        f"use std::fmt;\n\npub struct {kind}(pub i64);\n\nimpl fmt::Display for {kind} {{\n"
        "    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {\n        let n = self.0;\n"
        f'        if {test.of("n")} {{\n            write!(f, "{yes.replace("{}", "{n}")}")\n'
        f'        }} else {{\n            write!(f, "{no.replace("{}", "{n}")}")\n        }}\n    }}\n}}\n\n'
        + function(
            signature,
            "let parts: Vec<String> = all",
            "    .iter()",
            f"    .map(|&n| {kind}({step.of('n')}).to_string())",
            "    .collect();",
            f"parts.join({rust_text(joint)})",
        ),
        tuple(equal(f"{f}({rust_slice(row)})", rust_text(run(row))) for row in rows(random)),
        conditions=(test,),
    )


def trait_operator(random: Random) -> Draft:
    """Operators of a type of one's own."""
    f, kind = name(random), pick(random, ["Pair", "Point", "Span", "Cell"])
    op, method, sign = pick(random, [("Add", "add", "+"), ("Sub", "sub", "-"), ("Mul", "mul", "*")])
    x, does, words = pick(
        random,
        [
            ("self.x + other.x", lambda a, b: a + b, "the sum of both"),
            ("self.x.max(other.x)", max, "the larger of both"),
            ("self.x * other.x", lambda a, b: a * b, "the product of both"),
            ("self.x - other.x", lambda a, b: a - b, "the first less the second"),
        ],
    )
    y, does_too, how = pick(
        random,
        [
            ("self.y + other.y", lambda a, b: a + b, "the sum of both"),
            ("self.y.min(other.y)", min, "the smaller of both"),
            ("other.y - self.y", lambda a, b: b - a, "the second less the first"),
            ("self.y * 2 + other.y", lambda a, b: a * 2 + b, "twice the first and the second"),
        ],
    )
    step = draw_step(random)
    signature = f"pub fn {f}(a: (i64, i64), b: (i64, i64)) -> i64"
    fields = f"#[derive(Clone, Copy)]\npub struct {kind} {{\n    pub x: i64,\n    pub y: i64,\n}}"

    def run(a: tuple[int, int], b: tuple[int, int]) -> str:
        return str(step.does(does(a[0], b[0]) - does_too(a[1], b[1])))

    drawn = [tuple(numbers(random, 2)) for _ in range(12)]
    pairs = list(zip(drawn[:6], drawn[6:], strict=True))
    return Draft(
        f"`{kind} {sign} {kind}` gives a `{kind}` whose `x` is {words}, and whose `y` is {how}. `{f}`"
        f" makes one of `a` and one of `b`, joins them with `{sign}`, takes its `x` less its `y`, and"
        f" {step.says}.",
        f"{fields}\n{signature}",
        f"use std::ops::{op};\n\n{fields}\n\nimpl {kind} {{\n"
        f"    fn joined(self, other: {kind}) -> {kind} {{\n        {kind} {{\n            x: {x},\n"
        f"            y: {y},\n        }}\n    }}\n}}\n\nimpl {op} for {kind} {{\n"
        f"    type Output = {kind};\n\n    fn {method}(self, other: {kind}) -> {kind} {{\n"
        "        self.joined(other)\n    }\n}\n\n"
        + function(
            signature,
            f"let a = {kind} {{ x: a.0, y: a.1 }};",
            f"let b = {kind} {{ x: b.0, y: b.1 }};",
            f"let both = a {sign} b;",
            "let n = both.x - both.y;",
            step.of("n"),
        ),
        tuple(equal(f"{f}({a}, {b})", run((a[0], a[1]), (b[0], b[1]))) for a, b in pairs),
    )


def generic_pick(random: Random) -> Draft:
    """A generic function, called with two types."""
    f, k = name(random), random.randint(1, 3)
    bound, body, does, words = pick(random,
        [
            ("PartialOrd + Copy", ["let mut best = *all.first()?;", "for &one in all {", "    if one > best {", "        best = one;", "    }", "}", "Some(best)"], lambda r: max(r) if r else None, "the largest"),
            ("PartialOrd + Copy", ["let mut best = *all.first()?;", "for &one in all {", "    if one < best {", "        best = one;", "    }", "}", "Some(best)"], lambda r: min(r) if r else None, "the smallest"),
            ("Clone", [f"all.iter().skip({k}).step_by(2).last().cloned()"], lambda r: r[k::2][-1] if r[k::2] else None, f"the last of every second from place {k} on, counted from 0"),
            ("Clone", [f"all.get({k}).cloned()"], lambda r: r[k] if len(r) > k else None, f"the one at place {k}, counted from 0"),
            ("PartialEq + Clone", ["for (at, one) in all.iter().enumerate() {", "    if all[..at].contains(one) {", "        return Some(one.clone());", "    }", "}", "None"], lambda r: next((n for at, n in enumerate(r) if n in r[:at]), None), "the first that was there before"),
            ("PartialEq + Clone", ["let first = all.first()?;", "all.iter().find(|&one| one != first).cloned()"], lambda r: next((n for n in r if n != r[0]), None), "the first that differs from the first of all"),
            ("Ord + Clone", ["let mut sorted = all.to_vec();", "sorted.sort();", f"sorted.get({k}).cloned()"], lambda r: sorted(r)[k] if len(r) > k else None, f"what stands at place {k}, counted from 0, once sorted"),
            ("Ord + Clone", ["let mut sorted = all.to_vec();", "sorted.sort();", "sorted.get(sorted.len() / 2).cloned()"], lambda r: sorted(r)[len(r) // 2] if r else None, "what stands in the middle once sorted, the upper of two"),
        ]
    )  # fmt: skip
    signature = f"pub fn {f}<T: {bound}>(all: &[T]) -> Option<T>"
    a, b = numbers(random, 2)
    texts = [list("kiwi"), list("abca"), ["z"]]
    cases = [
        equal(f"{f}({rust_slice(row)})", rust_option(does(row)))
        for row in ([a, b, a, 7, b], [b, a], [3, 3, 9, 1, 9, 2])
    ]
    cases += [
        equal(
            f"{f}({rust_slice([repr(c) for c in row])})",
            rust_option(None if does(row) is None else repr(does(row))),
        )
        for row in texts
    ]
    cases.append(equal(f"{f}::<i64>(&[])", "None"))
    return Draft(
        f"Of any elements in `all`, `{f}` gives {words}; `None` if there is none.",
        signature,
        function(signature, *body),
        tuple(cases),
    )


def generic_apply(random: Random) -> Draft:
    """A function that takes a function."""
    f, test, k = name(random), draw_test(random), random.randint(2, 4)
    body, does, words = pick(random,
        [
            ([f"(0..{k}).fold(start, |n, _| change(n))"], lambda n, g: _times(g, n, k), f"what comes of `start` after {k} calls of `change`"),
            (["let once = change(start);", "once + change(once)"], lambda n, g: g(n) + g(g(n)), "the sum of what `change` gives for `start` and for that"),
            ([f"if {test.of('start')} {{", "    change(start)", "} else {", "    start", "}"], lambda n, g: g(n) if test.holds(n) else n, f"what `change` gives for `start` if that is {test.says}, else `start`"),
            ([f"(1..={k}).map(|m| change(start * m)).sum()"], lambda n, g: sum(g(n * m) for m in range(1, k + 1)), f"the sum of what `change` gives for the first {k} multiples of `start`"),
            ([f"change(start).max(change(start + {k}))"], lambda n, g: max(g(n), g(n + k)), f"the larger of what `change` gives for `start` and for {k} more"),
        ]
    )  # fmt: skip
    step = draw_step(random, but=("{v} * {v}", "{v}.pow(3)", "{v} << 2"))
    bound = pick(
        random,
        [
            "<F: Fn(i64) -> i64>(start: i64, change: F)",
            "(start: i64, change: impl Fn(i64) -> i64)",
            "(start: i64, change: &dyn Fn(i64) -> i64)",
        ],
    )
    signature = f"pub fn {f}{bound} -> i64"
    by = "&" if "dyn" in bound else ""
    return Draft(
        f"`{f}` gives {words}.",
        signature,
        function(signature, *body),
        tuple(
            equal(f"{f}({n}, {by}|n: i64| {rust})", str(does(n, change)))
            for n in (*numbers(random, 3), 0)
            for rust, change in ((step.of("n"), step.does), ("n * 2 + 1", lambda m: m * 2 + 1))
        ),
        conditions=(test,),
    )


def _times(g: Callable[[int], int], n: int, k: int) -> int:
    for _ in range(k):
        n = g(n)
    return n


def lifetime_pick(random: Random) -> Draft:
    """One of two borrowed texts."""
    f, k = name(random), random.randint(2, 6)
    when, does, words = pick(
        random,
        [
            ("a.len() >= b.len()", lambda a, b: len(a) >= len(b), "it is at least as long as `b`"),
            ("a < b", lambda a, b: a < b, "it comes before `b` in the order of texts"),
            (f"a.len() > {k}", lambda a, b: len(a) > k, f"it is longer than {k}"),
            ("b.is_empty()", lambda a, b: not b, "`b` is empty"),
            ("a.contains(b)", lambda a, b: b in a, "it holds `b`"),
            (
                "a.matches('e').count() > b.matches('e').count()",
                lambda a, b: a.count("e") > b.count("e"),
                "it has more 'e' than `b`",
            ),
        ],
    )
    cut, does_too, how = pick(
        random,
        [
            ("chosen", lambda t: t, ""),
            ("chosen.trim()", str.strip, ", trimmed"),
            (
                f"chosen.get(..{k}).unwrap_or(chosen)",
                lambda t: t[:k],
                f", cut to its first {k} bytes if it is longer",
            ),
            (
                "chosen.split(' ').next().unwrap_or(chosen)",
                lambda t: t.split(" ")[0],
                ", up to its first blank",
            ),
            ("chosen.trim_end_matches('e')", lambda t: t.rstrip("e"), ", less any 'e' at its end"),
        ],
    )
    signature = f"pub fn {f}<'a>(a: &'a str, b: &'a str) -> &'a str"
    pairs = [
        ("stone tree", "river"),
        ("green", " bee "),
        ("", "apple e"),
        ("same", "same"),
        ("zebra", "e"),
        ("the cheese", ""),
    ]
    return Draft(
        f"`{f}` gives `a` if {words}, else `b`{how}.",
        signature,
        function(signature, f"let chosen = if {when} {{ a }} else {{ b }};", cut)
        if cut != "chosen"
        else function(signature, f"if {when} {{", "    a", "} else {", "    b", "}"),
        tuple(
            equal(
                f"{f}({rust_text(a)}, {rust_text(b)})", rust_text(does_too(a if does(a, b) else b))
            )
            for a, b in pairs
        ),
    )


def lifetime_struct(random: Random) -> Draft:
    """A struct that borrows a text and walks along it."""
    f, kind, k = (
        name(random),
        pick(random, ["Reader", "Walker", "Cursor", "Scanner"]),
        random.randint(2, 4),
    )
    sep = pick(random, [",", ";", "|", " "])
    keep, holds, words = pick(
        random,
        [
            (f"part.len() >= {k}", lambda p: len(p) >= k, f"of at least {k} bytes"),
            ("!part.is_empty()", bool, "that are not empty"),
            ("part.starts_with('a')", lambda p: p.startswith("a"), "that begin with 'a'"),
            ("!part.contains('x')", lambda p: "x" not in p, "without an 'x'"),
        ],
    )
    gives, does, how = pick(
        random,
        [
            ("total += part.len();", len, "the sum of their lengths"),
            ("total += 1;", lambda p: 1, "how many there are"),
            ("total = total.max(part.len());", None, "the greatest length, or 0"),
            (
                f"total += part.len() * {k};",
                lambda p: len(p) * k,
                f"{k} times the sum of their lengths",
            ),
        ],
    )
    signature = f"pub fn {f}(text: &str) -> usize"

    def run(text: str) -> str:
        found = [p for p in text.split(sep) if holds(p)]
        return str(sum(map(does, found)) if does else max(map(len, found), default=0))

    fields = f"pub struct {kind}<'a> {{\n    rest: Option<&'a str>,\n}}"
    inputs = [sep.join(["apple", "fox", "", "axe", "be"]), sep.join(["x", "aa"]), "", "alone", sep]
    return Draft(
        f"`{kind}` borrows a text; its method `part` gives the next part of it up to '{sep}' and goes"
        f" on behind that, and `None` at the end. `{f}` takes the parts of `text` {words} and gives"
        f" {how}.",
        f"{fields}\n{signature}",
        f"{fields}\n\nimpl<'a> {kind}<'a> {{\n    pub fn part(&mut self) -> Option<&'a str> {{\n"
        "        let rest = self.rest?;\n"
        f"        match rest.split_once('{sep}') {{\n            Some((part, behind)) => {{\n"
        "                self.rest = Some(behind);\n                Some(part)\n            }\n"
        "            None => self.rest.take(),\n        }\n    }\n}\n\n"
        + function(
            signature,
            f"let mut reader = {kind} {{ rest: Some(text) }};",
            "let mut total = 0;",
            "while let Some(part) = reader.part() {",
            f"    if {keep} {{",
            f"        {gives}",
            "    }",
            "}",
            "total",
        ),
        tuple(equal(f"{f}({rust_text(text)})", run(text)) for text in inputs),
    )


FAMILIES = tuple(
    Family(each, draw)
    for each, draw in {
        "trait_two": trait_two,
        "trait_display": trait_display,
        "trait_operator": trait_operator,
        "generic_pick": generic_pick,
        "generic_apply": generic_apply,
        "lifetime_pick": lifetime_pick,
        "lifetime_struct": lifetime_struct,
    }.items()
)
