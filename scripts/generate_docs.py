#!/usr/bin/env python3
"""Write again what is generated under `docs/`: `make generate` runs it.

`docs/phrasebook.md` is generated as a whole. In `docs/iron.md` the Iron of each pair of blocks is
what `reduce` makes of the Rust above it, and in `docs/diagnostics.md` the picture below each block
of Iron is what `redox check` prints of it. In `docs/editors.md` the table of settings is the one of
the server. The rest of these pages is written by hand.

Prints the files that have changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from redox import Phrase, load_phrasebook, oxidize, reduce
from redox.files import read_text, write_text
from redox.phrasebook import BUILT_IN
from redox.render import render_diagnostics
from redox_lsp.settings import SECTION as SECTION_NAME
from redox_lsp.settings import TABLE, Setting

DOCS = Path(__file__).parent.parent / "docs"
SECTION = re.compile(r"^# ---- (.*) ----$|^\[\[phrase\]\]$", re.MULTILINE)
BLOCK = r"((?:(?!```).*\n)*)```\n"
PAIR = re.compile(rf"(^```rust\n{BLOCK}```iron\n)(?s:.*?)(?=^```$)", re.MULTILINE)
PICTURE = re.compile(rf"(^```iron\n{BLOCK}```text\n)(?s:.*?)(?=^```$)", re.MULTILINE)
SETTINGS = re.compile(
    r"(^\| setting \| default \| \|\n\|---\|---\|---\|\n)(?:\|.*\n)*", re.MULTILINE
)
HEAD = """\
<!-- Generated from redox/phrasebook.toml by scripts/generate_docs.py: run `make generate`. -->

# The phrasebook

Every phrase of Iron, in the order of `redox/phrasebook.toml`. The examples are tests: each Iron is
turned into its Rust, and nearly each Rust into its Iron. Phrases that write nothing have no Rust.
What the language does with them is told in [iron.md](iron.md); `redox explain` looks one up.
"""
SPELLED = (
    "A token's phrase of last resort: it means that token and nothing more, wherever it stands."
)


def main() -> None:
    """Write each page again; print the names of those that were stale."""
    pages: dict[str, Callable[[str], str]] = {
        "phrasebook.md": lambda _: phrasebook_page(),
        "iron.md": iron_page,
        "diagnostics.md": diagnostics_page,
        "editors.md": editors_page,
    }
    for name, make in pages.items():
        path = DOCS / name
        before = read_text(path) if path.exists() else ""
        after = make(before)
        if after != before:
            write_text(path, after)
            print(f"docs/{name}")


def iron_page(page: str) -> str:
    """Return the page with the Iron of its pairs as `reduce` writes it now."""
    return PAIR.sub(lambda pair: pair[1] + reduce(pair[2]).text, page)


def diagnostics_page(page: str) -> str:
    """Return the page with its pictures as `redox check` prints them now."""
    return PICTURE.sub(lambda found: found[1] + picture(found[2]), page)


def picture(iron: str) -> str:
    """Return what `redox check a.iron` prints of a text."""
    return render_diagnostics(oxidize(iron).diagnostics, iron, "a.iron").rstrip("\n") + "\n"


def editors_page(page: str) -> str:
    """Return the page with the table of the server's settings."""
    rows = [
        f"| `{SECTION_NAME}.{one.name}` | `{json.dumps(one.default)}` | {cell(_meaning(one))} |\n"
        for one in TABLE
    ]
    return SETTINGS.sub(lambda found: found[1] + "".join(rows), page)


def _meaning(setting: Setting) -> str:
    choices = " or ".join(f"`{json.dumps(choice)}`" for choice in setting.choices)
    return f"{setting.doc} {choices}" if choices else setting.doc


def phrasebook_page() -> str:
    """Return the reference page: a table for each section of the phrasebook."""
    parts = [HEAD]
    for title, phrases in sections():
        is_spelled = all(phrase.role == "spelled" for phrase in phrases)
        parts.append(f"\n## {title}\n\n")
        parts.append(spelled_table(phrases) if is_spelled else table(phrases))
    return "".join(parts)


def sections() -> list[tuple[str, list[Phrase]]]:
    """Return the phrases below each title of the phrasebook's file."""
    phrases = iter(load_phrasebook().phrases)
    found: list[tuple[str, list[Phrase]]] = []
    for line in SECTION.finditer(read_text(BUILT_IN)):
        if line[1]:
            found.append((line[1], []))
        else:
            found[-1][1].append(next(phrases))
    return found


def table(phrases: list[Phrase]) -> str:
    """Return a row for each phrase: what it says, means, is for, and an example."""
    rows = [
        f"| {code(phrase.text)} | {code(phrase.rust)} | {cell(phrase.doc)} |"
        f" {code(phrase.iron_example)}<br>{code(phrase.rust_example)} |\n"
        for phrase in phrases
    ]
    return "| phrase | Rust | meaning | example |\n|---|---|---|---|\n" + "".join(rows)


def spelled_table(phrases: list[Phrase]) -> str:
    """Return a row for each token's spelled-out phrase."""
    rows = [f"| {code(phrase.text)} | {code(phrase.rust)} |\n" for phrase in phrases]
    return f"{SPELLED}\n\n| phrase | Rust |\n|---|---|\n" + "".join(rows)


def code(text: str) -> str:
    """Return a text as code in a cell, a span for each of its lines."""
    return "<br>".join(_span(line) for line in text.split("\n")) if text else ""


def _span(line: str) -> str:
    bare = cell(line.lstrip(" "))
    indent = "&nbsp;" * (len(line) - len(line.lstrip(" ")))
    return f"{indent}`` {bare} ``" if "`" in bare else f"{indent}`{bare}`"


def cell(text: str) -> str:
    """Return a text with what would end a cell of a table escaped."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    main()
