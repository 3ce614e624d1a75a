"""Worker processes: a job that hangs, crashes or raises costs that job only."""

from __future__ import annotations

import os
import time

from redox.workers import CrashedError, HungError, run_jobs


def misbehave(job: str) -> str:
    """Do what the job says."""
    if job == "hang":
        time.sleep(60)
    if job == "crash":
        os._exit(3)
    if job == "raise":
        raise ValueError(job)
    return f"did {job}"


def test_each_job_has_its_own_end() -> None:
    jobs = ["a", "hang", "b", "crash", "c", "raise", "d"]
    done = {each.job: each for each in run_jobs(misbehave, jobs, count=2, limit=4.0)}
    assert sorted(done) == sorted(jobs)
    assert [done[job].result for job in "abcd"] == ["did a", "did b", "did c", "did d"]
    assert isinstance(done["hang"].error, HungError)
    assert isinstance(done["crash"].error, CrashedError)
    assert str(done["raise"].error) == "ValueError: raise"


def hash_seed(_: int) -> str:
    """The hash seed of the worker that does this job."""
    return os.environ["PYTHONHASHSEED"]


def test_workers_have_hash_seeds_of_their_own() -> None:
    before = os.environ.get("PYTHONHASHSEED")
    seeds = {each.result for each in run_jobs(hash_seed, [1], count=1, limit=20.0, first_seed=7)}
    assert seeds == {"7"}
    assert os.environ.get("PYTHONHASHSEED") == before
