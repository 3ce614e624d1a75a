"""What the benchmarks' child processes do: one job each, so that its time and memory are its own.

python bench/work.py reduce|oxidize LIST   every file that LIST names, a path a line
python bench/work.py parse LIST       the same with tree-sitter-rust
python bench/work.py read LIST        only read them: what the harness itself costs
python bench/work.py grow reduce|oxidize LIST BYTES   one text of that many bytes
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path

import redox
from redox.commands.common import without_collector
from redox.commands.translating import Translate


def main(job: str, *arguments: str) -> None:
    """Do one job; print what it measured itself."""
    JOBS[job](*arguments)


def p99(times: Sequence[float]) -> float:
    """The time that one in a hundred exceeds."""
    return statistics.quantiles(times, n=100)[98]


def paths_in(listing: str) -> list[Path]:
    """The paths that a file names, one a line."""
    return [Path(line) for line in Path(listing).read_text().splitlines()]


def read(path: Path) -> str:
    """The text of a file, line ends and all."""
    return path.read_bytes().decode()


def translate_all(translate: Translate, listing: str) -> None:
    """Translate every file in one process, as the command line does."""
    texts = [read(path) for path in paths_in(listing)]
    with without_collector():
        for text in texts:
            translate(text, None)


def parse_all(listing: str) -> None:
    """Parse every file with tree-sitter-rust."""
    import tree_sitter
    import tree_sitter_rust

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_rust.language()))
    for path in paths_in(listing):
        parser.parse(path.read_bytes())


def read_all(listing: str) -> None:
    """Read every file and do nothing with it."""
    for path in paths_in(listing):
        read(path)


def grow(direction: str, listing: str, size: str) -> None:
    """Translate one text of `size` bytes; print the CPU seconds that took."""
    rust = text_of_size(paths_in(listing), int(size))
    iron = redox.reduce(rust).text if direction == "oxidize" else ""
    start = time.process_time()
    if direction == "oxidize":
        redox.oxidize(iron)
    else:
        redox.reduce(rust)
    print(time.process_time() - start)


def text_of_size(paths: list[Path], size: int) -> str:
    """The files one after the other, again from the first if need be, whole files up to `size`."""
    parts: list[str] = []
    total = 0
    for path in cycle(paths):
        if total >= size:
            break
        parts.append(read(path))
        total += len(parts[-1])
    return "".join(parts)


JOBS: dict[str, Callable[..., None]] = {
    "reduce": partial(translate_all, redox.reduce),
    "oxidize": partial(translate_all, redox.oxidize),
    "parse": parse_all,
    "read": read_all,
    "grow": grow,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
