"""`redox run`: compile an Iron program with rustc, and run it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from redox.commands.common import (
    EXIT_FINDINGS,
    Findings,
    JsonOption,
    chosen_phrasebook,
    report,
)
from redox.diagnostics import Severity
from redox.files import STDIN, read_text
from redox.process import empty_folder, run_attached
from redox.toolchain import compile_program, crate_name, require_rustc
from redox.translate import oxidize
from redox.verdict import iron_diagnostic

FileArgument = Annotated[str, typer.Argument(metavar="FILE", help="The program; `-` for stdin.")]
ArgumentsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="ARGUMENTS", help="What the program is given.")
]
OptimizeOption = Annotated[bool, typer.Option("--optimize", "-O", help="Compile with -O.")]
TestOption = Annotated[
    bool, typer.Option("--test", help="Run its tests; what is given chooses among them.")
]


def run(
    context: typer.Context,
    file: FileArgument,
    arguments: ArgumentsArgument = None,
    optimize: OptimizeOption = False,
    test: TestOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compile an Iron program with rustc and run it; what rustc finds is shown in the Iron.

    Needs rustc 1.85 or newer. The program is one file without `module` files of its own. The exit
    code is the program's; 1 if it doesn't compile.
    """
    iron = read_text(file)
    done = oxidize(iron, chosen_phrasebook(context))
    if any(one.severity is Severity.ERROR for one in done.diagnostics):
        report([Findings(file, iron, done.diagnostics)], as_json=as_json)
        raise typer.Exit(EXIT_FINDINGS)
    rustc = require_rustc()
    with empty_folder() as folder:
        crate = crate_name("program" if file == STDIN else Path(file).stem)
        options = [*(["-O"] if optimize else []), *(["--test"] if test else [])]
        compiled = compile_program(rustc, done.text, folder, crate=crate, options=options)
        said = (iron_diagnostic(one, done, f"{crate}.rs") for one in compiled.messages)
        found = done.diagnostics + tuple(one for one in said if one is not None)
        report([Findings(file, iron, found)], as_json=as_json)
        if not compiled.ok:
            if compiled.other:
                typer.echo(compiled.other, err=True)
            raise typer.Exit(EXIT_FINDINGS)
        sys.stderr.flush()
        code = run_attached([str(folder / crate), *(arguments or [])])
    raise typer.Exit(code)
