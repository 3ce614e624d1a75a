"""Lexemes of one line, the same for Rust and for Iron.

Iron is a superset of Rust, so both sides share one lexer. It works a line at a time: what a
line leaves open (a string, a raw string, a comment) is a `Mode`, a small comparable value
that the next line starts from. Nothing is lost: the gaps and lexemes of a line, joined, are
the line.
"""

from __future__ import annotations

import re

Mode = tuple[str, int]
"""What a line starts inside of: its kind, and the hashes of a raw string or depth of a comment."""

CODE: Mode = ("", 0)
STRING: Mode = ('"', 0)
LINE_COMMENT: Mode = ("//", 0)

_SPACE = "[ \\t\\x0b\\x0c\\x85\\u200e\\u200f\\u2028\\u2029\\ufeff]*"
_LEXEME = r"""
      [^\W\d]\w*(?![\w"'\#])                                    # an identifier, by far the most
    | //.*
    | [bc]?"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)
    | [bc]?r"[^"]*(?:"|\Z)
    | [bc]?r\#"(?:[^"]|"(?!\#))*(?:"\#|\Z)
    | [bc]?r\#\#"(?:[^"]|"(?!\#\#))*(?:"\#\#|\Z)
    | [bc]?r\#\#\#"(?:[^"]|"(?!\#\#\#))*(?:"\#\#\#|\Z)
    | b?'(?:[^'\\]|\\(?:x[0-9a-fA-F]*|u\{[^}']*\}|.))'
    | '(?:r\#)?\w+
    | 0[box]\w+
    | \d[\d_]*(?:\.\d[\d_]*|\.(?![.\w]))?(?:(?<=[\d_.])[eE][+-]?_*\d[\d_]*)?\w*
    | (?:r\#)?[^\W\d]\w*
    | <<=|>>=|\.\.\.|\.\.=|::|->|=>|==|!=|<=|>=|&&|\|\||\+=|-=|\*=|/=|%=|\^=|&=|\|=|<<|>>|\.\.
    | /\*
    | .
"""
_PAIR = re.compile(f"({_SPACE})({_LEXEME}|\\Z)", re.VERBOSE | re.DOTALL)
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_RAW_OPENER = re.compile(r'[bc]?r(#*)"')
_STRING_END = re.compile(r'[^"\\]*(?:\\.[^"\\]*)*("|\\?\Z)', re.DOTALL)
_COMMENT_EDGE = re.compile(r"/\*|\*/")

Pair = tuple[str, str]
"""The gap before a lexeme, and the lexeme."""


def split_lines(text: str) -> list[str]:
    """Split `text` into lines that keep their ends; joined, they are `text`."""
    return _LINES.findall(text)


def split_end(line: str) -> tuple[str, str]:
    """Part a line from its line end (LF, CRLF, CR or nothing)."""
    body = line.rstrip("\r\n")
    return body, line[len(body) :]


def lex_line(body: str, mode: Mode, end: str = "\n") -> tuple[str, list[Pair], str, Mode]:
    """Lex a line without its end, which is `end`: a lone CR does not end a `//` comment.

    Returns the head (what still belongs to a literal or comment of an earlier line), the
    pairs, the white space at the end, and the mode that the next line starts in.
    """
    if mode is not CODE or "/*" in body or "####" in body:
        head, pairs, tail, mode = _lex_slowly(body, mode)
    else:
        head, pairs = "", _PAIR.findall(body)
        tail = _drop_end(pairs)
        mode = _left_open(pairs[-1][1]) if pairs else CODE
    if end == "\r" and pairs and pairs[-1][1][:2] == "//":
        mode = LINE_COMMENT
    elif end != "\r" and mode is LINE_COMMENT:
        mode = CODE
    return head, pairs, tail, mode


def _drop_end(pairs: list[Pair]) -> str:
    """Remove the empty lexemes at a line's end; return the white space before them."""
    tail = pairs.pop()[0]
    if pairs and not pairs[-1][1]:
        tail = pairs.pop()[0]
    return tail


def _left_open(last: str) -> Mode:
    """Return the mode that a line leaves behind whose last lexeme is `last`."""
    first = last[0]
    if first == "/" and last[:2] == "//":
        return CODE
    if first not in '"bcr' or '"' not in last:
        return CODE
    opener = _RAW_OPENER.match(last)
    if opener:
        closer = '"' + opener[1]
        closed = len(last) >= opener.end() + len(closer) and last.endswith(closer)
        return CODE if closed else ("r", len(opener[1]))
    quoted = last[last.index('"') + 1 :]
    end = _STRING_END.match(quoted)
    return CODE if end and end[1] == '"' else STRING


def _lex_slowly(body: str, mode: Mode) -> tuple[str, list[Pair], str, Mode]:
    """Lex a line that starts inside a literal or may hold a block comment."""
    end, mode = _end_of_open(body, 0, mode)
    head = body[:end]
    pairs: list[Pair] = []
    while mode is CODE:
        match = _PAIR.match(body, end)
        assert match is not None, "the last alternative takes any character"
        gap, lexeme = match.groups()
        if not lexeme:
            return head, pairs, gap, CODE
        start, end = match.start(2), match.end()
        if lexeme == "/*":
            end, mode = _end_of_open(body, end, ("*", 1))
        elif lexeme[0] in "bcr" and (raw := _RAW_OPENER.match(body, start)):
            end, mode = _end_of_open(body, raw.end(), ("r", len(raw[1])))
        elif end == len(body):
            mode = _left_open(lexeme)
        pairs.append((gap, body[start:end]))
    return head, pairs, "", mode


def _end_of_open(body: str, start: int, mode: Mode) -> tuple[int, Mode]:
    """Find where what is open at `start` ends on this line, and the mode after it."""
    kind, count = mode
    if not kind:
        return start, CODE
    if kind == "//":
        return len(body), mode
    if kind == '"':
        end = _STRING_END.match(body, start)
        assert end is not None, "the pattern matches the empty string"
        return end.end(), CODE if end[1] == '"' else mode
    if kind == "r":
        closer = '"' + "#" * count
        found = body.find(closer, start)
        return (len(body), mode) if found < 0 else (found + len(closer), CODE)
    for edge in _COMMENT_EDGE.finditer(body, start):
        count += 1 if edge[0] == "/*" else -1
        if not count:
            return edge.end(), CODE
    return len(body), (kind, count)
