"""Worker processes with a time limit on each job: a job that hangs or crashes costs that job only.

`concurrent.futures` can neither stop one job nor go on after a worker has died, and a law that says
"never hangs" needs both. Each worker gets a hash seed of its own, so that work that depends on
Python's hash order shows.
"""

from __future__ import annotations

import itertools
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")


class HungError(Exception):
    """The job ran past its limit and its worker was ended."""


class CrashedError(Exception):
    """The worker died while it did the job."""


@dataclass(frozen=True, slots=True)
class Done(Generic[JobT, ResultT]):
    """A job with its result, or with what went wrong: exactly one of the two is set."""

    job: JobT
    result: ResultT | None
    error: Exception | None = None


@dataclass(slots=True)
class _Worker(Generic[JobT]):
    process: BaseProcess
    pipe: Connection
    job: JobT
    deadline: float


def run_jobs(
    work: Callable[[JobT], ResultT],
    jobs: Iterable[JobT],
    *,
    count: int,
    limit: float,
    first_seed: int = 1,
) -> Iterator[Done[JobT, ResultT]]:
    """Do `jobs` in `count` processes, `limit` seconds each at most; yield them as they end.

    `work` must be a function of a module. What it raises comes back as the job's error.
    """
    waiting = deque(jobs)
    workers: list[_Worker[JobT]] = []
    seeds = itertools.count(first_seed)
    try:
        while waiting or workers:
            while waiting and len(workers) < count:
                workers.append(_start(work, waiting.popleft(), limit, next(seeds)))
            for worker in _ready(workers):
                done: Done[JobT, ResultT] = _collect(worker, limit)
                if done.error is None and waiting:
                    _give(worker, waiting.popleft(), limit)
                else:
                    workers.remove(worker)
                    _stop(worker)
                yield done
    finally:
        for worker in workers:
            _stop(worker)


def _start(work: Callable[[JobT], ResultT], job: JobT, limit: float, seed: int) -> _Worker[JobT]:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(work, theirs), daemon=True)
    _with_hash_seed(process.start, seed)
    theirs.close()
    worker = _Worker(process, ours, job, 0.0)
    _give(worker, job, limit)
    return worker


def _with_hash_seed(start: Callable[[], None], seed: int) -> None:
    """A child reads its hash seed from the environment that it starts with."""
    before = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = str(seed)
    try:
        start()
    finally:
        if before is None:
            del os.environ["PYTHONHASHSEED"]
        else:
            os.environ["PYTHONHASHSEED"] = before


def _serve(work: Callable[[JobT], ResultT], pipe: Connection) -> None:
    """Do what comes through the pipe until it closes: the other end is gone, also after Ctrl-C."""
    while True:
        try:
            job = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            pipe.send(Done(job, work(job)))
        except KeyboardInterrupt:
            return
        except Exception as error:  # noqa: BLE001 what a job raises is its answer
            pipe.send(Done(job, None, RuntimeError(f"{type(error).__name__}: {error}")))


def _give(worker: _Worker[JobT], job: JobT, limit: float) -> None:
    worker.job, worker.deadline = job, time.monotonic() + limit
    worker.pipe.send(job)


def _ready(workers: list[_Worker[JobT]]) -> list[_Worker[JobT]]:
    """Wait until a worker has answered, died or run out of time."""
    soonest = min(worker.deadline for worker in workers)
    answered = wait([each.pipe for each in workers], max(0.0, soonest - time.monotonic()))
    now = time.monotonic()
    return [each for each in workers if each.pipe in answered or each.deadline <= now]


def _collect(worker: _Worker[JobT], limit: float) -> Done[JobT, ResultT]:
    if not worker.pipe.poll():
        return Done(worker.job, None, HungError(f"not done after {limit:.0f} s"))
    try:
        done: Done[JobT, ResultT] = worker.pipe.recv()
    except (EOFError, ConnectionResetError):
        worker.process.join(1)
        return Done(worker.job, None, CrashedError(f"ended with {worker.process.exitcode}"))
    return done


def _stop(worker: _Worker[JobT]) -> None:
    worker.pipe.close()
    worker.process.kill()
    worker.process.join()
