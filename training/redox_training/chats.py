"""Rows of a data set as tokens: what is asked, and behind it the answer that is learned.

Two arms are comparable only if they hold the same tasks in the same order, none cut and none left
out. That is looked at here, over all arms of the data set, before any of them is trained.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from redox.files import BadInputError, read_text
from redox.progress import track
from redox_eval.prompts import Messages, as_text
from redox_eval.records import RecordError
from redox_eval.rows import read_rows

TRAIN, VALIDATION = "train", "validation"
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Chat:
    """One task as a data set has it: what is asked, and what answers it."""

    id: str
    prompt: Messages
    completion: Messages


@dataclass(frozen=True, slots=True)
class Row:
    """One task as tokens; those from `answer` on are learned."""

    id: str
    tokens: tuple[int, ...]
    answer: int

    @property
    def learned(self) -> int:
        """How many tokens are learned."""
        return len(self.tokens) - self.answer


@dataclass(frozen=True, slots=True)
class DataSet:
    """What `redox data export` wrote, each file held against the manifest's hash of it.

    `chats` are by arm and split, `hashes` by path; `has_slots` tells whether names and literals
    were taken out.
    """

    folder: Path
    chats: Mapping[tuple[str, str], Sequence[Chat]]
    hashes: Mapping[str, str]
    phrasebooks: Mapping[str, str]
    has_slots: bool

    @property
    def arms(self) -> list[str]:
        """The arms, in the manifest's order."""
        return list(dict.fromkeys(arm for arm, _ in self.chats))

    @property
    def hash(self) -> str:
        """One hash of all files, whatever the folder's name."""
        lines = "".join(f"{path} {hashed}\n" for path, hashed in sorted(self.hashes.items()))
        return sha256(lines.encode("utf-8")).hexdigest()

    def of(self, arm: str, split: str) -> Sequence[Chat]:
        """Return the chats of a split; raises `BadInputError` for an arm that is not there."""
        if arm not in self.arms:
            known = ", ".join(self.arms)
            raise BadInputError(f"{self.folder}: holds no arm {arm!a}; there are {known}")
        return self.chats.get((arm, split), ())


def read_data(folder: Path) -> DataSet:
    """Read a data set whose arms are equals; raises `BadInputError` where one is not as it was."""
    manifest = _manifest(folder)
    chats: dict[tuple[str, str], Sequence[Chat]] = {}
    hashes: dict[str, str] = {}
    for part in manifest["files"]:
        path = folder / part["path"]
        if not path.resolve().is_relative_to(folder.resolve()):
            raise BadInputError(f"{folder}: its manifest names {part['path']!a}, which is outside")
        hashed = sha256(read_text(path).encode("utf-8")).hexdigest()
        if hashed != part["sha256"]:
            raise BadInputError(f"{path}: is not the file that the manifest names: export it again")
        found = read_rows(path, chat_from_json, lambda chat: chat.id)
        if found.problems:
            raise BadInputError(str(found.problems[0]))
        chats[part["arm"], part["split"]] = found.rows
        hashes[part["path"]] = hashed
    _refuse_unequal(folder, chats)
    return DataSet(folder, chats, hashes, manifest["phrasebooks"], bool(manifest.get("slots")))


def chat_from_json(row: Any) -> Chat:
    """Return a row of a data set; raises `RecordError` for one that is none."""
    if not isinstance(row, Mapping) or not isinstance(row.get("id"), str):
        raise RecordError("is no row of a data set: it has no id")
    for name in ("prompt", "completion"):
        if not _is_chat(row.get(name)):
            raise RecordError(f"{name}: is no chat: a list of role and content")
    return Chat(row["id"], row["prompt"], row["completion"])


def chosen(chats: Sequence[Chat], count: int, seed: int) -> list[Chat]:
    """Draw rows by their ids, so that every arm has the same, and leave them in their order."""
    if not count or count >= len(chats):
        return list(chats)
    kept = {chat.id for chat in by_lot(chats, seed)[:count]}
    return [chat for chat in chats if chat.id in kept]


def by_lot(chats: Iterable[Chat], seed: int) -> list[Chat]:
    """Return rows in the order in which they are drawn when more and more are wanted."""
    return sorted(chats, key=lambda chat: sha256(f"{seed} {chat.id}".encode()).digest())


def as_rows(chats: Sequence[Chat], tokenizer: Any, ends: Collection[int], label: str) -> list[Row]:
    """Return chats as tokens, none cut; raises `BadInputError` where the template does not fit.

    `ends` are the tokens that end what the model writes, the tokenizer's own among them.
    """
    return [as_row(chat, tokenizer, ends) for chat in track(chats, f"reading {label}")]


def as_row(chat: Chat, tokenizer: Any, ends: Collection[int]) -> Row:
    """Return a chat as tokens.

    The question is read alone, as it is when the model is asked, so that no token stands on both
    sides. The answer ends with what ends the model's turn, and nothing is learned behind that.
    """
    try:
        asked = as_text(chat.prompt, tokenizer)
        whole = as_text([*chat.prompt, *chat.completion], tokenizer, is_asked=False)
    except TemplateError as error:
        raise BadInputError(f"the model's chat template refuses {chat.id!a}: {error}") from error
    if not whole.startswith(asked):
        raise BadInputError(
            f"the model's chat template writes the question of {chat.id!a} in another way once it"
            " is answered, so what is learned would not be what is asked"
        )
    question = tokenizer(asked, add_special_tokens=False)["input_ids"]
    answer = tokenizer(whole[len(asked) :].rstrip(), add_special_tokens=False)["input_ids"]
    if not answer or answer[-1] not in ends:
        answer = [*answer, tokenizer.eos_token_id]
    return Row(chat.id, (*question, *answer), len(question))


def refuse_long(arms: Mapping[str, Iterable[Row]], longest: int) -> None:
    """Raise `BadInputError` for rows of too many tokens in any arm."""
    found = [
        f"{row.id!a} ({label}: {len(row.tokens):,})"
        for label, rows in arms.items()
        for row in rows
        if len(row.tokens) > longest
    ]
    if found:
        more = f" and {len(found) - SHOWN:,} more" if len(found) > SHOWN else ""
        raise BadInputError(
            f"{len(found):,} rows are longer than rows.longest = {longest:,} tokens:"
            f" {', '.join(found[:SHOWN])}{more}; raise it, or leave these tasks out of all arms"
        )


def _is_chat(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(one, Mapping)
            and isinstance(one.get("role"), str)
            and isinstance(one.get("content"), str)
            for one in value
        )
    )


def _manifest(folder: Path) -> dict[str, Any]:
    place = folder / "manifest.json"
    try:
        found = json.loads(read_text(place))
        parts = found["files"]
        is_whole = isinstance(found["phrasebooks"], dict) and all(
            isinstance(part[key], str)
            for part in parts
            for key in ("path", "arm", "split", "sha256")
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BadInputError(f"{place}: is no manifest of `redox data export`") from error
    if not is_whole or not parts:
        raise BadInputError(f"{place}: names no files")
    return dict(found)


def _refuse_unequal(folder: Path, chats: Mapping[tuple[str, str], Sequence[Chat]]) -> None:
    """Refuse arms that differ in more than their language."""
    first: dict[str, tuple[str, list[str]]] = {}
    for (arm, split), rows in chats.items():
        ids = [row.id for row in rows]
        other, wanted = first.setdefault(split, (arm, ids))
        if ids != wanted:
            raise BadInputError(
                f"{folder}: {split} of {arm} and of {other} are not the same tasks in the same"
                " order, so the arms can't be compared: export them together"
            )
    splits = {arm: {split for name, split in chats if name == arm} for arm, _ in chats}
    for arm, found in splits.items():
        if found != set(first):
            missing = ", ".join(sorted(set(first) - found))
            raise BadInputError(f"{folder}: the arm {arm} lacks {missing}")
