"""Whether Rust's own parser takes a text: law L2 asks nothing of what it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from redox.process import empty_folder, find_program, run_program

EDITIONS = ("2021", "2015", "2018", "2024")
_NIGHTLY = {"RUSTUP_TOOLCHAIN": "nightly"}
_HEADER = re.compile(r"//@?\s*(?:compile-flags:.*--edition[= ]?|edition:\s*)(20\d\d|2015)")


def is_parsed(rust: str) -> bool | None:
    """Tell whether nightly rustc parses `rust` in any edition; `None` where there is no nightly.

    `-Z parse-crate-root-only` stops after the parser: no module file is opened, no macro expanded.
    """
    rustc = nightly_rustc()
    if rustc is None:
        return None
    try:
        source = rust.encode()
    except UnicodeEncodeError:
        return False
    with empty_folder() as folder:
        for edition in _editions(rust):
            command = [rustc, "-Z", "parse-crate-root-only", "--edition", edition, "-"]
            done = run_program(
                command, folder=folder, stdin=source, environment=_NIGHTLY, timeout=60.0
            )
            if done.code == 0:
                return True
    return False


@cache
def nightly_rustc() -> str | None:
    """The rustc that, with rustup's nightly chosen, takes `-Z` options; `None` if there is none."""
    rustc = find_program("rustc")
    if rustc is None:
        return None
    with empty_folder() as folder:
        done = run_program([rustc, "--version"], folder=folder, environment=_NIGHTLY, timeout=60.0)
    return rustc if done.code == 0 and "nightly" in done.output else None


def _editions(rust: str) -> Iterator[str]:
    """The edition that the compiler's tests name in a comment comes first."""
    header = _HEADER.search(rust, 0, 4000)
    named = header[1] if header else EDITIONS[0]
    yield named
    yield from (edition for edition in EDITIONS if edition != named)
