"""The server's process from outside: life, sync, previews, diagnostics, what goes wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from http.client import UPGRADE_REQUIRED, HTTPConnection
from socket import create_connection
from typing import Any

import pytest
from lsp_client import (
    COMMAND,
    PATIENCE_SECONDS,
    Client,
    apply_line_changes,
    frame,
    initialize_params,
    place,
    replaced,
)
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

import redox
from redox_lsp.handlers import make_server

URI = "file:///nowhere/main.iron"
DOCUMENT = {"textDocument": {"uri": URI}}
IRON = "function main begin\n    let x be a plus b\nend function\n"
RUST = "fn main() {\n    let x = a + b;\n}\n"
INVALID_PARAMS, METHOD_NOT_FOUND, NOT_INITIALIZED = -32602, -32601, -32002
PARSE_ERROR, INVALID_REQUEST, CANCELLED, INTERNAL_ERROR = -32700, -32600, -32800, -32603


@pytest.fixture
def client() -> Iterator[Client]:
    with Client() as client:
        yield client


@pytest.fixture
def ready(client: Client) -> Client:
    client.start()
    client.open(URI, IRON)
    return client


def error_code(client: Client, method: str, params: object) -> int:
    return int(client.answer(client.ask(method, params))["error"]["code"])


# ---- life ----


def test_a_client_that_says_goodbye_gets_exit_code_0(ready: Client) -> None:
    assert ready.stop() == 0
    assert ready.log == []


def test_a_client_that_exits_without_a_shutdown_gets_1(ready: Client) -> None:
    ready.notify("exit")
    assert ready.process.wait(PATIENCE_SECONDS) == 1


def test_a_client_that_is_gone_takes_the_server_down(ready: Client) -> None:
    assert ready.process.stdin is not None
    ready.process.stdin.close()
    assert ready.process.wait(PATIENCE_SECONDS) == 1


@pytest.mark.skipif(os.name != "posix", reason="a process is watched on POSIX only")
def test_a_client_that_died_takes_the_server_down_though_its_pipe_is_held_open() -> None:
    waiting = [sys.executable, "-c", "input()"]
    with subprocess.Popen(waiting, stdin=subprocess.PIPE) as other, Client() as client:
        client.start(processId=other.pid)
        other.kill()
        other.wait()
        assert client.process.wait(PATIENCE_SECONDS) == 1


def test_what_comes_before_initialize_is_refused(client: Client) -> None:
    assert error_code(client, "textDocument/hover", {}) == NOT_INITIALIZED
    client.start()
    assert error_code(client, "initialize", {}) == INVALID_REQUEST


def test_an_answer_that_nobody_waits_for_any_more_is_dropped() -> None:
    """As a client's is to a task that was cancelled; what it came with is still read."""
    protocol = make_server().protocol
    asked: Future[None] = Future()
    asked.cancel()
    protocol._request_futures["a"] = asked
    protocol.receive(b'{"jsonrpc": "2.0", "id": "a", "result": null}')
    assert "a" not in protocol._request_futures


def test_what_comes_behind_shutdown_is_refused(ready: Client) -> None:
    ready.request("shutdown")
    assert error_code(ready, "redox/preview", DOCUMENT) == INVALID_REQUEST


# ---- what goes wrong ----


def test_what_can_not_be_read_is_answered_and_the_server_lives_on(ready: Client) -> None:
    ready.send_bytes(b"Content-Length: 5\r\n\r\n{nope")
    assert ready.wait_for(lambda one: "error" in one)["error"]["code"] == PARSE_ERROR
    ready.send_bytes(b"Content-Length: 2\r\n\r\n[]")
    assert ready.wait_for(lambda one: "error" in one)["error"]["code"] == INVALID_REQUEST
    assert error_code(ready, "redox/preview", {"textDocument": 1}) == INVALID_PARAMS
    assert error_code(ready, "redox/nothing", {}) == METHOD_NOT_FOUND
    assert ready.request("redox/preview", DOCUMENT)["text"] == RUST


def test_a_document_that_is_not_open_has_no_preview(ready: Client) -> None:
    other = {"textDocument": {"uri": "file:///nowhere/other.iron"}}
    assert error_code(ready, "redox/preview", other) == INVALID_PARAMS
    assert ready.request("textDocument/hover", other | {"position": place(0, 0)}) is None


def test_an_edit_of_a_document_that_is_not_open_is_told_and_the_server_lives_on(
    ready: Client,
) -> None:
    ready.edit("file:///nowhere/other.iron", 2, {"text": "x"})
    assert "KeyError" in ready.wait_note("window/logMessage")["message"]
    assert ready.request("redox/preview", DOCUMENT)["text"] == RUST


def test_an_http_request_is_no_client(client: Client) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}})
    client.send_bytes(f"POST / HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    assert client.process.wait(PATIENCE_SECONDS) == 1


# ---- cancellation ----


def test_requests_that_are_cancelled_do_not_run(ready: Client) -> None:
    hovers = DOCUMENT | {"position": place(1, 15)}
    first = 1000
    asked: list[dict[str, Any]] = [
        {"id": first + number, "method": "textDocument/hover", "params": hovers}
        for number in range(10)
    ]
    cancelled = [
        {"method": "$/cancelRequest", "params": {"id": first + number}} for number in range(9)
    ]
    ready.send_bytes(b"".join(frame(one) for one in [*asked, *cancelled]))
    answers = [ready.answer(first + number) for number in range(10)]
    assert [one["error"]["code"] for one in answers[:9]] == [CANCELLED] * 9
    assert answers[9]["result"] is not None
    status = ready.request("workspace/executeCommand", {"command": "redox.status", "arguments": []})
    assert status["timings"]["textDocument/hover"]["count"] == 1


# ---- texts ----


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_edits_are_where_the_client_means_them(client: Client, encoding: str, end: str) -> None:
    capabilities = client.start({"general": {"positionEncodings": [encoding]}})
    assert capabilities["positionEncoding"] == encoding
    line = 'let x be "🦀é" plus b'
    client.open(URI, f"{line}{end}{line}{end}")
    before = line.index("plus")
    column = len(line[:before].encode(encoding + "-le" if encoding != "utf-8" else encoding))
    column //= {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    client.edit(URI, 2, replaced(1, column, column + 4, "minus"))
    rust = f'let x = "🦀é" + b;{end}let x = "🦀é" - b;{end}'
    assert client.request("redox/preview", DOCUMENT)["text"] == rust
    places = {"ranges": [{"start": place(1, column), "end": place(1, column + 5)}]}
    (found,) = client.request("redox/toPreview", DOCUMENT | places)["ranges"]
    assert found == {"start": place(1, column - 1), "end": place(1, column)}
    (back,) = client.request("redox/fromPreview", DOCUMENT | {"ranges": [found]})["ranges"]
    assert back == places["ranges"][0]


def test_a_preview_is_pushed_as_it_changes(ready: Client) -> None:
    preview = ready.request("redox/openPreview", DOCUMENT)
    assert (preview["version"], preview["languageId"], preview["text"]) == (1, "rust", RUST)
    text, version = preview["text"], 1
    edits: list[Any] = [
        replaced(1, 4, 4, "// "),
        replaced(1, 4, 7, ""),
        replaced(0, 19, 19, '\n    let y be "'),
        {"text": ""},
        {"text": IRON + IRON},
    ]
    for number, edit in enumerate(edits, 2):
        ready.edit(URI, number, edit)
        while version < number or text != ready.request("redox/preview", DOCUMENT)["text"]:
            changed = ready.wait_note("redox/previewChanged")
            assert changed["baseVersion"] == version
            version = changed["version"]
            text = apply_line_changes(text, changed["changes"])
    assert text == RUST + RUST
    ready.notify("redox/closePreview", DOCUMENT)


def test_a_file_of_rust_is_shown_as_iron(client: Client) -> None:
    client.start()
    uri = "file:///nowhere/main.rs"
    document = {"textDocument": {"uri": uri}}
    client.open(uri, RUST, language="rust")
    preview = client.request("redox/openPreview", document)
    assert (preview["languageId"], preview["text"]) == ("iron", redox.reduce(RUST).text)
    client.edit(uri, 2, replaced(1, 14, 15, "-"))
    changed = client.wait_note("redox/previewChanged")
    shown = apply_line_changes(preview["text"], changed["changes"])
    assert shown == redox.reduce(RUST.replace("+", "-")).text
    places = {"ranges": [{"start": place(1, 14), "end": place(1, 15)}]}
    (found,) = client.request("redox/toPreview", document | places)["ranges"]
    assert found == {"start": place(1, 15), "end": place(1, 20)}


@pytest.mark.parametrize(("language", "text"), [("rust", RUST), ("iron", IRON)])
def test_a_preview_outlives_a_document_that_is_opened_again(
    client: Client, language: str, text: str
) -> None:
    client.start()
    client.open(URI, text, language)
    shown = client.request("redox/openPreview", DOCUMENT)["text"]
    client.open(URI, text, language)
    client.edit(URI, 2, {"text": text + text})
    while shown != client.request("redox/preview", DOCUMENT)["text"]:
        changed = client.wait_note("redox/previewChanged")
        shown = apply_line_changes(shown, changed["changes"])


def test_a_client_can_open_a_preview_as_a_document(ready: Client) -> None:
    preview = ready.request("redox/preview", DOCUMENT)["previewUri"]
    assert preview == "redox-preview:/main.rs?file%3A%2F%2F%2Fnowhere%2Fmain.iron"
    assert ready.request("workspace/textDocumentContent", {"uri": preview}) == {"text": RUST}


def test_an_untitled_document_is_iron_if_the_client_says_so(client: Client) -> None:
    client.start()
    client.open("untitled:Untitled-1", IRON)
    document = {"textDocument": {"uri": "untitled:Untitled-1"}}
    preview = client.request("redox/preview", document)
    assert preview["text"] == RUST
    assert preview["previewUri"].startswith("redox-preview:/Untitled-1.rs?")


def test_a_document_of_100_000_lines_is_served(client: Client) -> None:
    client.start()
    client.open(URI, IRON * 33_334)
    client.edit(URI, 2, replaced(1, 15, 19, "minus"))
    client.edit(URI, 3, replaced(50_001, 0, 0, '"'))  # opens a string: all that follows changes
    text = client.request("redox/preview", DOCUMENT)["text"]
    assert text.startswith(RUST.replace("+", "-"))
    lines = (IRON * 33_334).splitlines(keepends=True)
    lines[1] = lines[1].replace("plus", "minus")
    lines[50_001] = '"' + lines[50_001]
    assert text == redox.oxidize("".join(lines)).text


# ---- diagnostics ----


def test_diagnostics_are_pushed_and_cleared(ready: Client) -> None:
    ready.edit(URI, 2, replaced(2, 0, 12, ""))
    found = ready.wait_note("textDocument/publishDiagnostics")
    assert (found["uri"], found["version"]) == (URI, 2)
    assert {one["code"] for one in found["diagnostics"]} == {"unclosed-block"}
    ready.edit(URI, 3, {"text": "let x be a and b\n"})
    again = ready.wait_note("textDocument/publishDiagnostics")
    assert {one["source"] for one in again["diagnostics"]} <= {"redox"}
    ready.close(URI)
    assert ready.wait_note("textDocument/publishDiagnostics")["diagnostics"] == []


def test_a_client_that_asks_for_diagnostics_is_not_pushed_any(client: Client) -> None:
    refresh = {"diagnostics": {"refreshSupport": True}}
    told = client.start({"textDocument": {"diagnostic": {}}, "workspace": refresh})
    assert "diagnosticProvider" in told
    client.open(URI, IRON + "end function\n")
    report = client.request("textDocument/diagnostic", DOCUMENT)
    assert "nothing-to-close" in {one["code"] for one in report["items"]}
    assert report["kind"] == "full"
    assert not [m for m in client.kept if m.get("method") == "textDocument/publishDiagnostics"]


def test_a_client_that_can_not_be_told_to_ask_again_is_pushed_diagnostics(client: Client) -> None:
    told = client.start({"textDocument": {"diagnostic": {}}})
    assert "diagnosticProvider" not in told
    client.open(URI, IRON + "end function\n")
    found = client.wait_note("textDocument/publishDiagnostics")["diagnostics"]
    assert "nothing-to-close" in {one["code"] for one in found}


# ---- sockets ----


def announced(*arguments: str) -> tuple[subprocess.Popen[str], str]:
    """Start a server that listens, and return it with the address that it prints."""
    server = subprocess.Popen(
        [*COMMAND, "--port", "0", *arguments], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    return server, server.stdout.readline().split()[-1]


def test_a_socket_serves_one_client_and_ends_with_it() -> None:
    server, address = announced("--tcp")
    with server:
        host, port = address.removeprefix("tcp://").split(":")
        with create_connection((host, int(port))) as connection:
            asked = {"id": 1, "method": "initialize", "params": initialize_params()}
            connection.sendall(frame(asked))
            assert b"Content-Length" in connection.recv(100)
        assert server.wait(PATIENCE_SECONDS) == 1


def test_a_second_client_of_a_socket_is_hung_up_on() -> None:
    server, address = announced("--tcp")
    host, port = address.removeprefix("tcp://").split(":")
    place = host, int(port)
    with server, create_connection(place, PATIENCE_SECONDS) as first:
        with create_connection(place, PATIENCE_SECONDS) as second:
            assert second.recv(100) == b""
        first.sendall(frame({"id": 1, "method": "initialize", "params": initialize_params()}))
        assert b"Content-Length" in first.recv(100)


def test_only_loopback_is_listened_on() -> None:
    command = [*COMMAND, "--tcp", "--host", "0.0.0.0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "invalid choice" in done.stderr


ORIGIN = "https://good.example"


@pytest.mark.parametrize("origin", [None, ORIGIN])
def test_a_web_socket_lets_in_who_knows_the_token(origin: str | None) -> None:
    server, address = announced("--ws", "--allow-origin", ORIGIN)
    with server:
        with connect(address, additional_headers={"Origin": origin} if origin else {}) as socket:
            asked = {"id": 1, "method": "initialize", "params": initialize_params()}
            socket.send(json.dumps({"jsonrpc": "2.0", **asked}))
            assert json.loads(socket.recv())["id"] == 1
        assert server.wait(PATIENCE_SECONDS) == 1


def test_a_web_socket_waits_for_a_client_that_shakes_hands() -> None:
    server, address = announced("--ws")
    with server:
        host, _, path = address.removeprefix("ws://").partition("/")
        browser = HTTPConnection(host)
        browser.request("GET", f"/{path}")
        assert browser.getresponse().status == UPGRADE_REQUIRED
        with connect(address) as socket:
            asked = {"id": 1, "method": "initialize", "params": initialize_params()}
            socket.send(json.dumps({"jsonrpc": "2.0", **asked}))
            assert json.loads(socket.recv())["id"] == 1
            with pytest.raises(InvalidStatus) as second:
                connect(address)
            assert second.value.response.status_code == 503
        assert server.wait(PATIENCE_SECONDS) == 1


def as_it_is(token: str) -> str:
    return f"?token={token}"


REFUSED: dict[str, tuple[list[str], Callable[[str], str], int]] = {
    "another page": (["https://evil.example"], as_it_is, 403),
    "a page from nowhere": (["null"], as_it_is, 403),
    "a good page and another": ([ORIGIN, "https://evil.example"], as_it_is, 403),
    "a wrong token": ([ORIGIN], lambda token: f"?token=x{token}", 401),
    "half a token": ([], lambda token: f"?token={token[: len(token) // 2]}", 401),
    "an empty token": ([], lambda _: "?token=", 401),
    "no token": ([], lambda _: "", 401),
}
"""Where a client says it comes from, what it makes of the token, and what it is answered."""


@pytest.mark.parametrize(("origins", "change", "status"), REFUSED.values(), ids=REFUSED)
def test_a_web_socket_lets_nobody_else_in(
    origins: list[str], change: Callable[[str], str], status: int
) -> None:
    server, address = announced("--ws", "--allow-origin", ORIGIN)
    place, _, token = address.partition("?token=")
    headers = [("Origin", origin) for origin in origins]
    with server:
        try:
            with pytest.raises(InvalidStatus) as refused:
                connect(place + change(token), additional_headers=headers).close()
        finally:
            server.terminate()
        assert refused.value.response.status_code == status
