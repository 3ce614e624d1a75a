"""The arms of an experiment: the wordings that the same tasks are asked and answered in.

Every arm is treated alike. A reply has to be in its arm's own language; since Rust is Iron, and
any wording of it, a reply that mixes them could pass through another arm's door. What it would
have become if mixing were allowed is kept beside, as the lenient outcome.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from redox.files import BadInputError
from redox_eval.wordings import Plain, Rendered, Wording, load_wording

if TYPE_CHECKING:
    from redox.commands.common import Settings

RUST = "rust"
IRON = "iron"


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm's wording: the path of its file, empty for Redox's own; Rust has none."""

    name: str
    is_rust: bool = False
    phrasebook: str = ""

    def load(self) -> Wording:
        """Return the wording that the arm's tasks are said in and its replies are read with."""
        return Plain() if self.is_rust else _load(self.phrasebook)


def known_arms(given: Mapping[str, str]) -> dict[str, Arm]:
    """Return the arms by name: Rust, Iron, and those given as name and phrasebook.

    Raises `BadInputError` for a name that is taken or no name and for a file that can't be read,
    `PhrasebookError` for a phrasebook that is refused.
    """
    arms = {RUST: Arm(RUST, is_rust=True), IRON: Arm(IRON)}
    for name, path in given.items():
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", name):
            raise BadInputError(f"{name!a}: is no name for an arm")
        if name == RUST:
            raise BadInputError("the arm rust has no phrasebook")
        arms[name] = Arm(name, phrasebook=path)
        arms[name].load()
    return arms


def arms_given(options: Sequence[str] | None, settings: Settings | None) -> dict[str, Arm]:
    """Read options like `NAME=PHRASEBOOK`; the global --phrasebook is the wording of the arm iron.

    Raises what `known_arms` does.
    """
    pairs = {}
    if settings is not None and settings.phrasebook:
        pairs[IRON] = os.fspath(settings.phrasebook)
    for each in options or ():
        name, equals, path = each.partition("=")
        if not equals or not path:
            raise BadInputError(f"--arm {each!a}: is no NAME=PHRASEBOOK")
        pairs[name] = path
    return known_arms(pairs)


def chosen_arms(names: Sequence[str] | None, known: Mapping[str, Arm]) -> list[Arm]:
    """Return the arms of these names, each once, Rust and Iron if there are none.

    Raises `BadInputError` for a name that is not known.
    """
    for name in names or ():
        if name not in known:
            raise BadInputError(f"the arm {name!a} is not known: say --arm NAME=PHRASEBOOK")
    return [known[name] for name in dict.fromkeys(names or (RUST, IRON))]


def render(code: str, arm: Arm) -> Rendered:
    """Return a reply's code as Rust, and whether it was in the arm's language."""
    return arm.load().render(code)


def words_for(rust: str, arm: Arm) -> str:
    """Return Rust in the words of an arm."""
    return arm.load().say(rust)


def wording_hash(arm: Arm) -> str:
    """A hash of the arm's wording, "none" for Rust."""
    return arm.load().hash


@lru_cache(maxsize=16)
def _load(path: str) -> Wording:
    return load_wording(path)
