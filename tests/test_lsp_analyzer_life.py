"""rust-analyzer's life below the server: killed, absent, unwanted, untrusted, stopped."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from analyzer import CAPABILITIES, SETTINGS, Crate, needs_analyzer
from lsp_client import Client, place, replaced

MAIN = "src/main.iron"
TEXT = "function main begin\n    let crabs be 8\nend function\n"
TYPED = "let crabs: i32"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """A client whose rust-analyzer knows no standard library, so that it has loaded at once."""
    core = tmp_path / "library" / "core" / "src"
    core.mkdir(parents=True)
    (core / "lib.rs").touch()
    chosen = {**SETTINGS["rustAnalyzer"], "sysrootSource": str(tmp_path / "library")}
    with Client() as client:
        client.configuration = {"rustAnalyzer": chosen, "rustc": {"when": "never"}}
        yield client


def crate_of(client: Client, root: Path) -> Crate:
    crate = Crate(client, root / "crab", {MAIN: TEXT})
    crate.write(MAIN, TEXT)
    return crate


def wait(wanted: Callable[[], object]) -> None:
    """Wait until something is so."""
    limit = time.monotonic() + 60
    while not wanted():
        assert time.monotonic() < limit
        time.sleep(0.05)


def is_alive(process: int) -> bool:
    """Tell whether a process runs; one that has ended and waits to be noticed does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def below(process: int) -> set[int]:
    """Return the processes that one has started, and theirs."""
    found: set[int] = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text("utf-8").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended
        if int(fields[1]) == process:
            child = int(path.parent.name)
            found |= {child, *below(child)}
    return found


@needs_analyzer
# Whether a process is left behind is read off /proc, which only Linux has.
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are seen in /proc")
def test_ten_deaths_lose_nothing_and_leave_nothing_behind(client: Client, tmp_path: Path) -> None:
    client.start(CAPABILITIES)
    crate = crate_of(client, tmp_path)
    seen: set[int] = set()
    for death in range(10):
        status = crate.wait_ready(death + 1)
        seen |= {status["process"], *below(client.process.pid)}
        asked = crate.at(MAIN, crate.texts[MAIN].index("crabs"))
        assert TYPED in client.request("textDocument/hover", asked)["contents"]["value"]
        version = crate.versions[MAIN]
        for key, letter in enumerate(f"// {death}\n"):
            if key == 2:
                os.kill(status["process"], signal.SIGKILL)
            version += 1
            client.edit(crate.uri(MAIN), version, replaced(0, key, key, letter))
        crate.versions[MAIN] = version
        crate.texts[MAIN] = f"// {death}\n{crate.texts[MAIN]}"
        # Whoever asks meanwhile is answered by Redox itself.
        asked = crate.at(MAIN, crate.texts[MAIN].index("crabs"))
        assert "variable" in client.request("textDocument/hover", asked)["contents"]["value"]
    crate.wait_ready(11)
    asked = crate.at(MAIN, crate.texts[MAIN].index("crabs"))
    assert asked["position"]["line"] == 11
    assert TYPED in client.request("textDocument/hover", asked)["contents"]["value"]
    preview = client.request("redox/preview", {"textDocument": asked["textDocument"]})
    assert preview["text"].startswith("// 9\n// 8\n")
    seen |= below(client.process.pid)
    assert client.stop() == 0
    wait(lambda: not any(map(is_alive, seen)))


@needs_analyzer
def test_it_is_stopped_with_the_last_document_and_started_with_the_next(
    client: Client, tmp_path: Path
) -> None:
    client.start(CAPABILITIES)
    crate = crate_of(client, tmp_path)
    process = crate.wait_ready()["process"]
    client.close(crate.uri(MAIN))
    wait(lambda: crate.status()["state"] == "stopped")
    wait(lambda: not is_alive(process))
    client.open(crate.uri(MAIN), TEXT)
    assert crate.wait_ready(2)["documents"] == 1
    assert client.stop() == 0


@needs_analyzer
def test_a_file_of_no_crate_has_types_too(client: Client) -> None:
    client.start(CAPABILITIES)
    crate = Crate.__new__(Crate)
    crate.client = client
    client.open("untitled:Untitled-1", TEXT)
    crate.wait_ready()
    asked = {"textDocument": {"uri": "untitled:Untitled-1"}, "position": place(1, 9)}
    assert TYPED in client.request("textDocument/hover", asked)["contents"]["value"]
    client.open("untitled:Untitled-2", TEXT.replace("8", '"🦀"'))
    asked["textDocument"] = {"uri": "untitled:Untitled-2"}
    wait(lambda: "crabs: &str" in str(client.request("textDocument/hover", asked)["contents"]))
    assert client.stop() == 0


@needs_analyzer
def test_nothing_is_mirrored_or_started_without_trust(client: Client, tmp_path: Path) -> None:
    client.start(CAPABILITIES, initializationOptions={"trusted": False})
    crate = crate_of(client, tmp_path)
    client.request("textDocument/hover", crate.at(MAIN, TEXT.index("crabs")))
    assert (crate.status()["state"], crate.status()["path"]) == ("stopped", "")
    assert not (crate.root / "target").exists()
    client.notify("redox/trust", {"trusted": True})
    process = crate.wait_ready()["process"]
    client.notify("redox/trust", {"trusted": False})
    wait(lambda: crate.status()["state"] == "stopped")
    wait(lambda: not is_alive(process))
    assert client.stop() == 0


def test_without_one_there_is_less_and_no_error(client: Client, tmp_path: Path) -> None:
    client.configuration = {"rustAnalyzer": {"path": str(tmp_path / "nothing")}}
    client.start(CAPABILITIES)
    crate = crate_of(client, tmp_path)
    wait(lambda: crate.status()["problem"])
    assert "does not start" in crate.status()["problem"]
    asked = crate.at(MAIN, TEXT.index("crabs"))
    assert "variable" in client.request("textDocument/hover", asked)["contents"]["value"]
    assert client.request("textDocument/implementation", asked) is None
    assert not (crate.root / "target").exists()
    assert client.stop() == 0
    assert client.log == []


def test_one_that_is_switched_off_is_not_looked_for(client: Client, tmp_path: Path) -> None:
    client.configuration = {"rustAnalyzer": {"enabled": False}}
    client.start(CAPABILITIES)
    crate = crate_of(client, tmp_path)
    client.request("textDocument/hover", crate.at(MAIN, TEXT.index("crabs")))
    assert crate.status()["version"] == "not asked yet"
    assert client.stop() == 0
