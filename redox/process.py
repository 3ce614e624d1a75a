"""The one door to other programs: nothing else in `redox` imports `subprocess`.

Programs are started without a shell, by absolute path. A program that only answers a question
(`rustc --version`, `rustfmt`) starts in an empty folder of ours, never in the user's: a workspace's
`rust-toolchain.toml` or `.cargo/config.toml` can name programs of its own.
"""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

PROBE_SECONDS = 20.0
PAUSE_SECONDS = 0.05
"""Who has begun a line and says nothing for so long may wait for an answer."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a program left behind. `code` is negative if a signal ended it, as in `subprocess`."""

    code: int
    stdout: bytes
    stderr: bytes
    timed_out: bool = False

    @property
    def output(self) -> str:
        """Its standard output as text; bytes that are not UTF-8 are shown as escapes."""
        return self.stdout.decode("utf-8", "backslashreplace")

    @property
    def errors(self) -> str:
        """Its standard error as text; bytes that are not UTF-8 are shown as escapes."""
        return self.stderr.decode("utf-8", "backslashreplace")


def find_program(name: str) -> str | None:
    """Return the path of the program `name` on PATH, whose relative entries don't count."""
    places = [place for place in os.get_exec_path() if os.path.isabs(place)]
    return shutil.which(name, path=os.pathsep.join(places))


def run_program(
    command: Sequence[str],
    *,
    folder: Path,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Finished:
    """Run `command` in `folder` and return what it left behind.

    After `timeout` seconds, or if we are interrupted, it is killed together with every program that
    it started. Raises `OSError` if it cannot be started.
    """
    with subprocess.Popen(
        list(command),
        cwd=folder,
        env=_environment(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as child:
        try:
            stdout, stderr = child.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            _kill_group(child)
            stdout, stderr = child.communicate()
            return Finished(child.returncode, stdout, stderr, timed_out=True)
        except BaseException:
            _kill_group(child)
            raise
    return Finished(child.returncode, stdout, stderr)


def run_attached(command: Sequence[str]) -> int:
    """Run `command` on the user's terminal, in the user's folder, and return its exit status.

    As in a shell, a program that signal n ended has status 128 + n. Ctrl-C reaches the program
    itself, TERM is handed on to it, and we wait for what it makes of them. Raises `OSError` if it
    cannot be started.
    """
    with _handing_on_signals() as started, subprocess.Popen(list(command)) as child:
        started(child)
        code = child.wait()
    return code if code >= 0 else 128 - code


def run_watched(
    command: Sequence[str],
    *,
    output: Callable[[bytes], None] | None,
    errors: Callable[[bytes], None],
    environment: Mapping[str, str] | None = None,
) -> int:
    """Run `command` in the user's folder, with the user's input, and hand on what it says.

    Where `output` is None its output is ours. What it says on both is handed on in the order that
    it said it in, as far as that can be told; nothing is handed on, `b""`, where it has said
    something and says no more for a moment. Signals and the status are as in `run_attached`.
    """
    with (
        _handing_on_signals() as started,
        subprocess.Popen(
            list(command),
            env=_environment(environment),
            stdout=None if output is None else subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as child,
    ):
        started(child)
        _watch([(child.stdout, output), (child.stderr, errors)])
        code = child.wait()
    return code if code >= 0 else 128 - code


@contextmanager
def _handing_on_signals() -> Iterator[Callable[[subprocess.Popen[bytes]], None]]:
    """Leave it to a program that is started how to end; give the function that names it."""
    children: list[subprocess.Popen[bytes]] = []
    asked: list[int] = []

    def hand_on(number: int, _frame: object) -> None:
        asked.append(number)
        for child in children:
            child.send_signal(number)

    def start(child: subprocess.Popen[bytes]) -> None:
        children.append(child)
        for number in asked:  # before it was there
            child.send_signal(number)

    # A handler that does nothing is ours alone: a program that is started does not inherit it, and
    # an exception amid `wait` could lose the status that it had just been given.
    handlers = {signal.SIGINT: lambda *_: None, signal.SIGTERM: hand_on}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield start
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(streams: Sequence[tuple[IO[bytes] | None, Callable[[bytes], None] | None]]) -> None:
    """Hand on what comes, the first stream's before the second's where both have something."""
    with selectors.DefaultSelector() as selector:
        for rank, (stream, take) in enumerate(streams):
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ, (rank, take))
        pause = None
        while keys := list(selector.get_map().values()):
            ready = [key for key, _ in selector.select(pause)]
            if not ready:
                pause = None
                for key in keys:
                    key.data[1](b"")
                continue
            key = min(ready, key=lambda one: one.data[0])
            if data := os.read(key.fd, 1 << 16):
                pause = PAUSE_SECONDS
                key.data[1](data)
            else:
                selector.unregister(key.fileobj)


def probe_program(
    program: str, *arguments: str, stdin: bytes = b"", timeout: float = PROBE_SECONDS
) -> Finished:
    """Ask `program`, an absolute path, a question, in an empty folder of ours."""
    with empty_folder() as folder:
        return run_program(
            [program, *arguments],
            folder=folder,
            stdin=stdin,
            environment=rust_environment(),
            timeout=timeout,
        )


@contextmanager
def empty_folder() -> Iterator[Path]:
    """Give a new empty folder that is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="redox-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@cache
def rust_environment() -> Mapping[str, str]:
    """Return the variables that fix the toolchain, so that no `rust-toolchain.toml` is looked for.

    The user's own RUSTUP_TOOLCHAIN wins; else it is rustup's default toolchain; without rustup
    there is nothing to fix. `rustup default` only reads rustup's settings, it starts no toolchain.
    """
    question = toolchain_question()
    if question is None:
        return {}
    with empty_folder() as folder:
        return toolchain_of(run_program(question, folder=folder, timeout=PROBE_SECONDS))


def toolchain_question() -> list[str] | None:
    """Return the command that tells which toolchain is to be fixed, if one has to be."""
    rustup = find_program("rustup")
    return None if os.environ.get("RUSTUP_TOOLCHAIN") or rustup is None else [rustup, "default"]


def toolchain_of(answer: Finished) -> dict[str, str]:
    """Return the variables that fix the toolchain that rustup named."""
    words = answer.output.split()
    return {"RUSTUP_TOOLCHAIN": words[0] if answer.code == 0 and words else "stable"}


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    return {**os.environ, **(extra or {})}


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    if os.name == "posix":
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
    else:
        child.kill()
