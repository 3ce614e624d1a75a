"""A line as both directions take it: lexed, with its comments told from its code."""

from __future__ import annotations

from dataclasses import dataclass

from redox.lexer import CODE, Mode, Pair, lex_line, split_end
from redox.shapes import Shape


@dataclass(slots=True)
class Line:
    """A lexed line."""

    text: str
    head: str
    pairs: list[Pair]
    tail: str
    end: str
    mode: Mode
    """The mode that the next line starts in."""
    code: int
    """How many of the pairs are code: those behind are comments at the line's end."""
    is_code: bool
    """Whether the line holds any code, and not only white space and comments."""
    in_literal: bool
    """Whether a literal goes on over the line's end."""
    shape: Shape | None = None
    """What it shares with other lines; none of lines without code, and of very long ones."""
    is_plain: bool = False
    """Whether it stands for its shape: no literal or comment goes over its start or end."""


def lex(text: str, mode: Mode) -> Line:
    """Lex one line, its end included."""
    body, end = split_end(text)
    head, pairs, tail, after = lex_line(body, mode, end)
    code = len(pairs)
    while code and pairs[code - 1][1][:2] in ("//", "/*"):
        code -= 1
    from_literal = mode != CODE and mode[0] in ('"', "r")
    in_literal = after[0] in ('"', "r")
    is_code = code > 0 or from_literal and not (in_literal and not pairs)
    return Line(text, head, pairs, tail, end, after, code, is_code, in_literal)
