"""`redox cargo`: cargo on a crate that is written in Iron."""

from __future__ import annotations

from typing import Annotated

import typer

from redox.cargo import call_cargo
from redox.commands.common import Settings
from redox.shadow.workspace import Wording

ArgumentsArgument = Annotated[
    list[str], typer.Argument(metavar="COMMAND...", help="As cargo takes them.")
]


def cargo(context: typer.Context, arguments: ArgumentsArgument) -> None:
    """Run cargo on a crate with Iron in it; what it finds is shown in the Iron.

    The crate is mirrored below target/redox, and cargo runs on that. The exit code is cargo's.
    """
    settings = context.find_object(Settings) or Settings()
    raise typer.Exit(call_cargo(arguments, Wording(settings.phrasebook)))
