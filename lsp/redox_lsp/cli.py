"""The program `redox-lsp`: which transport, and where."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import redox
from redox_lsp.transports import LOOPBACK, serve_stdio, serve_tcp, serve_ws

PORT = 8888
KEY = "REDOX_COMPLETION_KEY"
"""The variable that holds the key of a server with a model."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Serve one client, and end when it leaves."""
    chosen = _parse(arguments)
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if chosen.verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )
    # What pygls says of failing handlers, the server says itself.
    logging.getLogger("pygls").setLevel(logging.NOTSET if chosen.verbose else logging.CRITICAL)
    from redox_lsp.handlers import make_server

    # Lines of documents live long; with Python's own numbers each key would look at all of them.
    gc.set_threshold(50_000, 20, 100)
    # Who works in a thread must not hold up a key for long: Python's own number is 5 ms.
    sys.setswitchinterval(0.001)
    server = make_server()
    server.key = os.environ.pop(KEY, "")  # what we start inherits the rest
    try:
        if chosen.tcp:
            code = serve_tcp(server, chosen.host, chosen.port)
        elif chosen.ws:
            code = serve_ws(server, chosen.host, chosen.port, chosen.allow_origin)
        else:
            code = serve_stdio(server)
    except KeyboardInterrupt:
        code = 130
    except OSError as error:
        sys.exit(f"redox-lsp: {chosen.host}:{chosen.port}: {error.strerror}")
    _leave(code)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="redox-lsp", description="The language server of Iron.")
    parser.add_argument("--version", action="version", version=f"redox-lsp {redox.__version__}")
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--stdio", action="store_true", help="standard input and output: the default")
    ways.add_argument("--tcp", action="store_true", help="a socket on loopback")
    ways.add_argument("--ws", action="store_true", help="a WebSocket on loopback")
    parser.add_argument(
        "--host",
        default=LOOPBACK[0],
        choices=LOOPBACK,
        help=f"where --tcp and --ws listen: {LOOPBACK[0]} if not said",
    )
    parser.add_argument(
        "--port", type=int, default=PORT, help=f"{PORT} if not said; 0 takes any that is free"
    )
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="let a web page of this origin use --ws, as https://example.org; may be repeated",
    )
    parser.add_argument("--verbose", action="store_true", help="log every message")
    return parser.parse_args(arguments)


def _leave(code: int) -> NoReturn:
    """End at once: a thread that still works for a client that is gone must not hold us up."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (BrokenPipeError, ValueError):
            continue  # who would read it is gone
    os._exit(code)
