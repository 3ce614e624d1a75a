"""Options that commands of `redox eval` and `redox data` share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

CORES = os.cpu_count() or 1
AGAIN = 0.5
"""The temperature at which a model is asked again that has said what is likeliest."""
JobsOption = Annotated[
    int, typer.Option("--jobs", "-j", min=1, help="How many processes work at once.")
]
UnsandboxedOption = Annotated[
    bool,
    typer.Option(
        "--allow-unsandboxed",
        help="Where there is no sandbox, run untrusted programs with your own rights.",
    ),
]
ArmOption = Annotated[
    list[str] | None,
    typer.Option("--arm", metavar="NAME=PHRASEBOOK", help="An arm with its own wording."),
]
BaselineOption = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="RESULTS",
        help="Results of `redox eval generate nearest`.",
    ),
]
