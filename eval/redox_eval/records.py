"""Tasks, predictions and results as values, and as the JSON of `docs/formats.md`.

What a row holds beyond the fields that are known here is kept and comes out again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FORMAT_VERSION = 2
EDITIONS = ("2015", "2018", "2021", "2024")
DEFAULT_EDITION = "2021"


class RecordError(ValueError):
    """A row that can't be used; the message says which field and why."""


class Outcome(StrEnum):
    """What became of a prediction: exactly one of these."""

    PASSED = "passed"
    MALFORMED = "malformed"
    NOT_ARM_LANGUAGE = "not_arm_language"
    TRANSFORM_ERROR = "transform_error"
    COMPILE_ERROR = "compile_error"
    LINK_ERROR = "link_error"
    TIMEOUT = "timeout"
    ASSERTION = "assertion"
    PANIC = "panic"
    NO_TEST_RAN = "no_test_ran"
    INFRASTRUCTURE = "infrastructure"


@dataclass(frozen=True, slots=True)
class Task:
    """One task: `tests` is Rust that is appended to a solution, `signature` what it must define."""

    id: str
    family: str
    signature: str
    tests: str
    reference: str | None = None
    edition: str = DEFAULT_EDITION
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def function(self) -> str | None:
        """The name of the function that the signature asks for, None if it asks for no function."""
        found = re.search(r"\bfn\s+(?:r#)?(\w+)", self.signature)
        return found[1] if found else None


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model answered to one task; `sample` tells apart several answers of one seed."""

    id: str
    arm: str
    seed: int
    prediction: str
    sample: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What no two predictions of a file share."""
        return (self.id, self.arm, self.seed, self.sample)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a prediction.

    `lenient` is the outcome if Rust and Iron may be mixed; it differs from `outcome` only where
    that is `not_arm_language`. `seconds` is by step, and the only field that differs between two
    runs. None of `transformed` and `compiled` means that it did not get that far.
    """

    id: str
    arm: str
    seed: int
    sample: int
    family: str
    outcome: Outcome
    lenient: Outcome
    transformed: bool | None
    compiled: bool | None
    codes: tuple[str, ...]
    detail: str
    tests: Mapping[str, str]
    seconds: Mapping[str, float]
    versions: Mapping[str, str]
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, int, int]:
        """The key of its prediction."""
        return (self.id, self.arm, self.seed, self.sample)


def task_from_json(row: Any) -> Task:
    """Read a task; raises `RecordError`."""
    known = _Fields(row, "task")
    task = Task(
        id=known.text("id", may_be_empty=False),
        family=known.text("family", ""),
        signature=known.text("signature"),
        tests=known.text("tests", may_be_empty=False),
        reference=known.optional_text("reference"),
        edition=known.text("edition", DEFAULT_EDITION),
        extra=known.rest(),
    )
    if task.edition not in EDITIONS:
        raise RecordError(f"edition: {task.edition!a} is none of {', '.join(EDITIONS)}")
    return task


def task_as_json(task: Task) -> dict[str, Any]:
    """Return the row that `task_from_json` reads."""
    row: dict[str, Any] = {
        "id": task.id,
        "family": task.family,
        "signature": task.signature,
        "tests": task.tests,
        "edition": task.edition,
    }
    if task.reference is not None:
        row["reference"] = task.reference
    return {**row, **task.extra}


def prediction_from_json(row: Any) -> Prediction:
    """Read a prediction; raises `RecordError`."""
    known = _Fields(row, "prediction")
    return Prediction(
        id=known.text("id", may_be_empty=False),
        arm=known.text("arm", may_be_empty=False),
        seed=known.number("seed"),
        prediction=known.text("prediction"),
        sample=known.number("sample", 0),
        extra=known.rest(),
    )


def prediction_as_json(prediction: Prediction) -> dict[str, Any]:
    """Return the row that `prediction_from_json` reads."""
    return {
        "id": prediction.id,
        "arm": prediction.arm,
        "seed": prediction.seed,
        "sample": prediction.sample,
        "prediction": prediction.prediction,
        **prediction.extra,
    }


def result_from_json(row: Any) -> Result:
    """Read a result; raises `RecordError`."""
    known = _Fields(row, "result")
    return Result(
        id=known.text("id", may_be_empty=False),
        arm=known.text("arm", may_be_empty=False),
        seed=known.number("seed"),
        sample=known.number("sample", 0),
        family=known.text("family", ""),
        outcome=known.outcome("outcome"),
        lenient=known.outcome("lenient"),
        transformed=known.truth("transformed"),
        compiled=known.truth("compiled"),
        codes=tuple(known.texts("codes")),
        detail=known.text("detail", ""),
        tests=known.mapping("tests"),
        seconds=known.mapping("seconds"),
        versions=known.mapping("versions"),
        extra=known.rest(),
    )


def result_as_json(result: Result) -> dict[str, Any]:
    """Return the row that `result_from_json` reads; a field of the prediction never hides ours."""
    row: dict[str, Any] = {
        "id": result.id,
        "arm": result.arm,
        "seed": result.seed,
        "sample": result.sample,
        "family": result.family,
        "outcome": str(result.outcome),
        "lenient": str(result.lenient),
        "transformed": result.transformed,
        "compiled": result.compiled,
        "codes": list(result.codes),
        "detail": result.detail,
        "tests": dict(result.tests),
        "seconds": dict(result.seconds),
        "versions": dict(result.versions),
    }
    hidden = {name: value for name, value in result.extra.items() if name in row}
    kept = {name: value for name, value in result.extra.items() if name not in row}
    return {**row, **kept, **({"of_prediction": hidden} if hidden else {})}


def digest(*parts: str) -> str:
    """A hash of texts that tells where one ends and the next begins; lone surrogates are hashed."""
    sha = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        sha.update(f"{len(data)}:".encode() + data)
    return sha.hexdigest()


class _Fields:
    """Takes the known fields out of a row, one by one, each with its type."""

    def __init__(self, row: Any, what: str) -> None:
        if not isinstance(row, dict):
            raise RecordError(f"a {what} is an object, not {_kind(row)}")
        self._row = dict(row)

    def text(self, name: str, default: str | None = None, *, may_be_empty: bool = True) -> str:
        value = self._take(name, default)
        if not isinstance(value, str):
            raise RecordError(f"{name}: is {_kind(value)}, not a text")
        if not value.strip() and not may_be_empty:
            raise RecordError(f"{name}: is empty")
        return value

    def optional_text(self, name: str) -> str | None:
        return None if self._row.get(name) is None and self._drop(name) else self.text(name)

    def number(self, name: str, default: int | None = None) -> int:
        value = self._take(name, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise RecordError(f"{name}: is {_kind(value)}, not a whole number")
        return value

    def truth(self, name: str) -> bool | None:
        value = self._row.pop(name, None)
        if value is not None and not isinstance(value, bool):
            raise RecordError(f"{name}: is {_kind(value)}, not true, false or null")
        return value

    def texts(self, name: str) -> list[str]:
        value = self._row.pop(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise RecordError(f"{name}: is no list of texts")
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        value = self._row.pop(name, {})
        if not isinstance(value, dict):
            raise RecordError(f"{name}: is {_kind(value)}, not an object")
        return value

    def outcome(self, name: str) -> Outcome:
        value = self.text(name)
        if value not in list(Outcome):
            raise RecordError(f"{name}: {value!a} is no outcome")
        return Outcome(value)

    def rest(self) -> dict[str, Any]:
        return self._row

    def _take(self, name: str, default: object) -> object:
        if name not in self._row and default is None:
            raise RecordError(f"{name}: is missing")
        return self._row.pop(name, default)

    def _drop(self, name: str) -> bool:
        self._row.pop(name, None)
        return True


_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "a truth value",
    int: "a whole number",
    float: "a number",
    type(None): "null",
}


def _kind(value: object) -> str:
    return _KINDS.get(type(value), type(value).__name__)
