"""Paths that lead out of a workspace, in its manifests and sources: said as absolute ones.

A mirrored file lies elsewhere than its original, so what it names relatively outside the mirror
would be another file there. What it names inside has its mirror at the same distance.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from redox.diagnostics import Edit, Span

Redirect = Callable[[str], str | None]
"""Returns the absolute path that a relative one leads out to, or None where it stays inside."""

_MEMBERS = ("members", "default-members", "exclude")
_LITERAL = re.compile(
    r"""
    (?: \#!?\s*\[\s* (?:cfg_attr\s*\([^\]]*?,\s*)? path \s*=\s*
      | \binclude(?:_str|_bytes)?\s*!\s*[(\[{]\s*
    )
    (?P<literal> "(?P<plain>[^"\\\n]*)" | r(?P<hashes>\#*)"(?P<raw>[^"\n]*)"(?P=hashes) )
    """,
    re.VERBOSE,
)
"""A path that Rust reads a file by. A literal with escapes is no path that anybody writes."""


def redirect_from(root: Path, folder: tuple[str, ...]) -> Redirect:
    """Return what redirects paths that are meant from a folder of the workspace."""

    def redirect(path: str) -> str | None:
        if not path or os.path.isabs(path) or "\0" in path:
            return None
        meant = os.path.normpath(os.path.join(root, *folder, path))
        return None if Path(meant).is_relative_to(root) else meant

    return redirect


def redirections(rust: str, redirect: Redirect) -> Iterator[Edit]:
    """Yield the edits that make a source's paths lead where they lead from its original."""
    if ".." not in rust:
        return
    for found in _LITERAL.finditer(rust):
        path = found["raw"] if found["plain"] is None else found["plain"]
        meant = redirect(path)
        if meant is not None:
            yield Edit(Span(*found.span("literal")), json.dumps(meant, ensure_ascii=False))


def shadow_manifest(text: str, redirect: Redirect, *, is_root: bool) -> str:
    """Return a Cargo.toml as the mirror has it; raises `tomllib.TOMLDecodeError` for no TOML.

    Its lines stay where they are, since cargo names them. A root without a workspace gets one, or
    cargo would look for it above and find the original.
    """
    manifest = tomllib.loads(text)
    if is_root and "workspace" not in manifest:
        text = f"{text}\n[workspace]\n"
        manifest["workspace"] = {}
    changed: dict[str, str] = {}
    wanted = _redirected(manifest, (), redirect, changed)
    if not changed:
        return text
    edited = text
    for old, new in changed.items():
        written = re.escape(json.dumps(old, ensure_ascii=False))
        said = json.dumps(new, ensure_ascii=False).replace("\\", r"\\")
        edited = re.sub(f"{written}|'{re.escape(old)}'", said, edited)
    return edited if _means(edited, wanted) else _write(wanted)


def _redirected(
    value: Any, keys: tuple[str, ...], redirect: Redirect, changed: dict[str, str]
) -> Any:
    """Return a part of a manifest with its paths redirected, and note which of them changed."""
    if isinstance(value, dict):
        return {
            key: _redirected(inside, (*keys, key), redirect, changed)
            for key, inside in value.items()
        }
    if isinstance(value, list):
        return [_redirected(inside, keys, redirect, changed) for inside in value]
    if isinstance(value, str) and _is_path(keys) and (meant := redirect(value)) is not None:
        changed[value] = meant
        return meant
    return value


def _is_path(keys: tuple[str, ...]) -> bool:
    is_member = len(keys) == 2 and keys[0] == "workspace" and keys[1] in _MEMBERS
    return is_member or keys == ("package", "build") or keys[-1:] == ("path",)


def _means(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _write(manifest: dict[str, Any]) -> str:
    """Write a manifest anew, each of its tables on a line of its own."""
    return "".join(f"{json.dumps(key)} = {_value(value)}\n" for key, value in manifest.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        inside = (f"{json.dumps(key)} = {_value(one)}" for key, one in value.items())
        return f"{{ {', '.join(inside)} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)
    return str(value)  # numbers; dates, whose text is TOML's
