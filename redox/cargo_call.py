"""What `redox cargo` is asked: cargo's words, read as far as we have to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from redox.files import BadInputError


class Kind(Enum):
    """How a command of cargo's is run."""

    COMPILE = "compiles, and says what rustc finds"
    RUN = "compiles, then runs a program"
    TEST = "compiles, then runs tests"
    PLAIN = "compiles nothing"


KINDS = {
    **dict.fromkeys(("check", "c", "build", "b", "clippy", "doc", "d", "rustc"), Kind.COMPILE),
    **dict.fromkeys(("run", "r"), Kind.RUN),
    **dict.fromkeys(("test", "t", "bench"), Kind.TEST),
    **dict.fromkeys(
        ("tree", "metadata", "clean", "fetch", "update", "pkgid", "generate-lockfile", "vendor"),
        Kind.PLAIN,
    ),
}
REFUSED = {
    "new": "`redox new` makes a crate of Iron",
    "init": "`redox new` makes a crate of Iron",
    "fix": "`redox fix` mends Iron",
    **dict.fromkeys(
        ("add", "remove", "rm"), "it would edit the mirror's Cargo.toml; edit your own by hand"
    ),
    **dict.fromkeys(
        ("publish", "package", "install"),
        "others build a crate with cargo alone: hand out its Rust, `redox oxidize SRC -o DIR`",
    ),
}
"""Commands that would not do on the mirror what they do elsewhere, and what does."""

_WITH_VALUE = frozenset(
    (
        *("--color", "--config", "-Z", "-C", "--manifest-path", "--message-format", "--profile"),
        *("-p", "--package", "--exclude", "-F", "--features", "-j", "--jobs", "--lockfile-path"),
        *("--bin", "--example", "--test", "--bench", "--target", "--target-dir"),
    )
)
"""Cargo's options that take a value as the next word."""
_QUIET = re.compile(r"-([^-pjFZC]*)q(.*)")
"""Letters that tell cargo to be quiet, among others; none before takes the rest as its value."""
FORMATS = (
    "human",
    "short",
    "json",
    "json-diagnostic-short",
    "json-diagnostic-rendered-ansi",
    "json-render-diagnostics",
)


@dataclass(frozen=True, slots=True)
class Call:
    """What cargo is asked: its own options, the program's behind them, and what we look at."""

    before: tuple[str, ...]
    command: str
    options: tuple[str, ...]
    behind: tuple[str, ...]
    """What is not cargo's own: `--` and what follows it, or a program's arguments without it."""
    manifest: str = ""
    formats: tuple[str, ...] = ()
    is_quiet: bool = False
    colour: str = "auto"

    @property
    def wants_json(self) -> bool:
        """Whether cargo's messages are wanted as JSON."""
        return any(one.startswith("json") for one in self.formats)

    @property
    def renders(self) -> bool:
        """Whether diagnostics are to be shown rather than handed on."""
        return not self.wants_json or "json-render-diagnostics" in self.formats

    @property
    def kind(self) -> Kind:
        """How the command is run."""
        return KINDS.get(self.command, Kind.PLAIN)

    def words(self, *more: str) -> list[str]:
        """Return the call as cargo takes it, with more options."""
        return [*self.before, self.command, *more, *self.options, *self.behind]


def read_call(arguments: Sequence[str]) -> Call:
    """Read the words behind `redox cargo`; raises `BadInputError` for those that we can't serve."""
    place = 0
    while place < len(arguments) and arguments[place][:1] in ("-", "+"):
        place += 2 if arguments[place] in _WITH_VALUE else 1
    if place >= len(arguments):
        raise BadInputError("which command of cargo's? As in `redox cargo check`")
    before, command, rest = arguments[:place], arguments[place], list(arguments[place + 1 :])
    if command in REFUSED:
        raise BadInputError(f"cargo {command}: {REFUSED[command]}")
    end = _end_of_options(command, rest)
    options, behind = rest[:end], rest[end:]
    if "--fix" in options:
        raise BadInputError(f"cargo {command} --fix: {REFUSED['fix']}")
    manifests, options = take(options, "--manifest-path")
    formats, options = take(options, "--message-format")
    colours, both = take([*before, *options], "--color")
    formats = [one for given in formats for one in given.split(",")]
    for one in formats:
        if one not in FORMATS:
            raise BadInputError(f"--message-format {one}: is none of {', '.join(FORMATS)}")
    return Call(
        before=tuple(before),
        command=command,
        options=tuple(options),
        behind=tuple(behind),
        manifest=manifests[-1] if manifests else "",
        formats=tuple(formats),
        is_quiet=any(unquieted(word) != word for word in both),
        colour=colours[-1] if colours else os.environ.get("CARGO_TERM_COLOR", "auto"),
    )


def groups(options: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield each option with the value that follows it; what is none stands alone."""
    place = 0
    while place < len(options):
        # Some values may be left out: `--bin` alone has cargo list them.
        end = place + 1
        if options[place] in _WITH_VALUE and end < len(options) and options[end][:1] != "-":
            end += 1
        yield tuple(options[place:end])
        place = end


def unquieted(word: str) -> str:
    """Return an option without `--quiet`, which may stand among other letters: `-rq`."""
    if word == "--quiet":
        return ""
    found = _QUIET.fullmatch(word)
    return word if found is None else f"-{found[1]}{found[2]}".removesuffix("-")


def _end_of_options(command: str, words: Sequence[str]) -> int:
    """Return where cargo's own options end: at `--`, or where `run` has a program's arguments."""
    is_run = KINDS.get(command) is Kind.RUN
    place = 0
    for group in groups(words):
        if group[0] == "--" or (is_run and group[0][:1] != "-"):
            break
        place += len(group)
    return place


def take(options: Sequence[str], name: str) -> tuple[list[str], list[str]]:
    """Return the values of an option, and the options without it."""
    values, rest = [], []
    words = iter(options)
    for word in words:
        if word == name:
            values.append(next(words, ""))
        elif word.startswith(f"{name}="):
            values.append(word.partition("=")[2])
        else:
            rest.append(word)
    return values, rest
