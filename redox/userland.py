"""Build a crate from its own Iron: every source goes to Iron and back, then cargo has its say.

The crate as installed is built and tested beside it in the same way, so that a failure of the crate
itself is not taken for ours. All of it happens in a folder of our own, offline, with the crates of
a registry folder in the place of crates.io.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from redox.diagnostics import Severity
from redox.files import BadInputError, read_text, write_text
from redox.phrasebook import Phrasebook
from redox.process import Finished, empty_folder, find_program, run_program, rust_environment
from redox.rustlex import RustLexError, lex
from redox.translate import Translation, oxidize, reduce

CARGO_SECONDS = 1800.0
TAIL_LINES = 30


class Status(StrEnum):
    """What became of a crate; the classes are closed."""

    REDUCE_FAILED = "reduce failed"
    OXIDIZE_FAILED = "oxidize failed"
    DIFFERS = "round trip differs"
    DOES_NOT_COMPILE = "does not compile"
    TESTS_FAIL = "tests fail"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Tests:
    """What `cargo test` counted, all its programs together."""

    passed: int
    failed: int
    ignored: int


@dataclass(frozen=True, slots=True)
class CrateResult:
    """One crate, rebuilt. `installed` is the crate as it was found, where that was tried."""

    crate: str
    status: Status
    files: int = 0
    detail: str = ""
    tests: Tests | None = None
    installed: Status | None = None
    installed_tests: Tests | None = None
    left_out: tuple[str, ...] = ()
    alarms: int = 0

    def summary(self) -> str:
        """One line, or several if something went wrong."""
        parts = [f"{self.crate}: {self.status}, {self.files} files"]
        if self.tests:
            parts.append(f"{self.tests.passed} tests passed, {self.tests.failed} failed")
        if self.installed is not None and self.installed is not Status.PASSED:
            parts.append(f"as installed: {self.installed}")
        elif self.installed_tests is not None and self.installed_tests != self.tests:
            parts.append(f"as installed: {self.installed_tests.passed} passed")
        if self.left_out:
            parts.append(f"dev-dependencies left out: {', '.join(self.left_out)}")
        if self.alarms:
            parts.append(f"{self.alarms} files came back right with an error diagnostic")
        return ", ".join(parts) + (f"\n{self.detail}" if self.detail else "")


def rebuild_crate(
    crate: Path, registries: Sequence[Path], phrasebook: Phrasebook, *, test: bool = False
) -> CrateResult:
    """Turn `crate` into Iron and back, build it, and with `test` run its own tests.

    Raises `BadInputError` for what is no crate, and where there is no cargo.
    """
    if not (crate / "Cargo.toml").is_file():
        raise BadInputError(f"{crate}: is no crate, it has no Cargo.toml")
    cargo = find_program("cargo")
    if cargo is None:
        raise BadInputError("cargo is not there; https://rustup.rs installs it")
    with empty_folder() as folder:
        registry = _merge_registries(registries, folder / "registry")
        installed, rebuilt = folder / "installed" / crate.name, folder / "rebuilt" / crate.name
        left_out = _copy_crate(crate, installed, registry, test=test)
        _copy_crate(crate, rebuilt, registry, test=test)
        result = _round_trip(rebuilt, folder / "iron", phrasebook)
        result = replace(result, left_out=left_out)
        if result.status is not Status.PASSED:
            return result
        environment = _cargo_environment(folder, registry)
        status, tests, _ = _run_cargo(cargo, installed, environment, test=test)
        result = replace(result, installed=status, installed_tests=tests)
        status, tests, detail = _run_cargo(cargo, rebuilt, environment, test=test)
        return replace(result, status=status, tests=tests, detail=detail)


def crate_as_json(result: CrateResult) -> dict[str, Any]:
    """The result, ready for `json.dumps`."""
    return {
        "crate": result.crate,
        "status": str(result.status),
        "files": result.files,
        "tests": _tests_as_json(result.tests),
        "installed": None if result.installed is None else str(result.installed),
        "installed_tests": _tests_as_json(result.installed_tests),
        "dev_dependencies_left_out": list(result.left_out),
        "files_with_false_alarms": result.alarms,
        "detail": result.detail,
    }


def _tests_as_json(tests: Tests | None) -> dict[str, int] | None:
    if tests is None:
        return None
    return {"passed": tests.passed, "failed": tests.failed, "ignored": tests.ignored}


def _merge_registries(registries: Iterable[Path], merged: Path) -> Path:
    """One folder that links to the crates of all, as cargo takes only one in a source's place."""
    merged.mkdir()
    for registry in registries:
        for crate in sorted(registry.iterdir()):
            if not (merged / crate.name).exists():
                (merged / crate.name).symlink_to(crate.resolve())
    return merged


def _copy_crate(crate: Path, place: Path, registry: Path, *, test: bool) -> tuple[str, ...]:
    """Copy the crate with its manifest made fit to build alone; return what that left out.

    A `rust-toolchain.toml` and a `.cargo` could name programs of their own.
    """
    ignored = shutil.ignore_patterns("target", "Cargo.lock", "rust-toolchain*", ".*")
    shutil.copytree(crate, place, ignore=ignored)
    manifest = read_text(crate / "Cargo.toml")
    known = _crate_names(registry) if test else frozenset()
    kept, left_out = _drop_dev_dependencies(manifest, known)
    workspace = "" if re.search(r"(?m)^\[workspace\]", kept) else "\n[workspace]\n"
    write_text(place / "Cargo.toml", kept + workspace)
    return tuple(sorted(left_out))


def _crate_names(registry: Path) -> frozenset[str]:
    return frozenset(re.sub(r"-\d.*", "", crate.name) for crate in registry.iterdir())


_SECTION = re.compile(r"^\s*\[+\s*([^\]]+?)\s*\]+", re.MULTILINE)
_ENTRY = re.compile(r"^\s*([\w-]+)\s*=")


def _drop_dev_dependencies(manifest: str, known: frozenset[str]) -> tuple[str, set[str]]:
    """Remove the dev-dependencies that are not among the `known` crates; return their names too."""
    kept: list[str] = []
    dropped: set[str] = set()
    in_list = in_dropped = False
    for line in manifest.splitlines(keepends=True):
        if section := _SECTION.match(line):
            _, found, name = section[1].partition("dev-dependencies")
            name = name.lstrip(".").strip('"')
            in_list = bool(found) and not name
            in_dropped = bool(found and name) and name not in known
            dropped.update([name] if in_dropped else [])
        elif in_list and (entry := _ENTRY.match(line)):
            in_dropped = entry[1] not in known
            dropped.update([entry[1]] if in_dropped else [])
        kept.extend([] if in_dropped else [line])
    return "".join(kept), dropped


def _round_trip(crate: Path, iron_folder: Path, phrasebook: Phrasebook) -> CrateResult:
    """Rewrite every source of the crate from its Iron; `PASSED` means that all came back equal.

    Sources that are not UTF-8 or that Rust's lexer refuses are left as they are: they are data.
    """
    count = alarms = 0
    for path in sorted(crate.rglob("*.rs")):
        rust = _rust_text(path)
        if rust is None:
            continue
        shown = str(path.relative_to(crate))
        reduced = reduce(rust, phrasebook)
        iron_path = (iron_folder / shown).with_suffix(".iron")
        write_text(iron_path, reduced.text)
        oxidized = oxidize(read_text(iron_path), phrasebook)
        if oxidized.text != rust:
            status, detail = _blame(reduced, oxidized)
            return CrateResult(crate.name, status, count, f"{shown}: {detail}", alarms=alarms)
        write_text(path, oxidized.text)
        alarms += bool(_errors(reduced) or _errors(oxidized))
        count += 1
    return CrateResult(crate.name, Status.PASSED, count, alarms=alarms)


def _blame(reduced: Translation, oxidized: Translation) -> tuple[Status, str]:
    """Name the direction that reported an error, if one did, for text that came back different."""
    if faults := _errors(reduced):
        return Status.REDUCE_FAILED, faults
    if faults := _errors(oxidized):
        return Status.OXIDIZE_FAILED, faults
    return Status.DIFFERS, "the text that came back is another"


def _rust_text(path: Path) -> str | None:
    try:
        text = read_text(path)
        lex(text)
    except (BadInputError, RustLexError):
        return None
    return text


def _errors(translation: Translation) -> str:
    found = (each for each in translation.diagnostics if each.severity is Severity.ERROR)
    return "; ".join(f"{each.message} (at {each.span.start})" for each in found)[:500]


def _cargo_environment(folder: Path, registry: Path) -> dict[str, str]:
    """A home of cargo's own that knows no crates.io; no lint is an error in another's crate."""
    home = folder / "home"
    config = (
        '[source.crates-io]\nreplace-with = "installed"\n'
        f'[source.installed]\ndirectory = "{registry}"\n'
    )
    write_text(home / "config.toml", config)
    return {
        **rust_environment(),
        "CARGO_HOME": str(home),
        "CARGO_TARGET_DIR": str(folder / "target"),
        "CARGO_NET_OFFLINE": "true",
        "RUSTFLAGS": "--cap-lints allow",
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(Path.home() / ".rustup")),
    }


def _run_cargo(
    cargo: str, crate: Path, environment: Mapping[str, str], *, test: bool
) -> tuple[Status, Tests | None, str]:
    """Build the crate, and test it if asked; the last is the end of what cargo said."""
    built = _cargo(cargo, ["build", "--offline"], crate, environment)
    if built.code != 0:
        return Status.DOES_NOT_COMPILE, None, _tail(built.errors)
    if not test:
        return Status.PASSED, None, ""
    compiled = _cargo(cargo, ["test", "--offline", "--no-run"], crate, environment)
    if compiled.code != 0:
        return Status.DOES_NOT_COMPILE, None, _tail(compiled.errors)
    tested = _cargo(cargo, ["test", "--offline", "--no-fail-fast"], crate, environment)
    tests = _count_tests(tested.output)
    if tested.code != 0:
        return Status.TESTS_FAIL, tests, _tail("\n".join(_failed_tests(tested.output)))
    return Status.PASSED, tests, ""


def _cargo(
    cargo: str, arguments: Sequence[str], crate: Path, environment: Mapping[str, str]
) -> Finished:
    command = [cargo, *arguments]
    return run_program(command, folder=crate, environment=environment, timeout=CARGO_SECONDS)


_COUNTS = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", re.MULTILINE)


def _count_tests(output: str) -> Tests:
    rows = [tuple(int(number) for number in row) for row in _COUNTS.findall(output)]
    return Tests(*(sum(column) for column in zip(*rows, strict=True))) if rows else Tests(0, 0, 0)


def _failed_tests(output: str) -> Iterator[str]:
    yield from re.findall(r"^test .* \.\.\. FAILED$", output, re.MULTILINE)


def _tail(text: str) -> str:
    return "\n".join(text.splitlines()[-TAIL_LINES:])
