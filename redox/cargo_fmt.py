"""`redox cargo fmt`: what cargo's targets reach, laid out in the originals.

Which files those are, and whether rustfmt takes them, `cargo fmt` tells of the mirror. What it
would write there is not used: the original is laid out by itself, with the same options.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from redox.cargo_call import Call, take, unquieted
from redox.files import BadInputError, read_text, show_path, write_text
from redox.layout import lay_out
from redox.shadow.plan import Made
from redox.shadow.workspace import Shadow
from redox.streams import Lines
from redox.toolchain import format_rust

if TYPE_CHECKING:
    from redox.cargo import Cargo

SERVED = ("--config", "--config-path", "--edition", "--style-edition")
"""Options of rustfmt that say how to lay out. The others say what to do with the outcome."""


def lay_out_crates(cargo: Cargo) -> int:
    """Lay out the sources that `cargo fmt` would, and return the exit code.

    With `--check` nothing is written, and the code is 1 if a source would change. All are read and
    laid out before the first is written.
    """
    call, shadow = cargo.call, cargo.shadow
    options = _options(call)
    said: list[str] = []
    asked = [word for one in call.options if one != "--check" and (word := unquieted(one))]
    words = [*call.before, "fmt", *cargo.manifest, *asked, "--", "--emit", "stdout", *options]
    code = cargo.watch(words, Lines(said.append, lambda _: True))
    if code:
        return code
    is_check = "--check" in (*call.options, *call.behind)
    changed = [
        (path, laid_out)
        for path in _reached(said, shadow)
        if (laid_out := _laid_out(path, shadow, options)) is not None
    ]
    for path, laid_out in changed:
        if not is_check:
            write_text(path, laid_out)
        print(f"{'would format' if is_check else 'formatted'} {show_path(path)}", file=sys.stderr)
    return int(is_check and bool(changed))


def _options(call: Call) -> list[str]:
    """Return rustfmt's options behind `--`; raises `BadInputError` for one that is not served."""
    if call.formats:
        raise BadInputError("cargo fmt --message-format: Redox names the files, and has no other")
    options: list[str] = []
    rest = [word for word in call.behind if word not in ("--", "--check")]
    for name in SERVED:
        values, rest = take(rest, name)
        for value in values:
            # rustfmt is asked in an empty folder.
            options += (name, os.path.abspath(value) if name == "--config-path" else value)
    if rest:
        raise BadInputError(f"cargo fmt -- {rest[0]}: is none of --check, {', '.join(SERVED)}")
    return options


def _reached(said: Sequence[str], shadow: Shadow) -> Iterator[Path]:
    """Yield the originals of the files whose names stand above their texts in rustfmt's output."""
    names = {line.removesuffix(":\n"): None for line in said if line.endswith(":\n")}
    for name in filter(os.path.isabs, names):
        item = shadow.items.get(shadow.place_of(name) or ())
        if item is not None and item.made in (Made.OXIDIZED, Made.COPIED):
            yield shadow.root.joinpath(*item.source.parts)


def _laid_out(path: Path, shadow: Shadow, options: Sequence[str]) -> str | None:
    """Return the text that a source is to have, or None where it has it."""
    text = read_text(path)
    if path.suffix == ".rs":
        laid_out = format_rust(text, beside=path.parent, options=options)
    else:
        book = shadow.wording.book
        laid_out = lay_out(text, book, beside=path.parent, options=options).text
    return None if laid_out == text else laid_out
