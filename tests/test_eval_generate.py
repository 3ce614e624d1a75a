"""`redox eval generate`: a checkpoint, a real server, the baseline; no answer lost."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import torch
from tiny_model import add_code, make_tiny_model
from tokenizers import decoders
from transformers import AutoTokenizer
from typer.testing import CliRunner

from redox.cli import app
from redox.files import BadInputError
from redox.grammar import load_grammar
from redox.phrasebook import BUILT_IN
from redox_eval.arms import known_arms
from redox_eval.continuing import Beginning
from redox_eval.endpoints import Endpoint
from redox_eval.generating import Plan, answered_before, drawn_examples, generate
from redox_eval.models import CONTROLS, Answer, Question, Reply
from redox_eval.nearest import adapted, learn, nearest_row
from redox_eval.prompts import ask, begun_answer
from redox_eval.records import RecordError, Task, task_as_json
from redox_eval.rows import write_rows
from redox_eval.servers import TRIES, Server

ARMS = known_arms({})
BOTH = [ARMS["rust"], ARMS["iron"]]


def task(name: str, prompt: str, signature: str, reference: str = "", split: str = "test") -> Task:
    return Task(
        name, "f", signature, "x", reference or None, extra={"prompt": prompt, "split": split}
    )


TASKS = [task(f"t/{n}", f"`add_{n}` adds {n}.", f"fn add_{n}(x: i32) -> i32") for n in range(5)]


def call(*arguments: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["eval", "generate", *map(str, arguments)])
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    write_rows(tmp_path / "tasks", map(task_as_json, TASKS))
    return tmp_path / "tasks"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


# Prompts


def test_the_signature_is_asked_for_in_the_arms_language() -> None:
    rust, iron = (ask(TASKS[1], arm) for arm in BOTH)
    assert "fn add_1(x: i32) -> i32" in rust[1]["content"]
    assert "function add_1 takes x of type i32 returns i32\n" in iron[1]["content"]
    assert "fn " not in iron[1]["content"]
    assert "Iron" not in rust[0]["content"]


# A loop that loses nothing


@dataclass
class Counting:
    """Answers with the question's key; breaks off before the answer of one number."""

    breaks_at: int = -1
    asked: list[tuple[str, ...]] = field(default_factory=list)
    refuses: str = ""
    name: str = "counting"
    settings: Mapping[str, Any] = field(default_factory=dict)

    def answer(self, questions: Sequence[Question]) -> Iterable[Answer]:
        if len(self.asked) == self.breaks_at:
            raise KeyboardInterrupt
        if any(one.task.id == self.refuses for one in questions):
            raise RecordError("is too long")
        self.asked.append(tuple(one.task.id for one in questions))
        return [Reply(f"{one.key} \x1b\ud800", {"tokens": 1}, {"raw": 1}) for one in questions]


def test_what_was_answered_before_a_break_is_not_asked_again(tmp_path: Path) -> None:
    plan = Plan(seeds=(1, 2), samples=2, batch=2, archive=tmp_path / "raw")
    whole, problems = generate(TASKS, BOTH, Counting(), Plan((1, 2), 2, 2))
    assert problems == []
    assert len({one.key for one in whole}) == len(whole) == 2 * 2 * 2 * len(TASKS)
    broken = Counting(breaks_at=7)
    with pytest.raises(KeyboardInterrupt):
        generate(TASKS, BOTH, broken, plan)
    with (tmp_path / "raw").open("a") as file:
        file.write('{"question": "cut o')
    rest = Counting()
    assert generate(TASKS, BOTH, rest, plan) == (whole, [])
    assert len(broken.asked) + len(rest.asked) == 24
    again = Counting()
    assert generate(TASKS, BOTH, again, plan) == (whole, [])
    assert again.asked == []
    other = Counting(settings={"temperature": 1})
    generate(TASKS, BOTH, other, plan)
    assert len(other.asked) == 24


def test_what_came_of_a_batch_before_a_break_is_kept(tmp_path: Path) -> None:
    @dataclass
    class Slow(Counting):
        def answer(self, questions: Sequence[Question]) -> Iterator[Reply]:
            yield Reply("first")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(TASKS, BOTH, Slow(), Plan(archive=tmp_path / "raw"))
    assert [row["reply"] for row in rows(tmp_path / "raw")] == ["first"]


def test_what_others_of_a_batch_were_answered_is_kept_where_a_server_is_in_trouble(
    tmp_path: Path,
) -> None:
    @dataclass
    class Troubled(Counting):
        def answer(self, questions: Sequence[Question]) -> Iterator[Answer]:
            for one in questions:
                yield BadInputError("busy") if one.task.id == "t/0" else Reply(one.task.id)

    with pytest.raises(BadInputError, match="busy"):
        generate(TASKS, BOTH[:1], Troubled(), Plan(batch=5, archive=tmp_path / "raw"))
    assert [row["id"] for row in rows(tmp_path / "raw")] == ["t/1", "t/2", "t/3", "t/4"]


def test_an_archive_has_a_folder_and_one_writer(tmp_path: Path) -> None:
    plan = Plan(archive=tmp_path / "new" / "raw")

    @dataclass
    class Second(Counting):
        def answer(self, questions: Sequence[Question]) -> Iterable[Answer]:
            with pytest.raises(BadInputError, match="another command"):
                generate(TASKS, BOTH, Counting(), plan)
            return super().answer(questions)

    generate(TASKS, BOTH, Second(), plan)
    count = len(BOTH) * len(TASKS)
    assert answered_before(TASKS, BOTH, Second(), plan) == (count, count)
    assert answered_before(TASKS, BOTH, Counting(settings={"temperature": 1}), plan) == (0, count)


def test_a_question_that_cannot_be_answered_costs_itself_alone() -> None:
    found, problems = generate(TASKS, BOTH[:1], Counting(refuses="t/2"), Plan(batch=5))
    assert [one.id for one in found] == ["t/0", "t/1", "t/3", "t/4"]
    assert problems == ["'t/2': is too long"]


# A checkpoint


def test_a_checkpoint_answers_alike_under_one_seed(
    checkpoint: Path, tasks: Path, tmp_path: Path
) -> None:
    said = {}
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        call(checkpoint, "--tasks", tasks, "-o", tmp_path / name, "--seed", str(seed),
             "--temperature", "1", "--max-tokens", "6", "--batch", "2")  # fmt: skip
        said[name] = [row["prediction"] for row in rows(tmp_path / name)]
    assert said["a"] == said["b"] != said["c"]
    row = rows(tmp_path / "a")[0]
    assert (row["model"], row["finish"], row["tokens"]) == ("tiny", "length", 6)
    raw = rows(tmp_path / "a.raw.jsonl")
    assert len(raw) == 2 * len(TASKS)
    assert len(raw[0]["raw"]["tokens"]) == 6


def test_a_batch_changes_no_greedy_answer(checkpoint: Path, tasks: Path, tmp_path: Path) -> None:
    for size in ("1", "5"):
        call(checkpoint, "--tasks", tasks, "-o", tmp_path / size, "--in", "rust", "--batch", size,
             "--max-tokens", "6")  # fmt: skip
    one, five = ([row["prediction"] for row in rows(tmp_path / size)] for size in ("1", "5"))
    assert one == five


def test_laps_change_no_greedy_answer(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that goes on without what has ended says what it would have said."""
    from redox_eval import checkpoints

    questions = [Question(one, ARMS["rust"], 0, 0) for one in TASKS]

    def said(ends: list[int]) -> list[list[int]]:
        model = checkpoints.load_checkpoint(checkpoint, 0.0, 11)
        for weights in model.model.parameters():
            weights.data.mul_(6)  # random weights this large answer each question otherwise
        model.model.generation_config.eos_token_id = [model.tokenizer.eos_token_id, *ends]
        return [reply.raw["tokens"] for reply in model.answer(questions)]

    plain = said([])
    assert {len(one) for one in plain} == {11}
    whole = said([plain[0][4]])
    assert 4 == len(whole[0]) < max(map(len, whole))
    monkeypatch.setattr(checkpoints, "LAP", 3)
    assert said([plain[0][4]]) == whole


def test_examples_are_drawn_from_train_tasks(tmp_path: Path) -> None:
    taught = [task(f"e/{n}", f"Adds {n}.", "fn a()", "fn a() {}", "train") for n in range(4)]
    write_rows(tmp_path / "tasks", map(task_as_json, [*taught, TASKS[0]]))
    asked: list[tuple[str, ...]] = []

    class Listening(Counting):
        def answer(self, questions: Sequence[Question]) -> Iterable[Answer]:
            asked.extend(tuple(shown.id for shown in one.shown) for one in questions)
            return super().answer(questions)

    shown = drawn_examples(taught[::-1], 2)
    generate(TASKS[:2], BOTH, Listening(), Plan(shown=shown))
    assert asked == [tuple(one.id for one in drawn_examples(taught, 2))] * 4
    said = call("reference", "--tasks", tmp_path / "tasks", "--split", "train", "-o",
                tmp_path / "p", "--shots", "5", code=2)  # fmt: skip
    assert "holds 4 train tasks, and --shots wants 5" in said


def test_a_prompt_that_leaves_no_room_is_named(
    checkpoint: Path, tasks: Path, tmp_path: Path
) -> None:
    output = call(checkpoint, "--tasks", tasks, "-o", tmp_path / "p", "--in", "rust",
                  "--max-tokens", "2040", code=1)  # fmt: skip
    assert "more than the 2,048" in output
    assert rows(tmp_path / "p") == []


# A server


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="module")
def address(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of transformers' own server, which answers with the checkpoint."""
    port = free_port()
    log = tmp_path_factory.mktemp("server") / "log"
    command = [str(Path(sys.executable).with_name("transformers")), "serve", "--host", "127.0.0.1",
               "--port", str(port), "--device", "cpu"]  # fmt: skip
    with (
        log.open("wb") as file,
        subprocess.Popen(
            command, stdout=file, stderr=file, env={**os.environ, "HF_HUB_OFFLINE": "1"}
        ) as server,
    ):
        try:
            for _ in range(1500):  # five minutes, on a machine that is busy
                if server.poll() is not None or is_up(f"http://127.0.0.1:{port}/health"):
                    break
                time.sleep(0.2)
            assert server.poll() is None, log.read_text()
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()


def is_up(address: str) -> bool:
    try:
        with urlopen(address, timeout=5):
            return True
    except (URLError, OSError):
        return False


def test_a_real_server_is_asked(
    address: str, checkpoint: Path, tasks: Path, tmp_path: Path
) -> None:
    call(address, "--tasks", tasks, "-o", tmp_path / "p", "--served", checkpoint,
         "--max-tokens", "6", "--batch", "3")  # fmt: skip
    found = rows(tmp_path / "p")
    assert [row["id"] for row in found] == [one.id for one in TASKS for _ in BOTH]
    assert all(row["tokens"] and row["finish"] == "length" for row in found)
    raw = rows(tmp_path / "p.raw.jsonl")
    assert all(row["raw"]["choices"][0]["message"]["content"] == row["reply"] for row in raw)


def test_a_real_server_goes_on_with_an_answer_that_has_begun(
    address: str, checkpoint: Path
) -> None:
    endpoint = Endpoint(address, str(checkpoint))
    beginning = Beginning("Adds 3 to `x`.", "fn add(x: u32) -> u32", "")
    said = endpoint.write(beginning, 6, "never said")
    assert said == endpoint.write(beginning, 6, "never said")
    assert said.tokens > 0
    assert 0 < said.confidence <= 1


ANSWER = {"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}]}


@contextmanager
def scripted(
    answers: Sequence[tuple[int, Mapping[str, str], object]],
) -> Iterator[tuple[str, list[Any]]]:
    """Serve these answers one after another, the last for ever; give what was asked."""
    left, asked = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.path, dict(self.headers), json.loads(body)))
            code, headers, answer = left.pop(0) if len(left) > 1 else left[0]
            data = json.dumps(answer).encode()
            self.send_response(code)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1", asked
        finally:
            server.shutdown()
            thread.join()


def server_at(address: str, pauses: list[float]) -> Server:
    return Server(address, "m", 0.5, 7, key="secret", timeout=30.0, pause=pauses.append)


QUESTION = Question(TASKS[0], ARMS["iron"], 3, 1)


def test_a_server_in_trouble_is_asked_again_after_a_pause() -> None:
    pauses: list[float] = []
    troubles = [(503, {}, {}), (429, {"Retry-After": "7"}, {}), (500, {}, []), (200, {}, ANSWER)]
    with scripted(troubles) as (address, asked):
        server = server_at(address, pauses)
        (answer,) = server.answer([QUESTION])
    assert isinstance(answer, Reply)
    assert answer.text == "yes"
    assert "secret" not in repr(server) + json.dumps(dict(server.settings))
    assert len(asked) == 4
    assert 0.5 <= pauses[0] <= 1
    assert pauses[1] == 7.0
    assert 2 <= pauses[2] <= 4
    path, headers, body = asked[0]
    assert (path, headers["Authorization"]) == ("/v1/chat/completions", "Bearer secret")
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("m", 0.5, 7)
    assert body["messages"] == ask(TASKS[0], ARMS["iron"])
    assert body["seed"] != QUESTION.seed


@pytest.mark.parametrize(
    ("answer", "error", "said", "count"),
    [
        ((503, {}, "busy\x1b[31m"), BadInputError, "goes on from there", TRIES),
        ((401, {}, "no key"), BadInputError, "401", 1),
        ((400, {}, "too long"), RecordError, "too long", 1),
        ((200, {}, {"choices": []}), BadInputError, "no message", 1),
    ],
)
def test_a_server_that_stays_in_trouble_is_named(
    answer: tuple[int, dict[str, str], object], error: type[Exception], said: str, count: int
) -> None:
    with scripted([answer]) as (address, asked):
        (trouble,) = server_at(address, []).answer([QUESTION])
        assert len(asked) == count
    assert isinstance(trouble, error)
    assert re.search(said, str(trouble))
    assert str(trouble).isprintable()


# The baseline

TRAIN = [
    task("train/add", "`sum_up` takes `a` and adds 3; it gives the result.",
         "fn sum_up(a: i64) -> i64", "fn sum_up(a: i64) -> i64 {\n    a + 3\n}\n", "train"),
    task("train/mul", "`scale` takes `a` and multiplies by 4; it gives the result.",
         "fn scale(a: i64) -> i64", "fn scale(a: i64) -> i64 {\n    a * 4\n}\n", "train"),
    task("train/text", "`say` gives `a` as a text.", "fn say(a: i64) -> String",
         "fn say(a: i64) -> String {\n    a.to_string()\n}\n", "train"),
]  # fmt: skip
ASKED = task("test/mul", "`widen` takes `size` and multiplies by 12; it returns the result.",
             "fn widen(size: i64) -> i64")  # fmt: skip


def test_the_baseline_copies_the_nearest_row_with_names_and_numbers_put_in() -> None:
    model = learn(TRAIN)
    assert nearest_row(model, ASKED).task.id == "train/mul"
    assert adapted(TRAIN[1], ASKED) == "fn widen(size: i64) -> i64 {\n    size * 12\n}\n"
    assert nearest_row(model, task("x", "nothing alike", "fn f()")).task.id == "train/add"


def test_the_baseline_answers_one_split_and_says_what_it_copied(tmp_path: Path) -> None:
    write_rows(tmp_path / "tasks", map(task_as_json, [*TRAIN, ASKED]))
    call("nearest", "--tasks", tmp_path / "tasks", "--split", "test", "-o", tmp_path / "p")
    rust, iron = rows(tmp_path / "p")
    assert rust["prediction"] == "```\nfn widen(size: i64) -> i64 {\n    size * 12\n}\n```\n"
    assert "size times 12" in iron["prediction"]
    assert (iron["model"], iron["copied_from"]) == ("nearest", "train/mul")
    assert "no task of this split" in call(
        "nearest", "--tasks", tmp_path / "tasks", "--split", "none", "-o", tmp_path / "q", code=2
    )


def test_what_is_no_model_is_a_bad_call(tasks: Path, tmp_path: Path) -> None:
    for name, said in (("none", "is no model"), (str(tmp_path), "holds no model"),
                       ("ftp://x/v1", "is no address"), ("nearest", "--train")):  # fmt: skip
        assert said in call(name, "--tasks", tasks, "-o", tmp_path / "p", code=2)
    torn = make_tiny_model(tmp_path / "torn")
    (torn / "model.safetensors").write_bytes(b"torn")
    assert "can't be loaded" in call(torn, "--tasks", tasks, "-o", tmp_path / "p", code=2)
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize("kind", ["llama", "own"])
def test_code_of_a_model_is_never_run(kind: str, tasks: Path, tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "model")
    ran = add_code(folder, kind)
    is_known = kind == "llama"
    said = call(folder, "--tasks", tasks, "-o", tmp_path / "p", "--max-tokens", "1",
                code=0 if is_known else 2)  # fmt: skip
    assert is_known or "can't be loaded" in said
    assert not ran.exists()


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["--guard", "repair"], "--guard repair"),
        (["--temperature", "1"], "--temperature"),
        (["--shots", "1"], "--shots"),
    ],
)
def test_the_small_model_refuses_what_it_cannot_follow(
    words: list[str], option: str, tasks: Path, tmp_path: Path
) -> None:
    pytest.importorskip("onnxruntime")
    write_rows(tmp_path / "train", map(task_as_json, TRAIN))
    said = call("embedded", "--tasks", tasks, "-o", tmp_path / "p", "--in", "iron",
                "--train", tmp_path / "train", *words, code=2)  # fmt: skip
    assert f"{option} is for larger models" in said


@pytest.mark.parametrize("words", [[], ["--in", "rust"], ["--in", "iron", "--in", "rust"]])
def test_the_small_model_refuses_another_arm_than_iron(
    words: list[str], tasks: Path, tmp_path: Path
) -> None:
    said = call("embedded", "--tasks", tasks, "-o", tmp_path / "p", *words, code=2)
    assert "not the arm rust: say --in iron" in " ".join(said.split())
    assert not (tmp_path / "p").exists()


def test_the_small_model_names_what_is_too_long_for_it(tasks: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    said = call("embedded", "--tasks", tasks, "-o", tmp_path / "p", "--in", "iron",
                "--max-tokens", "1020", code=1)  # fmt: skip
    assert "more than the 1,024 that the model takes" in " ".join(said.split())


def test_controls_answer_in_both_arms() -> None:
    found, problems = generate(TRAIN[:1], BOTH, CONTROLS["todo"], Plan(batch=1))
    assert [one.arm for one in found] == ["rust", "iron"]
    assert "todo!()" in found[0].prediction
    assert problems == []
    assert generate(TASKS[:1], BOTH[:1], CONTROLS["todo"], Plan(batch=1))[1] == [
        "'t/0': has no reference"
    ]


# Under the grammar

UNENDED = re.compile(r"""\S*|[bcr]*#*["'/].*""", re.DOTALL)
"""What a reply that was cut off may end in: a part of a word, a text or a comment."""


def test_a_guarded_checkpoint_says_iron_alone(
    checkpoint: Path, tasks: Path, tmp_path: Path
) -> None:
    """Random weights say the beginning of a fenced block of canonical Iron, and no other text."""
    pytest.importorskip("llguidance")
    call(checkpoint, "--tasks", tasks, "-o", tmp_path / "p", "--in", "iron", "--guard", "grammar",
         "--max-tokens", "40", "--temperature", "1")  # fmt: skip
    said = [row["prediction"] for row in rows(tmp_path / "p")]
    assert len(said) == len(TASKS)
    for reply in said:
        fence, _, iron = reply.partition("\n")
        assert fence in ("```", "```iron")
        refusal = load_grammar().refusal(iron)
        assert refusal is None or UNENDED.fullmatch(iron[refusal.start :]), reply


def test_the_small_model_guarded_says_iron_with_its_names_put_back(tmp_path: Path) -> None:
    pytest.importorskip("llguidance")
    said = "`lower_mass` takes `n` and bounds it by 5 below and 17 above, then decreases it by 9."
    asked = [
        task("taught", said, "pub fn lower_mass(n: i64) -> i64"),
        task("untaught", "Sings.", "pub fn sing(high: &[Vec<u8>], low: Option<String>) -> String"),
    ]
    write_rows(tmp_path / "tasks", map(task_as_json, asked))
    call("embedded", "--tasks", tmp_path / "tasks", "-o", tmp_path / "p", "--in", "iron",
         "--guard", "grammar", "--max-tokens", "120")  # fmt: skip
    found = {row["id"]: row for row in rows(tmp_path / "p")}
    assert found["taught"]["finish"] == "stop"
    assert "function lower_mass takes n of type i64" in found["taught"]["prediction"]
    for row in found.values():
        _, _, iron = row["prediction"].partition("\n")
        refusal = load_grammar().refusal(iron.removesuffix("```"))
        is_cut = row["finish"] == "length"
        assert refusal is None or is_cut and UNENDED.fullmatch(iron[refusal.start :]), iron


def test_a_guarded_checkpoint_says_rust_alone(
    checkpoint: Path, tasks: Path, tmp_path: Path
) -> None:
    """Random weights say the beginning of a fenced block of Rust, and no other text."""
    llguidance = pytest.importorskip("llguidance")
    from redox_eval.decoding import LIMITS, reply_grammar

    call(checkpoint, "--tasks", tasks, "-o", tmp_path / "p", "--in", "rust", "--guard", "grammar",
         "--max-tokens", "40", "--temperature", "1")  # fmt: skip
    said = [row["prediction"] for row in rows(tmp_path / "p")]
    assert len(said) == len(TASKS)
    for reply in said:
        data = list(reply.encode())
        byte = llguidance.LLTokenizer("byte")
        matcher = llguidance.LLMatcher(byte, reply_grammar(is_rust=True), limits=LIMITS)
        assert matcher.try_consume_tokens(data) == len(data), reply


def test_a_tokenizer_whose_decoder_is_of_two_kinds_is_read_right(checkpoint: Path) -> None:
    """As those are that transformers makes of a model's GGUF."""
    pytest.importorskip("llguidance")
    from redox_eval.decoding import Guard

    text = '```\nfn f() {\n    g("\u00e9")\n}\n```'
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    byte_level = tokenizer.backend_tokenizer.decoder
    two_kinds = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse(), byte_level])
    tokenizer.backend_tokenizer.decoder = two_kinds
    said = torch.tensor([tokenizer(text)["input_ids"]])
    guarding = Guard(tokenizer, len(tokenizer)).begin([0], is_rust=True)
    for length in range(1, said.shape[1] + 1):
        scores = guarding(said[:, :length], torch.zeros(1, len(tokenizer)))
        assert length == said.shape[1] or scores[0, said[0, length]] == 0


@pytest.mark.parametrize("arm", ["rust", "iron"])
def test_each_answer_begins_with_the_signature_where_that_is_forced(
    checkpoint: Path, tasks: Path, tmp_path: Path, arm: str
) -> None:
    pytest.importorskip("llguidance")
    call(checkpoint, "--tasks", tasks, "-o", tmp_path / "p", "--in", arm, "--guard", "grammar",
         "--force-signature", "--max-tokens", "12", "--batch", "3")  # fmt: skip
    found = {row["id"]: row for row in rows(tmp_path / "p")}
    assert len(found) == len(TASKS)
    for one in TASKS:
        begun = begun_answer(one, known_arms({})[arm])
        said = found[one.id]["prediction"]
        assert said.startswith(begun)
        assert len(said) > len(begun)
        assert found[one.id]["tokens"] <= 12


def test_a_guard_is_for_models_here_and_languages_with_a_grammar(
    tasks: Path, tmp_path: Path
) -> None:
    book = tmp_path / "own.toml"
    shutil.copy(BUILT_IN, book)
    for chosen, told in (
        (("--in", "own", "--arm", f"own={book}"), "not the arm own"),
        (("--in", "iron"), "--guard grammar is for models in folders"),
    ):
        output = call("reference", "--tasks", tasks, "-o", tmp_path / "p", *chosen,
                      "--guard", "grammar", code=2)  # fmt: skip
        assert told in " ".join(output.split())
    output = call("reference", "--tasks", tasks, "-o", tmp_path / "p", "--force-signature", code=2)
    assert "--force-signature is for models in folders" in " ".join(output.split())
