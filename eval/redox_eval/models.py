"""The one interface to whatever answers tasks, and what can answer without being a model.

The reference must pass every task and `todo!()` none, in each arm: what a run of the exam is worth
shows there first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from redox.files import BadInputError
from redox_eval.arms import Arm, words_for
from redox_eval.prompts import Messages, Turns, answer_as_reply, as_messages, ask
from redox_eval.records import RecordError, Task, digest
from redox_eval.rows import dump_row
from redox_eval.rusttext import function_names, with_todo

EMBEDDED = "embedded"
"""The name of the model that comes with Redox."""
SHIPPED = Path(__file__).parent / "tiny"
"""Where it lies; its README.md says what it is."""


@dataclass(frozen=True, slots=True)
class Question:
    """One task asked in one arm; `seed` and `sample` tell its answers apart.

    `shown` are the examples that stand before it, `turns` what was said behind it: role and text.
    """

    task: Task
    arm: Arm
    seed: int
    sample: int
    shown: tuple[Task, ...] = ()
    turns: Turns = ()

    @property
    def key(self) -> tuple[str, str, int, int]:
        """The key of its prediction."""
        return (self.task.id, self.arm.name, self.seed, self.sample)

    @property
    def messages(self) -> Messages:
        """What is asked."""
        return ask(self.task, self.arm, self.shown) + as_messages(self.turns)


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered; `facts` are kept with the prediction, `raw` in the archive alone."""

    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    raw: Any = None


Answer = Reply | RecordError | BadInputError
"""A reply, or why there is none: what is wrong with the question, or with whatever answers."""


class Model(Protocol):
    """What answers: `name` and `settings` say which, and what was set, so that answers are known
    again by them.
    """

    @property
    def name(self) -> str:
        """A name for people."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that an answer depends on but for the question, ready for JSON."""

    def answer(self, questions: Sequence[Question]) -> Iterable[Answer]:
        """Answer questions of one arm and one seed, in order, each as soon as it is there.

        May raise, too: `RecordError` for what can't be answered, `BadInputError` if nothing can.
        """


@dataclass(frozen=True, slots=True)
class Control:
    """Answers with Rust that a function makes of the task."""

    name: str
    solve: Callable[[Task], str]

    @property
    def settings(self) -> Mapping[str, Any]:
        """A control has nothing to set."""
        return {"model": self.name}

    def answer(self, questions: Sequence[Question]) -> Sequence[Reply]:
        """Answer each; raises `RecordError` for a task without a reference."""
        return [
            Reply(answer_as_reply(words_for(self.solve(one.task), one.arm)) + "\n")
            for one in questions
        ]


def answers(model: Model, questions: Sequence[Question]) -> Iterator[Answer]:
    """Answer questions as `Model.answer` does, but one by one where they are refused together.

    Raises `BadInputError` if nothing can be answered.
    """
    done = 0
    try:
        for one in model.answer(questions):
            yield one
            done += 1
    except RecordError as error:
        if len(questions) == 1:
            yield error
            return
        for question in questions[done:]:
            yield from answers(model, [question])


def answer_of(control: str, task: Task) -> str:
    """Return the Rust that a control answers with; raises `RecordError`."""
    return CONTROLS[control].solve(task)


def question_hash(question: Question, model: Model) -> str:
    """A hash of all that the answer depends on."""
    asked = [*map(str, question.key), *(one["content"] for one in question.messages)]
    return digest(*asked, dump_row(model.settings))


def _reference(task: Task) -> str:
    if task.reference is None:
        raise RecordError("has no reference")
    return task.reference


def _todo(task: Task) -> str:
    """The reference with `todo!()` for the body of each function that the signature names."""
    return with_todo(_reference(task), function_names(task.signature))


CONTROLS: Mapping[str, Control] = {
    "reference": Control("reference", _reference),
    "todo": Control("todo", _todo),
}
