"""Judges what is right and some attacks as whoever runs this; a test runs it without root's rights.

Its arguments are names of attacks; it prints a line of JSON with the isolation and each outcome.
"""

from __future__ import annotations

import json
import os
import sys

from eval_bench import TESTS, make_bench
from test_eval_attacks import attack

from redox_eval.judging import judge
from redox_eval.suites import read_suite

if __name__ == "__main__":
    programs = {name: attack(name) for name in sys.argv[1:]}
    programs["right"] = "fn add(a: i32, b: i32) -> i32 { a + b }"
    with make_bench(is_short=True) as bench:
        ends = {
            name: str(judge(program, read_suite(TESTS), "2021", bench).outcome)
            for name, program in programs.items()
        }
        said = {"user": os.getuid(), "isolation": str(bench.isolation), "ends": ends}
        print(json.dumps(said))
