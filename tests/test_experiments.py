"""Experiments: plans, pieces that are done once, and what is made of what is kept."""

from __future__ import annotations

import json
import resource
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from tiny_model import make_tiny_model
from typer.testing import CliRunner

from redox.cli import app
from redox.files import BadInputError, write_text
from redox.process import run_attached
from redox_eval.aggregate import BASELINE
from redox_eval.arms import known_arms
from redox_eval.generating import generate
from redox_eval.models import Model
from redox_eval.prompts import CARD, answer_as_reply, ask
from redox_eval.records import (
    Outcome,
    Prediction,
    Result,
    Task,
    prediction_as_json,
    task_as_json,
)
from redox_eval.rows import write_rows
from redox_training import experiments
from redox_training.backends import load_tokenizer
from redox_training.chats import as_row, by_lot, chosen, read_data
from redox_training.config import as_toml, read_config
from redox_training.datasets import build
from redox_training.experiments import (
    Piece,
    Work,
    cap_of,
    carry_on,
    config_of,
    is_done,
    left,
    open_work,
    pieces,
    tasks_of,
)
from redox_training.loop import StoppedError
from redox_training.plans import Plan, Training, asked, read_plan, taught, trainings
from redox_training.runs import FINISHED, Run
from redox_training.writeup import NEAREST_ROW, Taken, one_baseline, write_results

ROOT = Path(__file__).parent.parent
PLAN = """
title = "A small one"
data = "foundation_v1"
config = "train.toml"
seeds = [1]
primary = ["rust", "iron"]
equal_tokens = ["rust"]
shots = 1
shots_count = 2

[exams.test]
split = "test"
per_template = 1
count = 2

[exams.others]
given = true
count = 1
seeds = [2]
"""
CONFIG = """
[base]
model = {base}
[rows]
count = 4
validation = 1
[steps]
batch = 2
accumulate = 2
[machine]
threads = 1
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan's folder, with tasks that are few."""
    folder = tmp_path_factory.mktemp("experiment") / "small"
    base = make_tiny_model(folder.parent / "base")
    write_text(folder / "plan.toml", PLAN)
    write_text(folder / "train.toml", CONFIG.format(base=json.dumps(str(base))))
    tasks = [task for task in build("foundation_v1") if int(task.id[-4:]) <= 3]
    write_rows(folder.parent / "work" / "tasks.jsonl", map(task_as_json, tasks))
    write_rows(folder.parent / "others.jsonl", map(task_as_json, tasks[-2:]))
    return folder


@pytest.fixture(autouse=True)
def short_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model of random weights never ends."""
    monkeypatch.setattr(experiments, "cap_of", lambda *_: 8)


def call(*arguments: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["train", *map(str, arguments)])
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


# Plans


@pytest.mark.parametrize("path", sorted(ROOT.glob("experiments/*/plan.toml")), ids=str)
def test_plans_that_come_with_redox_are_read(path: Path) -> None:
    plan = read_plan(path)
    assert (path.parent / plan.config).is_file()
    assert {*plan.primary} <= plan.wordings().keys()
    page = (ROOT / "docs" / "experiments.md").read_text("utf-8")
    assert f"<!-- results of {plan.name} -->" in page
    assert f"<!-- end of {plan.name} -->" in page


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("seeds = [1]\n", "", "seeds"),
        ("seeds = [1]\nprimary", "seeds = [1, 1]\nprimary", "seeds: are some, each once"),
        ("shots = 1", "shorts = 1", "shorts"),
        ('"foundation_v1"', '"foundation_v9"', "data: is no data set"),
        ('"iron"]', '"steel"]', "primary: are two arms"),
        ('split = "test"', 'split = "train"', "exams: each is of a split or given"),
        ('equal_tokens = ["rust"]', 'equal_tokens = ["steel"]', "equal_tokens, like: are arms"),
        ('"iron"]', '"rust"]', "primary: are two arms"),
        (
            'data = "',
            'families = ["vec_pop_basik"]\ndata = "',
            "foundation_v1 has no 'vec_pop_basik'",
        ),
        ("[exams.test]", "[exams.test", "is no TOML"),
    ],
)
def test_a_plan_that_says_too_little_or_too_much_is_refused(
    old: str, new: str, word: str, tmp_path: Path
) -> None:
    assert old in PLAN
    write_text(tmp_path / "plan.toml", PLAN.replace(old, new))
    with pytest.raises(BadInputError, match=word):
        read_plan(tmp_path / "plan.toml")


def test_seeds_are_done_one_after_another(tmp_path: Path) -> None:
    write_text(tmp_path / "plan.toml", PLAN.replace("seeds = [1]\n", "seeds = [1, 2]\n"))
    names = [one.name for one in trainings(read_plan(tmp_path / "plan.toml"))]
    assert names == ["rust-1", "iron-1", "rust-2", "iron-2", "rust-tokens-1", "rust-tokens-2"]


def test_what_is_asked_is_drawn_by_template_and_never_taught() -> None:
    plan = read_plan(ROOT / "experiments" / "v3_smollm2" / "plan.toml")
    tasks = list(build("foundation_v3", draws=12))
    for exam in plan.exams.values():
        if not exam.given:
            found = asked(plan, exam, tasks)
            templates = [task.extra["template"] for task in found]
            assert found
            assert len(templates) == len({*templates})
            assert not {*templates} & {task.extra["template"] for task in taught(plan, tasks)}
            assert found == asked(plan, exam, tasks[::-1])


def test_examples_and_a_card_stand_before_the_question() -> None:
    task, shown = list(build("foundation_v1"))[:2]
    for arm in known_arms({}).values():
        messages = ask(task, arm, [shown])
        plain = ask(task, arm)
        assert [one["role"] for one in messages] == ["system", "user", "assistant", "user"]
        assert messages[-1] == plain[-1]
        assert messages[0]["content"].startswith(plain[0]["content"])
        assert messages[0]["content"].endswith(answer_as_reply(arm.load().say(CARD)))
        answer = arm.load().say(shown.reference or "")
        assert messages[2] == {"role": "assistant", "content": answer_as_reply(answer)}


# Pieces


@pytest.fixture
def begun(place: Path, tmp_path: Path) -> Path:
    """A folder with a plan and its work, of which a run and its answers are kept."""
    write_text(tmp_path / "plan.toml", PLAN)
    shutil.copy(place / "train.toml", tmp_path)
    (tmp_path / "work").mkdir()
    shutil.copy(place.parent / "work" / "tasks.jsonl", tmp_path / "work")
    work = open_work(read_plan(tmp_path / "plan.toml"), tmp_path / "work", {})
    facts = {"arm": "rust", "seed": 1, "data": read_data(work.folder / "data").hash}
    Run(work.kept / "runs" / "rust-1").begin(read_config(tmp_path / "train.toml"), facts)
    answers = [Prediction(task.id, "rust", 1, "") for task in tasks_of(work, "test")]
    write_rows(work.answers("test", "rust-1"), map(prediction_as_json, answers))
    return tmp_path


@pytest.mark.parametrize(
    ("path", "old", "new", "word"),
    [
        ("train.toml", "batch = 2", "batch = 4", "rust-1: steps.batch was 2 and is 4"),
        ("plan.toml", "data =", 'families = ["vec_push_const"]\ndata =', "rows of train of rust"),
        ("plan.toml", "_v1", "_v2", "is no task of foundation_v2"),
        ("plan.toml", "1\ncount = 2", "1\ncount = 1", "rust-1: 1 tasks of the exam test"),
        ("work/data/iron/train.jsonl", "Iron", "Steel", "21 rows of train of iron, 'found"),
        ("work/kept/runs/rust-1/run.json", '"data": "', '"data": "0', "rust-1: data was '0"),
        ("work/kept/exams/test.jsonl", '"prompt": "', '"prompt": "0', "exam test read otherwise"),
    ],
)
def test_an_experiment_goes_on_only_as_it_was_begun(
    path: str, old: str, new: str, word: str, begun: Path
) -> None:
    place, manifest = begun / path, begun / "work" / "data" / "manifest.json"
    text = place.read_text("utf-8")
    assert old in text
    write_text(place, text.replace(old, new))
    if path.startswith("work/data"):
        before, after = (
            sha256(each.encode()).hexdigest() for each in (text, text.replace(old, new))
        )
        write_text(manifest, manifest.read_text("utf-8").replace(before, after))
    with pytest.raises(BadInputError, match=word) as caught:
        open_work(read_plan(begun / "plan.toml"), begun / "work", {})
    assert "was begun with what" in str(caught.value)


def test_what_changes_no_row_and_no_step_is_no_change(begun: Path) -> None:
    manifest, config = begun / "work" / "data" / "manifest.json", begun / "train.toml"
    said = json.loads(manifest.read_text("utf-8"))
    said["phrasebooks"]["iron"] = "that of another day"
    write_text(manifest, json.dumps(said))
    write_text(config, config.read_text("utf-8").replace("threads = 1", "threads = 2"))
    open_work(read_plan(begun / "plan.toml"), begun / "work", {})


def test_as_many_tokens_are_as_many(place: Path, tmp_path: Path) -> None:
    work = work_of(place, tmp_path / "work")
    data = read_data(work.folder / "data")
    config = read_config(place / "train.toml")
    every = as_toml(replace(config, rows=replace(config.rows, count=0)))
    write_text(place / "every.toml", every)
    plan = replace(work.plan, config="every.toml")
    tokenizer = load_tokenizer(config.base)

    def tokens(arm: str, count: int) -> int:
        drawn = by_lot(data.of(arm, "train"), config.rows.draw_seed)[: count or None]
        return sum(len(as_row(chat, tokenizer, {0}).tokens) for chat in drawn)

    # A count of 0 is all rows, here as everywhere.
    rows = config_of(replace(plan, like="rust"), Training("iron", 1, True), data).rows.count
    assert tokens("iron", rows - 1) < tokens("rust", 0) <= tokens("iron", rows)
    with pytest.raises(BadInputError, match="all rows of rust are fewer tokens"):
        config_of(plan, Training("rust", 1, True), data)


def test_an_experiment_goes_on_and_its_results_are_written(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, folder = read_plan(place / "plan.toml"), place.parent / "work"
    given = {"others": place.parent / "others.jsonl"}
    work = open_work(plan, folder, given)
    with pytest.raises(BadInputError, match="no such exam"):
        open_work(plan, folder, {"test": folder})

    exam = work.asked("test").read_text("utf-8").splitlines()
    assert [json.loads(line)["id"] for line in exam] == [one.id for one in tasks_of(work, "test")]

    # Stopped in the middle of an exam, it goes on behind the batch that was answered.
    batches: list[str] = []

    def stopped(tasks: list[Task], arms: Any, model: Model, asking: Any) -> Any:
        class Once:
            name, settings = model.name, model.settings

            def answer(self, questions: Any) -> Iterator[Any]:
                batches.extend([model.name] * (model.name == "rust-1"))
                if len(batches) == 2:
                    raise KeyboardInterrupt
                yield from model.answer(questions)

        return generate(tasks, arms, Once(), asking)

    monkeypatch.setattr(experiments, "BATCH", 1)
    monkeypatch.setattr(experiments, "generate", stopped)
    done: list[str] = []

    def go_on() -> None:
        done.extend(f"{one.kind} {one.name} {one.exam}".rstrip() for one in carry_on(work))

    with pytest.raises(KeyboardInterrupt):
        go_on()
    assert done == ["copy nearest test", "copy nearest others", "train rust-1"]
    monkeypatch.undo()
    monkeypatch.setattr(experiments, "cap_of", lambda *_: 8)
    with (folder / "pace.jsonl").open("a", encoding="ascii") as file:
        file.write('{"kind": "as')  # torn by a power cut
    assert [(one.kind, one.done, one.count) for one in left(work)] == [
        ("trainings", 1, 3),
        ("exams test", 0, 3),
        ("exams others", 0, 0),
    ]
    said = call("experiment", place / "plan.toml", "-o", folder, "--given",
                f"others={given['others']}")  # fmt: skip
    assert "done: show zero-shot-iron test" in said
    assert "trainings 3 of 3; exams test 3 of 3; exams others 0 of 0\n" in said
    assert all(is_done(work, piece) for piece in pieces(work))
    raw = (folder / "raw" / "test" / "rust-1.jsonl").read_text("utf-8").splitlines()
    assert len(raw) == len({json.loads(line)["id"] for line in raw}) == 2

    # What is kept is small, and is enough: nothing is done again where all else is gone.
    kept = {path.suffix for path in work.kept.rglob("*") if path.is_file()}
    assert kept == {".toml", ".json", ".jsonl", ".png"}
    shutil.copytree(work.kept, place / "kept")
    other = place.parent / "other"
    shutil.copytree(folder / "data", other / "data")
    shutil.copy(folder / "tasks.jsonl", other)
    assert list(carry_on(open_work(plan, other, given))) == []

    # More tokens, the rows of the others among them.
    data = read_data(folder / "data")
    rows = config_of(plan, Training("rust", 1, True), data).rows.count
    assert 4 < rows <= 8
    own = work.answers("test", "rust-tokens-1").read_text("utf-8").splitlines()
    names = [json.loads(line)["model"] for line in own]
    assert names == ["rust-tokens-1"] * 2

    # Scored by what is kept alone: nothing is drawn, which families may do otherwise one day.
    other = place.parent / "scored"
    monkeypatch.setattr(experiments, "build", None)
    page = place.parent / "page.md"
    write_text(page, "before\n<!-- results of small -->\nold\n<!-- end of small -->\nafter\n")
    words = ("results", place / "plan.toml", "-o", other, "--page", page, "--jobs", "1",
             "--given", f"others={given['others']}")  # fmt: skip
    call(*words)
    text = page.read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith("<!-- end of small -->\nafter\n")
    assert "old" not in text
    assert "| rust | 1 | 2 | 2 | 1.000" in text
    assert "| **iron less rust: the primary comparison** | +0.000" in text
    assert "iron less rust (as many tokens), exploratory" in text
    assert "![test@1](small/passed.png)" in text
    assert (place / "losses.png").is_file()
    call(*words)
    assert page.read_text("utf-8") == text
    write_text(page, "nothing")
    assert "has no place for them" in call(*words, code=2)


def result_of(task: str, arm: str, seed: int, *, is_passed: bool) -> Result:
    outcome = Outcome.PASSED if is_passed else Outcome.ASSERTION
    return Result(task, arm, seed, 0, "f", outcome, outcome, True, True, (), "", {}, {}, {})


def written(plan: Plan, taken: Taken, folder: Path) -> str:
    """Return a page into which results were written."""
    page = folder / "page.md"
    write_text(page, f"<!-- results of {plan.name} -->\n<!-- end of {plan.name} -->\n")
    write_results(Work(plan, folder, {}), [taken], page)
    return page.read_text("utf-8")


@pytest.mark.parametrize("primary", [("rust", "iron"), ("iron", "rust")])
def test_the_primary_comparison_is_as_the_plan_says(
    primary: tuple[str, str], tmp_path: Path
) -> None:
    write_text(tmp_path / "plan.toml", PLAN)
    plan = replace(read_plan(tmp_path / "plan.toml"), primary=primary)
    results = [
        result_of(task, arm, seed, is_passed=arm == primary[1])
        for seed, arms in ((1, ["iron"]), (2, ["rust", "iron"]))  # Rust's first seed isn't there
        for arm in arms
        for task in ("a", "b")
    ]
    text = written(plan, Taken("test", results), tmp_path)
    assert f"| **{primary[1]} less {primary[0]}: the primary comparison** | +1.000" in text
    assert f"{primary[0]} less {primary[1]}" not in text


def test_nothing_is_made_of_differences_where_no_arm_passes(tmp_path: Path) -> None:
    write_text(tmp_path / "plan.toml", PLAN)
    plan = read_plan(tmp_path / "plan.toml")

    def page_of(exam: str, passing: str) -> str:
        results = [
            result_of(task, arm, 1, is_passed=task == passing)
            for arm in ("rust", "iron")
            for task in "abcdefghijklmnopqrstuvwxyz"
        ]
        return written(plan, Taken(exam, results), tmp_path)

    said = "No arm passes 5% of it"
    assert said in page_of("others", "a")  # 1 of 26
    assert "iron less rust" not in page_of("others", "")
    assert said not in page_of(plan.first_exam, "")
    assert "iron less rust: the primary comparison" in page_of(plan.first_exam, "")


def test_a_baseline_stands_once_where_it_came_to_the_same_in_all_arms() -> None:
    arms = [f"{arm}{BASELINE}" for arm in ("rust", "iron")]
    own = [result_of("a", "rust", 1, is_passed=True)]
    alike = [result_of(task, arm, 1, is_passed=task == "a") for arm in arms for task in "ab"]
    merged = one_baseline([*own, *alike])
    assert [(one.arm, one.id) for one in merged] == [
        ("rust", "a"), (NEAREST_ROW, "a"), (NEAREST_ROW, "b")
    ]  # fmt: skip
    other = [*own, *alike[:-1], result_of("b", arms[1], 1, is_passed=True)]
    assert one_baseline(other) == other
    assert one_baseline(own) == own


def test_what_would_stop_one_run_stops_all_before_the_first(place: Path, tmp_path: Path) -> None:
    work = work_of(place, tmp_path / "work")
    shutil.rmtree(work.kept, ignore_errors=True)
    config = read_config(place / "train.toml")
    short = as_toml(replace(config, rows=replace(config.rows, longest=8)))
    write_text(place / "short.toml", short)
    with pytest.raises(BadInputError, match="rows are longer"):
        next(carry_on(replace(work, plan=replace(work.plan, config="short.toml"))))
    assert not (work.folder / "runs").exists()


def work_of(place: Path, folder: Path) -> Work:
    """Return an experiment that has only its tasks."""
    folder.mkdir()
    shutil.copy(place.parent / "work" / "tasks.jsonl", folder)
    return open_work(read_plan(place / "plan.toml"), folder, {})


def test_a_reply_may_be_twice_the_longest_right_one_of_its_arm(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = work_of(place, tmp_path / "work")
    base = read_config(place / "train.toml").base
    tokenizer = load_tokenizer(base)
    monkeypatch.setattr(experiments, "cap_of", cap_of)
    loads: list[tuple[Path, float, int]] = []
    monkeypatch.setattr(experiments, "load_checkpoint", lambda *given: loads.append(given))
    piece, tasks = Piece("show", "zero-shot", exam="test"), tasks_of(work, "test")
    for name, arm in known_arms({}).items():
        experiments._load(work, piece, Path(base.model), name)
        right = [answer_as_reply(arm.load().say(task.reference or "")) for task in tasks]
        counted = tokenizer(right, add_special_tokens=False)["input_ids"]
        assert loads[-1] == (Path(base.model), 0.0, 2 * max(map(len, counted)))
    assert len({cap for _, _, cap in loads}) == len(loads) > 1


def test_the_baseline_copies_only_rows_that_were_learned(place: Path, tmp_path: Path) -> None:
    work = work_of(place, tmp_path / "work")
    config = read_config(place / "train.toml")
    rows = read_data(work.folder / "data").of("rust", "train")
    learned = {chat.id for chat in chosen(rows, config.rows.count, config.rows.draw_seed)}
    assert len(learned) == 4 < len(rows)
    every = replace(work.plan.exams["test"], count=0, per_template=0)
    work = replace(work, plan=replace(work.plan, exams={"test": every}))
    experiments.KINDS["copy"](work, Piece("copy", "nearest", exam="test"))
    lines = work.answers("test", "nearest").read_text("utf-8").splitlines()
    copied = {json.loads(line)["copied_from"] for line in lines}
    assert copied <= learned
    assert {json.loads(line)["id"] for line in lines}.isdisjoint(learned)


def test_examples_are_of_what_is_taught_and_never_of_the_exam(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = work_of(place, tmp_path / "work")
    # All that can be shown, and all that can be asked.
    every = replace(work.plan.exams["test"], count=0, per_template=0)
    plan = replace(work.plan, exams={"test": every}, shots=10_000, shots_count=0)
    seen: list[tuple[set[str], set[str]]] = []

    def look(tasks: list[Task], _arms: Any, _model: Model, asking: Any) -> Any:
        seen.append(({one.id for one in asking.shown}, {one.id for one in tasks}))
        return [], []

    monkeypatch.setattr(experiments, "load_checkpoint", lambda *_: None)
    monkeypatch.setattr(experiments, "generate", look)
    piece = Piece("show", "zero-shot-iron", exam="test")
    experiments.KINDS["show"](replace(work, plan=plan), piece)
    [(shown, exam)] = seen
    assert shown
    assert exam
    assert shown.isdisjoint(exam)


def test_a_copy_that_fails_leaves_nothing_half(begun: Path) -> None:
    write_text(begun / "kept" / "predictions" / "test" / "other.jsonl", "long " * 100_000)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
    try:
        with pytest.raises(BadInputError, match=r"other\.jsonl: "):
            open_work(read_plan(begun / "plan.toml"), begun / "work", {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    answers = begun / "work" / "kept" / "predictions" / "test"
    assert [path.name for path in answers.iterdir()] == ["rust-1.jsonl"]


def test_a_run_that_was_not_kept_in_time_is_kept_later(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = work_of(place, tmp_path / "work")
    shutil.rmtree(work.kept, ignore_errors=True)

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(experiments, "_keep", stop)
    with pytest.raises(KeyboardInterrupt):
        list(carry_on(work))
    assert work.run_of(Training("rust", 1)).facts()["state"] == FINISHED
    monkeypatch.undo()
    assert next(carry_on(work)).name == "rust-1"
    assert (work.kept / "runs" / "rust-1" / "run.json").is_file()


def test_an_exam_is_taken_on_as_many_threads_as_a_run(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = work_of(place, tmp_path / "work")
    shutil.rmtree(work.kept, ignore_errors=True)
    threads: list[int] = []

    def counted(tasks: list[Task], arms: Any, model: Model, asking: Any) -> Any:
        threads.append(torch.get_num_threads())
        return generate(tasks, arms, model, asking)

    base = read_config(place / "train.toml").base.model
    monkeypatch.setattr(experiments, "generate", counted)
    monkeypatch.setattr(Work, "run_of", lambda *_: SimpleNamespace(model=Path(base)))
    before = torch.get_num_threads()
    try:
        for piece in pieces(work):
            if piece.kind in ("ask", "show"):
                torch.set_num_threads(3)
                experiments.KINDS[piece.kind](work, piece)
    finally:
        torch.set_num_threads(before)
    assert {*threads} == {1}
    assert len(threads) == 5


STAND_IN = """
import sys

assert not {"peft", "torch", "transformers"} & sys.modules.keys(), "it comes first"
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.models.llama import modeling_llama


def generate(*_, **__):
    raise AssertionError("a patched model is asked")


class FastLanguageModel:
    def from_pretrained(model_name, dtype, **_):
        model = AutoModelForCausalLM.from_pretrained(model_name, dtype=dtype)
        modeling_llama.LlamaForCausalLM.generate = generate
        return model, AutoTokenizer.from_pretrained(model_name)

    def get_peft_model(model, r, target_modules, **_):
        return get_peft_model(model, LoraConfig(r=r, target_modules=target_modules))
"""


def test_unsloth_trains_in_a_process_of_its_own(
    begun: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what stands for Unsloth, which comes first there and is not there in an exam."""
    shutil.rmtree(begun / "work" / "kept")
    config = read_config(begun / "train.toml")
    apart = as_toml(replace(config, base=replace(config.base, backend="unsloth")))
    write_text(begun / "train.toml", apart)
    words = ("experiment", begun / "plan.toml", "-o", begun / "work")
    monkeypatch.setattr("redox_training.train_cli.find_spec", lambda _: None)
    assert "pip install '.[train,unsloth]'" in call(*words, code=2)
    monkeypatch.undo()
    monkeypatch.setattr(experiments, "cap_of", lambda *_: 8)

    folder = tmp_path_factory.mktemp("unsloth")
    write_text(folder / "unsloth.py", STAND_IN)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    work = open_work(read_plan(begun / "plan.toml"), begun / "work", {})
    monkeypatch.setattr(experiments, "run_attached", lambda _: 130)
    with pytest.raises(StoppedError, match="rust-1 is stopped"):
        list(carry_on(work))
    monkeypatch.setattr(experiments, "run_attached", lambda _: 2)
    with pytest.raises(BadInputError, match="could not be trained"):
        list(carry_on(work))
    monkeypatch.setattr(experiments, "run_attached", run_attached)
    going_on = carry_on(work)
    assert [next(going_on).kind for _ in range(2)] == ["train", "ask"]
    assert work.run_of(Training("rust", 1)).config().base.backend == "unsloth"
    assert "unsloth" not in sys.modules


def test_two_processes_share_the_work(place: Path, tmp_path: Path) -> None:
    work = work_of(place, tmp_path / "work")
    shutil.rmtree(work.kept, ignore_errors=True)
    with experiments._alone(work.folder / "locks" / "rust-1") as is_ours:
        assert is_ours
        first = next(piece for piece in carry_on(work) if piece.kind == "train")
        assert first.name == "iron-1"
