"""A second, small Rust lexer, apart from the core's, so that the laws do not share its faults.

It follows `rustc_lexer` and nothing else: it knows no grammar and no Iron. `lex` tiles the text
with tokens, or raises `RustLexError` where Rust's own lexer refuses the text. It is lenient about
what an escape may say and about digits: a law that holds for more texts than it must is no loss.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a token is. `WORD` is an identifier or a keyword, raw or not."""

    SPACE = "space"
    COMMENT = "comment"
    SHEBANG = "shebang"
    WORD = "word"
    LIFETIME = "lifetime"
    LITERAL = "literal"
    NUMBER = "number"
    PUNCT = "punct"


@dataclass(frozen=True, slots=True)
class Token:
    """A half-open range of the text and what it holds."""

    kind: Kind
    start: int
    end: int


class RustLexError(ValueError):
    """Rust's lexer refuses the text; `offset` is where the refused token starts."""

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(f"{reason} at offset {offset}")
        self.offset = offset
        self.reason = reason


def lex(text: str) -> list[Token]:
    """Tile `text` with tokens; raise `RustLexError` where Rust's lexer refuses it."""
    return list(_tokens(text))


def line_starts(text: str) -> list[int]:
    """Give the offset of each line's first character; a line ends at LF, CRLF or CR."""
    return [0, *(match.end() for match in _LINE_END.finditer(text))]


_LINE_END = re.compile(r"\r\n|\r|\n")
_SPACE = "\t\n\v\f\r \x85\u200e\u200f\u2028\u2029"
# Whatever is not ASCII and not space may belong to a word; `_word_end` trims what does not.
_BEYOND = "\x80-\x84\x86-\u200d\u2010-\u2027\u202a-\U0010ffff"
_WORD = rf"[A-Za-z_{_BEYOND}][A-Za-z0-9_{_BEYOND}]*"
_SHEBANG = re.compile(r"#![^\n]*")
_DOC = re.compile(r"///(?!/)|//!|/\*\*(?![*/])|/\*!")
# The order matters: prefixes of literals before words, literals before lifetimes.
_TOKEN = re.compile(
    rf"""
      (?P<space>[{_SPACE}]+)
    | (?P<comment>//[^\n]*)
    | (?P<block>/\*)
    | (?P<raw>(?:[bc]?r)(?P<hashes>\#*)")
    | (?P<badraw>(?:[bc]r\#|r\#(?![A-Za-z_{_BEYOND}])))
    | (?P<text>[bc]?"(?:[^"\\]|\\[\s\S])*(?P<closed>")?)
    | (?P<char>b?'(?:[^\\'\n\r\t]|\\x[0-9a-fA-F]{{0,2}}|\\u\{{[^'}}\n]*\}}|\\[\s\S])')
    | (?P<lifetime>'(?>(?:r\#(?={_WORD}))?(?:{_WORD}|[0-9][A-Za-z0-9_]*))(?!'))
    | (?P<quote>b?')
    | (?P<word>(?:r\#)?{_WORD})
    | (?P<number>(?:0[xob][0-9a-fA-F_]*|[0-9][0-9_]*)
        (?:\.(?![._A-Za-z{_BEYOND}])(?:[0-9][0-9_]*)?)?(?:[eE][+-]?_*[0-9][0-9_]*)?)
    | (?P<punct>[-!\#$%&()*+,./:;<=>?@\[\]^{{|}}~])
    """,
    re.VERBOSE,
)
_SUFFIX = re.compile(_WORD)
_EMPTY_EXPONENT = re.compile(r"[eE](?![A-Za-z0-9_])")
_BLOCK_EDGE = re.compile(r"/\*|\*/")


def _tokens(text: str) -> Iterator[Token]:
    offset = 0
    if text.startswith("\ufeff"):
        yield Token(Kind.SPACE, 0, 1)
        offset = 1
    shebang = _SHEBANG.match(text, offset)
    if shebang and not _is_attribute(text, offset + 2):
        yield Token(Kind.SHEBANG, offset, shebang.end())
        offset = shebang.end()
    while offset < len(text):
        token = _token_at(text, offset)
        yield token
        offset = token.end


def _is_attribute(text: str, offset: int) -> bool:
    """Tell whether a bracket follows, with at most space and comments that are no docs between."""
    while offset < len(text):
        try:
            token = _token_at(text, offset)
        except RustLexError:
            return False
        quiet = token.kind in (Kind.SPACE, Kind.COMMENT) and not _DOC.match(text, offset)
        if not quiet:
            return text[offset] == "["
        offset = token.end
    return False


def _token_at(text: str, start: int) -> Token:
    match = _TOKEN.match(text, start)
    if match is None:
        raise RustLexError(start, f"unknown start of token {text[start]!r}")
    end = match.end()
    match match.lastgroup:
        case "space":
            return Token(Kind.SPACE, start, end)
        case "comment":
            return Token(Kind.COMMENT, start, end)
        case "word":
            return Token(Kind.WORD, start, _word_end(text, start, end))
        case "punct":
            return Token(Kind.PUNCT, start, end)
        case "number":
            return Token(Kind.NUMBER, start, _suffix_end(text, _checked_number(text, start, end)))
        case "lifetime":
            return _lifetime(text, start, end)
        case "block":
            return Token(Kind.COMMENT, start, _block_end(text, start))
        case "raw":
            return Token(Kind.LITERAL, start, _raw_end(text, start, end, match["hashes"]))
        case "text" if match["closed"] is None:
            raise RustLexError(start, "unterminated string")
        case "badraw":
            raise RustLexError(start, "a raw string without its quote")
        case "quote":
            raise RustLexError(start, "not one character, or unterminated")
    return Token(Kind.LITERAL, start, _suffix_end(text, end))


def _word_end(text: str, start: int, end: int) -> int:
    """Trim what no identifier holds; ASCII words, nearly all there are, need no look."""
    body = start + 2 if text.startswith("r#", start) else start
    if text[body:end].isascii():
        return end
    while end > body and not text[body:end].isidentifier():
        end -= 1
    if end == body:
        raise RustLexError(start, f"unknown start of token {text[body]!r}")
    return end


def _suffix_end(text: str, offset: int) -> int:
    """A literal takes the word that touches it as its suffix."""
    match = _SUFFIX.match(text, offset)
    if match is None or not (match[0].isascii() or match[0][0].isidentifier()):
        return offset
    return _word_end(text, offset, match.end())


def _lifetime(text: str, start: int, end: int) -> Token:
    if text[start + 1].isdigit():
        raise RustLexError(start, "a lifetime cannot start with a digit")
    return Token(Kind.LIFETIME, start, _word_end(text, start + 1, end))


def _checked_number(text: str, start: int, end: int) -> int:
    digits = text[start:end]
    has_base = digits[1:2] in ("x", "o", "b")
    if has_base and not digits[2:].partition(".")[0].strip("_"):
        raise RustLexError(start, "no digits in a number")
    if not has_base and _EMPTY_EXPONENT.match(text, end):
        raise RustLexError(start, "no digits in an exponent")
    return end


def _block_end(text: str, start: int) -> int:
    depth = 0
    for edge in _BLOCK_EDGE.finditer(text, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    raise RustLexError(start, "unterminated block comment")


def _raw_end(text: str, start: int, body: int, hashes: str) -> int:
    close = text.find('"' + hashes, body)
    if close < 0:
        raise RustLexError(start, "unterminated raw string")
    return _suffix_end(text, close + 1 + len(hashes))
