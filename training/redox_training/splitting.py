"""A set drawn of many families, split by template: no test task has its like in train."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from redox.files import BadInputError
from redox_training.drafts import Draft, Family, is_telling
from redox_training.templates import NEAR, mask, near_keys, shingles, similarity, template_of

TRIES = 200
SHARES = {"test": 3, "val": 1}
"""How many of 20 templates go to a split; the rest goes to train."""

A_TEMPLATE = 3
"""How many test tasks one template gives at most: more would say nothing more."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A draft with its family's name, its number in it, and its place."""

    family: str
    number: int
    draft: Draft
    split: str
    template: str


def draw(
    family: Family,
    number: int,
    seed: int,
    seen: set[str],
    is_fit: Callable[[Draft], bool] = lambda _: True,
) -> Draft:
    """Draw a task that is fit and whose solution is none of `seen`, and add it there.

    Raises `BadInputError` for a family that holds too few different tasks.
    """
    for attempt in range(TRIES):
        draft = family.draw(Random(f"{seed}/{family.name}/{number}/{attempt}"))
        if draft.solution not in seen and is_fit(draft):
            seen.add(draft.solution)
            return draft
    raise BadInputError(f"{family.name}: holds too few different tasks")


def split_by_template(
    families: Sequence[Family], held_out: Mapping[str, int], draws: int, seed: int
) -> Iterator[Placed]:
    """Yield `draws` tasks a family less what a test set can't use; so many of each held-out one.

    A task that a guess passes is drawn again. A template is in one split only. Of a test template
    near one of train, and of more than three tasks of one, nothing is used.
    """
    seen: set[str] = set()
    placed = [
        Placed(family.name, number, draft, _split(family, held_out, template), template)
        for family in families
        for number in range(1, held_out.get(family.name, draws) + 1)
        for draft in [draw(family, number, seed, seen, is_telling)]
        for template in [template_of(draft.solution)]
    ]
    is_near = nearness(one.draft.solution for one in placed if one.split == "train")
    trained = {one.template for one in placed if one.split == "train"}
    used: Counter[str] = Counter()
    for one in placed:
        if one.split in ("train", "val"):
            yield one
            continue
        used[one.template] += 1
        is_new = one.template not in trained and not is_near(one.draft.solution)
        if used[one.template] <= A_TEMPLATE and is_new:
            yield one


def _split(family: Family, held_out: Mapping[str, int], template: str) -> str:
    if family.name in held_out:
        return "heldout"
    place = int(template, 16) % 20
    for split, share in SHARES.items():
        if place < share:
            return split
        place -= share
    return "train"


def nearness(solutions: Iterable[str]) -> Callable[[str], bool]:
    """Return what tells whether a solution is a near duplicate of one of these."""
    bands: defaultdict[tuple[int, int], list[frozenset[str]]] = defaultdict(list)
    for masked in {mask(solution) for solution in solutions}:
        parts = shingles(masked)
        for key in near_keys(parts):
            bands[key].append(parts)
    known: dict[tuple[str, ...], bool] = {}

    def is_near(solution: str) -> bool:
        masked = mask(solution)
        if masked not in known:
            parts = shingles(masked)
            near = {one for key in near_keys(parts) for one in bands.get(key, ())}
            known[masked] = any(similarity(parts, one) >= NEAR for one in near)
        return known[masked]

    return is_near
