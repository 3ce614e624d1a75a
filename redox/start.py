"""Where `redox` starts: `redox cargo` at once, all else by way of typer.

Who builds a crate a hundred times a day should not wait for the parts of a command line that
`redox cargo` hands on to cargo unread.
"""

from __future__ import annotations

import errno
import io
import os
import sys

HELP = ("-h", "--help")


def main() -> None:
    """Run the program with the arguments of this process."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What its encoding can't say is escaped, as on standard error.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            _run(sys.argv[1:])
        finally:
            if sys.stdout:
                sys.stdout.flush()
    except OSError as error:
        if error.filename is not None:
            raise
        sys.exit(_give_up_output(error))


def _run(words: list[str]) -> None:
    if len(words) > 1 and words[0] == "cargo" and words[1] not in HELP:
        sys.exit(_cargo(words[1:]))
    from redox.cli import main as run

    run()


def _give_up_output(error: OSError) -> int:
    """Return the exit code where standard output takes no more, and have nothing more go there."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno == errno.EPIPE:
        return 1  # whoever read it has enough
    print(f"error: standard output: {(error.strerror or str(error)).lower()}", file=sys.stderr)
    return 2


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
