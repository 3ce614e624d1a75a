"""Bodies of functions that a model writes: shown as they come, proved, and mended."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eval_bench import needs_bench
from lsp_client import Client, apply_line_changes, place
from lsp_model import URI, make_sure_model, started, told
from model_server import Heard, Pieces, model_server

TITLE = "Implement this function"
RESOLVES = {"codeAction": {"resolveSupport": {"properties": ["edit"]}}}
EMPTY = """\
implement Held begin
    /// Adds 3 to `x`.
    function add takes x of type u32 returns u32 begin
        todo macro with nothing
    end function
end implement
"""
WRITTEN = EMPTY.replace("todo macro with nothing", "let y be 3\n        x plus y")
GOOD = ["    let y", " be 3\n", "    x plus", " y\nend function\n```"]
BAD = ["    let y be 3\n    x plis", " y\nend function\n```"]
FAILED = -32803


@pytest.fixture
def client() -> Iterator[Client]:
    with Client() as client:
        yield client


def scripted(*answers: list[str]) -> Any:
    """Answer so, one question after another."""
    left = list(answers)

    def script(_: dict[str, Any]) -> Pieces:
        return [(one, None) for one in left.pop(0)]

    return script


def asked(line: int) -> dict[str, Any]:
    return {"textDocument": {"uri": URI}, "position": place(line, 4)}


def proposals(client: Client) -> list[dict[str, Any]]:
    """Return what has been proposed so far."""
    told(client)  # what was sent before its answer is there then
    found = [one["params"] for one in client.kept if one.get("method") == "redox/proposed"]
    client.kept = [one for one in client.kept if one.get("method") != "redox/proposed"]
    return found


def actions(client: Client, line: int) -> list[dict[str, Any]]:
    at = place(line, 4)
    where = {"textDocument": {"uri": URI}, "range": {"start": at, "end": at}}
    context = {"context": {"diagnostics": [], "only": ["refactor"]}}
    found = client.request("textDocument/codeAction", where | context)
    return [one for one in found if one["title"] == TITLE]


def messages_of(heard: Heard, question: int) -> list[str]:
    return [one["content"] for one in heard.bodies[question]["messages"]]


def test_a_body_is_shown_as_it_is_written(client: Client) -> None:
    with model_server(scripted(GOOD)) as heard:
        started(client, heard.address)
        client.open(URI, EMPTY, version=7)
        done = client.request("redox/implement", asked(2))
        shown = proposals(client)
        assert client.stop() == 0
    assert [one["text"] for one in shown] == [
        "        let y\n",
        "        let y be 3\n",
        "        let y be 3\n        x plus\n",
        "        let y be 3\n        x plus y\n",
    ]
    assert shown[-1] == done
    facts = {"version": 7, "startLine": 3, "endLine": 4, "number": 1, "fault": ""}
    assert done == {"uri": URI, "text": shown[-1]["text"], **facts}
    assert apply_line_changes(EMPTY, [done]) == WRITTEN
    assert client.log == []


def test_a_body_that_is_no_iron_is_mended(client: Client) -> None:
    with model_server(scripted(BAD, GOOD)) as heard:
        started(client, heard.address)
        client.open(URI, EMPTY)
        done = client.request("redox/implement", asked(3))
        status = told(client)
        assert client.stop() == 0
    assert apply_line_changes(EMPTY, [done]) == WRITTEN
    assert done["number"] == 2
    assert done["fault"].startswith("Line 5: ")
    assert (status["shown"], status["refused"]) == (1, 1)
    first, second = (messages_of(heard, question) for question in (0, 1))
    *_, reply, complaint, begun = second
    assert second[:2] == first[:2]
    assert begun == first[-1]
    head = "function add takes x of type u32 returns u32 begin"
    assert reply.startswith(f"```\n{head}\n    let y be 3\n    x plis y\n")
    assert "- line 3, `x plis y`: " in complaint


def test_a_body_that_stays_no_iron_is_refused_with_the_reason(client: Client) -> None:
    with model_server(scripted(BAD, BAD, BAD)) as heard:
        started(client, heard.address)
        client.open(URI, EMPTY)
        error = client.answer(client.ask("redox/implement", asked(3)))["error"]
        assert told(client)["refused"] == 3
        assert client.stop() == 0
    assert error["code"] == FAILED
    assert error["message"].startswith("What the model wrote is no good. Line 5: ")
    assert len(heard.bodies) == 3


@needs_bench
def test_a_body_that_does_not_compile_is_mended_where_that_is_asked(client: Client) -> None:
    free = EMPTY.replace("implement Held begin\n", "").replace("end implement\n", "")
    unknown = ["    let y be 3\n", "    x plus z\nend function\n```"]
    with model_server(scripted(unknown, GOOD)) as heard:
        started(client, heard.address, verify="compile")
        client.open(URI, free)
        done = client.request("redox/implement", asked(1))
        assert client.stop() == 0
    assert done["number"] == 2
    assert done["fault"] == "Line 4: cannot find value `z` in this scope"
    assert "- line 3, `x plus z`: cannot find value `z`" in messages_of(heard, 1)[-2]


def test_nothing_is_compiled_of_a_workspace_that_is_not_trusted(client: Client) -> None:
    with model_server(scripted(GOOD)) as heard:
        started(client, heard.address, options={"trusted": False}, verify="compile")
        client.open(URI, EMPTY)
        error = client.answer(client.ask("redox/implement", asked(2)))["error"]
        assert client.stop() == 0
    assert "the workspace is not trusted" in error["message"]


def test_who_does_not_want_it_any_more_is_heard_by_the_model(client: Client) -> None:
    with model_server(lambda _: [("    x\n", None)] * 1000, pause=0.05) as heard:
        started(client, heard.address)
        client.open(URI, EMPTY)
        going = client.ask("redox/implement", asked(2))
        client.wait_note("redox/proposed")
        client.notify("$/cancelRequest", {"id": going})
        assert heard.left.wait(30)
        assert "error" in client.answer(going)
        assert client.stop() == 0


def test_a_text_that_changes_meanwhile_keeps_what_was_typed(client: Client) -> None:
    with model_server(scripted(GOOD), pause=0.3) as heard:
        started(client, heard.address)
        client.open(URI, EMPTY)
        going = client.ask("redox/implement", asked(2))
        while not heard.bodies:
            time.sleep(0.01)
        client.edit(URI, 2, {"text": EMPTY + "\n"})
        error = client.answer(going)["error"]
        assert error["message"] == "The text has changed since."
        assert client.stop() == 0


def test_where_nothing_is_to_be_written_that_is_said(client: Client) -> None:
    with model_server(scripted()) as heard:
        started(client, heard.address)
        client.open(URI, WRITTEN)
        error = client.answer(client.ask("redox/implement", asked(2)))["error"]
        assert "without a body" in error["message"]
        assert actions(client, 2) == []
        assert client.stop() == 0
    assert heard.bodies == []


def test_an_action_holds_the_edit_for_who_resolves_it(client: Client) -> None:
    with model_server(scripted(GOOD)) as heard:
        started(client, heard.address, RESOLVES)
        client.open(URI, EMPTY)
        (action,) = actions(client, 2)
        assert "edit" not in action
        done = client.request("codeAction/resolve", action)
        assert client.stop() == 0
    (edit,) = done["edit"]["changes"][URI]
    assert edit == {
        "range": {"start": place(3, 0), "end": place(4, 0)},
        "newText": "        let y be 3\n        x plus y\n",
    }


def test_an_action_is_the_command_of_a_client_that_has_one(client: Client) -> None:
    with model_server(scripted()) as heard:
        started(client, heard.address, options={"implementCommand": "own.implement"})
        client.open(URI, EMPTY)
        (action,) = actions(client, 2)
        command = {"title": TITLE, "command": "own.implement", "arguments": [URI, 2]}
        assert action["command"] == command
        assert client.stop() == 0
    assert heard.bodies == []


def test_a_body_of_random_weights_is_refused_with_a_reason(client: Client, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    started(client, str(make_sure_model(tmp_path / "checkpoint", tmp_path / "model")), RESOLVES)
    client.open(URI, EMPTY)
    (action,) = actions(client, 2)
    error = client.answer(client.ask("codeAction/resolve", action))["error"]
    assert error["message"].startswith("What the model wrote is no good. ")
    assert told(client)["refused"] == 1  # it reads no complaint, and is asked once
    assert client.stop() == 0
