"""The laws over a fixed tenth of the corpora, by path hash; `make laws` asks all of it."""

from __future__ import annotations

import os
import random
from fractions import Fraction
from pathlib import Path

import pytest

from redox.corpus import Plan, run_corpus
from redox.laws import Law

CORPORA = (Path("/usr/share/cargo/registry"), *sorted(Path("/usr/src").glob("rustc-*")))

MIXED_FILES = 1
"""How many files may change when half their lines are put back into Rust, which lines are drawn:
macros whose patterns hold halves of items; see "Rust inside Iron" in docs/iron.md."""


@pytest.mark.parametrize("corpus", CORPORA, ids=str)
def test_laws_hold_over_a_tenth(corpus: Path) -> None:
    if not any(corpus.glob("*")):
        pytest.skip(f"{corpus} is not installed; Debian's librust-*-dev and rust-src bring it")
    seed = random.SystemRandom().randrange(2**32)
    plan = Plan(paths=(str(corpus),), jobs=os.cpu_count() or 1, sample=Fraction(1, 10), seed=seed)
    report = run_corpus(plan)
    assert report.checked
    mixed = [failure for _, failure in report.failures if failure.law is Law.L2_MIXED]
    failures = [
        f"{source.path}:{failure.line}: {failure.law}: {failure.detail}"
        for source, failure in report.failures
        if failure.law is not Law.L2_MIXED
    ]
    shrunk = [f"{each.failure.law}: {each.text}" for each in report.shrunk]
    assert not failures, "\n".join([f"seed {seed}", *failures[:20], *shrunk[:5]])
    assert len(mixed) <= MIXED_FILES, f"seed {seed}: {len(mixed)} mixed files"
