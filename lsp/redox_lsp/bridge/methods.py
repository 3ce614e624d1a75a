"""Which methods rust-analyzer is asked: one row each, which says how its answer is put to use.

A method that is not here is Redox's alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lsprotocol import types

from redox_lsp.bridge import merging
from redox_lsp.bridge.carrying import SPARE
from redox_lsp.bridge.merging import Merge


@dataclass(frozen=True, slots=True)
class Method:
    """How a method is answered where rust-analyzer serves the document."""

    merge: Merge | None = None
    """What is made of Redox's answer and rust-analyzer's; without it, rust-analyzer's is the answer
    and Redox is asked only where that is none."""
    spare: tuple[str, ...] = SPARE
    """Keys of ranges that its answer can do without, where they have no place."""
    for_rust_alone: bool = False
    """Whether only files of Rust are asked about: Redox knows all about Iron itself."""


METHODS: Final[Mapping[str, Method]] = {
    types.TEXT_DOCUMENT_HOVER: Method(merging.hovers),
    types.TEXT_DOCUMENT_COMPLETION: Method(merging.completions),
    types.TEXT_DOCUMENT_SIGNATURE_HELP: Method(),
    types.TEXT_DOCUMENT_DECLARATION: Method(),
    types.TEXT_DOCUMENT_DEFINITION: Method(),
    types.TEXT_DOCUMENT_TYPE_DEFINITION: Method(),
    types.TEXT_DOCUMENT_IMPLEMENTATION: Method(),
    types.TEXT_DOCUMENT_REFERENCES: Method(),
    types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: Method(),
    types.TEXT_DOCUMENT_PREPARE_RENAME: Method(),
    types.TEXT_DOCUMENT_RENAME: Method(),
    types.TEXT_DOCUMENT_INLAY_HINT: Method(merging.both),
    types.TEXT_DOCUMENT_CODE_ACTION: Method(merging.both),
    types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY: Method(),
    types.CALL_HIERARCHY_INCOMING_CALLS: Method(),
    types.CALL_HIERARCHY_OUTGOING_CALLS: Method(),
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: Method(for_rust_alone=True),
    types.TEXT_DOCUMENT_FOLDING_RANGE: Method(for_rust_alone=True),
    types.TEXT_DOCUMENT_SELECTION_RANGE: Method(for_rust_alone=True),
    types.TEXT_DOCUMENT_FORMATTING: Method(for_rust_alone=True),
}
