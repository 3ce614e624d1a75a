"""Tasks as what models are trained on: the same rows in each arm, in chat form, with a card.

The folder is one that Hugging Face's `datasets` loads: a configuration for each arm, a file of JSON
lines for each split. Row n of an arm is row n of every other, so that one order drives them all.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import redox
from redox.files import BadInputError
from redox.progress import track
from redox_eval.arms import Arm, wording_hash, words_for
from redox_eval.prompts import answer_as_reply, ask
from redox_eval.records import Task
from redox_eval.rows import dump_row
from redox_eval.slots import Slots, slots_of
from redox_eval.tokens import TOKENIZER, count_tokens

SPLITS = {"train": "train", "val": "validation", "test": "test", "heldout": "heldout"}
"""Our splits, and what Hugging Face calls them."""

KEPT = ("family", "template", "licence", "source", "caution")


@dataclass(frozen=True, slots=True)
class Part:
    """One split in one arm: its place in the folder, its text, and what was counted in it."""

    arm: str
    split: str
    text: str
    rows: int
    prompt_tokens: int
    answer_tokens: int

    @property
    def place(self) -> str:
        """Its path in the folder."""
        return f"{self.arm}/{SPLITS[self.split]}.jsonl"

    @property
    def hash(self) -> str:
        """The SHA-256 of its bytes."""
        return sha256(self.text.encode("ascii")).hexdigest()


def export(
    tasks: Sequence[Task], arms: Sequence[Arm], *, with_slots: bool = False
) -> dict[str, str]:
    """Return the files of the folder by path.

    `with_slots` has names and literals of each task taken out, for small models.

    Raises `BadInputError` for a task that has no reference or no split of ours: left out, it would
    be missing in all arms, and the set would be another.
    """
    for task in tasks:
        if task.reference is None:
            raise BadInputError(f"{task.id!a}: has no reference, so there is nothing to learn")
        if task.extra.get("split") not in SPLITS:
            raise BadInputError(f"{task.id!a}: its split is none of {', '.join(SPLITS)}")
    jobs = [
        (arm, split, [task for task in tasks if task.extra["split"] == split])
        for arm in arms
        for split in SPLITS
    ]
    parts = [
        _part(arm, split, chosen, with_slots)
        for arm, split, chosen in track(jobs, "exporting")
        if chosen
    ]
    versions = {arm.name: wording_hash(arm) for arm in arms}
    files = {part.place: part.text for part in parts}
    manifest = {**_manifest(tasks, parts, versions), "slots": with_slots}
    files["manifest.json"] = json.dumps(manifest, indent=1) + "\n"
    files["README.md"] = card(tasks, parts, versions)
    return files


def row_of(task: Task, arm: Arm, *, with_slots: bool = False) -> dict[str, Any]:
    """Return a task as a row: `prompt` and `completion` are chats, so that a loss can tell them."""
    slots = slots_of(task) if with_slots else Slots({})
    answer = slots.taken_out(answer_as_reply(words_for(task.reference or "", arm)))
    fields = {"family": task.family, **task.extra}
    return {
        "id": task.id,
        "prompt": slots.asked(ask(task, arm)),
        "completion": [{"role": "assistant", "content": answer}],
        **{name: fields[name] for name in KEPT if name in fields},
    }


def card(tasks: Sequence[Task], parts: Sequence[Part], versions: Mapping[str, str]) -> str:
    """Return the dataset's card: what `datasets` reads in front, what people read behind."""
    arms = list(dict.fromkeys(part.arm for part in parts))
    licences = Counter(str(task.extra.get("licence", "")) or "not stated" for task in tasks)
    licence = "mit" if set(licences) == {"MIT"} else "other"
    head = ["---", f"license: {licence}", "language:", "- en", "configs:"]
    for arm in arms:
        head += [f"- config_name: {json.dumps(arm)}", "  data_files:"]
        for part in parts:
            if part.arm == arm:
                head += [f"  - split: {SPLITS[part.split]}", f"    path: {json.dumps(part.place)}"]
    said = [str(task.extra["caution"]) for task in tasks if "caution" in task.extra]
    cautions = [f"> CAUTION: {each}\n" for each in dict.fromkeys(said)]
    templates = len({task.extra.get("template") for task in tasks})
    families = len({task.family for task in tasks})
    about = (
        f"{len(tasks):,} tasks of {families:,} families and {templates:,} templates, made by Redox"
        f" {redox.__version__}. Each arm holds the same tasks in the same order: the prompt states"
        " the signature in the arm's language, and the answer is the reference in it."
    )
    rows = [
        (part.arm, SPLITS[part.split], f"{part.rows:,}", f"{part.prompt_tokens:,}",
         f"{part.answer_tokens:,}", f"`{part.hash}`")
        for part in parts
    ]  # fmt: skip
    return "\n".join([
        *head, "---", "", "# Tasks in Rust and in Iron", "", about, "", *cautions,
        *_table("arm|split|rows|tokens of prompts|tokens of answers|SHA-256", rows),
        f"Tokens are those of `{TOKENIZER}`.", "",
        *_table("arm|phrasebook", [(arm, f"`{versions[arm]}`") for arm in arms]),
        *_table("licence|tasks", [(name, f"{count:,}") for name, count in licences.items()]),
    ])  # fmt: skip


def _table(headings: str, rows: Iterable[Sequence[str]]) -> Iterator[str]:
    names = headings.split("|")
    yield from (f"| {' | '.join(cells)} |" for cells in (names, ["---"] * len(names), *rows))
    yield ""


def _part(arm: Arm, split: str, tasks: Sequence[Task], with_slots: bool) -> Part:
    rows = [row_of(task, arm, with_slots=with_slots) for task in tasks]
    text = "".join(f"{dump_row(row)}\n" for row in rows)
    asked = sum(count_tokens(one["content"]) for row in rows for one in row["prompt"])
    answered = sum(count_tokens(one["content"]) for row in rows for one in row["completion"])
    return Part(arm.name, split, text, len(rows), asked, answered)


def _manifest(
    tasks: Sequence[Task], parts: Sequence[Part], versions: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "redox": redox.__version__,
        "phrasebooks": dict(versions),
        "tokenizer": TOKENIZER,
        "tasks": len(tasks),
        "files": [
            {
                "path": part.place,
                "arm": part.arm,
                "split": SPLITS[part.split],
                "rows": part.rows,
                "prompt_tokens": part.prompt_tokens,
                "answer_tokens": part.answer_tokens,
                "sha256": part.hash,
            }
            for part in parts
        ],
    }
