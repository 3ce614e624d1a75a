"""What a whole text declares, put together from runs of lines that are read one by one.

A run is an item with the comments and attributes before it, or the first or last line of a module,
implementation or trait. A run that an edit left alone is not read again, and where the others still
declare the same, as behind most keys, the whole is not put together again either.

An outline holds its modules and containers, and these refer weakly to what is around them: without
cycles an old outline goes at once, and no key waits for the collector to take twenty of them apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar
from weakref import ReferenceType, ref

from redox.frames import FILLED, Frame
from redox.lexer import CODE
from redox_lsp.reading import OUTLINE, RUNS, Kept, Reading
from redox_lsp.scopes.declarations import (
    Binding,
    Close,
    Free,
    Import,
    Item,
    Leaf,
    Open,
    Place,
    Scopes,
)
from redox_lsp.scopes.sweep import scopes_of

Thing = TypeVar("Thing")
_DEEPEST: Final = 40
"""What is nested deeper is listed beside what it is in, for the sake of all that recurses."""
_CONTAINERS: Final = frozenset("root module implement trait external".split())


class _Cell:
    """What one run tells, once somebody has asked; it goes from reading to reading."""

    __slots__ = ("scopes",)

    def __init__(self) -> None:
        self.scopes: Scopes | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run of lines, from `first` up to `past`."""

    first: int
    past: int
    cell: _Cell


@dataclass(slots=True, eq=False, weakref_slot=True)
class Module:
    """What paths lead into: the file, a module, or an enumeration with its variants."""

    name: str
    around: ReferenceType[Module] | None
    items: dict[str, list[Declared]] = field(default_factory=dict)
    imports: dict[str, list[Imported]] = field(default_factory=dict)
    globs: list[Imported] = field(default_factory=list)

    @property
    def parent(self) -> Module | None:
        """Return the module that this one is in; the file has none."""
        return _held(self.around) if self.around is not None else None


@dataclass(slots=True, eq=False, weakref_slot=True)
class Container:
    """What items stand in: a module, an implementation, a trait or a foreign block."""

    module: Module
    outer: Container | None
    declared: Declared | None = None
    """The module, implementation or trait itself; the file has none."""
    generics: dict[str, Binding] = field(default_factory=dict)
    base: int = 0
    shelf: list[Declared] = field(default_factory=list)
    """Where what it holds is listed: with itself, unless it is nested too deep."""
    depth: int = 0


@dataclass(slots=True, eq=False)
class Declared:
    """An item of a text."""

    item: Item
    base: int
    """The line that its places count from."""
    around: ReferenceType[Container]
    inner: Module | None = None
    """What a path leads into behind its name."""
    members: dict[str, Declared] = field(default_factory=dict)
    """The functions, types and constants of a trait or an implementation."""
    children: list[Declared] = field(default_factory=list)
    end: tuple[int, int] | None = None
    """Where it ends in the text, if that is in another run of lines."""

    @property
    def container(self) -> Container:
        """Return what it stands in."""
        return _held(self.around)

    @property
    def place(self) -> Place:
        """Return where its name stands in the text."""
        return moved(self.item.place, self.base)


@dataclass(slots=True, eq=False)
class Imported:
    """A member of an import, and the module that it is in."""

    member: Import
    base: int
    around: ReferenceType[Container]

    @property
    def container(self) -> Container:
        """Return what the import stands in."""
        return _held(self.around)


@dataclass(slots=True, eq=False)
class Outline:
    """All that a text declares; what one edit after another leaves as it was, outlines share."""

    runs: list[Run]
    root: Module
    top: list[Declared] = field(default_factory=list)
    """What stands in no other item."""
    implementations: list[Declared] = field(default_factory=list)
    free: list[tuple[Run, Container, Free]] = field(default_factory=list)
    by_run: dict[int, list[tuple[Container, Free]]] = field(default_factory=dict)
    """The free names of each run, by its first line."""
    containers: dict[int, Container] = field(default_factory=dict)
    """What each run ends in, by its first line."""
    opened: dict[int, Container] = field(default_factory=dict)
    """What each run begins in, by its first line."""
    declared: dict[Item, Declared] = field(default_factory=dict)
    inside: dict[Item, Container] = field(default_factory=dict)
    """What each module, implementation, trait and enumeration is to what is in it."""
    modules: list[Module] = field(default_factory=list)
    opaque: set[str] = field(default_factory=set)


def _held(reference: ReferenceType[Thing]) -> Thing:
    """Return what an outline holds; who asks holds the outline."""
    found = reference()
    assert found is not None, "asked of an outline that nobody holds"
    return found


def moved(place: Place, base: int) -> Place:
    """Return a place of a run as one of the text."""
    return Place(place.line + base, place.start, place.end)


# ---- runs ----


def runs_of(reading: Reading) -> list[Run]:
    """Part a text into runs; those of lines that an edit left alone are those of before."""
    known = reading.notes.get(RUNS)
    if isinstance(known, list):
        return known
    kept = reading.kept.get(RUNS) or Kept([], 0, 0)
    old: list[Run] = kept.note if isinstance(kept.note, list) else []
    head = [run for run in old if run.past < kept.head]
    first = head[-1].past if head else 0
    shift = reading.line_count - (old[-1].past if old else 0)
    edited = reading.line_count - kept.tail
    tail = {run.first + shift: number for number, run in enumerate(old)}
    starts: list[int] = []
    rest: list[Run] = []
    for start in _run_starts(reading, first):
        if start > edited and start in tail:
            rest = old[tail[start] :]
            break
        starts.append(start)
    ends = [*starts[1:], rest[0].first + shift if rest else reading.line_count]
    middle = [Run(a, b, _Cell()) for a, b in zip(starts, ends[: len(starts)], strict=True)]
    if shift:
        rest = [Run(run.first + shift, run.past + shift, run.cell) for run in rest]
    runs = reading.notes[RUNS] = [*head, *middle, *rest]
    return runs


def scopes_in(reading: Reading, run: Run) -> Scopes:
    """Read one run, unless it has been read already."""
    if run.cell.scopes is None:
        lines = reading.lines_with_tokens(run.first, run.past)
        first = run.first
        run.cell.scopes = scopes_of((line - first, token) for line, token in lines)
    return run.cell.scopes


def run_at(reading: Reading, line: int) -> Run | None:
    """Return the run that holds a line."""
    runs = runs_of(reading)
    low, high = 0, len(runs)
    while high - low > 1:
        middle = (low + high) // 2
        if runs[middle].first <= line:
            low = middle
        else:
            high = middle
    return runs[low] if runs else None


def _run_starts(reading: Reading, first: int) -> Iterator[int]:
    """Yield the lines that a run begins with, from the first line of a run on."""
    by_key = reading.book.by_key
    attributes = (by_key["attribute"].text, by_key["inner attribute"].text)
    preceding = ("//", "/*", "#", *attributes)
    known: dict[Frame, bool] = {}
    is_waiting = False  # nothing but comments and attributes so far
    for number in range(first, reading.line_count):
        iron, _, state, mode, _ = reading.rows[number]
        if number == first or (
            not is_waiting
            and state is not None
            and not state[2] & FILLED
            and mode == CODE
            and _holds_items(state[0], known)
        ):
            yield number
            is_waiting = True
        if is_waiting:
            body = iron.strip()
            is_waiting = not body or body.startswith(preceding)


def _holds_items(frame: Frame, known: dict[Frame, bool]) -> bool:
    """Tell whether a frame holds items, and only such stand around it."""
    answer = known.get(frame)
    if answer is None:
        one: Frame | None = frame
        while one is not None and one.kind.name in _CONTAINERS and not one.kind.is_head:
            one = one.parent
        answer = known[frame] = one is None
    return answer


# ---- the whole ----


def outline_of(reading: Reading) -> Outline:
    """Put together what a text declares; the reading holds the outline as long as it is there."""
    known = reading.notes.get(OUTLINE)
    if isinstance(known, Outline):
        return known
    # Two threads may come to it at once: both get the one that was there first, which stays.
    held = reading.notes.setdefault(OUTLINE, _put_together(reading))
    assert isinstance(held, Outline)
    return held


def _put_together(reading: Reading) -> Outline:
    runs = runs_of(reading)
    kept = reading.kept.get(OUTLINE)
    if kept is not None and isinstance(kept.note, Outline):
        carried = _carried(kept.note, reading, runs)
        if carried is not None:
            return carried
    root = Module("", None)
    outline = Outline(runs, root, modules=[root])
    builder = _Builder(outline, Container(root, None, shelf=outline.top))
    for run in runs:
        builder.add(run, scopes_in(reading, run))
    return outline


def _carried(old: Outline, reading: Reading, runs: list[Run]) -> Outline | None:
    """Return an outline with the runs of now, nothing if what they declare is no longer the same.

    What stands in other runs refers to an item as it was; it says the same of itself.
    """
    if len(runs) != len(old.runs):
        return None
    edited = [(was, new) for was, new in zip(old.runs, runs, strict=True) if was is not new]
    if any((was.first, was.past) != (new.first, new.past) for was, new in edited):
        return None
    renewed: dict[Item, Item] = {}
    for was, new in edited:
        pairs = _pairs(scopes_in(reading, was), scopes_in(reading, new))
        if pairs is None:
            return None
        renewed |= pairs
    frees = {new.first: _frees(scopes_in(reading, new)) for _, new in edited}
    by_run = {
        first: [(old.opened[first], free) for free in found] for first, found in frees.items()
    }
    free = [one for one in old.free if one[0].first not in frees]
    free += [(new, *one) for _, new in edited for one in by_run[new.first]]
    return replace(
        old,
        runs=runs,
        free=free,
        by_run=old.by_run | by_run,
        declared={renewed.get(item, item): one for item, one in old.declared.items()},
        inside={renewed.get(item, item): one for item, one in old.inside.items()},
    )


def _frees(scopes: Scopes) -> list[Free]:
    return [event for event in scopes.events if isinstance(event, Free)]


def _pairs(old: Scopes, new: Scopes) -> dict[Item, Item] | None:
    """Return each item of a run as it is now, nothing if the run declares other things."""
    was, now = ([one for one in run.events if not isinstance(one, Free)] for run in (old, new))
    if old.opaque != new.opaque or len(was) != len(now):
        return None
    pairs: dict[Item, Item] = {}
    for one, other in zip(was, now, strict=True):
        if isinstance(one, Leaf) and isinstance(other, Leaf) and one.item.is_like(other.item):
            pairs[one.item] = other.item
            pairs |= zip(one.item.children, other.item.children, strict=True)
        elif not (isinstance(one, Import) and one == other):
            return None  # the generics of what opens are bindings of its own run
    return pairs


def container_at(reading: Reading, line: int, column: int) -> Container:
    """Return what an item that is declared at a place stands in."""
    outline = outline_of(reading)
    run = run_at(reading, line)
    if run is None:
        return Container(outline.root, None)
    found = outline.opened[run.first]
    place = (line - run.first, column)
    for event in scopes_in(reading, run).events:
        if isinstance(event, Open) and event.item.start <= place:
            if event.item.head_end <= place <= event.item.end or not event.item.end[1]:
                found = outline.inside[event.item]
        elif isinstance(event, Close) and (event.place.line, event.place.end) <= place:
            found = found.outer or found
    return found


class _Builder:
    """The container at hand, while runs are put together."""

    def __init__(self, outline: Outline, container: Container) -> None:
        self.outline = outline
        self.container = container

    def add(self, run: Run, scopes: Scopes) -> None:
        """Add what one run tells."""
        outline = self.outline
        outline.opened[run.first] = self.container
        outline.opaque |= scopes.opaque
        frees = outline.by_run[run.first] = []
        for event in scopes.events:
            if isinstance(event, Free):
                frees.append((self.container, event))
                outline.free.append((run, self.container, event))
            elif isinstance(event, Leaf):
                self._declare(event.item, run.first)
            elif isinstance(event, Open):
                self._open(event.item, run.first)
            elif isinstance(event, Close):
                self._close(event.place, run.first)
            else:
                self._import(event, run.first)
        outline.containers[run.first] = self.container

    def _declare(self, item: Item, base: int) -> Declared:
        container = self.container
        declared = Declared(item, base, ref(container))
        self.outline.declared[item] = declared
        outer = container.declared
        container.shelf.append(declared)
        if outer is not None and outer.item.kind in ("trait", "implementation"):
            outer.members.setdefault(item.name, declared)
        elif item.kind != "implementation":
            container.module.items.setdefault(item.name, []).append(declared)
        if item.kind == "enumeration":
            declared.inner = self._module(item.name, container.module)
            variants = Container(declared.inner, container, declared)
            self.outline.inside[item] = variants
            for child in item.children:
                variant = Declared(child, base, ref(variants))
                self.outline.declared[child] = variant
                declared.inner.items.setdefault(child.name, []).append(variant)
        return declared

    def _module(self, name: str, parent: Module) -> Module:
        module = Module(name, ref(parent))
        self.outline.modules.append(module)
        return module

    def _open(self, item: Item, base: int) -> None:
        declared = self._declare(item, base)
        module = self.container.module
        if item.kind == "module":
            module = declared.inner = self._module(item.name, module)
        elif item.kind == "implementation":
            self.outline.implementations.append(declared)
        generics = {binding.name: binding for binding in item.generics}
        outer = self.container
        shelf = declared.children if outer.depth < _DEEPEST else outer.shelf
        self.container = Container(module, outer, declared, generics, base, shelf, outer.depth + 1)
        self.outline.inside[item] = self.container

    def _close(self, place: Place, base: int) -> None:
        if self.container.outer is None or self.container.declared is None:
            return
        self.container.declared.end = (place.line + base, place.end)
        self.container = self.container.outer

    def _import(self, member: Import, base: int) -> None:
        imported = Imported(member, base, ref(self.container))
        module = self.container.module
        if member.name == "*":
            module.globs.append(imported)
        elif member.name != "_":
            module.imports.setdefault(member.name, []).append(imported)
