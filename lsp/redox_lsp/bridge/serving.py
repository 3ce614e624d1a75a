"""The files of Rust beside Iron: in a crate that holds both, the client gives us both.

It asks other servers about files of Rust, to whom the modules that are Iron don't exist. So for
such a crate, and for it alone, we register as a server of its Rust, with all that is asked of
rust-analyzer.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from lsprotocol import types

from redox_lsp.bridge.methods import METHODS

Json = Any

SYNC: Final[Mapping[str, Json]] = {
    types.TEXT_DOCUMENT_DID_OPEN: {},
    types.TEXT_DOCUMENT_DID_CHANGE: {"syncKind": types.TextDocumentSyncKind.Incremental.value},
    types.TEXT_DOCUMENT_DID_CLOSE: {},
    types.TEXT_DOCUMENT_DID_SAVE: {"includeText": False},
}
CAPABILITIES: Final[Mapping[str, str]] = {
    types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: "document_highlight",
    types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY: "call_hierarchy",
}
"""Which capability of a client's is that of a method, where it is called otherwise."""
ALONG: Final = frozenset(
    (
        types.TEXT_DOCUMENT_PREPARE_RENAME,
        types.CALL_HIERARCHY_INCOMING_CALLS,
        types.CALL_HIERARCHY_OUTGOING_CALLS,
    )
)
"""Methods that are registered with another one."""
COLOURS: Final = "textDocument/semanticTokens"
EXTRA: Final = (COLOURS, types.TEXT_DOCUMENT_CODE_LENS, types.TEXT_DOCUMENT_DIAGNOSTIC)
"""What Redox itself answers of a file of Rust, with what rust-analyzer knows."""
GLOB: Final = frozenset("*?[]{}")


def selector_of(root: Path) -> Json:
    """Return what selects a workspace's files of Rust; None for a folder no pattern can name."""
    folder = root.as_posix()
    if GLOB & set(folder):
        return None
    return [{"language": "rust", "scheme": "file", "pattern": f"{folder}/**"}]


def registrations(selector: Json, options: Mapping[str, Json]) -> list[types.Registration]:
    """Return what a client is asked to give us of the files that are selected."""
    methods = [one for one in (*METHODS, *EXTRA) if one not in ALONG]
    asked = {**SYNC, **{method: options.get(method) or {} for method in methods}}
    return [
        types.Registration(f"{method} of {selector[0]['pattern']}", method, given)
        for method, one in asked.items()
        for given in ({**one, "documentSelector": selector},)
    ]


def capability_of(method: str) -> str:
    """Return the name of the capability by which a client takes a method registered later."""
    if method in SYNC:
        return "text_document.synchronization.dynamic_registration"
    name = method.partition("/")[2]
    snake = "".join(f"_{char.lower()}" if char.isupper() else char for char in name)
    return f"text_document.{CAPABILITIES.get(method, snake)}.dynamic_registration"
