"""`redox explain`: look up a phrase of Iron or a token of Rust."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from redox.commands.common import EXIT_FINDINGS, chosen_phrasebook
from redox.lookup import close_phrases, find_phrases, phrase_row
from redox.phrasebook import Phrase

QueryArgument = Annotated[
    list[str], typer.Argument(metavar="PHRASE|TOKEN", help="As in `is less than`, or '<'.")
]
JsonFlag = Annotated[bool, typer.Option("--json", help="Show the rows as JSON.")]


def explain(context: typer.Context, query: QueryArgument, as_json: JsonFlag = False) -> None:
    """Say what a phrase of Iron means in Rust, or how Iron says a token of Rust.

    A word that begins or is part of phrases lists those.
    """
    wanted = " ".join(" ".join(query).split())
    phrases = chosen_phrasebook(context).phrases
    found = find_phrases(wanted, phrases)
    if not found:
        typer.echo(f"error: no phrase or token {wanted!r}{_suggest(wanted, phrases)}", err=True)
        raise typer.Exit(EXIT_FINDINGS)
    if as_json:
        typer.echo(
            json.dumps([phrase_row(phrase) for phrase in found], ensure_ascii=False, indent=2)
        )
        return
    typer.echo("\n\n".join(_as_text(phrase) for phrase in found))


def _suggest(wanted: str, phrases: Sequence[Phrase]) -> str:
    close = close_phrases(wanted, phrases)
    return f"; did you mean {' or '.join(f'`{one}`' for one in close)}?" if close else ""


def _as_text(phrase: Phrase) -> str:
    return "\n".join(_lines(phrase))


def _lines(phrase: Phrase) -> Iterator[str]:
    written = f"`{phrase.rust}`" if phrase.rust else "nothing"
    yield f"{phrase.text}  means  {written}"
    yield f"  {phrase.doc}"
    if phrase.iron_example:
        yield "  Iron:  " + phrase.iron_example.replace("\n", "\n         ")
        yield "  Rust:  " + phrase.rust_example.replace("\n", "\n         ")
