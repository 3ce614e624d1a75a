"""`redox new`: a crate of Iron."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from redox.cargo import require_cargo
from redox.commands.common import chosen_phrasebook
from redox.files import BadInputError, find_sources, read_text, show_path, write_text
from redox.process import run_attached
from redox.translate import reduce

PathArgument = Annotated[Path, typer.Argument(metavar="NAME", help="The folder to make.")]
OptionsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="OPTIONS", help="As `cargo new` takes them: --lib.")
]


def new(context: typer.Context, path: PathArgument, options: OptionsArgument = None) -> None:
    """Make a crate as `cargo new` does, and say its sources in Iron.

    The exit code is cargo's.
    """
    book = chosen_phrasebook(context)
    if path.exists() or path.is_symlink():
        raise BadInputError(f"{show_path(path)}: is there already")
    code = run_attached([require_cargo(), "new", *(options or ()), "--", str(path)])
    if code:
        raise typer.Exit(code)
    for source in list(find_sources(path, (".rs",))):
        write_text(source.with_suffix(".iron"), reduce(read_text(source), book).text)
        source.unlink()
    typer.echo("its sources are Iron: `redox cargo run` and its like build it", err=True)
