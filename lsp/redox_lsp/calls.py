"""Which brackets are open before a cursor: what a call or a value at hand is known by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from redox_lsp.outline import run_at
from redox_lsp.reading import Kind, Reading, Token

_FARTHEST: Final = 200
"""How many lines before the cursor a call may begin."""
_CLOSER_OF: Final = {"(": ")", "[": "]", "{": "}", "<": ">", "|": "|"}


class Open(NamedTuple):
    """A bracket that is open before the cursor."""

    text: str
    token: int
    commas: int


def tokens_before(reading: Reading, offset: int) -> Iterator[tuple[int, Token]]:
    """Yield the tokens before an offset; what a line's end implies is not there yet."""
    line = reading.line_of(offset)
    column = offset - reading.start_of(line)
    run = run_at(reading, line)
    if run is None:
        return
    for number in range(max(run.first, line - _FARTHEST), min(line + 1, reading.line_count)):
        tokens = reading.tokens(number)
        if number == line:
            last = [
                index
                for index, one in enumerate(tokens)
                if not one.is_implied and one.end <= column
            ]
            tokens = tokens[: last[-1] + 1] if last else ()
        for token in tokens:
            if token.kind not in (Kind.COMMENT, Kind.SILENT):
                yield number, token


def open_brackets(tokens: list[tuple[int, Token]]) -> list[Open]:
    """Return the brackets that are open behind some tokens, the innermost last."""
    opened: list[Open] = []
    for index, (_, token) in enumerate(tokens):
        text = token.text
        top = opened[-1].text if opened else ""
        if token.kind is not Kind.SIGIL:
            continue
        if text == "," and opened:
            opened[-1] = opened[-1]._replace(commas=opened[-1].commas + 1)
        elif text in "<|" and (token.phrase is None or not token.phrase.opens):
            if text == "|" == top:
                opened.pop()
        elif text in _CLOSER_OF:
            opened.append(Open(text, index, 0))
        elif text in (")", "]", "}"):
            while opened and _CLOSER_OF[opened.pop().text] != text:
                pass
        elif text == ">" and top == "<":
            opened.pop()
    return opened
