"""What comes of a finetune: exports held against it, a model from nothing, the one that ships."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny_model import END, make_tiny_model
from training_runs import call, config_of, replies, weights_of, write_data

from redox.files import BadInputError, write_text
from redox_eval.arms import known_arms, words_for
from redox_eval.checkpoints import load_checkpoint
from redox_eval.embedded import load_embedded
from redox_eval.judging import open_bench
from redox_eval.models import EMBEDDED, SHIPPED, Question
from redox_eval.prompts import ask
from redox_eval.records import Outcome, Prediction, Task, task_as_json, task_from_json
from redox_eval.rows import write_rows
from redox_eval.scoring import Plan, score, workplace
from redox_eval.slots import slots_of
from redox_training.backends import base_folder, load_learner
from redox_training.chats import as_rows, read_data
from redox_training.config import as_toml
from redox_training.datasets import build
from redox_training.exporting import export
from redox_training.exports import Verdict
from redox_training.finetuning import finetune
from redox_training.loop import mean_loss
from redox_training.runs import Run

FUNCTION = re.compile(r"fn (\w+)")


@pytest.fixture(scope="module")
def tasks() -> list[Task]:
    return list(build("foundation_v1"))[::5]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def data(tasks: list[Task], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"), tasks)


@pytest.fixture(scope="module")
def unbroken(base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("runs") / "unbroken")
    assert finetune(config_of(base), read_data(data), "iron", 1, run) is not None
    return run


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
