"""Settings: one table, read as clients send them, changed live."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsp_client import Client

from redox_lsp.settings import TABLE, Settings, read_settings

URI = "file:///nowhere/main.iron"
DOCUMENT = {"textDocument": {"uri": URI}}
MAIN = "function main begin\n    f with a\nend function\n"


def test_each_setting_has_a_default_that_it_may_have() -> None:
    given = {setting.name: setting.default for setting in TABLE}
    assert read_settings(given) == (Settings(), [])
    assert len(given) == len(TABLE)


def test_settings_are_read_nested_or_with_dots() -> None:
    for given in ({"rustc": {"pause": 100}}, {"rustc.pause": 100}):
        settings, complaints = read_settings(given)
        assert (settings.number("rustc.pause"), complaints) == (100, [])


def test_what_is_not_given_keeps_its_default() -> None:
    for given in (None, {}, {"rustc": None}, {"rustc": {"pause": None}}):
        assert read_settings(given) == (Settings(), [])


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"rustc": {"pause": "soon"}}, "must be a whole number, not 'soon'"),
        ({"rustc": {"pause": True}}, "must be a whole number, not True"),
        ({"rustc": {"pause": 1}}, "must be at least 50, not 1"),
        ({"rustc": {"when": "often"}}, "must be one of pause, save, never, not 'often'"),
        ({"rustc": {"whem": "save"}}, "there is no setting `redox.rustc.whem`"),
        ([], "`redox` must be an object, not []"),
    ],
)
def test_what_can_not_be_used_is_told(given: object, complaint: str) -> None:
    settings, complaints = read_settings(given)
    assert len(complaints) == 1
    assert complaint in complaints[0]
    assert settings == Settings()


def test_a_client_is_told_of_a_setting_that_there_is_not() -> None:
    with Client() as client:
        client.configuration = {"nonsense": 1}
        client.start({"workspace": {"configuration": True}})
        assert "redox.nonsense" in client.wait_note("window/logMessage")["message"]


@pytest.mark.parametrize("asks", [True, False], ids=["asked for", "sent"])
def test_settings_change_live(tmp_path: Path, asks: bool) -> None:
    uri = (tmp_path / "main.iron").as_uri()
    document = {"textDocument": {"uri": uri}}
    with Client() as client:
        client.start({"workspace": {"configuration": asks}})
        client.open(uri, MAIN)
        assert [one["command"]["title"] for one in _lenses(client, document)] == ["Run"]
        client.configuration = {"codeLens": {"run": False}}
        sent = None if asks else {"redox": client.configuration}
        client.notify("workspace/didChangeConfiguration", {"settings": sent})
        if asks:
            client.wait_for(lambda one: one.get("method") == "workspace/configuration")
            client.wait_for(lambda one: one.get("method") == "workspace/configuration")
        assert _lenses(client, document) == []


def test_what_settings_show_is_asked_for_again_where_they_change() -> None:
    refresh = {"refreshSupport": True}
    can = {"configuration": True, "codeLens": refresh, "inlayHint": refresh}
    with Client() as client:
        client.start({"workspace": can})
        client.wait_for(lambda one: one.get("method") == "workspace/configuration")
        client.configuration = {"codeLens": {"run": False}}
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        client.wait_for(lambda one: one.get("method") == "workspace/inlayHint/refresh")
        client.wait_for(lambda one: one.get("method") == "workspace/codeLens/refresh")
        assert client.stop() == 0
        assert not any("refresh" in one.get("method", "") for one in client.kept)


def test_a_client_that_wants_to_be_asked_is_asked_to_tell_of_changes() -> None:
    with Client() as client:
        client.start({"workspace": {"didChangeConfiguration": {"dynamicRegistration": True}}})
        asked = client.wait_for(lambda one: one.get("method") == "client/registerCapability")
        (registration,) = asked["params"]["registrations"]
        assert registration["method"] == "workspace/didChangeConfiguration"
        assert registration["registerOptions"] == {"section": "redox"}


WATCHES = {
    "configuration": True,
    "didChangeConfiguration": {"dynamicRegistration": True},
    "didChangeWatchedFiles": {"dynamicRegistration": True},
}


@pytest.mark.parametrize("method", ["workspace/configuration", "client/registerCapability"])
def test_what_a_client_refuses_keeps_nothing_else_from_it(method: str) -> None:
    with Client() as client:
        client.refused = {method}
        client.start({"workspace": WATCHES})
        _wait_registered(client)
        status = client.request("workspace/executeCommand", {"command": "redox.status"})
        assert [one for one in status["children"] if one.get("model")]
        assert client.stop() == 0


def test_a_client_that_answers_null_for_its_settings_has_the_defaults() -> None:
    with Client() as client:
        client.answers["workspace/configuration"] = None
        client.start({"workspace": WATCHES})
        _wait_registered(client)
        client.open(URI, MAIN)
        assert len(_lenses(client, DOCUMENT)) == 1
        assert client.stop() == 0


def _wait_registered(client: Client) -> None:
    """Wait until the server has asked for all that a client can tell."""
    asked = [
        client.wait_for(lambda one: one.get("method") == "client/registerCapability")
        for _ in range(2)
    ]
    assert {one["params"]["registrations"][0]["method"] for one in asked} == {
        "workspace/didChangeConfiguration",
        "workspace/didChangeWatchedFiles",
    }


def _lenses(client: Client, document: object) -> list[dict[str, dict[str, str]]]:
    found: list[dict[str, dict[str, str]]] = client.request("textDocument/codeLens", document)
    return found
