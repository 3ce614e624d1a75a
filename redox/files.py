"""The one door to files: exact text in, exact text out, whole files only.

Line ends are never translated. Text is UTF-8; anything else is refused rather than guessed at.
Writing is atomic: whoever looks at a file sees the old one or the new one, never a half.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

MAX_BYTES = 512 * 1024 * 1024
"""The largest file we take: its text and its translation must fit into memory together."""

STDIN = "-"
"""The path that stands for standard input, and for standard output."""


class BadInputError(Exception):
    """What the user gave cannot be used: one line that says what and why. Exit code 2."""


def read_text(path: str | os.PathLike[str]) -> str:
    """Return the text of the file `path`, or of standard input for `-`, exactly.

    Raises `BadInputError` for what is missing, a folder, no regular file, too large, not readable
    or not UTF-8.
    """
    name = os.fspath(path)
    if name == STDIN:
        return _decode(
            _take(sys.stdin.buffer.read(MAX_BYTES + 1), "standard input"), "standard input"
        )
    shown = show_path(name)
    try:
        with open(name, "rb", opener=_open_for_reading) as file:
            _refuse_irregular(os.fstat(file.fileno()), shown)
            data = _take(file.read(), shown)  # with a most, Python would make room for that first
    except (OSError, ValueError) as error:
        raise BadInputError(f"{shown}: {_reason(error)}") from error
    return _decode(data, shown)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` to the file `path` exactly and atomically, keeping the mode of what it replaces.

    A link is followed, so that it stays a link, and a pipe or terminal is written into. Raises
    `BadInputError` if the file can't be written or `text` is not Unicode text (a lone surrogate).
    """
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadInputError(f"{show_path(path)}: the text holds a lone surrogate") from error
    write_bytes(path, data)


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file as `write_text` does; raises `BadInputError` if it can't be written."""
    try:
        mode = _mode_for(path)
        if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
            with open(path, "wb") as file:  # there is no other to put in its place
                file.write(data)
            return
        # Most files are no links, and in folders that exist; each look costs, where there are many.
        target = os.path.realpath(path) if os.path.islink(path) else os.fspath(path)
        folder = os.path.dirname(target) or os.curdir
        if not os.path.isdir(folder):
            os.makedirs(folder, exist_ok=True)
        _replace(target, folder, data, stat.S_IMODE(mode))
    except OSError as error:
        raise BadInputError(f"{show_path(path)}: {_reason(error)}") from error


def write_output(text: str) -> None:
    """Write `text` to standard output exactly, whatever the locale's encoding and line ends are."""
    sys.stdout.flush()
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        sys.stdout.write(text)
        return
    binary.write(text.encode("utf-8", "surrogatepass"))
    binary.flush()


def find_sources(
    folder: Path, suffixes: tuple[str, ...], *, but: Path | None = None
) -> Iterator[Path]:
    """Yield every file below `folder` whose name ends with one of `suffixes`, in a fixed order.

    Links to folders are not followed; what is hidden, `target` and the folder `but` are left out.
    Raises `BadInputError` for a folder that can't be listed.
    """
    left_out = None
    if but is not None:
        # As `os.walk` will name it: it follows no links.
        below = os.path.relpath(os.path.realpath(but), os.path.realpath(folder))
        left_out = os.path.join(folder, below)

    def refuse(error: OSError) -> None:
        raise BadInputError(f"{show_path(error.filename)}: {_reason(error)}") from error

    for place, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name != "target"
            and os.path.join(place, name) != left_out
        )
        yield from (
            Path(place, name)
            for name in sorted(names)
            if name.endswith(suffixes) and not name.startswith(".")
        )


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Tell whether `path` is a folder; standard input is none, nor is what can't be looked at."""
    return os.fspath(path) != STDIN and os.path.isdir(path)


def is_same_file(first: str | os.PathLike[str], second: str | os.PathLike[str]) -> bool:
    """Tell whether two paths lead to one existing file or folder."""
    try:
        return os.path.samefile(first, second)
    except OSError:
        return False


def show_path(path: str | os.PathLike[str]) -> str:
    """Return `path` fit for one line of a message: control characters and bad bytes are escaped."""
    name = os.fspath(path)
    if name == STDIN:
        return "standard input"
    if name.isprintable():
        return name
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in name)


def _open_for_reading(name: str, flags: int) -> int:
    # Without O_NONBLOCK, opening a named pipe would wait for its other end for ever.
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def _refuse_irregular(status: os.stat_result, shown: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise BadInputError(f"{shown}: is a folder")
    if not stat.S_ISREG(status.st_mode):
        raise BadInputError(f"{shown}: is not a regular file")
    if status.st_size > MAX_BYTES:
        raise BadInputError(f"{shown}: is larger than {_megabytes()}")


def _take(data: bytes, shown: str) -> bytes:
    if len(data) > MAX_BYTES:
        raise BadInputError(f"{shown}: is larger than {_megabytes()}")
    return data


def _megabytes() -> str:
    return f"{MAX_BYTES // (1024 * 1024)} MB, the most that Redox takes"


def _decode(data: bytes, shown: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInputError(
            f"{shown}: is not UTF-8: byte 0x{data[error.start]:02x} on line {line}"
        ) from error


def _replace(target: str, folder: str, data: bytes, mode: int) -> None:
    prefix = f".{os.path.basename(target)[:100]}."
    handle, name = tempfile.mkstemp(prefix=prefix, dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, mode)
        os.replace(name, target)
    except BaseException:
        # KeyboardInterrupt too: Ctrl-C must leave no half file.
        os.unlink(name)
        raise


def _mode_for(path: str | os.PathLike[str]) -> int:
    """Return the mode of what is written to, or what a new file gets by the umask.

    Raises `IsADirectoryError` for a folder, and `BadInputError` for what holds no text.
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        mask = os.umask(0o022)
        os.umask(mask)
        return stat.S_IFREG | 0o666 & ~mask
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
        raise BadInputError(f"{show_path(path)}: is not a regular file")
    return mode


REASONS = {
    errno.ENOENT: "there is no such file",
    errno.EISDIR: "is a folder",
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.EEXIST: "a part of the path is not a folder",
    errno.ENOTDIR: "a part of the path is not a folder",
    errno.ENOSPC: "no space is left",
    errno.ELOOP: "the links go round in a circle",
    errno.ENAMETOOLONG: "the name is too long",
}


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return REASONS.get(error.errno) or (error.strerror or str(error)).lower()
    return str(error)
