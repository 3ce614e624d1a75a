"""The one door to other programs: started under limits, watched, and ended with all they started.

Limits of the kernel hold for each process; what they can't hold, the sum of the memory of a
program and its children, is looked at five times a second.
"""

from __future__ import annotations

import os
import resource
import select
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import IO

MEGABYTE = 1024 * 1024
LOOK_SECONDS = 0.2
GRACE_SECONDS = 2.0
CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may use. Memory and files are in bytes.

    `cpu_seconds` is of each process, `wall_seconds` of all; `memory` is of each process and its
    reserved addresses, `resident` what all of them together may really hold. `processes` are those
    of the user, with all threads; None where something else holds them back.
    """

    cpu_seconds: int
    wall_seconds: float
    memory: int
    resident: int
    file_size: int
    processes: int | None
    output: int

    def scaled(self, factor: float) -> Limits:
        """Return the same limits with `factor` times the time."""
        return replace(
            self,
            cpu_seconds=max(1, round(self.cpu_seconds * factor)),
            wall_seconds=self.wall_seconds * factor,
        )


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended. `code` is negative if a signal ended it.

    `stopped` says which limit made us end it: "time", "memory" or nothing.
    """

    code: int
    stdout: bytes
    stderr: bytes
    seconds: float
    stopped: str = ""

    @property
    def errors(self) -> str:
        """Its standard error as text; bytes that are not UTF-8 are shown as escapes."""
        return self.stderr.decode("utf-8", "backslashreplace")


def run_limited(
    command: Sequence[str],
    *,
    folder: Path,
    stdin: bytes,
    environment: Mapping[str, str],
    limits: Limits,
) -> Ended:
    """Run `command` in `folder` under `limits`; what it writes beyond the output's limit is lost.

    It gets a session of its own, and at the end the whole of its process group is killed. Raises
    `OSError` if it can't be started.
    """
    started = time.monotonic()
    with subprocess.Popen(
        [*_limiting(limits), *command],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as child:
        try:
            stdout, stderr, stopped = _watch(child, stdin, limits, started + limits.wall_seconds)
        finally:
            _kill_group(child)
    return Ended(child.returncode, stdout, stderr, time.monotonic() - started, stopped)


def _limiting(limits: Limits) -> list[str]:
    """Return what runs a command under limits: util-linux's program, which costs a tenth of a fork.

    A fork of ours, to set them in, would copy the tables of all our memory each time.
    """
    values = {
        "cpu": (resource.RLIMIT_CPU, limits.cpu_seconds),
        "as": (resource.RLIMIT_AS, limits.memory),
        "fsize": (resource.RLIMIT_FSIZE, limits.file_size),
        "nproc": (resource.RLIMIT_NPROC, limits.processes),
        "core": (resource.RLIMIT_CORE, 0),
        "nofile": (resource.RLIMIT_NOFILE, 256),
        "memlock": (resource.RLIMIT_MEMLOCK, 0),
        "msgqueue": (resource.RLIMIT_MSGQUEUE, 0),
    }
    command = [_prlimit()]
    for name, (what, value) in values.items():
        if value is None:
            continue
        _, hard = resource.getrlimit(what)
        # What the system already forbids stays forbidden.
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # A second more than the soft limit of time, so that the signal tells which one it was.
        slack = 1 if what == resource.RLIMIT_CPU and allowed == value else 0
        command.append(f"--{name}={allowed}:{allowed + slack}")
    return [*command, "--"]


@cache
def _prlimit() -> str:
    path = shutil.which("prlimit", path="/usr/bin:/bin")
    if path is None:
        raise FileNotFoundError("prlimit is missing; it is a part of util-linux")
    return path


def _watch(
    child: subprocess.Popen[bytes], stdin: bytes, limits: Limits, deadline: float
) -> tuple[bytes, bytes, str]:
    """Feed and read `child` until it ends; the last part says which limit made us end it."""
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    kept = {child.stdout: bytearray(), child.stderr: bytearray()}
    waiting = memoryview(stdin)
    next_look = time.monotonic() + LOOK_SECONDS
    give_up = float("inf")
    stopped = ""
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        selector.register(child.stderr, selectors.EVENT_READ)
        if stdin:
            os.set_blocking(child.stdin.fileno(), False)
            selector.register(child.stdin, selectors.EVENT_WRITE)
        else:
            child.stdin.close()
        # Who left the group keeps a pipe open after the kill; without a sandbox that can be.
        while selector.get_map() and time.monotonic() < give_up:
            for key, _ in selector.select(max(0.0, min(next_look, deadline) - time.monotonic())):
                pipe: IO[bytes] = key.fileobj  # type: ignore[assignment]  # as registered above
                if pipe is child.stdin:
                    waiting = _feed(child.stdin, waiting)
                    is_over = not waiting
                else:
                    is_over = not _take(pipe, kept[pipe], limits.output)
                if is_over:
                    selector.unregister(pipe)
                    pipe.close()
            now = time.monotonic()
            if now >= next_look and not stopped:
                next_look = now + LOOK_SECONDS
                stopped = "memory" if _resident(child.pid) > limits.resident else ""
            if now >= deadline and not stopped:
                stopped = "time"
            if stopped:
                _kill_group(child)
                give_up = min(give_up, now + GRACE_SECONDS)
                deadline = next_look = now + LOOK_SECONDS
    if not _is_over(child, max(0.0, deadline - time.monotonic())):
        stopped = stopped or "time"  # its pipes are closed, and it goes on
        _kill_group(child)
    child.wait()
    return bytes(kept[child.stdout]), bytes(kept[child.stderr]), stopped


def _is_over(child: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait until a program has ended, and tell if it did; `Popen.wait` would look and sleep."""
    handle = os.pidfd_open(child.pid)
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


def _feed(pipe: IO[bytes], waiting: memoryview) -> memoryview:
    """Write some of what waits; what nobody wants to read any more is dropped."""
    try:
        return waiting[os.write(pipe.fileno(), waiting[:CHUNK]) :]
    except BlockingIOError:
        return waiting
    except BrokenPipeError:
        return waiting[:0]


def _take(pipe: IO[bytes], kept: bytearray, limit: int) -> bool:
    data = os.read(pipe.fileno(), CHUNK)
    kept += data[: max(0, limit - len(kept))]
    return bool(data)


def _resident(pid: int) -> int:
    """Return the bytes of memory that a process and its descendants hold, as far as is known."""
    total = 0
    waiting = [pid]
    page = resource.getpagesize()
    while waiting:
        place = Path("/proc", str(waiting.pop()))
        try:
            total += int((place / "statm").read_text().split()[1]) * page
            for task in (place / "task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        except (OSError, ValueError, IndexError):
            continue  # it ended meanwhile
    return total


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
