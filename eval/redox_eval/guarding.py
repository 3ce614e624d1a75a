"""A model that is asked again while its answers are no code: anew, or with what is wrong.

What counts as wrong is what an editor could tell without running anything: a reply without code,
another language than the arm's, what `oxidize` finds, and what rustc does. The tests say nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from redox.files import BadInputError
from redox_eval.arms import render
from redox_eval.judging import Bench, compile_alone, line_of
from redox_eval.models import Answer, Model, Question, Reply, answers
from redox_eval.prompts import fault_at, turns_of
from redox_eval.records import RecordError
from redox_eval.replies import extract_code
from redox_eval.rusttext import defines

SHOWN = 5
"""How many faults a model is told of at once."""
STRIDE = 1_000_000
"""Between the numbers of a question's tries, so that each is drawn anew."""
_OF_TRY = ("tokens", "temperature")
"""What is kept of a reply's facts for each try."""


class Guard(StrEnum):
    """What is done about an answer that is no code: another try, or a complaint."""

    RETRY = "retry"
    REPAIR = "repair"


Fault = Callable[[Question, str], str]
"""Tells what is wrong with a reply to a question, in its arm's words; nothing if all is well."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """Asks a model up to `tries` times, as long as `budget` tokens leave room for a whole answer.

    The first try is the model's own answer; the others are asked of `warmer`, the same model at a
    temperature at which it says something else. The budget is that of all tries together, so that
    guards can be compared at equal cost. Each try is kept in the facts of the answer.
    """

    model: Model
    warmer: Model
    guard: Guard
    tries: int
    budget: int
    fault: Fault

    @property
    def name(self) -> str:
        """The model's name and the guard's."""
        return f"{self.model.name}+{self.guard}"

    @property
    def settings(self) -> Mapping[str, Any]:
        """What an answer depends on."""
        own = {
            "guard": str(self.guard),
            "tries": self.tries,
            "budget": self.budget,
            "again": self.warmer.settings["temperature"],
        }
        return {**self.model.settings, **own}

    def answer(self, questions: Sequence[Question]) -> Sequence[Answer]:
        """Answer as one batch; those whose answers are wrong are asked again, together.

        What can't be asked once more, as the talk so far leaves no room, keeps its last answer.
        """
        rows = [_Row(one) for one in questions]
        going = rows
        for attempt in range(self.tries):
            asked = [self._again(row, attempt) for row in going]
            model = self.warmer if attempt else self.model
            for row, answer in zip(going, answers(model, asked), strict=True):
                if isinstance(answer, Reply):
                    row.tries.append((answer, self.fault(row.question, answer.text)))
                else:
                    row.obstacle = answer
            going = [row for row in going if row.is_wrong and self._has_room(row)]
            if not going:
                break
        return [row.answer() for row in rows]

    def _again(self, row: _Row, attempt: int) -> Question:
        """Return the question as it is put for a try."""
        turns = row.question.turns
        if self.guard is Guard.REPAIR:
            for reply, fault in row.tries:
                turns += turns_of(reply.text, fault)
        sample = row.question.sample + STRIDE * attempt
        return replace(row.question, sample=sample, turns=turns)

    def _has_room(self, row: _Row) -> bool:
        most = int(self.model.settings["max_tokens"])
        return row.spent(most) + most <= self.budget


class _Row:
    """A question, and what became of each try: the reply, and what is wrong with it."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.tries: list[tuple[Reply, str]] = []
        self.obstacle: RecordError | BadInputError | None = None
        """Why there is no further try."""

    @property
    def is_wrong(self) -> bool:
        """Whether the last answer is wrong, and another can be had."""
        return self.obstacle is None and bool(self.tries[-1][1])

    def spent(self, most: int) -> int:
        """Count the tokens said so far; where a server does not tell, as many as there may be."""
        return sum(int(reply.facts.get("tokens") or most) for reply, _ in self.tries)

    def answer(self) -> Answer:
        """Return the last reply, with all of them in its facts, or why there is none.

        What is wrong with whatever answers passes: the question is to be asked anew then.
        """
        if self.obstacle and (isinstance(self.obstacle, BadInputError) or not self.tries):
            return self.obstacle
        last, _ = self.tries[-1]
        kept = [
            {"reply": reply.text, "fault": fault, **{one: reply.facts.get(one) for one in _OF_TRY}}
            for reply, fault in self.tries
        ]
        return Reply(last.text, {**last.facts, "tries": kept}, [one.raw for one, _ in self.tries])


def fault_finder(bench: Bench) -> Fault:
    """Return what tells a reply's faults, with rustc in the bench's sandbox."""

    def find(question: Question, reply: str) -> str:
        return "\n".join(list(faults_of(question, reply, bench))[:SHOWN])

    return find


def faults_of(question: Question, reply: str, bench: Bench) -> Iterator[str]:
    """Yield what is wrong with a reply, a line each; what rustc says comes with the line it is of.

    Line *n* of an arm's code is line *n* of its Rust, so a place in the one is one in the other.
    """
    function, arm = question.task.function, question.arm
    extracted = extract_code(reply, lambda block: defines(render(block, arm).rust, function))
    if extracted.code is None:
        yield f"- {extracted.problem}"
        return
    code = extracted.code
    rendered = render(code, arm)
    if rendered.faults or not rendered.is_own_language:
        yield from (f"- {message}" for _, message in rendered.faults)
        if rendered.detail:
            yield f"- {rendered.detail}"
        return
    lines = code.split("\n")
    for message in compile_alone(rendered.rust, question.task.edition, bench):
        yield fault_at(lines, line_of(message), str(message.get("message", "")))
