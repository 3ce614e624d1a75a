"""What a model is asked, the same in training and in the exam: the task, in its arm's language."""

from __future__ import annotations

from typing import Any

from redox_eval.arms import Arm
from redox_eval.records import Task

Messages = list[dict[str, str]]
"""A chat: texts by `role` and `content`."""

SYSTEM = (
    "You write {language}. Answer with one fenced code block that holds the whole solution,"
    " and with nothing else."
)
USER = "{prompt}\n\nThe signature:\n```\n{signature}\n```"


def ask(task: Task, arm: Arm) -> Messages:
    """Return what is asked of a model; the signature is said in the arm's language."""
    prompt = str(task.extra.get("prompt", "")).strip()
    asked = USER.format(prompt=prompt, signature=signature_in(task, arm)).strip()
    return [
        {"role": "system", "content": SYSTEM.format(language=arm.load().language)},
        {"role": "user", "content": asked},
    ]


def answer_as_reply(code: str) -> str:
    """Return code as the reply that was asked for."""
    return f"```\n{code.rstrip()}\n```"


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
