"""Where `redox` starts: `redox cargo` at once, all else by way of typer.

Who builds a crate a hundred times a day should not wait for the parts of a command line that
`redox cargo` hands on to cargo unread.
"""

from __future__ import annotations

import sys

HELP = ("-h", "--help")


def main() -> None:
    """Run the program with the arguments of this process."""
    words = sys.argv[1:]
    if len(words) > 1 and words[0] == "cargo" and words[1] not in HELP:
        sys.exit(_cargo(words[1:]))
    from redox.cli import main as run

    run()


def _cargo(arguments: list[str]) -> int:
    """Run `redox cargo` and return its exit code, which stands in `redox.cli` for all commands."""
    from redox.cargo import call_cargo
    from redox.files import BadInputError
    from redox.shadow.workspace import Wording

    try:
        return call_cargo(arguments, Wording())
    except BadInputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
