"""What can answer tasks without being a model: the reference, and `todo!()`.

The reference must pass every task and `todo!()` none, in each arm: what a run of the exam is worth
shows there first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from redox_eval.arms import Arm, words_for
from redox_eval.records import Prediction, RecordError, Task
from redox_eval.rusttext import function_names, with_todo

Control = Callable[[Task], str]


def answer_with(control: str, task: Task, arm: Arm) -> Prediction:
    """Return what a control answers, in the arm's words; raises `RecordError`."""
    answer = words_for(answer_of(control, task), arm)
    return Prediction(task.id, arm.name, 0, f"```\n{answer}\n```\n", extra={"model": control})


def answer_of(control: str, task: Task) -> str:
    """Return the Rust that a control answers with; raises `RecordError`."""
    if task.reference is None:
        raise RecordError("has no reference")
    return CONTROLS[control](task)


def _reference(task: Task) -> str:
    return task.reference or ""


def _todo(task: Task) -> str:
    """The reference with `todo!()` for the body of each function that the signature names."""
    return with_todo(task.reference or "", function_names(task.signature))


CONTROLS: Mapping[str, Control] = {"reference": _reference, "todo": _todo}
