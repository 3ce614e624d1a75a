"""What tasks are composed of: operations and conditions on numbers, each in Rust, Python and words.

Numbers stay small, so that nothing overflows where a task is not about that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

Number = Callable[[int], int]
Condition = Callable[[int], bool]

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


@dataclass(frozen=True, slots=True)
class Test:
    """One condition with its constants: `rust` has a gap `{v}`, `says` goes on from "is" or so."""

    rust: str
    holds: Condition
    says: str

    def of(self, name: str) -> str:
        """Return the condition for a variable."""
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
    k = random.randint(2, 12)
    m = random.randint(13, 40)
    steps = (
        Step(f"{{v}} + {k}", lambda n: n + k, f"adds {k}"),
        Step(f"{{v}} - {k}", lambda n: n - k, f"subtracts {k}"),
        Step(f"{{v}} * {k}", lambda n: n * k, f"multiplies by {k}"),
        Step(
            f"{{v}}.rem_euclid({k})", lambda n: n % k, f"takes the remainder by {k}, never negative"
        ),
        Step(f"{{v}}.max({k})", lambda n: max(n, k), f"raises it to {k} if it is less"),
        Step(f"{{v}}.min({m})", lambda n: min(n, m), f"lowers it to {m} if it is more"),
        Step("{v}.abs()", abs, "takes the absolute value"),
        Step("-{v}", lambda n: -n, "negates it"),
        Step("{v} * {v}", lambda n: n * n, "squares it"),
        Step("{v} / 2", half, "halves it, rounding towards zero"),
        Step(
            f"{{v}}.clamp({k}, {m})", lambda n: min(max(n, k), m), f"keeps it between {k} and {m}"
        ),
        Step(f"{{v}} ^ {k}", lambda n: n ^ k, f"takes the exclusive or with {k}"),
        Step(f"{{v}} & {m}", lambda n: n & m, f"takes the bitwise and with {m}"),
        Step("{v} << 2", lambda n: n << 2, "shifts it left by two bits"),
        Step("{v}.signum()", sign, "takes its sign, as -1, 0 or 1"),
        Step("{v}.pow(3)", lambda n: n**3, "takes its third power"),
        Step(f"{{v}}.div_euclid({k})", lambda n: n // k, f"divides by {k}, rounding down"),
        Step(f"{k} - {{v}}", lambda n: k - n, f"subtracts it from {k}"),
    )
    left = [step for step in steps if _shape(step.rust) not in {_shape(each) for each in but}]
    return random.choice(left)


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


def draw_test(random: Random) -> Test:
    """Draw a condition on an `i64`."""
    k = random.randint(2, 9)
    low = random.randint(-9, 1)
    high = low + random.randint(4, 15)
    rest = random.randint(1, k - 1)
    tests = (
        Test("{v} % 2 == 0", lambda n: n % 2 == 0, "even"),
        Test("{v} % 2 != 0", lambda n: n % 2 != 0, "odd"),
        Test(f"{{v}} > {k}", lambda n: n > k, f"above {k}"),
        Test(f"{{v}} < {k}", lambda n: n < k, f"below {k}"),
        Test(f"{{v}} >= {k}", lambda n: n >= k, f"at least {k}"),
        Test(f"{{v}} != {k}", lambda n: n != k, f"other than {k}"),
        Test(
            f"{{v}}.rem_euclid({k}) == {rest}",
            lambda n: n % k == rest,
            f"{rest} more than a multiple of {k}",
        ),
        Test(
            f"({low}..={high}).contains(&{{v}})",
            lambda n: low <= n <= high,
            f"from {low} to {high}",
        ),
        Test("{v}.is_negative()", lambda n: n < 0, "negative"),
        Test("{v}.is_positive()", lambda n: n > 0, "positive"),
    )
    return random.choice(tests)


@dataclass(frozen=True, slots=True)
class Fold:
    """What an iterator of `i64` comes to: `rust` goes behind it, `type` is what it gives."""

    rust: str
    type: str
    gives: Callable[[list[int]], str]
    says: str


def draw_fold(random: Random, *, plain: bool = False) -> Fold:
    """Draw what an iterator of `i64` comes to; a `plain` one comes to an `i64`."""
    k, at = random.randint(1, 9), random.randint(1, 2)
    folds = [
        Fold(".sum::<i64>()", "i64", lambda row: str(sum(row)), "their sum"),
        Fold(
            f".fold({k}, |sum, n| sum * 2 - n)",
            "i64",
            lambda row: str(_doubled(row, k)),
            f"what comes of {k} if for each it is doubled and the number subtracted",
        ),
        Fold(
            f".max().unwrap_or({k})",
            "i64",
            lambda row: str(max(row, default=k)),
            f"the largest, or {k} if there is none",
        ),
        Fold(
            f".min().unwrap_or({k})",
            "i64",
            lambda row: str(min(row, default=k)),
            f"the smallest, or {k} if there is none",
        ),
        Fold(
            f".fold({k}, |best, n| best.max(n.abs()))",
            "i64",
            lambda row: str(max([k, *map(abs, row)])),
            f"the largest absolute value, {k} at least",
        ),
    ]
    if not plain:
        folds += [
            Fold(".count()", "usize", lambda row: str(len(row)), "how many there are"),
            Fold(".collect()", "Vec<i64>", rust_vec, "them, in order"),
            Fold(
                ".max()",
                "Option<i64>",
                lambda row: rust_option(max(row, default=None)),
                "the largest, if any",
            ),
            Fold(
                ".min()",
                "Option<i64>",
                lambda row: rust_option(min(row, default=None)),
                "the smallest, if any",
            ),
            Fold(
                f".nth({at})",
                "Option<i64>",
                lambda row: rust_option(row[at] if len(row) > at else None),
                f"the one at index {at}, counted from 0, if there is one",
            ),
        ]
    return random.choice(folds)


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


def equal(call: str, wanted: str) -> str:
    """Return an assertion that a call gives what is wanted."""
    return f"assert_eq!({call}, {wanted});"


def _shape(rust: str) -> str:
    return "".join(char for char in rust if not char.isdigit())
