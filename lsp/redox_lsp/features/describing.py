"""Phrases, items and names described in Markdown: for hovers, completions and signatures."""

from __future__ import annotations

from redox import Phrase
from redox.map import line_spans
from redox_lsp.markdown import dedented, fenced, inline
from redox_lsp.outline import Declared
from redox_lsp.reading import Reading
from redox_lsp.resolving import Meaning
from redox_lsp.scopes.declarations import Item


def describe_phrase(phrase: Phrase, here: str | None = None) -> str:
    """Return a phrase's meaning, documentation and example, in Markdown.

    `here` is the Rust that it stands for at its place, where that is known.
    """
    rust = phrase.rust if here is None else here
    means = f" means {inline(rust)}" if rust else " writes no Rust"
    return "\n\n".join(
        (
            f"{inline(phrase.text)}{means}",
            phrase.doc,
            fenced(f"{phrase.iron_example}\n// {_as_comment(phrase.rust_example)}", "iron"),
        )
    )


def _as_comment(code: str) -> str:
    return code.replace("\n", "\n// ")


def describe_meaning(reading: Reading, meaning: Meaning) -> str:
    """Return what a name means: the head of an item and its documentation, or what binds it."""
    if isinstance(meaning, Declared):
        return describe_item(reading, meaning)
    binding = meaning.binding
    if binding.item is not None:
        return describe(reading, binding.item, meaning.base)
    lines = reading.statement_at(meaning.place.line)
    head = reading.rust_of(lines.start, lines.start + 1) if lines else ""
    return f"{binding.kind} {inline(binding.name)}\n\n{fenced(dedented(head), 'rust')}"


def describe_item(reading: Reading, one: Declared) -> str:
    """Return an item's head as Rust and its documentation, in Markdown."""
    return describe(reading, one.item, one.base)


def describe(reading: Reading, item: Item, base: int) -> str:
    """Return the head of an item whose places count from the line `base`, and its documentation."""
    parts = [fenced(head_of(reading, item, base), "rust")]
    documentation = documentation_of(reading, item.start[0] + base)
    if documentation:
        parts.append(documentation)
    return "\n\n".join(parts)


def head_of(reading: Reading, item: Item, base: int) -> str:
    """Return the Rust of an item up to its block, without its attributes."""
    if item.kind in ("field", "variant"):
        return reading.rust_of(item.start[0] + base, item.start[0] + base + 1).strip()
    line = item.place.line
    first = line + base, item.start[1] if item.start[0] == line else 0
    last = max(item.head_end[0], line) + base, item.head_end[1] or item.place.end
    start = rust_column(reading, *first)
    end = rust_column(reading, *last)
    rust = reading.rust_of(first[0], last[0] + 1)
    last_line = len(reading.rows[last[0]][1])
    return dedented(rust[start : len(rust) - last_line + end]).strip()


def rust_column(reading: Reading, line: int, column: int) -> int:
    """Return how much of a line's Rust the words before a column say."""
    iron, _, state, mode, starts = reading.rows[line]
    if state is None or mode is None:
        return column
    spans = line_spans(iron, state, mode, starts, reading.book)
    return max((span.rust_end for span in spans if span.iron_end <= column), default=0)


def documentation_of(reading: Reading, line: int) -> str:
    """Return the text of the doc comments right before a line, attributes skipped."""
    found: list[str] = []
    while line > 0:
        body = reading.body_of(line - 1).strip()
        if not body.startswith("///") or body.startswith("////"):
            break
        found.append(body[3:].removeprefix(" "))
        line -= 1
    return "\n".join(reversed(found))
