"""The lines at a text's start that are no Rust yet: a `#!` line and a script's frontmatter."""

from __future__ import annotations

import re
from typing import Final

_ATTRIBUTE: Final = re.compile(
    r"#!(?:\s|//(?!/(?!/)|!)[^\n]*(?:\n|\Z)|/\*(?!\*(?![*/])|!).*?\*/)*\[", re.DOTALL
)
"""`#!` and `[` with nothing but space and comments that document nothing between them."""
_FENCE: Final = re.compile(r"(-{3,})[ \t]*[\w.-]*[ \t]*(?:\r\n|\r|\n|\Z)")


def prelude_length(lines: list[str]) -> int:
    """Count the lines at the start that both directions copy as they are."""
    if not lines:
        return 0
    count = 1 if _is_shebang(lines) else 0
    start = count
    while start < len(lines) and not lines[start].strip():
        start += 1
    fence = _FENCE.fullmatch(lines[start]) if start < len(lines) else None
    if fence is None:
        return count
    for number in range(start + 1, len(lines)):
        if lines[number].startswith(fence[1]):
            return number + 1
    return count


def _is_shebang(lines: list[str]) -> bool:
    first = lines[0].removeprefix("\ufeff")
    if not first.startswith("#!"):
        return False
    head = "".join([first, *lines[1:50]])
    return _ATTRIBUTE.match(head) is None
