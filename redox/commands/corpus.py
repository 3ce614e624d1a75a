"""`redox corpus`: hold the laws against real Rust, and build crates from their own Iron."""

from __future__ import annotations

import json
import os
import secrets
import sys
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from redox.commands.common import Settings, chosen_phrasebook, fail_on
from redox.files import BadInputError, write_text
from redox.laws import LAWS, Law
from redox.phrasebook import load_phrasebook

DEBIAN_REGISTRY = Path("/usr/share/cargo/registry")
WIDTH = 140
"""The width of the table where no terminal says another."""


def corpus(
    context: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Folders of Rust, or single files.")
    ],
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, help="How many processes work at once.")
    ] = os.cpu_count() or 1,
    sample: Annotated[
        str, typer.Option("--sample", metavar="1/N", help="A part of the files, by path hash.")
    ] = "1",
    laws: Annotated[
        str, typer.Option("--laws", metavar="L1,L2,...", help=f"Some of {', '.join(LAWS)}.")
    ] = ",".join(LAWS),
    seed: Annotated[
        int | None, typer.Option("--seed", help="What renames and mixes; fresh if not given.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the report there too.")
    ] = None,
    shrink: Annotated[
        bool, typer.Option("--shrink/--no-shrink", help="Make the first failures small.")
    ] = True,
    limit: Annotated[
        float, typer.Option("--limit", metavar="SECONDS", help="A file that takes longer hangs.")
    ] = 600.0,
    compile_crates: Annotated[
        bool,
        typer.Option("--compile", help="Build each PATH, a crate, from its Iron, offline."),
    ] = False,
    test: Annotated[
        bool, typer.Option("--test", help="With --compile: run the crate's own tests as well.")
    ] = False,
    registry: Annotated[
        list[Path] | None,
        typer.Option("--registry", help="With --compile: folders of crates; Debian's by default."),
    ] = None,
) -> None:
    """Hold the laws of Iron against every .rs file below PATH..., or with --compile build crates.

    The exit code is 1 if any law fails, or if any crate does not end as `passed`.
    """
    for path in paths:
        if not path.exists():
            raise BadInputError(f"{path}: there is no such file")
    chosen_phrasebook(context)
    settings = context.find_object(Settings) or Settings()
    phrasebook = os.fspath(settings.phrasebook) if settings.phrasebook else None
    if compile_crates:
        _compile(paths, registry, report, phrasebook, test=test)
        return

    from rich.console import Console

    from redox.corpus import Plan, run_corpus
    from redox.report import report_as_json, show_report

    plan = Plan(
        paths=tuple(os.fspath(path) for path in paths),
        laws=_laws(laws),
        jobs=jobs,
        sample=_fraction(sample),
        seed=secrets.randbelow(2**32) if seed is None else seed,
        phrasebook=phrasebook,
        limit=limit,
        shrink=shrink,
    )
    found = run_corpus(plan)
    if not found.checked:
        raise BadInputError("no .rs file was found there")
    show_report(found, Console(width=None if sys.stdout.isatty() else WIDTH))
    _write(report, report_as_json(found))
    fail_on(bool(found.failures))


def _compile(
    paths: list[Path],
    registries: list[Path] | None,
    report: Path | None,
    phrasebook: str | None,
    *,
    test: bool,
) -> None:
    from redox.userland import Status, crate_as_json, rebuild_crate

    chosen = load_phrasebook(phrasebook)
    results = []
    for path in paths:
        result = rebuild_crate(path, registries or [DEBIAN_REGISTRY], chosen, test=test)
        typer.echo(result.summary())
        results.append(result)
    _write(report, [crate_as_json(each) for each in results])
    fail_on(any(each.status is not Status.PASSED for each in results))


def _write(report: Path | None, content: object) -> None:
    if report is not None:
        write_text(report, json.dumps(content, indent=1, ensure_ascii=True) + "\n")


def _laws(names: str) -> tuple[Law, ...]:
    """Read `L1,L2`; a law that has variants, like L2, stands for them too."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if not any(law == name or law.startswith(f"{name}-") for law in LAWS):
            raise BadInputError(f"{name}: is no law; the laws are {', '.join(LAWS)}")
    return tuple(
        law for law in LAWS if any(law == name or law.startswith(f"{name}-") for name in wanted)
    )


def _fraction(text: str) -> Fraction:
    try:
        sample = Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise BadInputError(f"{text}: is no share such as 1/10") from error
    if not 0 < sample <= 1:
        raise BadInputError(f"{text}: is no share between 0 and 1")
    return sample
