"""`redox check`: diagnostics, and nothing else."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from redox.commands.common import (
    Findings,
    JsonOption,
    chosen_phrasebook,
    expand_inputs,
    fail_on,
    has_grave,
    report,
)
from redox.files import BadInputError, read_text
from redox.phrasebook import load_phrasebook
from redox.progress import track
from redox.translate import oxidize, reduce

ChecksArgument = Annotated[
    list[str],
    typer.Argument(metavar="PATH", help="Files, folders of .iron files; `-` is standard input."),
]


StrictOption = Annotated[
    bool,
    typer.Option("--strict", help="Also refuse what is not canonical Iron, as the grammar has it."),
]


def check(
    context: typer.Context,
    inputs: ChecksArgument,
    is_strict: StrictOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say what is wrong in Iron, and write nothing.

    A .rs file is checked as Rust, anything else as Iron.
    """
    phrasebook = chosen_phrasebook(context)
    if is_strict and phrasebook is not load_phrasebook():
        raise BadInputError("--strict knows the built-in phrasebook alone")
    findings = []
    for path in track(expand_inputs(inputs, ".iron"), "checking"):
        text = read_text(path)
        translate = reduce if path.endswith(".rs") else oxidize
        found = translate(text, phrasebook).diagnostics
        if is_strict and not found and translate is oxidize:
            from redox.grammar import strict_diagnostics

            found = strict_diagnostics(text)
        if found:
            findings.append(Findings(path, text, found))
    report(findings, as_json=as_json, stream=sys.stdout)
    fail_on(has_grave(findings))
