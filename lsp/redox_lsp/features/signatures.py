"""Which parameters a call at hand takes, for functions of the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from redox_lsp.calls import open_brackets, tokens_before
from redox_lsp.features.describing import documentation_of
from redox_lsp.outline import outline_of
from redox_lsp.reading import Kind, Reading, Token
from redox_lsp.resolving import Bound, meaning_at
from redox_lsp.scopes.declarations import Item, Parameter


@dataclass(frozen=True, slots=True)
class Signature:
    """A function as it is declared, and where its parameters stand in that label."""

    label: str
    parameters: tuple[tuple[int, int], ...]
    documentation: str


@dataclass(frozen=True, slots=True)
class SignatureHelp:
    """The functions that a call may mean, and the number of the parameter at hand."""

    signatures: tuple[Signature, ...]
    parameter: int


def signature_help(reading: Reading, offset: int) -> SignatureHelp | None:
    """Return the signatures of the innermost call that an offset stands in."""
    tokens = list(tokens_before(reading, offset))
    for bracket in reversed(open_brackets(tokens)):
        if bracket.text == "{":
            return None
        callee = _callee(tokens, bracket.token) if bracket.text == "(" else -1
        if callee < 0:
            continue
        is_method = callee > 0 and tokens[callee - 1][1].text == "."
        found = list(_functions(reading, tokens[callee], is_method=is_method))
        if found:
            signatures = tuple(
                _signature(reading, item, base, is_method=is_method) for item, base in found
            )
            return SignatureHelp(signatures, bracket.commas)
        return None
    return None


def _callee(tokens: list[tuple[int, Token]], opener: int) -> int:
    """Return which token names what a bracket calls, or -1 if it calls nothing."""
    index = opener - 1
    if index >= 0 and tokens[index][1].text == ">":
        depth = 0
        while index >= 0:
            depth += {">": 1, "<": -1}.get(tokens[index][1].text, 0)
            index -= 1
            if not depth:
                break
        if index >= 0 and tokens[index][1].text == "::":
            index -= 1
    if index < 0 or tokens[index][1].kind is not Kind.NAME:
        return -1
    is_declared = index > 0 and tokens[index - 1][1].text == "fn"
    return -1 if is_declared else index


def _functions(
    reading: Reading, callee: tuple[int, Token], *, is_method: bool
) -> Iterator[tuple[Item, int]]:
    line, token = callee
    if is_method:
        for declared in outline_of(reading).declared.values():
            if declared.item.takes_self and declared.item.name == token.text:
                yield declared.item, declared.base
        return
    found = meaning_at(reading, reading.start_of(line) + token.name_column)
    if found is None:
        return
    meaning = found[0]
    item = meaning.binding.item if isinstance(meaning, Bound) else meaning.item
    if item is not None and item.kind == "function":
        yield item, meaning.base


def _signature(reading: Reading, item: Item, base: int, *, is_method: bool) -> Signature:
    start = reading.start_of(item.place.line + base) + item.place.start
    end = reading.start_of(item.head_end[0] + base) + item.head_end[1]
    label = reading.text[start : max(start, end)]
    label = "".join([" " if one.isspace() else one for one in label])
    parameters = item.parameters[1:] if is_method else item.parameters
    places = tuple(_place(reading, one, base, start) for one in parameters)
    return Signature(label, places, documentation_of(reading, item.start[0] + base))


def _place(reading: Reading, parameter: Parameter, base: int, start: int) -> tuple[int, int]:
    first, last = parameter.start, parameter.end
    return (
        reading.start_of(first.line + base) + first.start - start,
        reading.start_of(last.line + base) + last.end - start,
    )
