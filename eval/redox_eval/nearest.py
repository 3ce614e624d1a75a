"""The baseline: copy the train row that asks for the most alike, with names and numbers put in.

What a model has learned beyond copying shows only against this.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redox.files import BadInputError
from redox.keywords import KEYWORDS, PRIMITIVES
from redox.rustlex import Kind, lex
from redox_eval.arms import words_for
from redox_eval.models import Question, Reply
from redox_eval.prompts import answer_as_reply
from redox_eval.records import Task, digest

WORD = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"|\d+|\w+|[^\w\s]")
NUMBER = re.compile(r"(?<![\w.])\d+")


@dataclass(frozen=True, slots=True)
class Row:
    """A train row with the pairs of words that its prompt holds, names and numbers masked."""

    task: Task
    parts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Nearest:
    """Train rows by the shape of their signature, then by what their prompts hold."""

    groups: Mapping[str, tuple[Row, ...]]
    postings: Mapping[str, Mapping[str, tuple[int, ...]]]
    train_hash: str
    name: str = "nearest"

    @property
    def settings(self) -> Mapping[str, Any]:
        """What was copied from."""
        return {"model": self.name, "train": self.train_hash}

    def answer(self, questions: Sequence[Question]) -> Sequence[Reply]:
        """Answer each with a copy; the facts name the row that was copied."""
        replies = []
        for one in questions:
            row = nearest_row(self, one.task)
            copied = adapted(row.task, one.task)
            code = answer_as_reply(words_for(copied, one.arm)) + "\n"
            replies.append(Reply(code, {"copied_from": row.task.id}))
        return replies


def learn(train: Iterable[Task]) -> Nearest:
    """Return the baseline over train rows; raises `BadInputError` if there are none."""
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for task in train:
        if task.reference is not None:
            row = Row(task, _parts(task))
            groups[_shape(task.signature)].append(row)
            groups[""].append(row)
    if not groups:
        raise BadInputError("the baseline copies train rows, and there are none: say --train TASKS")
    postings: dict[str, Mapping[str, tuple[int, ...]]] = {}
    for shape, rows in groups.items():
        found: defaultdict[str, list[int]] = defaultdict(list)
        for at, row in enumerate(rows):
            for part in row.parts:
                found[part].append(at)
        postings[shape] = {part: tuple(places) for part, places in found.items()}
    train_hash = digest(*(f"{row.task.id} {row.task.reference}" for row in groups[""]))
    return Nearest({shape: tuple(rows) for shape, rows in groups.items()}, postings, train_hash)


def nearest_row(model: Nearest, task: Task) -> Row:
    """Return the row whose prompt has most in common with the task's (Jaccard); the first wins.

    Rows whose signature has the task's shape come first; any row will do where there is none.
    """
    shape = _shape(task.signature)
    shape = shape if shape in model.groups else ""
    rows, parts = model.groups[shape], _parts(task)
    common: Counter[int] = Counter()
    for part in parts:
        common.update(model.postings[shape].get(part, ()))
    best = max(common, key=lambda at: (common[at] / len(parts | rows[at].parts), -at), default=0)
    return rows[best]


def adapted(copied: Task, task: Task) -> str:
    """Return a row's solution with the task's names and numbers put for its own, in order."""
    rust = copied.reference or ""
    names = dict(zip(_names(copied.signature), _names(task.signature), strict=False))
    numbers = dict(zip(_numbers(copied), _numbers(task), strict=False))
    out = []
    for token in lex(rust):
        text = rust[token.start : token.end]
        if token.kind is Kind.WORD:
            text = names.get(text, text)
        elif token.kind is Kind.NUMBER:
            text = numbers.get(text, text)
        out.append(text)
    return "".join(out)


def _parts(task: Task) -> frozenset[str]:
    words = [_masked(word) for word in WORD.findall(str(task.extra.get("prompt", "")).lower())]
    return frozenset(f"{one} {two}" for one, two in zip(["", *words], [*words, ""], strict=True))


def _masked(word: str) -> str:
    return word[0] if word[0] in "`'\"" else "0" if word[0].isdigit() else word


def _shape(signature: str) -> str:
    return " ".join("_" if is_name else word for word, is_name in _signature_words(signature))


def _names(signature: str) -> list[str]:
    return [word for word, is_name in _signature_words(signature) if is_name]


def _signature_words(signature: str) -> Iterator[tuple[str, bool]]:
    """Yield the tokens of a signature, and whether each is a name that it gives itself."""
    tokens = [one for one in lex(signature) if one.kind not in (Kind.SPACE, Kind.COMMENT)]
    words = [signature[one.start : one.end] for one in tokens]
    for at, token in enumerate(tokens):
        word, after = words[at], words[at - 1] if at else ""
        before = "".join(words[at + 1 : at + 3])
        is_plain = token.kind is Kind.WORD and word not in KEYWORDS and word not in PRIMITIVES
        is_given = (
            after in ("fn", "struct", "enum", "trait", "type") or before[:1] == ":" != before[1:]
        )
        yield word, is_plain and is_given


def _numbers(task: Task) -> list[str]:
    """The numbers of a prompt, each once, in order."""
    return list(dict.fromkeys(NUMBER.findall(str(task.extra.get("prompt", "")))))
