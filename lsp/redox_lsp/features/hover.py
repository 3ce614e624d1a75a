"""What the words under the cursor mean, and the Rust that they stand for."""

from __future__ import annotations

from dataclasses import dataclass

from redox import Phrasebook, Span
from redox_lsp.features.describing import describe_meaning, describe_phrase
from redox_lsp.markdown import dedented, fenced, inline, shortened
from redox_lsp.reading import Kind, Reading, Token
from redox_lsp.resolving import meaning_at


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
    if token.kind in (Kind.NAME, Kind.LIFETIME):
        found = meaning_at(reading, reading.start_of(line) + token.name_column)
        if found is not None:
            parts = [*parts[:-1], describe_meaning(reading, found[0])]
    parts.append(fenced(_rust_of_statement(reading, line), "rust"))
    return Hover(reading.span(line, token.start, token.end), "\n\n".join(parts))


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
