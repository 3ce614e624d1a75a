"""Where a model fails, and new train tasks for that, none of which is like a task of the exam."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from redox_eval.records import Outcome, Result, Task, digest
from redox_training.datasets import FAMILIES, phrased, task_of
from redox_training.drafts import Family, is_telling
from redox_training.splitting import nearness
from redox_training.templates import template_of

TRIES = 60
"""How often a family is drawn from for each task that is wanted of it."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Failures of one family of which the same is said, and how many answers it had."""

    family: str
    fault: str
    failed: int
    answers: int


@dataclass(frozen=True, slots=True)
class Expansion:
    """New train tasks, and why there are none, or fewer, for some families."""

    tasks: tuple[Task, ...]
    notes: tuple[str, ...]


def clusters_of(results: Iterable[Result]) -> list[Cluster]:
    """Return the clusters of failures, the largest first; each code of a failure counts."""
    answers: Counter[str] = Counter()
    failed: Counter[tuple[str, str]] = Counter()
    for one in results:
        if one.outcome is Outcome.INFRASTRUCTURE:
            continue
        answers[one.family] += 1
        if one.outcome is not Outcome.PASSED:
            failed.update((one.family, code) for code in one.codes or (str(one.outcome),))
    ordered = sorted(failed, key=lambda key: (-failed[key], key))
    return [Cluster(name, fault, failed[name, fault], answers[name]) for name, fault in ordered]


def expand(clusters: Sequence[Cluster], tasks: Sequence[Task], count: int, seed: int) -> Expansion:
    """Draw `count` train tasks of the families that fail, as many of each as of its failures.

    `tasks` is the whole set. None of its held-out families is drawn from, and nothing is used whose
    template or near duplicate, prompt or solution one of its other tasks has, but for the templates
    of train.
    """
    exam = [task for task in tasks if task.extra.get("split") != "train"]
    held_out = {task.family for task in exam if task.extra.get("split") == "heldout"}
    taken = _Taken(tasks, exam)
    found: list[Task] = []
    notes: list[str] = []
    for family, wanted in _shares(clusters, count).items():
        faults = {one.fault: one.failed for one in clusters if one.family == family}
        if family in held_out:
            notes.append(f"{family}: is held out, so nothing is drawn of it")
        elif family not in FAMILIES:
            notes.append(f"{family}: is no family of ours, so nothing can be drawn of it")
        else:
            drawn = _drawn(FAMILIES[family], wanted, seed, taken, faults)
            found += drawn
            if len(drawn) < wanted:
                notes.append(
                    f"{family}: {len(drawn)} of {wanted}; what else it holds is in the exam or"
                    " known already"
                )
    return Expansion(tuple(found), tuple(notes))


class _Taken:
    """What no new task may be; it grows by what is taken."""

    def __init__(self, tasks: Sequence[Task], exam: Sequence[Task]) -> None:
        self.solutions = {task.reference for task in tasks}
        self.prompts = {str(task.extra.get("prompt", "")) for task in tasks}
        references = [task.reference for task in exam if task.reference is not None]
        self.templates = {template_of(reference) for reference in references}
        self.is_near = nearness(references)

    def take(self, task: Task) -> bool:
        """Tell whether a task is new, and take it if it is."""
        solution, prompt = task.reference or "", str(task.extra["prompt"])
        if solution in self.solutions or prompt in self.prompts:
            return False
        if task.extra["template"] in self.templates or self.is_near(solution):
            return False
        self.solutions.add(solution)
        self.prompts.add(prompt)
        return True


def _shares(clusters: Sequence[Cluster], count: int) -> dict[str, int]:
    """Divide `count` by failures, each family at least one: the largest remainders get the rest."""
    failures: defaultdict[str, int] = defaultdict(int)
    for one in clusters:
        failures[one.family] += one.failed
    whole = sum(failures.values())
    exact = {family: count * failed / whole for family, failed in failures.items()}
    shares = {family: max(1, int(share)) for family, share in exact.items()}
    rest = sorted(exact, key=lambda family: int(exact[family]) - exact[family])
    for family in rest[: max(0, count - sum(shares.values()))]:
        shares[family] += 1
    return shares


def _drawn(
    family: Family, wanted: int, seed: int, taken: _Taken, faults: Mapping[str, int]
) -> list[Task]:
    found: list[Task] = []
    for attempt in range(wanted * TRIES):
        if len(found) == wanted:
            break
        draft = family.draw(Random(f"expand/{seed}/{family.name}/{attempt}"))
        if not is_telling(draft):
            continue
        prompt = phrased(draft.asks, Random(f"expand/{seed}/{family.name}/{attempt}/words"))
        task = task_of("expanded", family.name, "train", len(found) + 1, draft, prompt)
        # By what it is: another round with this seed may draw others, and they may be joined.
        named = f"expanded/{seed}/{family.name}/{digest(draft.solution)[:12]}"
        task = replace(task, id=named, extra={**task.extra, "expanded_for": dict(faults)})
        if taken.take(task):
            found.append(task)
    return found
