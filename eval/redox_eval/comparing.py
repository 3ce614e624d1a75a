"""What a change brings by rustc's word: errors that the text did not have before."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from redox_eval.judging import Bench, compile_alone, find_toolchain
from redox_eval.sandbox import find_isolation

Errors = Counter[tuple[str, str]]
"""Errors by code and message; an error of syntax, among a few others, has no code."""
REMEMBERED = 8


@dataclass(frozen=True, slots=True)
class Compiler:
    """rustc in a sandbox, and the folder that it works in."""

    bench: Bench
    place: TemporaryDirectory[str] = field(repr=False)

    @classmethod
    def found(cls) -> Compiler:
        """Return the one of this machine; raises `BadInputError` without rustc or a sandbox."""
        toolchain, isolation = find_toolchain(), find_isolation()
        place = TemporaryDirectory(prefix="redox-compare-", ignore_cleanup_errors=True)
        return cls(Bench(toolchain, isolation, Path(place.name)), place)

    def allows(self, before: str, after: str, edition: str) -> bool:
        """Tell whether rustc can judge a text, and finds nothing in it that was not there before.

        After an error without a code, as one of syntax, nothing is known of the rest. Raises
        `BadInputError` if nothing can be compiled here.
        """
        found = _errors(self.bench, after, edition)
        if not found:
            return True
        return all(code for code, _ in found) and not found - _errors(self.bench, before, edition)


@lru_cache(REMEMBERED)
def _errors(bench: Bench, rust: str, edition: str) -> Errors:
    return Counter(map(_told, compile_alone(rust, edition, bench)))


def _told(error: dict[str, Any]) -> tuple[str, str]:
    return (error.get("code") or {}).get("code", ""), str(error.get("message", ""))
