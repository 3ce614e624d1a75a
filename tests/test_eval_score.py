"""`redox eval score` from end to end, and its parts on small texts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eval_bench import MCEVAL, TESTS, make_bench, needs_bench, needs_mceval
from typer.testing import CliRunner

from redox import reduce
from redox.cli import app
from redox_eval import sandbox, scoring
from redox_eval.arms import Arm, known_arms, render
from redox_eval.judging import Bench, Toolchain
from redox_eval.records import Outcome, Prediction, RecordError, task_from_json
from redox_eval.replies import extract_code
from redox_eval.rows import read_rows
from redox_eval.sandbox import Isolation
from redox_eval.scoring import Job, Plan, judge_reply
from redox_eval.suites import SuiteError, read_suite

RIGHT = "fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n"
TASK = {"id": "add/1", "family": "add", "signature": "fn add(a: i32, b: i32) -> i32",
        "tests": TESTS, "reference": RIGHT, "template": "t1"}  # fmt: skip


def write(path: Path, rows: Sequence[Mapping[str, Any] | str]) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def answer(prediction: str, arm: str = "rust", **fields: Any) -> dict[str, Any]:
    return {"id": "add/1", "arm": arm, "seed": 0, "prediction": prediction, **fields}


def score(folder: Path, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    call = ["eval", "score", str(folder / "predictions"), "--tasks", str(folder / "tasks")]
    call += ["-o", str(folder / "results"), "--cache", str(folder / "cache"), *arguments]
    done = CliRunner().invoke(app, call)
    assert done.exit_code == code, (done.output, done.exception)
    return [json.loads(line) for line in (folder / "results").read_text().splitlines()]


# Replies


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("fn add() {}", "fn add() {}"),
        ("Sure:\n```rust\nfn add() {}\n```\nDone.", "fn add() {}\n"),
        ("~~~~\nfn add() {}\n```\n~~~~\n", "fn add() {}\n```\n"),
        ("```rust\nfn add() {}", "fn add() {}"),
        ("<think>\n```\nfn add() { wrong }\n```\n</think>\n```\nfn add() {}\n```", "fn add() {}\n"),
        ("```\nfn add() {}\n```\nUse it:\n```\nadd();\n```", "fn add() {}\n"),
        ("```\r\nfn add() {}\r\n```\r\n", "fn add() {}\r\n"),
        ("```\nlet x = `a`;\n```", "let x = `a`;\n"),
    ],
)
def test_code_is_taken_out_of_a_reply(reply: str, code: str) -> None:
    assert extract_code(reply, lambda block: "fn add" in block).code == code


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ("", "no code"),
        ("```\n\n```", "no code"),
        ("<think> hm", "never ends"),
        ("```\nfn add() {}\n```\nor\n```\nfn add() { 1 }\n```", "several"),
        ("```\na\n```\n```\nb\n```", "none"),
        ("fn add() { '\ud800' }", "surrogate"),
    ],
)
def test_reply_without_one_answer_is_malformed(reply: str, problem: str) -> None:
    found = extract_code(reply, lambda block: "fn add" in block)
    assert found.code is None
    assert problem in found.problem


# Arms


def test_rust_is_its_own_language_and_iron_is_not_rust() -> None:
    arms = known_arms({})
    assert render(RIGHT, arms["rust"]).is_own_language
    iron = reduce(RIGHT).text
    assert render(iron, arms["iron"]).is_own_language
    assert render(iron, arms["iron"]).rust == RIGHT
    assert not render(iron, arms["rust"]).is_own_language
    assert not render(RIGHT, arms["iron"]).is_own_language


@pytest.mark.parametrize(
    "rust",
    [
        "a + b",
        "fn g takes x of type u8 begin\n    end function",
        "let mut x be 1",
        "&x",
        "f()",
        "x;",
        "pub function g",
    ],
)
def test_one_token_of_rust_in_iron_is_seen(rust: str) -> None:
    iron = f"function f begin\n    {rust}\nend function\n"
    assert not render(iron, Arm("iron")).is_own_language


@pytest.mark.parametrize("quiet", ['"fn (a + b);"', "// fn (a + b);", "1.5", "'x'", "r#fn"])
def test_literals_comments_and_raw_names_are_of_every_language(quiet: str) -> None:
    iron = f"function f begin\n    let x be 1 {quiet if quiet[0] == '/' else ''}\n"
    iron += f"    let y be {'2' if quiet[0] == '/' else quiet}\nend function\n"
    assert render(iron, Arm("iron")).is_own_language


def test_macro_definitions_of_canonical_iron_are_iron() -> None:
    rust = "macro_rules! m {\n    ($v:vis fn $n:ident) => { $v fn $n() {} };\n}\n"
    assert render(reduce(rust).text, Arm("iron")).is_own_language


# Tests


def test_tests_are_found_by_path_and_made_public() -> None:
    suite = read_suite(
        "#[cfg(test)]\nmod tests {\n    use super::*;\n    fn help() {}\n    mod inner {\n"
        '        #[test]\n        #[should_panic(expected = "no \\"x\\"")]\n'
        "        fn a() {}\n    }\n"
        "    #[test]\n    #[ignore]\n    fn b() {}\n    #[test]\n    fn c() { assert!(true) }\n}\n"
    )
    assert [test.path for test in suite.tests] == ["tests::inner::a", "tests::c"]
    assert suite.tests[0].should_panic
    assert suite.tests[0].expected == 'no \\"x\\"'
    assert "cfg(test)" not in suite.text
    assert suite.text.count("use ::redox_guard::{assert}") == 2


def test_tests_outside_a_module_get_one() -> None:
    suite = read_suite("#[test]\nfn a() { assert!(true) }\n")
    assert [test.path for test in suite.tests] == ["redox_tests::a"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("mod tests { fn a() {} }", "there is no"),
        ('mod tests { #[test] fn a() { " } }', "unterminated"),
        ("mod t { macro_rules! m { ($n:ident) => { #[test] fn $n() {} } } m!(a); }", "a macro"),
        ("mod tests { #[test] async fn a() {} }", "async"),
        ("mod tests { #[test] fn a() {} ", "brackets"),
    ],
)
def test_tests_that_cannot_be_judged_are_refused(text: str, reason: str) -> None:
    with pytest.raises(SuiteError, match=reason):
        read_suite(text)


# Files


def test_broken_lines_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    rows: list[Any] = [TASK, "{", '{"id": 1}', '{"id": "a", "id": "b"}', TASK, "[1]", "[" * 100_000,
            {**TASK, "id": "add/2", "edition": "1999"}, '{"id": NaN}', "9" * 5000,
            {**TASK, "id": "add/3", "more": {"x": [1]}}]  # fmt: skip
    read = read_rows(write(tmp_path / "tasks", rows), task_from_json, lambda task: task.id)
    assert [task.id for task in read.rows] == ["add/1", "add/3"]
    assert read.rows[1].extra["more"] == {"x": [1]}
    assert [problem.line for problem in read.problems] == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert all(str(problem).isprintable() for problem in read.problems)


def test_missing_fields_are_named() -> None:
    with pytest.raises(RecordError, match="tests: is missing"):
        task_from_json({"id": "a", "signature": "fn a()"})


# The command


@needs_bench
def test_each_kind_of_reply_gets_its_outcome(tmp_path: Path) -> None:
    iron = reduce(RIGHT).text
    answers = {
        "passed": answer(RIGHT),
        "malformed": answer("```\n```"),
        "not_arm_language": answer(RIGHT, "iron"),
        "transform_error": answer("function add begin\n    let x be 1\nend if\n", "iron"),
        "compile_error": answer("fn add(a: i32, b: i32) -> i32 { a + c }"),
        "assertion": answer("fn add(a: i32, b: i32) -> i32 { a - b }"),
        "panic": answer("fn add(_: i32, _: i32) -> i32 { assert!(false); 0 }"),
        "no_test_ran": answer("fn add(_: i32, _: i32) -> i32 { std::process::exit(0) }"),
    }
    rows = [{**row, "seed": seed, "note": kind} for seed, (kind, row) in enumerate(answers.items())]
    rows.append(answer(f"```\n{iron}```\n", "iron", seed=99, note="passed", outcome="mine"))
    write(tmp_path / "tasks", [TASK])
    write(tmp_path / "predictions", rows)
    results = score(tmp_path)
    assert [row["outcome"] for row in results] == [row["note"] for row in results]
    by_kind = {row["note"]: row for row in results}
    assert by_kind["not_arm_language"]["lenient"] == "passed"
    assert by_kind["compile_error"]["codes"] == ["E0425"]
    assert by_kind["compile_error"]["compiled"] is False
    assert by_kind["assertion"]["compiled"] is True
    assert by_kind["assertion"]["tests"] == {"tests::adds": "assertion",
                                             "tests::adds_more": "assertion"}  # fmt: skip
    assert by_kind["transform_error"]["transformed"] is False
    assert results[-1]["of_prediction"] == {"outcome": "mine"}
    assert all(row["template"] == "t1" and row["family"] == "add" for row in results)
    assert all(row["versions"]["isolation"] != "none" for row in results)


@needs_bench
def test_equal_predictions_are_judged_once_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "tasks", [TASK, {**TASK, "id": "add/2", "family": "other"}])
    write(tmp_path / "predictions", [answer(RIGHT, seed=seed) for seed in range(5)]
          + [answer(RIGHT, id="add/2"), answer(reduce(RIGHT).text, "iron")])  # fmt: skip
    results = score(tmp_path)
    assert {row["outcome"] for row in results} == {"passed"}
    assert len({json.dumps(row["seconds"]) for row in results}) == 1
    # Two replies that are different, and the Rust that both are.
    assert len(list((tmp_path / "cache").rglob("*.json"))) == 3
    # A second run finds the verdict, and has nothing to judge.
    monkeypatch.setattr("redox_eval.scoring.run_jobs", None)
    assert score(tmp_path) == results


BENCH = Bench(Toolchain("rustc 1", Path("rust")), Isolation.BUBBLEWRAP, Path("bench"))
TWICE = BENCH.run_limits.scaled(2)


def keys_of(
    fields: Mapping[str, Any], bench: Bench = BENCH, arm: str = "rust", reply: str = RIGHT
) -> tuple[str, str]:
    """Return what verdicts on a reply to a task, and on its Rust, are kept under."""
    task = task_from_json({**TASK, **fields})
    plan = Plan(bench, known_arms({}), 1)
    job = scoring._job(Prediction(task.id, arm, 0, reply), task, read_suite(task.tests), plan)
    return job.key, scoring._rust_key(render(reply, job.arm).rust, job)


@pytest.mark.parametrize(
    ("fields", "changes", "reply"),
    [
        ({"tests": TESTS.replace("42", "43")}, {}, RIGHT),
        ({"tests": TESTS.replace("#[test]", "#[test]\n    #[should_panic]", 1)}, {}, RIGHT),
        ({"edition": "2024"}, {}, RIGHT),
        ({"reference": RIGHT.replace("a + b", "b + a")}, {}, RIGHT),
        ({}, {"compile_limits": TWICE}, RIGHT),
        ({}, {"run_limits": TWICE}, RIGHT),
        ({}, {"toolchain": Toolchain("rustc 2", Path("rust"))}, RIGHT),
        ({}, {"isolation": Isolation.NONE}, RIGHT),
        ({}, {}, RIGHT.replace("a + b", "b + a")),
    ],
)
def test_whatever_a_verdict_depends_on_is_in_its_keys(
    fields: Mapping[str, Any], changes: Mapping[str, Any], reply: str
) -> None:
    before, after = keys_of({}), keys_of(fields, replace(BENCH, **changes), reply=reply)
    assert all(one != two for one, two in zip(before, after, strict=True))


def test_what_only_a_reply_depends_on_is_in_its_key_alone() -> None:
    before = keys_of({})
    assert keys_of({"id": "add/2", "family": "other"}) == before
    changed = (
        keys_of({"signature": "fn sum(a: i32, b: i32) -> i32"}),
        keys_of({}, arm="iron"),
        keys_of({}, arm="iron", reply=reduce(RIGHT).text),
    )
    assert all(reply != before[0] for reply, _ in changed)
    assert all(rust == before[1] for _, rust in changed)


def test_a_verdict_is_kept_for_the_code_that_read_the_reply(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reply, rust = keys_of({}, arm="iron")
    monkeypatch.setattr(scoring, "_code_hash", lambda: "another")
    again = keys_of({}, arm="iron")
    assert again[0] != reply
    assert again[1] == rust


@needs_bench
def test_a_fresh_score_asks_no_verdict_that_was_kept(tmp_path: Path) -> None:
    write(tmp_path / "tasks", [TASK])
    write(tmp_path / "predictions", [answer(RIGHT)])
    score(tmp_path)
    kept = list((tmp_path / "cache").rglob("*.json"))
    assert len(kept) == 2  # of the reply, and of its Rust
    for place in kept:
        place.write_text(place.read_text("utf-8").replace("passed", "panic"), "utf-8")
    assert score(tmp_path)[0]["outcome"] == "panic"
    assert score(tmp_path, "--fresh")[0]["outcome"] == "passed"
    assert score(tmp_path)[0]["outcome"] == "passed"
    assert all("panic" not in place.read_text("utf-8") for place in kept)


@needs_bench
def test_what_cannot_be_used_is_named_and_the_rest_scored(tmp_path: Path) -> None:
    write(tmp_path / "tasks", [TASK, {**TASK, "id": "bad", "tests": "fn a() {}"}, "{"])
    write(tmp_path / "predictions", [answer(RIGHT), answer(RIGHT), "no JSON",
                                     answer(RIGHT, id="gone"),
                                     answer(RIGHT, id="bad")])  # fmt: skip
    results = score(tmp_path, code=1)
    assert [row["outcome"] for row in results] == ["passed", "infrastructure", "infrastructure"]


SLOW = """
fn add(a: i32, b: i32) -> i32 {
    let started = std::time::Instant::now();
    while started.elapsed().as_millis() < 1400 {}
    a + b
}
"""


@needs_bench
def test_a_slow_reference_gives_its_answers_more_time() -> None:
    """A step may take five times what the reference takes; what never ends still ends."""
    tests = TESTS.split("    #[test]\n    fn adds_more")[0] + "}\n"
    with make_bench() as bench:
        quick = replace(bench, run_limits=replace(bench.run_limits, cpu_seconds=1))

        def outcome(reply: str, reference: str | None) -> Outcome:
            suite = read_suite(tests)
            arm = known_arms({})["rust"]
            kept = quick.folder / "kept"
            job = Job("", reply, "add", "2021", suite, reference, arm, quick, kept)
            return judge_reply(job).outcome

        endless = SLOW.replace("< 1400", "< u128::MAX")
        assert outcome(SLOW, SLOW) is Outcome.PASSED
        assert outcome(endless, RIGHT) is Outcome.TIMEOUT
        assert outcome(endless, None) is Outcome.TIMEOUT


@contextmanager
def every_core_busy() -> Iterator[None]:
    """Keep two programs a core busy with nothing."""
    command = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(command) for _ in range(2 * (os.cpu_count() or 1))]
    try:
        yield
    finally:
        for one in busy:
            one.kill()
            one.wait()


@needs_bench
def test_a_busy_machine_changes_no_outcome(tmp_path: Path) -> None:
    write(tmp_path / "tasks", [TASK])
    write(tmp_path / "predictions", [
        answer(RIGHT), answer(reduce(RIGHT).text, "iron"), answer(RIGHT, "iron", seed=5),
        answer("fn add(a: i32, b: i32) -> i32 { a - b }", seed=1),
        answer("fn add(a: i32, b: i32) -> i32 { a + c }", seed=2),
        answer("fn add(_: i32, _: i32) -> i32 { panic!() }", seed=3),
        answer("fn add(_: i32, _: i32) -> i32 { std::process::exit(0) }", seed=4),
    ])  # fmt: skip
    quiet = score(tmp_path)
    with every_core_busy():
        busy = score(tmp_path, "--fresh")
    for row in (*quiet, *busy):
        row["seconds"] = {}
    assert [json.dumps(row) for row in busy] == [json.dumps(row) for row in quiet]


@needs_bench
def test_a_place_for_verdicts_that_cannot_be_written_is_a_bad_call(tmp_path: Path) -> None:
    write(tmp_path / "tasks", [TASK])
    write(tmp_path / "predictions", [answer(RIGHT)])
    (tmp_path / "cache").write_text("is no folder")
    call = ["eval", "score", str(tmp_path / "predictions"), "--tasks", str(tmp_path / "tasks"),
            "-o", str(tmp_path / "results"), "--cache", str(tmp_path / "cache")]  # fmt: skip
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 2
    assert not (tmp_path / "results").exists()


def test_arm_that_nobody_knows_is_a_bad_call(tmp_path: Path) -> None:
    write(tmp_path / "tasks", [TASK])
    write(tmp_path / "predictions", [answer(RIGHT, "latin")])
    call = ["eval", "score", str(tmp_path / "predictions"), "--tasks", str(tmp_path / "tasks")]
    done = CliRunner().invoke(app, [*call, "-o", str(tmp_path / "results")])
    assert done.exit_code == 2
    assert not (tmp_path / "results").exists()


def test_without_a_sandbox_nothing_is_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_obstacles", dict)
    write(tmp_path / "tasks", [TASK])
    write(tmp_path / "predictions", [answer(RIGHT)])
    call = ["eval", "score", str(tmp_path / "predictions"), "--tasks", str(tmp_path / "tasks")]
    done = CliRunner().invoke(app, [*call, "-o", str(tmp_path / "results")])
    assert done.exit_code == 2
    assert "--allow-unsandboxed" in done.output
    assert not (tmp_path / "results").exists()


@needs_bench
def test_insisting_is_written_into_results_and_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_obstacles", dict)
    write(tmp_path / "tasks", [TASK])
    write(tmp_path / "predictions", [answer(RIGHT)])
    call = ["eval", "score", str(tmp_path / "predictions"), "--tasks", str(tmp_path / "tasks"),
            "-o", str(tmp_path / "results"), "--cache", str(tmp_path / "cache"),
            "--allow-unsandboxed"]  # fmt: skip
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 0, done.output
    assert "NOT SANDBOXED" in done.output
    row = json.loads((tmp_path / "results").read_text())
    assert (row["outcome"], row["versions"]["isolation"]) == ("passed", "none")


@needs_bench
@needs_mceval
def test_references_of_mceval_pass_and_todo_fails(tmp_path: Path) -> None:
    """Every twelfth task here; all of them pass too, as `docs/formats.md` says."""
    runner = CliRunner()
    adapted = tmp_path / "all"
    done = runner.invoke(app, ["eval", "adapt", "mceval", str(MCEVAL), "-o", str(adapted)])
    assert done.exit_code == 0, done.output
    assert len({line.split(": ")[1] for line in done.stderr.splitlines()}) == 5
    lines = adapted.read_text().splitlines()
    assert len(lines) == 53
    write(tmp_path / "tasks", lines[::12])
    for control, outcome in (("reference", "passed"), ("todo", "panic")):
        call = ["eval", "generate", control, "--tasks", str(tmp_path / "tasks")]
        assert runner.invoke(app, [*call, "-o", str(tmp_path / "predictions")]).exit_code == 0
        results = score(tmp_path)
        assert len(results) == 2 * len(lines[::12])
        assert {row["outcome"] for row in results} == {outcome}


@needs_bench
def test_who_is_asked_to_end_leaves_nothing_behind(tmp_path: Path) -> None:
    write(tmp_path / "tasks", [TASK])
    write(tmp_path / "predictions", [answer(RIGHT.replace("a + b", "loop {}"))])
    place = tmp_path / "temporary"
    place.mkdir()
    words = [
        "-m",
        "redox",
        "eval",
        "score",
        tmp_path / "predictions",
        "--tasks",
        tmp_path / "tasks",
    ]
    words += ["-o", tmp_path / "results", "--cache", tmp_path / "cache"]
    with subprocess.Popen(
        [sys.executable, *map(str, words)], env={**os.environ, "TMPDIR": str(place)}
    ) as child:
        while not list(place.iterdir()):
            time.sleep(0.05)
        time.sleep(1)  # it judges by then
        child.terminate()
        assert child.wait(60) == 143
    assert not list(place.iterdir())
    assert not any(str(place) in words for words in _command_lines())


def _command_lines() -> Iterator[str]:
    """Yield how each process that can be looked at was called."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
