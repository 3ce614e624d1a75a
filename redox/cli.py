"""The `redox` program: its global options, and the table of its commands.

`redox --help` must stay quick, so nothing here imports a command: each is named in a table and
imported when it is called. Sibling packages add commands by the entry-point group `redox.commands`,
and those are imported no sooner.

Exit codes: 0 all is well; 1 there are findings; 2 the input or the call can't be used; 130 Ctrl-C;
143 asked to end.
`redox run` hands on the exit code of the program that it ran.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.main import get_command

from redox import PhrasebookError, __version__
from redox.commands.common import EXIT_BAD_INPUT, EXIT_INTERRUPTED, Settings, how_to_install
from redox.files import BadInputError

ENTRY_POINTS = "redox.commands"
HELP = {
    "data": "Make tasks from families, and prove them.",
    "eval": "Score what models wrote, in a sandbox, and compare.",
    "train": "Finetune a model on one arm of a data set, and compare runs.",
}
"""What help says of commands of packages that are not imported for it."""
CALLED = "redox.called"
"""Where a call keeps the command that it is of."""


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """A command by name: what help says of it, and where its function is."""

    name: str
    help: str
    load: Callable[[], Any]
    context_settings: Mapping[str, Any] = field(default_factory=dict)
    extras: tuple[str, ...] | None = None
    """Of a sibling's command, the extras of ours that bring what it needs."""


def main() -> None:
    """Run the program with the arguments of this process."""
    signal.signal(signal.SIGTERM, _end)
    app(prog_name="redox")


def _end(number: int, _frame: object) -> NoReturn:
    """End as Ctrl-C does: what was begun is put away, and what was started is ended."""
    raise SystemExit(128 + number)


class LazyGroup(TyperGroup):
    """A group whose commands are placeholders until one of them is called.

    `ctx` and the commands are `Any` because older releases of typer take their types from click and
    newer ones from a copy of it.
    """

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that `args` call, as typer does, and import it."""
        name, placeholder, rest = super().resolve_command(ctx, args)
        known = COMMANDS.get(name or "")
        ctx.meta[CALLED] = known
        return name, placeholder if known is None else _load(known), rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was called, and turn what it raises into our exit codes."""
        try:
            return super().invoke(ctx)
        except (BadInputError, PhrasebookError) as error:
            print(f"error: {error}", file=sys.stderr)
            raise typer.Exit(EXIT_BAD_INPUT) from error
        except ModuleNotFoundError as error:
            called: LazyCommand | None = ctx.meta.get(CALLED)
            # One without a name was raised by hand, for another reason.
            if called is None or called.extras is None or error.name is None:
                raise
            cure = f": {how_to_install(*called.extras)}" if called.extras else ""
            needed = f"`redox {called.name}` needs {error.name}, which is not installed{cure}"
            print(f"error: {needed}", file=sys.stderr)
            raise typer.Exit(EXIT_BAD_INPUT) from error
        except KeyboardInterrupt as error:
            raise typer.Exit(EXIT_INTERRUPTED) from error


def _own(name: str, help_line: str, function: str = "", **context_settings: Any) -> LazyCommand:
    def load() -> Any:
        return getattr(import_module(f"redox.commands.{name}"), function or name)

    return LazyCommand(name, help_line, load, context_settings)


def siblings() -> Iterator[LazyCommand]:
    """Yield the commands that other packages offer, none of them imported."""
    for point in entry_points(group=ENTRY_POINTS):
        yield LazyCommand(
            point.name,
            HELP.get(point.name, f"Comes with {point.module.partition('.')[0]}."),
            point.load,
            extras=tuple(point.extras),
        )


def _load(command: LazyCommand) -> Any:
    target = command.load()
    if isinstance(target, typer.Typer):
        return get_command(target)
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(command.name, context_settings=dict(command.context_settings))(target)
    return get_command(single)


OWN_COMMANDS = (
    _own("reduce", "Turn Rust into Iron."),
    _own("oxidize", "Turn Iron into Rust."),
    _own("check", "Say what is wrong in Iron, and write nothing."),
    _own("format", "Lay Iron out as rustfmt lays out its Rust.", "format_iron"),
    _own("run", "Compile an Iron program with rustc and run it.", allow_interspersed_args=False),
    _own(
        "cargo",
        "Run cargo on a crate that is written in Iron.",
        ignore_unknown_options=True,
        allow_interspersed_args=False,
    ),
    _own("fix", "Apply to Iron what rustc is sure of.", ignore_unknown_options=True),
    _own("new", "Make a crate of Iron.", ignore_unknown_options=True),
    _own("explain", "Look up a phrase of Iron or a token of Rust.", ignore_unknown_options=True),
    _own("stats", "Count the tokens of Rust and of its Iron."),
    _own("corpus", "Hold the laws of Iron against real Rust."),
    _own("doctor", "Show which tools are there, and what a missing one costs."),
)

# Our own names come last: no other package can take one of them.
COMMANDS: dict[str, LazyCommand] = {
    command.name: command for command in (*siblings(), *OWN_COMMANDS)
}

app = typer.Typer(
    cls=LazyGroup,
    help="Redox turns Rust into Iron, Rust said in English words, and back without losing a byte.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"redox {__version__}")
        raise typer.Exit


@app.callback()
def _redox(
    context: typer.Context,
    phrasebook: Annotated[
        Path | None,
        typer.Option(
            "--phrasebook", metavar="FILE", help="Another wording of Iron, as a TOML file."
        ),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    context.obj = Settings(phrasebook)


for _command in (*OWN_COMMANDS, *(c for c in COMMANDS.values() if c not in OWN_COMMANDS)):

    @app.command(_command.name, help=_command.help)
    def _placeholder() -> None:
        """Stand in for a command in the list that help shows; `LazyGroup` imports the real one."""
