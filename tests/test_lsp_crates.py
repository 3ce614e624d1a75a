"""rustc's errors in a crate with Iron in it, when a file of it is saved."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lsp_client import Client, place, replaced
from test_shadow import CRATE, lay

from redox.diagnostics import Edit, Span
from redox_lsp.crate_verdicts import verdicts
from redox_lsp.sessions import Edited, edits_between

MAIN = """\
module legs

function main begin
    let crabs be HashMap its new with nothing
    println macro with "🦀 {:?}" and crabs
    let n be legs its count with "é"
end function
"""
LEGS = (
    "public function count takes crabs of type usize returns usize begin\n    crabs\nend function\n"
)
CAPABILITIES = {
    "workspace": {"configuration": True},
    "textDocument": {"publishDiagnostics": {"relatedInformation": True}},
}

needs_cargo = pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not on PATH")


@pytest.fixture
def client() -> Iterator[Client]:
    with Client() as client:
        client.configuration = {"rustc": {"when": "save"}}
        yield client


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    files = {"Cargo.toml": CRATE, "src/main.iron": MAIN, "src/legs.iron": LEGS}
    return lay(tmp_path / "crab", files)


def says(client: Client, uri: str, *codes: str) -> Any:
    """Wait until just these codes are told of a document."""
    return client.wait_note(
        "textDocument/publishDiagnostics",
        lambda one: (
            one["uri"] == uri and sorted(codes) == sorted(d["code"] for d in one["diagnostics"])
        ),
    )["diagnostics"]


@needs_cargo
def test_a_save_shows_what_rustc_finds_and_offers_what_mends_it(
    client: Client, crate: Path
) -> None:
    client.start(CAPABILITIES)
    uri, legs = (crate / "src/main.iron").as_uri(), (crate / "src/legs.iron").as_uri()
    document = {"textDocument": {"uri": uri}}
    client.open(uri, MAIN)
    client.open(legs, LEGS)
    client.notify("textDocument/didSave", document)
    found, _ = says(client, uri, "E0433", "E0308")
    assert found["range"] == {"start": place(3, 17), "end": place(3, 24)}
    assert found["source"] == "rustc"
    asked = document | {"range": found["range"], "context": {"diagnostics": []}}
    actions = client.request("textDocument/codeAction", asked)
    mending = next(one for one in actions if "import" in one["title"])
    (edit,) = mending["edit"]["changes"][uri]
    assert edit["newText"].startswith("import std its collections its HashMap\n")

    mended = edit["newText"] + MAIN
    client.edit(uri, 2, {"text": mended})
    lay(crate, {"src/main.iron": mended})
    client.notify("textDocument/didSave", document)
    (found,) = says(client, uri, "E0308")
    line = mended.splitlines().index('    let n be legs its count with "é"')
    assert found["range"] == {"start": place(line, 33), "end": place(line, 36)}
    client.edit(uri, 3, replaced(0, 0, 0, "// a remark\n"))
    (moved,) = says(client, uri, "E0308")
    assert moved["range"]["start"] == place(line + 1, 33)
    assert client.stop() == 0
    assert client.log == []


@needs_cargo
def test_nothing_is_mirrored_or_started_for_a_workspace_that_is_not_trusted(
    client: Client, crate: Path
) -> None:
    client.start(CAPABILITIES, initializationOptions={"trusted": False})
    uri = (crate / "src/main.iron").as_uri()
    client.open(uri, MAIN)
    client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    asked = {"command": "redox.status"}
    status = client.request("workspace/executeCommand", asked)
    assert not any(one["running"] for one in status["children"])
    assert client.stop() == 0
    assert not (crate / "target").exists()


def span(text: str, words: str, **others: object) -> dict[str, Any]:
    """Return a span of rustc's on some words."""
    start = len(text[: text.index(words)].encode())
    found = {
        "file_name": "src/main.iron",
        "byte_start": start,
        "byte_end": start + len(words.encode()),
        "line_start": 1,
        "is_primary": True,
        "label": None,
        "text": [{}],
        "suggested_replacement": None,
        "suggestion_applicability": None,
    }
    return found | others


def test_a_message_becomes_a_diagnostic_once_with_its_places_and_fixes() -> None:
    text = "let é be one\n"
    elsewhere = span(text, "one", file_name="src/legs.iron", line_start=7)
    applies = {"suggested_replacement": "two", "suggestion_applicability": "MaybeIncorrect"}
    other = {**applies, "suggested_replacement": "three"}
    message = {
        "level": "error",
        "message": "wrong",
        "code": {"code": "E0001"},
        "spans": [span(text, "one", label="this"), span(text, "é", is_primary=False, label="of")],
        "children": [
            {"level": "note", "message": "there", "spans": [elsewhere]},
            {"level": "help", "message": "say", "spans": [span(text, "one", **applies)]},
            {
                "level": "help",
                "message": "or",
                "spans": [span(text, "one", **applies), span(text, "one", **other)],
            },
        ],
    }
    (said,) = verdicts([message, message], "src/main.iron", text)
    assert said.diagnostic.span == Span(9, 12)
    assert said.diagnostic.message == "wrong\nnote: there (src/legs.iron:7)"
    assert [one.message for one in said.diagnostic.related][:2] == ["this", "of"]
    assert [(fix.title, fix.edits) for fix in said.fixes] == [
        ("say: `two`", (Edit(Span(9, 12), "two"),)),
        ("or: `two`", (Edit(Span(9, 12), "two"),)),
        ("or: `three`", (Edit(Span(9, 12), "three"),)),
    ]
    assert verdicts([message], "src/legs.iron", text) == ()


@needs_cargo
def test_verdicts_stand_at_their_places_in_a_document_with_unsaved_edits(
    client: Client, crate: Path
) -> None:
    client.start(CAPABILITIES)
    uri, legs = (crate / "src/main.iron").as_uri(), (crate / "src/legs.iron").as_uri()
    client.open(uri, MAIN)
    client.open(legs, LEGS)
    client.edit(uri, 2, replaced(0, 0, 0, "// a remark\n"))
    client.notify("textDocument/didSave", {"textDocument": {"uri": legs}})
    found, other = says(client, uri, "E0433", "E0308")
    assert found["range"] == {"start": place(4, 17), "end": place(4, 24)}
    assert other["range"] == {"start": place(6, 33), "end": place(6, 36)}


@needs_cargo
def test_what_may_end_a_line_elsewhere_ends_no_message(client: Client, crate: Path) -> None:
    text = MAIN.replace('"é"', '"\u2028\x85"')
    lay(crate, {"src/main.iron": text})
    client.start(CAPABILITIES)
    uri = (crate / "src/main.iron").as_uri()
    client.open(uri, text)
    client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    says(client, uri, "E0433", "E0308")
    assert client.stop() == 0
    assert client.log == []


@pytest.mark.parametrize(
    ("old", "new", "edits"),
    [
        ("", "", []),
        ("a\n", "a\n", []),
        ("", "a\n", [Edited(0, 0, 2)]),
        ("a\nb\n", "", [Edited(0, 4, 0)]),
        ("let x be a\n", "let y be a\n", [Edited(4, 5, 1)]),
        ("aa\n", "a\n", [Edited(1, 2, 0)]),
        ("a\nb\nc\n", "// \na\nb\nc d\n", [Edited(5, 5, 2), Edited(0, 0, 4)]),
    ],
)
def test_edits_make_one_text_the_other(old: str, new: str, edits: list[Edited]) -> None:
    assert list(edits_between(old, new)) == edits
