"""The server's commands, progress, and previews that a client shows as documents."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from lsp_client import Client, needs_posix, place, replaced
from test_shadow import lay

import redox

IRON = "function main begin\n    let x be a plus b\nend function\n"
RUST = "fn main() {\n    let x = a + b;\n}\n"
INVALID_PARAMS, CANCELLED = -32602, -32800

# Windows runs no script of the shell as rustc.


@pytest.fixture
def client() -> Iterator[Client]:
    with Client() as client:
        client.start()
        yield client


def command(client: Client, name: str, *arguments: object) -> Any:
    """Execute a command and return its whole answer."""
    params = {"command": name, "arguments": list(arguments)}
    return client.answer(client.ask("workspace/executeCommand", params))


def test_a_file_is_written_in_the_other_language_but_over_none(
    client: Client, tmp_path: Path
) -> None:
    iron, rust = tmp_path / "main.iron", tmp_path / "main.rs"
    iron.write_text(IRON, encoding="utf-8")
    done = command(client, "redox.oxidizeFile", iron.as_uri())["result"]
    assert done == {"uri": rust.as_uri(), "languageId": "rust", "text": RUST}
    assert rust.read_text(encoding="utf-8") == RUST
    again = command(client, "redox.oxidizeFile", iron.as_uri())
    assert again["error"]["code"] == INVALID_PARAMS
    iron.unlink()
    assert command(client, "redox.reduceFile", rust.as_uri())["result"]["uri"] == iron.as_uri()
    assert iron.read_text(encoding="utf-8") == redox.reduce(RUST).text


def test_a_document_that_is_no_file_is_only_answered(client: Client) -> None:
    client.open("untitled:1", IRON)
    done = command(client, "redox.oxidizeFile", "untitled:1")["result"]
    assert done == {"uri": None, "languageId": "rust", "text": RUST}


def test_a_client_that_can_makes_the_file_itself(tmp_path: Path) -> None:
    iron = tmp_path / "main.iron"
    can = {"applyEdit": True, "workspaceEdit": {"resourceOperations": ["create"]}}
    with Client() as client:
        client.answers["workspace/applyEdit"] = {"applied": True}
        client.start({"workspace": can})
        client.open(iron.as_uri(), IRON)
        command(client, "redox.oxidizeFile", iron.as_uri())
        asked = client.wait_for(lambda one: one.get("method") == "workspace/applyEdit")
        create, edit = asked["params"]["edit"]["documentChanges"]
        assert (create["kind"], create["uri"]) == ("create", (tmp_path / "main.rs").as_uri())
        assert edit["edits"][0]["newText"] == RUST
    assert not list(tmp_path.iterdir())


def test_a_phrase_is_explained(client: Client) -> None:
    (row,) = command(client, "redox.explain", "is greater  than")["result"]
    assert (row["phrase"], row["rust"]) == ("is greater than", ">")


def test_a_program_is_run_only_in_a_trusted_workspace(client: Client, tmp_path: Path) -> None:
    what = {"uri": (tmp_path / "main.iron").as_uri(), "runs": "main", "name": "main"}
    client.notify("redox/trust", {"trusted": False})
    assert "trusted" in command(client, "redox.run", what)["error"]["message"]
    client.notify("redox/trust", {"trusted": True})
    ran = command(client, "redox.run", what)["result"]
    assert ran["code"] == 2
    assert "there is no such file" in ran["errors"]


CARGO = """#!/bin/sh
[ "$1" = run ] || exec echo cargo 1.99.0
exec 3> "$0.pipe"
echo runs >&3
exec sleep 60
"""


@pytest.fixture
def endless(tmp_path: Path) -> Iterator[tuple[Client, int, IO[str]]]:
    """A client whose program runs without end, the request, and what ends with the program."""
    cargo = tmp_path / "cargo"
    cargo.write_text(CARGO)
    cargo.chmod(0o755)
    os.mkfifo(f"{cargo}.pipe")
    manifest = '[package]\nname = "crab"\nversion = "0.1.0"\nedition = "2021"\n'
    crate = lay(tmp_path / "crab", {"Cargo.toml": manifest, "src/main.iron": IRON})
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin"}
    what = {"uri": (crate / "src/main.iron").as_uri(), "runs": "main", "name": "main"}
    with Client(environment=environment) as client:
        client.start()
        asked = {"command": "redox.run", "arguments": [what]}
        identity = client.ask("workspace/executeCommand", asked)
        with Path(f"{cargo}.pipe").open(encoding="utf-8") as pipe:
            assert pipe.readline() == "runs\n"
            yield client, identity, pipe


@needs_posix
def test_a_program_ends_with_its_request(endless: tuple[Client, int, IO[str]]) -> None:
    client, identity, pipe = endless
    client.notify("$/cancelRequest", {"id": identity})
    assert client.answer(identity)["error"]["code"] == CANCELLED
    assert pipe.read() == ""
    assert client.stop() == 0


@needs_posix
def test_a_program_ends_with_the_server(endless: tuple[Client, int, IO[str]]) -> None:
    client, identity, pipe = endless
    assert client.stop() == 0
    assert client.answer(identity)["error"]["code"] == CANCELLED
    assert pipe.read() == ""
    assert client.log == []


def test_the_status_tells_what_a_report_needs(client: Client) -> None:
    client.open("untitled:1", IRON)
    status = command(client, "redox.status")["result"]
    assert status["server"]["version"] == redox.__version__
    assert status["server"]["executable"] == sys.executable
    assert [one["lines"] for one in status["documents"]] == [3]
    names = [one["name"] for one in status["children"]]
    assert names == ["rustc", "cargo check", "rust-analyzer", "model"]
    assert status["errors"] == []


@needs_posix
def test_what_takes_long_is_shown_as_progress(tmp_path: Path) -> None:
    rustc = tmp_path / "rustc"
    rustc.write_text('#!/bin/sh\n[ "$1" = --version ] && echo rustc 1.99.0 || sleep 1\n')
    rustc.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin"}
    with Client(environment=environment) as client:
        client.start({"window": {"workDoneProgress": True}})
        client.open("untitled:1", IRON)
        client.notify("textDocument/didSave", {"textDocument": {"uri": "untitled:1"}})
        begun = client.wait_note("$/progress")
        assert begun["value"]["kind"] == "begin"
        ended = client.wait_note("$/progress")
        assert (ended["token"], ended["value"]["kind"]) == (begun["token"], "end")


def test_a_preview_that_is_shown_as_a_document_is_read_again() -> None:
    uri = "file:///nowhere/main.iron"
    with Client() as client:
        client.start({"workspace": {"textDocumentContent": {}}})
        client.open(uri, IRON)
        preview = client.request("redox/preview", {"textDocument": {"uri": uri}})["previewUri"]
        client.request("workspace/textDocumentContent", {"uri": preview})
        client.edit(uri, 2, replaced(1, 15, 19, "minus"))
        method = "workspace/textDocumentContent/refresh"
        asked = client.wait_for(lambda one: one.get("method") == method)
        assert asked["params"] == {"uri": preview}
        text = client.request("workspace/textDocumentContent", {"uri": preview})["text"]
        assert text == RUST.replace("+", "-")


def test_a_renamed_document_is_another_document(client: Client) -> None:
    client.open("file:///nowhere/a.iron", IRON)
    client.close("file:///nowhere/a.iron")
    client.open("file:///nowhere/b.iron", IRON)
    asked = {"textDocument": {"uri": "file:///nowhere/b.iron"}, "position": place(1, 15)}
    assert client.request("textDocument/hover", asked) is not None
    asked["textDocument"] = {"uri": "file:///nowhere/a.iron"}
    assert client.request("textDocument/hover", asked) is None
