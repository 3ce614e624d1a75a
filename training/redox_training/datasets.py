"""Data sets: which families, how many of each, in which split; drawn from a seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from redox.files import BadInputError
from redox_eval.records import Task
from redox_training.drafts import Draft, Family, tests_of
from redox_training.families.foundation import FAMILIES as FOUNDATION
from redox_training.templates import template_of

LICENCE = "MIT"
SEED = 3407
TRIES = 200


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

DATASETS: Mapping[str, tuple[Part, ...]] = {"foundation_v1": _V1, "foundation_v2": _V2}
"""The pilot's two sets, by the names and sizes that it had. All of v1 is in v2."""

CAUTIONS = {
    "foundation_v2": "its test tasks have their like in train, as the pilot's had: it serves only"
    " to compare with the pilot",
}
"""What every table says of a set."""


def build(name: str, seed: int = SEED) -> Iterator[Task]:
    """Yield the tasks of a data set; the same seed gives the same bytes.

    Raises `BadInputError` for a name that is none.
    """
    if name not in DATASETS:
        raise BadInputError(f"{name!a}: is no data set; there are {', '.join(DATASETS)}")
    seen: set[str] = set()
    for part in DATASETS[name]:
        for number in range(1, part.count + 1):
            yield _task(name, part, number, _draw(part.family, number, seed, seen))


def _draw(family: Family, number: int, seed: int, seen: set[str]) -> Draft:
    """Draw a task whose solution was not drawn before."""
    for attempt in range(TRIES):
        draft = family.draw(Random(f"{seed}/{family.name}/{number}/{attempt}"))
        if draft.solution not in seen:
            seen.add(draft.solution)
            return draft
    raise BadInputError(f"{family.name}: holds too few different tasks")


def _task(name: str, part: Part, number: int, draft: Draft) -> Task:
    return Task(
        id=f"{name}/{part.family.name}/{number:04}",
        family=part.family.name,
        signature=draft.signature,
        tests=tests_of(draft.cases),
        reference=draft.solution,
        extra={
            "prompt": draft.asks,
            "split": part.split,
            "template": template_of(draft.solution),
            "licence": LICENCE,
            "source": "Redox",
            **({"caution": CAUTIONS[name]} if name in CAUTIONS else {}),
        },
    )
