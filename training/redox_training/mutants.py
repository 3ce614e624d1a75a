"""Small faults put into a solution, by its tokens: tests worth their name notice most of them."""

from __future__ import annotations

from collections.abc import Iterator

from redox.keywords import KEYWORDS
from redox.rustlex import Kind, Token
from redox_eval.rusttext import (
    CLOSERS,
    OPENERS,
    code_tokens,
    find_body,
    function_names,
    matching,
)

SWAPS = {
    "+": ("-",),
    "-": ("+",),
    "*": ("+",),
    "/": ("*",),
    "%": ("/",),
    "<": ("<=", ">"),
    ">": (">=", "<"),
    "&": ("|",),
    "^": ("&",),
    "abs": ("signum",),
    "signum": ("abs",),
    "rem_euclid": ("div_euclid",),
    "div_euclid": ("rem_euclid",),
    "true": ("false",),
    "false": ("true",),
    "min": ("max",),
    "max": ("min",),
    "any": ("all",),
    "all": ("any",),
    "first": ("last",),
    "last": ("first",),
    "is_ascii_digit": ("is_ascii_alphabetic",),
    "is_ascii_uppercase": ("is_ascii_lowercase",),
    "is_ascii_lowercase": ("is_ascii_uppercase",),
    "is_ascii_alphabetic": ("is_ascii_digit",),
    "is_whitespace": ("is_alphabetic",),
    "is_negative": ("is_positive",),
    "is_positive": ("is_negative",),
    "count_ones": ("count_zeros",),
    "count_zeros": ("count_ones",),
    "leading_zeros": ("trailing_zeros",),
    "trailing_zeros": ("leading_zeros",),
    "find": ("rfind",),
    "rfind": ("find",),
    "position": ("rposition",),
    "rposition": ("position",),
    "intersection": ("union",),
    "union": ("intersection",),
    "difference": ("union",),
    "symmetric_difference": ("intersection",),
    "pop": ("last().copied", "first().copied"),
    "is_some": ("is_none",),
    "is_none": ("is_some",),
    "skip": ("take",),
    "take": ("skip",),
    "take_while": ("skip_while",),
    "skip_while": ("take_while",),
    "to_ascii_uppercase": ("to_ascii_lowercase",),
    "to_ascii_lowercase": ("to_ascii_uppercase",),
    "wrapping_add": ("wrapping_sub",),
    "wrapping_mul": ("wrapping_add",),
    "saturating_add": ("saturating_sub",),
    "checked_add": ("checked_sub",),
    "checked_mul": ("checked_add",),
    "starts_with": ("ends_with",),
    "ends_with": ("starts_with",),
    "strip_prefix": ("strip_suffix",),
    "strip_suffix": ("strip_prefix",),
    "trim_start_matches": ("trim_end_matches",),
    "trim_end_matches": ("trim_start_matches",),
    "to_uppercase": ("to_lowercase",),
    "to_lowercase": ("to_uppercase",),
    "min_by_key": ("max_by_key",),
    "max_by_key": ("min_by_key",),
    "sum": ("product",),
}
"""What stands for what, token by token; what then doesn't compile is no mutant."""

DEFAULTS = (
    "Default::default()",
    "None",
    "Vec::with_capacity(0)",
    "true",
    'Err(String::from("no"))',
)
"""Bodies that many types have; one that the type lacks doesn't compile."""


PAIRS = {
    "==": "!=",
    "!=": "==",
    "<=": "<",
    ">=": ">",
    "&&": "||",
    "+=": "-=",
    "-=": "+=",
    "*=": "+=",
    "/=": "*=",
    "^=": "+=",
}
"""Signs of two tokens, and what stands for them."""


def sure_mutants(solution: str) -> Iterator[str]:
    """Yield solutions with one fault each of a kind that nearly always compiles."""
    tokens = code_tokens(solution)
    for at in _places(solution, tokens):
        yield from _number_mutants(solution, tokens[at])
        yield from _text_mutants(solution, tokens[at])
        yield from _swapped(solution, tokens, at)
        yield from _decided(solution, tokens, at)


def mutants(solution: str, signature: str) -> Iterator[str]:
    """Yield solutions with one fault each, in the functions' bodies."""
    yield from sure_mutants(solution)
    tokens = code_tokens(solution)
    for at in _places(solution, tokens):
        yield from _without_call(solution, tokens, at)
        yield from _uncalled(solution, tokens, at)
        yield from _without_statement(solution, tokens, at)
    for name in function_names(signature)[-1:]:
        body = find_body(solution, tokens, name)
        if body is not None:
            start, end = tokens[body[0]].end, tokens[body[1]].start
            for default in DEFAULTS:
                yield f"{solution[:start]} {default} {solution[end:]}"


def _places(solution: str, tokens: list[Token]) -> list[int]:
    """Return the indices of the tokens inside the functions' bodies."""
    bodies = [find_body(solution, tokens, name) for name in function_names(solution)]
    return sorted({at for body in bodies if body for at in range(body[0] + 1, body[1])})


def _number_mutants(solution: str, token: Token) -> Iterator[str]:
    if token.kind is not Kind.NUMBER:
        return
    text = solution[token.start : token.end]
    digits = text.replace("_", "")
    if digits.isdecimal():
        values = dict.fromkeys((int(digits) + 1, max(0, int(digits) - 1), 0))
        for value in values:
            if value != int(digits):
                yield f"{solution[: token.start]}{value}{solution[token.end :]}"


def _text_mutants(solution: str, token: Token) -> Iterator[str]:
    if token.kind is not Kind.LITERAL:
        return
    text = solution[token.start : token.end]
    if text.startswith('"'):
        yield f"{solution[: token.end - 1]}x{solution[token.end - 1 :]}"
    elif len(text) == 3 and text.startswith("'"):
        other = chr(ord(text[1]) + 1) if text[1].isalnum() else "q"
        yield f"{solution[: token.start]}'{other}'{solution[token.end :]}"


def _swapped(solution: str, tokens: list[Token], at: int) -> Iterator[str]:
    token = tokens[at]
    if token.kind is Kind.WORD:
        for new in SWAPS.get(solution[token.start : token.end], ()):
            yield f"{solution[: token.start]}{new}{solution[token.end :]}"
        return
    if token.kind is not Kind.PUNCT:
        return
    pair = tokens[at + 1] if at + 1 < len(tokens) else token
    sign = solution[token.start : pair.end]
    if pair.start == token.end and sign in PAIRS:
        yield f"{solution[: token.start]}{PAIRS[sign]}{solution[pair.end :]}"
        return
    # What touches another sign is a part of `->`, `<=`, `&&` or of a generic type.
    spaced = solution[token.start - 1 : token.start] == " " == solution[token.end : token.end + 1]
    if spaced:
        for new in SWAPS.get(solution[token.start : token.end], ()):
            yield f"{solution[: token.start]}{new}{solution[token.end :]}"


def _decided(solution: str, tokens: list[Token], at: int) -> Iterator[str]:
    """Put `true` or `false` for the condition of an `if`, and leave out a sign before a value."""
    word = solution[tokens[at].start : tokens[at].end]
    if word in "-!" and solution[tokens[at].start - 1] in " (" and at + 1 < len(tokens):
        touching = tokens[at + 1].start == tokens[at].end and tokens[at + 1].kind is Kind.WORD
        if touching:
            yield solution[: tokens[at].start] + solution[tokens[at].end :]
    if word != "if" or at + 1 == len(tokens):
        return
    first = tokens[at + 1]
    depth = 0
    for token in tokens[at + 1 :]:
        sign = solution[token.start : token.end]
        if sign == "{" and depth == 0:
            if solution[first.start : first.end] != "let":
                for value in ("true ", "false "):
                    yield solution[: first.start] + value + solution[token.start :]
            return
        depth += (sign in OPENERS) - (sign in CLOSERS)


def _without_call(solution: str, tokens: list[Token], at: int) -> Iterator[str]:
    """Leave out a call of a method: `.name(…)`."""
    words = [solution[each.start : each.end] for each in tokens[at : at + 3]]
    if len(words) == 3 and words[0] == "." and words[2] == "(" and tokens[at + 1].kind is Kind.WORD:
        rest = [solution[each.start : each.end] for each in tokens]
        closed = tokens[matching(rest, at + 2)]
        yield solution[: tokens[at].start] + solution[closed.end :]


def _uncalled(solution: str, tokens: list[Token], at: int) -> Iterator[str]:
    """Leave out the name of a function that is called, so that its argument stands for it."""
    words = [solution[each.start : each.end] for each in tokens[max(0, at - 1) : at + 2]]
    is_called = len(words) == 3 and tokens[at].kind is Kind.WORD and words[2] == "("
    if is_called and words[0] not in (".", "fn") and words[1] not in KEYWORDS:
        yield solution[: tokens[at].start] + solution[tokens[at + 1].start :]


def _without_statement(solution: str, tokens: list[Token], at: int) -> Iterator[str]:
    """Leave out what stands between two ends of statements, unless it declares something."""
    if solution[tokens[at].start : tokens[at].end] != ";":
        return
    first = at
    while first and solution[tokens[first - 1].start : tokens[first - 1].end] not in "{};":
        first -= 1
    if first < at and solution[tokens[first].start : tokens[first].end] not in ("let", "use"):
        yield solution[: tokens[first].start] + solution[tokens[at].end :]
