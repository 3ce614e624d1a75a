"""Lexemes of one line, the same for Rust and for Iron.

Iron is a superset of Rust, so both sides share one lexer. It works a line at a time: what a
line leaves open (a string, a raw string, a comment) is a `Mode`, a small comparable value
that the next line starts from. Nothing is lost: the gaps and lexemes of a line, joined, are
the line.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import Final

Mode = tuple[str, int]
"""What a line starts inside of: its kind, and the hashes of a raw string or depth of a comment."""

CODE: Mode = ("", 0)
STRING: Mode = ('"', 0)
LINE_COMMENT: Mode = ("//", 0)

_SPACE = "[ ]*+[ \\t\\x0b\\x0c\\x85\\u200e\\u200f\\u2028\\u2029\\ufeff]*+"
_MARKS: Final = (
    "\u00b7\u0300-\u036f\u0387\u0483-\u0487\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05c5"
    "\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
    "\u0711-\u07f3\u07fd\u0816-\u082d\u0859-\u085b\u0898-\u08e1\u08e3-\u0963\u0981-\u09e3"
    "\u09fe-\u0a75\u0a81-\u0ae3\u0afa-\u0b63\u0b82-\u0bd7\u0c00-\u0c63\u0c81-\u0c83"
    "\u0cbc-\u0d4d\u0d57-\u0d63\u0d81-\u0df3\u0e31-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ecd"
    "\u0f18-\u0f19\u0f35\u0f37\u0f39\u0f3e-\u0f84\u0f86-\u0fbc\u0fc6\u102b-\u103e"
    "\u1056-\u109d\u135d-\u135f\u1712-\u1734\u1752-\u17d3\u17dd\u180b-\u180d\u180f-\u193b"
    "\u1a17-\u1a1b\u1a55-\u1a7f\u1ab0-\u1abd\u1abf-\u1b44\u1b6b-\u1b73\u1b80-\u1bf3"
    "\u1c24-\u1c37\u1cd0-\u1cd2\u1cd4-\u1dff\u203f-\u2040\u2054\u20d0-\u20dc\u20e1"
    "\u20e5-\u20f0\u2118\u212e\u2cef-\u2cf1\u2d7f-\u2dff\u302a-\u302f\u3099-\u309a\ua66f"
    "\ua674-\ua67d\ua69e-\ua6f1\ua802-\ua827\ua82c\ua880-\ua8c5\ua8e0-\ua8f1\ua8ff-\ua92d"
    "\ua947-\ua953\ua980-\ua9c0\ua9e5-\uaa4d\uaa7b-\uaac1\uaaeb-\uaaef\uaaf5-\uaaf6"
    "\uabe3-\uabea\uabec-\uabed\ufb1e\ufe00-\ufe0f\ufe20-\ufe2f\ufe33-\ufe34\ufe4d-\ufe4f"
    "\uff3f\U000101fd-\U0001037a\U00010a01-\U00010a3f\U00010ae5-\U00010ae6"
    "\U00010d24-\U00010eac\U00010f46-\U00010f50\U00010f82-\U00010f85\U00011000-\U00011046"
    "\U00011070-\U000110ba\U000110c2\U00011100-\U00011134\U00011145-\U00011173"
    "\U00011180-\U000111c0\U000111c9-\U000111cc\U000111ce-\U000111cf\U0001122c-\U00011237"
    "\U0001123e\U000112df-\U00011446\U0001145e-\U000114c3\U000115af-\U000115c0"
    "\U000115dc-\U00011640\U000116ab-\U000116b7\U0001171d-\U0001172b\U0001182c-\U0001183a"
    "\U00011930-\U00011943\U000119d1-\U000119e0\U000119e4-\U00011a3e\U00011a47-\U00011a99"
    "\U00011c2f-\U00011c3f\U00011c92-\U00011ef6\U00016af0-\U00016af4\U00016b30-\U00016b36"
    "\U00016f4f-\U00016f92\U00016fe4-\U00016ff1\U0001bc9d-\U0001bc9e\U0001cf00-\U0001cf46"
    "\U0001d165-\U0001d169\U0001d16d-\U0001d172\U0001d17b-\U0001d182\U0001d185-\U0001d18b"
    "\U0001d1aa-\U0001d1ad\U0001d242-\U0001d244\U0001da00-\U0001da36\U0001da3b-\U0001da6c"
    "\U0001da75\U0001da84\U0001da9b-\U0001e136\U0001e2ae-\U0001e2ef\U0001e8d0-\U0001e94a"
    "\U000e0100-\U000e01ef"
)
"""What Rust lets stand inside an identifier and `\\w` does not know: marks on letters."""
_LEXEME = r"""
      [A-Za-z_][A-Za-z0-9_]*+(?!["'\#\x80-\U0010ffff])       # an identifier, by far the most
    | [()\[\]{},;?@$\#]
    | \.(?:\.[.=]?)? | ::? | -[>=]? | =[=>]? | &[&=]? | \|[|=]?
    | <(?:<=?|=)? | >(?:>=?|=)? | [+*%^!]=?
    | //.* | /[=*]?
    | (?:[bc]?"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)
    | [bc]?r"[^"]*(?:"|\Z)
    | [bc]?r\#"(?:[^"]|"(?!\#))*(?:"\#|\Z)
    | [bc]?r\#\#"(?:[^"]|"(?!\#\#))*(?:"\#\#|\Z)
    | [bc]?r\#\#\#"(?:[^"]|"(?!\#\#\#))*(?:"\#\#\#|\Z)
    | b?'(?:[^'\\]|\\(?:x[0-9a-fA-F]*|u\{[^}']*\}|.))')(?:[^\W\d]WORD*)?
    | '(?:r\#)?(?:[^\W\d]|[0-9])WORD*
    | 0[box]WORD+
    | \d[\d_]*(?:\.\d[\d_]*|\.(?![.\w]))?(?:(?<=[\d_.])[eE][+-]?_*\d[\d_]*)?WORD*
    | (?:r\#)?[^\W\d]WORD*
    | .
""".replace("WORD", rf"[\w{_MARKS}]")
"""A lexeme: what can be told by its first character comes first, and that is most of them."""
_PAIR = re.compile(f"({_SPACE})({_LEXEME}|\\Z)", re.VERBOSE | re.DOTALL)
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_LONG: Final = 1_000_000
_WORD = re.compile(" *[^ ]+")
_UNSURE: Final = 8
"""How many lexemes before a cut could be others without it, with room to spare."""
_RAW_OPENER = re.compile(r'[bc]?r(#*)"')
_STRING_END = re.compile(r'[^"\\]*(?:\\.[^"\\]*)*("|\\?\Z)', re.DOTALL)
_SUFFIX = re.compile(f"(?:[^\\W\\d][\\w{_MARKS}]*)?")
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
    bare = body.lstrip(" \t")
    if mode == CODE and bare[:2] == "//":
        head, pairs, tail = "", [(body[: len(body) - len(bare)], bare)], ""
    elif mode != CODE or "/*" in body or "####" in body:
        head, pairs, tail, mode = _lex_slowly(body, mode)
    else:
        head = ""
        pairs = _PAIR.findall(body) if len(body) < _LONG else _pairs_of_long(body)
        tail = pairs.pop()[0]
        if pairs and not pairs[-1][1]:  # the space at the end, and then nothing
            tail = pairs.pop()[0]
        mode = _left_open(pairs[-1][1]) if pairs else CODE
    if end == "\r" and pairs and pairs[-1][1][:2] == "//":
        mode = LINE_COMMENT
    elif end != "\r" and mode == LINE_COMMENT:
        mode = CODE
    return head, pairs, tail, mode


def _pairs_of_long(body: str) -> list[Pair]:
    """Lex a part at a time, and keep one of each pair: a new one each would fill the memory.

    Where nothing but single lexemes can be, what stands between two spaces is lexed once.
    """
    known: dict[Pair, Pair] = {}
    words: dict[str, list[Pair]] = {}
    pairs: list[Pair] = []
    start, size = 0, _LONG
    while True:
        end = min(start + size, len(body))
        part = body[start : body.rfind(" ", start, end)].rstrip(" ") if end < len(body) else ""
        if part and _is_plain(part):
            found = _WORD.findall(part)
            for word in {*found} - words.keys():
                words[word] = [known.setdefault(pair, pair) for pair in _PAIR.findall(word)[:-1]]
            pairs += chain.from_iterable(map(words.__getitem__, found))
            start += len(part)
            continue
        pairs_here = _PAIR.findall(body, start, end)
        if end < len(body):
            cut = pairs_here[-_UNSURE:]
            del pairs_here[-_UNSURE:]
            end -= sum([len(gap) + len(lexeme) for gap, lexeme in cut])
        pairs += map(known.setdefault, pairs_here, pairs_here)
        if end == len(body):
            return pairs
        size = size if pairs_here else 2 * size  # a lexeme longer than the part
        start = end


def _is_plain(part: str) -> bool:
    """Tell whether no lexeme in a text can hold a space, and spaces alone part them."""
    return part.isascii() and not any(map(part.__contains__, "\"'/\t\x0b\x0c"))


def _left_open(last: str) -> Mode:
    """Return the mode that a line leaves behind whose last lexeme is `last`."""
    first = last[0]
    if first == "/" and last[:2] == "//":
        return CODE
    if first not in '"bcr' or '"' not in last or last[:2] == "b'":
        return CODE  # a byte may be a quote
    opener = _RAW_OPENER.match(last)
    if opener:
        closed = '"' + opener[1] in last[opener.end() :]
        return CODE if closed else ("r", len(opener[1]))
    quoted = last[last.index('"') + 1 :]
    end = _STRING_END.match(quoted)
    return CODE if end and end[1] == '"' else STRING


def _lex_slowly(body: str, mode: Mode) -> tuple[str, list[Pair], str, Mode]:
    """Lex a line that starts inside a literal or may hold a block comment."""
    end, mode = _end_of_open(body, 0, mode)
    head = body[:end]
    pairs: list[Pair] = []
    while mode == CODE:
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
        return _with_suffix(body, end.end()), CODE if end[1] == '"' else mode
    if kind == "r":
        closer = '"' + "#" * count
        found = body.find(closer, start)
        return (len(body), mode) if found < 0 else (_with_suffix(body, found + len(closer)), CODE)
    for edge in _COMMENT_EDGE.finditer(body, start):
        count += 1 if edge[0] == "/*" else -1
        if not count:
            return edge.end(), CODE
    return len(body), (kind, count)


def _with_suffix(body: str, end: int) -> int:
    """Return the end of a literal that may carry a suffix, as numbers do."""
    suffix = _SUFFIX.match(body, end)
    return suffix.end() if suffix else end


def is_literal_word(lexeme: str) -> bool:
    """Tell whether a lexeme that begins with a letter is a literal, as `b"x"` and `r#"x"#` are."""
    return '"' in lexeme or "'" in lexeme


def is_lifetime(lexeme: str) -> bool:
    """Tell whether a lexeme is a lifetime or label, and not a character or a stray quote."""
    return lexeme[0] == "'" and len(lexeme) > 1 and "'" not in lexeme[1:]
