"""What a change brings by rustc's word: errors that the text did not have before."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from redox_eval.judging import Bench, compile_alone, find_toolchain, line_of
from redox_eval.sandbox import find_isolation

REMEMBERED = 8


class Error(NamedTuple):
    """What rustc found; an error of syntax, among a few others, has no code."""

    code: str
    message: str
    line: int
    """Counted from 1; 0 where it is of no line."""


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

    def brought(self, before: str, after: str, edition: str) -> list[Error]:
        """Return the errors of a text that it did not have before.

        After an error without a code nothing is known of the rest, so that such errors are returned
        whether they are new or not. Raises `BadInputError` if nothing can be compiled here.
        """
        found = _errors(self.bench, after, edition)
        blind = [one for one in found if not one.code]
        if blind or not found:
            return blind
        known = Counter((one.code, one.message) for one in _errors(self.bench, before, edition))
        new = []
        for one in found:
            if known[one.code, one.message]:
                known[one.code, one.message] -= 1
            else:
                new.append(one)
        return new


@lru_cache(REMEMBERED)
def _errors(bench: Bench, rust: str, edition: str) -> tuple[Error, ...]:
    return tuple(
        Error((one.get("code") or {}).get("code", ""), str(one.get("message", "")), line_of(one))
        for one in compile_alone(rust, edition, bench)
    )
