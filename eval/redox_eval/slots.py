"""Names and literals of a task taken out of its texts, and put back into an answer.

A small model learns what is done with the first number, not which number it is. What is taken out
stands in the task itself, the names in its signature and the literals in its prompt, so that the
exam takes out the same as training did.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from redox.rustlex import Kind, RustLexError
from redox_eval.prompts import Messages
from redox_eval.records import Task
from redox_eval.rusttext import code_tokens

OWN = "redox.json"
"""The file beside a model of ours: its run's `name`, and whether it learned with `slots`."""
FUNCTION, NAME, NUMBER, TEXT = "f", "p", "n", "s"
COUNTS: Mapping[str, int] = {FUNCTION: 4, NAME: 12, NUMBER: 16, TEXT: 8}
"""How many of each kind there are; what goes beyond stays as it is."""
EVERY = tuple(f"<{kind}{number}>" for kind, count in COUNTS.items() for number in range(count))
PART = re.compile(r'"(?:[^"\\\n]|\\.)*"|[A-Za-z_]\w*|\d+(?:\.\d+)?')
SLOT = re.compile(r"<[a-z]\d+>")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Slots:
    """What stands for what: slots by the text that they stand for."""

    by_text: Mapping[str, str]

    def taken_out(self, code: str) -> str:
        """Return code with slots for the texts that have one."""
        return PART.sub(lambda part: self.by_text.get(part[0], part[0]), code)

    def put_back(self, code: str) -> str:
        """Return code with each slot's text; a slot of no text stays, and is no Rust."""
        texts = {slot: text for text, slot in self.by_text.items()}
        return SLOT.sub(lambda slot: texts.get(slot[0], slot[0]), code)

    def asked(self, messages: Messages) -> Messages:
        """Return a question with slots: names only in quoted code, since they are words too."""
        return [
            {**one, "content": self._prose(one["content"])} if one["role"] == "user" else one
            for one in messages
        ]

    def _prose(self, text: str) -> str:
        parts, start = [], 0
        for code in CODE.finditer(text):
            parts += [self._literals(text[start : code.start()]), self.taken_out(code[0])]
            start = code.end()
        return "".join([*parts, self._literals(text[start:])])

    def _literals(self, text: str) -> str:
        return PART.sub(
            lambda part: (
                part[0] if part[0][0].isidentifier() else self.by_text.get(part[0], part[0])
            ),
            text,
        )


def slots_of(task: Task) -> Slots:
    """Return the slots of a task: by its signature's names, then by its prompt's literals."""
    by_text: dict[str, str] = {}
    used = dict.fromkeys(COUNTS, 0)
    for kind, text in (*_names(task.signature), *_literals(str(task.extra.get("prompt", "")))):
        if text not in by_text and used[kind] < COUNTS[kind]:
            by_text[text] = f"<{kind}{used[kind]}>"
            used[kind] += 1
    return Slots(by_text)


def _names(signature: str) -> Iterator[tuple[str, str]]:
    """Yield what a signature names: its functions, and what has a type behind a colon."""
    try:
        tokens = code_tokens(signature)
    except RustLexError:
        return  # a set of others may hold anything: then no name is taken out
    words = [signature[one.start : one.end] for one in tokens]
    for before, token, word, after in zip(
        ["", *words], tokens, words, [*words[1:], ""], strict=False
    ):
        if token.kind is Kind.WORD and before == "fn":
            yield FUNCTION, word
        elif token.kind is Kind.WORD and after == ":" and word != "self":
            yield NAME, word


def _literals(prompt: str) -> Iterator[tuple[str, str]]:
    for part in PART.findall(prompt):
        if not part[0].isidentifier():
            yield (TEXT if part[0] == '"' else NUMBER), part
