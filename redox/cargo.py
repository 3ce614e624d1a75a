"""`redox cargo`: cargo on the mirror of a workspace, and what it says said of the originals."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from redox.files import BadInputError, show_path
from redox.process import find_program, run_watched
from redox.shadow.tree import MANIFEST, find_package, find_root
from redox.shadow.workspace import Shadow, Wording, mirror
from redox.toolchain import find_program_of_cargo

EXIT_NOT_COMPILED = 101
"""What cargo ends with where a crate does not compile."""


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

_WITH_VALUE = frozenset({"--color", "--config", "-Z", "-C"})
"""Cargo's options before the command that take a value."""
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
    """What cargo is asked: its own options, the program's behind `--`, and what we look at."""

    before: tuple[str, ...]
    command: str
    options: tuple[str, ...]
    behind: tuple[str, ...]
    """`--` and what follows it."""
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
    end = rest.index("--") if "--" in rest else len(rest)
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
        is_quiet=bool({"-q", "--quiet"} & set(both)),
        colour=colours[-1] if colours else os.environ.get("CARGO_TERM_COLOR", "auto"),
    )


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


def open_shadow(manifest: str, wording: Wording) -> tuple[Shadow, Path]:
    """Bring the mirror of the workspace at hand up to date; return it and the package's folder."""
    if manifest and Path(manifest).name != MANIFEST:
        raise BadInputError(f"--manifest-path {show_path(manifest)}: must name a {MANIFEST}")
    if manifest and not Path(manifest).is_file():
        raise BadInputError(f"--manifest-path {show_path(manifest)}: there is no such file")
    package = find_package(Path(manifest).parent if manifest else Path.cwd())
    if "redox" in package.parts and package.parts[-2:] == ("target", "redox"):
        raise BadInputError(f"{show_path(package)}: is the mirror itself; go to its original")
    return mirror(find_root(package), wording), package


def require_cargo() -> str:
    """Return cargo's path; raises `BadInputError` where there is none."""
    cargo = find_program("cargo") or find_program_of_cargo("cargo")
    if cargo is None:
        raise BadInputError("cargo is not there; https://rustup.rs installs it")
    return cargo


def shadow_manifest_of(shadow: Shadow, package: Path) -> str:
    """Return the path of a package's Cargo.toml in the mirror."""
    return str(shadow.folder / package.relative_to(shadow.root) / MANIFEST)


def call_cargo(arguments: Sequence[str], wording: Wording) -> int:
    """Do what `redox cargo` is asked, and return the exit code; raises `BadInputError`."""
    call = read_call(arguments)
    shadow, package = open_shadow(call.manifest, wording)
    if show_findings(shadow):
        return EXIT_NOT_COMPILED
    cargo = Cargo(shadow, package, call)
    if call.command == "fmt":
        from redox.cargo_fmt import lay_out_crates

        return lay_out_crates(cargo)
    return cargo.run()


def show_findings(shadow: Shadow) -> bool:
    """Show what Redox itself found in the Iron; return whether an error is among it."""
    if not shadow.findings:
        return False
    from redox.render import render_diagnostics

    is_coloured = _is_coloured(os.environ.get("CARGO_TERM_COLOR", "auto"))
    for found in shadow.findings:
        shown = render_diagnostics(found.diagnostics, found.text, found.name, colour=is_coloured)
        _say(sys.stderr, shown)
    return any(one.severity == "error" for each in shadow.findings for one in each.diagnostics)


class Cargo:
    """Runs cargo on a mirror. What cargo says goes through here, piece by piece."""

    def __init__(self, shadow: Shadow, package: Path, call: Call) -> None:
        self.shadow = shadow
        self.call = call
        self.cargo = require_cargo()
        self.is_coloured = _is_coloured(call.colour)
        self.messages: list[dict[str, Any]] = []
        """The diagnostics that came, as rustc said them."""
        self.manifest = ("--manifest-path", shadow_manifest_of(shadow, package))
        """What leads cargo to the mirror."""

    def run(self) -> int:
        """Run the call, and return cargo's exit code."""
        kind = KINDS.get(self.call.command, Kind.PLAIN)
        if kind is Kind.PLAIN:
            return self.watch(self.call.words(*self.manifest), self._say_output, self.say_errors)
        if kind is Kind.COMPILE or self.call.wants_json:
            return self._compile(self.call)
        return self._run_two(kind)

    def collect(self) -> int:
        """Compile, say nothing of it, and return cargo's exit code: `messages` holds the rest."""
        words = self.call.words(*self.manifest, "--message-format=json", "--quiet")
        return self.watch(words, self._keep_messages, lambda _: None)

    def _keep_messages(self, line: str) -> None:
        message = _json(line)
        if message is not None and message["reason"] == "compiler-message":
            self.messages.append(message["message"])

    def _run_two(self, kind: Kind) -> int:
        """Compile, then run: only so are messages told from what the program prints."""
        call = self.call
        first = replace(call, behind=())
        if kind is Kind.RUN:
            first = replace(first, command="build")
        elif "--no-run" in call.options:
            return self._compile(first)
        else:
            first = replace(first, options=(*call.options, "--no-run"))
        if kind is not Kind.TEST or "--doc" not in call.options:
            code = self._compile(first)
            if code:
                return code
        second = _unquieted(call) if call.is_quiet else call
        if call.is_quiet and kind is Kind.TEST:
            second = replace(second, behind=(*(call.behind or ("--",)), "--quiet"))
        skipper = _Skipper(self.say_errors, call.is_quiet)
        output = None if kind is Kind.RUN else self._say_output
        code = self.watch(second.words(*self.manifest), output, skipper)
        skipper.finish(is_failed=bool(code))
        return code

    def _compile(self, call: Call) -> int:
        words = call.words(*self.manifest, "--message-format=json")
        return self.watch(words, self._take_messages, self.say_errors)

    def watch(
        self,
        words: Sequence[str],
        output: Callable[[str], None] | None,
        errors: Callable[[str], None],
    ) -> int:
        """Run cargo, hand on what it says, and return its exit code."""
        sys.stdout.flush()
        sys.stderr.flush()
        return run_watched(
            [self.cargo, *words],
            output=None if output is None else _Lines(output, output != self._say_output),
            errors=_Lines(errors),
            environment=self._environment(),
        )

    def _environment(self) -> Mapping[str, str]:
        """Return what makes cargo build where it would without us, in the colours wanted."""
        colour = {"CARGO_TERM_COLOR": "always" if self.is_coloured else "never"}
        if os.environ.get("CARGO_TARGET_DIR") or take(self.call.options, "--target-dir")[0]:
            return colour
        return {**colour, "CARGO_TARGET_DIR": str(self.shadow.root / "target")}

    # ---- what it says ----

    def _take_messages(self, line: str) -> None:
        """Take a line of cargo's output: a message, or what a program prints amid them."""
        message = _json(line)
        if message is None:
            self._say_output(line)
            return
        diagnostic = message.get("message") if message["reason"] == "compiler-message" else None
        if diagnostic is not None:
            self.messages.append(diagnostic)
            message["message"] = diagnostic = self._mapped(diagnostic)
        if diagnostic is not None and self.call.renders:
            _say(sys.stderr, diagnostic["rendered"])
        elif self.call.wants_json:
            found = map_paths(message, self.shadow.original, str(self.shadow.folder), self._root)
            _say(sys.stdout, json.dumps(found, separators=(",", ":"), ensure_ascii=False) + "\n")

    @property
    def _root(self) -> str:
        return str(self.shadow.root)

    def _mapped(self, message: Mapping[str, Any]) -> dict[str, Any]:
        # What says Rust in Iron is loaded only where there is something to say.
        from redox.shadow.messages import map_message
        from redox.shadow.rendering import render_message, render_short

        mapped = map_message(message, self.shadow.source_of)
        formats = set(self.call.formats)
        render = render_short if formats & {"short", "json-diagnostic-short"} else render_message
        is_ansi = "json-diagnostic-rendered-ansi" in formats
        mapped["rendered"] = render(
            mapped, colour=self.is_coloured if self.call.renders else is_ansi
        )
        return mapped

    def _say_output(self, line: str) -> None:
        _say(sys.stdout, self._text(line))

    def say_errors(self, line: str) -> None:
        """Hand on what cargo says on standard error."""
        _say(sys.stderr, self._text(line))

    def _text(self, line: str) -> str:
        """Return a line with the mirror's places in it said as the originals'."""
        if ".rs" in line:
            line = _PLACE.sub(self._place, line)
        if _NAMES.match(line):
            line = _NAME.sub(self._name, line)
        return line.replace(str(self.shadow.folder), self._root)

    def _name(self, found: re.Match[str]) -> str:
        """Return a source's name as it is in the original."""
        source = self.shadow.source_of(found[0])
        return source.name if source and source.translation else found[0]

    def _place(self, found: re.Match[str]) -> str:
        """Return the place that a panic or backtrace names, in the original."""
        # A backtrace says paths from where the program runs.
        name = found["name"].rpartition("target/redox/")[2]
        source = self.shadow.source_of(name)
        if source is None or source.translation is None:
            return found[0]
        line, column = int(found["line"]), found["column"]
        if column is None:
            return f"{source.name}:{line}"
        is_trace = found.string.lstrip().startswith("at ")
        byte = source.byte_of(line, int(column), in_cells=not is_trace)
        if byte is None:
            return found[0]
        line, where, _ = source.place(source.span(byte, byte).start)
        return f"{source.name}:{line}:{where}"


_NAMES = re.compile(r"(?:\x1b\[[\d;]*m|\s)*(?:Running|test|----)")
"""A line that may name a source without a place in it: `test src/lib.rs - f (line 1)`."""
_NAME = re.compile(r"[^\s:'\"`(]+\.rs\b(?!:)")
_PLACE = re.compile(r"(?P<name>[^\s:'\"`(]+\.rs):(?P<line>\d+)(?::(?P<column>\d+))?")


class _Lines:
    """Cuts bytes into lines. What is no whole line yet goes on where a word has ended in it.

    A question that a program asks ends without a line's end, and must be seen.
    """

    def __init__(self, take: Callable[[str], None], are_whole: bool = False) -> None:
        self._take = take
        self._are_whole = are_whole
        self._rest = b""

    def __call__(self, data: bytes) -> None:
        if not data and self._rest:
            self._take(self._rest.decode("utf-8", "surrogateescape"))
            self._rest = b""
            return
        data = self._rest + data
        whole, newline, rest = data.rpartition(b"\n")
        for line in whole.split(b"\n") if newline else ():
            self._take(line.decode("utf-8", "surrogateescape") + "\n")
        if rest.endswith((b" ", b"\t")) and not self._are_whole:
            self._take(rest.decode("utf-8", "surrogateescape"))
            rest = b""
        self._rest = rest


class _Skipper:
    """Passes over what cargo says again of what it has compiled, up to where the program starts."""

    def __init__(self, take: Callable[[str], None], is_quiet: bool) -> None:
        self._take = take
        self._is_quiet = is_quiet
        self._skipped: list[str] | None = []

    def __call__(self, line: str) -> None:
        is_start = _STARTS.match(line) is not None
        if self._skipped is not None and not is_start:
            self._skipped.append(line)
            return
        self._skipped = None
        if not (is_start and self._is_quiet):
            self._take(line)

    def finish(self, *, is_failed: bool) -> None:
        """Tell what was passed over, where nothing has started and that is why it failed."""
        for line in self._skipped or () if is_failed else ():
            self._take(line)


_STARTS = re.compile(r"(?:\x1b\[[\d;]*m)*\s*(?:\x1b\[[\d;]*m)*(?:Running|Doc-tests)\b")


def map_paths(value: Any, original: Callable[[str], str], mirror: str, root: str) -> Any:
    """Return cargo's JSON with the mirror's paths said as the originals'."""
    if isinstance(value, dict):
        return {key: map_paths(one, original, mirror, root) for key, one in value.items()}
    if isinstance(value, list):
        return [map_paths(one, original, mirror, root) for one in value]
    if not isinstance(value, str) or mirror not in value:
        return value
    return original(value) if value.startswith(mirror) else value.replace(mirror, root)


def _unquieted(call: Call) -> Call:
    quiet = {"-q", "--quiet"}
    before = tuple(one for one in call.before if one not in quiet)
    options = tuple(one for one in call.options if one not in quiet)
    return replace(call, before=before, options=options)


def _json(line: str) -> dict[str, Any] | None:
    """Return a message of cargo's, or None for a line that is something else."""
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "reason" in found else None


def _say(stream: Any, text: str) -> None:
    """Write text whose bytes may be any."""
    stream.flush()
    data = text.encode("utf-8", "surrogateescape")
    binary = getattr(stream, "buffer", None)
    if binary is None:
        stream.write(data.decode("utf-8", "replace"))
    else:
        binary.write(data)
        binary.flush()


def _is_coloured(wanted: str) -> bool:
    if wanted in ("always", "never"):
        return wanted == "always"
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")


def applicable(message: Mapping[str, Any]) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Yield the suggestions of a diagnostic that rustc says are right as they are."""
    for child in message.get("children", ()):
        spans = child["spans"]
        if spans and all(one["suggestion_applicability"] == "MachineApplicable" for one in spans):
            yield spans
