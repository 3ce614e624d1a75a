"""Predictions in, results out: in parallel, each content judged once, and kept for the next time.

What a reply comes to depends on the task's tests, the reply, the wording, the code that reads it,
the limits and the tools, so it is kept under a hash of all of these. What its Rust comes to is kept
too, under a hash of the same less wording and code: replies of any arm that say the same Rust cost
one judgement. A run that was broken off goes on where it was: what it judged is found again. What
the machine is to blame for is not kept.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from fcntl import LOCK_EX, flock
from functools import lru_cache
from pathlib import Path
from typing import Any

import redox
from redox.files import BadInputError, read_text, write_text
from redox.progress import track
from redox.workers import Done, run_jobs
from redox_eval.arms import Arm, render, wording_hash
from redox_eval.judging import Bench, judge
from redox_eval.records import FORMAT_VERSION, Outcome, Prediction, Result, Task, digest
from redox_eval.replies import extract_code
from redox_eval.rusttext import defines
from redox_eval.suites import Suite, SuiteError, read_suite
from redox_eval.wordings import Rendered

MARGIN_SECONDS = 120.0
"""What a worker gets beyond the limits of its programs before it counts as hung."""


SLACK = 5
"""A step may take so many times what it takes of the reference, where that is above its limit."""


@dataclass(frozen=True, slots=True)
class Job:
    """One content to judge; `reference` is the task's, for its time."""

    key: str
    reply: str
    function: str | None
    edition: str
    suite: Suite
    reference: str | None
    arm: Arm
    bench: Bench
    known: Path
    """Where verdicts on Rust are, for all workers."""
    cache: Path | None = None
    """Where they are kept for later, too."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What is known of a content; the fields are those of `Result` that depend on nothing else."""

    outcome: Outcome
    lenient: Outcome
    transformed: bool | None = None
    compiled: bool | None = None
    codes: tuple[str, ...] = ()
    detail: str = ""
    tests: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """How to score. `cache` is None if nothing is to be kept; `is_fresh` judges everything anew."""

    bench: Bench
    arms: Mapping[str, Arm]
    jobs: int
    cache: Path | None = None
    is_fresh: bool = False


def score(
    tasks: Sequence[Task], predictions: Sequence[Prediction], plan: Plan
) -> tuple[list[Result], list[str]]:
    """Return a result for each prediction, in order, and what is wrong with tasks or predictions.

    Raises `BadInputError` for an arm that is not known.
    """
    for prediction in predictions:
        if prediction.arm not in plan.arms:
            known = ", ".join(plan.arms)
            raise BadInputError(
                f"the arm {prediction.arm[:64]!a} is not known: there are {known};"
                " more with --arm NAME=PHRASEBOOK"
            )
    by_id = {task.id: task for task in tasks}
    suites, problems = _suites([by_id[one.id] for one in predictions if one.id in by_id])
    missing = dict.fromkeys(one.id for one in predictions if one.id not in by_id)
    problems += [f"{_shown(name)}: there are predictions, but no such task" for name in missing]
    jobs = {
        one.key: _job(one, by_id[one.id], suites[one.id], plan)
        for one in predictions
        if one.id in suites
    }
    scored = _score_contents({job.key: job for job in jobs.values()}, plan)
    results = [
        _result(
            one, by_id.get(one.id), scored[jobs[one.key].key] if one.key in jobs else None, plan
        )
        for one in predictions
    ]
    return results, problems


def judge_reply(job: Job) -> Scored:
    """Judge one reply, from its text to its tests."""
    extracted = extract_code(job.reply, lambda block: _defines(block, job))
    if extracted.code is None:
        return Scored(Outcome.MALFORMED, Outcome.MALFORMED, detail=extracted.problem)
    rendered = render(extracted.code, job.arm)
    if rendered.faults:
        codes = tuple(sorted({code for code, _ in rendered.faults}))
        detail = rendered.faults[0][1].partition("\n")[0]
        error = Outcome.TRANSFORM_ERROR
        scored = Scored(error, error, transformed=False, codes=codes, detail=detail)
    else:
        scored = _once(rendered.rust, job)
    return _in_its_arm(scored, rendered)


def _once(rust: str, job: Job) -> Scored:
    """Judge Rust, unless another reply has said it; where a worker is at it, wait for that one."""
    key = _rust_key(rust, job)
    with (job.bench.folder / f"{key}.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        known = next(_cached([key], job.known), None)
        if known is not None:
            return known[1]
        scored = _judge_rust(rust, job)
        # Whoever collects the verdicts keeps them in the same place, and says what is wrong there.
        for place in {job.known, job.cache}:
            with suppress(BadInputError):
                _keep(key, scored, place)
        return scored


def _judge_rust(rust: str, job: Job) -> Scored:
    verdict = judge(rust, job.suite, job.edition, job.bench)
    if verdict.outcome is Outcome.TIMEOUT and job.reference is not None:
        # Asked only now: the limits are far above what nearly every reference takes.
        patient = _patient(job.reference, job.suite, job.edition, job.bench)
        if patient != job.bench:
            verdict = judge(rust, job.suite, job.edition, patient)
    return Scored(
        outcome=verdict.outcome,
        lenient=verdict.outcome,
        transformed=True,
        compiled=verdict.compiled,
        codes=verdict.codes,
        detail=verdict.detail,
        tests=verdict.tests,
        seconds=verdict.seconds,
    )


def _in_its_arm(scored: Scored, rendered: Rendered) -> Scored:
    """Return what is known of a reply's Rust as what is known of the reply."""
    if rendered.is_own_language or scored.outcome is Outcome.INFRASTRUCTURE:
        return scored
    detail = f"{rendered.detail}; else: {scored.detail}" if scored.detail else rendered.detail
    return replace(scored, outcome=Outcome.NOT_ARM_LANGUAGE, detail=detail)


@lru_cache(maxsize=64)
def _patient(reference: str, suite: Suite, edition: str, bench: Bench) -> Bench:
    """Return a bench whose limits of time are `SLACK` times what the reference takes, if that is
    more than they are.
    """
    longest = _scaled(bench, SLACK, SLACK)
    took = judge(reference, suite, edition, longest).seconds
    compiling = max((took.get(step, 0.0) for step in ("compile", "compile_tests")), default=0.0)
    return _scaled(
        bench,
        max(1.0, SLACK * compiling / bench.compile_limits.cpu_seconds),
        max(1.0, SLACK * took.get("run", 0.0) / bench.run_limits.cpu_seconds),
    )


def _scaled(bench: Bench, compiling: float, running: float) -> Bench:
    return replace(
        bench,
        compile_limits=bench.compile_limits.scaled(compiling),
        run_limits=bench.run_limits.scaled(running),
    )


def _defines(block: str, job: Job) -> bool:
    """Tell whether a block defines the function that the task asks for, in whichever words."""
    return defines(render(block, job.arm).rust, job.function)


def _suites(tasks: Iterable[Task]) -> tuple[dict[str, Suite], list[str]]:
    suites: dict[str, Suite] = {}
    problems: dict[str, str] = {}
    for task in tasks:
        if task.id in suites or task.id in problems:
            continue
        try:
            suites[task.id] = read_suite(task.tests)
        except SuiteError as error:
            problems[task.id] = f"{_shown(task.id)}: {error}"
    return suites, list(problems.values())


def _job(prediction: Prediction, task: Task, suite: Suite, plan: Plan) -> Job:
    arm, bench = plan.arms[prediction.arm], plan.bench
    key = digest(
        str(FORMAT_VERSION),
        *_versions(arm, bench).values(),
        _limits(bench),
        str(arm.is_rust),
        task.function or "",
        task.edition,
        task.tests,
        task.reference or "",
        prediction.prediction,
    )
    return Job(
        key,
        prediction.prediction,
        task.function,
        task.edition,
        suite,
        task.reference,
        arm,
        bench,
        bench.folder / "judged" if plan.is_fresh or plan.cache is None else plan.cache,
        plan.cache,
    )


def _rust_key(rust: str, job: Job) -> str:
    bench = job.bench
    tools = (str(FORMAT_VERSION), bench.toolchain.version, str(bench.isolation), _limits(bench))
    tests = json.dumps([asdict(test) for test in job.suite.tests])
    return digest("rust", *tools, job.suite.text, tests, job.edition, job.reference or "", rust)


def _limits(bench: Bench) -> str:
    return json.dumps([asdict(bench.compile_limits), asdict(bench.run_limits)])


def _score_contents(jobs: Mapping[str, Job], plan: Plan) -> dict[str, Scored]:
    """Judge each content once, those that a cache knows not at all."""
    known = {} if plan.is_fresh or plan.cache is None else dict(_cached(jobs, plan.cache))
    # One arm after another: the Rust that an earlier one said is known when a later one says it.
    names = list(plan.arms.values())
    waiting = [job for key, job in jobs.items() if key not in known]
    waiting.sort(key=lambda job: names.index(job.arm))
    failed = []
    for done in _run(waiting, plan.jobs):
        scored = _of_done(done)
        known[done.job.key] = scored
        _keep(done.job.key, scored, plan.cache)
        if scored.outcome is Outcome.INFRASTRUCTURE:
            failed.append(done.job)
    # A machine that was short of something is asked once more, one thing after another.
    for done in _run(failed, 1):
        known[done.job.key] = _of_done(done)
        _keep(done.job.key, known[done.job.key], plan.cache)
    return known


def _run(jobs: Sequence[Job], count: int) -> Iterator[Done[Job, Scored]]:
    if not jobs:
        return
    limits = (jobs[0].bench.compile_limits, jobs[0].bench.run_limits)
    once = 2 * limits[0].wall_seconds + limits[1].wall_seconds
    # At worst a reply is judged, then the reference, then the reply again, both with patience; and
    # another worker has just begun to do the same.
    limit = 2 * (1 + 2 * SLACK) * once + MARGIN_SECONDS
    running = run_jobs(judge_reply, jobs, count=count, limit=limit)
    try:
        for _, done in zip(track(range(len(jobs)), "scoring"), running, strict=False):
            yield done
    finally:
        running.close()  # type: ignore[attr-defined]  # it is a generator: end its workers now


def _of_done(done: Done[Job, Scored]) -> Scored:
    if done.result is not None:
        return done.result
    return Scored(Outcome.INFRASTRUCTURE, Outcome.INFRASTRUCTURE, detail=str(done.error))


def _result(prediction: Prediction, task: Task | None, scored: Scored | None, plan: Plan) -> Result:
    if scored is None:
        why = "there is no such task" if task is None else "its tests can't be used"
        scored = Scored(Outcome.INFRASTRUCTURE, Outcome.INFRASTRUCTURE, detail=why)
    return Result(
        id=prediction.id,
        arm=prediction.arm,
        seed=prediction.seed,
        sample=prediction.sample,
        family=task.family if task else "",
        outcome=scored.outcome,
        lenient=scored.lenient,
        transformed=scored.transformed,
        compiled=scored.compiled,
        codes=scored.codes,
        detail=scored.detail,
        tests=scored.tests,
        seconds={step: round(value, 3) for step, value in scored.seconds.items()},
        versions=_versions(plan.arms[prediction.arm], plan.bench),
        extra={**_task_fields(task), **prediction.extra},
    )


KEPT_OF_TASK = ("template", "split", "level", "caution")
"""Fields of a task that tables group by, kept in its results."""


def _task_fields(task: Task | None) -> dict[str, Any]:
    return {name: task.extra[name] for name in KEPT_OF_TASK if task and name in task.extra}


def _versions(arm: Arm, bench: Bench) -> dict[str, str]:
    return {
        "redox": f"{redox.__version__}+{_code_hash()}",
        "phrasebook": wording_hash(arm),
        "rustc": bench.toolchain.version,
        "isolation": str(bench.isolation),
    }


@lru_cache(maxsize=1)
def _code_hash() -> str:
    """Return a hash of the code that reads Iron, which may change under one version."""
    files = sorted(Path(redox.__file__).parent.glob("*.py"))
    return digest(*(read_text(file) for file in files))[:12]


def _cached(keys: Iterable[str], cache: Path) -> Iterator[tuple[str, Scored]]:
    for key in keys:
        place = _place(key, cache)
        if place.is_file() and (scored := _read_kept(place)) is not None:
            yield key, scored


def _read_kept(place: Path) -> Scored | None:
    """Read a verdict that was kept; one that can't be read is judged again."""
    try:
        row = json.loads(read_text(place))
        return Scored(
            **{
                **row,
                "outcome": Outcome(row["outcome"]),
                "lenient": Outcome(row["lenient"]),
                "codes": tuple(row["codes"]),
            }
        )
    except (BadInputError, ValueError, TypeError, KeyError):
        return None


def _keep(key: str, scored: Scored, cache: Path | None) -> None:
    if cache is not None and scored.outcome is not Outcome.INFRASTRUCTURE:
        write_text(_place(key, cache), json.dumps(asdict(scored), ensure_ascii=True) + "\n")


def _place(key: str, cache: Path) -> Path:
    return cache / key[:2] / f"{key[2:]}.json"


def default_cache() -> Path:
    """Return where verdicts are kept if nothing else is said."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(home, "redox", "eval")


@contextmanager
def workplace() -> Iterator[Path]:
    """Give a folder for all boxes; it goes at the end with whatever a killed worker left in it."""
    place = Path(tempfile.mkdtemp(prefix="redox-eval-"))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _shown(name: str) -> str:
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in name)[:100]
