"""What the tests of the exam share: a bench with short limits, and why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from redox.files import BadInputError
from redox_eval.judging import COMPILE_LIMITS, RUN_LIMITS, Bench, find_toolchain, prepare
from redox_eval.sandbox import Isolation, find_isolation
from redox_eval.scoring import workplace

SHARED = Path(__file__).parent.parent.parent / "shared"
MCEVAL = SHARED / "data" / "mceval_rust.jsonl"

TESTS = """
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds() {
        assert_eq!(add(40, 2), 42);
    }

    #[test]
    fn adds_more() {
        assert!(add(1, 2) == 3);
        assert_eq!(add(-1, 1), 0);
    }
}
"""


@cache
def why_not() -> str:
    """Say why nothing can be scored here; empty if it can."""
    try:
        find_toolchain()
        find_isolation()
    except BadInputError as error:
        return str(error)
    return ""


needs_bench = pytest.mark.skipif(bool(why_not()), reason=why_not() or "it is there")
needs_mceval = pytest.mark.skipif(
    not MCEVAL.is_file(), reason="McEval's tasks are not beside the checkout, in shared/data"
)


@contextmanager
def make_bench(isolation: Isolation | None = None, *, is_short: bool = False) -> Iterator[Bench]:
    """Give a bench; one that `is_short` ends what never ends in seconds."""
    with workplace() as place:
        bench = Bench(find_toolchain(), isolation or find_isolation(), place)
        if is_short:
            bench = replace(
                bench,
                compile_limits=replace(COMPILE_LIMITS, cpu_seconds=3, wall_seconds=30.0),
                run_limits=replace(RUN_LIMITS, cpu_seconds=2, wall_seconds=8.0),
            )
        prepare(bench)
        yield bench
