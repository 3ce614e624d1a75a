"""Judges what is right and some attacks as whoever runs this; a test runs it without root's rights.

Its arguments are names of attacks; it prints a line of JSON with the isolation and each outcome.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from eval_bench import TESTS, make_bench
from test_eval_attacks import attack

from redox_eval.judging import judge
from redox_eval.suites import read_suite


@contextmanager
def much_running() -> Iterator[None]:
    """Have the user run more than a box may: that is nothing to the box."""
    others = [subprocess.Popen(["sleep", "600"]) for _ in range(100)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


if __name__ == "__main__":
    programs = {name: attack(name) for name in sys.argv[1:]}
    programs["right"] = "fn add(a: i32, b: i32) -> i32 { a + b }"
    with much_running(), make_bench(is_short=True) as bench:
        ends = {
            name: str(judge(program, read_suite(TESTS), "2021", bench).outcome)
            for name, program in programs.items()
        }
        said = {"user": os.getuid(), "isolation": str(bench.isolation), "ends": ends}
        print(json.dumps(said))
