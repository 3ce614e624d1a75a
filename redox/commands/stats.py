"""`redox stats`: the tokens of Rust and of its Iron, as public tokenizers count them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from redox.commands.common import chosen_phrasebook, expand_inputs, how_to_install
from redox.files import BadInputError, read_text, show_path
from redox.phrasebook import Phrasebook
from redox.progress import track
from redox.translate import oxidize, reduce

ENCODINGS = ("o200k_base", "cl100k_base")
CHUNK, LONGEST_CHUNK = 100_000, 900_000
"""Characters given to a tokenizer at once, and on to a good place to cut: it refuses long texts."""

GOOD_CUT = re.compile(r"\n(?=[A-Za-z0-9_])")
"""Where both tokenizers begin a new piece, so that cutting there changes no count."""

Count = Callable[[str], int]

PathsArgument = Annotated[
    list[str],
    typer.Argument(metavar="PATH", help="Files, folders of .rs and .iron files; `-` is Rust."),
]
JsonFlag = Annotated[bool, typer.Option("--json", help="Show the table as JSON.")]


@dataclass(frozen=True, slots=True)
class Row:
    """What one text counts: its lines, and the tokens of its Rust and Iron by encoding."""

    path: str
    lines: int
    rust: tuple[int, ...]
    iron: tuple[int, ...]


def stats(context: typer.Context, inputs: PathsArgument, as_json: JsonFlag = False) -> None:
    """Count the tokens of Rust and of its Iron, for each file and in sum.

    A .iron file is oxidized, anything else is reduced.
    """
    counts = _tokenizers()
    phrasebook = chosen_phrasebook(context)
    paths = expand_inputs(inputs, ".rs", ".iron")
    rows = [_count(path, phrasebook, counts) for path in track(paths, "counting")]
    if as_json:
        typer.echo(json.dumps([_as_json(row) for row in [*rows, _sum(rows)]], indent=2))
    else:
        _show_table(rows)


def _tokenizers() -> tuple[Count, ...]:
    try:
        from bpe_openai import get_encoding
    except ModuleNotFoundError as error:
        raise BadInputError(
            f"`redox stats` needs bpe-openai, which is not installed: {how_to_install('stats')}"
        ) from error

    def counter(name: str) -> Count:
        encode = get_encoding(name).encode_ordinary
        return lambda text: sum(len(encode(chunk)) for chunk in split_chunks(text))

    return tuple(counter(name) for name in ENCODINGS)


def split_chunks(text: str) -> list[str]:
    """Split `text` into chunks that a tokenizer takes; joined, they are `text`."""
    chunks, start = [], 0
    while start < len(text):
        cut = GOOD_CUT.search(text, start + CHUNK, start + LONGEST_CHUNK)
        end = cut.end() if cut else start + LONGEST_CHUNK
        chunks.append(text[start:end])
        start = end
    return chunks


def _count(path: str, phrasebook: Phrasebook, counts: Sequence[Count]) -> Row:
    text = read_text(path)
    if path.endswith(".iron"):
        rust, iron = oxidize(text, phrasebook).text, text
    else:
        rust, iron = text, reduce(text, phrasebook).text
    return Row(
        path=show_path(path),
        lines=len(rust.splitlines()),
        rust=tuple(count(rust) for count in counts),
        iron=tuple(count(iron) for count in counts),
    )


def _sum(rows: Sequence[Row]) -> Row:
    def add(columns: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        return tuple(map(sum, zip(*columns, strict=True)))

    return Row(
        "in sum",
        sum(row.lines for row in rows),
        add([row.rust for row in rows]),
        add([row.iron for row in rows]),
    )


def _as_json(row: Row) -> dict[str, object]:
    encodings = {
        name: {"rust": rust, "iron": iron, "ratio": _ratio(rust, iron)}
        for name, rust, iron in zip(ENCODINGS, row.rust, row.iron, strict=True)
    }
    return {"path": row.path, "lines": row.lines, **encodings}


def _ratio(rust: int, iron: int) -> float | None:
    return round(iron / rust, 4) if rust else None


def _show_table(rows: Sequence[Row]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    table.add_column("file", overflow="fold")
    table.add_column("lines", justify="right")
    for name in ENCODINGS:
        short = name.removesuffix("_base")
        for heading in (f"{short} Rust", "Iron", "ratio"):
            table.add_column(heading, justify="right")
    shown = [*rows, _sum(rows)] if len(rows) > 1 else rows
    for row in shown:
        cells = [f"{row.lines:,}"]
        for rust, iron in zip(row.rust, row.iron, strict=True):
            ratio = _ratio(rust, iron)
            cells += [f"{rust:,}", f"{iron:,}", "" if ratio is None else f"{ratio:.3f}"]
        table.add_row(Text(row.path), *cells)
    width = None if sys.stdout.isatty() else max(100, 60 + max(len(row.path) for row in shown))
    Console(width=width).print(table)
