"""The report: what is on it, and that nothing a model wrote is more than text on it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from redox.cli import app
from redox_eval.aggregate import as_baseline
from redox_eval.pages import html_page, markdown_page
from redox_eval.records import (
    Outcome,
    Prediction,
    Result,
    Task,
    prediction_as_json,
    result_as_json,
    task_as_json,
)
from redox_eval.report import Report, make_report
from redox_eval.rows import write_rows
from redox_eval.tables import NO_BASELINE, UNSANDBOXED

EVIL = (
    "fn a() {}\n</pre></details></script><script>document.title = 'owned'</script>"
    "<img src=x onerror=\"document.title='owned'\">\n"
    "````\n# heading\n\x1b[31mred\x07 \u202e \ud800\n"
)
PROMPT = "Say `a` & <b>`c`</b> | d"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def task(number: int) -> Task:
    return Task(
        f"../../etc/{number}\x1b[2J",
        f"family_{number % 2}",
        "fn a()",
        "x",
        extra={"prompt": PROMPT},
    )


def result(number: int, arm: str, outcome: str, **extra: Any) -> Result:
    return Result(
        task(number).id, arm, 0, 0, task(number).family, Outcome(outcome),
        Outcome.PASSED if outcome == "not_arm_language" else Outcome(outcome),
        transformed=outcome != "transform_error", compiled=outcome != "compile_error",
        codes=("E0308",) if outcome == "compile_error" else (),
        detail="</td><script>1</script>\x1b[31m" if outcome != "passed" else "", tests={},
        seconds={}, versions={"isolation": "bubblewrap", "redox": "1"},
        extra={"template": f"t{number}", **extra},
    )  # fmt: skip


OUTCOMES = ["passed", "not_arm_language", "compile_error", "assertion", "transform_error", "panic"]


def some_results(**extra: Any) -> list[Result]:
    rust = [result(at, "rust", "passed", **extra) for at in range(len(OUTCOMES))]
    return rust + [result(at, "iron", outcome, **extra) for at, outcome in enumerate(OUTCOMES)]


def replies() -> Mapping[tuple[str, str, int, int], Prediction]:
    made = [Prediction(one.id, one.arm, 0, EVIL) for one in some_results()]
    return {one.key: one for one in made}


def whole(**extra: Any) -> Report:
    results = some_results(**extra)
    baseline = as_baseline(results)
    return make_report("T", [*results, *baseline], [task(n) for n in range(6)], replies())


PAGES = pytest.mark.parametrize("page", [html_page, markdown_page], ids=["html", "markdown"])


@PAGES
def test_nothing_on_a_page_steers_a_terminal(page: Callable[[Report], str]) -> None:
    text = page(whole())
    assert all(char.isprintable() or char in "\n\t\u00a0" for char in text)
    assert "\\x1b[31m" in text.replace("\\\\", "\\").replace("\\[", "[")


def test_what_models_wrote_is_text_on_the_page() -> None:
    page = html_page(whole())
    assert page.count("<script>") == page.count("</script>") == 1
    assert "<img" not in page
    assert "default-src 'none'" in page
    assert "unsafe" not in page
    assert not re.search(r"\s(?:style|on\w+)=[\"']", page.replace("onerror=&#34;", ""))
    assert not re.search(r"(?:src|href)=[\"'](?!#)", page)
    assert re.findall(r'id="task-(\d+)"', page) == [str(n) for n in range(1, 7)]


def test_what_models_wrote_stays_in_its_fence_in_markdown() -> None:
    page = markdown_page(whole())
    fences = re.findall(r"^(`{3,})(?:text)?$", page, re.MULTILINE)
    assert fences.count("`````") == 2 * len(some_results())
    outside = re.sub(r"^(`{3,})text\n.*?^\1$", "", page, flags=re.MULTILINE | re.DOTALL)
    assert "\n# heading" not in outside
    assert not re.search(r"(?<!\\)<", outside)


@PAGES
def test_every_table_says_what_has_to_be_said(page: Callable[[Report], str]) -> None:
    loose = [
        replace(one, versions={"isolation": "none"}) for one in some_results(caution="only so")
    ]
    text = page(make_report("T", loose))
    is_table = "<table" if page is html_page else r"^\| ---"
    tables = len(re.findall(is_table, text, re.MULTILINE))
    for said in (NO_BASELINE, UNSANDBOXED, "CAUTION: only so"):
        assert text.replace("&#39;", "'").count(said) >= tables - 1 >= 6
    assert NO_BASELINE not in page(whole())


@PAGES
def test_a_page_shows_shares_power_and_baseline(page: Callable[[Report], str]) -> None:
    text = page(whole()).replace("\\", "")
    assert "6 tasks of 6 templates" in text
    assert "iron (nearest row)" in text
    assert "0.167 [0.004, 0.641]" in text  # one of six, strict
    assert "0.333 [0.043, 0.777]" in text  # two of six if mixing is allowed
    assert "if mixing were allowed" in text
    assert "not_arm_language 1" in text
    assert "E0308" in text


def test_command_writes_both_pages_and_names_no_file_after_an_id(tmp_path: Path) -> None:
    write_rows(tmp_path / "r", map(result_as_json, some_results()))
    write_rows(tmp_path / "t", (task_as_json(task(n)) for n in range(6)))
    write_rows(tmp_path / "p", map(prediction_as_json, replies().values()))
    call = ["eval", "report", str(tmp_path / "r"), "--tasks", str(tmp_path / "t"), "--predictions",
            str(tmp_path / "p"), "--baseline", str(tmp_path / "r"), "--baseline-predictions",
            str(tmp_path / "p"), "-o", str(tmp_path / "a.html"), "--markdown",
            str(tmp_path / "a.md"), "--title", "<T>", "--picture",
            str(tmp_path / "loss.png")]  # fmt: skip
    (tmp_path / "loss.png").write_bytes(b"none")
    refused = CliRunner().invoke(app, call)
    assert (refused.exit_code, "is no PNG" in refused.output) == (2, True)
    (tmp_path / "loss.png").write_bytes(b"\x89PNG")
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 0, (done.output, done.exception)
    written = {one.name for one in tmp_path.iterdir()}
    assert written == {"a.html", "a.md", "p", "r", "t", "loss.png"}
    page = (tmp_path / "a.html").read_text()
    assert "<title>&lt;T&gt;</title>" in page
    assert '<img alt="loss" src="data:image/png;base64,iVBORw==">' in page
    (tmp_path / "other").mkdir()
    shutil.copy(tmp_path / "loss.png", tmp_path / "other")
    done = CliRunner().invoke(app, [*call, "--picture", str(tmp_path / "other" / "loss.png")])
    page = (tmp_path / "a.html").read_text()
    assert f'alt="{tmp_path.name}/loss"' in page
    assert 'alt="other/loss"' in page
    assert "img-src data:;" in page
    assert (tmp_path / "a.md").read_text().startswith("# \\<T\\>\n")


# Only a browser can tell what it runs; the page's policy and its escapes are tested without one.
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: scripts/setup-browser.sh")
def test_a_browser_runs_our_script_and_none_of_theirs(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(html_page(whole()), encoding="utf-8")
    call = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
            f"--user-data-dir={tmp_path}/profile", page.as_uri()]  # fmt: skip
    done = subprocess.run(call, capture_output=True, text=True, timeout=120, check=False)
    assert "<title>T</title>" in done.stdout, done.stderr
    assert "6 of 6" in done.stdout  # our script counted the tasks
    assert done.stdout.count("<button>") > 10
