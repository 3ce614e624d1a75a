"""What rust-analyzer is told at `initialize`, and when it asks for its settings."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from redox_lsp.settings import Settings

Json = Any


def initialize_params(given: Mapping[str, Json], settings: Json, folder: Path) -> Json:
    """Return what `initialize` is sent with: the client's capabilities, but for what is ours.

    Places are counted in code points. Its own diagnostics are asked for, since those it pushes
    are lost when it has loaded; what of it runs in a client is not offered.
    """
    capabilities = {
        "general": {"positionEncodings": ["utf-32"]},
        "textDocument": _text_documents(given.get("textDocument") or {}),
        "workspace": _workspace(given.get("workspace") or {}),
        "window": {"workDoneProgress": False},
        "experimental": {"serverStatusNotification": True},
    }
    return {
        "processId": os.getpid(),
        "rootUri": folder.as_uri(),
        "workspaceFolders": None,
        "capabilities": capabilities,
        "initializationOptions": settings,
    }


def _text_documents(given: Mapping[str, Json]) -> Json:
    found = copy.deepcopy(dict(given))
    found["diagnostic"] = {"dynamicRegistration": False}
    found["hover"] = {"contentFormat": ["markdown"]}
    for name in ("implementation", "typeDefinition", "callHierarchy", "references"):
        found.setdefault(name, {})
    found.setdefault("definition", {})
    found.setdefault("rename", {})["prepareSupport"] = True
    found.get("inlayHint", {}).pop("resolveSupport", None)
    found["semanticTokens"] = {
        "requests": {"full": True},
        "tokenTypes": [],
        "tokenModifiers": [],
        "formats": ["relative"],
        "multilineTokenSupport": False,
    }
    # A client that knows no such actions is sent edits, too, as commands of ours can't be.
    kinds = {"codeActionKind": {"valueSet": ["quickfix", "refactor", "source"]}}
    found.setdefault("codeAction", {}).setdefault("codeActionLiteralSupport", kinds)
    return found


def _workspace(given: Mapping[str, Json]) -> Json:
    edits = dict(given.get("workspaceEdit") or {})
    edits["documentChanges"] = True
    return {
        "configuration": True,
        "workspaceEdit": edits,
        "symbol": given.get("symbol") or {},
        "diagnostics": {"refreshSupport": True},
        "semanticTokens": {"refreshSupport": True},
        "inlayHint": {"refreshSupport": True},
    }


def analyzer_settings(
    settings: Settings, manifests: Sequence[Path], lone: Sequence[Path], library: Path | None
) -> Json:
    """Return rust-analyzer's settings for the workspaces whose manifests are given.

    Files that belong to no crate are crates of their own. cargo is run by us, on what is saved,
    so that its errors are said of the Iron; what rust-analyzer has it build has a folder apart.
    """
    edition = settings.word("rustc.edition")
    projects: list[Json] = [str(path) for path in manifests]
    if lone:
        projects.append(_lone_project(lone, edition, library))
    return {
        "linkedProjects": projects,
        "checkOnSave": False,
        "cargo": {
            "targetDir": True,
            "sysrootSrc": None if library is None else str(library),
        },
        "files": {"watcher": "server"},
        "completion": {"callable": {"snippets": "none"}},
        "diagnostics": {"experimental": {"enable": False}},
        "hover": {
            "actions": {"enable": False},
            "documentation": {"keywords": {"enable": False}},
        },
        "inlayHints": {
            "typeHints": {"enable": settings.flag("inlayHints.types")},
            "parameterHints": {"enable": settings.flag("inlayHints.parameters")},
            "chainingHints": {"enable": False},
            "closingBraceHints": {"enable": False},
        },
        "lens": {"enable": False},
    }


def _lone_project(files: Sequence[Path], edition: str, library: Path | None) -> Json:
    crates = [
        {
            "root_module": str(path),
            "edition": edition,
            "deps": [],
            "is_workspace_member": True,
            "source": {"include_dirs": [str(path.parent)], "exclude_dirs": []},
        }
        for path in files
    ]
    return {"crates": crates, **({} if library is None else {"sysroot_src": str(library)})}
