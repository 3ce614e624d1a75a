"""What a family draws: one task, before it has a place in a data set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Draft:
    """A task as its family draws it.

    `asks` says what the function does, as a sentence; `solution` is the whole of the reference;
    `cases` are statements that assert, worked out without running the reference.
    """

    asks: str
    signature: str
    solution: str
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of task: its name, and how one is drawn."""

    name: str
    draw: Callable[[Random], Draft]


def indent(text: str) -> str:
    """Return Rust one level deeper; empty lines stay empty."""
    return "\n".join(f"    {line}" if line else line for line in text.split("\n"))


def function(signature: str, *body: str) -> str:
    """Return a function of these lines, each one statement or expression."""
    return f"{signature} {{\n{indent(chr(10).join(body))}\n}}\n"


def name_of(random: Random, *parts: Sequence[str]) -> str:
    """Return a name in snake case, one word drawn of each part."""
    return "_".join(random.choice(list(part)) for part in parts)


def tests_of(cases: Sequence[str]) -> str:
    """Return a test module with two tests at most: the first case, and the rest."""
    groups = [("first_case", cases[:1]), ("other_cases", cases[1:])]
    tests = [
        f"    #[test]\n    fn {name}() {{\n{indent(indent(chr(10).join(group)))}\n    }}\n"
        for name, group in groups
        if group
    ]
    return "#[cfg(test)]\nmod tests {\n    use super::*;\n\n" + "\n".join(tests) + "}\n"
