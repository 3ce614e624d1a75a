"""What two sequences begin and end with both: the rest is what an edit changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def shared_ends(old: Sequence[Any], new: Sequence[Any]) -> tuple[int, int]:
    """Return how much is the same at the start, and how much of the rest at the end.

    The sequences are of one type: slices of both are compared.
    """
    head = _common(old, new)
    tail = _common(old[::-1], new[::-1])
    return head, min(tail, min(len(old), len(new)) - head)


def _common(first: Sequence[Any], second: Sequence[Any]) -> int:
    """Return how much two sequences begin with both, by halves: slices compare fast."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
