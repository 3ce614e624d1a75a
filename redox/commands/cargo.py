"""`redox cargo`: cargo on a crate that is written in Iron."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from redox.cargo import Cargo, open_shadow, read_call
from redox.commands.common import (
    EXIT_FINDINGS,
    Settings,
)
from redox.commands.mirroring import chosen_wording, report_shadow
from redox.files import read_text, show_path, write_text
from redox.process import run_attached
from redox.shadow.workspace import Shadow
from redox.toolchain import format_rust

ArgumentsArgument = Annotated[
    list[str], typer.Argument(metavar="COMMAND...", help="As cargo takes them.")
]


def cargo(context: typer.Context, arguments: ArgumentsArgument) -> None:
    """Run cargo on a crate with Iron in it; what it finds is shown in the Iron.

    The crate is mirrored below target/redox, and cargo runs on that. The exit code is cargo's.
    """
    call = read_call(arguments)
    shadow, package = open_shadow(call.manifest, chosen_wording(context))
    if call.command == "fmt":
        raise typer.Exit(_format(context, shadow, is_check="--check" in call.options))
    report_shadow(shadow)
    raise typer.Exit(Cargo(shadow, package, call).run())


def _format(context: typer.Context, shadow: Shadow, *, is_check: bool) -> int:
    """Lay out the sources of both kinds; return 1 if one differs and is only to be checked."""
    settings = context.find_object(Settings) or Settings()
    chosen = ["--phrasebook", str(settings.phrasebook)] if settings.phrasebook else []
    code = 0
    if shadow.iron_files:
        redox = [sys.executable, "-m", "redox", *chosen, "format"]
        how = "--check" if is_check else "--write"
        code = run_attached([*redox, how, *map(str, shadow.iron_files)])
    for path in shadow.rust_files:
        text = read_text(path)
        laid_out = format_rust(text, beside=path.parent)
        if laid_out is None or laid_out == text:
            continue
        if is_check:
            typer.echo(f"would format {show_path(path)}", err=True)
            code = code or EXIT_FINDINGS
        else:
            write_text(path, laid_out)
            typer.echo(f"formatted {show_path(path)}", err=True)
    return code
