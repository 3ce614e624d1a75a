"""What rustc finds lands on the Iron counterpart of the very token that it names.

Each case is a right program and one edit that makes it wrong. All are built at once, as examples
of one crate, through `redox cargo`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from redox.toolchain import MINIMUM_RUSTC, probe_tool

FIXTURES = Path(__file__).parent / "fixtures" / "wrong"
RIGHT = (FIXTURES / "right.iron").read_bytes().decode()
LEAST = 60

pytestmark = pytest.mark.skipif(
    probe_tool("rustc").numbers < MINIMUM_RUSTC, reason="rustc is missing or too old"
)


@dataclass(frozen=True)
class Case:
    """A wrong program, and the spans that rustc's primary ones must fall on."""

    code: str
    iron: str
    spans: tuple[tuple[int, int], ...]


def read_cases() -> list[Case]:
    """Read the table of edits."""
    rows = (FIXTURES / "edits.txt").read_bytes().decode().splitlines()
    return [read_case(row) for row in rows if row and not row.startswith("#")]


def read_case(row: str) -> Case:
    """Read one row: the edit is applied, and the marks are found and taken out."""
    code, _, rest = row.replace("\\n", "\n").partition(" ")
    edit, _, place = rest.partition(" @ ")
    old, arrow, new = edit.partition(" => ")
    assert arrow, row
    assert RIGHT.count(old) == 1, row
    wrong = RIGHT.replace(old, new)
    if place:
        plain = place.replace("«", "").replace("»", "")
        assert wrong.count(plain) == 1, row
        wrong = wrong.replace(plain, place)
    marks = [found.start() for found in re.finditer("[«»]", wrong)]
    bare = [mark - number for number, mark in enumerate(marks)]
    assert marks, row
    spans = tuple(zip(bare[::2], bare[1::2], strict=True))
    return Case(code, re.sub("[«»]", "", wrong), spans)


CASES = read_cases()


@pytest.fixture(scope="module")
def crate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "Cargo.toml").write_text(
        '[package]\nname = "wrong"\nversion = "0.1.0"\nedition = "2021"\n'
    )
    (folder / "examples").mkdir()
    (folder / "src").mkdir()
    (folder / "src" / "lib.iron").write_text("")
    for number, case in enumerate(CASES):
        (folder / "examples" / f"case_{number}.iron").write_bytes(case.iron.encode())
    return folder


@cache
def check(crate: Path) -> dict[str, list[Any]]:
    """Return what rustc says of each example of a crate."""
    command = [sys.executable, "-m", "redox", "cargo", "check", "--offline", "--examples"]
    done = subprocess.run(
        [*command, "--keep-going", "--message-format=json"],
        cwd=crate,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 101, done.stderr
    said: dict[str, list[Any]] = {}
    for line in done.stdout.splitlines():
        message = json.loads(line)
        if message["reason"] == "compiler-message":
            said.setdefault(message["target"]["name"], []).append(message["message"])
    return said


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= LEAST
    assert len({case.code for case in CASES}) >= LEAST


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.code for case in CASES])
def test_the_primary_span_lands_on_the_token(number: int, crate: Path) -> None:
    case = CASES[number]
    messages = check(crate).get(f"case_{number}", [])
    coded = [one for one in messages if (one["code"] or {}).get("code") == case.code]
    assert coded, [one["message"] for one in messages]
    primary = [span for span in coded[0]["spans"] if span["is_primary"]]
    primary.sort(key=lambda span: span["byte_start"])
    assert {span["file_name"] for span in primary} == {f"examples/case_{number}.iron"}
    data = case.iron.encode()
    found = [data[span["byte_start"] : span["byte_end"]].decode() for span in primary]
    assert found == [case.iron[start:end] for start, end in case.spans]
    starts = [len(data[: span["byte_start"]].decode()) for span in primary]
    assert starts == [start for start, _ in case.spans]
    line = case.iron[: starts[0]].count("\n") + 1
    column = starts[0] - case.iron.rfind("\n", 0, starts[0])
    assert (primary[0]["line_start"], primary[0]["column_start"]) == (line, column)
