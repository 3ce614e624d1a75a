"""Small faults put into a solution, by its tokens: tests worth their name notice most of them."""

from __future__ import annotations

from collections.abc import Iterator

from redox.rustlex import Kind, Token
from redox_eval.rusttext import code_tokens, find_body, function_names

SWAPS = {
    "+": ("-",),
    "-": ("+",),
    "*": ("+",),
    "/": ("*",),
    "%": ("/",),
    "<": ("<=", ">"),
    ">": (">=", "<"),
    "true": ("false",),
    "false": ("true",),
    "min": ("max",),
    "max": ("min",),
    "any": ("all",),
    "all": ("any",),
    "first": ("last",),
    "last": ("first",),
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


def mutants(solution: str, signature: str) -> Iterator[str]:
    """Yield solutions with one fault each, those first that most likely compile."""
    tokens = code_tokens(solution)
    bodies = [find_body(solution, tokens, name) for name in function_names(solution)]
    inside = {at for body in bodies if body for at in range(body[0] + 1, body[1])}
    for at in sorted(inside):
        yield from _number_mutants(solution, tokens[at])
    for at in sorted(inside):
        yield from _text_mutants(solution, tokens[at])
    for at in sorted(inside):
        yield from _swapped(solution, tokens, at)
    for at in sorted(inside):
        yield from _without_statement(solution, tokens, at)
    for name in function_names(signature)[-1:]:
        body = find_body(solution, tokens, name)
        if body is not None:
            start, end = tokens[body[0]].end, tokens[body[1]].start
            for default in DEFAULTS:
                yield f"{solution[:start]} {default} {solution[end:]}"


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
    if token.kind is Kind.LITERAL and solution[token.start] == '"':
        yield f"{solution[: token.end - 1]}x{solution[token.end - 1 :]}"


def _swapped(solution: str, tokens: list[Token], at: int) -> Iterator[str]:
    token = tokens[at]
    if token.kind not in (Kind.PUNCT, Kind.WORD):
        return
    neighbours = [tokens[other] for other in (at - 1, at + 1) if 0 <= other < len(tokens)]
    touching = any(
        other.kind is Kind.PUNCT and (other.end == token.start or other.start == token.end)
        for other in neighbours
    )
    if token.kind is Kind.PUNCT and touching:
        return  # a part of `->`, `<=`, `&&` or of a generic type
    for new in SWAPS.get(solution[token.start : token.end], ()):
        yield f"{solution[: token.start]}{new}{solution[token.end :]}"


def _without_statement(solution: str, tokens: list[Token], at: int) -> Iterator[str]:
    """Leave out what stands between two ends of statements, unless it declares something."""
    if solution[tokens[at].start : tokens[at].end] != ";":
        return
    first = at
    while first and solution[tokens[first - 1].start : tokens[first - 1].end] not in "{};":
        first -= 1
    if first < at and solution[tokens[first].start : tokens[first].end] not in ("let", "use"):
        yield solution[: tokens[first].start] + solution[tokens[at].end :]
