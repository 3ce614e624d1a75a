"""What tasks are composed of: operations and conditions on numbers, each in Rust, Python and words.

Numbers stay small, so that nothing overflows where a task is not about that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from redox_training.drafts import Condition

Number = Callable[[int], int]
Rule = Callable[[int], bool]
Wordings = tuple[str, str, str, str, str]
"""One thing said in five ways that go into the same place of a sentence."""

NOUNS = (
    "score total count level amount price offset weight length width mark point stock budget"
    " signal sample reading entry record metric volume height balance ratio"
).split()
VERBS = "make find read work get give take build form derive settle judge".split()


@dataclass(frozen=True, slots=True)
class Step:
    """One operation with its constant: `rust` has a gap `{v}`, `says` is a clause for it."""

    rust: str
    does: Number
    says: str

    def of(self, name: str) -> str:
        """Return the expression for a variable."""
        return self.rust.format(v=name)


def pick(random: Random, rows: Sequence[Any]) -> Any:
    """Draw a row of a table: Rust, the same in Python, and words for it, of whichever types."""
    return random.choice(rows)


def half(n: int) -> int:
    """Divide by two as Rust does, towards zero."""
    return int(n / 2)


def sign(n: int) -> int:
    """Return -1, 0 or 1."""
    return (n > 0) - (n < 0)


def draw_step(random: Random, *, but: Sequence[str] = ()) -> Step:
    """Draw an operation on an `i64`; those whose Rust is in `but` are left out."""
    left = {_shape(each) for each in but}
    rows = [row for row in step_rows(random) if _shape(row[0]) not in left]
    rust, does, wordings = random.choice(rows)
    return Step(rust, does, random.choice(wordings))


def step_rows(random: Random) -> list[tuple[str, Number, Wordings]]:
    """Return every operation with constants drawn: Rust, the same in Python, and its wordings."""
    k = random.randint(2, 12)
    m = random.randint(13, 40)
    return [
        (f"{{v}} + {k}", lambda n: n + k, (f"adds {k}", f"increases it by {k}", f"takes {k} more than it", f"raises it by {k}", f"computes it plus {k}")),
        (f"{{v}} - {k}", lambda n: n - k, (f"subtracts {k}", f"decreases it by {k}", f"takes {k} less than it", f"takes {k} away from it", f"computes it minus {k}")),
        (f"{{v}} * {k}", lambda n: n * k, (f"multiplies by {k}", f"takes {k} times it", f"scales it by a factor of {k}", f"computes its product with {k}", f"makes it {k} times as large")),
        (f"{{v}}.rem_euclid({k})", lambda n: n % k, (f"takes the remainder by {k}, never negative", f"reduces it modulo {k}, to 0 or above", f"computes the Euclidean remainder of dividing it by {k}", f"takes it modulo {k}, with a result from 0 to {k - 1}", f"keeps its non-negative remainder on division by {k}")),
        (f"{{v}}.max({k})", lambda n: max(n, k), (f"raises it to {k} if it is less", f"takes the larger of it and {k}", f"makes it no less than {k}", f"computes the maximum of it and {k}", f"puts {k} for it where it is below {k}")),
        (f"{{v}}.min({m})", lambda n: min(n, m), (f"lowers it to {m} if it is more", f"takes the smaller of it and {m}", f"makes it no more than {m}", f"computes the minimum of it and {m}", f"puts {m} for it where it is above {m}")),
        ("{v}.abs()", abs, ("takes the absolute value", "drops its sign", "takes its magnitude", "makes it non-negative by negating it where it is below 0", "computes how far it is from 0")),
        ("-{v}", lambda n: -n, ("negates it", "flips its sign", "takes its opposite", "computes minus it", "multiplies it by -1")),
        ("{v} * {v}", lambda n: n * n, ("squares it", "multiplies it by itself", "takes its square", "raises it to the power of two", "computes it times itself")),
        ("{v} / 2", half, ("halves it, rounding towards zero", "divides it by 2 and drops the fraction", "takes half of it, cut towards zero", "computes its integer quotient by 2, truncated", "takes it divided by two, rounded towards zero")),
        (f"{{v}}.clamp({k}, {m})", lambda n: min(max(n, k), m), (f"keeps it between {k} and {m}", f"clamps it to {k} through {m}", f"limits it to at least {k} and at most {m}", f"moves it to the nearest number from {k} to {m}", f"bounds it by {k} below and {m} above")),
        (f"{{v}} ^ {k}", lambda n: n ^ k, (f"takes the exclusive or with {k}", f"computes its bitwise XOR with {k}", f"XORs it with {k}", f"flips those of its bits that are set in {k}", f"joins its bits with those of {k} by exclusive or")),
        (f"{{v}} & {m}", lambda n: n & m, (f"takes the bitwise and with {m}", f"masks it with {m}", f"ANDs its bits with {m}", f"keeps only those of its bits that are set in {m}", f"clears those of its bits that are not set in {m}")),
        ("{v} << 2", lambda n: n << 2, ("shifts it left by two bits", "moves its bits two places to the left", "left-shifts it by 2", "puts two zero bits behind it", "computes it shifted left by 2")),
        ("{v}.signum()", sign, ("takes its sign, as -1, 0 or 1", "computes its signum", "puts 1 for it if it is above 0, -1 if below and 0 if neither", "reduces it to -1, 0 or 1 by its sign", "keeps nothing but its sign: -1, 0 or 1")),
        ("{v}.pow(3)", lambda n: n**3, ("takes its third power", "cubes it", "raises it to the power of three", "computes its cube", "multiplies three of it together")),
        (f"{{v}}.div_euclid({k})", lambda n: n // k, (f"divides by {k}, rounding down", f"takes the Euclidean quotient of it by {k}", f"divides it by {k} and rounds towards minus infinity", f"counts how often {k} goes into it, rounded down", f"computes its floor division by {k}")),
        (f"{k} - {{v}}", lambda n: k - n, (f"subtracts it from {k}", f"finds how much it lacks of {k}", f"computes {k} minus it", f"takes what is left of {k} without it", f"takes it away from {k}")),
    ]  # fmt: skip


def draw_steps(random: Random, count: int) -> list[Step]:
    """Draw operations, no kind twice."""
    steps: list[Step] = []
    for _ in range(count):
        steps.append(draw_step(random, but=[step.rust for step in steps]))
    return steps


def apply_steps(steps: Sequence[Step], n: int) -> int:
    """Do operations one after another."""
    for step in steps:
        n = step.does(n)
    return n


def lines_of(steps: Sequence[Step], name: str, inner: str = "step") -> list[str]:
    """Return Rust that does operations on a variable, the last as the block's value."""
    lines = []
    for step in steps[:-1]:
        lines.append(f"let {inner} = {step.of(name)};")
        name = inner
    return [*lines, steps[-1].of(name)]


def said(steps: Sequence[Step]) -> str:
    """Return operations in words."""
    return ", then ".join(step.says for step in steps)


def draw_test(random: Random) -> Condition:
    """Draw a condition on an `i64`."""
    return draw_tests(random, 1)[0]


def draw_tests(random: Random, count: int) -> list[Condition]:
    """Draw conditions on an `i64`, no kind twice."""
    return [
        Condition(rust, rule, random.choice(wordings))
        for rust, rule, wordings in random.sample(condition_rows(random), count)
    ]


def condition_rows(random: Random) -> list[tuple[str, Rule, Wordings]]:
    """Return every condition with constants drawn; its wordings go on from "is"."""
    k = random.randint(2, 9)
    low = random.randint(-9, 1)
    high = low + random.randint(4, 15)
    rest = random.randint(1, k - 1)
    return [
        ("{v} % 2 == 0", lambda n: n % 2 == 0, ("even", "divisible by 2", "congruent to 0 modulo 2", "of even value", "divisible by two without a rest")),
        ("{v} % 2 != 0", lambda n: n % 2 != 0, ("odd", "indivisible by 2", "congruent to 1 modulo 2", "of odd value", "one more than a multiple of two")),
        (f"{{v}} > {k}", lambda n: n > k, (f"above {k}", f"greater than {k}", f"more than {k}", f"larger than {k}", f"at least {k + 1}")),
        (f"{{v}} < {k}", lambda n: n < k, (f"below {k}", f"less than {k}", f"smaller than {k}", f"under {k}", f"at most {k - 1}")),
        (f"{{v}} >= {k}", lambda n: n >= k, (f"at least {k}", f"{k} or more", f"{k} or above", f"greater than or equal to {k}", f"above {k - 1}")),
        (f"{{v}} != {k}", lambda n: n != k, (f"other than {k}", f"different from {k}", f"unequal to {k}", f"anything but {k}", f"distinct from {k}")),
        (f"{{v}}.rem_euclid({k}) == {rest}", lambda n: n % k == rest, (f"{rest} more than a multiple of {k}", f"{rest} modulo {k}", f"congruent to {rest} modulo {k}", f"{rest} above a multiple of {k}", f"such that its non-negative remainder by {k} is {rest}")),
        (f"({low}..={high}).contains(&{{v}})", lambda n: low <= n <= high, (f"from {low} to {high}", f"between {low} and {high}, both included", f"in the range {low} to {high} inclusive", f"within {low} and {high}, ends included", f"at least {low} and at most {high}")),
        ("{v}.is_negative()", lambda n: n < 0, ("negative", "below zero", "less than 0", "under zero", "smaller than 0")),
        ("{v}.is_positive()", lambda n: n > 0, ("positive", "above zero", "greater than 0", "more than zero", "larger than 0")),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fold:
    """What an iterator of `i64` comes to: `rust` goes behind it, `type` is what it gives."""

    rust: str
    type: str
    gives: Callable[[list[int]], str]
    says: str


DOUBLING = ".fold(1, |sum, n| sum * 2 - n)"


def draw_fold(random: Random, *, plain: bool = False, but: Sequence[str] = ()) -> Fold:
    """Draw what an iterator of `i64` comes to; a `plain` one comes to an `i64`.

    Those whose Rust is in `but` are left out: `DOUBLING` overflows where there are many numbers.
    """
    left = {_shape(each) for each in but}
    rows = [row for row in fold_rows(random) if _shape(row[0]) not in left]
    rows = [row for row in rows if row[1] == "i64" or not plain]
    rust, kind, gives, wordings = random.choice(rows)
    return Fold(rust, kind, gives, random.choice(wordings))


def fold_rows(random: Random) -> list[tuple[str, str, Callable[[list[int]], str], Wordings]]:
    """Return all that an iterator can come to: Rust, its type, the same in Python, and wordings."""
    k, at = random.randint(1, 9), random.randint(1, 2)
    return [
        (".sum::<i64>()", "i64", lambda row: str(sum(row)), ("their sum", "what they add up to", "the total of them", "all of them added up", "the sum of them, 0 if there is none")),
        (f".fold({k}, |sum, n| sum * 2 - n)", "i64", lambda row: str(_doubled(row, k)), (f"what comes of {k} if for each it is doubled and the number subtracted", f"a value that begins with {k} and for each number, in order, becomes twice itself less that number", f"the last value of one that starts at {k} and is doubled and lessened by each number in turn", f"the result of starting from {k} and, number by number, doubling it and subtracting the number", f"{k} after it was doubled and the number taken away, once for each number in order")),
        (f".max().unwrap_or({k})", "i64", lambda row: str(max(row, default=k)), (f"the largest, or {k} if there is none", f"their maximum, or {k} for none at all", f"the greatest of them, {k} if there are none", f"the highest number, and {k} where there is none", f"the largest of them, with {k} in its place if nothing is there")),
        (f".min().unwrap_or({k})", "i64", lambda row: str(min(row, default=k)), (f"the smallest, or {k} if there is none", f"their minimum, or {k} for none at all", f"the least of them, {k} if there are none", f"the lowest number, and {k} where there is none", f"the smallest of them, with {k} in its place if nothing is there")),
        (f".fold({k}, |best, n| best.max(n.abs()))", "i64", lambda row: str(max([k, *map(abs, row)])), (f"the largest absolute value, {k} at least", f"the greatest magnitude of them, but no less than {k}", f"the largest of {k} and their absolute values", f"how far from 0 the farthest of them is, {k} if none is that far", f"the maximum of {k} and the absolute value of each")),
        (".count()", "usize", lambda row: str(len(row)), ("how many there are", "their number", "the count of them", "how many of them there are, as a number", "the number of all these")),
        (".collect()", "Vec<i64>", rust_vec, ("them, in order", "a vector of them, in order", "all of them, in the order they come in", "them as a vector, as they follow one another", "a vector that holds them in their order")),
        (".max()", "Option<i64>", lambda row: rust_option(max(row, default=None)), ("the largest, if any", "their maximum, `None` if there are none", "the greatest of them as an option", "the highest of them, or `None`", "the largest of them in `Some`, and `None` for none")),
        (".min()", "Option<i64>", lambda row: rust_option(min(row, default=None)), ("the smallest, if any", "their minimum, `None` if there are none", "the least of them as an option", "the lowest of them, or `None`", "the smallest of them in `Some`, and `None` for none")),
        (f".nth({at})", "Option<i64>", lambda row: rust_option(row[at] if len(row) > at else None), (f"the one at index {at}, counted from 0, if there is one", f"the one that {at} others stand before, `None` if there are too few", f"the one at place {at + 1}, counted from 1, or `None`", f"what comes after the first {at}, as an option", f"the one behind {at} others in `Some`, and `None` if there is none")),
    ]  # fmt: skip


def _doubled(row: Sequence[int], start: int) -> int:
    for n in row:
        start = start * 2 - n
    return start


def rust_vec(row: Sequence[object]) -> str:
    """Return a vector of Rust."""
    return f"vec![{', '.join(map(str, row))}]"


def rust_slice(row: Sequence[object]) -> str:
    """Return a borrowed slice of Rust."""
    return f"&[{', '.join(map(str, row))}]"


def rust_option(value: object) -> str:
    """Return an option of Rust; None is none."""
    return "None" if value is None else f"Some({value})"


def rust_bool(value: bool) -> str:
    """Return a truth value of Rust."""
    return "true" if value else "false"


def rust_text(text: str) -> str:
    """Return a text of Rust."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def numbers(random: Random, count: int) -> list[int]:
    """Draw small numbers of both signs."""
    return [random.randint(-20, 30) for _ in range(count)]


def rows(random: Random) -> list[list[int]]:
    """Draw rows of numbers: long ones, short ones, one number, none."""
    return [numbers(random, count) for count in (8, 6, 5, 3, 2, 1, 0)]


def name(random: Random) -> str:
    """Draw a function's name."""
    return f"{random.choice(VERBS)}_{random.choice(NOUNS)}"


def _shape(rust: str) -> str:
    return "".join(char for char in rust if not char.isdigit())
