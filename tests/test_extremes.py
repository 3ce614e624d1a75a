"""Sizes that break a careless translator: it ends, under 2 GB of memory. Time is not asserted."""

from __future__ import annotations

import json
import resource
import subprocess
import sys

import pytest

TEN_MEGABYTES = 10_000_000
DEEP = 100_000
MOST_MEMORY = 2_000_000_000

PROGRAM = """
import json, resource, sys
import redox
text = eval(sys.stdin.read())
iron = redox.reduce(text)
rust = redox.oxidize(text)
back = redox.oxidize(iron.text).text
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"back": back == text, "length": len(rust.text), "peak": peak * 1024}))
"""

LINES = {
    "one line of sums": f"'a + ' * {TEN_MEGABYTES // 4} + 'a'",
    "one line of calls": f"'f(x); ' * {TEN_MEGABYTES // 6}",
    "one string": f"'\"' + 'a' * {TEN_MEGABYTES} + '\"'",
    "one comment": f"'// ' + 'a ' * {TEN_MEGABYTES // 2}",
    "one word": f"'a' * {TEN_MEGABYTES}",
    "one gap": f"'a' + ' ' * {TEN_MEGABYTES} + 'b'",
    "empty lines": f"chr(10) * {TEN_MEGABYTES // 10}",
    **{
        f"{DEEP:,} {pair} closed": f"{pair[0]!r} * {DEEP} + {pair[1]!r} * {DEEP}"
        for pair in ("()", "[]", "{}", "<>")
    },
    **{f"{DEEP:,} {sign} open": f"{sign!r} * {DEEP}" for sign in ("(", "[", "{", "<", "|")},
    "nested comments": f"'/*' * {DEEP} + '*/' * {DEEP}",
    "nested calls": f"'f(' * {DEEP} + ')' * {DEEP}",
    "nested blocks": f"'fn f() {{ ' * {DEEP} + '}}' * {DEEP}",
    "nested blocks on lines": f"('fn f() {{' + chr(10)) * {DEEP // 10} + '}}' * {DEEP // 10}",
}
IRON = {
    "blocks": f"'function f begin ' * {DEEP}",
    "conditions": f"'if a then ' * {DEEP}",
    "calls": f"'f with ' * {DEEP}",
    "lists": f"'array ' * {DEEP}",
    "closers": f"'done ' * {DEEP}",
    "named closers": f"('end function' + chr(10)) * {DEEP // 10}",
}


@pytest.mark.parametrize("name", LINES)
def test_rust_of_extreme_shape_comes_back(name: str) -> None:
    said = _translate(LINES[name])
    assert said["peak"] < MOST_MEMORY
    assert said["back"]


@pytest.mark.parametrize("name", IRON)
def test_iron_of_extreme_shape_ends(name: str) -> None:
    assert _translate(IRON[name])["peak"] < MOST_MEMORY


def _translate(expression: str) -> dict[str, int]:
    """Translate what `expression` makes, in a process of its own that cannot take much more."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=expression,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        preexec_fn=_limit_memory,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said: dict[str, int] = json.loads(done.stdout)
    return said


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (2 * MOST_MEMORY, 2 * MOST_MEMORY))
