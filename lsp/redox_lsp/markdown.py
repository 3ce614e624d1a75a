"""Markdown made from texts that nobody vouches for: no text can leave its fence."""

from __future__ import annotations

import re
from typing import Final

_RUNS: Final = re.compile("`+")
MOST_LINES: Final = 30
"""How many lines of a block are shown."""


def fenced(code: str, language: str) -> str:
    """Return `code` as a block, between fences longer than any run of backticks in it."""
    fence = "`" * max(3, 1 + _longest_run(code))
    return f"{fence}{language}\n{code.rstrip()}\n{fence}"


def inline(code: str) -> str:
    """Return `code` inside a line, its line ends shown as spaces."""
    code = " ".join(code.split()) or " "
    ticks = "`" * (1 + _longest_run(code))
    pad = " " if code[0] == "`" or code[-1] == "`" else ""
    return f"{ticks}{pad}{code}{pad}{ticks}"


def shortened(code: str) -> str:
    """Return the first lines of `code`, and how many were left out."""
    lines = code.splitlines()
    if len(lines) <= MOST_LINES:
        return code
    return "\n".join([*lines[:MOST_LINES], f"// … {len(lines) - MOST_LINES} more lines"])


def dedented(code: str) -> str:
    """Return `code` without the indentation that all its lines share."""
    lines = code.splitlines()
    margin = min((len(one) - len(one.lstrip()) for one in lines if one.strip()), default=0)
    return "\n".join([one[margin:] for one in lines])


def _longest_run(code: str) -> int:
    return max(map(len, _RUNS.findall(code)), default=0)
