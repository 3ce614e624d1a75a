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
from tiny_model import END, add_code, make_tiny_model
from training_runs import ROWS, call, config_of, weights_of, write_data
from transformers import AutoModelForCausalLM, AutoTokenizer

from redox.files import BadInputError
from redox_eval.arms import known_arms
from redox_eval.checkpoints import load_checkpoint
from redox_eval.models import Question
from redox_eval.prompts import as_text, ask
from redox_eval.records import Task
from redox_training import loop
from redox_training.backends import load_learner, loaded
from redox_training.chats import Row, as_row, as_rows, chosen, read_data, refuse_long
from redox_training.config import Base, Config, Steps, as_tables, as_toml, config_from, read_config
from redox_training.datasets import build
from redox_training.finetuning import finetune, inspect
from redox_training.loop import StoppedError, learning_rate, mean_loss, plan_steps
from redox_training.runs import Run

IMPORT = re.compile(r"^ *(?:import ([\w.]+)(?: as \w+)?$|from ([\w.]+) import )", re.MULTILINE)


@pytest.fixture(scope="module")
def tasks() -> list[Task]:
    return list(build("foundation_v1"))[::5]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def data(tasks: list[Task], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"), tasks)


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


def test_the_seed_draws_another_order_and_the_cut_does_not() -> None:
    steps = Steps(batch=2, accumulate=2)
    assert plan_steps(11, steps, 5) != plan_steps(11, steps, 6)
    assert plan_steps(11, steps, 5) == plan_steps(11, Steps(batch=4, accumulate=1), 5)


def test_the_rate_rises_and_falls() -> None:
    steps = Steps(learning_rate=1.0, warmup=0.1)
    rates = [learning_rate(step, 100, steps) for step in range(1, 101)]
    assert rates[:10] == pytest.approx([step / 10 for step in range(1, 11)])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert 0 < rates[-1] < 0.02
    rates = [learning_rate(step, 101, replace(steps, schedule="cosine")) for step in range(1, 102)]
    assert rates[11:] == sorted(rates[11:], reverse=True)
    assert rates[56] == pytest.approx(0.5)
    assert 0 < rates[-1] < 0.001
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


def moved(base: Path, data: Path, **steps: Any) -> torch.Tensor:
    """Return by how much one step at a rate of 1, straight down, changes what learns."""
    config = config_of(base, steps=steps)
    learner = load_learner(config, 1)
    rows = as_rows(read_data(data).of("iron", "train")[:4], learner.tokenizer, learner.ends, "")
    assert len({row.learned for row in rows}) > 1

    def weights() -> torch.Tensor:
        return torch.cat([one.detach().flatten() for one in learner.learning.values()])

    before = weights()
    loop._learn(learner, torch.optim.SGD(learner.learning.values()), rows, 1.0, config)
    return weights() - before


def test_a_step_is_the_same_however_it_is_cut(base: Path, data: Path) -> None:
    whole = moved(base, data, batch=4, accumulate=1, clip=1e9)
    parts = moved(base, data, batch=2, accumulate=2, clip=1e9)
    assert whole.norm() > 0
    assert (whole - parts).norm() < 1e-4 * whole.norm()


def test_a_gradient_is_shortened_to_what_is_set(base: Path, data: Path) -> None:
    long = moved(base, data, clip=1e9)
    for length in (1e-2, 1e-3):
        assert length < long.norm()
        clipped = moved(base, data, clip=length)
        assert clipped.norm().item() == pytest.approx(length, rel=1e-3)


def test_an_adapter_is_as_it_is_set(base: Path) -> None:
    lora = {"rank": 4, "alpha": 5, "dropout": 0.25, "targets": ["q_proj"]}
    found = load_learner(config_of(base, lora=lora), 1).model.peft_config["default"]
    set_to = (found.r, found.lora_alpha, found.lora_dropout, [*found.target_modules])
    assert set_to == tuple(lora.values())


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


def stop_behind_step_3(config: Config, data: Path, run: Run) -> None:
    """Begin a run that is asked to stop in its third step, and saved there."""
    add = Run.add_metric

    def interrupt(self: Run, row: Mapping[str, Any]) -> None:
        add(self, row)
        if row["step"] == 3 and "loss" in row:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "add_metric", interrupt)
        with pytest.raises(StoppedError, match="saved at step 3 of 6"):
            finetune(config, read_data(data), "iron", 1, run)


def test_a_run_that_was_stopped_goes_on_to_the_same_bits(
    base: Path, data: Path, unbroken: Run, tmp_path: Path
) -> None:
    run = Run(tmp_path / "broken")
    stop_behind_step_3(config_of(base), data, run)
    assert run.facts()["state"] == "stopped"
    # What was done behind the checkpoint, by a process that was killed, is done again.
    run.add_metric({"step": 4, "loss": 9.0})
    assert finetune(config_of(base), read_data(data), "iron", 1, run) is not None
    assert weights_of(run) == weights_of(unbroken)
    losses = [[row.get("loss") for row in one.read_metrics()] for one in (run, unbroken)]
    assert losses[0] == losses[1]
    assert finetune(config_of(base), read_data(data), "iron", 1, run) is None


def test_what_is_dropped_by_chance_is_the_same_where_a_run_goes_on(
    base: Path, data: Path, tmp_path: Path
) -> None:
    config = config_of(base, lora={"dropout": 0.3})
    broken, whole = Run(tmp_path / "broken"), Run(tmp_path / "whole")
    stop_behind_step_3(config, data, broken)
    for run in (broken, whole):
        assert finetune(config, read_data(data), "iron", 1, run) is not None
    assert weights_of(broken) == weights_of(whole)


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


def test_code_of_a_base_is_never_run(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "model")
    ran = add_code(folder)
    load_learner(config_of(folder), 1)
    add_code(folder, "own")
    with pytest.raises(BadInputError, match="can't be loaded"):
        load_learner(config_of(folder), 1)
    assert not ran.exists()


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
    reason="Unsloth's path is not run: it takes 6 GB, pip install '.[train,unsloth]'",
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
        def get_peft_model(model: Any, r: int, target_modules: list[str], **given: Any) -> Any:
            asked.update(given)
            return get_peft_model(model, LoraConfig(r=r, target_modules=target_modules))

    stand_in = ModuleType("unsloth")
    stand_in.__dict__["FastLanguageModel"] = FastLanguageModel
    monkeypatch.setitem(sys.modules, "unsloth", stand_in)
    monkeypatch.delitem(sys.modules, "redox_training.unsloth_backend", raising=False)
    config = config_of(base, lora={"rank": rank, "alpha": 5, "dropout": 0.25})
    config = replace(config, base=replace(config.base, backend="unsloth"))
    run = Run(tmp_path / "run")
    finetune(config, read_data(data), "iron", 1, run)
    monkeypatch.delitem(sys.modules, "redox_training.unsloth_backend")
    assert asked["use_exact_model_name"] is True
    assert (asked["model_name"], asked["revision"]) == (str(base), None)
    assert asked["dtype"] is torch.float32
    assert asked["full_finetuning"] == (rank == 0)
    adapter = (asked.get("lora_alpha"), asked.get("lora_dropout"))
    assert adapter == ((5, 0.25) if rank else (None, None))
    assert run.facts()["loaded"] == {
        "model": base.name, "commit": None, "dtype": "float32", "four_bit": False,
    }  # fmt: skip


def test_another_commit_than_the_one_that_was_named_is_refused(base: Path) -> None:
    learner = load_learner(config_of(base), 1)
    learner.model.config._commit_hash = "2" * 40
    with pytest.raises(BadInputError, match=r"of/tiny: .* at 2{40} was loaded instead"):
        loaded(learner, Base(model="of/tiny", revision="1" * 40))
