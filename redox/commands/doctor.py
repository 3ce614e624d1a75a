"""`redox doctor`: which tools are there, and what a missing one costs."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

import redox
from redox.commands.common import fail_on, how_to_install
from redox.toolchain import MINIMUM_RUSTC, Tool, probe_tool

JsonFlag = Annotated[bool, typer.Option("--json", help="Show the rows as JSON.")]

COSTS = {
    "rustc": "without it: no `redox run`, no check that Rust compiles",
    "cargo": "without it: no `redox cargo`, no `redox corpus --compile`",
    "rustfmt": "without it: `redox format` mends indentation only",
    "rust-analyzer": "without it: `redox-lsp` knows no types",
}
EXTRAS = {
    "bpe_openai": ("stats", "without it: no `redox stats`"),
    "pygls": ("lsp", "without it: no `redox-lsp`, the language server"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was looked for; `state` is "ok", "missing", "too old" or "optional"."""

    name: str
    state: str
    version: str
    place: str
    remark: str = ""


def doctor(as_json: JsonFlag = False) -> None:
    """Show which tools are there, and what a missing one costs.

    Ends with 1 if one of Rust's tools is missing or too old.
    """
    rows = list(_rows())
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        _show_table(rows)
    fail_on(any(row.state in ("missing", "too old") for row in rows))


def _rows() -> Iterator[Row]:
    yield Row("redox", "ok", redox.__version__, str(Path(redox.__file__).parent))
    yield Row("Python", "ok", platform.python_version(), sys.executable)
    for name, cost in COSTS.items():
        yield _tool_row(probe_tool(name), cost)
    for module, (extra, cost) in EXTRAS.items():
        if find_spec(module) is None:
            remark = f"{cost}: {how_to_install(extra)}"
            yield Row(module.replace("_", "-"), "optional", "", "", remark)


def _tool_row(tool: Tool, cost: str) -> Row:
    if not tool.version:
        return Row(tool.name, "missing", "", tool.path, f"{tool.problem}; {cost}")
    if tool.name == "rustc" and tool.numbers < MINIMUM_RUSTC:
        oldest = ".".join(map(str, MINIMUM_RUSTC[:2]))
        remark = f"`redox run` needs {oldest} or newer; {cost}"
        return Row(tool.name, "too old", tool.version, tool.path, remark)
    return Row(tool.name, "ok", tool.version, tool.path)


def _show_table(rows: list[Row]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    styles = {"ok": "green", "missing": "bold red", "too old": "bold red", "optional": "yellow"}
    table = Table(box=None, pad_edge=False)
    for heading in ("tool", "state", "version", "place and remark"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        notes = Text("\n".join(filter(None, (row.place, row.remark))))
        table.add_row(Text(row.name), Text(row.state, styles[row.state]), Text(row.version), notes)
    Console(width=None if sys.stdout.isatty() else 140).print(table)
