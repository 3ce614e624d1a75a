"""Lines of Rust in Iron keep their meaning, and so does the Iron around them.

The texts are in `tests/fixtures/mixed.txt`: a title behind `====`, Iron with Rust in it, a line
`----`, and the Rust that it means. The law behind them, L2 in `redox.laws`, is asked of real files.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from redox import oxidize, reduce
from redox.files import read_text
from redox.laws import Case, check_mixed

MIXED = re.findall(
    r"==== ([^\n]+)\n(.*?)^----\n(.*?)(?=^==== |\Z)",
    read_text(Path(__file__).parent / "fixtures" / "mixed.txt"),
    re.MULTILINE | re.DOTALL,
)


@pytest.mark.parametrize(("iron", "rust"), [each[1:] for each in MIXED], ids=[x[0] for x in MIXED])
def test_means_its_rust(iron: str, rust: str) -> None:
    translated = oxidize(iron)
    assert translated.text == rust
    assert translated.diagnostics == ()


@pytest.mark.parametrize("rust", [each[2] for each in MIXED], ids=[x[0] for x in MIXED])
def test_is_lossless_and_itself(rust: str) -> None:
    assert oxidize(reduce(rust).text).text == rust
    assert oxidize(rust).text == rust


@pytest.mark.parametrize("rust", [each[2] for each in MIXED], ids=[x[0] for x in MIXED])
def test_any_of_its_lines_may_be_put_back(rust: str) -> None:
    for seed in range(16):
        assert check_mixed(Case(rust, seed)) is None
