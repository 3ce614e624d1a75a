"""Small parsers."""

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
    rust_option,
    rust_text,
)


def parse_list(random: Random) -> Draft:
    """Numbers out of a text, chosen and summed up."""
    f, sep = name(random), pick(random, [",", ";", "|", ":"])
    test, fold = draw_test(random), draw_fold(random)
    signature = f"pub fn {f}(text: &str) -> {fold.type}"
    row = numbers(random, 5)
    inputs = [
        *(sep.join(map(str, numbers(random, count))) for count in (8, 6, 4)),
        sep.join(map(str, row)),
        f" {row[0]} {sep} x{sep}{row[1]}",
        "",
        f"{row[2]}",
        f"no{sep}no",
    ]

    def run(text: str) -> str:
        found = []
        for part in text.split(sep):
            try:
                found.append(int(part.strip()))
            except ValueError:
                continue
        return fold.gives([n for n in found if test.holds(n)])

    return Draft(
        f"`text` holds numbers with '{sep}' between them. Of those that are {test.says}, `{f}` gives"
        f" {fold.says}; what is no number is left out.",
        signature,
        function(
            signature,
            f"text.split('{sep}')",
            "    .filter_map(|part| part.trim().parse::<i64>().ok())",
            f"    .filter(|&n| {test.of('n')})",
            f"    {fold.rust}",
        ),
        tuple(equal(f"{f}({rust_text(text)})", run(text)) for text in inputs),
        conditions=(test,),
    )


def parse_pairs(random: Random) -> Draft:
    """Names and numbers out of a text."""
    f, between, sign = name(random), pick(random, [";", ",", "&"]), pick(random, ["=", ":"])
    step, fold = draw_step(random), draw_fold(random, plain=True)
    wanted = pick(random, ["key", "size", "id", "max"])
    which, holds, words = pick(
        random,
        [
            (
                f"*key == {rust_text(wanted)}",
                lambda k: k == wanted,
                f"whose name is {rust_text(wanted)}",
            ),
            (
                f"*key != {rust_text(wanted)}",
                lambda k: k != wanted,
                f"whose name is not {rust_text(wanted)}",
            ),
            ("key.len() > 2", lambda k: len(k) > 2, "whose name is longer than 2"),
            ("key.starts_with('s')", lambda k: k.startswith("s"), "whose name begins with 's'"),
        ],
    )
    signature = f"pub fn {f}(text: &str) -> i64"
    a, b, c = numbers(random, 3)
    d, e, g, h = numbers(random, 4)
    inputs = [
        f"{wanted}{sign}{a}{between}size{sign}{b}{between}z{sign}{c}",
        f"s{sign}{d}{between}{wanted}{sign}{e}{between}{wanted}{sign}{g}",
        f"side{sign}{h}{between}{wanted}{sign}{c}{between}a{sign}{d}",
        f"size{sign}{c}{between}bad{between}side{sign}x",
        "",
        f"{wanted}{sign}{b}",
    ]

    def run(text: str) -> str:
        row = []
        for part in text.split(between):
            key, found, value = part.partition(sign)
            if not found or not holds(key):
                continue
            try:
                row.append(step.does(int(value)))
            except ValueError:
                continue
        return fold.gives(row)

    return Draft(
        f"`text` holds pairs like `a{sign}1` with '{between}' between them. For pairs {words}, `{f}`"
        f" takes the number and {step.says}; it gives {fold.says}. What is no pair is left out.",
        signature,
        function(
            signature,
            f"text.split('{between}')",
            f"    .filter_map(|part| part.split_once('{sign}'))",
            f"    .filter(|(key, _)| {which})",
            "    .filter_map(|(_, value)| value.parse::<i64>().ok())",
            f"    .map(|n| {step.of('n')})",
            f"    {fold.rust}",
        ),
        tuple(equal(f"{f}({rust_text(text)})", run(text)) for text in inputs),
    )


def parse_clock(random: Random) -> Draft:
    """Two numbers with a colon between them, each with a bound."""
    f, high, base = name(random), pick(random, [24, 12, 10, 99]), pick(random, [60, 100, 30])
    gives, does, words = pick(
        random,
        [
            (
                f"first * {base} + second",
                lambda a, b: a * base + b,
                f"the first times {base} and the second",
            ),
            ("first + second", lambda a, b: a + b, "their sum"),
            ("first.max(second)", max, "the larger"),
            (
                f"second * {high} + first",
                lambda a, b: b * high + a,
                f"the second times {high} and the first",
            ),
        ],
    )
    check, holds, how = pick(
        random,
        [
            (
                f"first >= {high} || second >= {base}",
                lambda a, b: a < high and b < base,
                f"the first is below {high} and the second below {base}",
            ),
            (f"first >= {high}", lambda a, b: a < high, f"the first is below {high}"),
            ("first > second", lambda a, b: a <= b, "the first is not above the second"),
        ],
    )
    sep = pick(random, [":", "/", "-"])
    signature = f"pub fn {f}(text: &str) -> Option<u32>"

    def run(text: str) -> str:
        left, found, right = text.partition(sep)
        if not found or not left.isdigit() or not right.isdigit():
            return "None"
        a, b = int(left), int(right)
        return rust_option(does(a, b) if holds(a, b) else None)

    inputs = (
        f"7{sep}9",
        f"{high}{sep}5",
        f"3{sep}{base}",
        f"9{sep}2",
        "12",
        f"x{sep}1",
        f"0{sep}0",
    )
    return Draft(
        f"`text` holds two numbers with '{sep}' between them. If {how}, `{f}` gives {words}; `None`"
        " otherwise, and for what is not two numbers.",
        signature,
        function(
            signature,
            f"let (left, right) = text.split_once('{sep}')?;",
            "let first: u32 = left.parse().ok()?;",
            "let second: u32 = right.parse().ok()?;",
            f"if {check} {{",
            "    return None;",
            "}",
            f"Some({gives})",
        ),
        tuple(equal(f"{f}({rust_text(text)})", run(text)) for text in inputs),
    )


def brackets(random: Random) -> Draft:
    """Depth of brackets, with what is asked of it."""
    f = name(random)
    opened, closed = pick(random, [("(", ")"), ("[", "]"), ("{", "}"), ("<", ">")])
    k = random.randint(2, 4)
    gives, words = pick(
        random,
        [
            ("Some(deepest)", "the greatest depth"),
            ("Some(opened)", "how many open"),
            (f"(deepest < {k}).then_some(deepest)", f"the greatest depth, if it is below {k}"),
            ("Some(deepest * opened)", "the greatest depth times how many open"),
        ],
    )
    signature = f"pub fn {f}(text: &str) -> Option<usize>"

    def run(text: str) -> str:
        depth = deepest = count = 0
        for c in text:
            if c == opened:
                depth, count = depth + 1, count + 1
                deepest = max(deepest, depth)
            elif c == closed:
                if depth == 0:
                    return "None"
                depth -= 1
        if depth:
            return "None"
        values = {"Some(d": deepest, "Some(o": count, "(deepe": deepest if deepest < k else None}
        value = deepest * count if "*" in gives else values[gives[:6]]
        return rust_option(value)

    o, c = opened, closed
    inputs = (
        f"{o}a{o}b{c}{c}",
        "",
        f"{o}{o}{o}{c}{c}{c}{o}{c}",
        f"{c}{o}",
        f"{o}{o}{c}",
        f"x{o}{c}y{o}{c}",
    )
    uses_deepest, uses_opened = "deepest" in gives, "opened" in gives
    return Draft(
        f"If each '{o}' in `text` has its '{c}', `{f}` gives {words}; `None` if not.",
        signature,
        function(
            signature,
            "let mut depth: usize = 0;",
            *(["let mut deepest = 0;"] * uses_deepest),
            *(["let mut opened = 0;"] * uses_opened),
            "for c in text.chars() {",
            f"    if c == '{o}' {{",
            "        depth += 1;",
            *(["        opened += 1;"] * uses_opened),
            *(["        deepest = deepest.max(depth);"] * uses_deepest),
            f"    }} else if c == '{c}' {{",
            "        depth = depth.checked_sub(1)?;",
            "    }",
            "}",
            "if depth > 0 {",
            "    return None;",
            "}",
            gives,
        ),
        tuple(equal(f"{f}({rust_text(text)})", run(text)) for text in inputs),
    )


FAMILIES = tuple(
    Family(each, draw)
    for each, draw in {
        "parse_list": parse_list,
        "parse_pairs": parse_pairs,
        "parse_clock": parse_clock,
        "parse_brackets": brackets,
    }.items()
)
