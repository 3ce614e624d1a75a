"""What happens where numbers leave their type."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from redox_training.drafts import Draft, Family, equal, function
from redox_training.families.ops import (
    Wordings,
    name,
    pick,
    rust_bool,
    rust_option,
)

_BOUNDS = {"u8": (0, 255), "i8": (-128, 127), "u16": (0, 65535), "i16": (-32768, 32767)}


_SIGNS: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
}


_WORDS: dict[str, Wordings] = {
    "add": (
        "adds {k}",
        "increases it by {k}",
        "raises it by {k}",
        "computes it plus {k}",
        "puts {k} on top",
    ),
    "sub": (
        "subtracts {k}",
        "decreases it by {k}",
        "takes {k} away",
        "computes it minus {k}",
        "lowers it by {k}",
    ),
    "mul": (
        "multiplies by {k}",
        "takes it times {k}",
        "scales it by a factor of {k}",
        "computes its product with {k}",
        "makes it {k} times as large",
    ),
}


def _narrow(random: Random) -> tuple[str, list[tuple[str, int]], list[int]]:
    """Draw a narrow type, two or three operations with constants, and inputs near the bounds."""
    kind = pick(random, list(_BOUNDS))
    low, high = _BOUNDS[kind]
    steps = [
        (pick(random, list(_SIGNS)), random.randint(2, 9)) for _ in range(random.randint(2, 3))
    ]
    inputs = [low, high, high // 2, low + 3, 0, 1, 2, 5, random.randint(low, high)]
    return kind, steps, list(dict.fromkeys(inputs))


def _words(steps: list[tuple[str, int]], random: Random) -> str:
    return ", then ".join(random.choice(_WORDS[verb]).format(k=k) for verb, k in steps)


def checked(random: Random) -> Draft:
    """Operations that give nothing where they overflow."""
    f, (kind, steps, inputs) = name(random), _narrow(random)
    signature = f"pub fn {f}(n: {kind}) -> Option<{kind}>"
    lines = [f"let step = n.checked_{steps[0][0]}({steps[0][1]})?;"]
    lines += [f"let step = step.checked_{verb}({k})?;" for verb, k in steps[1:-1]]
    lines.append(f"step.checked_{steps[-1][0]}({steps[-1][1]})")
    low, high = _BOUNDS[kind]

    def run(n: int) -> int | None:
        for verb, k in steps:
            n = _SIGNS[verb](n, k)
            if not low <= n <= high:
                return None
        return n

    return Draft(
        f"`{f}` {_words(steps, random)}, starting from `n`, and gives `None` if any step overflows.",
        signature,
        function(signature, *lines),
        tuple(equal(f"{f}({n})", rust_option(run(n))) for n in inputs),
    )


def _unbroken(random: Random, way: str, words: str, bring: Callable[[int, str], int]) -> Draft:
    f, (kind, steps, inputs) = name(random), _narrow(random)
    signature = f"pub fn {f}(n: {kind}) -> {kind}"
    calls = [f"    .{way}_{verb}({k})" for verb, k in steps]

    def run(n: int) -> int:
        for verb, k in steps:
            n = bring(_SIGNS[verb](n, k), kind)
        return n

    return Draft(
        f"`{f}` {_words(steps, random)}, starting from `n`; {words}.",
        signature,
        function(signature, "n" + "".join(call.strip() for call in calls)),
        tuple(equal(f"{f}({n})", str(run(n))) for n in inputs),
    )


def wrapping(random: Random) -> Draft:
    """Operations that wrap around."""

    def bring(n: int, kind: str) -> int:
        low, high = _BOUNDS[kind]
        return (n - low) % (high - low + 1) + low

    return _unbroken(random, "wrapping", "what overflows wraps around", bring)


def saturating(random: Random) -> Draft:
    """Operations that stop at the bounds."""

    def bring(n: int, kind: str) -> int:
        low, high = _BOUNDS[kind]
        return min(max(n, low), high)

    return _unbroken(random, "saturating", "what overflows stays at the type's bound", bring)


def overflowing(random: Random) -> Draft:
    """An operation that tells whether it overflowed, and another that makes something of it."""
    f, kind = name(random), pick(random, list(_BOUNDS))
    verb, k, other = pick(random, list(_SIGNS)), random.randint(2, 9), random.randint(10, 99)
    low, high = _BOUNDS[kind]
    signature = f"pub fn {f}(n: {kind}) -> ({kind}, bool)"
    how, words = pick(random,
        [("(value, over)", "as they are"), (f"(if over {{ {other} }} else {{ value }}, over)",
                                            f"with {other} for the value if it overflows")]
    )  # fmt: skip

    def run(n: int) -> str:
        exact = _SIGNS[verb](n, k)
        over = not low <= exact <= high
        value = (exact - low) % (high - low + 1) + low
        if over and how[1] == "i":
            value = other
        return f"({value}, {rust_bool(over)})"

    return Draft(
        f"`{f}` {random.choice(_WORDS[verb]).format(k=k)}, starting from `n`, and gives the wrapped value and"
        f" whether it overflows, {words}.",
        signature,
        function(signature, f"let (value, over) = n.overflowing_{verb}({k});", how),
        tuple(equal(f"{f}({n})", run(n)) for n in (low, high, low + 9, high - 1, high // 2)),
    )


FAMILIES = tuple(
    Family(each, draw)
    for each, draw in {
        "arith_checked": checked,
        "arith_wrapping": wrapping,
        "arith_saturating": saturating,
        "arith_overflowing": overflowing,
    }.items()
)
