"""What a model is asked in the editor, and what of its answers is shown."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from eval_bench import needs_bench
from lsp_client import (
    PATIENCE_SECONDS,
    Client,
    ask_to_format,
    needs_posix,
    place,
    spying_rustfmt,
)
from lsp_marks import CURSOR, read
from lsp_model import URI, make_sure_model, started, told
from model_server import Heard, Pieces, model_server

import redox
from redox_lsp.handlers import make_server
from redox_lsp.settings import TABLE, read_settings
from redox_lsp.suggesting import host
from redox_lsp.suggesting.naming import Name
from redox_lsp.suggesting.process import _beginning
from redox_lsp.suggesting.proving import faults_of_body, is_sound
from redox_lsp.suggesting.situation import Situation, is_quiet, situation_at, unwritten_at

METHOD = "textDocument/inlineCompletion"
AUTOMATIC = {"triggerKind": 2}

# ---- where a model is asked ----

ADD = """\
/// Adds 3 to `x`.
/// Never overflows.
attribute inline
public function add takes x of type u32 returns u32 begin
    let y be x plus$0
end function
"""


def asked(text: str) -> Situation | None:
    return situation_at(*read(text))


def test_a_function_is_its_comment_its_head_and_what_stands_before_the_place() -> None:
    assert asked(ADD) == Situation(
        "Adds 3 to `x`. Never overflows.",
        "pub fn add(x: u32) -> u32",
        "public function add takes x of type u32 returns u32 begin\n    let y be x plus",
        behind="end function",
    )


def test_a_method_is_said_as_far_left_as_a_function() -> None:
    text = "implement A begin\n    function f begin\n        g$0\n    end function\nend implement\n"
    found = asked(text)
    assert found == Situation("", "fn f()", "function f begin\n    g", behind="end function")


def test_rust_in_iron_is_a_function_too() -> None:
    found = asked("/// Nothing.\nfn f(x: u8) -> u8 {\n    x$0\n}\n")
    begun = "fn f(x: u8) -> u8 {\n    x"
    assert found == Situation("Nothing.", "fn f(x: u8) -> u8", begun, behind="}")


@pytest.mark.parametrize(
    "text",
    [
        "let x be $0\n",
        "// a$0\n",
        "$0",
        "function f takes x$0 of type u8 begin\n    x\nend function\n",
        "function f begin\n    x\nend function\n$0",
        "/// Adds.$0\nfunction f begin\n    x\nend function\n",
        "structure A with fields\n    x of type $0\nend structure\n",
        "function f $0",
    ],
)
def test_outside_a_functions_block_no_model_is_asked(text: str) -> None:
    assert asked(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("let x be y$0\n", False),
        ("let x be y // a rem$0ark\n", True),
        ("// a remark$0\n", True),
        ('let x be "some te$0xt"\n', True),
        ("let x be 4$0\n", False),
    ],
)
def test_comments_and_texts_are_quiet(text: str, expected: bool) -> None:
    assert is_quiet(*read(text)) is expected


@pytest.mark.parametrize(
    ("text", "body", "indent"),
    [
        ("function f begin$0\nend function\n", range(1, 1), ""),
        ("/// A.\nfunction f begin\n\n$0end function\n", range(2, 3), ""),
        ("function f begin\n    todo macro with nothing$0\nend function\n", range(1, 2), ""),
        ('fn f() -> u8 {\n    todo!("later")\n}$0\n', range(1, 2), ""),
        (
            "implement A begin\n    function f begin\n    $0end function\nend implement",
            range(2, 2),
            "    ",
        ),
    ],
)
def test_a_function_without_a_body_is_for_a_model_to_write(
    text: str, body: range, indent: str
) -> None:
    reading, offset = read(text)
    found = unwritten_at(reading, reading.line_of(offset))
    assert found is not None
    assert (found.body, found.indent) == (body, indent)
    assert found.situation.begun.endswith(("begin\n", "{\n"))
    assert found.closer in ("end function", "}")


@pytest.mark.parametrize(
    "text",
    [
        "function f begin\n    x$0\nend function\n",
        "function f begin\n    todo macro with nothing\n    x$0\nend function\n",
        "function f begin end function$0\n",
        "function f begin$0\n",
        "structure A with fields$0\nend structure\n",
        "trait A begin\n    function f$0\nend trait\n",
    ],
)
def test_what_has_a_body_is_left_alone(text: str) -> None:
    reading, offset = read(text)
    assert unwritten_at(reading, reading.line_of(offset)) is None


# ---- what may be shown ----

UNFINISHED = "function f takes x of type u32 returns u32 begin\n    let y be x plus$0\n"


@pytest.mark.parametrize(
    ("text", "suggested", "expected"),
    [
        (ADD, " 3", True),
        (ADD, " x calling pow with 2", True),
        (ADD, " 3 frobnicate 4", False),
        (ADD, " 3 done", False),
        (ADD, " (3", False),
        (ADD, ' "an open text', False),
        (ADD, " 3 end if", False),
        (ADD, " 3 4", False),
        (ADD, " if x is less than 3 then", True),
        (ADD, " match x against", True),
        (ADD, " f with", True),
        (ADD, " if x is less than then", False),
        (UNFINISHED, " 3", True),
        (UNFINISHED, " 3 frobnicate 4", False),
        (UNFINISHED, " ]", False),
        ("function f begin\n    let $0\nend function\n", "let be", False),
        ("function f begin\n    $0\nend function\n", "let x of type Vec of u8 be y", True),
        ("function f begin\n    $0\nend function\n", "let of type u8", False),
        ("function f begin\n    $0\nend function\n", "for x in y do", True),
        ("function f begin\n    x becomes $0\nend function\n", "begin", True),
        ("function f begin\n    if x then\n        y\n    $0\nend function\n", "end if", True),
        ("function f begin\n    if x then\n        y\n    $0\nend function\n", "end for", False),
    ],
)
def test_what_is_no_iron_or_no_rust_is_not_shown(text: str, suggested: str, expected: bool) -> None:
    iron, before = text.replace(CURSOR, ""), text.partition(CURSOR)[0]
    document = redox.Document(iron)
    diagnostics = document.diagnostics
    line, column = before.count("\n"), len(before) - before.rfind("\n") - 1
    lines = range(document.line_count)
    assert is_sound(document, line, column, suggested, lines) is expected
    assert (document.iron, document.rust) == (iron, redox.oxidize(iron).text)
    assert document.diagnostics == diagnostics


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ("    x plus 3\n", set()),
        ("    let y be x\n    y plus 3\n", set()),
        ("    x plis 3\n", {2}),
        ("    if x equals 3 then\n", {3}),
        ("    x plus 3\nend function\n", {4}),
        ("    x\n    let be 3\n", {3}),
    ],
)
def test_a_body_that_is_no_iron_or_no_rust_is_not_shown(body: str, wrong: set[int]) -> None:
    head = "function f takes x of type u8 returns u8 begin\n"
    iron = f"{head}    todo macro with nothing\nend function\n"
    document = redox.Document(iron)
    found = faults_of_body(document, range(1, 2), body, range(3))
    assert {fault.line for fault in found} == wrong
    assert document.iron == iron


# ---- the model's process ----


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of random weights that is sure of all it says."""
    return make_sure_model(tmp_path_factory.mktemp("checkpoint"), tmp_path_factory.mktemp("model"))


@pytest.fixture
def client() -> Iterator[Client]:
    with Client() as client:
        yield client


def asked_once(client: Client, heard: Heard) -> int:
    """Ask, wait until the model's server has heard of it, and return the request's id."""
    params = {"textDocument": {"uri": URI}, "position": place(2, 31), "context": AUTOMATIC}
    asked = client.ask(METHOD, params)
    while not heard.bodies:
        time.sleep(0.01)
    return asked


def suggestions(client: Client, line: int, column: int, **context: Any) -> list[dict[str, Any]]:
    document, position = {"uri": URI}, place(line, column)
    params = {"textDocument": document, "position": position, "context": AUTOMATIC | context}
    found: list[dict[str, Any]] = client.request(METHOD, params)
    return found


def test_nothing_is_suggested_and_nothing_started_where_no_model_is_set(client: Client) -> None:
    started(client, "")
    assert "inlineCompletionProvider" in client.start_capabilities
    client.open(URI, ADD.replace(CURSOR, ""))
    assert suggestions(client, 4, 19) == []
    assert told(client)["running"] is False
    assert client.stop() == 0
    assert client.log == []


@pytest.mark.parametrize(
    ("asks", "given"),
    [(True, {}), (True, None), (True, {one.name: one.default for one in TABLE}), (False, None)],
    ids=["none", "null", "the defaults", "can't be asked"],
)
def test_where_all_settings_are_the_defaults_there_is_a_model(
    client: Client, asks: bool, given: dict[str, Any] | None
) -> None:
    client.configuration = given
    client.start({"workspace": {"configuration": asks}})
    if asks:
        client.wait_for(lambda one: one.get("method") == "workspace/configuration")
    client.open(URI, WEIGHT)
    asked = {"textDocument": {"uri": URI}, "position": place(2, 4)}
    client.request("textDocument/hover", asked)  # what is loaded first takes its turn before this
    assert told(client)["model"] == "embedded"
    assert client.stop() == 0
    assert client.log == []


def test_the_status_names_what_a_model_needs_and_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        host, "find_spec", lambda name: None if name == "onnxruntime" else find_spec(name)
    )
    own = host.Host(make_server())
    own.use(Name("embedded"))
    assert "onnxruntime" in own.status()["problem"]
    assert "tokenizers" not in own.status()["problem"]
    assert "pip install '.[model]'" in own.status()["problem"]
    assert not own.is_usable
    own.use(Name(""))
    assert own.status()["problem"] == ""


class Dying:
    """A model's process that answers as long as it lives, which is not long."""

    process_id, said = 1, ("bang",)

    async def listen(self) -> None:
        """End at once."""

    async def request(self, method: str, params: object) -> dict[str, object]:
        """Answer."""
        return {"text": "", "confidence": 1.0}


def test_a_model_that_dies_is_begun_later_each_time_until_it_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = SimpleNamespace(monotonic=lambda: 0.0, perf_counter=time.perf_counter)
    monkeypatch.setattr(host, "time", clock)

    async def pauses(deaths: int) -> list[float]:
        found = []
        for _ in range(deaths):
            await own._listen(child)
            found.append(own._not_before)
        return found

    async def course() -> None:
        assert await pauses(8) == [1, 2, 4, 8, 16, 32, 60, 60]
        own._child = child
        assert await own.ask(Situation("", "", "")) is not None
        assert await pauses(2) == [1, 2]
        assert own.status()["deaths"] == 10

    own, child = host.Host(make_server()), cast(Any, Dying())
    asyncio.run(course())


def test_a_fault_is_told_of_the_line_that_rustc_counts() -> None:
    said = dict.fromkeys(("prompt", "signature", "begun", "around", "behind"), "")
    code = 'a\x0cb\n"\u2028"\nc\n'
    (tried,) = _beginning({**said, "tries": [[code, [[3, "wrong"]]]]}).tries
    assert tried == (code, "- line 3, `c`: wrong")


def test_a_folder_without_a_model_is_told_of_once(client: Client, tmp_path: Path) -> None:
    started(client, str(tmp_path))
    client.open(URI, ADD.replace(CURSOR, ""))
    for _ in range(3):
        assert suggestions(client, 4, 19) == []
    said = client.wait_note("window/logMessage", lambda one: "holds no model" in one["message"])
    assert str(tmp_path) in said["message"]
    assert told(client)["running"] is False
    assert client.stop() == 0


def test_what_is_shown_of_random_weights_is_sound_and_the_process_lives_on(
    client: Client, model: Path
) -> None:
    iron = redox.reduce(_RUST).text
    lines = iron.splitlines()
    chance = random.Random(5)
    started(client, str(model))
    shown = 0
    for version in range(1, 25):
        line = chance.choice([n for n, text in enumerate(lines) if text.startswith("    ")])
        column = chance.randrange(4, len(lines[line]) + 1)
        text = "\n".join([*lines[:line], lines[line][:column], *lines[line + 1 :], ""])
        if version == 1:
            client.open(URI, text)
        else:
            client.edit(URI, version, {"text": text})
        for one in suggestions(client, line, column):
            shown += 1
            offset = sum(len(each) + 1 for each in lines[:line]) + column
            grown = text[:offset] + one["insertText"] + text[offset:]
            assert not _errors(grown) - _errors(text), grown
    status = told(client)
    assert status["answers"] > 0
    assert status["shown"] == shown
    assert status["refused"] > 0
    killed = status["process"]
    os.kill(killed, signal.SIGKILL)
    client.wait_note("window/logMessage", lambda one: "ended by itself" in one["message"])
    while (again := told(client)["process"]) in (None, killed):
        version += 1
        client.edit(URI, version, {"text": f"function f begin\n    g{version}\nend function\n"})
        suggestions(client, 1, 4 + len(f"g{version}"))
        time.sleep(0.1)
    assert client.stop() == 0
    for process in (killed, again):
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


WEIGHT = """\
/// `find_reading` takes `n` and bounds it by 5 below and 17 above, then decreases it by 9.
public function find_reading takes n of type i64 returns i64 begin
    let step be n calling clamp
    step minus 9
end function
"""


def test_the_model_that_ships_suggests_without_a_setting(client: Client) -> None:
    started(client, None)
    client.open(URI, WEIGHT)
    (found,) = suggestions(client, 2, 31)
    assert found["insertText"] == " with 5 and 17"
    client.edit(URI, 2, {"text": WEIGHT.replace("clamp\n", "clamp wi\n")})
    (along,) = suggestions(client, 2, 34)
    assert along["insertText"] == "th 5 and 17"
    status = told(client)
    assert (status["model"], status["answers"], status["shown"]) == ("redox-tiny", 1, 2)
    assert suggestions(client, 0, 20) == []  # in a comment
    assert client.stop() == 0
    assert client.log == []


def test_a_client_without_ghost_text_finds_the_line_among_completions(client: Client) -> None:
    started(client, None)
    client.open(URI, WEIGHT.replace("clamp\n", "clamp wi\n"))
    asked = {"textDocument": {"uri": URI}, "position": place(2, 34)}
    items: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    while not found:  # the model's process is not waited for while it starts
        items = client.request("textDocument/completion", asked)["items"]
        found = [one for one in items if one.get("detail") == "from a model"]
    (item,) = found
    assert (item["label"], item["filterText"]) == ("with 5 and 17", "with 5 and 17")
    edit = {"range": {"start": place(2, 32), "end": place(2, 34)}, "newText": "with 5 and 17"}
    assert item["textEdit"] == edit
    assert min(items, key=lambda one: one.get("sortText") or one["label"]) == item
    assert client.stop() == 0


@needs_bench
def test_what_does_not_compile_is_not_shown_where_that_is_asked(client: Client) -> None:
    started(client, None, verify="compile")
    client.open(URI, WEIGHT)
    (found,) = suggestions(client, 2, 31)
    assert found["insertText"] == " with 5 and 17"
    client.edit(URI, 2, {"text": WEIGHT.replace("n of type i64", "n of type String")})
    assert suggestions(client, 2, 31) == []
    status = told(client)
    assert (status["shown"], status["refused"], status["problem"]) == (1, 1, "")
    assert client.stop() == 0
    assert client.log == []


AROUND = """\
structure Held with fields
    weight of type i64
end structure
function other takes held of type Held returns i64 begin
    held dot weight plus 1
end function
"""


SURE: Pieces = [(" clamp with 5", -0.1), (" and 17\n", -0.1), ("never", -9.0)]


def test_a_model_on_a_server_is_told_what_stands_around_and_suggests() -> None:
    environment = {**os.environ, "REDOX_COMPLETION_KEY": "secret-key"}
    with model_server(lambda _: SURE) as heard, Client(environment=environment) as client:
        started(client, heard.address, served="m")
        client.open(URI, AROUND + WEIGHT)
        (found,) = suggestions(client, 8, 31)
        assert found["insertText"] == " with 5 and 17"
        status = told(client)
        assert status["model"] == f"m at {heard.address.removeprefix('http://')[:-3]}"
        assert (status["shown"], status["problem"]) == (1, "")
        assert client.stop() == 0
        said = json.dumps([status, client.kept, client.log])
    assert heard.headers[0]["authorization"] == "Bearer secret-key"
    assert "secret-key" not in said
    question = heard.bodies[0]["messages"][1]["content"]
    assert "weight of type i64" in question
    assert "function other takes held of type Held returns i64 begin" in question
    assert "held dot weight plus 1" not in question


@needs_posix
def test_no_program_that_is_started_inherits_the_key(tmp_path: Path) -> None:
    spied = spying_rustfmt(tmp_path, "env")
    with Client(environment={**spied, "REDOX_COMPLETION_KEY": "secret-key"}) as client:
        started(client, "")
        client.open(URI, WEIGHT)
        ask_to_format(client, URI)
    told = (tmp_path / "spoils").read_text()
    assert f"PATH={spied['PATH']}" in told
    assert "secret-key" not in told


@pytest.mark.parametrize(("model", "key"), [("", ""), (".", ""), ("https://there.example", "k")])
def test_only_a_server_is_told_the_key(model: str, key: str) -> None:
    server = make_server()
    server.key = "k"
    server.settings, _ = read_settings({"completion": {"model": model}})
    own = host.Host(server)
    own.configured()
    assert own._name == Name(model, key=key)


def test_an_answer_that_an_edit_has_overtaken_is_not_shown() -> None:
    may_answer = threading.Event()

    def answer(_: object) -> Pieces:
        assert may_answer.wait(PATIENCE_SECONDS)
        return SURE

    with model_server(answer) as heard, Client() as client:
        started(client, heard.address)
        client.open(URI, WEIGHT)
        asked = asked_once(client, heard)
        client.edit(URI, 2, {"text": WEIGHT + "\n"})
        told(client)  # once this is answered, the edit has been taken
        may_answer.set()
        assert client.answer(asked)["result"] == []
        (found,) = suggestions(client, 2, 31)
        assert found["insertText"] == " with 5 and 17"
        assert client.stop() == 0


def test_an_answer_that_the_model_is_not_sure_of_is_not_shown(client: Client) -> None:
    with model_server(lambda _: [(" clamp with 5", -0.4), (" and 17\n", -0.4)]) as heard:
        started(client, heard.address)
        client.open(URI, WEIGHT)
        assert suggestions(client, 2, 31) == []
        status = told(client)
        assert (status["answers"], status["unsure"], status["shown"]) == (1, 1, 0)
        assert client.stop() == 0


def test_what_another_model_said_is_forgotten(client: Client) -> None:
    other = [(" clamp with 6 and 17\n", -0.1)]
    with model_server(lambda _: SURE) as first, model_server(lambda _: other) as second:
        started(client, first.address)
        client.open(URI, WEIGHT)
        (found,) = suggestions(client, 2, 31)
        assert found["insertText"] == " with 5 and 17"
        assert client.configuration is not None
        client.configuration["completion"]["model"] = second.address
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        client.wait_for(lambda one: one.get("method") == "workspace/configuration")
        told(client)  # once this is answered, the settings have been taken
        (found,) = suggestions(client, 2, 31)
        assert found["insertText"] == " with 6 and 17"
        assert client.stop() == 0


def test_a_question_that_is_not_wanted_any_more_is_hung_up_on() -> None:
    with model_server(lambda _: [(" slow", None)] * 1000, pause=0.05) as heard, Client() as client:
        started(client, heard.address)
        client.open(URI, WEIGHT)
        asked = asked_once(client, heard)
        client.notify("$/cancelRequest", {"id": asked})
        assert heard.left.wait(30)
        assert client.stop() == 0


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://example.org/v1", "plain http goes to this machine alone"),
        ("https://:1/v1", "is no address"),
    ],
)
def test_an_address_that_others_could_listen_to_is_not_asked(
    client: Client, address: str, why: str
) -> None:
    started(client, address)
    client.open(URI, WEIGHT)
    for _ in range(3):
        assert suggestions(client, 2, 31) == []
    assert why in told(client)["problem"]
    assert client.stop() == 0


def test_a_server_in_trouble_is_told_of_once(client: Client) -> None:
    with model_server(lambda _: (503, "tired")) as heard:
        started(client, heard.address)
        client.open(URI, WEIGHT)
        for version in range(2, 5):
            assert suggestions(client, 2, 31) == []
            client.edit(URI, version, {"text": WEIGHT + "\n" * version})
    assert "503: tired" in told(client)["problem"]
    assert client.stop() == 0
    assert sum("tired" in line for line in client.log) == 1


_RUST = """\
/// Sums what is positive.
fn total(numbers: &[i64]) -> i64 {
    let mut sum = 0;
    for number in numbers.iter().filter($0n$0 **n > 0) {
        sum += number;
    }
    sum
}
"""


def _errors(iron: str) -> Counter[str]:
    return Counter(re.sub(r"\d", "", one.code) for one in redox.oxidize(iron).diagnostics)
