"""`redox reduce`: Rust to Iron."""

from __future__ import annotations

import typer

from redox.commands.common import JsonOption
from redox.commands.translating import CheckOption, InputsArgument, OutputOption, Way, translate
from redox.translate import oxidize as to_rust
from redox.translate import reduce as to_iron

WAY = Way("reduce", ".rs", ".iron", to_iron, to_rust)


def reduce(
    context: typer.Context,
    inputs: InputsArgument,
    output: OutputOption = None,
    check: CheckOption = False,
    as_json: JsonOption = False,
) -> None:
    """Turn Rust into Iron.

    One file goes to standard output, or to -o FILE. Several files and folders need -o DIR; the
    tree of a folder's .rs files is mirrored there. Sources are never overwritten.
    """
    translate(context, WAY, inputs, output, check=check, as_json=as_json)
