"""How fast predictions are scored, beside a plain script that runs rustc twice a task.

The script compiles each answer alone and again with its tests under rustc's own harness, runs that,
and goes on to the next: no sandbox, no limits, one after another. Both get the same answers. They
take turns, so that what else the machine does troubles both alike.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from redox.process import run_program
from redox_eval.arms import known_arms
from redox_eval.judging import Bench, find_toolchain, prepare
from redox_eval.records import Outcome, Prediction, Task
from redox_eval.sandbox import find_isolation
from redox_eval.scoring import Plan, score, workplace
from redox_training.datasets import build


def main() -> None:
    """Measure both on some tasks of foundation_v1, by turns, and print seconds a prediction."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=2, help="how often they take turns")
    parser.add_argument("--copies", type=int, default=1, help="equal answers to each task")
    chosen = parser.parse_args()
    every = list(build("foundation_v1"))
    tasks = every[:: max(1, len(every) // chosen.tasks)][: chosen.tasks]
    ours, plainly = [], []
    with workplace() as place:
        bench = Bench(find_toolchain(), find_isolation(), place)
        prepare(bench)
        plan = Plan(bench, known_arms({}), os.cpu_count() or 1)
        for number in range(chosen.rounds):
            part = tasks[number :: chosen.rounds]
            if number % 2:
                plainly.append(timed(plain_all, part, chosen.copies, plan))
            ours.append(timed(scored, part, chosen.copies, plan))
            if number % 2 == 0:
                plainly.append(timed(plain_all, part, chosen.copies, plan))
    count = len(tasks) * chosen.copies
    print(f"redox eval score  {sum(ours) / count:.3f} s a prediction, in {bench.isolation}")
    print(f"a plain script    {sum(plainly) / count:.3f} s a prediction, without a sandbox")
    print(f"ratio             {sum(plainly) / sum(ours):.2f}")


def timed(work: Callable[..., None], *arguments: object) -> float:
    """Return the seconds that some work takes."""
    started = time.monotonic()
    work(*arguments)
    return time.monotonic() - started


def scored(tasks: Sequence[Task], copies: int, plan: Plan) -> None:
    """Score the references as so many seeds would give them."""
    answers = [
        Prediction(task.id, "rust", seed, task.reference or "")
        for seed in range(copies)
        for task in tasks
    ]
    results, _ = score(tasks, answers, plan)
    assert all(result.outcome is Outcome.PASSED for result in results)


def plain_all(tasks: Sequence[Task], copies: int, plan: Plan) -> None:
    """Do what the plain script does, for each answer."""
    rustc = str(plan.bench.toolchain.folder / "bin" / "rustc")
    for task in [*tasks] * copies:
        assert plain(task, rustc)


def plain(task: Task, rustc: str) -> bool:
    """Compile a reference alone, compile it with its tests, and run them."""
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
