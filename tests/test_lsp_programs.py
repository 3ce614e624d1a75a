"""Other programs under the server: none outlives what wanted it, whatever is cancelled when."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from pathlib import Path

import pytest

from redox_lsp.bridge.child import Child, GoneError
from redox_lsp.programs import all_ended, run

# Programs of a group that outlive the one that started them are seen in /proc.
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="processes are seen in /proc"
)

PARENT_AND_CHILD = ["sh", "-c", "sleep 60 & exec sleep 60"]
PATIENCE_SECONDS = 30


def of_session(mark: str) -> list[int]:
    """Return the processes that have `mark` in their environment, those that have ended aside."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue  # it has just ended, or is another's
    return found


@pytest.mark.parametrize("first", range(0, 12, 2))
@pytest.mark.parametrize("second", [0, 1, 3])
def test_nothing_is_left_of_what_is_cancelled_twice(
    tmp_path: Path, first: int, second: int
) -> None:
    mark = f"REDOX_TEST_MARK={os.getpid()}-{first}-{second}"
    name, _, value = mark.partition("=")

    async def cancel_twice() -> None:
        task = asyncio.ensure_future(
            run(PARENT_AND_CHILD, folder=tmp_path, environment={name: value})
        )
        for rounds in (first, second):
            for _ in range(rounds):
                await asyncio.sleep(0)
            task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        await all_ended()
        assert not of_session(mark)

    asyncio.run(asyncio.wait_for(cancel_twice(), PATIENCE_SECONDS))


@pytest.mark.parametrize("turns", range(6))
def test_a_program_amid_its_start_does_not_hold_up_the_end_of_a_loop(
    tmp_path: Path, turns: int
) -> None:
    """As of a request that is answered still when the server is told to end."""
    mark = f"REDOX_TEST_MARK={os.getpid()}-end-{turns}"
    name, _, value = mark.partition("=")

    async def end_early() -> None:
        wanted = run(PARENT_AND_CHILD, folder=tmp_path, environment={name: value})
        asking = asyncio.ensure_future(wanted)
        for _ in range(turns):
            await asyncio.sleep(0)
        await all_ended()
        with pytest.raises(asyncio.CancelledError):
            await run(["true"], folder=tmp_path, environment={})
        assert not asking.done()

    thread = threading.Thread(target=asyncio.run, args=[end_early()], daemon=True)
    thread.start()
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    assert not of_session(mark)


def test_no_more_of_what_a_program_prints_is_kept_than_is_wanted(tmp_path: Path) -> None:
    script = "import sys; print('a' * 300_000 + 'the end'); print('wrong', file=sys.stderr)"
    ran = run([sys.executable, "-c", script], folder=tmp_path, environment={}, most=8)
    assert asyncio.run(ran) == (0, "the end\n", "wrong\n")


def test_a_program_that_leaves_its_pipes_to_another_ends_all_the_same(tmp_path: Path) -> None:
    left = tmp_path / "left"
    script = f"setsid sh -c 'echo $$ > {left}; exec sleep 60' & while :; do sleep 1; done"

    async def cancel_later() -> int:
        task = asyncio.ensure_future(run(["sh", "-c", script], folder=tmp_path, environment={}))
        while not (left.exists() and left.read_text("ascii").strip()):
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        return int(left.read_text("ascii"))

    other = asyncio.run(asyncio.wait_for(cancel_later(), PATIENCE_SECONDS))
    os.kill(other, 9)


def test_a_child_whose_end_is_known_is_asked_nothing(tmp_path: Path) -> None:
    async def ask_late() -> None:
        child = await Child.launch(["sh", "-c", "exit"], tmp_path)
        await child.listen()
        with pytest.raises(GoneError):
            await child.request("textDocument/hover", {})

    asyncio.run(asyncio.wait_for(ask_late(), PATIENCE_SECONDS))
