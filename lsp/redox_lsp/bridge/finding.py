"""Which rust-analyzer there is, and where the standard library's sources are.

Named by a setting, else rustup's, else on PATH or in cargo's folder; each must answer, since rustup
leaves a proxy in place of what it has not installed. Questions are asked in an empty folder of
ours: a workspace's own files could name other programs.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from redox.process import find_program
from redox.toolchain import Tool, find_tool, tool_of
from redox_lsp.bridge.keeper import NAME
from redox_lsp.programs import ask, toolchain

LEFT_OUT = frozenset({"Cargo.toml", "Cargo.lock", "vendor"})
"""What rust-analyzer would run cargo on, which then wants the network."""


async def find_analyzer(chosen: str) -> Tool:
    """Return the first rust-analyzer that answers, or what the last one lacks.

    One that is `chosen` by its path is the only one that is looked at.
    """
    environment = await toolchain()
    tool = Tool(NAME, "", "", "not found")
    async for path in _candidates(chosen, environment):
        try:
            tool = tool_of(NAME, path, await ask([path, "--version"], environment))
        except OSError as error:
            tool = Tool(NAME, path, "", f"does not start: {error.strerror}")
        if tool.version:
            break
    return tool


async def _candidates(chosen: str, environment: Mapping[str, str]) -> AsyncIterator[str]:
    if chosen:
        yield chosen
        return
    rustup = find_program("rustup")
    if rustup is not None:
        answer = await ask([rustup, "which", NAME], environment)
        if answer.code == 0:
            yield answer.output.strip()
    path = find_tool(NAME)
    if path is not None:
        yield path


async def find_library(chosen: str) -> Path | None:
    """Return the folder `library` of Rust's sources: the one that is `chosen`, or the toolchain's.

    None where the toolchain has none: rustup's component `rust-src` brings it.
    """
    if chosen:
        return Path(chosen) if Path(chosen, "core").is_dir() else None
    rustc = find_tool("rustc")
    if rustc is None:
        return None
    answer = await ask([rustc, "--print", "sysroot"], await toolchain())
    library = Path(answer.output.strip(), "lib", "rustlib", "src", "rust", "library")
    return library if answer.code == 0 and (library / "core").is_dir() else None


def link_library(library: Path, folder: Path) -> None:
    """Make a folder of links to all of the standard library that rust-analyzer is to see.

    Where it sees a Cargo.toml it has cargo look for what the library depends on, in the network.
    """
    folder.mkdir()
    for entry in sorted(os.listdir(library)):
        if entry not in LEFT_OUT:
            os.symlink(library / entry, folder / entry)
