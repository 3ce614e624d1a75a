"""Programs that try to pass without solving, to see what they should not, or to do harm.

Each is a file below tests/fixtures/attacks. None may pass, each must end as the table says, and
nothing of it may be left. A new attack is a new file and a row.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from eval_bench import TESTS, make_bench, needs_bench

from redox_eval.judging import Bench, judge
from redox_eval.records import Outcome
from redox_eval.sandbox import FIRST_USER, Isolation, works_here
from redox_eval.suites import read_suite

ATTACKS = Path(__file__).parent / "fixtures" / "attacks"

ENDS = {
    Outcome.TIMEOUT: """const_evaluation fork_bomb infinite_loop macro_recursion output_flood
        sleep_for_ever thread_bomb""",
    Outcome.COMPILE_ERROR: """attribute_for_the_tests before_main before_main_reading_the_nonce
        const_memory environment_at_compile_time global_assembly incbin_of_host_file
        include_of_host_file include_str_hostname include_str_passwd include_str_proc
        include_str_stdin inline_assembly macro_exported macro_shadowed macro_use_of_own no_main
        own_tests_module path_of_host_file symbols_of_the_judge tests_by_include_str_of_itself
        unclosed_brace unclosed_comment unclosed_macro unclosed_raw_string""",
    Outcome.NO_TEST_RAN: """background_child cfg_any exit_in_a_panic_hook
        forged_on_every_descriptor forged_output process_exit process_exit_of_a_later_thread""",
    Outcome.PANIC: "abort disk_filler",
    Outcome.ASSERTION: """core_replaced environment killing_the_parent macro_renamed own_equality
        passwd_at_run_time socket std_replaced tests_at_run_time writing_over_the_tests""",
}
"""How each attack ends."""
EITHER = {
    "memory_bomb": {Outcome.PANIC, Outcome.TIMEOUT},
    "memory_bomb_of_many": {Outcome.PANIC, Outcome.TIMEOUT},
    "type_explosion": {Outcome.TIMEOUT, Outcome.COMPILE_ERROR},
}
"""Where the machine's speed decides which limit is met first."""

EXPECTED = {name: {outcome} for outcome, names in ENDS.items() for name in names.split()} | EITHER

SUITE = read_suite(TESTS)
SUSPECTS = [Path(place) for place in ("/tmp", "/var/tmp", "/dev/shm", "/root", "/")]

pytestmark = needs_bench


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with make_bench(is_short=True) as made:
        yield made


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server of the host's that nobody in a box may reach."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.setblocking(False)
        yield made


def left_running() -> list[str]:
    """Return the programs that go on as the user of this process's boxes.

    What was killed may still be on its way out, so it is looked for until it is gone.
    """
    give_up = time.monotonic() + 10.0
    while (found := running_in_boxes()) and time.monotonic() < give_up:
        time.sleep(0.02)
    return found


def running_in_boxes() -> list[str]:
    user = str(FIRST_USER + os.getpid())
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            said = (place / "status").read_text()
        except OSError:
            continue
        if f"Uid:\t{user}" in said:
            found.append(place.name)
    return found


def attack(name: str, port: int = 9) -> str:
    return (ATTACKS / f"{name}.rs").read_text(encoding="utf-8").replace("PORT", str(port))


def test_every_attack_has_a_row() -> None:
    assert sorted(EXPECTED) == sorted(path.stem for path in ATTACKS.glob("*.rs"))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_attack_fails_and_leaves_nothing(name: str, bench: Bench, listener: socket.socket) -> None:
    verdict = judge(attack(name, listener.getsockname()[1]), SUITE, "2021", bench)
    assert verdict.outcome in EXPECTED[name], verdict
    assert left_running() == []
    assert [each for place in SUSPECTS for each in place.glob("filler*")] == []
    assert [each for each in bench.folder.iterdir() if each.is_dir()] == []
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_the_same_tests_pass_what_is_right(bench: Bench) -> None:
    """The attacks fail for what they do, not for where they run."""
    right = "fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\nfn main() {}\n"
    verdict = judge(right, SUITE, "2021", bench)
    assert verdict.outcome is Outcome.PASSED, verdict
    assert set(verdict.tests) == {"tests::adds", "tests::adds_more"}


OTHER_WAY = ("passwd_at_run_time", "tests_at_run_time", "socket", "fork_bomb", "background_child",
             "include_str_passwd", "writing_over_the_tests", "disk_filler")  # fmt: skip


@pytest.mark.skipif(
    not works_here(Isolation.NAMESPACES), reason="namespaces can't be made by hand here"
)
def test_box_made_by_hand_keeps_in_what_bubblewrap_keeps_in(listener: socket.socket) -> None:
    with make_bench(Isolation.NAMESPACES, is_short=True) as bench:
        for name in OTHER_WAY:
            verdict = judge(attack(name, listener.getsockname()[1]), SUITE, "2021", bench)
            assert verdict.outcome in EXPECTED[name], (name, verdict)
            assert left_running() == []
        right = "fn add(a: i32, b: i32) -> i32 { a + b }"
        assert judge(right, SUITE, "2021", bench).outcome is Outcome.PASSED
    with pytest.raises(BlockingIOError):
        listener.accept()
