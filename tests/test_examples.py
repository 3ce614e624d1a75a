"""The example's Iron is what `reduce` makes of its Rust; a stale file is mended, and fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from redox import oxidize, reduce
from redox.files import read_text, write_text

CRATE = Path(__file__).parent.parent / "examples" / "word_count"
SOURCES = sorted((CRATE / "src").glob("*.rs"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_iron_is_fresh_and_is_its_rust(source: Path) -> None:
    rust = read_text(source)
    reduced = reduce(rust)
    assert reduced.diagnostics == ()
    target = CRATE / "iron" / f"{source.stem}.iron"
    stale = not target.exists() or read_text(target) != reduced.text
    if stale:
        write_text(target, reduced.text)
    assert not stale, f"{target.name} was stale and has been written again"
    assert oxidize(read_text(target)).text == rust
