"""What the mirror of a workspace holds: decided before anything is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from redox.files import BadInputError, show_path
from redox.shadow.tree import MANIFEST, Entry, Kind
from redox.shadow.writer import OWN

IRON, RUST, LOCK = ".iron", ".rs", "Cargo.lock"

Parts = tuple[str, ...]


class Made(Enum):
    """How a file of the mirror comes about."""

    OXIDIZED = "oxidized"
    COPIED = "copied"
    MANIFEST = "manifest"
    LINKED = "linked"
    """A link to the original, so that data is neither copied nor stale."""
    ALIAS = "alias"
    """A link beside a mirrored source, under the name that its Iron has."""


@dataclass(frozen=True, slots=True)
class Item:
    """One file of the mirror: where it goes, what it is made from, and how."""

    place: Parts
    source: Entry
    made: Made


def plan(entries: Iterable[Entry]) -> dict[Parts, Item]:
    """Return the mirror's files by their places.

    Raises `BadInputError` where two sources want one place, and for Iron that is only a link: what
    it leads to might lie anywhere.
    """
    items: dict[Parts, Item] = {}
    for entry in entries:
        if entry.parts[0] in OWN:
            continue
        for item in _items(entry):
            other = items.get(item.place)
            if other is not None:
                names = " and ".join(sorted(_shown(one.source) for one in (other, item)))
                raise BadInputError(f"{names}: a crate can have only one of them")
            items[item.place] = item
    return items


def _items(entry: Entry) -> Iterable[Item]:
    # What is hidden is no source: editors keep locks and copies by such names.
    is_iron = entry.name.endswith(IRON) and not entry.name.startswith(".")
    if entry.kind is Kind.LINK:
        if is_iron or entry.name in (MANIFEST, LOCK):
            raise BadInputError(f"{_shown(entry)}: is a link, and links are not followed")
        return (Item(entry.parts, entry, Made.LINKED),)
    if is_iron:
        rust = (*entry.parts[:-1], entry.name.removesuffix(IRON) + RUST)
        return (Item(rust, entry, Made.OXIDIZED), Item(entry.parts, entry, Made.ALIAS))
    if entry.name == MANIFEST:
        return (Item(entry.parts, entry, Made.MANIFEST),)
    is_copied = entry.name.endswith(RUST) or entry.name == LOCK
    return (Item(entry.parts, entry, Made.COPIED if is_copied else Made.LINKED),)


def _shown(entry: Entry) -> str:
    return show_path("/".join(entry.parts))
