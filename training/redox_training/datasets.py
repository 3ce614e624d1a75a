"""Data sets: which families, how many of each, in which split; drawn from a seed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from redox.files import BadInputError
from redox_eval.records import Task
from redox_training.drafts import Draft, Family, tests_of
from redox_training.families import (
    algorithms,
    arithmetic,
    borrowing,
    errors,
    iterators,
    outcomes,
    overflow,
    parsing,
    slices,
    texts,
    traits,
    types,
    vectors,
)
from redox_training.families.foundation import FAMILIES as FOUNDATION
from redox_training.splitting import draw, split_by_template
from redox_training.templates import template_of

LICENCE = "MIT"
SEED = 3407
DRAWS = 340
"""How many tasks are drawn of each family of v3, before a test set drops what it can't use."""


@dataclass(frozen=True, slots=True)
class Part:
    """So many tasks of one family in one split."""

    family: Family
    split: str
    count: int


def _parts(split: str, counts: str) -> tuple[Part, ...]:
    """Read `name count name count ...`."""
    words = counts.split()
    pairs = zip(words[::2], words[1::2], strict=True)
    return tuple(Part(FOUNDATION[name], split, int(count)) for name, count in pairs)


_V1 = (
    *_parts(
        "train",
        """arith_add_const 30 arith_mul_const 30 helper_call_inc 20 option_map_add_const 20
        option_some_const 20 vec_push_const 20 vec_with_capacity 20""",
    ),
    *_parts("val", "result_ok_const 20 type_alias_result 10"),
    *_parts("test", "closure_shift_const 10 result_unwrap_or_const 10 vec_pop_basic 10"),
)
_V2 = (
    *_V1,
    *_parts("train", "result_unwrap_or_train 60 vec_pop_train 60 option_unwrap_or_train 40"),
)

_TOPICS = (
    arithmetic,
    overflow,
    texts,
    parsing,
    slices,
    vectors,
    iterators,
    outcomes,
    types,
    traits,
    borrowing,
    errors,
    algorithms,
)
MANY = tuple(family for topic in _TOPICS for family in topic.FAMILIES)
FAMILIES = {**FOUNDATION, **{family.name: family for family in MANY}}
"""Every family, by its name."""

HELD_OUT = dict.fromkeys(
    """arith_overflowing text_runs parse_clock slice_patterns map_group set_seen closure_made
    enum_tree error_boxed algorithm_best_run""".split(),
    40,
)
"""The families of v3 that train never sees, and how many tasks of each there are."""

PHRASINGS = (
    "{asks}",
    "Write this in full. {asks}",
    "What is wanted: {asks}",
    "{asks} Write it.",
    "Implement what follows. {asks}",
    "Give the whole code, with no `main`. {asks}",
    "A library needs this. {asks}",
)
GIVES = ("gives", "returns", "yields", "produces", "hands back")
"""What a function does with its value, in the sentences of the families: one of these a prompt."""

_GIVES = re.compile(r"(?<=\w|`) gives (?!numbers\b|(?:\S+ )?back\b)")

DATASETS: Mapping[str, tuple[Part, ...]] = {"foundation_v1": _V1, "foundation_v2": _V2}
"""The pilot's two sets, by the names and sizes that it had. All of v1 is in v2."""

CAUTIONS = {
    "foundation_v2": "its test tasks have their like in train, as the pilot's had: it serves only"
    " to compare with the pilot",
}
"""What every table says of a set."""


def build(name: str, seed: int = SEED, draws: int = DRAWS) -> Iterator[Task]:
    """Yield the tasks of a data set; the same seed gives the same bytes.

    `draws` is how many tasks are drawn of each family of v3. Raises `BadInputError` for a name that
    is none.
    """
    if name == "foundation_v3":
        for one in split_by_template(MANY, HELD_OUT, draws, seed):
            prompt = phrased(one.draft.asks, Random(f"{seed}/{one.family}/{one.number}/words"))
            yield task_of(name, one.family, one.split, one.number, one.draft, prompt)
        return
    if name not in DATASETS:
        known = ", ".join([*DATASETS, "foundation_v3"])
        raise BadInputError(f"{name!a}: is no data set; there are {known}")
    seen: set[str] = set()
    for part in DATASETS[name]:
        for number in range(1, part.count + 1):
            draft = draw(part.family, number, seed, seen)
            yield task_of(name, part.family.name, part.split, number, draft, draft.asks)


def families_of(name: str) -> frozenset[str]:
    """Return the families that a set trains on or tests, those that train never sees left out."""
    if name == "foundation_v3":
        return frozenset(family.name for family in MANY) - HELD_OUT.keys()
    return frozenset(part.family.name for part in DATASETS.get(name, ()))


def phrased(asks: str, random: Random) -> str:
    """Say what a family asks for in one of many ways: a frame around it, and a verb in it."""
    verb = random.choice(GIVES)
    return random.choice(PHRASINGS).format(asks=_GIVES.sub(f" {verb} ", asks))


def task_of(name: str, family: str, split: str, number: int, draft: Draft, prompt: str) -> Task:
    """Return a draft as a task of a set."""
    return Task(
        id=f"{name}/{family}/{number:04}",
        family=family,
        signature=draft.signature,
        tests=tests_of(draft.cases),
        reference=draft.solution,
        extra={
            "prompt": prompt,
            "split": split,
            "template": template_of(draft.solution),
            "licence": LICENCE,
            "source": "Redox",
            **({"caution": CAUTIONS[name]} if name in CAUTIONS else {}),
        },
    )
