"""Families, data sets, and gates that can fail."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from eval_bench import make_bench, needs_bench
from typer.testing import CliRunner

from redox.cli import app
from redox_eval.judging import Bench
from redox_eval.records import Task, task_as_json
from redox_eval.rows import write_rows
from redox_training.datasets import build, phrased
from redox_training.drafts import Condition, Draft, equal, is_telling
from redox_training.families import ops
from redox_training.gates import Chunk, check_chunk, gates_of, hygiene
from redox_training.mutants import mutants
from redox_training.templates import mask, near_keys, shingles, similarity, template_of
from redox_training.validating import CHUNK, parts_of

V1 = {
    "train": {"arith_add_const": 30, "arith_mul_const": 30, "helper_call_inc": 20,
              "option_map_add_const": 20, "option_some_const": 20, "vec_push_const": 20,
              "vec_with_capacity": 20},
    "val": {"result_ok_const": 20, "type_alias_result": 10},
    "test": {"closure_shift_const": 10, "result_unwrap_or_const": 10, "vec_pop_basic": 10},
}  # fmt: skip
MORE = {"result_unwrap_or_train": 60, "vec_pop_train": 60, "option_unwrap_or_train": 40}


def sizes(tasks: list[Task]) -> dict[str, dict[str, int]]:
    counts = Counter((str(task.extra["split"]), task.family) for task in tasks)
    return {
        split: {family: n for (its, family), n in counts.items() if its == split}
        for split in ("train", "val", "test")
    }


def test_pilots_sets_have_their_names_sizes_and_splits() -> None:
    first, second = list(build("foundation_v1")), list(build("foundation_v2"))
    assert (len(first), len(second)) == (220, 380)
    assert sizes(first) == V1
    assert sizes(second) == {**V1, "train": {**V1["train"], **MORE}}
    assert {task.reference for task in first} <= {task.reference for task in second}


@pytest.mark.parametrize("name", ["foundation_v1", "foundation_v2"])
def test_a_seed_gives_the_same_bytes_and_another_seed_others(name: str) -> None:
    rows = [task_as_json(task) for task in build(name)]
    assert rows == [task_as_json(task) for task in build(name)]
    assert rows != [task_as_json(task) for task in build(name, seed=1)]
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({row["reference"] for row in rows}) == len(rows)


@pytest.fixture(scope="module")
def third() -> list[Task]:
    """The third set, smaller: eight draws a family instead of hundreds."""
    return list(build("foundation_v3", draws=8))


def test_third_set_is_split_by_template(third: list[Task]) -> None:
    by_split: dict[str, list[Task]] = {}
    for task in third:
        by_split.setdefault(str(task.extra["split"]), []).append(task)
    templates = {
        split: Counter(task.extra["template"] for task in tasks)
        for split, tasks in by_split.items()
    }
    families = {split: {task.family for task in tasks} for split, tasks in by_split.items()}
    assert len(set().union(*families.values())) >= 60
    assert len(families["heldout"]) == 10
    assert not families["heldout"] & (families["train"] | families["val"] | families["test"])
    assert not set(templates["train"]) & set(templates["test"])
    assert not set(templates["train"]) & set(templates["val"])
    assert max(templates["test"].values()) <= 3
    assert hygiene(third).is_passed


def test_third_set_is_drawn_alike_each_time(third: list[Task]) -> None:
    again = [task_as_json(task) for task in build("foundation_v3", draws=3)]
    assert again == [task_as_json(task) for task in build("foundation_v3", draws=3)]
    assert len({task.reference for task in third}) == len(third)
    asked = [str(task.extra["prompt"]) for task in third]
    assert len(set(asked)) > 0.99 * len(asked)
    assert all(task.function for task in third)


def test_every_operation_is_said_in_five_ways() -> None:
    """The operations that families are composed of, and what a family's own sentence can be."""
    drawn = Random(1)
    tables = (ops.step_rows(drawn), ops.condition_rows(drawn), ops.fold_rows(drawn))
    assert [len(set(row[-1])) for rows in tables for row in rows] == [5] * 38
    asks = "`f` takes `n` and adds 2; it gives the result."
    assert len({phrased(asks, Random(n)) for n in range(300)}) == 35
    assert "gives numbers to" in phrased("`pairs` gives numbers to names.", Random(2))


def test_a_guess_passes_no_task_of_the_third_set() -> None:
    def draft(*wanted: str, seen: Iterable[bool] = ()) -> Draft:
        asked = Condition("{v} > 2", lambda n: n > 2, "above 2", set(seen))
        return Draft("", "", "", tuple(equal("f()", each) for each in wanted), (asked,))

    assert is_telling(draft("1", "1", "2"))
    assert not is_telling(draft("1", "1", "1", "2"))
    assert is_telling(draft("1", "2", seen=(True, False)))
    assert not is_telling(draft("1", "2", seen=(True,)))
    asked = Condition("{v} > 2", lambda n: n > 2, "above 2")
    assert [asked.holds(n) for n in (1, 3)] == [False, True]
    assert (asked.of("n"), asked.seen) == ("n > 2", {True, False})


def test_parts_to_check_end_with_families(third: list[Task]) -> None:
    """A family that is drawn anew leaves the parts of others as they are."""
    large = [replace(third[0], id=f"{family}{n}", family=family)
             for family in "abc" for n in range(CHUNK + 9)]  # fmt: skip
    parts = list(parts_of(large))
    assert [len({task.family for task in part}) for part in parts] == [1] * 6
    assert {len(part) for part in parts} == {(CHUNK + 9) // 2, (CHUNK + 10) // 2}
    assert list(parts_of(large[1:]))[2:] == parts[2:]
    mixed = list(parts_of(third))
    assert sorted(task.id for part in mixed for task in part) == sorted(task.id for task in third)
    assert max(map(len, mixed)) <= CHUNK


# Templates


def test_mask_keeps_the_language_and_the_library() -> None:
    first = "pub fn a(x: i32) -> Option<i32> {\n    Some(x.min(7)) // seven\n}\n"
    second = "pub fn b(y: i32) -> Option<i32> { Some(y.min(8)) }"
    assert mask(first) == mask(second)
    assert template_of(first) == template_of(second)
    assert template_of(first) != template_of(first.replace("min", "max"))
    assert template_of(first) != template_of(first.replace("i32", "i64"))
    assert "Point" not in mask("struct Point { x: u8 }")


def test_near_duplicates_share_a_band_and_others_are_told_apart() -> None:
    text = mask("fn a(x: u8) -> u8 { let y = x + 1; let z = y * 2; if z > 3 { z } else { y } }")
    near = (*text[:-1], "!", text[-1])
    far = mask("fn b(all: &[u8]) -> Vec<u8> { all.iter().map(|one| one + 1).collect() }")
    parts = shingles(text)
    assert similarity(parts, shingles(near)) > 0.9 > similarity(parts, shingles(far))
    assert set(near_keys(parts)) & set(near_keys(shingles(near)))


def test_mutants_differ_by_one_fault_inside_a_body() -> None:
    solution = "pub fn f(x: i32) -> i32 {\n    if x < 3 { x + 10 } else { 0 }\n}\n"
    found = list(mutants(solution, "pub fn f(x: i32) -> i32"))
    assert solution.replace(" + 10", "") not in found
    assert all(each.startswith("pub fn f(x: i32) -> i32 {") for each in found)
    assert solution.replace("10", "11") in found
    assert solution.replace("<", "<=") in found
    assert solution.replace("+", "-") in found
    assert solution not in found
    calls = "pub fn g(x: i32) -> i32 {\n    let y = f(x);\n    h(y).abs()\n}\n"
    left_out = set(mutants(calls, "pub fn g(x: i32) -> i32"))
    assert {calls.replace("f(x)", "(x)"), calls.replace("h(y)", "(y)")} <= left_out
    assert not any(each.startswith("pub fn (x") for each in left_out)


# Gates


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with make_bench() as made:
        yield made


def some_tasks() -> list[Task]:
    """One task of each family of v2."""
    return list({task.family: task for task in build("foundation_v2")}.values())


@needs_bench
def test_every_family_passes_every_gate(bench: Bench) -> None:
    checked = check_chunk(Chunk("", tuple(some_tasks()), bench))
    assert {name: found for name, found in checked.failures.items() if found} == {}
    assert min(checked.killed.values()) >= 3
    assert [gate.is_passed for gate in gates_of([checked], ["same", "same"])] == [True] * 5


@needs_bench
def test_families_of_the_third_set_pass_every_gate(bench: Bench) -> None:
    """One task of every second family; `redox data validate` looks at all."""
    tasks = list({task.family: task for task in build("foundation_v3", draws=1)}.values())[::2]
    assert len(tasks) >= 30
    checked = check_chunk(Chunk("", tuple(tasks), bench))
    assert {name: found for name, found in checked.failures.items() if found} == {}


@needs_bench
def test_each_gate_can_fail(bench: Bench) -> None:
    good = some_tasks()[0]
    reference = good.reference or ""
    vacuous = "#[cfg(test)]\nmod tests {\n    #[test]\n    fn a() {}\n}\n"
    loops = "pub fn f() -> u8 {\n    loop {}\n}\n"
    tasks = {
        "vacuous": replace(good, id="vacuous", tests=vacuous),
        "wrong": replace(good, id="wrong", reference=reference.replace("+", "-")),
        "broken": replace(good, id="broken", reference=reference.replace("->", "=>")),
        "warns": replace(good, id="warns", reference=f"{reference}\nfn unused() {{}}\n"),
        "clippy": replace(good, id="clippy", reference=reference.replace("+", "+ 0 +")),
        "endless": replace(good, id="endless", signature="pub fn f() -> u8", reference=loops),
        "lost": replace(good, id="lost", reference=None),
        "good": good,
    }
    checked = check_chunk(Chunk("", tuple(tasks.values()), bench))
    failing = {name: {task for task, _ in found} for name, found in checked.failures.items()}
    assert {"vacuous", "wrong", "broken", "endless", "lost"} <= failing["tests"]
    assert {"warns", "clippy", "broken"} <= failing["compile quality"]
    assert good.id not in set().union(*failing.values())
    assert not gates_of([checked], ["one", "other"])[1].is_passed


def test_hygiene_finds_what_train_has_seen() -> None:
    assert hygiene(list(build("foundation_v1"))).is_passed
    second = hygiene(list(build("foundation_v2")))
    assert not second.is_passed
    assert {name.split("/")[1] for name, _ in second.failures} == {
        "result_unwrap_or_const",
        "vec_pop_basic",
    }
    tasks = list(build("foundation_v1"))
    train = next(task for task in tasks if task.extra["split"] == "train")
    outside = replace(train, id="outside", extra={"prompt": "another"})
    assert [name for name, _ in hygiene(tasks, [outside]).failures] == ["outside"]
    same_prompt = replace(outside, reference=None, extra={"prompt": train.extra["prompt"]})
    assert [why for _, why in hygiene(tasks, [same_prompt]).failures] == ["its prompt is in train"]
    held = replace(tasks[-1], id="held", family=train.family, extra={"split": "heldout"})
    assert any("held out" in why for _, why in hygiene([*tasks, held]).failures)


@needs_bench
def test_command_writes_its_figures_and_is_quick_the_second_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = tmp_path / "tasks"
    write_rows(tasks, map(task_as_json, some_tasks()))
    kept = tmp_path / "kept"
    call = ["data", "validate", str(tasks), "--json", str(tmp_path / "report"),
            "--cache", str(tmp_path / "cache"), "--keep", str(kept)]  # fmt: skip
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 1, done.output  # v2 shares templates between its splits
    assert "CAUTION" in done.output
    gates = {row["gate"]: row for row in json.loads((tmp_path / "report").read_text())["gates"]}
    assert [name for name, row in gates.items() if not row["is_passed"]] == ["split hygiene"]
    left_out = len(tasks.read_text().splitlines()) - len(kept.read_text().splitlines())
    assert left_out == len(gates["split hygiene"]["failures"]) > 0
    monkeypatch.setattr("redox_training.gates.try_batch", None)
    monkeypatch.setattr("redox_training.gates.warnings_of", None)
    assert CliRunner().invoke(app, call).output == done.output
