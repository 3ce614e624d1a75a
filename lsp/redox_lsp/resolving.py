"""What a name of a text means, where its scopes decide that: locals, items, imports and globs.

Every import is followed once, and what is visible through globs is found for one name in all
modules at once, so that no knot of imports takes more than linear time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redox import Span
from redox_lsp.outline import (
    Container,
    Declared,
    Imported,
    Module,
    Outline,
    Run,
    moved,
    outline_of,
    run_at,
    runs_of,
    scopes_in,
)
from redox_lsp.reading import Reading
from redox_lsp.scopes.declarations import Binding, Place, Segment, Use

_DEEPEST: Final = 64
"""How many imports one name is followed through."""
_RESOLVER: Final = "resolver"


@dataclass(frozen=True, slots=True)
class Bound:
    """A name that a scope binds: what a function's text alone decides."""

    binding: Binding
    base: int

    @property
    def place(self) -> Place:
        """Return where the name is bound."""
        return moved(self.binding.place, self.base)


Meaning = Bound | Declared
_Target = Declared | Module


@dataclass(frozen=True, slots=True)
class Mention:
    """A place that names something."""

    place: Place
    name: str
    is_definition: bool = False
    is_renamed: bool = False
    """Whether it goes by another name, which an import gave it."""
    shorthand: str = ""
    """What parts a field from its value here, where the name is both at once."""


class Resolver:
    """Answers what names mean in one reading; what it has found it keeps."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self._imports: dict[tuple[Imported, bool], Declared | None] = {}
        self._globs: dict[tuple[str, bool], dict[Module, Declared]] = {}
        self._importers: dict[Module, list[Module]] | None = None
        self._explicit: dict[str, list[Module]] | None = None
        self._has_members = False
        self._depth = 0

    # ---- names and paths ----

    def name(self, use: Use, container: Container) -> Meaning | None:
        """Return what the first name of a use means inside a container."""
        if use.name == "Self":
            return self._own_type(container)
        one: Container | None = container
        while one is not None:
            binding = one.generics.get(use.name)
            if binding is not None:
                return Bound(binding, one.base)
            if one.declared is None or one.declared.item.kind == "module":
                break
            one = one.outer
        if use.is_macro and not use.tail:
            return self._macro(container.module, use.name)
        return self.look_up(container.module, use.name, leads_on=bool(use.tail))

    def path(self, use: Use, container: Container, count: int) -> Declared | None:
        """Return what a path means up to its tail's segment `count`."""
        target = self._head(use.name, container)
        for segment in use.tail[:count]:
            if target is None:
                return None
            target = self._member(target, segment, leads_on=segment is not use.tail[-1])
        return target if isinstance(target, Declared) else None

    def holds(self, use: Use, container: Container, declared: Declared) -> bool:
        """Tell whether a path leads to what holds an item."""
        target = self._head(use.name, container)
        for segment in use.tail:
            if target is None:
                return False
            target = self._member(target, segment)
        inner = target.inner if isinstance(target, Declared) else target
        return inner is not None and self.look_up(inner, declared.item.name) is declared

    def _head(self, name: str, container: Container) -> _Target | None:
        if name == "crate":
            return self.outline.root
        if name == "self":
            return container.module
        if name == "super":
            return container.module.parent
        if name == "Self":
            return self._own_type(container)
        return self.look_up(container.module, name, leads_on=True)

    def _own_type(self, container: Container) -> Declared | None:
        one: Container | None = container
        while one is not None and one.declared is not None:
            item = one.declared.item
            if item.kind == "implementation":
                return self.look_up(one.module, item.name)
            if item.kind == "trait":
                return one.declared
            one = one.outer
        return None

    def _member(
        self, target: _Target, segment: Segment, *, leads_on: bool = True
    ) -> _Target | None:
        if isinstance(target, Module):
            if segment.name == "super":
                return target.parent
            if segment.name == "self":
                return target
            return self.look_up(target, segment.name, leads_on=leads_on)
        if target.inner is not None:
            if segment.name == "super":
                return target.inner.parent
            if segment.name == "self":
                return target
            found = self.look_up(target.inner, segment.name, leads_on=leads_on)
            if found is not None:
                return found
        self._find_members()
        return target.members.get(segment.name)

    def _find_members(self) -> None:
        """Give the functions of each implementation to the type that it is for."""
        if self._has_members:
            return
        self._has_members = True
        for one in self.outline.implementations:
            owner = self.look_up(one.container.module, one.item.name)
            if owner is not None:
                for name, member in one.members.items():
                    owner.members.setdefault(name, member)

    # ---- modules ----

    def look_up(self, module: Module, name: str, *, leads_on: bool = False) -> Declared | None:
        """Return what a name means in a module: if a path `leads_on`, what it can lead into."""
        found = self._explicitly(module, name, leads_on=leads_on)
        if found is not None:
            return found
        return self._through_globs(name, leads_on=leads_on).get(module)

    def _macro(self, module: Module, name: str) -> Declared | None:
        """Find a macro: it is visible in all modules inside its own."""
        one: Module | None = module
        while one is not None:
            for declared in one.items.get(name, ()):
                if declared.item.kind == "macro":
                    return declared
            one = one.parent
        return None

    def _explicitly(self, module: Module, name: str, *, leads_on: bool) -> Declared | None:
        items = [one for one in module.items.get(name, ()) if one.item.kind != "macro"]
        if items:
            # a function and a module may share a name: a path leads into the one, not the other
            return next((one for one in items if _leads_on(one) is leads_on), items[0])
        for imported in module.imports.get(name, ()):
            found = self.follow(imported, leads_on=leads_on)
            if found is not None:
                return found
        return None

    def follow(self, imported: Imported, *, leads_on: bool = False) -> Declared | None:
        """Return what an import means."""
        key = imported, leads_on
        if key in self._imports:
            return self._imports[key]
        self._imports[key] = None  # what leads back to itself means nothing
        if self._depth >= _DEEPEST:
            return None
        self._depth += 1
        found = self._lead(imported, leads_on=leads_on)
        self._depth -= 1
        self._imports[key] = found if isinstance(found, Declared) else None
        return self._imports[key]

    def _lead(self, imported: Imported, *, leads_on: bool = True) -> _Target | None:
        path = imported.member.path
        if len(path) == 1 and path[0].name == imported.member.name:
            return None
        target = self._head(path[0].name, imported.container)
        for segment in path[1:]:
            if target is None:
                return None
            target = self._member(target, segment, leads_on=leads_on or segment is not path[-1])
        return target

    # ---- globs ----

    def _through_globs(self, name: str, *, leads_on: bool) -> dict[Module, Declared]:
        """Return what a name means in each module that sees it through globs."""
        known = self._globs.get((name, leads_on))
        if known is not None:
            return known
        found = self._globs[name, leads_on] = {}
        importers = self._glob_importers()
        waiting: list[tuple[Module, Declared]] = []
        for module in self._modules_with(name):
            declared = self._explicitly(module, name, leads_on=leads_on)
            if declared is not None:
                waiting.append((module, declared))
        seen = {module for module, _ in waiting}
        while waiting:
            following = []
            for module, declared in waiting:
                for importer in importers.get(module, ()):
                    if importer not in seen:
                        seen.add(importer)
                        found[importer] = declared
                        following.append((importer, declared))
            waiting = following
        return found

    def _modules_with(self, name: str) -> list[Module]:
        if self._explicit is None:
            self._explicit = {}
            for module in self.outline.modules:
                for one in {*module.items, *module.imports}:
                    self._explicit.setdefault(one, []).append(module)
        return self._explicit.get(name, [])

    def _glob_importers(self) -> dict[Module, list[Module]]:
        """Return for each module those that import all of it."""
        if self._importers is None:
            self._importers = {}
            for module in self.outline.modules:
                for imported in module.globs:
                    target = self._lead(imported)
                    inner = target if isinstance(target, Module) else target and target.inner
                    if inner:
                        self._importers.setdefault(inner, []).append(module)
        return self._importers

    # ---- completion ----

    def visible_in(self, container: Container) -> dict[str, Declared | Imported | Binding]:
        """Return the names that a container's modules and generics make visible."""
        found: dict[str, Declared | Imported | Binding] = {}
        one: Container | None = container
        while one is not None:
            for name, binding in one.generics.items():
                found.setdefault(name, binding)
            if one.declared is None or one.declared.item.kind == "module":
                break
            one = one.outer
        self._names_of(container.module, found, {container.module})
        return found

    def _names_of(
        self,
        module: Module,
        found: dict[str, Declared | Imported | Binding],
        seen: set[Module],
    ) -> None:
        waiting = [module]
        while waiting:
            one = waiting.pop()
            for name, declared in one.items.items():
                found.setdefault(name, declared[0])
            for name, imported in one.imports.items():
                found.setdefault(name, imported[0])
            for glob in one.globs:
                target = self._lead(glob)
                inner = target if isinstance(target, Module) else target and target.inner
                if inner and inner not in seen:
                    seen.add(inner)
                    waiting.append(inner)

    def members_of(self, use: Use, container: Container) -> list[Declared]:
        """Return what can follow a path."""
        target = self._head(use.name, container)
        for segment in use.tail:
            if target is None:
                return []
            target = self._member(target, segment)
        if target is None:
            return []
        inner = target if isinstance(target, Module) else target.inner
        found = [declared for items in inner.items.values() for declared in items] if inner else []
        if isinstance(target, Declared):
            self._find_members()
            found += target.members.values()
        return found


def _leads_on(declared: Declared) -> bool:
    """Tell whether a path leads into an item, and a name alone rather means another."""
    return declared.item.kind == "module"


def namesakes(declared: Declared) -> list[Declared]:
    """Return the items of one module that are called alike, as conditions on the target allow."""
    outer = declared.container.declared
    if outer is not None and outer.item.kind in ("trait", "implementation"):
        return [declared]
    return declared.container.module.items.get(declared.item.name, [declared])


def resolver_of(reading: Reading) -> Resolver:
    """Return what answers for a reading."""
    known = reading.notes.get(_RESOLVER)
    if not isinstance(known, Resolver):
        known = reading.notes[_RESOLVER] = Resolver(outline_of(reading))
    return known


# ---- places ----


def meaning_at(reading: Reading, offset: int) -> tuple[Meaning, Mention] | None:
    """Return what the name at an offset means, and the mention that stands there."""
    line = reading.line_of(offset)
    run = run_at(reading, line)
    if run is None:
        return None
    column = offset - reading.start_of(line)
    for end in (False, True):  # a name that begins here goes before one that ends here
        found = _imported_at(reading, run, line - run.first, column, at_end=end)
        found = found or _declared_at(reading, run, line - run.first, column, at_end=end)
        found = found or _free_at(reading, run, line - run.first, column, at_end=end)
        if found is not None:
            return found
    return None


def _covers(place: Place, line: int, column: int, *, at_end: bool) -> bool:
    if place.line != line:
        return False
    return place.end == column if at_end else place.start <= column < place.end


def _bound_at(
    reading: Reading, run: Run, line: int, column: int, *, at_end: bool
) -> tuple[Meaning, Mention] | None:
    for binding in scopes_in(reading, run).bindings:
        if _covers(binding.place, line, column, at_end=at_end):
            return Bound(binding, run.first), _mention_of_binding(binding, run.first)
        for use in binding.uses:
            if _covers(use.place, line, column, at_end=at_end):
                return Bound(binding, run.first), _mention_of_use(use, run.first)
    return None


def _imported_at(
    reading: Reading, run: Run, line: int, column: int, *, at_end: bool
) -> tuple[Meaning, Mention] | None:
    """Return what is bound at a place; of an import, what it stands for if the text has it."""
    found = _bound_at(reading, run, line, column, at_end=at_end)
    if found is None or not isinstance(found[0], Bound) or found[0].binding.kind != "import":
        return found
    place = found[0].binding.path[-1].place
    item = _free_at(reading, run, place.line, place.start, at_end=False)
    return (item[0], found[1]) if item is not None else found


def _mention_of_binding(binding: Binding, base: int) -> Mention:
    place = moved(binding.place, base)
    return Mention(place, binding.name, is_definition=True, shorthand=binding.shorthand)


def _mention_of_use(use: Use, base: int) -> Mention:
    return Mention(moved(use.place, base), use.name, shorthand=use.shorthand)


def _declared_at(
    reading: Reading, run: Run, line: int, column: int, *, at_end: bool
) -> tuple[Meaning, Mention] | None:
    outline = outline_of(reading)
    for event in scopes_in(reading, run).events:
        item = getattr(event, "item", None)
        if item is None:
            continue
        for one in (item, *item.children):
            declared = outline.declared.get(one)
            is_named = one.name and one.kind != "implementation"
            if declared and is_named and _covers(one.place, line, column, at_end=at_end):
                return declared, Mention(declared.place, one.name, is_definition=True)
    return None


def _free_at(
    reading: Reading, run: Run, line: int, column: int, *, at_end: bool
) -> tuple[Meaning, Mention] | None:
    resolver = resolver_of(reading)
    for container, free in outline_of(reading).by_run.get(run.first, ()):
        for uses in free.uses.values():
            for use in uses:
                if _covers(use.place, line, column, at_end=at_end):
                    return _head_meaning(resolver, use, container, run.first)
                for count, segment in enumerate(use.tail, 1):
                    if _covers(segment.place, line, column, at_end=at_end):
                        declared = resolver.path(use, container, count)
                        mention = Mention(moved(segment.place, run.first), segment.name)
                        return (declared, mention) if declared is not None else None
    return None


def _head_meaning(
    resolver: Resolver, use: Use, container: Container, base: int
) -> tuple[Meaning, Mention] | None:
    meaning = resolver.name(use, container)
    return (meaning, _mention_of_use(use, base)) if meaning is not None else None


def mentions_of(reading: Reading, meaning: Meaning) -> list[Mention]:
    """Return all places of a text that name what is meant, its definition first."""
    if isinstance(meaning, Bound):
        found = [_mention_of_binding(meaning.binding, meaning.base)]
        found += [_mention_of_use(use, meaning.base) for use in meaning.binding.uses]
        if not _is_generic_of_container(reading, meaning):
            return _sorted(found)
        return _sorted([*found, *_free_mentions(reading, meaning)])
    name = meaning.item.name
    alike = [one for one in namesakes(meaning) if one.item.kind == meaning.item.kind]
    found = [Mention(one.place, name, is_definition=True) for one in alike]
    found += _free_mentions(reading, alike[0] if alike else meaning)
    return _sorted([*found, *_imported_mentions(reading, found, name)])


def _imported_mentions(reading: Reading, found: list[Mention], name: str) -> list[Mention]:
    """Return the uses of what functions import, where what was found is what they import."""
    places = {one.place for one in found}
    return [
        Mention(moved(place, run.first), binding.name, is_renamed=binding.name != name)
        for run in runs_of(reading)
        for binding in scopes_in(reading, run).bindings
        if binding.kind == "import" and moved(binding.path[-1].place, run.first) in places
        for place in (*_places_named(binding), *(use.place for use in binding.uses))
    ]


def _places_named(binding: Binding) -> tuple[Place, ...]:
    """Return where an import gives another name."""
    return (binding.place,) if binding.name != binding.path[-1].name else ()


def _is_generic_of_container(reading: Reading, bound: Bound) -> bool:
    for containers in (outline_of(reading).opened, outline_of(reading).containers):
        for container in containers.values():
            if container.generics.get(bound.binding.name) is bound.binding:
                return True
    return any(
        container.generics.get(bound.binding.name) is bound.binding
        for _, container, _ in outline_of(reading).free
    )


def _free_mentions(reading: Reading, meaning: Meaning) -> list[Mention]:
    resolver, outline = resolver_of(reading), outline_of(reading)
    name = meaning.binding.name if isinstance(meaning, Bound) else meaning.item.name
    found: list[Mention] = []
    names = {name, "Self"} | {
        imported.member.name
        for module in outline.modules
        for members in module.imports.values()
        for imported in members
        if imported.member.is_renamed and imported.member.path[-1].name == name
    }
    for run, container, free in outline.free:
        for one in names:
            for use in free.uses.get(one, ()):
                if _is_meant(resolver.name(use, container), meaning):
                    place = moved(use.place, run.first)
                    found.append(
                        Mention(place, one, is_renamed=one != name, shorthand=use.shorthand)
                    )
        for use in free.tails.get(name, ()):
            for count, segment in enumerate(use.tail, 1):
                if segment.name == name and resolver.path(use, container, count) is meaning:
                    found.append(Mention(moved(segment.place, run.first), name))
    return found


def is_out_of_sight(reading: Reading, declared: Declared) -> bool:
    """Tell whether functions may use an item unseen: through a glob, or behind what they import."""
    resolver, name = resolver_of(reading), declared.item.name
    for run in runs_of(reading):
        scopes = scopes_in(reading, run)
        containers = [one for one, _ in outline_of(reading).by_run.get(run.first, ())]
        if any(resolver.holds(glob, one, declared) for glob in scopes.globs for one in containers):
            return True
        imports = (one for one in scopes.bindings if one.kind == "import")
        if any(part.name == name for one in imports for use in one.uses for part in use.tail):
            return True
    return False


def _is_meant(found: Meaning | None, meaning: Meaning) -> bool:
    if isinstance(found, Bound) and isinstance(meaning, Bound):
        return found.binding is meaning.binding
    return found is meaning


def _sorted(mentions: list[Mention]) -> list[Mention]:
    """Put mentions in order, each place once, the definition first."""
    by_place = {mention.place: mention for mention in reversed(mentions)}
    return sorted(by_place.values(), key=lambda one: (not one.is_definition, one.place))


def span_of(reading: Reading, place: Place) -> Span:
    """Return a place of a text as offsets."""
    return reading.span(place.line, place.start, place.end)
