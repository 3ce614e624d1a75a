"""Arithmetic: operations, branches, loops."""

from __future__ import annotations

from random import Random

from redox_training.drafts import Draft, Family, equal, function
from redox_training.families.ops import (
    Number,
    apply_steps,
    draw_step,
    draw_steps,
    draw_test,
    lines_of,
    name,
    numbers,
    pick,
    said,
)


def chain(random: Random) -> Draft:
    """Three operations, one after another."""
    f, steps = name(random), draw_steps(random, 3)
    signature = f"pub fn {f}(n: i64) -> i64"
    return Draft(
        f"`{f}` takes `n` and {said(steps)}; it gives the result.",
        signature,
        function(signature, *lines_of(steps, "n")),
        tuple(equal(f"{f}({n})", str(apply_steps(steps, n))) for n in (*numbers(random, 4), 0)),
    )


def two_inputs(random: Random) -> Draft:
    """Two numbers, each changed, then joined."""
    f, (one, two) = name(random), draw_steps(random, 2)
    sign, join, word = pick(
        random,
        [
            ("+", lambda a, b: a + b, "their sum"),
            ("-", lambda a, b: a - b, "the first less the second"),
            ("*", lambda a, b: a * b, "their product"),
        ],
    )
    signature = f"pub fn {f}(a: i64, b: i64) -> i64"
    body = (f"let left = {one.of('a')};", f"let right = {two.of('b')};", f"left {sign} right")
    rows = [(n, m) for n, m in zip(numbers(random, 6), numbers(random, 6), strict=True)]
    return Draft(
        f"`{f}` takes `a` and {one.says}, takes `b` and {two.says}, and gives {word}.",
        signature,
        function(signature, *body),
        tuple(equal(f"{f}({a}, {b})", str(join(one.does(a), two.does(b)))) for a, b in rows),
    )


def branch(random: Random) -> Draft:
    """One operation or another, by a condition."""
    f, test, (one, two) = name(random), draw_test(random), draw_steps(random, 2)
    signature = f"pub fn {f}(n: i64) -> i64"
    body = (f"if {test.of('n')} {{", f"    {one.of('n')}", "} else {", f"    {two.of('n')}", "}")
    inputs = (*numbers(random, 5), 0, 7, -7)
    return Draft(
        f"If `n` is {test.says}, `{f}` {one.says}; otherwise it {two.says}. It gives the result.",
        signature,
        function(signature, *body),
        tuple(equal(f"{f}({n})", str((one if test.holds(n) else two).does(n))) for n in inputs),
        conditions=(test,),
    )


def early_return(random: Random) -> Draft:
    """A condition that ends the function early, then operations."""
    f, test, steps = name(random), draw_test(random), draw_steps(random, 2)
    k = random.randint(-5, 60)
    signature = f"pub fn {f}(n: i64) -> i64"
    body = (f"if {test.of('n')} {{", f"    return {k};", "}", *lines_of(steps, "n"))
    inputs = (*numbers(random, 5), 1, -8)
    return Draft(
        f"`{f}` gives {k} at once if `n` is {test.says}. Else it {said(steps)}, and gives that.",
        signature,
        function(signature, *body),
        tuple(
            equal(f"{f}({n})", str(k if test.holds(n) else apply_steps(steps, n))) for n in inputs
        ),
        conditions=(test,),
    )


def digits(random: Random) -> Draft:
    """A loop over the digits of a number."""
    f, base = name(random), pick(random, (2, 3, 8, 10, 16))
    start = random.randint(0, 5)
    update, does, words = pick(
        random,
        [
            ("all += digit;", lambda all_, d: all_ + d, "added up"),
            ("all = all.max(digit);", max, "compared, for the largest"),
            (
                "all = all * 2 + digit;",
                lambda all_, d: all_ * 2 + d,
                "each added to twice the result",
            ),
            ("all += digit * digit;", lambda all_, d: all_ + d * d, "squared and added up"),
            ("all += u64::from(digit % 2 == 1);", lambda all_, d: all_ + d % 2, "counted if odd"),
            ("all ^= digit;", lambda all_, d: all_ ^ d, "joined by exclusive or"),
        ],
    )
    signature = f"pub fn {f}(n: u64) -> u64"

    def run(n: int) -> int:
        all_ = start
        while n > 0:
            all_ = does(all_, n % base)
            n //= base
        return all_

    inputs = (0, 7, base, base * base - 1, random.randint(100, 9999), random.randint(1000, 99999))
    return Draft(
        f"`{f}` gives the digits of `n` in base {base}, from the last to the first, {words},"
        f" starting from {start}.",
        signature,
        function(
            signature,
            "let mut rest = n;",
            f"let mut all = {start};",
            "while rest > 0 {",
            f"    let digit = rest % {base};",
            f"    {update}",
            f"    rest /= {base};",
            "}",
            "all",
        ),
        tuple(equal(f"{f}({n})", str(run(n))) for n in inputs),
    )


def bits(random: Random) -> Draft:
    """Bits of a number: two changes, then a count."""
    f, k = name(random), random.randint(1, 7)
    mask = random.randint(3, 200)
    changes: list[tuple[str, Number, str]] = [
        (
            f"n.rotate_left({k})",
            lambda n: ((n << k) | (n >> (32 - k))) & 0xFFFFFFFF,
            f"rotates it left by {k}",
        ),
        (f"n ^ {mask}", lambda n: n ^ mask, f"takes the exclusive or with {mask}"),
        (f"n & {mask}", lambda n: n & mask, f"takes the bitwise and with {mask}"),
        (f"n | {mask}", lambda n: n | mask, f"takes the bitwise or with {mask}"),
        (f"n >> {k}", lambda n: n >> k, f"shifts it right by {k}"),
        ("!n", lambda n: n ^ 0xFFFFFFFF, "inverts it"),
        (
            "n.swap_bytes()",
            lambda n: int.from_bytes(n.to_bytes(4, "little"), "big"),
            "swaps its bytes",
        ),
    ]
    counts = [
        ("count_ones()", lambda n: n.bit_count(), "how many bits are set"),
        ("leading_zeros()", lambda n: 32 - n.bit_length(), "how many zeros lead"),
        (
            "trailing_zeros()",
            lambda n: (n & -n).bit_length() - 1 if n else 32,
            "how many zeros trail",
        ),
        ("count_zeros()", lambda n: 32 - n.bit_count(), "how many bits are not set"),
    ]
    (one, two), count = random.sample(changes, 2), pick(random, counts)
    signature = f"pub fn {f}(n: u32) -> u32"
    inputs = (0, 1, 255, 4096, random.randint(1, 2**31), 2**32 - 1)
    return Draft(
        f"`{f}` takes `n`, {one[2]}, then {two[2]}, and gives {count[2]} then.",
        signature,
        function(signature, f"let n = {one[0]};", f"let n = {two[0]};", f"n.{count[0]}"),
        tuple(equal(f"{f}({n})", str(count[1](two[1](one[1](n))))) for n in inputs),
    )


def repeat(random: Random) -> Draft:
    """An operation repeated, with a condition in each round."""
    f, test, step = (
        name(random),
        draw_test(random),
        draw_step(random, but=("{v} * {v}", "{v}.pow(3)", "{v} + 0")),
    )
    k, times = random.randint(1, 6), random.randint(2, 5)
    signature = f"pub fn {f}(start: i64) -> i64"

    def run(n: int) -> int:
        for _ in range(times):
            n = step.does(n) if test.holds(n) else n + k
        return n

    return Draft(
        f"`{f}` begins with `start` and does this {times} times: if the value is {test.says}, it"
        f" {step.says}; otherwise it adds {k}. It gives the last value.",
        signature,
        function(
            signature,
            "let mut n = start;",
            f"for _ in 0..{times} {{",
            f"    n = if {test.of('n')} {{ {step.of('n')} }} else {{ n + {k} }};",
            "}",
            "n",
        ),
        tuple(equal(f"{f}({n})", str(run(n))) for n in (*numbers(random, 4), 0)),
        conditions=(test,),
    )


def until(random: Random) -> Draft:
    """A loop that counts its rounds until a bound is passed."""
    f, k, m = name(random), random.randint(2, 5), random.randint(1, 9)
    bound = random.randint(60, 900)
    grow, does, words = pick(
        random,
        [
            (f"n = n * {k} + {m};", lambda n: n * k + m, f"multiplied by {k} and {m} added"),
            (
                f"n += n / {k} + {m};",
                lambda n: n + n // k + m,
                f"raised by a {k}th of it and by {m}",
            ),
            (f"n = n + {m} + rounds;", None, f"raised by {m} and by the rounds before"),
            (f"n += {m};", lambda n: n + m, f"raised by {m}"),
        ],
    )
    gives, words_of = pick(
        random, [("rounds", "how many rounds that takes"), ("n", "the number then")]
    )
    signature = f"pub fn {f}(start: u64) -> u64"

    def run(n: int) -> int:
        rounds = 0
        while n < bound:
            n = does(n) if does else n + m + rounds
            rounds += 1
        return rounds if gives == "rounds" else n

    body: tuple[str, ...] = ("let mut n = start;", "let mut rounds = 0;", f"while n < {bound} {{", f"    {grow}",
            "    rounds += 1;", "}", gives)  # fmt: skip
    if gives == "n" and "rounds" not in grow:
        body = ("let mut n = start;", f"while n < {bound} {{", f"    {grow}", "}", "n")
    return Draft(
        f"`start` is {words} until it is at least {bound}; `{f}` gives {words_of}.",
        signature,
        function(signature, *body),
        tuple(equal(f"{f}({n})", str(run(n))) for n in (0, 1, 17, bound - 1, bound, bound + 5)),
    )


def divisors(random: Random) -> Draft:
    """A loop over the divisors of a number, or the greatest common one."""
    f, k = name(random), random.randint(2, 6)
    keep, holds, words = pick(
        random,
        [
            (f"d % {k} != 0", lambda d, n: d % k != 0, f"no multiples of {k}"),
            (f"d > {k}", lambda d, n: d > k, f"above {k}"),
            ("d * d <= n", lambda d, n: d * d <= n, "at most the square root of `n`"),
            ("d % 2 == 1", lambda d, n: d % 2 == 1, "odd"),
            (f"d + {k} < n", lambda d, n: d + k < n, f"more than {k} below `n`"),
        ],
    )
    fold, gives, what = pick(
        random,
        [
            (".sum()", sum, "their sum"),
            (".count() as i64", len, "how many there are"),
            (
                ".max().unwrap_or(0)",
                lambda row: max(row, default=0),
                "the largest, or 0 if there is none",
            ),
            (
                ".map(|d| d * d).sum()",
                lambda row: sum(d * d for d in row),
                "the sum of their squares",
            ),
            (".min().unwrap_or(n)", None, "the smallest, or `n` if there is none"),
        ],
    )
    signature = f"pub fn {f}(n: i64) -> i64"

    def run(n: int) -> int:
        row = [d for d in range(1, n + 1) if n % d == 0 and holds(d, n)]
        return gives(row) if gives else min(row, default=n)

    return Draft(
        f"Of the divisors of `n` that are {words}, `{f}` gives {what}.",
        signature,
        function(signature, f"(1..=n).filter(|&d| n % d == 0 && {keep}){fold}"),
        tuple(equal(f"{f}({n})", str(run(n))) for n in (1, 6, 12, 28, 36, random.randint(40, 90))),
    )


FAMILIES = tuple(
    Family(each, draw)
    for each, draw in {
        "arith_chain": chain,
        "arith_two_inputs": two_inputs,
        "arith_branch": branch,
        "arith_early_return": early_return,
        "arith_digits": digits,
        "arith_bits": bits,
        "arith_repeat": repeat,
        "arith_until": until,
        "arith_divisors": divisors,
    }.items()
)
