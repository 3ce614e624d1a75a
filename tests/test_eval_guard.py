"""A model asked again while its answers are no code: each try kept, within one budget."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from eval_bench import make_bench, needs_bench
from tiny_model import make_tiny_model
from typer.testing import CliRunner

from redox.cli import app
from redox_eval.arms import known_arms
from redox_eval.guarding import Guard, Guarded, faults_of
from redox_eval.judging import Bench
from redox_eval.models import Question, Reply
from redox_eval.records import RecordError, Task, task_as_json
from redox_eval.rows import write_rows

ARMS = known_arms({})
TASK = Task(
    "add", "f", "fn add(x: i32, y: i32) -> i32", "x", None, extra={"prompt": "Adds.", "split": "x"}
)
IRON = Question(TASK, ARMS["iron"], seed=1, sample=0)
RUST = Question(TASK, ARMS["rust"], seed=1, sample=0)
RIGHT = """```
function add takes x of type i32 and y of type i32 returns i32 begin
    x plus y
end function
```"""


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with make_bench() as made:
        yield made


@needs_bench
@pytest.mark.parametrize(
    ("question", "reply", "expected"),
    [
        (IRON, RIGHT, []),
        (IRON, "", ["- the reply holds no code"]),
        (IRON, RIGHT.replace("plus", "plis"), ["- `plis` is no phrase here: did you mean `plus`?"]),
        (
            IRON,
            RIGHT.replace("plus y", "plus z"),
            ["- line 2, `x plus z`: cannot find value `z` in this scope"],
        ),
        (RUST, "```\nfn add(x: i32, y: i32) -> i32 { x + y }\n```", []),
        (
            RUST,
            "```\nfn add(x: i32, y: i32) -> i32 {\n    x.y\n}\n```",
            ["- line 2, `x.y`: `i32` is a primitive type and therefore doesn't have fields"],
        ),
        (RUST, RIGHT, ["- the reply holds phrases of Iron"]),
        (
            RUST,  # a line end of Unicode ends no line of code, nor of what rustc says
            "```\n/* \u2028 */ fn add(x: i32, y: i32) -> i32 {\n    z // \u2028\n}\n```",
            ["- line 2, `z //`: cannot find value `z` in this scope"],
        ),
        (
            RUST,
            "#[no_mangle] fn add() {}",
            ["- not to be used in a solution: no_mangle"],
        ),
    ],
)
def test_faults_are_said_in_the_words_of_the_arm(
    question: Question, reply: str, expected: list[str], bench: Bench
) -> None:
    assert list(faults_of(question, reply, bench)) == expected


class Scripted:
    """Says its answers in turn, each of ten tokens, and remembers what it was asked."""

    name = "scripted"
    settings: Mapping[str, Any] = {"model": "scripted", "max_tokens": 20, "temperature": 0.0}

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[Question] = []

    def answer(self, questions: Sequence[Question]) -> list[Reply]:
        self.asked += questions
        facts = {"tokens": 10, **self.settings}
        return [Reply(self.answers.pop(0), facts) for _ in questions]


def is_bad(question: Question, reply: str) -> str:
    return "- it is bad" if "bad" in reply else ""


def replies(guarded: Guarded, *questions: Question) -> list[Reply]:
    found = list(guarded.answer(questions))
    assert all(isinstance(one, Reply) for one in found)
    return [one for one in found if isinstance(one, Reply)]


def guarded(model: Scripted, guard: Guard, tries: int = 3, budget: int = 60) -> Guarded:
    return Guarded(model, model, guard, tries, budget, is_bad)


def test_a_good_answer_is_asked_for_once() -> None:
    model = Scripted("good")
    (reply,) = replies(guarded(model, Guard.REPAIR), IRON)
    assert reply.text == "good"
    assert reply.facts["tries"] == [
        {"reply": "good", "fault": "", "tokens": 10, "temperature": 0.0}
    ]


def test_repair_tells_what_is_wrong_and_retry_does_not() -> None:
    model = Scripted("bad", "bad again", "good")
    (reply,) = replies(guarded(model, Guard.REPAIR), IRON)
    assert [one["reply"] for one in reply.facts["tries"]] == ["bad", "bad again", "good"]
    roles = [one["role"] for one in model.asked[2].messages]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user"]
    assert "- it is bad" in model.asked[2].messages[-1]["content"]
    model = Scripted("bad", "good")
    guarded(model, Guard.RETRY).answer([IRON])
    first, second = model.asked
    assert first.messages == second.messages
    assert first.key != second.key


def test_what_is_said_first_is_what_the_model_says_without_a_guard() -> None:
    model, warmer = Scripted("bad"), Scripted("bad again", "good")
    warmer.settings = {**model.settings, "temperature": 0.5}
    asked = Guarded(model, warmer, Guard.RETRY, 3, 60, is_bad)
    (reply,) = replies(asked, IRON)
    assert [one["temperature"] for one in reply.facts["tries"]] == [0.0, 0.5, 0.5]
    assert [one["reply"] for one in reply.facts["tries"]] == ["bad", "bad again", "good"]
    assert asked.settings["temperature"] == 0.0
    assert asked.settings["again"] == 0.5


def test_only_what_is_wrong_is_asked_again() -> None:
    model = Scripted("good", "bad", "good at last")
    said = replies(guarded(model, Guard.RETRY), IRON, RUST)
    assert [one.text for one in said] == ["good", "good at last"]
    assert [one.arm.name for one in model.asked] == ["iron", "rust", "rust"]


def test_what_cannot_be_asked_again_keeps_its_answer() -> None:
    class Short(Scripted):
        def answer(self, questions: Sequence[Question]) -> list[Reply]:
            if any(one.turns for one in questions):
                raise RecordError("its prompt is too long")
            return super().answer(questions)

    (reply,) = replies(guarded(Short("bad"), Guard.REPAIR), IRON)
    assert reply.text == "bad"
    assert len(reply.facts["tries"]) == 1


@pytest.mark.parametrize(("tries", "budget", "asked"), [(3, 60, 3), (2, 60, 2), (9, 45, 3)])
def test_tries_and_budget_end_it(tries: int, budget: int, asked: int) -> None:
    model = Scripted(*["bad"] * 9)
    (reply,) = replies(guarded(model, Guard.RETRY, tries, budget), IRON)
    assert len(model.asked) == asked
    assert reply.text == "bad"


@needs_bench
def test_the_command_keeps_each_try_and_refuses_to_say_the_same_again(tmp_path: Path) -> None:
    tasks, answers = tmp_path / "tasks.jsonl", tmp_path / "answers.jsonl"
    write_rows(tasks, [task_as_json(TASK)])
    words = ["eval", "generate", str(make_tiny_model(tmp_path / "tiny")), "--tasks", str(tasks),
             "--in", "iron", "-o", str(answers), "--max-tokens", "6", "--tries", "2"]  # fmt: skip
    refused = CliRunner().invoke(app, [*words, "--guard", "retry", "--again", "0"])
    assert refused.exit_code == 2
    assert "--again" in refused.output
    done = CliRunner().invoke(app, [*words, "--guard", "repair"])
    assert done.exit_code == 0, done.output
    (row,) = [json.loads(line) for line in answers.read_text().splitlines()]
    assert [one["fault"] for one in row["tries"]] != ["", ""]
    assert [one["temperature"] for one in row["tries"]] == [0.0, 0.5]
    assert row["model"].endswith("+repair")
