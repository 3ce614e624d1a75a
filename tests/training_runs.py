"""Runs of a tiny model that tests of training and of exports begin with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from redox.cli import app
from redox_eval.arms import known_arms
from redox_eval.models import Model, Question, Reply
from redox_eval.records import Task
from redox_training.config import Config, config_from
from redox_training.exporting import export
from redox_training.runs import Run

ROWS = 24


def call(*arguments: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["train", *map(str, arguments)])
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def write_data(folder: Path, tasks: list[Task]) -> Path:
    for place, text in export(tasks, list(known_arms({}).values())).items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def config_of(base: Path, **tables: Mapping[str, Any]) -> Config:
    given: dict[str, dict[str, Any]] = {
        "base": {"model": str(base)},
        "rows": {"count": ROWS, "validation": 4},
        "steps": {"batch": 2, "accumulate": 2, "learning_rate": 1e-2},
        "machine": {"threads": 1, "save_every": 2, "validate_every": 3},
    }
    return config_from({**given, **{name: {**given.get(name, {}), **more}
                                    for name, more in tables.items()}})  # fmt: skip


def replies(model: Model, asked: list[Question]) -> list[Reply]:
    return [one for one in model.answer(asked) if isinstance(one, Reply)]


def weights_of(run: Run) -> bytes:
    return (run.model / "adapter_model.safetensors").read_bytes()
