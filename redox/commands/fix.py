"""`redox fix`: what rustc is sure of, applied to the Iron."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from redox.cargo import (
    EXIT_NOT_COMPILED,
    Cargo,
    applicable,
    open_shadow,
    show_findings,
)
from redox.cargo_call import read_call
from redox.commands.common import Settings
from redox.diagnostics import Edit
from redox.files import show_path, write_text
from redox.shadow.messages import suggested_edits
from redox.shadow.source import Source
from redox.shadow.workspace import Shadow, Wording
from redox.suggested import apply_edits

OptionsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="OPTIONS", help="As `cargo check` takes them.")
]
MOST_ROUNDS = 5
"""One mending can make way for the next, and two must not undo each other for ever."""


def fix(context: typer.Context, options: OptionsArgument = None) -> None:
    """Apply to the sources what rustc suggests and is sure of, through exact places only.

    What can't be said in Iron without doubt is left alone, and shown. The exit code is cargo's.
    """
    settings = context.find_object(Settings) or Settings()
    wording = Wording(settings.phrasebook)
    call = read_call(["check", "--all-targets", *(options or ())])
    shadow, package = open_shadow(call.manifest, wording)
    for _ in range(MOST_ROUNDS):
        if show_findings(shadow):
            raise typer.Exit(EXIT_NOT_COMPILED)
        quiet = Cargo(shadow, package, call)
        code = quiet.collect()
        if code > 128:  # a signal ended it, so what was found is not all
            raise typer.Exit(code)
        if not _mend(quiet.messages, shadow):
            break
        shadow, package = open_shadow(call.manifest, wording)
    if show_findings(shadow):
        raise typer.Exit(EXIT_NOT_COMPILED)
    raise typer.Exit(Cargo(shadow, package, call).run())


def _mend(messages: list[dict[str, Any]], shadow: Shadow) -> bool:
    """Apply what does not touch what was applied before it; return whether anything was."""
    edits: dict[str, list[Edit]] = {}
    sources: dict[str, Source] = {}
    for message in messages:
        for spans in applicable(message):
            _take(spans, shadow, edits, sources)
    for name, found in edits.items():
        path = shadow.root / name
        write_text(path, apply_edits(sources[name].text, found))
        typer.echo(f"mended {show_path(name)}: {len(found)} places", err=True)
    return bool(edits)


def _take(
    spans: Any, shadow: Shadow, edits: dict[str, list[Edit]], sources: dict[str, Source]
) -> None:
    """Note a suggestion that lies in one file of ours."""
    names = {span["file_name"] for span in spans}
    source = shadow.source_of(names.pop()) if len(names) == 1 else None
    if source is None:
        return
    found = suggested_edits(spans, source)
    if found is None:
        return
    taken = edits.setdefault(source.name, [])
    if all(_is_apart(one, other) for one in found for other in taken):
        taken.extend(found)
        sources[source.name] = source


def _is_apart(one: Edit, other: Edit) -> bool:
    return one.span.end < other.span.start or other.span.end < one.span.start
