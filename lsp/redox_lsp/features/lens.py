"""What can be run from where it stands: `main` and tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from redox import Span
from redox_lsp.features.symbols import is_test
from redox_lsp.outline import Declared, outline_of
from redox_lsp.reading import Reading
from redox_lsp.resolving import span_of


class Runnable(Enum):
    """What a lens runs."""

    MAIN = "main"
    TEST = "test"
    TESTS = "tests"


@dataclass(frozen=True, slots=True)
class Lens:
    """Something to run, above the name at `span`."""

    span: Span
    title: str
    runs: Runnable
    path: str
    """The name of the test or of the module of tests, as `cargo test` filters by."""


def lenses(reading: Reading) -> tuple[Lens, ...]:
    """Return what a text holds that can be run, in order."""
    return tuple(_lenses(reading, outline_of(reading).top, ""))


def _lenses(reading: Reading, declared: list[Declared], path: str) -> Iterator[Lens]:
    waiting = [(one, path) for one in reversed(declared)]
    while waiting:
        one, inside = waiting.pop()
        item = one.item
        name = f"{inside}{item.name}"
        span = span_of(reading, one.place)
        if is_test(item):
            yield Lens(span, "Run test", Runnable.TEST, name)
        elif item.kind == "function" and name == "main":
            yield Lens(span, "Run", Runnable.MAIN, name)
        elif item.kind == "module":
            if any(is_test(child.item) for child in one.children):
                yield Lens(span, "Run tests", Runnable.TESTS, name)
            waiting += [(child, f"{name}::") for child in reversed(one.children)]
