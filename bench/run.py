"""Measure Redox and write `docs/performance.md`: `make bench`.

Throughput is in CPU seconds, user and system, of a whole process that does nothing else. All rows
of a table come from one run; the ratios are what is worth comparing between machines.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import bridge
import checking
import extension
import guarding
from latency import server_page
from work import p99, text_of_size

import redox
import redox.machine
from redox.keywords import KEYWORDS

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "performance.md"
SIZES_MB = (1, 3, 10, 30, 100)
KEYSTROKES = 1000
LINES = 10_000
VISIBLE_LINES = 60
PARTS = {"bridge": bridge, "checking": checking, "extension": extension, "guarding": guarding}
"""What can be measured alone."""
# Formats each file once and computes no diff. Plain `rustfmt --check FILES` formats a file again
# for every file that declares it as a module, and its diff of a large file takes gigabytes.
RUSTFMT_ONCE = ("--emit", "stdout", "--config", "skip_children=true", "--unstable-features")
RUSTFMT_CHECK = ("--check",)


@dataclass(frozen=True, slots=True)
class Used:
    """What a process used: CPU seconds (user, system) and its largest memory in bytes."""

    user: float
    system: float
    memory: int
    output: str = ""

    @property
    def seconds(self) -> float:
        """CPU seconds in all."""
        return self.user + self.system


def main() -> None:
    """Measure what the arguments choose, and write the page."""
    # As it is once installed: what is imported was compiled when it was imported first.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    arguments = _arguments()
    if arguments.only:
        part = PARTS[arguments.only]
        section = "\n".join(part.page())
        PAGE.write_text(_with_section(PAGE.read_text(), part.HEADING, section))
        return
    sources = sorted(path for path in arguments.sources.rglob("*.rs") if path.is_file())
    if not sources:
        sys.exit(f"{arguments.sources}: no .rs file there; Debian's package rust-src brings them")
    with tempfile.TemporaryDirectory(prefix="redox-bench-") as name:
        folder = Path(name)
        listing = folder / "rust.txt"
        listing.write_text("".join(f"{path}\n" for path in sources))
        parts = [
            _head(arguments.sources),
            *_throughput(folder, listing, arguments.sources, sources, arguments.repeat),
            # First what starts processes: a child's largest memory is at least ours when it starts.
            *_growth(listing, arguments.sizes),
            *_keystrokes(sources),
            *server_page(_iron_lines(sources)),
            *bridge.page(),
            *checking.page(),
            *extension.page(),
            *guarding.page(),
            *_start(),
        ]
    page = "\n".join(parts)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page)
    print(page)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=Path, default=_library(), help="a folder of Rust")
    parser.add_argument("--repeat", type=int, default=2, help="runs of each; the best one counts")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES_MB, help="in megabytes")
    parser.add_argument(
        "--only", choices=PARTS, help="measure one part alone, in the page that is there"
    )
    return parser.parse_args()


def _with_section(page: str, heading: str, section: str) -> str:
    """Return the page with a section put in its place, before the last if it has none."""
    pattern = rf"^{heading}\n.*?(?=^## )" if f"{heading}\n" in page else r"(?=^## Start$)"
    return re.sub(pattern, lambda _: f"{section}\n", page, count=1, flags=re.MULTILINE | re.DOTALL)


def _library() -> Path:
    found = sorted(Path("/usr/src").glob("rustc-*/library"))
    return found[-1] if found else Path("/usr/src")


def _head(sources: Path) -> str:
    compiled = "compiled" if Path(redox.machine.__file__).suffix != ".py" else "pure"
    return f"""# Performance

<!-- Written by `make bench` (bench/run.py). Do not edit. -->

Redox {redox.__version__} ({compiled} Python core), Python {platform.python_version()}, \
sources `{sources}`. Times are CPU seconds, user and system together, unless said otherwise.
"""


def _throughput(
    folder: Path, listing: Path, sources: Path, files: Sequence[Path], repeat: int
) -> Iterator[str]:
    size = sum(path.stat().st_size for path in files)
    iron, rust, said = folder / "iron", folder / "rust", folder / "iron.txt"
    ours: dict[str, Callable[[], Used]] = {
        "`redox reduce`": lambda: _redox("reduce", sources, iron),
        "`redox oxidize`": lambda: _redox("oxidize", iron, rust),
        "`redox.reduce`, thrown away": lambda: _work("reduce", str(listing)),
        "`redox.oxidize`, thrown away": lambda: _work("oxidize", str(said)),
    }
    _redox("reduce", sources, iron)
    said.write_text("".join(f"{path}\n" for path in sorted(iron.rglob("*.iron"))))
    rows = {name: _best(repeat, run) for name, run in ours.items()} | {
        "tree-sitter-rust, parsing": _best(repeat, lambda: _work("parse", str(listing))),
        "only reading the files": _best(repeat, lambda: _work("read", str(listing))),
    }
    ratios: dict[str, float] = {}
    if rustfmt := shutil.which("rustfmt"):

        def once() -> Used:
            return _rustfmt(rustfmt, RUSTFMT_ONCE, files)

        rows[ONCE] = _best(repeat, once)
        rows["`rustfmt --check`, as it comes"] = _rustfmt(rustfmt, RUSTFMT_CHECK, files)
        ratios = {name: rows[ONCE].seconds / used.seconds for name, used in rows.items()}
        ratios |= {name: _beside(run, once) for name, run in ours.items()}
    yield f"""## Throughput

{len(files)} files, {size / 1e6:.1f} MB of Rust, one process each, the best of {repeat} runs. \
`redox` reads all files and writes as many, each atomically; what the others make is thrown away. \
`oxidize` reads the Iron of the same files, and its megabytes are those of the Rust.

| | user s | system s | MB/s | of rustfmt |
|---|--:|--:|--:|--:|"""
    for name, used in rows.items():
        ratio = f"{ratios[name]:.2f}" if ratios else ""
        speed = size / 1e6 / used.seconds
        yield f"| {name} | {used.user:.2f} | {used.system:.2f} | {speed:.2f} | {ratio} |"
    yield f"""
rustfmt is nightly's with `{" ".join(RUSTFMT_ONCE)}`, its output thrown away, so that it formats \
each file once. As it comes, `rustfmt --check` formats a file again for each file that declares \
it as a module, and its diffs of large files take gigabytes, which shows as system time. What the \
four rows of Redox have of it is measured apart, both at once on one core, so that what else the \
machine does slows both alike.
"""


ONCE = "rustfmt, each file once"


def _redox(command: str, sources: Path, target: Path) -> Used:
    """Translate a folder; exit code 1 tells of findings in it."""
    return _run([sys.executable, "-m", "redox", command, str(sources), "-o", str(target)], most=1)


def _rustfmt(rustfmt: str, flags: Sequence[str], files: Sequence[Path]) -> Used:
    with tempfile.TemporaryDirectory() as folder:
        command = [rustfmt, "--edition", "2021", *flags, *map(str, files)]
        return _run(command, folder=folder, environment={"RUSTUP_TOOLCHAIN": "nightly"})


def _beside(ours: Callable[[], Used], theirs: Callable[[], Used]) -> float:
    """Return how many times the CPU seconds of ours theirs take, both at once on one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})  # what we start inherits it
    try:
        with ThreadPoolExecutor(1) as thread:
            mine = thread.submit(ours)
            found = [theirs().seconds]
            while not mine.done():
                found.append(theirs().seconds)
    finally:
        os.sched_setaffinity(0, cores)
    # The last had the core to itself for a while.
    return statistics.mean(found[:-1] or found) / mine.result().seconds


def _keystrokes(sources: Sequence[Path]) -> Iterator[str]:
    """Type into a document: keys inside words, and keys that change what a line ends in."""
    iron = _iron_lines(sources)
    document = redox.Document(iron)
    start = time.perf_counter()
    redox.oxidize(iron)
    whole = 1000 * (time.perf_counter() - start)
    chance = random.Random(1)
    phrases = redox.load_phrasebook().words | KEYWORDS.keys()
    names = [m.start() + 1 for m in re.finditer(r"[a-z_]{2,}", iron) if m[0] not in phrases]
    ends = [m for m in range(len(iron)) if iron[m] == "\n"]
    quotes, openers = chance.choices(ends, k=50), chance.choices(ends, k=50)
    rows = {
        "a letter in a name": _type(document, chance.choices(names, k=KEYSTROKES // 2), "x"),
        "a quote at a line's end, visible lines": _type(document, quotes, '"', VISIBLE_LINES),
        "a quote at a line's end, all lines": _type(document, quotes, '"'),
        "an opener at a line's end, visible lines": _type(
            document, openers, " begin", VISIBLE_LINES
        ),
        "an opener at a line's end, all lines": _type(document, openers, " begin"),
    }
    yield f"""## Keystrokes

`Document.edit` in a file of {LINES:,} lines, wall milliseconds; each key is typed at a random \
place and taken back, and both count. A letter in a name leaves what its line ends in as it was; a \
quote or an opener may change all that follows: {VISIBLE_LINES} lines are done at once, the rest \
between later keys. A full `oxidize` of the file takes {whole:.0f} ms.

| key | keys | median | p99 | longest |
|---|--:|--:|--:|--:|"""
    for name, times in rows.items():
        row = f"{statistics.median(times):.2f} | {p99(times):.2f} | {max(times):.2f}"
        yield f"| {name} | {len(times)} | {row} |"
    yield ""


def _iron_lines(sources: Sequence[Path]) -> str:
    """The first lines of Iron made of ordinary files."""
    return "".join(redox.reduce(_some_rust(sources)).text.splitlines(keepends=True)[:LINES])


def _some_rust(sources: Sequence[Path]) -> str:
    """Files of ordinary size, until there are more lines than are wanted."""
    ordinary = [path for path in sources if 8_000 < path.stat().st_size < 60_000]
    chosen = random.Random(1).sample(ordinary, k=min(60, len(ordinary)))
    return text_of_size(chosen, 60 * LINES)


def _type(
    document: redox.Document, places: Sequence[int], key: str, budget: int | None = None
) -> list[float]:
    """Type a key at each place and take it back; return the milliseconds of each edit."""
    times = []
    for place in places:
        for start, end, text in ((place, place, key), (place, place + len(key), "")):
            before = time.perf_counter()
            document.edit(start, end, text, budget)
            times.append(1000 * (time.perf_counter() - before))
        document.settle()
    return times


def _growth(listing: Path, sizes: Sequence[int]) -> Iterator[str]:
    yield """## Growth

One text made of many files, a process for each row. Memory is the process's largest.

| MB of Rust | reduce s | MB/s | memory MB | oxidize s | MB/s | memory MB |
|--:|--:|--:|--:|--:|--:|--:|"""
    for size in sizes:
        cells = [str(size)]
        for direction in ("reduce", "oxidize"):
            used = _work("grow", direction, str(listing), str(size * 1_000_000))
            seconds = float(used.output)
            cells += [f"{seconds:.2f}", f"{size / seconds:.2f}", f"{used.memory / 1e6:.0f}"]
        yield f"| {' | '.join(cells)} |"
    yield """
The memory beside `oxidize` includes the `reduce` that made its input.
"""


def _start() -> Iterator[str]:
    bare = _wall([sys.executable, "-c", "pass"])
    plain = _wall([sys.executable, "-c", "import redox"])
    usage = _wall([sys.executable, "-m", "redox", "--help"])
    yield f"""## Start

Wall milliseconds, median of 15: Python alone {bare:.0f}; with `import redox` {plain:.0f}, so the \
import takes {plain - bare:.0f}; `redox --help` {usage:.0f}.
"""


def _wall(command: Sequence[str]) -> float:
    times = []
    for _ in range(15):
        before = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(1000 * (time.perf_counter() - before))
    return statistics.median(times)


def _best(repeat: int, run: Callable[[], Used]) -> Used:
    return min((run() for _ in range(repeat)), key=lambda used: used.seconds)


def _work(*arguments: str) -> Used:
    return _run([sys.executable, str(HERE / "work.py"), *arguments])


def _run(
    command: Sequence[str],
    *,
    folder: str | None = None,
    environment: dict[str, str] | None = None,
    most: int = 0,
) -> Used:
    """Run a program to its end; `most` is the highest exit code of ours that is no failure.

    rustfmt's exit code tells of files that it could not parse, and is not asked.
    """
    is_ours = command[0] == sys.executable
    with (
        tempfile.TemporaryFile() as output,
        subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdout=output if is_ours else subprocess.DEVNULL,
            stderr=None if is_ours and not most else subprocess.DEVNULL,
        ) as child,
    ):
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if is_ours and not 0 <= child.returncode <= most:
            raise subprocess.CalledProcessError(child.returncode, command)
        output.seek(0)
        said = output.read().decode()
    return Used(usage.ru_utime, usage.ru_stime, usage.ru_maxrss * 1024, said)


if __name__ == "__main__":
    main()
