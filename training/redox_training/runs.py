"""A run as a folder: what was set, what it was trained on, how it went, what came of it.

config.toml     every setting, with its reason
run.json        arm, seed, hashes, versions, counts, state
metrics.jsonl   one row a step, one a look at validation
loss.png        the same as a picture
checkpoint.pt   where an unfinished run goes on
model/          the adapter, or all weights, with the tokenizer
README.md       the model's card
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import redox
from redox.files import BadInputError, read_text, write_text
from redox.process import find_program, run_program
from redox_eval.records import RecordError
from redox_eval.rows import dump_row, read_rows
from redox_training.config import Config, as_tables, as_toml, differences, read_config

RUNNING, STOPPED, FINISHED = "running", "stopped", "finished"
CARD = "README.md"
SMOOTHED = 20
"""Of how many steps a loss that is shown is the mean."""
PACKAGES = ("torch", "transformers", "peft", "tokenizers", "unsloth")
OWN = frozenset(("arm", "phrasebook", "seed", "state", "steps_done", "seconds", "loss",
                 "validation_loss", "tokens", "machine"))  # fmt: skip
"""What of `run.json` two runs of one experiment may have otherwise."""


@dataclass(frozen=True, slots=True)
class Run:
    """The folder of one run."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.resolve().name

    @property
    def checkpoint(self) -> Path:
        """Where an unfinished run goes on."""
        return self.folder / "checkpoint.pt"

    @property
    def model(self) -> Path:
        """What came of it."""
        return self.folder / "model"

    @property
    def metrics(self) -> Path:
        """How it went."""
        return self.folder / "metrics.jsonl"

    def config(self) -> Config:
        """Return its settings; raises `BadInputError`."""
        return read_config(self.folder / "config.toml")

    def facts(self) -> dict[str, Any]:
        """Return what `run.json` holds; raises `BadInputError` where there is no run."""
        place = self.folder / "run.json"
        if not place.is_file():
            raise BadInputError(f"{self.folder}: holds no run: run.json is not there")
        try:
            found = json.loads(read_text(place))
        except ValueError as error:
            raise BadInputError(f"{place}: is no JSON") from error
        if not isinstance(found, dict):
            raise BadInputError(f"{place}: is no object")
        return found

    def update(self, **facts: Any) -> None:
        """Change what `run.json` holds."""
        self._write_facts(self.facts() | facts)

    def state_of(self, config: Config, facts: Mapping[str, Any]) -> str | None:
        """Return the state of the run that the folder holds, None if it holds none.

        Raises `BadInputError` if it holds something else, or another run: nothing is written over.
        """
        if not (self.folder / "run.json").exists():
            if self.folder.exists() and any(self.folder.iterdir()):
                raise BadInputError(f"{self.folder}: is a folder that holds something else")
            return None
        if others := self.otherwise(config, facts):
            raise BadInputError(
                f"{self.folder}: holds another run: {'; '.join(others)}. Choose another folder"
            )
        return str(self.facts().get("state"))

    def otherwise(self, config: Config, facts: Mapping[str, Any]) -> list[str]:
        """Say what the run had otherwise, its machine aside."""
        before = self.facts()
        others = [
            f"{key} was {_short(before.get(key))} and is {_short(value)}"
            for key, value in facts.items()
            if before.get(key) != value
        ]
        others += [
            f"{key} was {_short(old)} and is {_short(new)}"
            for key, (old, new) in differences(self.config(), config).items()
            if not key.startswith("machine.")
        ]
        return others

    def begin(self, config: Config, facts: Mapping[str, Any]) -> None:
        """Write down what is about to be done."""
        write_text(self.folder / "config.toml", as_toml(config))
        self._write_facts({"steps_done": 0, **facts, "state": RUNNING})

    def _write_facts(self, facts: Mapping[str, Any]) -> None:
        write_text(self.folder / "run.json", json.dumps(facts, indent=1, ensure_ascii=True) + "\n")

    def add_metric(self, row: Mapping[str, Any]) -> None:
        """Append a row to the metrics."""
        try:
            with self.metrics.open("a", encoding="ascii", newline="") as file:
                file.write(dump_row(row) + "\n")
        except OSError as error:
            raise BadInputError(f"{self.metrics}: can't be written: {error.strerror}") from error

    def read_metrics(self) -> Sequence[Mapping[str, Any]]:
        """Return the metrics; a row that is torn is left out, for it was being written."""
        if not self.metrics.exists():
            return ()
        return read_rows(self.metrics, _metric_from_json).rows

    def cut_metrics(self, steps: int) -> None:
        """Keep the metrics of so many steps: what came behind a checkpoint is done again."""
        kept = [row for row in self.read_metrics() if row["step"] <= steps]
        write_text(self.metrics, "".join(f"{dump_row(row)}\n" for row in kept))


def find_runs(folder: Path) -> list[Run]:
    """Return the runs in a folder, by name; the folder may be one itself."""
    if (folder / "run.json").is_file():
        return [Run(folder)]
    if not folder.is_dir():
        raise BadInputError(f"{folder}: there is no such folder")
    return [Run(place.parent) for place in sorted(folder.glob("*/run.json"))]


def unequal(runs: Iterable[Run]) -> dict[str, list[Any]]:
    """Return what runs of one experiment must not have otherwise, and have: values by key."""
    rows = [
        {key: value for key, value in _flat(run.facts()).items() if key.split(".")[0] not in OWN}
        | {
            f"{table}.{key}": value
            for table, values in as_plain(run.config()).items()
            for key, value in values.items()
            if table != "machine"
        }
        for run in runs
    ]
    keys = dict.fromkeys(key for row in rows for key in row)
    values = {key: [row.get(key) for row in rows] for key in keys}
    return {key: each for key, each in values.items() if any(one != each[0] for one in each)}


def as_plain(config: Config) -> dict[str, dict[str, Any]]:
    """Return settings as JSON has them."""
    plain: dict[str, dict[str, Any]] = json.loads(json.dumps(as_tables(config)))
    return plain


def versions() -> dict[str, str]:
    """Return the versions that a run depends on."""
    found = {"redox": redox.__version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue  # it is optional, and not here
    return found


def git_revision() -> str:
    """Return the commit of the checkout that Redox runs from, with `+` if it was changed.

    The empty text means that it runs from no checkout.
    """
    git = find_program("git")
    if git is None:
        return ""
    folder = Path(redox.__file__).parent
    asked = run_program([git, "rev-parse", "HEAD"], folder=folder)
    if asked.code:
        return ""
    changed = run_program([git, "status", "--porcelain", "--untracked-files=no"], folder=folder)
    return asked.output.strip() + ("+" if changed.output.strip() else "")


def _flat(facts: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in facts.items():
        name = f"{prefix}{key}"
        found |= _flat(value, f"{name}.") if isinstance(value, Mapping) else {name: value}
    return found


def _short(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _metric_from_json(row: Any) -> Mapping[str, Any]:
    if not isinstance(row, Mapping) or type(row.get("step")) is not int:
        raise RecordError("is no row of metrics")
    return row
