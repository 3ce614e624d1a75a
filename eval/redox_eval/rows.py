"""Files of one JSON object on a line: broken lines are named, and nothing of the rest is lost."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from redox.files import read_text, show_path, write_text
from redox_eval.records import RecordError, Task, task_from_json

RowT = TypeVar("RowT")

LONGEST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a line of a file; lines count from 1."""

    path: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{show_path(self.path)}:{self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Rows(Generic[RowT]):
    """What a file holds: the rows that can be used, in order, and what is wrong with the rest."""

    rows: tuple[RowT, ...]
    problems: tuple[Problem, ...]


def read_rows(
    path: str | os.PathLike[str],
    parse: Callable[[Any], RowT],
    key: Callable[[RowT], Hashable] | None = None,
) -> Rows[RowT]:
    """Read a file of JSON lines; a row whose `key` came before is a problem, the first one stays.

    Raises `BadInputError` for a file that can't be read at all.
    """
    name = os.fspath(path)
    rows: list[RowT] = []
    problems: list[Problem] = []
    seen: dict[Hashable, int] = {}
    # Only LF ends a line: JSON's texts may hold other line ends of Unicode as they are.
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = parse(_parse_json(line))
        except RecordError as error:
            problems.append(Problem(name, number, str(error)))
            continue
        label = number if key is None else key(row)
        if label in seen:
            first = seen[label]
            problems.append(Problem(name, number, f"{_shown(label)} is there already, on {first}"))
            continue
        seen[label] = number
        rows.append(row)
    return Rows(tuple(rows), tuple(problems))


def read_tasks(
    paths: Iterable[str | os.PathLike[str]],
) -> tuple[tuple[Task, ...], list[str]]:
    """Read the tasks of several files; what is wrong with lines is said beside.

    The same task may be in two; of two tasks with one id the first stays. Raises `BadInputError`
    for a file that can't be read at all.
    """
    found: dict[str, Task] = {}
    problems: list[str] = []
    for path in paths:
        rows = read_rows(path, task_from_json, lambda task: task.id)
        problems += map(str, rows.problems)
        problems += [
            f"{show_path(path)}: {task.id!a} is another task in another file"
            for task in rows.rows
            if found.setdefault(task.id, task) != task
        ]
    return tuple(found.values()), problems


def write_rows(path: str | os.PathLike[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as JSON lines, whole or not at all; ASCII only, so that no text disturbs."""
    write_text(path, "".join(dump_row(row) + "\n" for row in rows))


def dump_row(row: Mapping[str, Any]) -> str:
    """Return a row as one line of JSON, which any parser reads: no NaN."""
    return json.dumps(row, ensure_ascii=True, allow_nan=False)


def _parse_json(line: str) -> Any:
    try:
        return json.loads(
            line, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_finite
        )
    except RecursionError as error:
        raise RecordError("is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise RecordError(f"is no JSON: {error.msg.lower()} at column {error.colno}") from error
    except RecordError:
        raise
    except ValueError as error:
        raise RecordError("holds a number of too many digits") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RecordError(f"{_shown(twice)}: is given twice")
    return row


def _refuse_constant(name: str) -> Any:
    raise RecordError(f"is no JSON: {name} is no number")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise RecordError(f"{text[:LONGEST_SHOWN]}: is too large a number")
    return value


def _shown(label: object) -> str:
    text = label if isinstance(label, str) else " ".join(map(str, _parts(label)))
    cut = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in cut)


def _parts(label: object) -> tuple[object, ...]:
    return label if isinstance(label, tuple) else (label,)
