"""One solution in Rust, judged: compiled alone, compiled with the tests, run.

Every step is in a box. The source comes through a pipe, so that no path leads to it, and the tests
only after the solution has compiled without them. The judge that calls the tests is compiled
apart, once, and gets the nonce that a verdict needs when it runs.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unicodedata import normalize

from redox.files import BadInputError
from redox.process import empty_folder, probe_program
from redox.rustlex import Kind, RustLexError, lex
from redox.toolchain import MINIMUM_RUSTC, probe_tool
from redox_eval.programs import MEGABYTE, Ended, Limits
from redox_eval.records import Outcome
from redox_eval.sandbox import (
    Box,
    Isolation,
    find_isolation,
    inside,
    run_boxed,
    scratch_inside,
    shared_std,
    toolchain_inside,
)
from redox_eval.suites import (
    BEGUN,
    GUARD,
    GUARD_SOURCE,
    LOADER_SOURCE,
    Said,
    Suite,
    entry_source,
    read_verdicts,
)

COMPILE_LIMITS = Limits(
    cpu_seconds=30,
    wall_seconds=180.0,
    memory=4096 * MEGABYTE,
    resident=2048 * MEGABYTE,
    file_size=64 * MEGABYTE,
    processes=64,
    output=MEGABYTE,
)
RUN_LIMITS = Limits(
    cpu_seconds=10,
    wall_seconds=60.0,
    memory=1024 * MEGABYTE,
    resident=768 * MEGABYTE,
    file_size=16 * MEGABYTE,
    processes=32,
    output=MEGABYTE,
)
REFUSED = frozenset("asm export_name global_asm link_name link_section naked_asm no_mangle".split())
"""Names that reach past the language, to the linker: code before `main`, symbols of the judge's.

No task needs them, and whatever a solution calls itself, it has to spell them.
"""

CANDIDATE = "libcandidate.rlib"
LOADED = "libcandidate.so"
LINKING = "linking with"
"""How rustc's message begins where the linker refused."""

SHOWN_CODES = 20
DETAIL = 300


@dataclass(frozen=True, slots=True)
class Toolchain:
    """rustc as it was found, and the folder that holds it with its libraries."""

    version: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Bench:
    """Where judging happens: the tools, the box, the limits; guard and loader, made once."""

    toolchain: Toolchain
    isolation: Isolation
    folder: Path
    compile_limits: Limits = COMPILE_LIMITS
    run_limits: Limits = RUN_LIMITS

    @property
    def guard(self) -> Path:
        """The library of the standard macros under names that no solution can take."""
        return self.folder / f"lib{GUARD}.rlib"

    @property
    def loader(self) -> Path:
        """The program that loads a solution with its tests and has the judge run."""
        return self.folder / "loader"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a solution. `compiled` tells of it alone; None if it was not asked."""

    outcome: Outcome
    compiled: bool | None = None
    codes: tuple[str, ...] = ()
    detail: str = ""
    tests: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)


def find_toolchain() -> Toolchain:
    """Return the rustc of this machine; raises `BadInputError` if it is missing or too old."""
    rustc = probe_tool("rustc")
    oldest = ".".join(map(str, MINIMUM_RUSTC[:2]))
    if not rustc.version:
        raise BadInputError(f"rustc: {rustc.problem}; scoring needs rustc {oldest} or newer")
    if rustc.numbers < MINIMUM_RUSTC:
        raise BadInputError(f"{rustc.version} is too old: scoring needs rustc {oldest} or newer")
    answer = probe_program(rustc.path, "--print", "sysroot")
    folder = Path(answer.output.strip())
    if answer.code != 0 or not (folder / "bin" / "rustc").is_file():
        raise BadInputError(f"rustc at {rustc.path}: does not say where its libraries are")
    return Toolchain(rustc.version, folder)


def open_bench(place: Path, allow_unsandboxed: bool) -> Bench:
    """Return a bench in `place` with the toolchain and isolation found here, ready for work."""
    bench = Bench(find_toolchain(), find_isolation(allow_none=allow_unsandboxed), place)
    prepare(bench)
    return bench


def prepare(bench: Bench) -> None:
    """Compile guard and loader into the bench's folder; raises `BadInputError` if that fails."""
    with empty_folder() as folder:
        box = Box(folder, bench.toolchain.folder, has_linker=True, is_writable=True)
        place = inside(box, bench.isolation)
        wanted = (
            (GUARD_SOURCE, "lib", GUARD, bench.guard),
            (LOADER_SOURCE, "bin", "loader", bench.loader),
        )
        for source, kind, name, there in wanted:
            made = folder / there.name
            options = ["--crate-name", name, "-o", f"{place}/{made.name}", *linking_options(bench)]
            ended = run_rustc(bench, box, source, "2021", kind, *options)
            if not made.is_file():
                raise BadInputError(f"rustc does not work in the sandbox: {_first_words(ended)}")
            shutil.copyfile(made, there)
    bench.loader.chmod(0o755)


def judge(solution: str, suite: Suite, edition: str, bench: Bench) -> Verdict:
    """Compile and test a solution; what it does to the judge's own tools is its failure."""
    seconds: dict[str, float] = {}
    if words := refused_words(solution):
        detail = f"not to be used in a solution: {', '.join(words)}"
        return Verdict(Outcome.COMPILE_ERROR, False, ("refused",), detail)
    with folder_in(bench.folder) as folder:
        try:
            return _judge(solution, suite, edition, bench, folder, seconds)
        except OSError as error:
            detail = f"{error.strerror or error}"
            return Verdict(Outcome.INFRASTRUCTURE, None, (), detail, seconds=seconds)


def compile_alone(solution: str, edition: str, bench: Bench) -> list[dict[str, Any]]:
    """Compile a solution without tests; return rustc's errors, none if it compiles.

    Raises `BadInputError` if nothing can be said of it.
    """
    if words := refused_words(solution):
        return [{"message": f"not to be used in a solution: {', '.join(words)}", "spans": []}]
    try:
        with folder_in(bench.folder) as folder:
            ended = _compile_alone(solution, edition, bench, folder)
    except OSError as error:
        raise BadInputError(f"can't compile here: {error.strerror or error}") from error
    if ended.code == 0:
        return []
    errors = [one for one in said_by_rustc(ended) if one.get("level", "").startswith("error")]
    if errors:
        return errors
    refused = _refused(ended, bench, {}, compiled=False)
    if refused.outcome is Outcome.INFRASTRUCTURE:
        raise BadInputError(f"can't compile here: {refused.detail}")
    return [{"message": refused.detail, "spans": []}]


def line_of(error: Mapping[str, Any]) -> int:
    """Return the line that one of rustc's errors is of, counted from 1; 0 if it names none."""
    spans = [one for one in error.get("spans", ()) if one.get("is_primary")]
    return int(spans[0]["line_start"]) if spans else 0


def refused_words(solution: str) -> list[str]:
    """Return the names in a solution that reach past the language, as rustc reads them."""
    try:
        tokens = lex(solution)
    except RustLexError:
        return []  # rustc refuses it too
    words = {solution[one.start : one.end] for one in tokens if one.kind is Kind.WORD}
    return sorted(REFUSED & {normalize("NFC", word.removeprefix("r#")) for word in words})


def _judge(
    solution: str,
    suite: Suite,
    edition: str,
    bench: Bench,
    folder: Path,
    seconds: dict[str, float],
) -> Verdict:
    alone = _compile_alone(solution, edition, bench, folder)
    seconds["compile"] = alone.seconds
    if alone.code != 0:
        return _refused(alone, bench, seconds, compiled=False)
    box = Box(folder, bench.toolchain.folder, has_linker=True, is_writable=True)
    # No solution can take a name that is made up here.
    guard = f"{GUARD}_{secrets.token_hex(8)}"
    entry = f"{guard}_entry"
    built = _build_with_tests(solution, suite, edition, bench, box, guard, entry)
    seconds["compile_tests"] = built.seconds
    if built.code != 0:
        return _refused(built, bench, seconds, compiled=True)
    running = Box(_run_folder(bench, folder), bench.toolchain.folder)
    place = inside(running, bench.isolation)
    nonce = secrets.token_hex(16)
    ended = run_boxed(
        [f"{place}/{bench.loader.name}", f"{place}/{LOADED}", entry],
        running,
        bench.isolation,
        stdin=f"{nonce} 0 0\n".encode(),
        limits=bench.run_limits,
    )
    seconds["run"] = ended.seconds
    own_lines = solution.count("\n") + 1
    said = read_verdicts(ended.stdout, nonce, suite)
    return _tested(ended, said, suite, own_lines, bench, seconds)


def _compile_alone(solution: str, edition: str, bench: Bench, folder: Path) -> Ended:
    box = Box(folder, bench.toolchain.folder)
    out = f"metadata={scratch_inside(box, bench.isolation)}/alone.rmeta"
    options = ["--crate-name", "candidate", "--emit", out]
    return run_rustc(bench, box, solution, edition, "lib", *options)


def _build_with_tests(
    solution: str,
    suite: Suite,
    edition: str,
    bench: Bench,
    box: Box,
    guard: str,
    entry: str,
) -> Ended:
    """Compile and link one library of the solution, its tests, and the entry that the judge has.

    A library, as a solution may have a `main` of its own. Lints are off: what the solution forbids
    is its own affair, and it has compiled alone with them.
    """
    shutil.copyfile(bench.guard, box.folder / bench.guard.name)
    tests = suite.text.replace(f"::{GUARD}::", f"::{guard}::")
    source = f"{solution}\n{tests}\n{entry_source(suite, guard, entry)}"
    place = inside(box, bench.isolation)
    options = [
        *("--crate-name", "candidate", "-o", f"{place}/{LOADED}", "--cap-lints", "allow"),
        *("--extern", f"{guard}={place}/lib{GUARD}.rlib", *linking_options(bench)),
        *("-C", "link-arg=-Wl,-z,defs"),  # what is nowhere is the linker's to find, not the run's
    ]
    return run_rustc(bench, box, source, edition, "cdylib", *options)


def _run_folder(bench: Bench, folder: Path) -> Path:
    """Give a folder for the run, which is to see nothing that a compile has left but its result."""
    alone_in = folder / "run"
    alone_in.mkdir()
    (folder / LOADED).rename(alone_in / LOADED)
    os.link(bench.loader, alone_in / bench.loader.name)
    return alone_in


def candidate_options(place: str, guard: str) -> list[str]:
    """Return how a solution becomes a library; nobody optimises it again, so no bitcode is kept."""
    return [
        *("--crate-name", "candidate", "-o", f"{place}/{CANDIDATE}", "-C", "embed-bitcode=no"),
        *("--extern", f"{guard}={place}/lib{GUARD}.rlib"),
    ]


def judge_options(bench: Bench, place: str) -> list[str]:
    """Return how a judge of a library is linked."""
    return [
        *("--crate-name", "judge", "-o", f"{place}/judge", "-L", f"dependency={place}"),
        *linking_options(bench),
        *("--extern", f"candidate={place}/{CANDIDATE}"),
        *("--extern", f"{GUARD}={place}/lib{GUARD}.rlib"),
    ]


def linking_options(bench: Bench) -> list[str]:
    """Return how is linked: with a shared `std` if there is one, which is much less work.

    Symbols are left out: nobody reads them, and linking them takes a quarter of it.
    """
    shared = ["-C", "prefer-dynamic"] if shared_std(bench.toolchain.folder) else []
    return ["-C", "strip=symbols", *shared]


def run_rustc(
    bench: Bench,
    box: Box,
    source: str,
    edition: str,
    kind: str,
    *options: str,
    program: str = "rustc",
    is_quiet: bool = True,
) -> Ended:
    """Compile `source` in a box, with messages as JSON; `is_quiet` keeps warnings back."""
    quiet = ["-A", "warnings"] * is_quiet
    return run_boxed(
        rustc_command(bench, box, edition, kind, *quiet, *options, program=program),
        box,
        bench.isolation,
        stdin=source.encode("utf-8"),
        limits=bench.compile_limits,
    )


def rustc_command(
    bench: Bench,
    box: Box,
    edition: str,
    kind: str,
    *options: str,
    program: str = "rustc",
    source: str = "-",
) -> list[str]:
    """Return how rustc, or what is called like it, is called in a box."""
    toolchain = toolchain_inside(box, bench.isolation)
    return [
        *(f"{toolchain}/bin/{program}", source, "--sysroot", toolchain, "--edition", edition),
        *("--crate-type", kind, "--error-format", "json", "-C", "codegen-units=1", *options),
    ]


def _refused(
    ended: Ended, bench: Bench, seconds: Mapping[str, float], *, compiled: bool
) -> Verdict:
    """The verdict for a compile that failed, alone or with the tests."""
    if _is_out_of_time(ended, bench.compile_limits):
        return Verdict(Outcome.TIMEOUT, compiled, (), "compiling took too long", {}, seconds)
    errors = list(_errors(ended))
    codes = tuple(sorted({code for code, _ in errors}))[:SHOWN_CODES]
    if errors:
        is_linking = compiled and errors[0][1].startswith(LINKING)
        outcome = Outcome.LINK_ERROR if is_linking else Outcome.COMPILE_ERROR
        return Verdict(outcome, compiled, codes, errors[0][1], {}, seconds)
    if ended.stopped == "memory" or _signal(ended) or ended.code == 101 or _is_cut(ended, bench):
        detail = ended.stopped or _signal(ended) or "rustc broke off"
        return Verdict(Outcome.COMPILE_ERROR, compiled, ("rustc",), detail, {}, seconds)
    return Verdict(Outcome.INFRASTRUCTURE, None, (), _first_words(ended), {}, seconds)


def _tested(
    ended: Ended,
    said: Mapping[str, Said],
    suite: Suite,
    own_lines: int,
    bench: Bench,
    seconds: Mapping[str, float],
) -> Verdict:
    tests = {
        test.path: str(_test_outcome(said[test.path], own_lines))
        for test in suite.tests
        if test.path in said
    }

    def verdict(outcome: Outcome, detail: str = "") -> Verdict:
        return Verdict(outcome, True, (), detail[:DETAIL], tests, seconds)

    for test in suite.tests:
        if tests.get(test.path, Outcome.PASSED) != Outcome.PASSED:
            return verdict(Outcome(tests[test.path]), f"{test.path}: {said[test.path].detail}")
    if len(tests) == len(suite.tests):
        return verdict(Outcome.PASSED)
    if _is_out_of_time(ended, bench.run_limits):
        return verdict(Outcome.TIMEOUT, "running took too long")
    if ended.stopped or _signal(ended):
        return verdict(Outcome.PANIC, ended.stopped or _signal(ended))
    if not ended.stdout.startswith(BEGUN):  # the box failed: no program ran in it
        return Verdict(Outcome.INFRASTRUCTURE, None, (), _first_words(ended), {}, seconds)
    detail = f"ended with status {ended.code} before every test had its verdict"
    return verdict(Outcome.PANIC if tests else Outcome.NO_TEST_RAN, detail)


def _test_outcome(said: Said, own_lines: int) -> Outcome:
    """An assertion is one that the tests made; the same words from the solution are a panic."""
    if said.word == "passed":
        return Outcome.PASSED
    is_of_tests = said.line == 0 or said.line > own_lines
    is_assertion = said.word == "assertion" or said.detail.startswith("assertion")
    return Outcome.ASSERTION if is_of_tests and is_assertion else Outcome.PANIC


def said_by_rustc(ended: Ended) -> Iterator[dict[str, Any]]:
    """Yield what rustc said of the source; not what sums up, nor what the output's limit cut."""
    # Only LF ends a line: rustc's texts may hold other line ends of Unicode as they are.
    for line in ended.errors.split("\n"):
        if not line.startswith("{"):
            continue
        try:
            message: dict[str, Any] = json.loads(line)
        except ValueError:
            continue  # cut off at the output's limit
        text = str(message.get("message", ""))
        if not text.startswith("aborting due") and message.get("level") != "failure-note":
            yield message


def _errors(ended: Ended) -> Iterator[tuple[str, str]]:
    """Yield code and message of each of rustc's errors; an error without a code is "rustc"."""
    for message in said_by_rustc(ended):
        if message.get("level", "").startswith("error"):
            code = (message.get("code") or {}).get("code", "rustc")
            yield code, str(message.get("message", ""))[:DETAIL]


def _is_out_of_time(ended: Ended, limits: Limits) -> bool:
    if ended.stopped == "time" or _signal(ended) == "SIGXCPU":
        return True
    return _signal(ended) == "SIGKILL" and not ended.stopped and ended.seconds > limits.cpu_seconds


def _is_cut(ended: Ended, bench: Bench) -> bool:
    return len(ended.stderr) >= bench.compile_limits.output


def _signal(ended: Ended) -> str:
    """The signal that ended a program; a shell, and bubblewrap, say it as 128 and its number."""
    number = -ended.code if ended.code < 0 else ended.code - 128
    return signal.Signals(number).name if number in set(signal.Signals) else ""


def _first_words(ended: Ended) -> str:
    lines = ended.errors.strip().splitlines()
    return (lines[0] if lines else f"ended with status {ended.code}")[:DETAIL]


@contextmanager
def folder_in(place: Path) -> Iterator[Path]:
    """Give a new empty folder below `place` that is removed at the end."""
    with tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as name:
        yield Path(name)
