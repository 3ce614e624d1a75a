"""What Redox asks of Rust's tools: their versions, rustfmt's layout and rustc's verdict."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redox.files import BadInputError
from redox.process import (
    Finished,
    find_program,
    probe_program,
    run_program,
    rust_environment,
)
from redox.shadow.tree import find_edition

MINIMUM_RUSTC = (1, 85, 0)
"""The oldest rustc that `redox run` takes: the first that knows edition 2024."""

EDITION = "2024"
"""The edition of Rust that belongs to no crate."""
FORMAT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that was looked for. `version` is empty if it is missing or does not answer."""

    name: str
    path: str
    version: str
    problem: str = ""

    @property
    def numbers(self) -> tuple[int, ...]:
        """Its version as numbers, empty if it shows none."""
        found = re.search(r"(\d+)\.(\d+)\.(\d+)", self.version)
        return tuple(map(int, found.groups())) if found else ()


def probe_tool(name: str) -> Tool:
    """Find one of Rust's tools on PATH or in cargo's folder, and ask it for its version.

    A file of that name proves nothing: rustup puts proxies in place of tools it has not installed.
    """
    path = find_tool(name)
    if path is None:
        return Tool(name, "", "", "not found")
    try:
        answer = probe_program(path, "--version")
    except OSError as error:
        return Tool(name, path, "", f"does not start: {error.strerror}")
    return tool_of(name, path, answer)


def find_tool(name: str) -> str | None:
    """Return the path of one of Rust's tools, on PATH or in cargo's folder."""
    return find_program(name) or find_program_of_cargo(name)


def tool_of(name: str, path: str, answer: Finished) -> Tool:
    """Return a tool by what it answers to `--version`."""
    if answer.timed_out:
        return Tool(name, path, "", "does not answer")
    if answer.code != 0:
        lines = answer.errors.strip().splitlines() or [f"exit code {answer.code}"]
        # rustup says what it is about to do before it says why it can't.
        why = next((line for line in lines if line.startswith("error: ")), lines[0])
        return Tool(name, path, "", f"does not run: {why.removeprefix('error: ')}")
    return Tool(name, path, answer.output.strip().partition("\n")[0])


def find_program_of_cargo(name: str) -> str | None:
    """Return the path of a program that cargo or rustup installed, PATH or not."""
    home = os.environ.get("CARGO_HOME") or os.path.expanduser("~/.cargo")
    path = Path(home, "bin", name + (".exe" if os.name == "nt" else ""))
    return str(path) if path.is_absolute() and os.access(path, os.X_OK) else None


def require_rustc() -> Tool:
    """Return rustc; raises `BadInputError` if it is missing, or older than what Redox supports."""
    rustc = probe_tool("rustc")
    oldest = ".".join(map(str, MINIMUM_RUSTC[:2]))
    if not rustc.version:
        where = f" at {rustc.path}" if rustc.path else ""
        raise BadInputError(
            f"rustc{where}: {rustc.problem}; `redox run` needs rustc {oldest} or newer"
        )
    if rustc.numbers < MINIMUM_RUSTC:
        raise BadInputError(
            f"{rustc.version} at {rustc.path} is too old: `redox run` needs rustc {oldest} or newer"
        )
    return rustc


def format_rust(
    rust: str, *, beside: Path | None = None, options: Sequence[str] = ()
) -> str | None:
    """Return `rust` as rustfmt lays it out, or None where it is missing or refuses the text.

    The edition and the `rustfmt.toml` are those of a file in the folder `beside`, where `options`
    of rustfmt name no others.
    """
    path = find_program("rustfmt") or find_program_of_cargo("rustfmt")
    if path is None or "\x00" in rust:
        return None
    found = {
        "--edition": beside and find_edition(beside) or EDITION,
        "--config-path": beside and _find_rustfmt_config(beside),
    }
    own = ((name, str(it)) for name, it in found.items() if it and name not in options)
    answer = probe_program(
        path,
        *("--emit", "stdout", "--quiet"),
        *(word for pair in own for word in pair),
        *options,
        stdin=rust.encode("utf-8"),
        timeout=FORMAT_SECONDS,
    )
    return answer.stdout.decode("utf-8") if answer.code == 0 and not answer.timed_out else None


def _find_rustfmt_config(folder: Path) -> Path | None:
    here = folder.absolute()
    for place in (here, *here.parents):
        for name in ("rustfmt.toml", ".rustfmt.toml"):
            if (place / name).is_file():
                return place / name
    return None


@dataclass(frozen=True, slots=True)
class Compiled:
    """What rustc said. `messages` are the objects of its JSON, `other` what was no JSON."""

    ok: bool
    messages: tuple[dict[str, Any], ...]
    other: str


def compile_program(
    rustc: Tool, rust: str, folder: Path, *, crate: str, options: Sequence[str] = ()
) -> Compiled:
    """Compile the program `rust` to `folder/crate`, with its source beside it as `crate.rs`."""
    source = f"{crate}.rs"
    (folder / source).write_bytes(rust.encode("utf-8"))
    answer = run_program(
        [
            *(rustc.path, source, "--crate-name", crate, "--crate-type", "bin", "-o", crate),
            *("--edition", EDITION, "--error-format=json", *options),
        ],
        folder=folder,
        environment=rust_environment(),
    )
    said = answer.errors.splitlines()
    messages = tuple(json.loads(line) for line in said if line.startswith("{"))
    other = "\n".join(line for line in said if not line.startswith("{"))
    return Compiled(answer.code == 0, messages, other)


def crate_name(stem: str) -> str:
    """Return the name of a crate made of a file's name."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", stem) or "program"
    return name if name[0].isalpha() else f"program_{name}"


def iter_spans(message: dict[str, Any], source: str) -> Iterator[dict[str, Any]]:
    """Yield the spans of a message of rustc that lie in `source`, primary ones first.

    A span inside a macro of another crate is followed to the call that expanded it.
    """
    for span in sorted(message.get("spans", []), key=lambda span: not span["is_primary"]):
        place = span
        while place["file_name"] != source and place.get("expansion"):
            place = place["expansion"]["span"]
        if place["file_name"] == source:
            yield {**place, "is_primary": span["is_primary"], "label": span.get("label")}
