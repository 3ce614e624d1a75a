"""`redox cargo`: cargo on the mirror of a workspace, and what it says said of the originals."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from redox.cargo_call import KINDS, Call, Kind, groups, read_call, take, unquieted
from redox.cargo_config import find_setting
from redox.files import BadInputError, show_path
from redox.process import find_program, run_watched
from redox.shadow.tree import MANIFEST, find_package, find_root, read_manifest
from redox.shadow.workspace import Shadow, Wording, mirror
from redox.streams import Lines, Skipper, say, wants_colour
from redox.toolchain import find_program_of_cargo

EXIT_NOT_COMPILED = 101
"""What cargo ends with where a crate does not compile."""


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
        say(sys.stderr, shown)
    return any(one.severity == "error" for each in shadow.findings for one in each.diagnostics)


class Cargo:
    """Runs cargo on a mirror. What cargo says goes through here, piece by piece."""

    def __init__(self, shadow: Shadow, package: Path, call: Call) -> None:
        self.shadow = shadow
        self.package = package
        self.call = call
        self.cargo = require_cargo()
        self.is_coloured = _is_coloured(call.colour)
        self.messages: list[dict[str, Any]] = []
        """The diagnostics that came, as rustc said them."""
        self.manifest = ("--manifest-path", shadow_manifest_of(shadow, package))
        """What leads cargo to the mirror."""

    def run(self) -> int:
        """Run the call, and return cargo's exit code."""
        if self.call.kind is Kind.PLAIN:
            return self.watch(self._words(self.call), Lines(self._say_output))
        if self.call.kind is Kind.COMPILE or self.call.wants_json:
            return self._compile(self.call)
        return self._run_two()

    def collect(self) -> int:
        """Compile, say nothing of it, and return cargo's exit code: `messages` holds the rest."""
        words = self._words(self.call, "--message-format=json", "--quiet")
        return self.watch(words, Lines(self._keep_messages, _is_message), Lines(lambda _: None))

    def _keep_messages(self, line: str) -> None:
        message = _json(line)
        if message is not None and message["reason"] == "compiler-message":
            self.messages.append(message["message"])

    def _run_two(self) -> int:
        """Compile, then run: only so are messages told from what the program prints."""
        code = self._compile(self._compiling())
        if code or "--no-run" in self.call.options:
            return code
        is_run = self.call.kind is Kind.RUN
        is_quiet = self.call.is_quiet or find_setting(Path.cwd(), "term", "quiet") is True
        skipper = Skipper(self._say_errors, is_quiet=is_quiet, is_once=is_run)
        output = None if is_run else Lines(self._say_output)
        errors = Lines(skipper, lambda _: not skipper.is_started)
        code = self.watch(self._words(self._running(is_quiet)), output, errors)
        skipper.finish(is_failed=bool(code))
        return code

    def _compiling(self) -> Call:
        """Return the call that compiles what the call would run, and runs nothing."""
        call = replace(self.call, behind=())
        if call.kind is Kind.RUN:
            return replace(call, command="build", options=(*call.options, *self._default_run()))
        if "--no-run" in call.options:
            return call
        if call.kind is Kind.TEST and "--doc" in call.options:
            own = ("--doc", "--no-fail-fast")
            kept = (one for one in groups(call.options) if one[0][:1] == "-" and one[0] not in own)
            options = (word for one in kept for word in one)
            return replace(call, command="build", options=(*options, "--lib"))
        return replace(call, options=(*call.options, "--no-run"))

    def _running(self, is_quiet: bool) -> Call:
        """Return the call that runs, in which cargo tells where a program starts."""
        call = self.call
        before, options = (
            tuple(word for one in words if (word := unquieted(one)))
            for words in (call.before, call.options)
        )
        behind = call.behind
        if is_quiet and call.kind is Kind.TEST:
            behind = (*(behind or ("--",)), "--quiet")
        options = (*options, "--config", "term.quiet=false")
        return replace(call, before=before, options=options, behind=behind)

    def _default_run(self) -> tuple[str, ...]:
        """Return the option for what `run` runs, where a manifest names it and the call doesn't."""
        given = {group[0].partition("=")[0] for group in groups(self.call.options)}
        if given & {"--bin", "--example"}:
            return ()
        named = [*take(self.call.options, "-p")[0], *take(self.call.options, "--package")[0]]
        names = {one.partition("@")[0] for one in named}
        for folder in self.shadow.packages if named else (self.package,):
            with suppress(BadInputError):  # no manifest that we can read, or some test's
                package = read_manifest(folder).get("package", {})
                if "default-run" in package and (not named or package.get("name") in names):
                    return ("--bin", str(package["default-run"]))
        return ()

    def _compile(self, call: Call) -> int:
        words = self._words(call, "--message-format=json")
        return self.watch(words, Lines(self._take_messages, _is_message))

    def _words(self, call: Call, *more: str) -> list[str]:
        """Return a call as cargo takes it, of the mirror, to build where it would without us."""
        target = f"build.target-dir={json.dumps(self._target, ensure_ascii=False)}"
        named = ("--config", target) if self._target and call.command in KINDS else ()
        return call.words(*self.manifest, *named, *more)

    def watch(self, words: Sequence[str], output: Lines | None, errors: Lines | None = None) -> int:
        """Run cargo, hand on what it says, and return its exit code.

        Where `output` is None its output is ours. Its errors are shown if they are not taken.
        """
        errors = Lines(self._say_errors) if errors is None else errors
        sys.stdout.flush()
        sys.stderr.flush()
        code = run_watched(
            [self.cargo, *words], output=output, errors=errors, environment=self._environment()
        )
        for lines in (output, errors):
            if lines is not None:
                lines.finish()
        return code

    def _environment(self) -> Mapping[str, str]:
        """Return what makes cargo, and what we don't know of its commands, do as we want."""
        colour = {"CARGO_TERM_COLOR": "always" if self.is_coloured else "never"}
        if not self._target or self.call.command in KINDS:
            return colour
        return {**colour, "CARGO_TARGET_DIR": self._target}

    @cached_property
    def _target(self) -> str:
        """Where cargo is to build, if the user does not say where: not in the mirror.

        It is told by an option, for a variable would be inherited by what a build script starts.
        """
        configured, _ = take([*self.call.before, *self.call.options], "--config")
        is_said = (
            os.environ.get("CARGO_TARGET_DIR")
            or take(self.call.options, "--target-dir")[0]
            or any("target-dir" in one for one in configured)
            or find_setting(Path.cwd(), "build", "target-dir") is not None
        )
        return "" if is_said else str(self.shadow.root / "target")

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
            say(sys.stderr, diagnostic["rendered"])
        elif self.call.wants_json:
            found = map_paths(message, self.shadow.original, str(self.shadow.folder), self._root)
            say(sys.stdout, json.dumps(found, separators=(",", ":"), ensure_ascii=False) + "\n")

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
        say(sys.stdout, self._text(line))

    def _say_errors(self, line: str) -> None:
        say(sys.stderr, self._text(line))

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


def map_paths(value: Any, original: Callable[[str], str], mirror: str, root: str) -> Any:
    """Return cargo's JSON with the mirror's paths said as the originals'."""
    if isinstance(value, dict):
        return {key: map_paths(one, original, mirror, root) for key, one in value.items()}
    if isinstance(value, list):
        return [map_paths(one, original, mirror, root) for one in value]
    if not isinstance(value, str) or mirror not in value:
        return value
    return original(value) if value.startswith(mirror) else value.replace(mirror, root)


def _is_message(begun: bytes) -> bool:
    """Tell whether a line that has begun may become a message of cargo's."""
    return begun.startswith(b"{")


def _json(line: str) -> dict[str, Any] | None:
    """Return a message of cargo's, or None for a line that is something else."""
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "reason" in found else None


def _is_coloured(wanted: str) -> bool:
    return wanted == "always" if wanted in ("always", "never") else wants_colour(sys.stderr)


def applicable(message: Mapping[str, Any]) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Yield the suggestions of a diagnostic that rustc says are right as they are."""
    for child in message.get("children", ()):
        spans = child["spans"]
        if spans and all(one["suggestion_applicability"] == "MachineApplicable" for one in spans):
            yield spans
