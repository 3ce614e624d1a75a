"""What a family draws: one task, before it has a place in a data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

COMMON = 2 / 3
"""The share of a task's cases that may want one and the same answer: a guess fails the others."""


@dataclass(frozen=True, slots=True)
class Case:
    """Statements that end in an assertion, and the answer that they want, as Rust."""

    text: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of a task: `rust` has a gap `{v}` or names its variable, `says` is its wording.

    `seen` holds what it came to for all that it was asked of.
    """

    rust: str
    rule: Callable[[Any], bool]
    says: str
    seen: set[bool] = field(default_factory=set, compare=False)

    def of(self, name: str) -> str:
        """Return the condition for a variable."""
        return self.rust.format(v=name)

    def holds(self, value: object) -> bool:
        """Tell whether the condition holds, and note that it was asked."""
        answer = self.rule(value)
        self.seen.add(answer)
        return answer


@dataclass(frozen=True, slots=True)
class Draft:
    """A task as its family draws it.

    `asks` says what the function does, as a sentence; `solution` is the whole of the reference;
    `cases` assert what was worked out without running the reference, and `conditions` are those
    that were asked for it.
    """

    asks: str
    signature: str
    solution: str
    cases: tuple[Case, ...]
    conditions: tuple[Condition, ...] = ()


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


def equal(call: str, wanted: object) -> Case:
    """Return an assertion that a call gives what is wanted."""
    return Case(f"assert_eq!({call}, {wanted});", str(wanted))


def is_telling(draft: Draft) -> bool:
    """Tell whether a draft's cases tell a solution from a guess.

    No answer is wanted by more than `COMMON` of them, and each condition that they ask holds for
    one and not for another: one that always holds, or never, is no part of what is tested.
    """
    wanted = Counter(case.wanted for case in draft.cases)
    is_guessed = max(wanted.values(), default=0) > COMMON * len(draft.cases)
    return not is_guessed and all(len(each.seen) != 1 for each in draft.conditions)


def tests_of(cases: Sequence[Case]) -> str:
    """Return a test module with two tests at most: the first case, and the rest."""
    groups = [("first_case", cases[:1]), ("other_cases", cases[1:])]
    texts = [(name, "\n".join(case.text for case in group)) for name, group in groups if group]
    tests = [
        f"    #[test]\n    fn {name}() {{\n{indent(indent(text))}\n    }}\n" for name, text in texts
    ]
    return "#[cfg(test)]\nmod tests {\n    use super::*;\n\n" + "\n".join(tests) + "}\n"
