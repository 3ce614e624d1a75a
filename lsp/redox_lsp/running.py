"""Where links lead to on the disk, and what runs a program or a test."""

from __future__ import annotations

import sys
from pathlib import Path

from redox.process import find_program
from redox.toolchain import find_program_of_cargo
from redox_lsp.features.lens import Lens, Runnable
from redox_lsp.features.links import Link
from redox_lsp.places import find_crate, path_of

COMMAND = "redox.run"


def target_of(link: Link, uri: str) -> str | None:
    """Return where a link leads: an address, or the first of its files that is there."""
    if link.address:
        return link.address
    path = path_of(uri)
    if path is None:
        return None
    targets = (path.parent / one for one in link.paths)
    return next((one.resolve().as_uri() for one in targets if one.is_file()), None)


def command_of(
    runs: Runnable, name: str, uri: str, *, through_redox: bool = False
) -> tuple[list[str], Path] | None:
    """Return the words of what runs a program or test, and the folder that it runs in.

    A lone file is run and tested by `redox run`; in a crate it is cargo that does both, through
    Redox where the file is Iron, or stands beside Iron.
    """
    path = path_of(uri)
    if path is None:
        return None
    crate = find_crate(path)
    if crate is not None and (path.suffix == ".iron" or through_redox):
        redox = (sys.executable, "-m", "redox", "cargo")
        return [*redox, *(("run",) if runs is Runnable.MAIN else ("test", name))], crate
    if crate is not None:
        cargo = find_program("cargo") or find_program_of_cargo("cargo")
        if cargo is None:
            return None
        return [cargo, *(("run",) if runs is Runnable.MAIN else ("test", name))], crate
    options, chosen = ([], []) if runs is Runnable.MAIN else (["--test"], [name])
    return [sys.executable, "-m", "redox", "run", *options, str(path), *chosen], path.parent


def lens_arguments(lens: Lens, uri: str) -> dict[str, object] | None:
    """Return what the command behind a lens is given, or None where nothing can run it.

    Lenses are shown for Iron, and for Rust of crates with Iron in them.
    """
    found = command_of(lens.runs, lens.path, uri, through_redox=True)
    if found is None:
        return None
    words, folder = found
    return {
        "uri": uri,
        "runs": lens.runs.value,
        "name": lens.path,
        "command": words,
        "folder": str(folder),
    }
