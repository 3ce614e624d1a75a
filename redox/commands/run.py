"""`redox run`: compile an Iron program with rustc, and run it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from redox.commands.common import (
    EXIT_FINDINGS,
    Findings,
    JsonOption,
    chosen_phrasebook,
    report,
)
from redox.diagnostics import Diagnostic, Related, Severity, Span
from redox.files import STDIN, read_text
from redox.process import empty_folder, run_attached
from redox.toolchain import Compiled, compile_program, crate_name, iter_spans, require_rustc
from redox.translate import Translation, oxidize

FileArgument = Annotated[str, typer.Argument(metavar="FILE", help="The program; `-` for stdin.")]
ArgumentsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="ARGUMENTS", help="What the program is given.")
]
OptimizeOption = Annotated[bool, typer.Option("--optimize", "-O", help="Compile with -O.")]

SEVERITIES = {"error": Severity.ERROR, "warning": Severity.WARNING}


def run(
    context: typer.Context,
    file: FileArgument,
    arguments: ArgumentsArgument = None,
    optimize: OptimizeOption = False,
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
        options = ["-O"] if optimize else []
        compiled = compile_program(rustc, done.text, folder, crate=crate, options=options)
        found = done.diagnostics + tuple(iron_diagnostics(compiled, done, f"{crate}.rs"))
        report([Findings(file, iron, found)], as_json=as_json)
        if not compiled.ok:
            if compiled.other:
                typer.echo(compiled.other, err=True)
            raise typer.Exit(EXIT_FINDINGS)
        sys.stderr.flush()
        code = run_attached([str(folder / crate), *(arguments or [])])
    raise typer.Exit(code)


def iron_diagnostics(
    compiled: Compiled, translation: Translation, source: str
) -> Iterator[Diagnostic]:
    """Yield what rustc said of the file `source` as diagnostics of the Iron that it came from."""
    for message in compiled.messages:
        if message["level"] == "failure-note" or message["message"].startswith("aborting due to"):
            continue
        spans = list(iter_spans(message, source))
        primary = next((span for span in spans if span["is_primary"]), None)
        yield Diagnostic(
            code=(message.get("code") or {}).get("code", "rustc"),
            severity=SEVERITIES.get(message["level"].split(":")[0], Severity.NOTE),
            span=_iron_span(primary, translation) if primary else Span(0, 0),
            message="\n".join([message["message"], *_notes(message, source)]),
            related=tuple(_related(message, spans, source, translation)),
        )


def _iron_span(place: dict[str, Any], translation: Translation) -> Span:
    """Return the Iron of a place of rustc's, which counts in bytes of the Rust."""
    data = translation.text.encode("utf-8")
    start = len(data[: place["byte_start"]].decode("utf-8", "replace"))
    length = len(data[place["byte_start"] : place["byte_end"]].decode("utf-8", "replace"))
    found = translation.map.iron_range_from_rust(start, start + length, nearest=True)
    return found or Span(0, 0)


def _related(
    message: dict[str, Any], spans: list[dict[str, Any]], source: str, translation: Translation
) -> Iterator[Related]:
    """Yield the places beside the main one; a label on the main place itself comes first."""
    for span in spans:
        if span["label"]:
            yield Related(_iron_span(span, translation), span["label"])
    for child in message.get("children", []):
        for span in iter_spans(child, source):
            said = f"{child['level']}: {child['message']}{_suggestion(span)}"
            yield Related(_iron_span(span, translation), said)


def _suggestion(span: dict[str, Any]) -> str:
    """Return the Rust that rustc would put at a place, if it fits on the line."""
    rust = (span.get("suggested_replacement") or "").strip()
    return f": `{rust}`" if rust and "\n" not in rust else ""


def _notes(message: dict[str, Any], source: str) -> Iterator[str]:
    """Yield the notes that have no place in our file."""
    for child in message.get("children", []):
        if not any(iter_spans(child, source)):
            yield from f"{child['level']}: {child['message']}".split("\n")
