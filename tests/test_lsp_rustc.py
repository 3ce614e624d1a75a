"""rustc's errors in a lone file of Iron, and that nothing is started where it must not be."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lsp_client import PATIENCE_SECONDS, Client, place, replaced

import redox
from redox.diagnostics import Edit, Span
from redox.suggested import apply_edits, iron_edits
from redox_lsp.verdicts import crate_type

URI = "file:///nowhere/main.iron"
DOCUMENT = {"textDocument": {"uri": URI}}
IRON = """\
function main begin
    let total be 5
    println macro with "🦀 {}" and totl
end function
"""
CAPABILITIES = {
    "workspace": {"configuration": True},
    "textDocument": {"publishDiagnostics": {"relatedInformation": True}},
}
SPOILS = "rustc.log"

pytestmark = pytest.mark.skipif(shutil.which("rustc") is None, reason="rustc is not on PATH")


@pytest.fixture
def client() -> Iterator[Client]:
    with Client() as client:
        client.configuration = {"rustc": {"pause": 50}}
        yield client


def rustc_says(client: Client, *codes: str) -> dict[str, Any]:
    """Wait until rustc has said just these codes, and return the message."""
    found: dict[str, Any] = client.wait_note(
        "textDocument/publishDiagnostics",
        lambda one: sorted(codes) == sorted(d["code"] for d in one["diagnostics"]),
    )
    return found


def test_an_error_of_rustc_is_shown_in_the_iron_and_mended(client: Client) -> None:
    client.start(CAPABILITIES)
    client.open(URI, IRON)
    (found,) = rustc_says(client, "E0425")["diagnostics"]
    assert found["range"] == {"start": place(2, 35), "end": place(2, 39)}
    assert found["source"] == "rustc"
    client.edit(URI, 2, replaced(0, 0, 0, "// a remark\n"))
    (moved,) = rustc_says(client, "E0425")["diagnostics"]
    assert moved["range"] == {"start": place(3, 35), "end": place(3, 39)}
    asked = DOCUMENT | {"range": moved["range"], "context": {"diagnostics": []}}
    actions = client.request("textDocument/codeAction", asked)
    (edit,) = actions[0]["edit"]["changes"][URI]
    assert edit == {"range": moved["range"], "newText": "total"}
    client.edit(URI, 3, {"range": edit["range"], "text": edit["newText"]})
    rustc_says(client)
    assert client.stop() == 0
    assert client.log == []


def test_rustc_is_not_asked_while_the_iron_itself_is_wrong(client: Client) -> None:
    client.start(CAPABILITIES)
    client.open(URI, IRON.replace("end function", ""))
    client.notify("textDocument/didSave", DOCUMENT)
    rustc_says(client, "unclosed-block")
    client.edit(URI, 2, {"text": IRON})
    rustc_says(client)
    rustc_says(client, "E0425")


def test_what_may_end_a_line_elsewhere_ends_no_message(client: Client) -> None:
    client.start(CAPABILITIES)
    client.open(URI, IRON.replace("🦀", "\u2028\x85"))
    rustc_says(client, "E0425")
    assert client.stop() == 0
    assert client.log == []


def test_a_setting_that_changes_counts_at_once(client: Client) -> None:
    client.configuration = {"rustc": {"when": "save"}}
    client.start(CAPABILITIES)
    client.open(URI, IRON)
    client.notify("textDocument/didSave", DOCUMENT)
    rustc_says(client, "E0425")
    client.configuration = {"rustc": {"when": "never"}}
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    rustc_says(client)


# ---- what is started ----


@pytest.fixture
def spy(tmp_path: Path) -> dict[str, str]:
    """An environment in which each of Rust's tools leaves a line in a file when it is started."""
    for name in ("rustc", "rustup", "cargo"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho {name} $(pwd) $* >>{tmp_path / SPOILS}\nexit 1\n")
        program.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "CARGO_HOME": str(tmp_path)}


@pytest.mark.skipif(os.name != "posix", reason="the spies are shell scripts")
def test_nothing_is_started_before_the_workspace_is_trusted(
    spy: dict[str, str], tmp_path: Path
) -> None:
    spoils = tmp_path / SPOILS
    with Client(environment=spy) as client:
        client.configuration = {"rustc": {"pause": 50}}
        client.start(CAPABILITIES, initializationOptions={"trusted": False})
        client.open(URI, IRON)
        client.notify("textDocument/didSave", DOCUMENT)
        client.request("redox/preview", DOCUMENT)
        assert not spoils.exists()
        client.notify("redox/trust", {"trusted": True})
        client.notify("textDocument/didSave", DOCUMENT)
        assert "does not run" in client.wait_note("window/logMessage")["message"]
    started = spoils.read_text().splitlines()
    assert started
    assert all(Path(line.split()[1]).name.startswith("redox-") for line in started)


@pytest.mark.skipif(os.name != "posix", reason="the spies are shell scripts")
def test_a_file_of_a_crate_is_left_to_cargo(spy: dict[str, str], tmp_path: Path) -> None:
    crate = tmp_path / "crate"
    (crate / "src").mkdir(parents=True)
    (crate / "Cargo.toml").write_text("[package]\n")
    with Client(environment=spy) as client:
        client.configuration = {"rustAnalyzer": {"enabled": False}}  # it is looked for by rustup
        client.start(CAPABILITIES)
        uri = (crate / "src" / "main.iron").as_uri()
        document = {"textDocument": {"uri": uri}}
        client.open(uri, IRON)
        client.notify("textDocument/didSave", document)
        client.request("redox/preview", document)
    assert not (tmp_path / SPOILS).exists()


def slow_rustc(folder: Path) -> dict[str, str]:
    """An environment whose rustc tells when it begins and ends; the first one never ends."""
    rustc = folder / "rustc"
    rustc.write_text(
        f"""#!/bin/sh
[ "$1" = --version ] && {{ echo rustc 1.99.0; exit; }}
[ -e {folder / SPOILS} ] && nap=0.2 || nap=600
echo begin $$ >>{folder / SPOILS}
sleep $nap
echo end $$ >>{folder / SPOILS}
"""
    )
    rustc.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def wait_until(holds: Callable[[], object]) -> None:
    """Wait until something holds; fails if it never does."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < end, "in vain"
        time.sleep(0.02)


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.skipif(os.name != "posix", reason="the slow rustc is a shell script")
def test_one_rustc_runs_at_a_time_and_an_edit_ends_it(tmp_path: Path) -> None:
    spoils = tmp_path / SPOILS
    with Client(environment=slow_rustc(tmp_path)) as client:
        client.configuration = {"rustc": {"when": "save"}}
        client.start(CAPABILITIES)
        uris = [f"file:///nowhere/{number}.iron" for number in range(3)]
        for uri in uris:
            client.open(uri, IRON)
            client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        wait_until(lambda: lines_of(spoils))
        client.edit(uris[0], 2, replaced(0, 0, 0, " "))
        wait_until(lambda: len(lines_of(spoils)) == 5)
    begun = [line.split()[0] for line in lines_of(spoils)]
    assert begun == ["begin", "begin", "end", "begin", "end"]


@pytest.mark.skipif(os.name != "posix", reason="the slow rustc is a shell script")
def test_a_server_that_ends_leaves_no_rustc_behind(tmp_path: Path) -> None:
    spoils = tmp_path / SPOILS
    with Client(environment=slow_rustc(tmp_path)) as client:
        client.start(CAPABILITIES)
        client.open(URI, IRON)
        client.notify("textDocument/didSave", DOCUMENT)
        wait_until(lambda: lines_of(spoils))
        process = int(lines_of(spoils)[0].split()[1])
        os.kill(process, 0)
    wait_until(lambda: not Path(f"/proc/{process}").exists())


@pytest.mark.skipif(os.name != "posix", reason="the rustup that hangs is a shell script")
def test_a_server_that_ends_leaves_no_rustup_behind_that_hangs(tmp_path: Path) -> None:
    spoils, rustup = tmp_path / SPOILS, tmp_path / "rustup"
    rustup.write_text(f"#!/bin/sh\necho begin $$ >>{spoils}\nexec sleep 600\n")
    rustup.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("RUSTUP_TOOLCHAIN", None)
    with Client(environment=environment) as client:
        client.start(CAPABILITIES)
        client.open(URI, IRON)
        client.notify("textDocument/didSave", DOCUMENT)
        wait_until(lambda: lines_of(spoils))
        process = int(lines_of(spoils)[0].split()[1])
        assert client.stop() == 0
    wait_until(lambda: not Path(f"/proc/{process}").exists())


# ---- what is made of it ----


def test_a_suggestion_is_made_in_place_or_said_in_iron_or_not_at_all() -> None:
    iron = "function main begin\n    let x be a plus b\nend function\n"
    done = redox.oxidize(iron)
    place = done.text.index("b;")
    (edit,) = iron_edits((Edit(Span(place, place + 1), "c"),), iron, done) or ()
    assert apply_edits(iron, [edit]) == iron.replace("plus b", "plus c")
    place = done.text.index("x =")
    edits = iron_edits((Edit(Span(place, place), "mut "),), iron, done)
    assert edits is not None
    mended = apply_edits(iron, edits)
    assert redox.oxidize(mended).text == done.text.replace("let x", "let mut x")


def test_a_file_with_main_is_a_program() -> None:
    assert crate_type("pub async fn main() {}") == "bin"
    assert crate_type("fn mainly() {}\n// fn main") == "lib"
