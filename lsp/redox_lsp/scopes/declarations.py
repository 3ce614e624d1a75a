"""What a run of lines declares and binds, as values.

Places are a line, counted from the first of the run, and the columns on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

NEVER: Final = (1 << 60, 0)


class Place(NamedTuple):
    """A line and two columns on it."""

    line: int
    start: int
    end: int


class Segment(NamedTuple):
    """A name in a path."""

    name: str
    place: Place


class Use(NamedTuple):
    """A name, or the path that begins with it, where it is used."""

    name: str
    place: Place
    tail: tuple[Segment, ...] = ()
    """What follows in the path."""
    is_macro: bool = False
    shorthand: str = ""
    """What parts a field from its value here, where the name is both at once."""


@dataclass(slots=True, eq=False)
class Binding:
    """A name that is visible in a part of a run of lines."""

    name: str
    kind: str
    place: Place
    start: tuple[int, int]
    """Where it begins to be visible."""
    end: tuple[int, int] = NEVER
    """Where it ceases to be visible."""
    uses: list[Use] = field(default_factory=list)
    item: Item | None = None
    path: tuple[Segment, ...] = ()
    """What an import stands for."""
    shorthand: str = ""
    """What parts a field from its value here, where the name is both at once."""
    is_in_macro: bool = False
    """Whether the body of a macro holds its name, where no scope is known."""


class Parameter(NamedTuple):
    """A parameter of a function: where its pattern and type stand."""

    start: Place
    end: Place


@dataclass(slots=True, eq=False)
class Item:
    """What a run of lines declares: an item, a field or a variant."""

    kind: str
    name: str
    place: Place
    start: tuple[int, int]
    end: tuple[int, int]
    children: list[Item] = field(default_factory=list)
    generics: list[Binding] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)
    head_end: tuple[int, int] = (0, 0)
    """Where what stands before its block ends."""
    attributes: list[str] = field(default_factory=list)
    """The Rust of its attributes, without their brackets."""
    trait: str = ""
    """The trait that an implementation is of."""
    takes_self: bool = False
    """Whether its first parameter is `self`."""

    def is_like(self, other: Item) -> bool:
        """Tell whether another item declares the same at the same places of its run."""
        return self._said() == other._said() and all(
            one.is_like(theirs) for one, theirs in zip(self.children, other.children, strict=True)
        )

    def _said(self) -> tuple[object, ...]:
        generics = [(one.name, one.kind, one.place) for one in self.generics]
        return (
            *(self.kind, self.name, self.place, self.start, self.end, self.head_end),
            *(self.trait, self.takes_self, self.attributes, self.parameters),
            *(generics, len(self.children)),
        )


class Import(NamedTuple):
    """A member of an import: its path, and what it is called here; a glob is called `*`."""

    path: tuple[Segment, ...]
    name: str
    place: Place
    is_renamed: bool = False


class Open(NamedTuple):
    """A module, implementation or trait begins."""

    item: Item


class Close(NamedTuple):
    """What began last ends."""

    place: Place


class Leaf(NamedTuple):
    """An item that holds no other that can be reached."""

    item: Item


class Free(NamedTuple):
    """Names that the run does not bind, by what they are called."""

    uses: dict[str, list[Use]]
    tails: dict[str, list[Use]]
    """The paths that hold a name behind their first."""


Event = Open | Close | Leaf | Free | Import


@dataclass(frozen=True, slots=True)
class Scopes:
    """What one run of lines tells."""

    events: tuple[Event, ...]
    bindings: tuple[Binding, ...]
    members: dict[str, list[Place]]
    """Names of fields and methods, which only types could tell apart."""
    opaque: frozenset[str]
    """Names in the bodies of macros, where no scope is known."""
    locals: tuple[Item, ...]
    """Items that are declared inside functions."""
    globs: tuple[Use, ...]
    """The paths that functions import everything of."""
