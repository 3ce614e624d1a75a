"""Make a failing text small: delta debugging (Zeller's `ddmin`) over lines, then over words."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from redox.rustlex import line_starts


def shrink(text: str, fails: Callable[[str], bool], *, seconds: float = 10.0) -> str:
    """Return a part of `text` for which `fails` still holds, as small as the time allows."""
    deadline = time.monotonic() + seconds

    def still_fails(parts: list[str]) -> bool:
        return time.monotonic() < deadline and fails("".join(parts))

    starts = line_starts(text)
    lines = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    kept = "".join(_smallest(lines, still_fails))
    return "".join(_smallest(re.findall(r"\s+|\w+|.", kept, re.DOTALL), still_fails))


def _smallest(parts: list[str], fails: Callable[[list[str]], bool]) -> list[str]:
    size = max(1, len(parts) // 2)
    while True:
        index, removed = 0, False
        while index < len(parts):
            fewer = parts[:index] + parts[index + size :]
            if fewer and fails(fewer):
                parts, removed = fewer, True
            else:
                index += size
        if size == 1 and not removed:
            return parts
        size = size if removed and size == 1 else max(1, size // 2)
