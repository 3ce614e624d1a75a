"""Finetunes: settings, what is learned, runs that go on to the same bits, arms treated alike."""

from __future__ import annotations

import json
import math
import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from tiny_model import END, make_tiny_model
from transformers import AutoModelForCausalLM, AutoTokenizer
from typer.testing import CliRunner

from redox.cli import app
from redox.files import BadInputError, write_text
from redox_eval.arms import known_arms, words_for
from redox_eval.checkpoints import load_checkpoint
from redox_eval.embedded import load_embedded
from redox_eval.judging import open_bench
from redox_eval.models import EMBEDDED, SHIPPED, Model, Question, Reply
from redox_eval.prompts import as_text, ask
from redox_eval.records import Outcome, Prediction, Task, task_as_json, task_from_json
from redox_eval.rows import write_rows
from redox_eval.scoring import Plan, score, workplace
from redox_eval.slots import slots_of
from redox_training.backends import base_folder, load_learner, loaded
from redox_training.chats import Row, as_row, as_rows, chosen, read_data, refuse_long
from redox_training.config import Base, Config, Steps, as_tables, as_toml, config_from, read_config
from redox_training.datasets import build
from redox_training.exporting import export
from redox_training.exports import Verdict
from redox_training.finetuning import finetune, inspect
from redox_training.loop import StoppedError, learning_rate, mean_loss, plan_steps
from redox_training.runs import Run

ROWS = 24
IMPORT = re.compile(r"^ *(?:import ([\w.]+)(?: as \w+)?$|from ([\w.]+) import )", re.MULTILINE)
FUNCTION = re.compile(r"fn (\w+)")


def call(*arguments: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["train", *map(str, arguments)])
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


@pytest.fixture(scope="module")
def tasks() -> list[Task]:
    return list(build("foundation_v1"))[::5]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def data(tasks: list[Task], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"), tasks)


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


# Settings


def test_every_setting_has_a_reason_and_comes_back_from_toml() -> None:
    text = as_toml(Config())
    for table, values in tomllib.loads(text).items():
        for key, value in values.items():
            assert as_tables(Config())[table][key] == (
                tuple(value) if isinstance(value, list) else value
            )
    keys = [line for line in text.splitlines() if " = " in line and line[0] != "#"]
    assert text.count("\n# ") == len(keys) == sum(map(len, as_tables(Config()).values()))


@pytest.mark.parametrize(
    ("tables", "word"),
    [
        ({}, "base.model: is missing"),
        ({"lora": {"ranks": 8}}, "lora.ranks: is not known; is it lora.rank?"),
        ({"loar": {}}, "loar: is not known; is it lora?"),
        ({"lora": 8}, "lora: is a table"),
        ({"lora": {"rank": 8.0}}, "lora.rank: is a whole number"),
        ({"lora": {"rank": True}}, "lora.rank: is a whole number"),
        ({"lora": {"rank": -1}}, "lora.rank: -1 is out of bounds: least 0"),
        ({"lora": {"targets": "q_proj"}}, "lora.targets: is a list of words"),
        ({"steps": {"learning_rate": 0}}, "steps.learning_rate: 0.0 is out of bounds: above 0"),
        ({"steps": {"learning_rate": math.nan}}, "steps.learning_rate: is a number"),
        ({"steps": {"schedule": "step"}}, "steps.schedule: is one of linear, cosine, constant"),
        ({"base": {"model": "x", "four_bit": True}}, "base.four_bit: wants base.backend"),
        ({"base": {"model": "x", "dtype": "bfloat16"}, "lora": {"rank": 0}}, "wants float32"),
    ],
)
def test_what_is_not_known_or_out_of_bounds_is_refused(tables: Any, word: str) -> None:
    with pytest.raises(BadInputError, match=word.replace("?", r"\?")):
        config_from(tables)


def test_a_file_says_only_what_differs(tmp_path: Path) -> None:
    place = tmp_path / "config.toml"
    place.write_text('[base]\nmodel = "x/y"\n[steps]\nlearning_rate = 1\n', "utf-8")
    assert read_config(place).steps == Steps(learning_rate=1.0)
    place.write_text("[base", "utf-8")
    with pytest.raises(BadInputError, match=r"config\.toml: is no TOML"):
        read_config(place)


def test_configurations_that_come_with_redox_are_read() -> None:
    places = sorted((Path(__file__).parent.parent / "training" / "configs").glob("*.toml"))
    assert len(places) >= 4
    for place in places:
        assert read_config(place).base.model


def test_what_training_imports_is_in_its_extra() -> None:
    root = Path(__file__).parent.parent
    places = {f"{path.parent.name}.{path.stem}": path
              for folder in ("training/redox_training", "eval/redox_eval")
              for path in (root / folder).glob("*.py")}  # fmt: skip
    todo, ours, found = ["redox_training.train_cli"], set[str](), set[str]()
    while todo:
        ours.add(name := todo.pop())
        for names in IMPORT.findall(places[name].read_text("utf-8")):
            imported = "".join(names)
            if imported in places:
                todo += {imported} - ours
            else:
                found.add(imported.partition(".")[0].replace("_", "-"))
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["train"]]
    there = {re.split(r"[^\w-]", one)[0] for one in asked}
    brought = {"markupsafe", "numpy", "safetensors", "tokenizers"}  # by jinja2 and transformers
    own = {"redox", "redox-eval", "redox-training", "unsloth"}  # Unsloth has an extra of its own
    assert found - there - brought - own <= {*sys.stdlib_module_names, "--future--"}


# What is learned


def test_the_question_is_what_is_asked_in_the_exam_and_the_answer_ends(
    base: Path, data: Path, tasks: list[Task]
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base)
    found = read_data(data)
    by_id = {task.id: task for task in tasks}
    for arm in known_arms({}).values():
        for chat in found.of(arm.name, "train"):
            row = as_row(chat, tokenizer, {0})
            asked = tokenizer.decode(row.tokens[: row.answer])
            assert asked == as_text(ask(by_id[chat.id], arm), tokenizer)
            learned = tokenizer.decode(row.tokens[row.answer :])
            assert learned == chat.completion[0]["content"] + END
            assert row.learned == len(row.tokens) - row.answer > 0


def test_rows_are_drawn_alike_in_every_arm(data: Path) -> None:
    found = read_data(data)
    drawn = [[chat.id for chat in chosen(found.of(arm, "train"), 10, 7)] for arm in found.arms]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 10
    assert drawn[0] != [chat.id for chat in chosen(found.of("rust", "train"), 10, 8)]


def test_a_row_that_is_too_long_in_one_arm_stops_every_arm(
    base: Path, data: Path, tmp_path: Path
) -> None:
    found = read_data(data)
    tokenizer = AutoTokenizer.from_pretrained(base)
    longest = max(len(row.tokens) for row in as_rows(found.of("rust", "train"), tokenizer, {0}, ""))
    config = config_of(base, rows={"count": 0, "longest": longest})
    with pytest.raises(BadInputError, match=r"rows are longer than .* \(train of iron: "):
        finetune(config, found, "rust", 1, Run(tmp_path / "run"))
    assert not (tmp_path / "run").exists()
    refuse_long({"rust": [Row("a", (1,) * 8, 4)]}, 8)


def test_a_validation_row_that_is_too_long_in_one_arm_stops_every_arm(
    base: Path, tasks: list[Task], tmp_path: Path
) -> None:
    sums = " + ".join("1" * 200)
    long = next(task for task in tasks if task.extra["split"] == "val")
    long = replace(long, reference=f"fn long() -> i64 {{\n    {sums}\n}}\n")
    others = [task for task in tasks if task.extra["split"] == "train"]
    found = read_data(write_data(tmp_path / "set", [*others, long]))
    tokenizer = AutoTokenizer.from_pretrained(base)
    row = as_row(found.of("rust", "validation")[0], tokenizer, {0})
    config = config_of(base, rows={"longest": len(row.tokens)})
    with pytest.raises(BadInputError, match=r"1 rows are .* \(validation of iron: "):
        finetune(config, found, "rust", 1, Run(tmp_path / "run"))
    with pytest.raises(BadInputError, match="validation of iron"):
        inspect(config, found, "rust")


def test_a_data_set_that_is_not_as_it_was_is_refused(tasks: list[Task], tmp_path: Path) -> None:
    folder = write_data(tmp_path / "set", tasks)
    path = folder / "iron" / "train.jsonl"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[1:]), "utf-8")
    with pytest.raises(BadInputError, match="is not the file that the manifest names"):
        read_data(folder)
    place = folder / "manifest.json"
    manifest = json.loads(place.read_text("utf-8"))
    for part in manifest["files"]:
        part["sha256"] = sha256((folder / part["path"]).read_bytes()).hexdigest()
    place.write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(BadInputError, match="not the same tasks in the same order"):
        read_data(folder)
    manifest["files"][0]["path"] = "../outside"
    place.write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(BadInputError, match="which is outside"):
        read_data(folder)


# The loop


def test_each_row_stands_once_in_each_epoch() -> None:
    plan = plan_steps(11, Steps(epochs=2, batch=2, accumulate=2), 5)
    assert [len(step) for step in plan] == [4, 4, 3] * 2
    for epoch in (plan[:3], plan[3:]):
        assert sorted(at for step in epoch for at in step) == list(range(11))
    assert plan[:3] != plan[3:]


def test_the_rate_rises_and_falls() -> None:
    steps = Steps(learning_rate=1.0, warmup=0.1)
    rates = [learning_rate(step, 100, steps) for step in range(1, 101)]
    assert rates[:10] == pytest.approx([step / 10 for step in range(1, 11)])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert 0 < rates[-1] < 0.02
    for schedule in ("linear", "cosine", "constant"):
        steps = Steps(learning_rate=1.0, warmup=0.0, schedule=schedule)
        assert learning_rate(1, 1, steps) == 1


def test_how_a_step_is_cut_into_batches_changes_nothing(base: Path, data: Path) -> None:
    learner = load_learner(config_of(base), 1)
    found = read_data(data)
    rows = as_rows(found.of("iron", "train")[:6], learner.tokenizer, learner.ends, "")
    losses = [mean_loss(learner, rows, size) for size in (1, 4, 6)]
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-5)
    # The mean is of the answers' tokens alone, each foretold by those before it.
    said = []
    for row in rows:
        with torch.no_grad():
            logits = learner.model(input_ids=torch.tensor([row.tokens])).logits[0].log_softmax(-1)
        said += [
            -logits[at - 1, row.tokens[at]].item() for at in range(row.answer, len(row.tokens))
        ]
    assert losses[0] == pytest.approx(sum(said) / len(said), rel=1e-4)


@pytest.fixture(scope="module")
def unbroken(base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("runs") / "unbroken")
    assert finetune(config_of(base), read_data(data), "iron", 1, run) is not None
    return run


def test_it_learns_and_leaves_a_whole_folder(unbroken: Run) -> None:
    rows = unbroken.read_metrics()
    looks = [row["validation_loss"] for row in rows if "validation_loss" in row]
    assert [row["step"] for row in rows if "loss" in row] == list(range(1, 7))
    assert looks[-1] < looks[0]
    facts = unbroken.facts()
    assert (facts["state"], facts["steps_done"], facts["rows"]) == ("finished", 6, ROWS)
    assert set(facts["tokens"]) == {"rust", "iron"}
    assert (unbroken.folder / "loss.png").read_bytes().startswith(b"\x89PNG")
    assert "| arm | `iron` |" in (unbroken.model / "README.md").read_text("utf-8")
    assert not unbroken.checkpoint.exists()
    assert unbroken.config() == config_of(Path(unbroken.config().base.model))


def test_a_run_that_was_stopped_goes_on_to_the_same_bits(
    base: Path, data: Path, unbroken: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path / "broken")
    add = Run.add_metric

    def interrupt(self: Run, row: Mapping[str, Any]) -> None:
        add(self, row)
        if row["step"] == 3 and "loss" in row:
            os.kill(os.getpid(), signal.SIGINT)

    found = read_data(data)
    monkeypatch.setattr(Run, "add_metric", interrupt)
    with pytest.raises(StoppedError, match="saved at step 3 of 6"):
        finetune(config_of(base), found, "iron", 1, run)
    monkeypatch.undo()
    assert run.facts()["state"] == "stopped"
    # What was done behind the checkpoint, by a process that was killed, is done again.
    run.add_metric({"step": 4, "loss": 9.0})
    assert finetune(config_of(base), read_data(data), "iron", 1, run) is not None
    assert weights_of(run) == weights_of(unbroken)
    losses = [[row.get("loss") for row in one.read_metrics()] for one in (run, unbroken)]
    assert losses[0] == losses[1]
    assert finetune(config_of(base), read_data(data), "iron", 1, run) is None


def test_a_model_that_could_not_be_written_is_tried_again(
    base: Path, data: Path, unbroken: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path / "full")
    taken = run.model / "adapter_model.safetensors"
    begin = Run.begin

    def begin_beside(self: Run, *given: Any) -> None:
        begin(self, *given)
        (taken / "in the way").mkdir(parents=True)

    monkeypatch.setattr(Run, "begin", begin_beside)
    with pytest.raises(BadInputError, match=r"model: can't be written: .*command tries again"):
        finetune(config_of(base), read_data(data), "iron", 1, run)
    monkeypatch.undo()
    (taken / "in the way").rmdir()
    taken.rmdir()
    assert finetune(config_of(base), read_data(data), "iron", 1, run) is not None
    assert weights_of(run) == weights_of(unbroken)


def test_the_seed_draws_another_model(
    base: Path, data: Path, unbroken: Run, tmp_path: Path
) -> None:
    run = Run(tmp_path / "other")
    finetune(config_of(base), read_data(data), "iron", 2, run)
    assert weights_of(run) != weights_of(unbroken)


def test_another_run_is_not_written_over(
    base: Path, data: Path, unbroken: Run, tmp_path: Path
) -> None:
    before = weights_of(unbroken)
    found = read_data(data)
    for config, seed, word in (
        (config_of(base), 2, "seed was 1 and is 2"),
        (config_of(base, lora={"rank": 4}), 1, "lora.rank was 16 and is 4"),
    ):
        with pytest.raises(BadInputError, match=word):
            finetune(config, found, "iron", seed, unbroken)
    assert weights_of(unbroken) == before
    (tmp_path / "notes").write_text("mine", "utf-8")
    with pytest.raises(BadInputError, match="holds something else"):
        finetune(config_of(base), found, "iron", 1, Run(tmp_path))


def test_all_weights_learn_where_there_is_no_adapter(
    base: Path, data: Path, tmp_path: Path
) -> None:
    run = Run(tmp_path / "whole")
    config = config_of(base, lora={"rank": 0}, steps={"epochs": 2}, machine={"recompute": True})
    course = finetune(config, read_data(data), "iron", 1, run)
    assert course is not None
    assert course.losses[-1] < 0.8 * course.losses[0]
    assert (run.model / "model.safetensors").is_file()


def test_a_run_that_diverges_says_so(base: Path, data: Path, tmp_path: Path) -> None:
    config = config_of(base, lora={"rank": 0}, steps={"learning_rate": 1e30})
    with pytest.raises(BadInputError, match=r"the loss is .* lower steps\.learning_rate"):
        finetune(config, read_data(data), "iron", 1, Run(tmp_path / "run"))
    assert Run(tmp_path / "run").facts()["state"] == "stopped"


def test_the_exam_asks_what_was_trained(unbroken: Run, tasks: list[Task]) -> None:
    model = load_checkpoint(unbroken.model, 0.0, 4)
    question = Question(tasks[0], known_arms({})["iron"], 0, 0)
    assert model.answer([question])[0].facts["tokens"] <= 4
    assert model.name == "unbroken"


@pytest.mark.parametrize(
    ("model", "word"),
    [
        ("./nowhere", "there is no such folder"),
        ("a/b/c", "no name on the hub"),
        ("HuggingFaceTB/SmolLM2-135M", "base.revision: the commit of"),
    ],
)
def test_a_base_that_is_not_there_is_named(
    model: str, word: str, data: Path, tmp_path: Path
) -> None:
    config = config_from({"base": {"model": model}})
    with pytest.raises(BadInputError, match=word):
        finetune(config, read_data(data), "iron", 1, Run(tmp_path / "run"))


# The commands


def test_the_commands_show_and_compare(
    base: Path, data: Path, unbroken: Run, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(as_toml(config_of(base)), "utf-8")
    seen = call("inspect", config, "--data", data)
    assert "6 steps; no row is cut" in seen
    assert "| ```<|end|>" in seen
    rust = tmp_path / "runs" / "rust"
    assert "loss" in call("run", config, "--data", data, "--in", "rust", "--seed", "1", "-o", rust)
    assert "finished" in call("list", tmp_path / "runs")
    assert "rows.count = 24" in call("show", rust)
    alike = call("compare", unbroken.folder, rust, "--plot", tmp_path / "both.png")
    assert "treated alike" in alike
    assert (tmp_path / "both.png").is_file()
    facts = Run(rust).facts()
    Run(rust).update(ids="others")
    assert "NOT ALIKE: ids" in call("compare", unbroken.folder, rust, code=1)
    Run(rust).update(ids=facts["ids"])
    assert "two runs at least" in call("compare", rust, code=2)
    assert "holds no runs" in call("list", data, code=2)
    assert "rank = 16" in call("defaults")


@pytest.mark.skipif(
    find_spec("unsloth") is None,
    reason="Unsloth's path is not run: it takes 6 GB, pip install 'redox-iron[train,unsloth]'",
)
def test_unsloth_begins_with_the_same_loss(base: Path, data: Path, tmp_path: Path) -> None:
    # It patches what it finds, so it has a process of its own.
    losses = []
    for backend in ("unsloth", "transformers"):
        config = tmp_path / f"{backend}.toml"
        settings = config_of(base)
        settings = replace(settings, base=replace(settings.base, backend=backend))
        config.write_text(as_toml(settings), "utf-8")
        run = Run(tmp_path / backend)
        words = map(str, ("train", "run", config, "--data", data, "-o", run.folder))
        subprocess.run([sys.executable, "-m", "redox", *words], check=True, cwd=tmp_path)
        assert run.facts()["state"] == "finished"
        losses.append(run.read_metrics()[0]["loss"])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


@pytest.mark.parametrize("rank", [16, 0])
def test_unsloth_is_told_what_it_would_choose_itself(
    rank: int, base: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what stands for Unsloth: the real one is 6 GB, and wants a GPU for 4 bits."""
    asked: dict[str, Any] = {}

    class FastLanguageModel:
        @staticmethod
        def from_pretrained(model_name: str, **given: Any) -> tuple[Any, Any]:
            asked.update(given, model_name=model_name)
            model = AutoModelForCausalLM.from_pretrained(model_name, dtype=given["dtype"])
            return model, AutoTokenizer.from_pretrained(model_name)

        @staticmethod
        def get_peft_model(model: Any, r: int, target_modules: list[str], **_: Any) -> Any:
            return get_peft_model(model, LoraConfig(r=r, target_modules=target_modules))

    stand_in = ModuleType("unsloth")
    stand_in.__dict__["FastLanguageModel"] = FastLanguageModel
    monkeypatch.setitem(sys.modules, "unsloth", stand_in)
    monkeypatch.delitem(sys.modules, "redox_training.unsloth_backend", raising=False)
    config = config_of(base, lora={"rank": rank})
    config = replace(config, base=replace(config.base, backend="unsloth"))
    run = Run(tmp_path / "run")
    finetune(config, read_data(data), "iron", 1, run)
    monkeypatch.delitem(sys.modules, "redox_training.unsloth_backend")
    assert asked["use_exact_model_name"] is True
    assert (asked["model_name"], asked["revision"]) == (str(base), None)
    assert asked["dtype"] is torch.float32
    assert asked["full_finetuning"] == (rank == 0)
    assert run.facts()["loaded"] == {
        "model": base.name, "commit": None, "dtype": "float32", "four_bit": False,
    }  # fmt: skip


def test_another_commit_than_the_one_that_was_named_is_refused(base: Path) -> None:
    learner = load_learner(config_of(base), 1)
    learner.model.config._commit_hash = "2" * 40
    with pytest.raises(BadInputError, match=r"of/tiny: .* at 2{40} was loaded instead"):
        loaded(learner, Base(model="of/tiny", revision="1" * 40))


# A model from nothing


def test_what_is_taken_out_comes_back() -> None:
    for task in build("foundation_v2"):
        slots = slots_of(task)
        for arm in known_arms({}).values():
            answer = words_for(task.reference or "", arm)
            assert slots.put_back(slots.taken_out(answer)) == answer
            prompt = ask(task, arm)[1]["content"]
            assert slots.put_back(slots.asked(ask(task, arm))[1]["content"]) == prompt
        assert not {*FUNCTION.findall(task.signature)} & {*slots.taken_out(task.signature).split()}


def test_slots_are_by_signature_and_prompt() -> None:
    task = task_from_json({
        "id": "a", "family": "f", "tests": "none",
        "signature": "fn step(the: i64, more: &str) -> i64",
        "prompt": "`step` adds 12 to the `the`, says \"12 is 7\" and 12.",
    })  # fmt: skip
    slots = slots_of(task)
    asked = slots.asked(ask(task, known_arms({})["rust"]))[1]["content"]
    assert asked.startswith("`<f0>` adds <n0> to the `<p0>`, says <s0> and <n0>.")
    assert "fn <f0>(<p0>: i64, <p1>: &str)" in asked
    assert slots.taken_out("the + 12u64 + 7 + step2") == "<p0> + <n0>u64 + 7 + step2"
    assert slots.put_back("<p1> <n1>") == "more <n1>"


def test_a_small_model_learns_from_nothing_and_passes(tmp_path: Path) -> None:
    """The whole way: tasks drawn, a model trained on them in Iron, its answers scored."""
    drawn = [task for task in build("foundation_v1") if "arith" in task.family]
    held, taught = drawn[::10], [task for at, task in enumerate(drawn) if at % 10]
    shown = [replace(task, extra={**task.extra, "split": "val"}) for task in held]
    files = export([*taught, *shown], list(known_arms({}).values()), with_slots=True)
    for place, text in files.items():
        write_text(tmp_path / "data" / place, text)
    call("scratch", "--data", tmp_path / "data", "-o", tmp_path / "base", "--vocabulary", "400",
         "--width", "64", "--layers", "2")  # fmt: skip
    config = config_of(
        tmp_path / "base", lora={"rank": 0}, rows={"count": 0},
        steps={"epochs": 12, "batch": 9, "accumulate": 1, "learning_rate": 5e-3},
    )  # fmt: skip
    run = Run(tmp_path / "run")
    finetune(config, read_data(tmp_path / "data"), "iron", 1, run)
    model = load_checkpoint(run.model, 0.0, 80)
    asked = [Question(task, known_arms({})["iron"], 0, 0) for task in held]
    answers = [
        Prediction(one.task.id, "iron", 0, reply.text, 0, reply.facts)
        for one, reply in zip(asked, replies(model, asked), strict=True)
    ]
    with workplace() as bench:
        plan = Plan(open_bench(bench, False), known_arms({}), 1, tmp_path / "cache", False)
        results, problems = score(held, answers, plan)
    assert not problems
    passed = sum(one.outcome == Outcome.PASSED for one in results)
    assert passed == len(held) == 6
    # What answers without torch answers the same.
    write_rows(tmp_path / "held.jsonl", map(task_as_json, held))
    said = call("export", run.folder, "--data", tmp_path / "data", "--as", "onnx", "--kind", "int8",
                "--tasks", tmp_path / "held.jsonl", "-o", tmp_path / "tiny")  # fmt: skip
    assert "test@1 1.000 and 1.000 of the run" in said
    embedded = load_embedded(tmp_path / "tiny", 80)
    again = [reply.text for reply in replies(embedded, asked)]
    assert again == [one.prediction for one in answers]
    graph = tmp_path / "tiny" / "model.onnx"
    assert graph.stat().st_size < 400_000
    graph.write_bytes(graph.read_bytes()[:1000])
    with pytest.raises(BadInputError, match="holds no model that can be read"):
        load_embedded(tmp_path / "tiny", 80)


# Exports


@pytest.fixture(autouse=True)
def few_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redox_training.exports.PROMPTS", 4)
    monkeypatch.setattr("redox_training.exports.ANSWER_TOKENS", 16)


@pytest.fixture(scope="module")
def with_cut(
    data: Path, tasks: list[Task], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Run, Path]:
    """A run whose base says how llama.cpp cuts its text, and a data set of a few short answers."""
    base = make_tiny_model(tmp_path_factory.mktemp("cut"), merges=[("e", "n"), ("l", "e")])
    (base / "gguf.json").write_text('{"tokenizer.ggml.pre": "gpt-2"}', "utf-8")
    run = Run(tmp_path_factory.mktemp("runs") / "cut")
    finetune(config_of(base), read_data(data), "iron", 1, run)
    return run, data


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("adapter", "f32"),
        ("adapter", "f16"),
        ("merged", "f32"),
        ("gguf", "f32"),
        ("gguf", "f16"),
        ("gguf", "q8_0"),
        ("onnx", "f32"),
        ("onnx", "int8"),
    ],
)
def test_an_export_answers_as_the_run_does(
    form: str, kind: str, with_cut: tuple[Run, Path], tmp_path: Path
) -> None:
    run, data = with_cut
    output = tmp_path / "out"
    said = call("export", run.folder, "--data", data, "--as", form, "--kind", kind, "-o", output)
    assert "tokens foretold alike" in said
    assert [place.name for place in tmp_path.iterdir()] == ["out"]
    assert output.is_file() if form == "gguf" else (output / "README.md").is_file()
    if form == "adapter":
        sizes = [
            (place / "adapter_model.safetensors").stat().st_size for place in (output, run.model)
        ]
        assert (sizes[0] < 0.7 * sizes[1]) == (kind == "f16")
    call("export", run.folder, "--data", data, "-o", output, code=2)


def test_an_export_that_answers_otherwise_is_refused(
    with_cut: tuple[Run, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, data = with_cut
    name = "redox_training.gguf_files.gguf.quants.quantize"
    monkeypatch.setattr(name, lambda weights, kind: weights[..., ::-1].copy())
    output = tmp_path / "out"
    said = call("export", run.folder, "--data", data, "--as", "gguf", "-o", output, code=2)
    assert "answers otherwise than" in said
    assert list(tmp_path.iterdir()) == []


def test_a_run_in_four_bits_is_exported_on_its_full_base_alone(data: Path, tmp_path: Path) -> None:
    """What Unsloth made 4 bits as it was loaded is whole where it lies; a base of 4 bits is not."""
    base, run = make_tiny_model(tmp_path / "base"), Run(tmp_path / "run")
    config = config_of(base)
    finetune(config, read_data(data), "iron", 1, run)
    four_bit = replace(config, base=replace(config.base, backend="unsloth", four_bit=True))
    write_text(run.folder / "config.toml", as_toml(four_bit))
    call("export", run.folder, "--data", data, "-o", tmp_path / "whole")
    said = json.loads((base / "config.json").read_text("utf-8"))
    said["quantization_config"] = {"quant_method": "bitsandbytes", "load_in_4bit": True}
    write_text(base / "config.json", json.dumps(said))
    for form in ("adapter", "merged", "gguf", "onnx"):
        words = ("--data", data, "--as", form, "-o", tmp_path / form / "none")
        assert "its own weights are quantised" in call("export", run.folder, *words, code=2)
        assert not (tmp_path / form).exists()


def test_an_export_that_passes_less_is_refused() -> None:
    verdict = Verdict("int8", 4, 1, 100, 0.995)
    assert verdict.is_passed
    assert replace(verdict, passed=(0.50, 0.49)).is_passed
    assert not replace(verdict, passed=(0.50, 0.48)).is_passed
    assert not replace(verdict, agreeing=0.98, passed=(0.5, 0.5)).is_passed


def test_a_gguf_file_becomes_a_base_that_can_be_trained(
    with_cut: tuple[Run, Path], tmp_path: Path
) -> None:
    run, data = with_cut
    call("export", run.folder, "--data", data, "--as", "gguf", "-o", tmp_path / "tiny.gguf")
    call("import", tmp_path / "tiny.gguf", "-o", tmp_path / "base")
    learner = load_learner(config_of(tmp_path / "base"), 1)
    assert learner.ends == {0}
    assert learner.tokenizer.eos_token == END
    rows = as_rows(read_data(data).of("iron", "train")[:2], learner.tokenizer, {0}, "")
    assert mean_loss(learner, rows, 2) < 6
    assert "is not empty" in call("import", tmp_path / "tiny.gguf", "-o", tmp_path, code=2)
    (tmp_path / "no.gguf").write_bytes(b"GGUF")
    assert "is no GGUF" in call("import", tmp_path / "no.gguf", "-o", tmp_path / "x", code=2)


PINNED, MAIN = "1" * 40, "2" * 40


def test_a_base_of_the_hub_stays_at_its_commit(
    data: Path, unbroken: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = tmp_path / "hub"
    for seed, commit in ((1, PINNED), (2, MAIN)):  # the first is what other tests train from
        make_tiny_model(hub / "models--of--tiny" / "snapshots" / commit, seed)
    write_text(hub / "models--of--tiny" / "refs" / "main", MAIN)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(hub))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    run = Run(tmp_path / "run")
    config = config_of(Path("of/tiny"))
    config = replace(config, base=replace(config.base, revision=PINNED))
    finetune(config, read_data(data), "iron", 1, run)
    assert weights_of(run) == weights_of(unbroken)
    states = [load_checkpoint(one.model, 0.0, 4).model.state_dict() for one in (run, unbroken)]
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())
    for form, kind in (("merged", "f32"), ("adapter", "f32"), ("adapter", "f16")):
        output = tmp_path / f"{form} {kind}"
        call("export", run.folder, "--data", data, "--as", form, "--kind", kind, "-o", output)
        state = load_checkpoint(output, 0.0, 4).model.state_dict()
        name = "model.embed_tokens.weight"
        assert torch.equal(state[name].float(), states[1][name])
    pinned = hub / "models--of--tiny" / "snapshots" / PINNED
    assert base_folder(config.base) == pinned
    weights = pinned / "model.safetensors"
    weights.write_bytes(b"torn")
    said = call("export", run.folder, "--data", data, "-o", tmp_path / "torn", code=2)
    assert "of/tiny: can't be loaded" in said


# The model that ships


SHIPPED_FLOORS = {"compiled": 0.7, "passed": 0.1}
"""The shares of these tasks that its answers reach at least."""


def test_the_model_that_ships_answers_at_once_and_alike() -> None:
    """Tasks of templates that it was not trained on, answered twice and scored."""
    script = Path(__file__).parent.parent / "scripts" / "make-tiny.sh"
    families = re.findall(r'FAMILIES="([^"]*)"', script.read_text("utf-8"))[0].split()
    held = [task for task in build("foundation_v3", draws=30)
            if task.extra["split"] == "test" and task.family in families]  # fmt: skip
    held = held[:: len(held) // 40][:40]
    asked = [Question(task, known_arms({})["iron"], 0, 0) for task in held]
    model = load_embedded(SHIPPED, 300)
    answers = [
        Prediction(one.task.id, "iron", 0, reply.text, 0, reply.facts)
        for one, reply in zip(asked, replies(model, asked), strict=True)
    ]
    again = replies(load_embedded(SHIPPED, 300), asked[:5])
    assert [reply.text for reply in again] == [one.prediction for one in answers[:5]]
    with workplace() as bench:
        plan = Plan(open_bench(bench, False), known_arms({}), 1, None, False)
        results, problems = score(held, answers, plan)
    assert not problems
    shares = {
        "compiled": sum(one.compiled is True for one in results) / len(held),
        "passed": sum(one.outcome == Outcome.PASSED for one in results) / len(held),
    }
    assert all(shares[name] >= floor for name, floor in SHIPPED_FLOORS.items()), shares


def test_the_model_that_ships_needs_no_torch() -> None:
    words = (
        "import sys\n"
        "from redox.cli import app\n"
        "from redox_eval.cli import _model\n"
        f"model = _model({EMBEDDED!r}, None, 0.0, 8, '', '', {{}}, ())\n"
        "assert len(list(model.continued([1, 2, 3]))) <= 8\n"
        "assert not {'torch', 'transformers'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", words], check=True)
    assert sum(place.stat().st_size for place in SHIPPED.iterdir()) < 2_000_000
