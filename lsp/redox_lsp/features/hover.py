"""What the words under the cursor mean, and the Rust that they stand for."""

from __future__ import annotations

from dataclasses import dataclass

from redox import Phrase, Phrasebook, Span
from redox_lsp.markdown import dedented, fenced, inline, shortened
from redox_lsp.reading import Kind, Reading, Token


@dataclass(frozen=True, slots=True)
class Hover:
    """What is shown, in Markdown, and the words that it speaks of."""

    span: Span
    markdown: str


def hover(reading: Reading, offset: int) -> Hover | None:
    """Say what stands at an offset: a phrase's meaning, and the Rust of its statement or block."""
    place = reading.token_at(offset)
    if place is None:
        return None
    line, index = place
    token = reading.tokens(line)[index]
    parts = _meaning(reading, token, line)
    if not parts:
        return None
    parts.append(fenced(_rust_of_statement(reading, line), "rust"))
    return Hover(reading.span(line, token.start, token.end), "\n\n".join(parts))


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


def _meaning(reading: Reading, token: Token, line: int) -> list[str]:
    """Return the paragraphs about a token, or none of what means nothing by itself."""
    if token.phrase is not None:
        return [describe_phrase(token.phrase, _rust_here(reading, token, line))]
    if token.kind in (Kind.KEYWORD, Kind.SIGIL):
        return [_spoken(token.text, reading.book)]
    if token.kind in (Kind.NAME, Kind.LIFETIME):
        return [inline(token.text)]
    return []


def _rust_here(reading: Reading, token: Token, line: int) -> str:
    """Return all the Rust that the words of a token stand for."""
    said = [
        one.text
        for one in reading.tokens(line)
        if (one.start, one.end) == (token.start, token.end) and one.kind != Kind.SILENT
    ]
    phrase = token.phrase
    return phrase.rust if phrase is not None and phrase.rust else " ".join(said)


def _spoken(rust: str, book: Phrasebook) -> str:
    """Return how Iron says a token that stands in the text as Rust."""
    said = [one for one in book.phrases if one.rust == rust and not book.is_spelled(one)]
    if not said:
        return f"{inline(rust)} is the same in Iron and Rust"
    lines = [f"- {inline(one.text)}: {one.doc}" for one in said]
    return "\n".join((f"{inline(rust)} is Rust; Iron says", "", *lines))


def _rust_of_statement(reading: Reading, line: int) -> str:
    lines = reading.statement_at(line)
    return shortened(dedented(reading.rust_of(lines.start, lines.stop)))
