"""The bridge without a real rust-analyzer: what it says to its child, and edits that it refuses."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from analyzer import CAPABILITIES, MANIFEST, Crate
from lsp_client import Client, replaced
from lsprotocol.types import MarkupKind

from redox.shadow.workspace import Shadow, Wording, mirror
from redox_lsp.bridge.asking import Asker
from redox_lsp.bridge.carrying import Carrier, UnmappedError, to_rust
from redox_lsp.bridge.editing import RefusedError, text_edits, workspace_edit
from redox_lsp.bridge.merging import completions, hovers
from redox_lsp.bridge.scenes import Book, Scene
from redox_lsp.bridge.twins import Twin, rows_of_iron
from redox_lsp.convert import markup
from redox_lsp.handlers import make_server

MAIN = "src/main.iron"
TEXT = "module legs\n\nfunction main begin\n    let crabs be 8\nend function\n"
FAKE = Path(__file__).parent / "fake_analyzer.py"


@pytest.fixture
def client() -> Iterator[Client]:
    with Client() as client:
        yield client


def wait(wanted: Callable[[], object]) -> None:
    """Wait until something is so."""
    limit = time.monotonic() + 60
    while not wanted():
        assert time.monotonic() < limit
        time.sleep(0.05)


def start(
    client: Client,
    folder: Path,
    encoding: str = "utf-32",
    *,
    first: str = "",
    manifest: str = MANIFEST,
) -> tuple[Crate, Path]:
    """Open a crate with a false rust-analyzer; return it and where that writes what it is told.

    It does `first` in the shell.
    """
    program, log = folder / "rust-analyzer", folder / "log"
    log.touch()
    run = f'exec {sys.executable} {FAKE} {log} "${{1:-{encoding}}}"'
    program.write_text(f"#!/bin/sh\n{first}\n{run}\n")
    program.chmod(0o755)
    client.configuration = {
        "rustAnalyzer": {"path": str(program), "sysrootSource": str(folder)},
        "rustc": {"when": "never"},
    }
    client.start(CAPABILITIES)
    files = {"Cargo.toml": manifest, MAIN: TEXT, "src/legs.iron": "\n"}
    crate = Crate(client, folder / "crab", files)
    crate.write(MAIN, TEXT)
    return crate, log


def told(log: Path, method: str = "") -> list[Any]:
    """Return what the child was told, of one method or of all."""
    lines = map(json.loads, log.read_text("utf-8").splitlines())
    return [one for one in lines if not method or one.get("method") == method]


def test_nothing_comes_before_initialized_and_texts_come_as_rust(
    client: Client, tmp_path: Path
) -> None:
    crate, log = start(client, tmp_path)
    crate.wait_ready()
    methods = [one["method"] for one in told(log)]
    assert methods[:3] == ["initialize", "initialized", "textDocument/didOpen"]
    (opened,) = told(log, "textDocument/didOpen")
    shown = opened["params"]["textDocument"]
    assert shown["uri"] == crate.uri("target/redox/src/main.rs")
    assert shown["text"] == "mod legs;\n\nfn main() {\n    let crabs = 8;\n}\n"
    client.edit(crate.uri(MAIN), 2, replaced(3, 17, 18, "9 plus 1"))
    wait(lambda: told(log, "textDocument/didChange"))
    (changed,) = told(log, "textDocument/didChange")
    (change,) = changed["params"]["contentChanges"]
    assert change["text"] == "    let crabs = 9 + 1;\n"
    settings = told(log, "initialize")[0]["params"]["initializationOptions"]
    assert settings["linkedProjects"] == [str(crate.root / "target/redox/Cargo.toml")]
    assert settings["checkOnSave"] is False
    assert client.stop() == 0


def test_a_request_that_is_cancelled_is_cancelled_there_too(client: Client, tmp_path: Path) -> None:
    crate, log = start(client, tmp_path)
    crate.wait_ready()
    identity = client.ask("textDocument/hover", crate.at(MAIN, TEXT.index("crabs")))
    wait(lambda: told(log, "textDocument/hover"))
    client.notify("$/cancelRequest", {"id": identity})
    assert client.answer(identity)["error"]["code"] == -32800
    wait(lambda: told(log, "$/cancelRequest"))
    asked = told(log, "textDocument/hover")[0]
    assert told(log, "$/cancelRequest")[0]["params"] == {"id": asked["id"]}
    assert client.stop() == 0


def test_one_that_counts_otherwise_is_too_old_and_left_alone(
    client: Client, tmp_path: Path
) -> None:
    crate, log = start(client, tmp_path, "utf-16")
    wait(lambda: "too old" in crate.status()["problem"])
    asked = crate.at(MAIN, TEXT.index("crabs"))
    assert "variable" in client.request("textDocument/hover", asked)["contents"]["value"]
    assert told(log, "initialized") == []
    assert client.stop() == 0


def diagnostics(crate: Crate) -> list[tuple[str, str]]:
    """Return who says what is wrong in the main file."""
    asked = {"textDocument": {"uri": crate.uri(MAIN)}}
    items = crate.client.request("textDocument/diagnostic", asked)["items"]
    return [(one["source"], one["message"]) for one in items]


@pytest.mark.parametrize("is_trusted", [True, False], ids=["unwanted", "untrusted"])
def test_one_that_is_switched_off_leaves_nothing_that_it_said(
    client: Client, tmp_path: Path, is_trusted: bool
) -> None:
    crate, _ = start(client, tmp_path)
    wait(lambda: diagnostics(crate) == [("rust-analyzer", "wrong")])
    client.wait_for(lambda one: one.get("method") == "workspace/diagnostic/refresh")
    if is_trusted:
        client.configuration = {"rustAnalyzer": {"enabled": False}}
        client.notify("workspace/didChangeConfiguration", {"settings": None})
    else:
        client.notify("redox/trust", {"trusted": False})
    client.wait_for(lambda one: one.get("method") == "workspace/diagnostic/refresh")
    assert diagnostics(crate) == []
    assert client.stop() == 0


def test_trust_that_is_withdrawn_ends_the_search_for_one(client: Client, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    crate, log = start(client, tmp_path, first=f'[ "$1" != --version ] || cat {pipe}')
    client.wait_for(lambda one: one.get("method") == "workspace/configuration")
    with pipe.open("wb"):  # once it can be written to, the version is being asked for
        assert crate.status()["state"] == "being looked for"
        client.notify("redox/trust", {"trusted": False})
        wait(lambda: crate.status()["state"] == "stopped")
    assert told(log) == []
    client.notify("redox/trust", {"trusted": True})
    with pipe.open("wb"):
        assert crate.status()["state"] == "being looked for"
    crate.wait_ready()
    assert client.stop() == 0


@pytest.mark.parametrize("is_saved", [True, False], ids=["saved", "seen on the disk"])
def test_a_crate_that_could_not_be_mirrored_is_tried_again(
    client: Client, tmp_path: Path, is_saved: bool
) -> None:
    crate, _ = start(client, tmp_path, manifest="[package")
    client.wait_note("window/logMessage", lambda one: crate.uri(MAIN) in one["message"])
    crate.root.joinpath("Cargo.toml").write_text(MANIFEST, "utf-8")
    if is_saved:
        client.notify("textDocument/didSave", {"textDocument": {"uri": crate.uri(MAIN)}})
    else:
        changes = [{"uri": crate.uri("Cargo.toml"), "type": 2}]
        client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    assert crate.wait_ready()["documents"] == 1
    assert client.stop() == 0


@pytest.mark.parametrize("is_loaded", [True, False], ids=["silent", "not loaded"])
def test_what_other_files_may_name_is_not_renamed_in_one_alone(
    client: Client, tmp_path: Path, is_loaded: bool
) -> None:
    crate, _ = start(client, tmp_path, first="" if is_loaded else "sleep 60")
    if is_loaded:
        crate.wait_ready()
    else:
        client.wait_for(lambda one: one.get("method") == "workspace/configuration")
    asked = crate.at(MAIN, TEXT.index("main"))
    for method, more in (("prepareRename", {}), ("rename", {"newName": "other"})):
        answer = client.answer(client.ask(f"textDocument/{method}", asked | more))
        assert "Other files may name it" in answer["error"]["message"]
    asked = crate.at(MAIN, TEXT.index("crabs"))
    edit = client.request("textDocument/rename", asked | {"newName": "other"})
    assert [one["newText"] for one in edit["changes"][crate.uri(MAIN)]] == ["other"]
    assert client.stop() == 0


# ---- two answers put together ----


def test_names_come_from_rust_analyzer_and_words_and_the_line_of_a_model_from_redox() -> None:
    own = [
        {"label": "plus", "kind": 24},
        {"label": "legs", "kind": 6},
        {"label": "crab dot legs", "kind": 1, "sortText": " "},
    ]
    theirs = [{"label": "legs", "kind": 5}, {"label": "let", "kind": 14}]
    merged = completions({"items": own}, {"items": theirs})["items"]
    first, *others = sorted(merged, key=lambda one: one.get("sortText") or one["label"])
    assert first["label"] == "crab dot legs"
    assert sorted((one["label"], one["kind"]) for one in others) == [("legs", 5), ("plus", 24)]
    assert completions({"items": own}, {"items": theirs[1:]})["items"] == own


PLAIN = "crab\nfn walk()"
FORMS: dict[str, tuple[list[Any], Any, Any]] = {
    "Markdown": (
        [MarkupKind.Markdown, MarkupKind.PlainText],
        {"kind": "markdown", "value": "crab\n```rust\nfn walk()\n```"},
        {"kind": "markdown", "value": "own\n\n---\n\ncrab\n```rust\nfn walk()\n```"},
    ),
    "plain text": (
        [MarkupKind.PlainText],
        {"kind": "plaintext", "value": PLAIN},
        {"kind": "plaintext", "value": f"own\n\n{PLAIN}"},
    ),
    "another": (["html"], PLAIN, f"own\n\n{PLAIN}"),
}


@pytest.mark.parametrize(("formats", "alone", "below"), FORMS.values(), ids=FORMS)
def test_a_hover_is_in_a_form_that_the_client_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, formats: Any, alone: Any, below: Any
) -> None:
    server = make_server()
    monkeypatch.setattr(server, "capability", lambda _: formats)
    scene, _ = scene_of(tmp_path, {"Cargo.toml": CRATE})
    theirs = {"contents": {"kind": "markdown", "value": "crab\n```rust\nfn walk()\n```"}}
    said = Asker(server, server.keeper).hover(theirs, scene, twin_of("crab\n"))
    assert said["contents"] == alone
    own = {"contents": server.protocol.unstructured(markup("own", formats))}
    assert hovers(own, said)["contents"] == below


# ---- places and edits ----


def scene_of(root: Path, files: dict[str, str]) -> tuple[Scene, Shadow]:
    """Return a scene in which nothing is open, and the mirror of a crate."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    shadow = mirror(root, Wording())
    return Scene(Book("utf-16", root / "lone", shadows={root: shadow}), {}, {}), shadow


CRATE = '[package]\nname = "crab"\nversion = "0.1.0"\nedition = "2021"\n'


def edit_of(uri: str, line: int, start: int, end: int, text: str) -> dict[str, Any]:
    """Return a workspace edit of one place."""
    place = {
        "start": {"line": line, "character": start},
        "end": {"line": line, "character": end},
    }
    return {"changes": {uri: [{"range": place, "newText": text}]}}


def test_an_edit_of_what_nobody_writes_refuses_all(tmp_path: Path) -> None:
    scene, shadow = scene_of(tmp_path, {"Cargo.toml": CRATE, MAIN: TEXT})
    right = edit_of((shadow.folder / "src/main.rs").as_uri(), 3, 8, 13, "all")
    said = workspace_edit(right, scene, has_versions=True)["documentChanges"]
    assert [one["textDocument"]["uri"] for one in said] == [(tmp_path / MAIN).as_uri()]
    wrong = edit_of((shadow.folder / "src/gone.rs").as_uri(), 0, 0, 1, "all")
    with pytest.raises(RefusedError, match=r"none of the files"):
        workspace_edit({"changes": right["changes"] | wrong["changes"]}, scene, has_versions=True)
    with pytest.raises(RefusedError, match="make or remove"):
        workspace_edit(
            {"documentChanges": [{"kind": "create", "uri": "file:///a"}]}, scene, has_versions=True
        )


def test_a_file_is_renamed_as_it_is_called(tmp_path: Path) -> None:
    files = {"Cargo.toml": CRATE, MAIN: TEXT, "src/legs.iron": "\n"}
    scene, shadow = scene_of(tmp_path, files)
    change = {
        "kind": "rename",
        "oldUri": (shadow.folder / "src/legs.rs").as_uri(),
        "newUri": (shadow.folder / "src/feet.rs").as_uri(),
    }
    edit = {"documentChanges": [change]}
    (said,) = workspace_edit(edit, scene, has_versions=True)["documentChanges"]
    assert said["oldUri"] == (tmp_path / "src/legs.iron").as_uri()
    assert said["newUri"] == (tmp_path / "src/feet.iron").as_uri()
    with pytest.raises(RefusedError, match="can't rename files"):
        workspace_edit(edit, scene, has_versions=False)


def twin_of(iron: str) -> Twin:
    """Return a document of Iron that is open."""
    rows = rows_of_iron(iron)
    return Twin("file:///a.iron", "/shadow/a.rs", 1, "utf-16", rows, is_iron=True)


def test_places_are_carried_there_and_back_over_emoji(tmp_path: Path) -> None:
    twin = twin_of('    println macro with "🦀🦀" and crabs\n')
    iron, rust = (0, 34), (0, 19)
    assert twin.to_rust(iron) == rust
    assert twin.range_from_rust(rust, (0, 24)) == (iron, (0, 39))
    assert twin.range_from_rust((0, 1), (0, 2)) is None
    scene, _ = scene_of(tmp_path, {"Cargo.toml": CRATE})
    with pytest.raises(UnmappedError):
        Carrier(scene, twin).carry(
            {"start": {"line": 0, "character": 1}, "end": {"line": 0, "character": 2}}
        )
    beyond = {"position": {"line": 9, "character": 0}}
    assert to_rust(beyond, scene, twin)["position"] == {"line": 1, "character": 0}


def test_what_leads_out_of_the_mirror_can_be_edited_around_but_not_inside(tmp_path: Path) -> None:
    text = 'attribute literally path being "../../other.rs"\nmodule other\n'
    scene, shadow = scene_of(tmp_path / "crab", {"Cargo.toml": CRATE, "src/lib.iron": text})
    twin = scene.of_shadow((shadow.folder / "src/lib.rs").as_uri())
    assert twin is not None
    mirrored = twin.shadow_lines[0]
    assert str(tmp_path / "other.rs") in mirrored
    inside = mirrored.index("other.rs")
    place = {"start": {"line": 0, "character": inside}, "end": {"line": 0, "character": inside + 5}}
    with pytest.raises(RefusedError, match="not there as it is"):
        text_edits([{"range": place, "newText": "x"}], twin)
    place = {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 9}}
    (edit,) = text_edits([{"range": place, "newText": "another"}], twin)
    assert edit["newText"] == "another"
    assert edit["range"]["start"] == {"line": 1, "character": 7}
