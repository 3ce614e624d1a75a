"""What `reduce` and `oxidize` share: which text goes where, and the check of the way back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

import typer

from redox.commands.common import (
    Findings,
    chosen_phrasebook,
    expand_inputs,
    fail_on,
    has_grave,
    report,
    without_collector,
)
from redox.diagnostics import Diagnostic, Severity, Span
from redox.files import (
    STDIN,
    BadInputError,
    find_sources,
    is_folder,
    is_same_file,
    read_text,
    show_path,
    write_output,
    write_text,
)
from redox.phrasebook import Phrasebook
from redox.progress import track
from redox.translate import Translation

Translate = Callable[[str, Phrasebook | None], Translation]

InputsArgument = Annotated[
    list[str], typer.Argument(metavar="PATH", help="Files or folders; `-` is standard input.")
]
OutputOption = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FILE|DIR", help="Where to write.")
]
CheckOption = Annotated[
    bool, typer.Option("--check", help="Write nothing; fail on findings or a lossy round trip.")
]


@dataclass(frozen=True, slots=True)
class Way:
    """One direction of translation, with the way back."""

    name: str
    source_suffix: str
    target_suffix: str
    there: Translate
    back: Translate


@dataclass(frozen=True, slots=True)
class Job:
    """One text to translate. `target` is None for standard output."""

    source: str
    target: Path | None


def translate(
    context: typer.Context,
    way: Way,
    inputs: Sequence[str],
    output: str | None,
    *,
    check: bool,
    as_json: bool,
) -> None:
    """Do what the command line of `reduce` or `oxidize` asks; raises `typer.Exit` for findings."""
    phrasebook = chosen_phrasebook(context)
    if check:
        jobs = [Job(path, None) for path in expand_inputs(inputs, way.source_suffix)]
    else:
        jobs = plan_jobs(way, inputs, output)
    # One bad file means that nothing is written, so all are read before any is translated.
    texts = [read_text(job.source) for job in track(jobs, "reading")]
    findings: list[Findings] = []
    printed: list[str] = []  # kept until the progress bar is gone
    with without_collector():
        for job, text in track(list(zip(jobs, texts, strict=True)), way.name):
            done = way.there(text, phrasebook)
            diagnostics = done.diagnostics
            if check:
                diagnostics += tuple(_check_way_back(way, text, done, phrasebook))
            elif job.target is None:
                printed.append(done.text)
            else:
                write_text(job.target, done.text)
            if diagnostics:
                findings.append(Findings(job.source, text, diagnostics))
    for said in printed:
        write_output(said)
    report(findings, as_json=as_json)
    fail_on(has_grave(findings))


def plan_jobs(way: Way, inputs: Sequence[str], output: str | None) -> list[Job]:
    """Return what is to be translated to where.

    Raises `BadInputError` where the places are not clear, or a source would be overwritten.
    """
    output = None if output == STDIN else output
    folders = [name for name in inputs if is_folder(name)]
    if output is None:
        if folders:
            raise BadInputError(f"{show_path(folders[0])}: is a folder, and folders need -o DIR")
        if len(inputs) > 1:
            raise BadInputError("several inputs need -o DIR")
        return [Job(inputs[0], None)]
    if not folders and len(inputs) == 1 and not _means_folder(output):
        jobs = [Job(inputs[0], Path(output))]
    else:
        jobs = list(_plan_into(way, inputs, Path(output)))
    _refuse_collisions(jobs)
    return jobs


def _means_folder(output: str) -> bool:
    return output.endswith(("/", os.sep)) or is_folder(output)


def _plan_into(way: Way, inputs: Sequence[str], output: Path) -> Iterator[Job]:
    if os.path.exists(output) and not is_folder(output):
        raise BadInputError(f"{show_path(output)}: is not a folder")
    for name in inputs:
        source = Path(name)
        if name == STDIN:
            raise BadInputError(
                "standard input has no name to write it to in a folder: use -o FILE"
            )
        if not is_folder(name):
            yield Job(name, output / (source.stem + way.target_suffix))
            continue
        found = list(find_sources(source, (way.source_suffix,), but=output))
        if not found:
            raise BadInputError(f"{show_path(name)}: holds no {way.source_suffix} file")
        for path in found:
            mirrored = output / path.relative_to(source)
            yield Job(str(path), mirrored.with_name(path.stem + way.target_suffix))


def _refuse_collisions(jobs: Sequence[Job]) -> None:
    real_folder = cache(os.path.realpath)

    def real(path: str) -> str:
        """Follow links as `realpath` does, but each folder's once: there may be many files."""
        if os.path.islink(path):
            return os.path.realpath(path)
        folder, name = os.path.split(path)
        return os.path.join(real_folder(folder), name)

    sources = {real(job.source) for job in jobs if job.source != STDIN}
    taken: dict[str, str] = {}
    for job in jobs:
        place = real(str(job.target))
        if place in sources or is_same_file(place, job.source):
            raise BadInputError(f"{show_path(place)}: is a source, and sources are not overwritten")
        if place in taken:
            both = f"{show_path(taken[place])} and {show_path(job.source)}"
            raise BadInputError(f"{both} would both be written to {show_path(place)}")
        taken[place] = job.source


def _check_way_back(
    way: Way, text: str, done: Translation, phrasebook: Phrasebook
) -> Iterator[Diagnostic]:
    """Yield a diagnostic if Rust does not come back from Iron byte for byte.

    For Rust that is `oxidize(reduce(r)) == r`. Iron can say one thing in several ways, so for Iron
    it is its Rust that has to come back.
    """
    back = way.back(done.text, phrasebook).text
    if way.source_suffix == ".rs":
        offset = first_difference(text, back)
    else:
        offset = first_difference(done.text, way.there(back, phrasebook).text)
        if offset is not None:
            offset = done.map.iron_from_rust(offset, nearest=True)
    if offset is not None:
        message = "the round trip differs from here on; this is a bug in Redox"
        yield Diagnostic("round-trip", Severity.ERROR, Span(offset, offset + 1), message)


def first_difference(before: str, after: str) -> int | None:
    """Return the first offset at which two texts differ, None if they are the same."""
    if before == after:
        return None
    pairs = enumerate(zip(before, after, strict=False))
    differs = (offset for offset, (old, new) in pairs if old != new)
    return next(differs, min(len(before), len(after)))
