"""The grammar of Rust that llguidance takes, made of `rust.rules`.

It stands beside the grammar of canonical Iron, so that a guard can hold either arm: Rust as rustfmt
lays it out, of all editions since 2018, with every kind of item, type, pattern and expression that
is stable. What it leaves out is said in docs/grammar.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Final

from redox.keywords import KEYWORDS

RULES: Final = Path(__file__).with_name("rust.rules")
GAP: Final = "gap"
_VARIABLES: Final = {"s": "yn", "b": "yn", "c": "yn"}
_VARIABLE = re.compile("<([sbc])>")
_SYMBOL = re.compile(r'(~?)("[^"]*"|\b[A-Z][A-Z_]*\b)')
_WORDS: Final = "|".join(sorted(frozenset(KEYWORDS) - {"await"} | {"async", "await"}))
_HEX: Final = "[0-9a-fA-F]"
_SCALAR: Final = "|".join(
    (
        f"{_HEX}{{1,3}}",
        f"[0-9a-ce-fA-CE-F]{_HEX}{{3}}",
        f"[dD][0-7]{_HEX}{{2}}",
        f"[1-9a-fA-F]{_HEX}{{4}}",
        f"10{_HEX}{{4}}",
    )
)
"""The hexadecimal digits of a character: half of a surrogate pair is none."""
_ESCAPE: Final = rf"\\([nrt0'\"\\]|x[0-7]{_HEX}|u\{{({_SCALAR})\}})"
_BYTE_ESCAPE: Final = rf"\\([nrt0'\"\\]|x{_HEX}{{2}})"
_INTEGER: Final = "[iu](8|16|32|64|128|size)"
_EXPONENT: Final = r"([eE][+-]?[0-9][0-9_]*)?"
_INTS: Final = (
    rf"(0x{_HEX[:-1]}_]*{_HEX}|0b[01_]*[01]|0o[0-7_]*[0-7])(_?{_INTEGER})?",
    rf"[0-9][0-9_]*{_EXPONENT}(_?({_INTEGER}|f32|f64))?",
)
_TEXTS: Final = (
    rf'c?"([^"\\]|{_ESCAPE}|\\\n)*"',
    rf'b"([\x00-\x21\x23-\x5b\x5d-\x7f]|{_BYTE_ESCAPE}|\\\n)*"',
    r'[bc]?r"[^"]*"',
    r'[bc]?r#"([^"]|"+[^"#])*"+#',
    r'[bc]?r##"([^"]|"+#?[^"#])*"+##',
)
_CHARS: Final = (
    rf"'([^'\\\n\r\t]|{_ESCAPE})'",
    rf"b'([\x20-\x26\x28-\x5b\x5d-\x7e]|{_BYTE_ESCAPE})'",
)
_DOCS: Final = (r"\/\/\/([^\/\n][^\n]*)?\n", r"\/\*\*[^*\/]([^*]|\*+[^*\/])*\*+\/")
_COMMENTS: Final = (
    r"\/\/([^\/!\n][^\n]*)?\n",
    r"\/\/\/\/[^\n]*\n",
    r"\/\*([^*!\/]([^*\/]|\/+[^*\/]|\*+[^*\/])*)?\*+\/",
)
_TERMINALS: Final = {
    "IDENT": rf"/(r#)?[A-Za-z_][A-Za-z0-9_]*/ & ~/{_WORDS}|_|r#_|r#(self|Self|super|crate)/",
    "WORD": r"/[A-Za-z_][A-Za-z0-9_]*/",
    "LIFETIME": rf"/'[A-Za-z_][A-Za-z0-9_]*/ & ~/'({_WORDS})/ | /'(static|_)/",
    "INT": f"/{'|'.join(_INTS)}/",
    "FRACTION": rf"/[0-9][0-9_]*{_EXPONENT}(_?(f32|f64))?/",
    "INDEX": "/0|[1-9][0-9]*/",
    "TEXT": f"/{'|'.join(_TEXTS)}/",
    "CHAR": f"/{'|'.join(_CHARS)}/",
    "SIGN": r"/[-!$%&*+,.\/:;<=>?@^|~]/",
    "DOC": f"/{'|'.join(_DOCS)}/",
    "DOC_INSIDE": r"/\/\/![^\n]*\n/",
    "SPACE": r"/[ \t\r\n]+/",
    "COMMENT": f"/{'|'.join(_COMMENTS)}/",
}
_GAPS: Final = f"{GAP}: (SPACE | COMMENT)*\n{GAP}s: (SPACE | COMMENT)+\n"


def rust_grammar() -> str:
    """Return the grammar in the dialect of Lark that llguidance reads."""
    rules = "".join(f"{rule}\n" for rule in _rules(RULES.read_text(encoding="utf-8")))
    terminals = "".join(f"{name}: {pattern}\n" for name, pattern in _TERMINALS.items())
    return f"{rules}{_GAPS}{terminals}"


def _rules(text: str) -> Iterator[str]:
    """Yield each rule for all values of the variables of its head, with the gaps put in."""
    for rule in _statements(text):
        head, _, body = rule.partition(":")
        names = list(dict.fromkeys(_VARIABLE.findall(head)))
        spaced = _SYMBOL.sub(lambda found: _spaced(found[2], is_glued=bool(found[1])), body)
        for values in product(*(_VARIABLES[name] for name in names)):
            yield _put(f"{head}:{spaced}", dict(zip(names, values, strict=True)))


def _put(text: str, bound: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: bound[found[1]], text)


def _statements(text: str) -> Iterator[str]:
    """Yield each rule as one line."""
    parts: list[str] = []
    for line in text.splitlines():
        if not line.strip() or line[0] == "#":
            continue
        if line[0] != " " and parts:
            yield " ".join(parts)
            parts = []
        parts.append(line.strip())
    yield " ".join(parts)


def _spaced(symbol: str, *, is_glued: bool) -> str:
    """Return a word, sign or terminal with the gap behind it."""
    if is_glued:
        return symbol
    if symbol.endswith(' "'):
        return f'("{symbol[1:-2]}" {GAP}s)'
    return f"({symbol} {GAP})"
