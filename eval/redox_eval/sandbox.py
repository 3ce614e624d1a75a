"""Where untrusted code is compiled and run: no network, no files but the toolchain, few rights.

Two ways lead to the same box: bubblewrap, and where that is missing namespaces made by hand with
`unshare`. Started by root, what is inside gets a user of its own, so that the limit on processes
counts for it; started by anyone else, a user namespace, in which that limit is set, so that what
else its user runs does not count. What the box holds is in one table,
`_mounts`, for both. Limits alone are no sandbox: without either way nothing is run, unless the
caller insists, and that is then part of every result.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path

from redox.files import BadInputError
from redox.process import empty_folder, find_program
from redox_eval.programs import MEGABYTE, Ended, Limits, run_limited

TOOLCHAIN = "/toolchain"
BOX = "/box"
SCRATCH_BYTES = 64 * MEGABYTE

FIRST_USER = 1_000_000_000
"""Boxes of root's run as this user number and the worker's process id: nobody else has that."""

PROBE = Limits(5, 20.0, 2048 * MEGABYTE, 1024 * MEGABYTE, MEGABYTE, 64, 64 * 1024)


class Isolation(StrEnum):
    """What keeps untrusted code in; the value is written into every result."""

    BUBBLEWRAP = "bubblewrap"
    NAMESPACES = "namespaces"
    NONE = "none"


class NoSandboxError(BadInputError):
    """This machine offers no sandbox, so nothing untrusted is run."""


@dataclass(frozen=True, slots=True)
class Box:
    """What is seen inside: one folder of ours, and if asked the toolchain and what links."""

    folder: Path
    toolchain: Path | None = None
    has_linker: bool = False
    is_writable: bool = False


def find_isolation(*, allow_none: bool = False) -> Isolation:
    """Return the best isolation that works here, tried and not assumed.

    Raises `NoSandboxError` if none does, unless `allow_none`.
    """
    obstacles = _obstacles()
    for isolation, obstacle in obstacles.items():
        if not obstacle:
            return isolation
    if allow_none:
        return Isolation.NONE
    said = "; ".join(f"{isolation}: {obstacle}" for isolation, obstacle in obstacles.items())
    raise NoSandboxError(
        f"there is no sandbox here ({said}): install bubblewrap (on Debian: apt-get install"
        " bubblewrap), or say --allow-unsandboxed to run untrusted programs with your own rights"
    )


@cache
def _obstacles() -> Mapping[Isolation, str]:
    return {each: obstacle_to(each) for each in (Isolation.BUBBLEWRAP, Isolation.NAMESPACES)}


def obstacle_to(isolation: Isolation) -> str:
    """Say why no program starts in a box of this kind; "" if one does."""
    if isolation is Isolation.NONE:
        return ""
    wanted = ["bwrap"] if isolation is Isolation.BUBBLEWRAP else ["unshare", "pivot_root"]
    for name in (*wanted, "setpriv", "prlimit"):
        if _find(name) is None:
            return f"{name} is not installed"
    with empty_folder() as folder:
        box = Box(folder, has_linker=True)
        try:
            ended = run_boxed(["/usr/bin/true"], box, isolation, stdin=b"", limits=PROBE)
        except OSError as error:
            return error.strerror or str(error)
    if ended.code == 0:
        return ""
    lines = ended.errors.strip().splitlines()
    return lines[-1] if lines else f"ended with status {ended.code}"


def run_boxed(
    command: Sequence[str],
    box: Box,
    isolation: Isolation,
    *,
    stdin: bytes,
    limits: Limits,
) -> Ended:
    """Run a command in a box; paths in it are the box's, which `inside` and `TOOLCHAIN` give.

    Raises `OSError` if the box can't be started.
    """
    if _is_root() and isolation is not Isolation.NONE:
        # Its parent lets nobody through, so only what is inside a box sees it.
        os.chmod(box.folder, 0o755)
        if box.is_writable:
            os.chown(box.folder, _user(), _user())
    counting: list[str] = []
    if not _is_root():
        if isolation is Isolation.NONE:
            # The kernel counts all that the user runs.
            limits = replace(limits, processes=(limits.processes or 0) + threads_of(os.getuid()))
        else:
            counting = [_PRLIMIT, f"--nproc={limits.processes}:{limits.processes}", "--"]
            limits = replace(limits, processes=None)
    return run_limited(
        [*_WAYS[isolation](box), *counting, *command],
        folder=box.folder,
        stdin=stdin,
        environment=_environment(box, isolation),
        limits=limits,
    )


def threads_of(user: int) -> int:
    """Count the threads that a user runs now."""
    count = 0
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if place.stat().st_uid == user:
                count += sum(1 for _ in (place / "task").iterdir())
        except OSError:
            continue  # it ended meanwhile
    return count


def inside(box: Box, isolation: Isolation) -> str:
    """Return the path that the box's folder has for the programs inside."""
    return str(box.folder) if isolation is Isolation.NONE else BOX


def scratch_inside(box: Box, isolation: Isolation) -> str:
    """Return the path of a folder that can be written to and is gone at the end."""
    return str(box.folder) if isolation is Isolation.NONE else "/tmp"


def toolchain_inside(box: Box, isolation: Isolation) -> str:
    """Return the path that the toolchain has for the programs inside."""
    return str(box.toolchain) if isolation is Isolation.NONE else TOOLCHAIN


@cache
def shared_std(toolchain: Path) -> str:
    """Return the folder of a toolchain, from its own, that holds `std` to be shared; "" if none."""
    places = sorted(toolchain.glob("lib/rustlib/*/lib/libstd-*.so"))
    return str(places[0].parent.relative_to(toolchain)) if places else ""


def _environment(box: Box, isolation: Isolation) -> dict[str, str]:
    """The whole environment: nothing of ours is handed on."""
    toolchain = toolchain_inside(box, isolation)
    scratch = scratch_inside(box, isolation)
    libraries = [f"{toolchain}/lib"]
    if box.toolchain is not None and (std := shared_std(box.toolchain)):
        libraries.append(f"{toolchain}/{std}")
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": scratch,
        "TMPDIR": scratch,
        "LC_ALL": "C",
        "LD_LIBRARY_PATH": ":".join(libraries),
    }


@dataclass(frozen=True, slots=True)
class _Mount:
    """One thing that is seen inside: a folder or file of the host's, or a link."""

    place: str
    source: str = ""
    link: str = ""
    is_writable: bool = False
    is_device: bool = False


def _mounts(box: Box) -> Iterator[_Mount]:
    if box.toolchain is not None:
        yield _Mount(TOOLCHAIN, str(box.toolchain))
    yield _Mount("/usr/lib", "/usr/lib")
    for name in ("lib", "lib64", "lib32", "libx32"):
        place = Path("/", name)
        if place.is_symlink():
            yield _Mount(f"/{name}", link=f"usr/{name}")
        elif place.is_dir():
            yield _Mount(f"/{name}", f"/{name}")
        if name != "lib" and Path("/usr", name).is_dir():
            yield _Mount(f"/usr/{name}", f"/usr/{name}")
    if box.has_linker:
        yield _Mount("/usr/bin", "/usr/bin")
        yield _Mount("/bin", link="usr/bin")
        # Debian's `cc` is a link to there.
        if Path("/etc/alternatives").is_dir():
            yield _Mount("/etc/alternatives", "/etc/alternatives")
        if Path("/usr/libexec").is_dir():
            yield _Mount("/usr/libexec", "/usr/libexec")
    else:
        yield _Mount(_SETPRIV, _SETPRIV)
        yield _Mount(_PRLIMIT, _PRLIMIT)
    for device in ("null", "urandom"):
        yield _Mount(f"/dev/{device}", f"/dev/{device}", is_writable=True, is_device=True)
    yield _Mount(BOX, str(box.folder), is_writable=box.is_writable)


def _bubblewrap(box: Box) -> list[str]:
    command = [_required("bwrap"), "--die-with-parent", "--new-session"]
    command += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    command += ["--unshare-cgroup-try", "--hostname", "box"]
    if not _is_root():
        command += ["--unshare-user", "--uid", "65534", "--gid", "65534"]
    for mount, folders in _with_new_folders(_mounts(box)):
        for folder in folders:
            command += ["--perms", "0755", "--dir", folder]
        if mount.link:
            command += ["--symlink", mount.link, mount.place]
        else:
            command += [_binding(mount), mount.source, mount.place]
    command += ["--perms", "1777", "--size", str(SCRATCH_BYTES), "--tmpfs", "/tmp"]
    if box.has_linker:
        command += ["--proc", "/proc"]  # lld looks there for itself
    command += ["--remount-ro", "/", "--chdir", BOX, "--cap-drop", "ALL"]
    if not _is_root():
        return [*command, _SETPRIV, "--no-new-privs"]
    for right in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"):
        command += ["--cap-add", right]  # given up again by `setpriv`
    return [*command, *_demotion()]


def _binding(mount: _Mount) -> str:
    if mount.is_device:
        return "--dev-bind"
    return "--bind" if mount.is_writable else "--ro-bind"


def _namespaces(box: Box) -> list[str]:
    """The same box by `unshare` and a script of mounts; the script needs programs in the box."""
    command = [_required("unshare"), "--mount", "--net", "--ipc", "--uts", "--pid", "--fork"]
    command += ["--kill-child=KILL", "--propagation", "private"]
    if not _is_root():
        command += ["--user", "--map-root-user"]
    script = _mount_script(replace(box, has_linker=True), keep_proc=box.has_linker)
    return [*command, "/bin/sh", "-euc", script, "sh", *_demotion()]


def _with_new_folders(mounts: Iterable[_Mount]) -> Iterator[tuple[_Mount, list[str]]]:
    """Yield each mount with the folders above it that have to be made first."""
    made: set[str] = set()
    for mount in mounts:
        folders = [str(each) for each in Path(mount.place).parents if str(each) not in {*made, "/"}]
        made.update(folders)
        yield mount, folders[::-1]


def _mount_script(box: Box, *, keep_proc: bool) -> str:
    """A script that builds the box on a new root, moves there, and runs its arguments.

    The shell stays: a program that is the first of its process namespace is deaf to signals.
    """
    lines = [
        'root="$(pwd)/.root"',
        'mkdir -p "$root"',
        'mount -t tmpfs -o size=1m,mode=0755,nosuid,nodev box "$root"',
        'cd "$root"',
    ]
    for mount, folders in _with_new_folders(_mounts(box)):
        lines += [f"mkdir .{shlex.quote(folder)}" for folder in folders]
        place = shlex.quote("." + mount.place)
        if mount.link:
            lines.append(f"ln -s {shlex.quote(mount.link)} {place}")
            continue
        lines.append(f"mkdir {place}" if Path(mount.source).is_dir() else f": >{place}")
        lines.append(f"mount --bind {shlex.quote(mount.source)} {place}")
        if not mount.is_writable:
            lines.append(f"mount -o remount,bind,ro,nosuid,nodev {place}")
    lines += [
        f"mkdir tmp && mount -t tmpfs -o size={SCRATCH_BYTES},mode=1777,nosuid,nodev tmp tmp",
        "mkdir proc && mount -t proc -o nosuid,nodev,noexec proc proc",
        "mkdir old",
        f"{shlex.quote(_required('pivot_root'))} . old",
        "umount -l /old",
        "rmdir /old",
        "mount -o remount,ro /",
        *([] if keep_proc else ["umount -l /proc"]),
        f"cd {BOX}",
        '"$@"',
    ]
    return "\n".join(lines)


def _nothing(_box: Box) -> list[str]:
    return []


_WAYS: Mapping[Isolation, Callable[[Box], list[str]]] = {
    Isolation.BUBBLEWRAP: _bubblewrap,
    Isolation.NAMESPACES: _namespaces,
    Isolation.NONE: _nothing,
}
_SETPRIV, _PRLIMIT = "/usr/bin/setpriv", "/usr/bin/prlimit"


def _demotion() -> list[str]:
    """Give up every right; for root also the user, which the limit on processes wants."""
    command = [_SETPRIV, "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]
    if _is_root():
        command += [f"--reuid={_user()}", f"--regid={_user()}", "--clear-groups"]
    return command


def _user() -> int:
    return FIRST_USER + os.getpid()


def _is_root() -> bool:
    return os.geteuid() == 0


def _find(name: str) -> str | None:
    return find_program(name) or shutil.which(name, path="/usr/sbin:/sbin")


def _required(name: str) -> str:
    path = _find(name)
    if path is None:
        raise NoSandboxError(f"{name}: is not found, and the sandbox needs it")
    return path
