"""The one door to other programs: no shell, no waiting, and none outlives what wanted it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from pathlib import Path

logger = logging.getLogger(__name__)


async def run(
    words: Sequence[str], *, folder: Path, environment: Mapping[str, str]
) -> tuple[int, str, str]:
    """Run a program in a folder; return its exit code, output and errors.

    Being cancelled ends it together with all that it started. Raises `OSError` if it can't be
    started.
    """
    process = await _start(words, folder, environment)
    try:
        output, errors = await process.communicate()
    finally:
        await _end(process)
    code = process.returncode
    assert code is not None, "it has ended"
    return code, output.decode("utf-8", "replace"), errors.decode("utf-8", "replace")


async def _start(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Process:
    """Start a program as the first of a group of its own.

    Where asyncio is cancelled amid this, it ends the program, but nothing that the program has
    started, and then waits for these. So we let it finish, and end them all ourselves.
    """
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *words,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _end(await starting)
        raise


async def _end(process: Process) -> None:
    """End a program and all that it started, if it still runs."""
    if process.returncode is not None:
        return
    try:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except ProcessLookupError:
        logger.debug("a program has just ended by itself")
    await process.wait()
