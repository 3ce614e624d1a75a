"""Structs, enums, and state machines."""

from __future__ import annotations

from random import Random
from typing import Union

from redox_training.drafts import Draft, Family, equal, function
from redox_training.families.ops import (
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
Tree = Union[int, "tuple[Tree, ...]"]
"""A leaf, or what one or two trees are put together to."""


TYPES = "Meter Gauge Tally Ledger Counter Tracker Register Basket Tank Sensor".split()


def struct_method(random: Random) -> Draft:
    """A struct of two numbers with methods."""
    f, kind, (one, two) = name(random), pick(random, TYPES), draw_steps(random, 2)
    a, b = random.sample(["left", "right", "low", "high", "first", "second"], 2)
    join, does, words = pick(
        random,
        [
            (f"self.{a} + self.{b}", lambda x, y: x + y, "the sum of both"),
            (f"self.{a} * self.{b}", lambda x, y: x * y, "the product of both"),
            (f"self.{a} - self.{b}", lambda x, y: x - y, f"`{a}` less `{b}`"),
            (f"self.{a}.max(self.{b})", max, "the larger of both"),
        ],
    )
    fields = f"pub struct {kind} {{\n    pub {a}: i64,\n    pub {b}: i64,\n}}"
    signature = f"pub fn {f}(x: i64, y: i64) -> i64"
    methods = (
        f"impl {kind} {{\n    pub fn joined(&self) -> i64 {{\n        {join}\n    }}\n\n"
        f"    pub fn changed(&self) -> {kind} {{\n        {kind} {{\n"
        f"            {a}: {one.of('self.' + a)},\n            {b}: {two.of('self.' + b)},\n"
        "        }\n    }\n}\n"
    )
    pairs = list(zip(numbers(random, 6), numbers(random, 6), strict=True))
    return Draft(
        f"`{kind}` has a method `joined` that gives {words}, and `changed` that gives another"
        f" `{kind}`: of `{a}` it {one.says}, of `{b}` it {two.says}. `{f}` makes one of `x` and `y`,"
        " changes it, and gives it joined.",
        f"{fields}\n{signature}",
        f"{fields}\n\n{methods}\n"
        + function(
            signature, f"let start = {kind} {{ {a}: x, {b}: y }};", "start.changed().joined()"
        ),
        tuple(equal(f"{f}({x}, {y})", str(does(one.does(x), two.does(y)))) for x, y in pairs),
    )


def struct_state(random: Random) -> Draft:
    """A struct that takes numbers in and gives what comes of them."""
    f, kind, test = name(random), pick(random, TYPES), draw_test(random)
    k, start = random.randint(2, 7), random.randint(0, 9)
    yes, does, words = pick(
        random,
        [
            ("self.total += n;", lambda t, n: t + n, "adds it to the total"),
            (f"self.total += n * {k};", lambda t, n: t + n * k, f"adds {k} times it to the total"),
            ("self.total = self.total.max(n);", max, "makes the total no less than it"),
            ("self.total -= n;", lambda t, n: t - n, "subtracts it from the total"),
        ],
    )
    no, does_too, how = pick(
        random,
        [
            ("self.left += 1;", lambda x: x + 1, "counts it as left"),
            (f"self.left += {k};", lambda x: x + k, f"raises what is left by {k}"),
            (
                "self.left = self.left * 2 + 1;",
                lambda x: x * 2 + 1,
                "doubles what is left and adds 1",
            ),
        ],
    )
    signature = f"pub fn {f}(all: &[i64]) -> (i64, i64)"
    fields = f"#[derive(Default)]\npub struct {kind} {{\n    total: i64,\n    left: i64,\n}}"
    methods = (
        f"impl {kind} {{\n    pub fn take(&mut self, n: i64) {{\n        if {test.of('n')} {{\n"
        f"            {yes}\n        }} else {{\n            {no}\n        }}\n    }}\n}}\n"
    )

    def run(row: Row) -> str:
        total, left = start, 0
        for n in row:
            if test.holds(n):
                total = does(total, n)
            else:
                left = does_too(left)
        return f"({total}, {left})"

    return Draft(
        f"`{kind}` has a method `take`: if its number is {test.says} it {words}, otherwise it {how}."
        f" `{f}` makes one with a total of {start} and nothing left, lets it take `all`, and gives the"
        " total and what is left.",
        f"{fields}\n{signature}",
        f"{fields}\n\n{methods}\n"
        + function(
            signature,
            f"let mut state = {kind} {{",
            f"    total: {start},",
            f"    ..{kind}::default()",
            "};",
            "for &n in all {",
            "    state.take(n);",
            "}",
            "(state.total, state.left)",
        ),
        tuple(equal(f"{f}({rust_slice(row)})", run(row)) for row in rows(random)),
        conditions=(test,),
    )


def struct_builder(random: Random) -> Draft:
    """A builder whose methods give it back."""
    f, kind, test = name(random), pick(random, TYPES), draw_test(random)
    one, two = draw_steps(random, 2)
    k = random.randint(2, 20)
    signature = f"pub fn {f}(n: i64) -> i64"
    fields = f"#[derive(Clone, Copy, Default)]\npub struct {kind} {{\n    base: i64,\n    extra: i64,\n}}"
    methods = (
        f"impl {kind} {{\n    pub fn base(mut self, n: i64) -> Self {{\n"
        f"        self.base = {one.of('n')};\n        self\n    }}\n\n"
        "    pub fn extra(mut self, n: i64) -> Self {\n"
        f"        if {test.of('n')} {{\n            self.extra += {two.of('n')};\n        }}\n"
        "        self\n    }\n\n    pub fn build(self) -> i64 {\n"
        "        self.base + self.extra\n    }\n}\n"
    )
    calls = pick(random, [(k,), (k, k + 3), ()])

    def run(n: int) -> str:
        extra = sum(two.does(m) for m in (n, *calls) if test.holds(m))
        return str(one.does(n) + extra)

    chain = "".join(f"\n    .extra({m})" for m in calls)
    words = "".join(f", with {m}" for m in calls)
    return Draft(
        f"`{kind}` begins with 0 for `base` and `extra`. Its method `base` takes its number,"
        f" {one.says}, and keeps that as `base`; if its number is {test.says}, `extra` {two.says}, and"
        " adds that to `extra`;"
        f" `build` gives both added. `{f}` calls `base` with `n`, then `extra` with `n`{words}, and"
        " builds.",
        f"{fields}\n{signature}",
        f"{fields}\n\n{methods}\n"
        + function(
            signature, f"{kind}::default()", "    .base(n)", f"    .extra(n){chain}", "    .build()"
        ),
        tuple(equal(f"{f}({n})", run(n)) for n in (*numbers(random, 5), 0)),
        conditions=(test,),
    )


def enum_commands(random: Random) -> Draft:
    """Commands as an enum, applied one after another."""
    f, one = name(random), draw_step(random, but=("{v} * {v}", "{v}.pow(3)", "{v} << 2"))
    test, start = draw_test(random), random.randint(0, 9)
    first, second, third = random.sample(["Left", "Right", "Up", "Down", "Near", "Far"], 3)
    two, does, words = pick(
        random,
        [
            ("value + n", lambda v, n: v + n, "adds its number"),
            ("value - n", lambda v, n: v - n, "subtracts its number"),
            ("value.max(*n)", max, "raises to its number"),
            ("*n", lambda v, n: n, "sets to its number"),
            ("n - value", lambda v, n: n - v, "subtracts from its number"),
        ],
    )
    skip, does_too, how = pick(random,
        [
            (f"if {test.of('value')} {{ 0 }} else {{ value }}", lambda v: 0 if test.holds(v) else v, f"sets to 0 what is {test.says}"),
            ("-value", lambda v: -v, "negates"),
            (f"if {test.of('value')} {{ value + 1 }} else {{ value - 1 }}", lambda v: v + 1 if test.holds(v) else v - 1, f"adds 1 to what is {test.says}, and subtracts 1 otherwise"),
        ]
    )  # fmt: skip
    kind = f"pub enum Command {{\n    {first}(i64),\n    {second},\n    {third},\n}}"
    signature = f"pub fn {f}(commands: &[Command]) -> i64"
    commands = [
        [(first, 5), (second, 0), (third, 0)],
        [(third, 0), (first, -7), (third, 0), (first, 3)],
        [],
        [(second, 0), (second, 0), (first, 11)],
    ]

    def run(row: list[tuple[str, int]]) -> int:
        v = start
        for what, n in row:
            v = does(v, n) if what == first else (one.does(v) if what == second else does_too(v))
        return v

    def shown(row: list[tuple[str, int]]) -> str:
        return rust_slice([f"Command::{w}({n})" if w == first else f"Command::{w}" for w, n in row])

    return Draft(
        f"A value begins with {start}. `{first}` {words}; for `{second}`, the value, it {one.says};"
        f" `{third}` {how}. `{f}` does all `commands` in order and gives the value.",
        f"{kind}\n{signature}",
        f"{kind}\n\n"
        + function(
            signature,
            f"let mut value: i64 = {start};",
            "for command in commands {",
            "    value = match command {",
            f"        Command::{first}(n) => {two},",
            f"        Command::{second} => {one.of('value')},",
            f"        Command::{third} => {skip},",
            "    };",
            "}",
            "value",
        ),
        tuple(equal(f"{f}({shown(row)})", str(run(row))) for row in commands),
        conditions=(test,),
    )


def enum_tree(random: Random) -> Draft:
    """Expressions as a tree, worked out by recursion."""
    f, one = name(random), draw_step(random, but=("{v} * {v}", "{v}.pow(3)"))
    join, does, words = pick(
        random,
        [
            ("left + right", lambda a, b: a + b, "the sum"),
            ("left - right", lambda a, b: a - b, "the first less the second"),
            ("left.max(right)", max, "the larger"),
            ("left * 2 + right", lambda a, b: a * 2 + b, "twice the first and the second"),
            ("left.min(right)", min, "the smaller"),
        ],
    )
    leaf, does_too, how = pick(
        random,
        [
            ("*n", lambda n: n, "its number"),
            ("n + 1", lambda n: n + 1, "its number and 1"),
            ("n * 2", lambda n: n * 2, "twice its number"),
            ("n.abs()", abs, "its number's absolute value"),
        ],
    )
    kind = "pub enum Tree {\n    Leaf(i64),\n    One(Box<Tree>),\n    Two(Box<Tree>, Box<Tree>),\n}"
    signature = f"pub fn {f}(tree: &Tree) -> i64"
    a, b, c = numbers(random, 3)

    def run(tree: Tree) -> int:
        if isinstance(tree, int):
            return does_too(tree)
        values = [run(part) for part in tree]
        return one.does(values[0]) if len(values) == 1 else does(values[0], values[1])

    def shown(tree: Tree) -> str:
        if isinstance(tree, int):
            return f"Tree::Leaf({tree})"
        parts = [f"Box::new({shown(part)})" for part in tree]
        return f"Tree::{'One' if len(parts) == 1 else 'Two'}({', '.join(parts)})"

    trees: list[Tree] = [a, (b,), (a, c), ((a, b), (c,)), (((b,), a), (b, (c,)))]
    return Draft(
        f"`{f}` works out a tree: a `Leaf` is {how}; of what is in `One` it {one.says}; `Two` is"
        f" {words} of both.",
        f"{kind}\n{signature}",
        f"{kind}\n\n"
        + function(
            signature,
            "match tree {",
            f"    Tree::Leaf(n) => {leaf},",
            "    Tree::One(inner) => {",
            f"        let n = {f}(inner);",
            f"        {one.of('n')}",
            "    }",
            "    Tree::Two(left, right) => {",
            f"        let left = {f}(left);",
            f"        let right = {f}(right);",
            f"        {join}",
            "    }",
            "}",
        ),
        tuple(equal(f"{f}(&{shown(tree)})", str(run(tree))) for tree in trees),
    )


def state_machine(random: Random) -> Draft:
    """States that follow one another, by what is read."""
    f, (low, high) = name(random), (random.randint(2, 4), random.randint(5, 8))
    test = draw_test(random)
    a, b, c = random.sample(["Idle", "Open", "Busy", "Full", "Closed", "Ready", "Waiting"], 3)
    arms = [
        (f"(State::{a}, n) if {test.of('n')}", f"State::{b}"),
        (f"(State::{b}, n) if n > {high}", f"State::{c}"),
        (f"(State::{b}, n) if n < {low}", f"State::{a}"),
        *pick(
            random,
            [[(f"(State::{c}, _)", f"State::{a}")], [(f"(State::{c}, 0)", f"State::{b}")], []],
        ),
    ]
    count, gives, words = pick(
        random, [(c, "how often", "times"), (a, "how often", "times"), (b, "how often", "times")]
    )
    signature = f"pub fn {f}(all: &[i64]) -> usize"

    def run(row: Row) -> int:
        state, seen = a, 0
        for n in row:
            if state == a and test.holds(n):
                state = b
            elif state == b and n > high:
                state = c
            elif state == b and n < low:
                state = a
            elif state == c and len(arms) == 4 and (arms[3][0].endswith("_)") or n == 0):
                state = a if arms[3][0].endswith("_)") else b
            seen += state == count
        return seen

    last = (
        f"; from `{c}` to `{arms[3][1][7:]}`{' on any number' if arms[3][0].endswith('_)') else ' on 0'}"
        if len(arms) == 4
        else ""
    )
    kind = f"#[derive(Clone, Copy, PartialEq)]\npub enum State {{\n    {a},\n    {b},\n    {c},\n}}"
    inputs = [*rows(random), [random.randint(0, 10) for _ in range(9)], [1, 9, 9, 0, 3, 8]]
    return Draft(
        f"A machine begins in `{a}`. It goes from `{a}` to `{b}` on a number that is {test.says}; from"
        f" `{b}` to `{c}` above {high} and to `{a}` below {low}{last}. Else it stays. `{f}` reads"
        f" `all` and gives after how many numbers it is in `{count}`.",
        f"{kind}\n{signature}",
        f"{kind}\n\n"
        + function(
            signature,
            f"let mut state = State::{a};",
            "let mut seen = 0;",
            "for &n in all {",
            "    state = match (state, n) {",
            *(f"        {left} => {right}," for left, right in arms),
            "        (same, _) => same,",
            "    };",
            f"    if state == State::{count} {{",
            "        seen += 1;",
            "    }",
            "}",
            "seen",
        ),
        tuple(equal(f"{f}({rust_slice(row)})", str(run(row))) for row in inputs),
        conditions=(test,),
    )


FAMILIES = tuple(
    Family(each, draw)
    for each, draw in {
        "struct_method": struct_method,
        "struct_state": struct_state,
        "struct_builder": struct_builder,
        "enum_commands": enum_commands,
        "enum_tree": enum_tree,
        "state_machine": state_machine,
    }.items()
)
