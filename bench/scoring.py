"""How fast predictions are scored, beside a plain script that runs rustc twice a task.

The script compiles each answer alone and again with its tests under rustc's own harness, runs that,
and goes on to the next: no sandbox, no limits, one after another. Both get the same answers, twice
each, as two seeds of a model that mostly agree would give them.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from redox.process import run_program
from redox_eval.arms import known_arms
from redox_eval.judging import Bench, find_toolchain, prepare
from redox_eval.records import Outcome, Prediction, Task
from redox_eval.sandbox import find_isolation
from redox_eval.scoring import Plan, score, workplace
from redox_training.datasets import build

TOOLCHAIN = find_toolchain()


def main() -> None:
    """Measure both on some tasks of foundation_v1 and print seconds a prediction."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=24)
    parser.add_argument("--copies", type=int, default=1, help="equal answers to each task")
    chosen = parser.parse_args()
    every = list(build("foundation_v1"))
    tasks = every[:: max(1, len(every) // chosen.tasks)][: chosen.tasks]
    count = len(tasks) * chosen.copies
    with workplace() as place:
        bench = Bench(TOOLCHAIN, find_isolation(), place)
        prepare(bench)
        plan = Plan(bench, known_arms({}), os.cpu_count() or 1)
        answers = [
            Prediction(task.id, "rust", seed, task.reference or "")
            for seed in range(chosen.copies)
            for task in tasks
        ]
        started = time.monotonic()
        results, _ = score(tasks, answers, plan)
        ours = time.monotonic() - started
        assert all(result.outcome is Outcome.PASSED for result in results)
    started = time.monotonic()
    for _ in range(chosen.copies):
        for task in tasks:
            assert plain(task)
    plainly = time.monotonic() - started
    print(f"redox eval score  {ours / count:.3f} s a prediction, in {bench.isolation}")
    print(f"a plain script    {plainly / count:.3f} s a prediction, without a sandbox")
    print(f"ratio             {plainly / ours:.2f}")


def plain(task: Task) -> bool:
    """Compile a reference alone, compile it with its tests, and run them."""
    rustc = str(TOOLCHAIN.folder / "bin" / "rustc")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "alone.rs").write_text(task.reference or "")
        (folder / "tests.rs").write_text(f"{task.reference}\n{task.tests}")
        common = ["--edition", task.edition, "-A", "warnings"]
        alone = [rustc, "alone.rs", "--crate-type", "lib", *common]
        tests = [rustc, "tests.rs", "--test", "-o", "tests", *common]
        done = [run_program(each, folder=folder) for each in (alone, tests)]
        return all(each.code == 0 for each in (*done, run_program(["./tests"], folder=folder)))


if __name__ == "__main__":
    main()
