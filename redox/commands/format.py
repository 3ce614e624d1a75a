"""`redox format`: Iron laid out as rustfmt lays out its Rust."""

from __future__ import annotations

from pathlib import Path
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
from redox.commands.translating import first_difference
from redox.diagnostics import Diagnostic, Severity, Span
from redox.files import STDIN, BadInputError, read_text, show_path, write_output, write_text
from redox.layout import lay_out
from redox.progress import track
from redox.translate import oxidize

PathsArgument = Annotated[
    list[str],
    typer.Argument(metavar="PATH", help="Files, folders of .iron files; `-` is standard input."),
]
WriteOption = Annotated[bool, typer.Option("--write", help="Rewrite the files.")]
CheckOption = Annotated[bool, typer.Option("--check", help="Only tell which files would change.")]
KeepOption = Annotated[
    bool, typer.Option("--keep-rust", help="Leave lines that are written as Rust as Rust.")
]


def format_iron(
    context: typer.Context,
    inputs: PathsArgument,
    write: WriteOption = False,
    check: CheckOption = False,
    keep_rust: KeepOption = False,
    as_json: JsonOption = False,
) -> None:
    """Lay Iron out as rustfmt lays out its Rust, and print it.

    Where rustfmt is missing or does not take the Rust, only the indentation is mended. Iron with
    errors is left as it is.
    """
    if write and check:
        raise BadInputError("--write and --check exclude each other")
    phrasebook = chosen_phrasebook(context)
    paths = expand_inputs(inputs, ".iron")
    for path in paths:
        if path.endswith(".rs"):
            cure = "rustfmt lays it out, and `redox cargo fmt` all of a crate"
            raise BadInputError(f"{show_path(path)}: is Rust; {cure}")
    if len(paths) > 1 and not (write or check):
        raise BadInputError("several files need --write or --check")
    if write and STDIN in paths:
        raise BadInputError("standard input can't be rewritten")
    texts = [read_text(path) for path in track(paths, "reading")]
    findings = []
    changes = []
    for path, text in track(list(zip(paths, texts, strict=True)), "formatting"):
        found = oxidize(text, phrasebook).diagnostics
        laid_out = text
        if not any(one.severity is Severity.ERROR for one in found):
            beside = Path.cwd() if path == STDIN else Path(path).parent
            laid_out = lay_out(text, phrasebook, keep_rust=keep_rust, beside=beside).text
        changes.append((path, text, laid_out))
        if check and laid_out != text:
            found += (_would_change(text, laid_out),)
        if found:
            findings.append(Findings(path, text, found))
    if not check:
        _hand_over(changes, write=write)
    report(findings, as_json=as_json)
    fail_on(has_grave(findings))


def _hand_over(changes: list[tuple[str, str, str]], *, write: bool) -> None:
    for path, text, laid_out in changes:
        if not write:
            write_output(laid_out)
        elif laid_out != text:
            write_text(path, laid_out)
            typer.echo(f"formatted {show_path(path)}", err=True)


def _would_change(text: str, laid_out: str) -> Diagnostic:
    offset = first_difference(text, laid_out) or 0
    message = "the layout differs from here on; `redox format --write` mends it"
    return Diagnostic("layout", Severity.WARNING, Span(offset, offset + 1), message)
