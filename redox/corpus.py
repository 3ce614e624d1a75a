"""Hold the laws against every `.rs` file below some folders, in parallel, and report what fails.

Nothing is skipped silently: a file that is not UTF-8, or that Rust's lexer refuses, is counted and
named. Of the files that fail L2, those that Rust's parser refuses are counted apart.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from redox.figures import measure
from redox.laws import LAWS, Case, Failure, Law, check_laws
from redox.parser import is_parsed
from redox.phrasebook import Phrasebook, load_phrasebook
from redox.progress import track
from redox.rustlex import RustLexError, lex
from redox.shrink import shrink
from redox.translate import oxidize, reduce
from redox.workers import Done, run_jobs

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")

SHRUNK_FAILURES = 24
"""How many failures are shrunk: the first of each law and group, which is what one looks at."""

OF_PARSED_RUST = (Law.L2, Law.L2_RENAMED, Law.L2_MIXED)
"""The laws that say nothing of text which Rust's parser refuses."""

SHRINK_SECONDS = 10.0
AGAIN_SHARE = 16
"""One file of so many is reduced a second time, in another process under another hash seed."""


class Outcome(StrEnum):
    """What became of a file. Only a `CHECKED` file was asked for every law."""

    CHECKED = "checked"
    NOT_UTF8 = "not UTF-8"
    REFUSED = "refused by Rust's lexer"
    UNREADABLE = "not readable"
    LOST = "hung or crashed"


@dataclass(frozen=True, slots=True)
class Source:
    """A file below one of the folders that were asked for."""

    path: str
    root: str
    group: str
    size: int


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker needs to check one file; the phrasebook travels as a path."""

    source: Source
    laws: tuple[Law, ...]
    seed: int
    phrasebook: str | None


@dataclass(frozen=True, slots=True)
class Checked:
    """What a worker found out about one file."""

    source: Source
    outcome: Outcome
    detail: str = ""
    failures: tuple[Failure, ...] = ()
    excused: tuple[Failure, ...] = ()
    figures: Counter[str] = field(default_factory=Counter)
    digest: str = ""
    held: tuple[Law, ...] = ()


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A failure with the few lines that still show it."""

    source: Source
    failure: Failure
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of a run."""

    paths: tuple[str, ...]
    laws: tuple[Law, ...] = tuple(LAWS)
    jobs: int = 1
    sample: Fraction = Fraction(1)
    seed: int = 0
    phrasebook: str | None = None
    limit: float = 600.0
    shrink: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a run."""

    plan: Plan
    checked: tuple[Checked, ...]
    shrunk: tuple[Shrunk, ...]
    seconds: float

    @property
    def failures(self) -> list[tuple[Source, Failure]]:
        """Every failure with its file."""
        return [(one.source, each) for one in self.checked for each in one.failures]


def run_corpus(plan: Plan) -> Report:
    """Check every file that the plan asks for."""
    start = time.monotonic()
    sources = sorted(find_rust(plan.paths, plan.sample), key=lambda each: -each.size)
    jobs = [Job(source, plan.laws, plan.seed, plan.phrasebook) for source in sources]
    checked = [_checked(done) for done in _tracked(check_file, jobs, plan, "laws")]
    checked = _ask_parser(plan, checked)
    if Law.L3 in plan.laws:
        checked = _again(plan, checked)
    checked.sort(key=lambda one: one.source.path)
    shrunk = _shrink_failures(plan, checked) if plan.shrink else ()
    return Report(plan, tuple(checked), shrunk, time.monotonic() - start)


def find_rust(paths: Iterable[str], sample: Fraction = Fraction(1)) -> Iterator[Source]:
    """Yield every `.rs` file below `paths`, or the part of them that the hash of the path chooses.

    The hash is of the path below its root, so that a sample is the same on every machine.
    """
    for root in paths:
        for path in _rust_files(root):
            below = os.path.relpath(path, root) if path != root else os.path.basename(path)
            if is_sampled(below, sample):
                top = Path(below).parts[0] if os.sep in below else "."
                yield Source(path, root, top, os.path.getsize(path))


def is_sampled(name: str, sample: Fraction) -> bool:
    """Tell whether the hash of `name` falls into the first `sample` of all hashes."""
    digest = hashlib.sha256(name.replace(os.sep, "/").encode("utf-8", "surrogateescape")).digest()
    return Fraction(int.from_bytes(digest[:4], "big"), 2**32) < sample


def check_file(job: Job) -> Checked:
    """Hold the laws against one file; a worker's job."""
    source = job.source
    try:
        data = Path(source.path).read_bytes()
        rust = data.decode()
    except OSError as error:
        return Checked(source, Outcome.UNREADABLE, str(error))
    except UnicodeDecodeError as error:
        return Checked(source, Outcome.NOT_UTF8, f"byte {error.start}")
    phrasebook = load_phrasebook(job.phrasebook)
    try:
        lex(rust)
    except RustLexError as error:
        detail, failures = str(error), tuple(check_total(rust, phrasebook))
        return Checked(source, Outcome.REFUSED, detail, failures)
    case = Case(rust, job.seed, phrasebook)
    failures = tuple(check_laws(case, job.laws))
    broken = {failure.law for failure in failures}
    if Law.L6 in broken or Law.L4 in broken:
        return Checked(source, Outcome.CHECKED, "", failures)
    figures = measure(case)
    held = tuple(law for law in job.laws if law not in broken)
    return Checked(source, Outcome.CHECKED, "", failures, (), figures, _digest(case), held)


def check_total(text: str, phrasebook: Phrasebook | None = None) -> Iterator[Failure]:
    """L6 for text that is no Rust: neither function raises."""
    for translate in (reduce, oxidize):
        try:
            translate(text, phrasebook)
        except Exception as error:  # noqa: BLE001 by L6 nothing is raised
            detail = f"{translate.__name__}: {error!r}"
            yield Failure(Law.L6, 0, 1, "no exception", type(error).__name__, detail, text)


def excuse(one: Checked) -> Checked:
    """Set apart the failures of L2 on text that Rust's parser refuses; a worker's job."""
    rust = Path(one.source.path).read_bytes().decode()
    about = [each for each in one.failures if each.law in OF_PARSED_RUST]
    excused = tuple(each for each in about if is_parsed(_rust_of(each, rust)) is False)
    kept = tuple(each for each in one.failures if each not in excused)
    return replace(one, failures=kept, excused=excused)


def _rust_of(failure: Failure, rust: str) -> str:
    """The Rust that a law was asked of: the renamed text, or the file's own."""
    return failure.text if failure.law is Law.L2_RENAMED else rust


def digest_file(job: Job) -> str:
    """The hash of a file's Iron; a worker's job."""
    rust = Path(job.source.path).read_bytes().decode()
    return _digest(Case(rust, job.seed, load_phrasebook(job.phrasebook)))


def shrink_failure(job: tuple[Job, Failure]) -> Shrunk:
    """Make a failure small; a worker's job."""
    asked, failure = job
    phrasebook = load_phrasebook(asked.phrasebook)
    # A renaming is kept as it fell out: what is shrunk is the renamed text, under plain L2.
    renamed = failure.law is Law.L2_RENAMED
    law = Law.L2 if renamed else failure.law
    text = failure.text if renamed else Path(asked.source.path).read_bytes().decode()

    def fails(part: str) -> bool:
        return _fails(law, part, asked.seed, phrasebook)

    small = shrink(text, fails, seconds=SHRINK_SECONDS) if fails(text) else text[:2000]
    return Shrunk(asked.source, replace(failure, text=""), small)


def _fails(law: Law, text: str, seed: int, phrasebook: Phrasebook) -> bool:
    """Tell whether a part of a text still fails; it must be what the law speaks of."""
    case = Case(text, seed, phrasebook)
    try:
        lex(text)
        if law is Law.L6:
            return any(each.law is Law.L6 for each in check_laws(case, tuple(LAWS)))
        if LAWS[law](case) is None:
            return False
    except RustLexError:
        return False
    except Exception:  # noqa: BLE001 what is raised breaks L6, not the law that was asked
        return False
    return law is not Law.L2 or is_parsed(text) is not False


def _rust_files(root: str) -> Iterator[str]:
    if os.path.isfile(root):
        yield root
        return
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            if name.endswith(".rs") and os.path.isfile(path):
                yield path


def _tracked(
    work: Callable[[JobT], ResultT], jobs: Sequence[JobT], plan: Plan, label: str
) -> Iterator[Done[JobT, ResultT]]:
    first_seed = 1 + len(label) * 1000  # Each stage's workers have hash seeds of their own.
    done = run_jobs(work, jobs, count=plan.jobs, limit=plan.limit, first_seed=first_seed)
    for _ in track(range(len(jobs)), label):
        yield next(done)


def _checked(done: Done[Job, Checked]) -> Checked:
    if done.result is not None:
        return done.result
    detail = str(done.error)
    failure = Failure(Law.L6, 0, 1, "an end", "none", detail)
    return Checked(done.job.source, Outcome.LOST, detail, (failure,))


def _ask_parser(plan: Plan, checked: Sequence[Checked]) -> list[Checked]:
    """Only files that fail L2 are put to rustc, so that this costs little where little fails."""
    asked = [one for one in checked if any(each.law in OF_PARSED_RUST for each in one.failures)]
    answers: dict[Source, Checked] = {}
    for done in _tracked(excuse, asked, plan, "parser"):
        answers[done.job.source] = done.result or done.job
    return [answers.get(one.source, one) for one in checked]


def _again(plan: Plan, checked: Sequence[Checked]) -> list[Checked]:
    """L3 across processes: reduce a part of the files again under other hash seeds."""
    share = Fraction(1, AGAIN_SHARE)
    asked = {one.source: one for one in checked if one.digest}
    chosen = [source for source in asked if is_sampled(f"again {source.path}", share)]
    jobs = [Job(source, plan.laws, plan.seed, plan.phrasebook) for source in chosen]
    changed: dict[Source, Checked] = {}
    for done in _tracked(digest_file, jobs, plan, "once more"):
        one = asked[done.job.source]
        if done.result != one.digest:
            detail = "another process wrote other Iron"
            failure = Failure(Law.L3, 0, 1, one.digest[:12], str(done.result)[:12], detail)
            changed[one.source] = replace(one, failures=(*one.failures, failure))
    return [changed.get(one.source, one) for one in checked]


def _shrink_failures(plan: Plan, checked: Sequence[Checked]) -> tuple[Shrunk, ...]:
    firsts: dict[tuple[str, Law], tuple[Job, Failure]] = {}
    for one in checked:
        for failure in one.failures if one.outcome is Outcome.CHECKED else ():
            job = Job(one.source, plan.laws, plan.seed, plan.phrasebook)
            firsts.setdefault((one.source.group, failure.law), (job, failure))
    jobs = list(firsts.values())[:SHRUNK_FAILURES]
    return tuple(
        done.result
        for done in _tracked(shrink_failure, jobs, plan, "shrink")
        if done.result is not None
    )


def _digest(case: Case) -> str:
    return hashlib.sha256(case.reduced.text.encode("utf-8", "surrogatepass")).hexdigest()
