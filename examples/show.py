"""The main job on real input: a crate's Iron beside its Rust, oxidized, built by cargo and run."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from redox import oxidize
from redox.files import read_text, write_output, write_text
from redox.process import Finished, empty_folder, run_program, rust_environment
from redox.toolchain import MINIMUM_RUSTC, probe_tool

CRATE = Path(__file__).parent / "word_count"
SHOWN, SHOWN_LINES = "count.rs", 44
ARGUMENTS = ("--top", "8", "--shortest", "3")


def main() -> int:
    """Show, translate, build and run; return 0 if all of it went well."""
    console = Console(highlight=False)
    sources = sorted((CRATE / "src").glob("*.rs"))
    rust = {path.name: read_text(path) for path in sources}
    iron = {name: read_text(CRATE / "iron" / f"{name[:-3]}.iron") for name in rust}
    _step(console, f"1. {SHOWN} and its Iron: line n is line n")
    console.print(_beside(rust[SHOWN], iron[SHOWN]))

    _step(console, "2. Iron back to Rust")
    back = {name: oxidize(text).text for name, text in iron.items()}
    for name, text in rust.items():
        same = "the same, byte for byte" if back[name] == text else "DIFFERENT"
        console.print(f"   {name:12} {len(text.encode()):6,} bytes, {same}")
    if back != rust:
        return 1

    _step(console, "3. The crate that came back from Iron, built by cargo and run")
    cargo = probe_tool("cargo")
    if not cargo.version:
        console.print(f"   not shown: cargo {cargo.problem}; https://rustup.rs installs it")
        return 0
    if cargo.numbers < MINIMUM_RUSTC:
        oldest = ".".join(map(str, MINIMUM_RUSTC[:2]))
        console.print(f"   not shown: {cargo.version}, and the crate wants {oldest} or newer")
        return 0
    return _build_and_run(console, cargo.path, back)


def _step(console: Console, title: str) -> None:
    console.print(Text(f"\n{title}\n", style="bold"))


def _beside(rust: str, iron: str) -> Table:
    """Return a table whose row n holds line n of both texts."""
    table = Table(expand=True, box=None, padding=(0, 1))
    table.add_column("", justify="right", style="dim")
    table.add_column("Rust", ratio=1, overflow="fold")
    table.add_column("Iron", ratio=1, overflow="fold")
    coloured = Syntax("", "rust", theme="ansi_dark").highlight(rust).split("\n")
    rows = zip(coloured, iron.split("\n"), strict=False)  # the highlighter drops a last line end
    for number, (meant, said) in enumerate(rows, 1):
        if number <= SHOWN_LINES:
            table.add_row(str(number), meant, Text(said))
    return table


def _build_and_run(console: Console, cargo: str, rust: dict[str, str]) -> int:
    with empty_folder() as folder:
        write_text(folder / "Cargo.toml", read_text(CRATE / "Cargo.toml"))
        for name, text in rust.items():
            write_text(folder / "src" / name, text)
        fable = str((CRATE / "fable.txt").resolve())
        for command in (["test", "--quiet"], ["run", "--quiet", "--", *ARGUMENTS, fable]):
            shown = " ".join(["cargo", *command]).replace(fable, "fable.txt")
            console.print(Text(f"$ {shown}", style="bold"))
            done = run_program(
                [cargo, *command], folder=folder, environment=rust_environment(), timeout=300
            )
            console.file.flush()
            write_output(done.output)
            if done.code != 0:
                return _fail(done)
    console.print(Text("\nThe crate that ran was written from its Iron.", style="bold green"))
    return 0


def _fail(done: Finished) -> int:
    print(done.errors, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
