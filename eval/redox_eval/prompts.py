"""What a model is asked, the same in training and in the exam: the task, in its arm's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redox_eval.arms import Arm
from redox_eval.records import Task

Messages = list[dict[str, str]]
"""A chat: texts by `role` and `content`."""
Turns = tuple[tuple[str, str], ...]
"""What was said behind a question: role and text."""

SYSTEM = (
    "You write {language}. Answer with one fenced code block that holds the whole solution,"
    " and with nothing else."
)
USER = "{prompt}\n\nThe signature:\n```\n{signature}\n```"


COMPLAINT = """\
This does not compile:
{faults}

Answer with one fenced code block that holds the whole solution, mended."""


CARD = """\
pub fn largest(values: &[i64]) -> Option<i64> {
    let mut best = *values.first()?;
    for &value in values {
        if value > best {
            best = value;
        }
    }
    Some(best)
}
"""
"""What a model that was trained on no arm is shown of its language, the same in each."""


def ask(
    task: Task, arm: Arm, shown: Sequence[Task] = (), *, has_card: bool | None = None
) -> Messages:
    """Return what is asked of a model; the signature is said in the arm's language.

    `shown` are tasks that stand before it with their references; with them comes a card of the
    arm's language, if `has_card` does not say otherwise.
    """
    system = SYSTEM.format(language=arm.load().language)
    if bool(shown) if has_card is None else has_card:
        system += f" This is some of it:\n{answer_as_reply(arm.load().say(CARD))}"
    messages = [{"role": "system", "content": system}]
    for one in shown:
        answer = answer_as_reply(arm.load().say(one.reference or ""))
        messages += [_question(one, arm), {"role": "assistant", "content": answer}]
    return [*messages, _question(task, arm)]


def fault_at(lines: Sequence[str], number: int, message: str) -> str:
    """Return how a model is told of a fault in one of the lines of its code, counted from 1.

    Another number stands for no line.
    """
    place = f"line {number}, `{lines[number - 1].strip()}`: " if 0 < number <= len(lines) else ""
    return f"- {place}{message}"


def turns_of(reply: str, fault: str) -> Turns:
    """Return what is said to a model whose reply has faults, so that it mends them."""
    return (("assistant", reply), ("user", COMPLAINT.format(faults=fault)))


def as_messages(turns: Turns) -> Messages:
    """Return turns as part of a chat."""
    return [{"role": role, "content": text} for role, text in turns]


def _question(task: Task, arm: Arm) -> dict[str, str]:
    prompt = str(task.extra.get("prompt", "")).strip()
    asked = USER.format(prompt=prompt, signature=signature_in(task, arm)).strip()
    return {"role": "user", "content": asked}


def answer_as_reply(code: str) -> str:
    """Return code as the reply that was asked for."""
    return f"```\n{code.rstrip()}\n```"


def begun_answer(task: Task, arm: Arm) -> str:
    """Return how an answer begins whose signature is forced: the fence, and the signature."""
    return f"```\n{signature_in(task, arm)}"


def as_text(messages: Messages, tokenizer: Any, *, is_asked: bool = True) -> str:
    """Return a chat as the tokenizer's template has it, or plain where there is none.

    Where it `is_asked`, what a reply begins with stands at its end.
    """
    if tokenizer.chat_template:
        text: str = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=is_asked
        )
        return text
    asked = "".join(f"{one['content']}\n\n" for one in messages)
    return asked if is_asked else asked.removesuffix("\n\n")


def signature_in(task: Task, arm: Arm) -> str:
    """Return a task's signature in the words of an arm."""
    return arm.load().signature(task.signature.strip())
