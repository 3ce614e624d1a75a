"""What a text declares, as a tree for one document and as a list for a workspace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from redox import Span
from redox_lsp.features.navigation import whole_of
from redox_lsp.outline import Declared, moved, outline_of, run_at, scopes_in
from redox_lsp.reading import Reading
from redox_lsp.resolving import span_of
from redox_lsp.scopes.declarations import Item

_LONGEST_DETAIL: Final = 120


@dataclass(frozen=True, slots=True)
class Symbol:
    """Something that is declared; `kind` is one of the kinds of `scopes.ITEM_KINDS` and children's.

    Those are function, structure, enumeration, union, trait, type, constant, static, module,
    implementation, external, macro, field and variant.
    """

    name: str
    kind: str
    span: Span
    name_span: Span
    detail: str = ""
    is_method: bool = False
    is_test: bool = False
    children: tuple[Symbol, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundSymbol:
    """A symbol that fits a query, and the name of what it stands in."""

    name: str
    kind: str
    name_span: Span
    container: str


def document_symbols(reading: Reading) -> tuple[Symbol, ...]:
    """Return what a text declares, in order, each with what is declared inside it."""
    return tuple(_symbol(reading, one) for one in outline_of(reading).top)


def find_symbols(reading: Reading, query: str) -> tuple[FoundSymbol, ...]:
    """Return the symbols of a text whose names hold the letters of `query` in order."""
    letters = query.casefold()
    return tuple(_found(document_symbols(reading), letters, ""))


def _found(symbols: tuple[Symbol, ...], letters: str, container: str) -> Iterator[FoundSymbol]:
    for symbol in symbols:
        if symbol.kind != "implementation" and fits(symbol.name.casefold(), letters):
            yield FoundSymbol(symbol.name, symbol.kind, symbol.name_span, container)
        yield from _found(symbol.children, letters, symbol.name)


def fits(name: str, letters: str) -> bool:
    """Tell whether a name holds some letters in their order."""
    rest = iter(name)
    return all(letter in rest for letter in letters)


def _symbol(reading: Reading, one: Declared) -> Symbol:
    item, base = one.item, one.base
    span = whole_of(reading, one)
    name_span = span_of(reading, one.place)
    outer = one.container.declared
    return Symbol(
        name_of(item),
        item.kind,
        Span(min(span.start, name_span.start), max(span.end, name_span.end)),
        name_span,
        _detail(reading, item, base),
        is_method=outer is not None and outer.item.kind in ("implementation", "trait"),
        is_test=is_test(item),
        children=(
            *(_child(reading, child, base) for child in item.children),
            *(_symbol(reading, child) for child in one.children),
            *_locals(reading, item, base),
        ),
    )


def name_of(item: Item) -> str:
    """Return what an item is called in lists; an implementation is called after its type."""
    if item.kind == "implementation":
        return f"{item.trait} for {item.name}" if item.trait else item.name or "implementation"
    return item.name or item.kind


def is_test(item: Item) -> bool:
    """Tell whether a function is a test: `test`, or as `tokio::test` says it."""
    paths = (attribute.split(" ( ")[0].split(" :: ")[-1] for attribute in item.attributes)
    return item.kind == "function" and any(path.strip() == "test" for path in paths)


def _child(reading: Reading, item: Item, base: int) -> Symbol:
    place = span_of(reading, moved(item.place, base))
    children = tuple(_child(reading, child, base) for child in item.children)
    return Symbol(item.name, item.kind, _span(reading, item, base), place, children=children)


def _locals(reading: Reading, item: Item, base: int) -> Iterator[Symbol]:
    """Yield what is declared inside a function."""
    run = run_at(reading, base)
    if item.kind != "function" or run is None:
        return
    for one in scopes_in(reading, run).locals:
        if item.start <= one.start and one.end <= item.end:
            place = span_of(reading, moved(one.place, base))
            detail = _detail(reading, one, base)
            yield Symbol(one.name, one.kind, _span(reading, one, base), place, detail)


def _span(reading: Reading, item: Item, base: int) -> Span:
    start = reading.start_of(item.start[0] + base) + item.start[1]
    end = reading.start_of(item.end[0] + base) + item.end[1]
    return Span(start, max(start, end))


def _detail(reading: Reading, item: Item, base: int) -> str:
    """Return what stands between an item's name and its block."""
    if item.kind in ("module", "macro", "implementation"):
        return ""
    start = reading.start_of(item.place.line + base) + item.place.end
    end = reading.start_of(item.head_end[0] + base) + item.head_end[1]
    detail = " ".join(reading.text[start : min(end, start + 2 * _LONGEST_DETAIL)].split())
    return detail if len(detail) <= _LONGEST_DETAIL else detail[: _LONGEST_DETAIL - 1] + "…"
