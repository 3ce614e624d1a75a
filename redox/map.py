from __future__ import annotations
from dataclasses import dataclass
from typing import Iterator
from redox.diagnostics import Span
@dataclass(frozen=True, slots=True)
class MapSpan:
    iron_start: int
    iron_end: int
    rust_start: int
    rust_end: int
class Map:
    def __init__(self, n: int) -> None: self.n = n
    def rust_from_iron(self, offset: int, *, nearest: bool = False) -> int | None: return offset
    def iron_from_rust(self, offset: int, *, nearest: bool = False) -> int | None: return offset
    def rust_range_from_iron(self, start: int, end: int, *, nearest: bool = False) -> Span | None: return Span(start, end)
    def iron_range_from_rust(self, start: int, end: int, *, nearest: bool = False) -> Span | None: return Span(start, end)
    def spans(self) -> Iterator[MapSpan]: yield MapSpan(0, self.n, 0, self.n)
