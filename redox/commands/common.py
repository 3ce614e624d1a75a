"""What several commands share: settings, exit codes, and saying what was found."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TextIO

import typer

from redox.diagnostics import Diagnostic, Severity
from redox.files import BadInputError, find_sources, is_folder, read_text, show_path
from redox.phrasebook import Phrasebook, load_phrasebook
from redox.streams import wants_colour

EXIT_OK = 0
EXIT_FINDINGS = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130

JsonOption = Annotated[
    bool, typer.Option("--json", help="Show what is found as JSON, one object on a line.")
]


@dataclass(frozen=True, slots=True)
class Settings:
    """The global options, kept in typer's context."""

    phrasebook: Path | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in one text, with the text that the spans count in."""

    path: str
    text: str
    diagnostics: tuple[Diagnostic, ...]


def chosen_phrasebook(context: typer.Context) -> Phrasebook:
    """Return the phrasebook that the global options name, or the built-in one.

    Raises `BadInputError` for a file that can't be read, `PhrasebookError` for one that is refused.
    """
    settings = context.find_object(Settings) or Settings()
    if settings.phrasebook is None:
        return load_phrasebook()
    read_text(settings.phrasebook)  # a clear word on what is no text at all
    return load_phrasebook(settings.phrasebook)


def expand_inputs(inputs: Sequence[str], *suffixes: str) -> list[str]:
    """Return the files that `inputs` name, each folder replaced by its files with these suffixes.

    Raises `BadInputError` for a folder that holds none.
    """
    paths = []
    for name in inputs:
        if not is_folder(name):
            paths.append(name)
            continue
        found = [str(path) for path in find_sources(Path(name), suffixes)]
        if not found:
            raise BadInputError(f"{show_path(name)}: holds no {' or '.join(suffixes)} file")
        paths += found
    return paths


def is_grave(diagnostic: Diagnostic) -> bool:
    """Tell whether a diagnostic counts for the exit code: a note doesn't."""
    return diagnostic.severity is not Severity.NOTE


def has_grave(findings: Sequence[Findings]) -> bool:
    """Tell whether any finding counts for the exit code."""
    return any(is_grave(one) for found in findings for one in found.diagnostics)


def report(findings: Sequence[Findings], *, as_json: bool, stream: TextIO | None = None) -> None:
    """Show the findings on `stream`, standard error if none is given."""
    from redox.render import diagnostic_as_json, render_diagnostics

    out = sys.stderr if stream is None else stream
    for found in findings:
        if as_json:
            for row in diagnostic_as_json(found.diagnostics, found.text, show_path(found.path)):
                print(json.dumps(row), file=out)
        else:
            shown = render_diagnostics(
                found.diagnostics, found.text, show_path(found.path), colour=wants_colour(out)
            )
            print(shown, end="", file=out)


def how_to_install(*extras: str) -> str:
    """Say how what extras of ours bring is installed; Redox is on no index of packages."""
    return f"in a checkout of Redox, pip install '.[{','.join(extras)}]'"


def fail_on(found_something: bool) -> None:
    """End the command with the exit code for findings if there are any."""
    if found_something:
        raise typer.Exit(EXIT_FINDINGS)


@contextmanager
def without_collector() -> Iterator[None]:
    """Look for no garbage meanwhile.

    Translating leaves no cycles, and what it remembers stays: to look for garbage after every
    700 objects finds none and takes a tenth of the time. So does a last look at the program's end.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
