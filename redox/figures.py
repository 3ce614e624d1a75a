"""The figures of law L8, counted: how often Iron is stiff, and how long it is beside its Rust."""

from __future__ import annotations

import re
import warnings
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Protocol

from redox.diagnostics import Severity
from redox.laws import Case, escape_word
from redox.phrasebook import Phrasebook, load_phrasebook
from redox.rustlex import Kind, Token

SPELLED_LIMIT = 1 / 200
SPELLED_IN_MACROS_LIMIT = 1 / 3
ESCAPED_LIMIT = 1 / 100
TOKEN_RATIO_LIMIT = 1.25


class Tokenizer(Protocol):
    """What is asked of a tokenizer, here of `bpe_openai`'s `o200k_base`."""

    def encode_ordinary(self, text: str) -> list[int]:
        """Turn text into token numbers; what looks like a special token is text too."""


def measure(case: Case) -> Counter[str]:
    """Count lines and tokens of one file; the counts of many files are added."""
    lines = len(case.rust_lines)
    in_macro = _macro_lines(case)
    code = _code_lines(case.iron_tokens, case.iron_lines)
    spelled, escaped = _marked_lines(case)
    counts = Counter(
        files=1,
        lines=lines,
        characters_rust=len(case.rust),
        characters_iron=len(case.reduced.text),
        code_lines=len(code - in_macro),
        code_lines_in_macros=len(code & in_macro),
        spelled_lines=len(spelled - in_macro),
        spelled_lines_in_macros=len(spelled & in_macro),
        escaped_lines=len(escaped),
        alarmed_files=int(has_alarm(case)),
    )
    if (tokenizer := o200k()) is not None:
        counts["tokens_rust"] = _count(tokenizer, case.rust)
        counts["tokens_iron"] = _count(tokenizer, case.reduced.text)
        counts["tokens_rust_code"] = _count(tokenizer, _without_comments(case.rust, case.tokens))
        iron_code = _without_comments(case.reduced.text, case.iron_tokens)
        counts["tokens_iron_code"] = _count(tokenizer, iron_code)
    return counts


def has_alarm(case: Case) -> bool:
    """Tell whether a translation called Rust that came back right an error: a false alarm."""
    found = (*case.reduced.diagnostics, *case.oxidized.diagnostics)
    return any(each.severity is Severity.ERROR for each in found)


def ratios(counts: Mapping[str, int]) -> dict[str, float | None]:
    """The figures that L8 bounds, `None` where nothing was counted."""

    def share(part: str, *whole: str) -> float | None:
        total = sum(counts.get(name, 0) for name in whole)
        return counts.get(part, 0) / total if total else None

    return {
        "spelled_share": share("spelled_lines", "code_lines"),
        "spelled_share_in_macros": share("spelled_lines_in_macros", "code_lines_in_macros"),
        "escaped_share": share("escaped_lines", "code_lines", "code_lines_in_macros"),
        "token_ratio": share("tokens_iron", "tokens_rust"),
        "token_ratio_code": share("tokens_iron_code", "tokens_rust_code"),
        "character_ratio": share("characters_iron", "characters_rust"),
    }


@cache
def o200k() -> Tokenizer | None:
    """The public tokenizer `o200k_base`, or `None` where `bpe-openai` is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # It reads its data in an old way.
        try:
            import bpe_openai
        except ModuleNotFoundError:
            return None
        tokenizer: Tokenizer = bpe_openai.get_encoding("o200k_base")
    return tokenizer


# The tokenizer takes 200,000 tokens at most. No token holds both a line end and a letter after it.
_CHUNK = re.compile(r"[\s\S]{1,100000}(?:\n(?=\w)|\Z)|[\s\S]{1,100000}")


def _count(tokenizer: Tokenizer, text: str) -> int:
    return sum(len(tokenizer.encode_ordinary(chunk)) for chunk in _CHUNK.findall(text))


def _macro_lines(case: Case) -> set[int]:
    """The lines of `macro_rules!` definitions, from the opening bracket to the closing one."""
    found: set[int] = set()
    signs = [each for each in case.tokens if each.kind in (Kind.WORD, Kind.PUNCT)]
    texts = [case.rust[each.start : each.end] for each in signs]
    for index, text in enumerate(texts):
        if text == "macro_rules" and texts[index + 1 : index + 2] == ["!"]:
            first, last = _bracket(texts, index + 2)
            found.update(_lines_between(case, signs[first : last + 1]))
    return found


def _bracket(texts: list[str], start: int) -> tuple[int, int]:
    """The indices of the first bracket from `start` on and of the one that closes it."""
    depth, first = 0, start
    for index in range(start, len(texts)):
        if texts[index] in "([{":
            first = index if depth == 0 else first
            depth += 1
        elif texts[index] in ")]}":
            depth -= 1
            if depth <= 0:
                return first, index
    return first, len(texts) - 1


def _lines_between(case: Case, tokens: list[Token]) -> Iterator[int]:
    if tokens:
        first = bisect_right(case.rust_lines, tokens[0].start) - 1
        yield from range(first, bisect_right(case.rust_lines, tokens[-1].start))


def _code_lines(tokens: list[Token], starts: list[int]) -> set[int]:
    quiet = (Kind.SPACE, Kind.COMMENT, Kind.SHEBANG)
    return {bisect_right(starts, each.start) - 1 for each in tokens if each.kind not in quiet}


def _marked_lines(case: Case) -> tuple[set[int], set[int]]:
    """The lines of Iron that hold a spelled-out phrase, and those that hold the escape word."""
    pattern = _marks(case.phrasebook or load_phrasebook())
    words = _blanked(case.reduced.text, case.iron_tokens)
    spelled: set[int] = set()
    escaped: set[int] = set()
    for match in pattern.finditer(words):
        line = bisect_right(case.iron_lines, match.start()) - 1
        (spelled if match.lastgroup == "spelled" else escaped).add(line)
    return spelled, escaped


def _marks(phrasebook: Phrasebook) -> re.Pattern[str]:
    """Match a spelled-out phrase, or an escaped word whole: `literally comma` is no comma."""
    phrases = sorted(
        (phrase.text for phrase in phrasebook.phrases if phrasebook.is_spelled(phrase)), key=len
    )
    spelled = "|".join(re.escape(text).replace(r"\ ", r"[ \t]+") for text in reversed(phrases))
    escape = re.escape(escape_word(phrasebook))
    return re.compile(rf"\b(?:(?P<escaped>{escape})\s+\w+|(?P<spelled>{spelled or '(?!)'}))\b")


def _blanked(text: str, tokens: list[Token]) -> str:
    """The text with literals and comments blanked, each offset kept."""
    quoted = (Kind.COMMENT, Kind.LITERAL, Kind.SHEBANG)
    return "".join(
        " " * (each.end - each.start) if each.kind in quoted else text[each.start : each.end]
        for each in tokens
    )


def _without_comments(text: str, tokens: list[Token]) -> str:
    return "".join(text[each.start : each.end] for each in tokens if each.kind is not Kind.COMMENT)
