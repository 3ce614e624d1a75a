"""Closures, and what they and functions borrow."""

from __future__ import annotations

from random import Random

from redox_training.drafts import Case, Draft, Family, equal, function
from redox_training.families.ops import (
    draw_step,
    draw_steps,
    draw_test,
    name,
    numbers,
    pick,
    rows,
    rust_slice,
    rust_vec,
)

Row = list[int]


def closure_two(random: Random) -> Draft:
    """Two closures, called one after the other."""
    f, (one, two) = name(random), draw_steps(random, 2)
    k = random.randint(2, 9)
    call, does, words = pick(random,
        [
            ("second(first(n))", lambda n: two.does(one.does(n)), "calls the first with `n` and the second with the result"),
            ("first(second(n))", lambda n: one.does(two.does(n)), "calls the second with `n` and the first with the result"),
            ("first(n) + second(n)", lambda n: one.does(n) + two.does(n), "adds what both give for `n`"),
            ("first(n).max(second(n))", lambda n: max(one.does(n), two.does(n)), "gives the larger of what both give for `n`"),
            (f"if n > {k} {{ first(n) }} else {{ second(n) }}", lambda n: one.does(n) if n > k else two.does(n), f"calls the first if `n` is above {k}, else the second"),
        ]
    )  # fmt: skip
    signature = f"pub fn {f}(n: i64) -> i64"
    return Draft(
        f"`{f}` makes two closures: the first {one.says}, the second {two.says}. It {words}.",
        signature,
        function(
            signature,
            f"let first = |n: i64| {one.of('n')};",
            f"let second = |n: i64| {two.of('n')};",
            call,
        ),
        tuple(equal(f"{f}({n})", str(does(n))) for n in (*numbers(random, 5), 0)),
    )


def closure_made(random: Random) -> Draft:
    """A function that gives a closure."""
    f, step, test = name(random), draw_step(random), draw_test(random)
    k = random.randint(2, 9)
    with_, does, words = pick(random,
        [
            (f"n * {k} + step", lambda n, s: n * k + s, f"adds that to {k} times its argument"),
            (f"n * step + {k}", lambda n, s: n * s + k, f"multiplies its argument by that and adds {k}"),
            (f"n.max(step) - {k}", lambda n, s: max(n, s) - k, f"gives the larger of its argument and that, less {k}"),
            (f"step - n * {k}", lambda n, s: s - n * k, f"subtracts {k} times its argument from that"),
            (f"if {test.of('n')} {{ step }} else {{ n }}", lambda n, s: s if test.holds(n) else n, f"gives that for an argument that is {test.says}, else its argument"),
        ]
    )  # fmt: skip
    signature = f"pub fn {f}(start: i64) -> Box<dyn Fn(i64) -> i64>"
    pairs = list(zip(numbers(random, 5), numbers(random, 5), strict=True))
    return Draft(
        f"`{f}` takes `start` and {step.says}; it gives a boxed closure that {words}.",
        signature,
        function(signature, f"let step = {step.of('start')};", f"Box::new(move |n| {with_})"),
        tuple(equal(f"{f}({a})({b})", str(does(b, step.does(a)))) for a, b in pairs),
        conditions=(test,),
    )


def closure_state(random: Random) -> Draft:
    """A closure that changes what it captured."""
    f, start, k = name(random), random.randint(0, 9), random.randint(2, 6)
    test = draw_test(random)
    update, does, words = pick(random,
        [
            (f"total += n * {k};", lambda t, n: t + n * k, f"adds {k} times its argument to a total"),
            ("total = total.max(n);", max, "keeps the larger of a total and its argument"),
            (f"if {test.of('n')} {{\n        total += 1;\n    }}", lambda t, n: t + test.holds(n), f"adds 1 to a total if its argument is {test.says}"),
            ("total = n - total;", lambda t, n: n - t, "puts its argument less the total in place of the total"),
            (f"total += n / {k};", lambda t, n: t + int(n / k), f"adds its argument divided by {k}, rounded towards zero, to a total"),
        ]
    )  # fmt: skip
    order, rows_of, how = pick(
        random,
        [
            ("all.iter()", lambda row: row, "in order"),
            ("all.iter().rev()", lambda row: row[::-1], "backwards"),
        ],
    )
    signature = f"pub fn {f}(all: &[i64]) -> i64"

    def run(row: Row) -> str:
        total = start
        for n in rows_of(row):
            total = does(total, n)
        return str(total)

    return Draft(
        f"`{f}` makes a closure that {words}, which begins with {start}. It calls it with each number"
        f" of `all`, {how}, and gives the total.",
        signature,
        function(
            signature,
            f"let mut total = {start};",
            "let mut note = |n: i64| {",
            f"    {update}",
            "};",
            f"for &n in {order} {{" if "rev" in order else "for &n in all {",
            "    note(n);",
            "}",
            "total",
        ),
        tuple(equal(f"{f}({rust_slice(row)})", run(row)) for row in rows(random)),
        conditions=(test,),
    )


def in_place(random: Random) -> Draft:
    """Numbers changed behind a mutable reference."""
    f, test, (one, two) = name(random), draw_test(random), draw_steps(random, 2)
    gives, words = pick(
        random, [("changed", "how many it changed"), ("total - changed", "how many it left")]
    )
    k = random.randint(0, 1)
    signature = f"pub fn {f}(all: &mut [i64]) -> usize"

    def run(row: Row) -> tuple[Row, int]:
        changed = [n for n in row if test.holds(n)]
        made = [one.does(n) if test.holds(n) else (two.does(n) if k else n) for n in row]
        return made, len(changed) if gives == "changed" else len(row) - len(changed)

    cases = []
    for row in rows(random)[:4]:
        made, count = run(row)
        cases.append(
            Case(
                f"let mut all = {rust_vec(row)};\nassert_eq!({f}(&mut all), {count});\n"
                f"assert_eq!(all, {rust_vec(made)});",
                f"{count}, {rust_vec(made)}",
            )
        )
    body = [
        "let mut changed = 0;",
        "for place in all.iter_mut() {",
        "    let n = *place;",
        f"    if {test.of('n')} {{",
        f"        *place = {one.of('n')};",
        "        changed += 1;",
        "    }" + ("" if not k else " else {"),
        *([f"        *place = {two.of('n')};", "    }"] if k else []),
        "}",
        gives,
    ]
    if "total" in body[-1]:
        body.insert(0, "let total = all.len();")
    return Draft(
        f"In place, `{f}` {one.says} where a number of `all` is {test.says}"
        + (f", and {two.says} elsewhere" if k else "")
        + f"; it gives {words if not k else words.replace('changed', 'found so').replace('left', 'found other')}.",
        signature,
        function(signature, *body),
        tuple(cases),
        conditions=(test,),
    )


def replace_taken(random: Random) -> Draft:
    """What a place held, and what it holds then."""
    f, step, test, k = name(random), draw_step(random), draw_test(random), random.randint(1, 50)
    take, put, words, left = pick(
        random,
        [
            (f"std::mem::replace(place, {k})", k, f"puts {k} in its place", None),
            ("std::mem::take(place)", 0, "puts 0 in its place", None),
            (
                f"{{\n    let old = *place;\n    *place = old + {k};\n    old\n}}",
                None,
                f"raises it by {k}",
                k,
            ),
        ],
    )
    signature = f"pub fn {f}(place: &mut i64) -> i64"

    def run(n: int) -> tuple[int, int]:
        if not test.holds(n):
            return n, n
        return step.does(n), (n + left) if left is not None else (put or 0)

    cases = []
    for n in (*numbers(random, 7), 0, 3):
        given, then = run(n)
        cases.append(
            Case(
                f"let mut place = {n};\nassert_eq!({f}(&mut place), {given});\n"
                f"assert_eq!(place, {then});",
                f"{given}, {then}",
            )
        )
    return Draft(
        f"If what `place` holds is {test.says}, `{f}` takes it and {words}; then, of what it"
        f" took, it {step.says}, and gives that. Otherwise it gives what is there and leaves it.",
        signature,
        function(
            signature,
            "let n = *place;",
            f"if {test.of('n')} {{",
            *(f"    {line}" for line in f"let n = {take};".split("\n")),
            f"    {step.of('n')}",
            "} else {",
            "    n",
            "}",
        ),
        tuple(cases),
        conditions=(test,),
    )


def split_borrow(random: Random) -> Draft:
    """Two halves of a slice, borrowed at once."""
    f, step, k = (
        name(random),
        draw_step(random, but=("{v} * {v}", "{v}.pow(3)")),
        random.randint(1, 3),
    )
    write, does, words = pick(
        random,
        [
            ("*x += y;", lambda x, y: x + y, "added to"),
            ("*x = (*x).max(y);", max, "put, if larger, in place of"),
            ("*x -= y;", lambda x, y: x - y, "subtracted from"),
            ("*x = y;", lambda x, y: y, "put in place of"),
            ("*x = *x * 2 + y;", lambda x, y: x * 2 + y, "added to twice"),
        ],
    )
    signature = f"pub fn {f}(all: &mut [i64]) -> usize"
    cases = []
    for row in (numbers(random, 6), numbers(random, 3), numbers(random, 1), []):
        at = min(k, len(row))
        left, right = row[:at], row[at:]
        count = min(len(left), len(right))
        left = [does(x, step.does(y)) for x, y in zip(left, right, strict=False)] + left[count:]
        cases.append(
            Case(
                f"let mut all: Vec<i64> = {rust_vec(row)};\nassert_eq!({f}(&mut all), {count});\n"
                f"assert_eq!(all, {rust_vec([*left, *right])});",
                f"{count}, {rust_vec([*left, *right])}",
            )
        )
    return Draft(
        f"`{f}` splits `all` behind its first {k} numbers, or behind all if there are fewer. It takes"
        f" the numbers behind and {step.says}; each is {words} the number before the split at the"
        " same place, as far as both go. It gives how many it wrote.",
        signature,
        function(
            signature,
            f"let at = all.len().min({k});",
            "let (left, right) = all.split_at_mut(at);",
            "let mut count = 0;",
            "for (x, n) in left.iter_mut().zip(right.iter()) {",
            "    let n = *n;",
            f"    let y = {step.of('n')};",
            f"    {write}",
            "    count += 1;",
            "}",
            "count",
        ),
        tuple(cases),
    )


FAMILIES = tuple(
    Family(each, draw)
    for each, draw in {
        "closure_two": closure_two,
        "closure_made": closure_made,
        "closure_state": closure_state,
        "borrow_in_place": in_place,
        "borrow_replace": replace_taken,
        "borrow_split": split_borrow,
    }.items()
)
