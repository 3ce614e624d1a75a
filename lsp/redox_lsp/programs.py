"""The one door to other programs: no shell, no waiting, and none outlives what wanted it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from redox_lsp.frames import CHUNK

if TYPE_CHECKING:
    from redox.process import Finished
    from redox.toolchain import Tool

logger = logging.getLogger(__name__)

PIPES_SECONDS = 2.0
"""How long we wait for the pipes of a program that has ended to be closed."""


async def run(
    words: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    most: int = sys.maxsize,
) -> tuple[int, str, str]:
    """Run a program in a folder; return its exit code, output and errors.

    Of each of the two no more is kept than the last `most` bytes. Being cancelled ends it together
    with all that it started. Raises `OSError` if it can't be started.
    """
    process = await start(words, folder, environment)
    assert process.stdout is not None, "its output is piped"
    assert process.stderr is not None, "its errors are piped"
    try:
        output, errors = await asyncio.gather(
            _end_of(process.stdout, most), _end_of(process.stderr, most)
        )
        await process.wait()
    finally:
        if process.returncode is None:
            await end_group(process)
    code = process.returncode
    assert code is not None, "it has ended"
    return code, output.decode("utf-8", "replace"), errors.decode("utf-8", "replace")


async def _end_of(stream: asyncio.StreamReader, most: int) -> bytes:
    """Read all that comes, and return the last bytes of it."""
    kept = bytearray()
    while data := await stream.read(CHUNK):
        kept += data
        del kept[:-most]
    return bytes(kept)


async def ask(words: Sequence[str], environment: Mapping[str, str]) -> Finished:
    """Ask a program a question, in an empty folder of ours; being cancelled ends it.

    Raises `OSError` if it can't be started.
    """
    from redox.process import PROBE_SECONDS, Finished, empty_folder

    with empty_folder() as folder:
        try:
            # `wait_for` of Python 3.11 drops a cancellation that meets the end of what it awaits.
            async with asyncio.timeout(PROBE_SECONDS):
                code, output, errors = await run(words, folder=folder, environment=environment)
        except TimeoutError:
            return Finished(-1, b"", b"", timed_out=True)
    return Finished(code, output.encode(), errors.encode())


async def toolchain() -> Mapping[str, str]:
    """Return the variables that fix the toolchain, as `redox.process.rust_environment` does."""
    from redox.process import toolchain_of, toolchain_question

    question = toolchain_question()
    return {} if question is None else toolchain_of(await ask(question, {}))


async def probe(name: str, environment: Mapping[str, str]) -> Tool:
    """Find one of Rust's tools and ask it for its version, as `redox.toolchain.probe_tool` does."""
    from redox.toolchain import Tool, find_tool, tool_of

    path = find_tool(name)
    if path is None:
        return Tool(name, "", "", "not found")
    try:
        return tool_of(name, path, await ask([path, "--version"], environment))
    except OSError as error:
        return Tool(name, path, "", f"does not start: {error.strerror}")


async def start(
    words: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    with_input: bool = False,
) -> Process:
    """Start a program as the first of a group of its own; raises `OSError` where that fails.

    Where asyncio is cancelled amid this, it ends the program, but nothing that the program has
    started, and then waits for these; and where all tasks are cancelled, as at the end of a loop,
    it waits forever, for nothing connects the pipes. So we let it finish, and end them ourselves.
    """
    if asyncio.get_running_loop() in _over:
        raise asyncio.CancelledError
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *words,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=PIPE if with_input else DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,
        )
    )
    _starting.add(starting)
    starting.add_done_callback(_starting.discard)
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _through(_end_started(starting))
        raise


async def _end_started(starting: asyncio.Future[Process]) -> None:
    try:
        process = await starting
    except OSError as error:
        logger.debug("%s was not wanted any more, and does not start", error.filename)
    else:
        await end_group(process)


async def end_group(process: Process) -> None:
    """End a program, if it still runs, and all that it started and that is left of it."""
    try:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        elif process.returncode is None:
            process.kill()
    except ProcessLookupError:
        logger.debug("nothing of a program is left")
    await _through(_see_end(process))


async def _see_end(process: Process) -> None:
    """Wait for the end of a program that was killed, and close its pipes.

    asyncio also waits for all that hold them, and something may have left the group with them.
    """
    try:
        async with asyncio.timeout(PIPES_SECONDS):
            await process.wait()
    except TimeoutError:
        logger.debug("something that %s has started is left and holds its pipes", process.pid)
    # Nothing public closes them before they end by themselves, so mypy knows nothing of it.
    process._transport.close()  # type: ignore[attr-defined]


_starting: set[asyncio.Future[Process]] = set()
"""What is on its way to be a program."""
_over: WeakSet[asyncio.AbstractEventLoop] = WeakSet()
"""The loops in which nothing is started any more."""
_ending: set[asyncio.Future[None]] = set()
"""What is gone through with whoever is cancelled: the ends of programs."""


def _through(work: Coroutine[Any, Any, None]) -> asyncio.Future[None]:
    """Have something done to its end, even if who waits for it is cancelled meanwhile."""
    ending = asyncio.ensure_future(work)
    _ending.add(ending)
    ending.add_done_callback(_ending.discard)
    return asyncio.shield(ending)


async def all_ended() -> None:
    """Start no more programs in this loop, and wait until none is amid its start or its end.

    To be awaited before the loop ends: that would cancel what starts and ends them.
    """
    _over.add(asyncio.get_running_loop())
    while _starting or _ending:
        pending: set[asyncio.Future[Any]] = {*_starting, *_ending}
        await asyncio.wait(pending)
