"""What models are trained on, the same in each arm; and more of it where a model fails."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from redox import oxidize
from redox.cli import app
from redox_eval.arms import known_arms
from redox_eval.prompts import ask
from redox_eval.records import Outcome, Result, Task, result_as_json, task_as_json, task_from_json
from redox_eval.replies import extract_code
from redox_eval.rows import write_rows
from redox_training.datasets import FAMILIES, build
from redox_training.gates import hygiene
from redox_training.splitting import nearness


def call(*arguments: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["data", *map(str, arguments)])
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def write_tasks(path: Path, tasks: Iterable[Task]) -> Path:
    write_rows(path, map(task_as_json, tasks))
    return path


# Export


@pytest.fixture(scope="module")
def tasks() -> list[Task]:
    return list(build("foundation_v2"))[::9]


@pytest.fixture(scope="module")
def folder(tasks: list[Task], tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("export")
    call("export", write_tasks(place / "tasks", tasks), "-o", place / "set")
    return place / "set"


def test_arms_hold_the_same_rows_in_the_same_order(folder: Path, tasks: list[Task]) -> None:
    for split, name in (("train", "train"), ("val", "validation"), ("test", "test")):
        wanted = [task.id for task in tasks if task.extra["split"] == split]
        rust, iron = (rows(folder / arm / f"{name}.jsonl") for arm in ("rust", "iron"))
        assert [row["id"] for row in rust] == [row["id"] for row in iron] == wanted
        assert [row["template"] for row in rust] == [row["template"] for row in iron]


def test_a_row_asks_as_the_exam_does_and_answers_with_the_reference(
    folder: Path, tasks: list[Task]
) -> None:
    by_id = {task.id: task for task in tasks}
    for arm in ("rust", "iron"):
        for row in rows(folder / arm / "train.jsonl"):
            task = by_id[row["id"]]
            assert row["prompt"] == ask(task, known_arms({})[arm])
            (answer,) = row["completion"]
            assert answer["role"] == "assistant"
            code = extract_code(answer["content"], lambda _: True).code or ""
            assert (oxidize(code).text if arm == "iron" else code) == task.reference


def test_card_and_manifest_tell_what_is_there(folder: Path, tasks: list[Task]) -> None:
    card = (folder / "README.md").read_text()
    _, front, text = card.split("---\n", 2)
    head = yaml.safe_load(front)
    assert head["license"] == "mit"
    assert [one["config_name"] for one in head["configs"]] == ["rust", "iron"]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["tasks"] == len(tasks)
    named = {one["path"] for config in head["configs"] for one in config["data_files"]}
    assert named == {one["path"] for one in manifest["files"]}
    for one in manifest["files"]:
        data = (folder / one["path"]).read_bytes()
        assert sha256(data).hexdigest() == one["sha256"]
        assert one["sha256"] in text
        assert one["rows"] == data.count(b"\n")
        assert f"{one['answer_tokens']:,}" in text
    assert manifest["phrasebooks"]["rust"] == "none"
    assert manifest["phrasebooks"]["iron"] in text
    assert "CAUTION" in text


def test_the_same_tasks_give_the_same_bytes(
    folder: Path, tasks: list[Task], tmp_path: Path
) -> None:
    call("export", write_tasks(tmp_path / "tasks", tasks), "-o", tmp_path / "set")
    places = [place for place in folder.rglob("*") if place.is_file()]
    assert len(places) == 8
    for place in places:
        assert (tmp_path / "set" / place.relative_to(folder)).read_bytes() == place.read_bytes()


@pytest.mark.parametrize(
    ("change", "said"),
    [({"reference": None}, "nothing to learn"), ({"extra": {"split": "odd"}}, "its split")],
)
def test_a_task_that_cannot_be_exported_stops_the_export(
    tasks: list[Task], tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    place = write_tasks(tmp_path / "tasks", [*tasks[:2], replace(tasks[2], **change)])
    assert said in call("export", place, "-o", tmp_path / "set", code=2)
    assert not (tmp_path / "set").exists()


# Expansion


def failure(task: Task, code: str, arm: str = "iron") -> Result:
    outcome = Outcome.COMPILE_ERROR if code else Outcome.ASSERTION
    return Result(
        task.id, arm, 0, 0, task.family, outcome, outcome, transformed=True, compiled=not code,
        codes=(code,) if code else (), detail="", tests={}, seconds={}, versions={},
    )  # fmt: skip


def test_new_train_tasks_are_of_the_families_that_fail_and_like_none_of_the_exam(
    tmp_path: Path,
) -> None:
    whole = list(build("foundation_v3", draws=8))
    exam = [task for task in whole if task.extra["split"] in ("test", "heldout")]
    held = next(task for task in exam if task.extra["split"] == "heldout")
    first, second = list({task.family: task for task in exam if task.family != held.family
                          and task.extra["split"] == "test"}.values())[:2]  # fmt: skip
    failed = [failure(first, "E0308"), failure(first, "E0308", "rust"), failure(second, ""),
              failure(held, "E0502"), replace(failure(second, ""), family="not_ours")]  # fmt: skip
    write_rows(tmp_path / "results", map(result_as_json, failed[:4]))
    write_rows(tmp_path / "more", [result_as_json(failed[4])])
    place = write_tasks(tmp_path / "tasks", whole)
    said = {}
    for name in ("a", "b"):
        said[name] = call("expand", tmp_path / "results", tmp_path / "more", "--tasks", place,
                          "-o", tmp_path / name, "--count", "10")  # fmt: skip
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert f"{held.family}: is held out" in said["a"]
    assert "not_ours: is no family of ours" in said["a"]
    assert "5 of these results are of test tasks" in " ".join(said["a"].split())
    assert "E0308" in said["a"]
    made = [task_from_json(row) for row in rows(tmp_path / "a")]
    assert Counter(task.family for task in made) == {first.family: 4, second.family: 2}
    assert made[0].extra["expanded_for"] == {"E0308": 2}
    assert {task.extra["split"] for task in made} == {"train"}
    assert hygiene([*whole, *made]).is_passed
    templates = {task.extra["template"] for task in whole if task.extra["split"] != "train"}
    assert not templates & {task.extra["template"] for task in made}
    is_near = nearness(task.reference or "" for task in exam)
    assert not any(is_near(task.reference or "") for task in made)
    assert len({task.reference for task in [*whole, *made]}) == len(whole) + len(made)
    again = write_tasks(tmp_path / "again", [*whole, *made])
    call("expand", tmp_path / "results", "--tasks", again, "-o", tmp_path / "c", "--count", "10")
    more = [task_from_json(row) for row in rows(tmp_path / "c")]
    assert more
    assert not {task.id for task in more} & {task.id for task in made}


def test_a_family_whose_every_template_is_in_the_exam_gives_nothing(tmp_path: Path) -> None:
    """The pilot's families have one template each."""
    whole = list(build("foundation_v1"))
    test = next(task for task in whole if task.extra["split"] == "test")
    write_rows(tmp_path / "results", [result_as_json(failure(test, "E0425"))])
    place = write_tasks(tmp_path / "tasks", whole)
    said = call("expand", tmp_path / "results", "--tasks", place, "-o", tmp_path / "new",
                "--count", "3")  # fmt: skip
    assert f"{test.family}: 0 of 3" in said
    assert (tmp_path / "new").read_text() == ""
    assert test.family in FAMILIES


def test_where_nothing_failed_there_is_nothing_to_add(tasks: list[Task], tmp_path: Path) -> None:
    passed = replace(failure(tasks[0], ""), outcome=Outcome.PASSED)
    write_rows(tmp_path / "results", [result_as_json(passed)])
    place = write_tasks(tmp_path / "tasks", tasks)
    said = call("expand", tmp_path / "results", "--tasks", place, "-o", tmp_path / "new", code=2)
    assert "nothing failed" in said


def test_families_are_chosen_by_name(tmp_path: Path) -> None:
    tasks = write_tasks(tmp_path / "tasks", build("foundation_v1"))
    call("export", tasks, "-o", tmp_path / "set", "--family", "arith_add_const", "--family",
         "vec_pop_basic")  # fmt: skip
    found = [row for path in (tmp_path / "set" / "rust").iterdir() for row in rows(path)]
    assert {row["family"] for row in found} == {"arith_add_const", "vec_pop_basic"}
    said = call("export", tasks, "-o", tmp_path / "no", "--family", "arith_ad_const", code=2)
    assert "there are no tasks of it" in said
    assert not (tmp_path / "no").exists()
