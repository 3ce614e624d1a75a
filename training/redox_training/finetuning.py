"""One finetune from a data set to a model: what is looked at first, what is done, what is left."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import redox
from redox.files import BadInputError, write_text
from redox_eval.records import digest
from redox_eval.slots import OWN
from redox_training.backends import (
    ADAPTER_ALONE,
    Learner,
    base_hash,
    load_ends,
    load_learner,
    load_tokenizer,
    loaded,
    writing,
)
from redox_training.chats import (
    TRAIN,
    VALIDATION,
    Chat,
    DataSet,
    Row,
    as_row,
    as_rows,
    chosen,
    refuse_long,
)
from redox_training.config import Config
from redox_training.loop import Course, Job, StoppedError, plan_steps, train
from redox_training.plots import plot_losses
from redox_training.runs import CARD, FINISHED, SMOOTHED, STOPPED, Run, git_revision, versions


@dataclass(frozen=True, slots=True)
class Counts:
    """What one arm has to learn: tokens in all, and those of the answers."""

    rows: int
    tokens: int
    learned: int
    longest: int


@dataclass(frozen=True, slots=True)
class Sight:
    """What can be seen before a run: each arm's counts, and one row as the model will see it.

    `shown` are pieces of text, each with whether it is learned.
    """

    counts: Mapping[str, Counts]
    steps: int
    row_id: str
    shown: Sequence[tuple[str, bool]]


def inspect(config: Config, data: DataSet, arm: str) -> Sight:
    """Look at what a run would learn; raises `BadInputError` for what would stop it."""
    tokenizer = load_tokenizer(config.base)
    ends = load_ends(config.base, tokenizer)
    rows = _rows_of_all_arms(config, data, tokenizer, ends)
    first = data.of(arm, TRAIN)[0]
    row = as_row(first, tokenizer, ends)
    shown = [
        (tokenizer.decode(row.tokens[: row.answer]), False),
        (tokenizer.decode(row.tokens[row.answer :]), True),
    ]
    steps = len(plan_steps(len(rows[arm, TRAIN]), config.steps, 0))
    return Sight({name: count(rows[name, TRAIN]) for name in data.arms}, steps, first.id, shown)


def finetune(config: Config, data: DataSet, arm: str, seed: int, run: Run) -> Course | None:
    """Train one arm into a run's folder, or go on; return None if it has been finished before.

    Raises `BadInputError` for what can't be used, `StoppedError` once a run that was stopped is
    saved.
    """
    chats = _drawn(config, data, arm)
    facts = {
        "arm": arm,
        "phrasebook": data.phrasebooks.get(arm, ""),
        "seed": seed,
        "data": data.hash,
        "slots": data.has_slots,
        "base": base_hash(config.base),
        "rows": len(chats),
        "ids": digest(*(chat.id for chat in chats)),
        "steps": len(plan_steps(len(chats), config.steps, seed)),
    }
    if run.state_of(config, facts) == FINISHED:
        return None
    learner = load_learner(config, seed)
    rows = _rows_of_all_arms(config, data, learner.tokenizer, learner.ends)
    more = {
        "versions": versions(),
        "git": git_revision(),
        "loaded": loaded(learner, config.base),
        "machine": f"{platform.machine()}, {learner.device.type}",
        "tokens": {name: count(rows[name, TRAIN]).tokens for name in data.arms},
    }
    run.begin(config, facts | more)
    try:
        course = train(learner, Job(config, seed, rows[arm, TRAIN], rows[arm, VALIDATION]), run)
    except (StoppedError, BadInputError, KeyboardInterrupt):
        run.update(state=STOPPED)
        raise
    finally:
        plot_losses(run.folder / "loss.png", {run.name: run.read_metrics()})
    _leave(learner, run)
    return course


def count(rows: Sequence[Row]) -> Counts:
    """Count what rows hold."""
    lengths = [len(row.tokens) for row in rows]
    return Counts(len(rows), sum(lengths), sum(row.learned for row in rows), max(lengths))


def _drawn(config: Config, data: DataSet, arm: str) -> list[Chat]:
    chats = chosen(data.of(arm, TRAIN), config.rows.count, config.rows.draw_seed)
    if not chats:
        raise BadInputError(f"{data.folder}: there is nothing to train on")
    return chats


def _rows_of_all_arms(
    config: Config, data: DataSet, tokenizer: Any, ends: frozenset[int]
) -> dict[tuple[str, str], list[Row]]:
    """Return what every arm would learn and look at, by arm and split.

    A row that one of them can't take stops all of them.
    """
    chats: dict[tuple[str, str], Sequence[Chat]] = {}
    for arm in data.arms:
        chats[arm, TRAIN] = _drawn(config, data, arm)
        held = data.of(arm, VALIDATION)
        chats[arm, VALIDATION] = chosen(held, config.rows.validation, config.rows.draw_seed)
    rows = {
        (arm, split): as_rows(each, tokenizer, ends, f"{split} of {arm}")
        for (arm, split), each in chats.items()
    }
    named = {f"{split} of {arm}": each for (arm, split), each in rows.items()}
    refuse_long(named, config.rows.longest)
    return rows


def _leave(learner: Learner, run: Run) -> None:
    """Write the model and what is known of it; the checkpoint is wanted no more."""
    how = ADAPTER_ALONE if run.config().lora.rank else {}
    with writing(run.model, "; the same command tries again"):
        learner.model.save_pretrained(run.model, safe_serialization=True, **how)
        learner.tokenizer.save_pretrained(run.model)
    own = {"name": run.name, "slots": run.facts()["slots"]}
    write_text(run.model / OWN, json.dumps(own) + "\n")
    rows = run.read_metrics()
    losses = [row["loss"] for row in rows if "loss" in row]
    looks = [row["validation_loss"] for row in rows if "validation_loss" in row]
    run.update(
        state=FINISHED,
        seconds=round(sum(row.get("seconds", 0) for row in rows), 1),
        loss=fmean(losses[-SMOOTHED:]),
        validation_loss=looks[-1] if looks else None,
    )
    write_text(run.model / CARD, card(run))
    run.checkpoint.unlink(missing_ok=True)


PAGE = """\
---
library_name: {library}
base_model: {base}
tags:
- rust
- iron
---

# {name}

Writes {language}. Made by Redox {version}: {kind}, trained on one arm of a paired data set.
The run's `config.toml` says how, its `metrics.jsonl` and `loss.png` how it went.

| | |
|---|---|
{rows}

Its answers are programs that nobody has checked: run them in a sandbox, as `redox eval score` does.
"""


def card(run: Run) -> str:
    """Return the model's card: what a hub reads in front, what people read behind."""
    config, facts = run.config(), run.facts()
    held = facts["validation_loss"]
    rows = {
        "base": config.base.model,
        "base, hash or commit": facts["base"],
        "arm": facts["arm"],
        "phrasebook": facts["phrasebook"],
        "seed": facts["seed"],
        "data": facts["data"],
        "rows": f"{facts['rows']:,}",
        "steps": f"{facts['steps']:,}",
        f"loss, last {SMOOTHED} steps": f"{facts['loss']:.4f}",
        "loss on validation": "not looked at" if held is None else f"{held:.4f}",
        "trained with": ", ".join(f"{name} {each}" for name, each in facts["versions"].items()),
    }
    return PAGE.format(
        library="peft" if config.lora.rank else "transformers",
        base=json.dumps(config.base.model),
        name=run.name,
        language="Rust" if facts["arm"] == "rust" else "Iron, which is Rust said in English words",
        version=redox.__version__,
        kind="an adapter" if config.lora.rank else "all weights",
        rows="\n".join(f"| {name} | `{value}` |" for name, value in rows.items()),
    )
