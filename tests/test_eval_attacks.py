"""Programs that try to pass without solving, to see what they should not, or to do harm.

Each is a file below tests/fixtures/attacks. None may pass, each must end as the table says, and
nothing of it may be left. A new attack is a new file and a row.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from eval_bench import TESTS, make_bench, needs_bench, why_not

from redox_eval.judging import Bench, find_toolchain, judge
from redox_eval.records import EDITIONS, Outcome
from redox_eval.sandbox import FIRST_USER, Isolation, obstacle_to
from redox_eval.suites import read_suite

ROOT = Path(__file__).parent.parent
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
    Outcome.NO_TEST_RAN: """background_child blaming_the_box cfg_any exit_in_a_panic_hook
        forged_on_every_descriptor forged_output process_exit process_exit_of_a_later_thread""",
    Outcome.PANIC: "abort disk_filler judge_called_again",
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


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(
    "first",
    ["", "#![forbid(unsafe_code)]", "#![no_std]", "#![no_implicit_prelude]", "pub struct bool;"],
)
def test_what_is_right_passes_whatever_it_says_of_itself(
    edition: str, first: str, bench: Bench
) -> None:
    """What stands behind a solution to have its tests called depends on nothing of it."""
    right = f"{first}\npub fn add(a: i32, b: i32) -> i32 {{ a + b }}\n"
    verdict = judge(right, SUITE, edition, bench)
    assert verdict.outcome is Outcome.PASSED, verdict


def test_what_is_nowhere_is_the_linkers_to_find(bench: Bench) -> None:
    lost = 'extern "C" { fn lost() -> i32; }\nfn add(_: i32, _: i32) -> i32 { unsafe { lost() } }'
    verdict = judge(lost, SUITE, "2021", bench)
    assert verdict.outcome is Outcome.LINK_ERROR, verdict
    assert verdict.compiled


OTHER_WAY = ("passwd_at_run_time", "tests_at_run_time", "socket", "fork_bomb", "background_child",
             "include_str_passwd", "writing_over_the_tests", "disk_filler")  # fmt: skip


@pytest.mark.skipif(
    bool(obstacle_to(Isolation.NAMESPACES)), reason="namespaces can't be made by hand here"
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


NOBODY = 65534
DEMOTED = f"""
mount --bind "$1" "$2" && shift 2 && exec setpriv --reuid={NOBODY} --regid={NOBODY} \\
    --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all "$@"
"""


def why_not_as_nobody() -> str:
    """Say why this can't be tried without root's rights; empty if it can."""
    if os.getuid() != 0:
        return "all tests here run without root's rights already"
    if why_not():
        return why_not()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if not Path(f"/usr/bin/python{version}").exists():
        return f"Python {version} is not installed where everyone may run it"
    if not ROOT.stat().st_mode & 0o5:
        return "nobody may read this checkout"
    return ""


# Only root can become nobody, who then needs a Python and this checkout that all may read.
@pytest.mark.skipif(bool(why_not_as_nobody()), reason=why_not_as_nobody() or "it can be tried")
def test_without_roots_rights_the_box_keeps_in_the_same() -> None:
    """The toolchain is bound to a place that nobody may read, then all rights are given up."""
    python = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    packages = [place for place in sys.path if place.endswith("site-packages")]
    paths = [*map(str, (ROOT / "tests", ROOT, ROOT / "eval", ROOT / "training")), *packages]
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        toolchain = Path(name, "toolchain")
        toolchain.mkdir()
        command = ["unshare", "--mount", "--propagation", "private", "sh", "-euc", DEMOTED, "sh",
                   str(find_toolchain().folder), str(toolchain), python, "-B",
                   str(ROOT / "tests" / "eval_as_nobody.py"), *OTHER_WAY]  # fmt: skip
        done = subprocess.run(
            command, capture_output=True, text=True, cwd="/", check=False,
            env={"PATH": f"{toolchain}/bin:/usr/bin:/bin", "PYTHONPATH": os.pathsep.join(paths),
                 "HOME": name, "TMPDIR": "/tmp"},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["user"] == NOBODY
    assert said["isolation"] != "none"
    assert said["ends"].pop("right") == "passed"
    assert all(Outcome(end) in EXPECTED[name] for name, end in said["ends"].items()), said
