"""What each module may import: one table, held against the modules' syntax trees.

The core, which turns text into text, knows nothing of files, programs or terminals. Each heavy
library has one door. A module that is missing here fails the test, so that its place is decided.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "redox"

CORE = {
    "brackets",
    "checker",
    "choices",
    "closing",
    "diagnostics",
    "document",
    "findings",
    "frames",
    "keywords",
    "lexer",
    "lexicon",
    "lines",
    "machine",
    "map",
    "memory",
    "near_misses",
    "oxidizer",
    "phrasebook",
    "phrasebook_rules",
    "place",
    "planner",
    "prelude",
    "recogniser",
    "recovery",
    "reducer",
    "shapes",
    "spacing",
    "spelling",
    "translate",
}
CORE_STANDARD = {
    "__future__",
    "array",
    "bisect",
    "collections",
    "dataclasses",
    "difflib",
    "enum",
    "functools",
    "itertools",
    "json",
    "operator",
    "os",
    "pathlib",
    "re",
    "tomllib",
    "typing",
    "typing_extensions",
    "zlib",
}
HARNESS = {
    "corpus",
    "figures",
    "laws",
    "parser",
    "report",
    "rustlex",
    "shrink",
    "userland",
    "workers",
}
TOOLS = {
    "cargo",
    "cargo_call",
    "cargo_config",
    "cargo_fmt",
    "files",
    "grammar",
    "grammar_rules",
    "layout",
    "lookup",
    "process",
    "progress",
    "render",
    "shadow",
    "streams",
    "suggested",
    "toolchain",
    "verdict",
}

DOORS = {
    "subprocess": {"process"},
    "multiprocessing": {"workers", "corpus"},
    "rich": {"progress", "report", "corpus", "commands"},
    "typer": {"cli", "commands"},
    "bpe_openai": {"commands", "figures"},
}
"""Which modules may import what is heavy or dangerous; nobody else imports it."""


LSP = ROOT / "lsp" / "redox_lsp"
LSP_RIM = {
    "__main__",
    "answers",
    "bridge",
    "cli",
    "colours",
    "commands",
    "convert",
    "crates",
    "diagnosing",
    "folders",
    "handlers",
    "messages",
    "places",
    "positions",
    "programs",
    "protocol",
    "refreshing",
    "running",
    "rustc",
    "server",
    "sessions",
    "settings",
    "status",
    "suggesting",
    "transports",
}
"""What of the language server knows the protocol; everything else there is pure."""
LSP_DOORS = {
    "pygls": {"commands", "handlers", "places", "protocol", "server", "transports"},
    "lsprotocol": LSP_RIM,
    "attrs": {"messages"},
    "cattrs": {"messages", "protocol"},
    "redox_eval": {"suggesting"},
    "tree_sitter": {"suggesting"},
    "tree_sitter_rust": {"suggesting"},
    "websockets": {"transports"},
    "subprocess": set[str](),
    "asyncio": LSP_RIM,
}

EVAL = ROOT / "eval" / "redox_eval"
EVAL_DOORS = {
    "subprocess": {"programs"},
    "jinja2": {"pages"},
    "llguidance": {"decoding"},
    "markupsafe": {"pages"},
    "multiprocessing": set[str](),
    "resource": {"programs"},
    "numpy": {"embedded"},
    "onnxruntime": {"embedded"},
    "safetensors": {"checkpoints"},
    "tokenizers": {"embedded"},
    "torch": {"checkpoints"},
    "transformers": {"checkpoints"},
    "urllib": {"servers"},
    "rich": {"tables"},
    "scipy": {"statistics"},
    "typer": {"cli", "options"},
}
TRAINING = ROOT / "training" / "redox_training"
TRAINING_DOORS = {
    "gguf": {"gguf_files"},
    "jinja2": {"chats"},
    "matplotlib": {"plots"},
    "numpy": {"gguf_files", "onnx_files"},
    "onnx": {"onnx_files"},
    "onnxruntime": {"onnx_files"},
    "peft": {"backends", "exports"},
    "rich": {"tables"},
    "safetensors": {"backends"},
    "torch": {"backends", "exports", "gguf_files", "loop", "onnx_files"},
    "tokenizers": {"scratch"},
    "transformers": {"backends", "exports", "gguf_files", "scratch"},
    "typer": {"cli", "train_cli"},
    "unsloth": {"unsloth_backend"},
}
EVAL_OF_REDOX = {"corpus", "userland", "shrink"}
"""What of Redox the exam may not import: it holds laws, not tasks."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def place_of(path: Path) -> str:
    """Return a module's name; all modules of `redox/commands` are one place."""
    inside = path.relative_to(PACKAGE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def imports(tree: ast.AST) -> Iterator[tuple[str, ...]]:
    """Yield the parts of each imported module's name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            base = tuple(node.module.split("."))
            yield from ((*base, alias.name) for alias in node.names)


def refusal(place: str, name: tuple[str, ...]) -> str | None:
    """Say why the module at `place` may not import `name`, or return None."""
    if name[0] in DOORS and place not in DOORS[name[0]]:
        return f"only {', '.join(sorted(DOORS[name[0]]))} may import {name[0]}"
    if name[0] == "redox":
        return None if len(name) == 1 else _own_refusal(place, name[1])
    if place in CORE and name[0] not in CORE_STANDARD:
        return f"the core may not import {name[0]}"
    if name[0] not in sys.stdlib_module_names and name[0] not in DOORS:
        return f"{name[0]} has no door"
    return None


def _own_refusal(place: str, other: str) -> str | None:
    if place in CORE and other not in CORE:
        return f"the core may not import redox.{other}"
    if place in TOOLS and other in HARNESS | {"cli", "commands"}:
        return f"redox.{place} may not import redox.{other}"
    if place in HARNESS and other in {"cli", "commands"}:
        return f"redox.{place} may not import redox.{other}"
    return None


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_are_allowed(path: Path) -> None:
    place = place_of(path)
    known = CORE | HARNESS | TOOLS | {"__init__", "__main__", "cli", "commands", "start"}
    assert place in known, f"{place} has no place yet in tests/test_architecture.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [why for name in imports(tree) if (why := refusal(place, name))] == []


def test_every_command_is_imported_by_no_module() -> None:
    """`redox --help` stays quick only while a command is imported when it is called."""
    shared = {"common", "translating"}
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name in imports(tree):
            is_command = name[:2] == ("redox", "commands") and len(name) > 2
            assert not is_command or name[2] in shared, f"{path.name} imports {'.'.join(name)}"


@pytest.mark.parametrize(
    "path", sorted(LSP.rglob("*.py")), ids=lambda path: str(path.relative_to(LSP))
)
def test_imports_of_the_language_server_are_allowed(path: Path) -> None:
    inside = path.relative_to(LSP)
    place = inside.parts[0] if len(inside.parts) > 1 else inside.stem
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [why for name in imports(tree) if (why := lsp_refusal(place, name))] == []


def lsp_refusal(place: str, name: tuple[str, ...]) -> str | None:
    """Say why a module of the language server may not import `name`, or return None."""
    if name[0] in LSP_DOORS:
        doors = sorted(LSP_DOORS[name[0]])
        return None if place in doors else f"only {', '.join(doors)} may import {name[0]}"
    if name[0] == "redox":
        return None if len(name) == 1 or name[1] not in HARNESS | {"cli", "commands"} else "no"
    if name[0] == "redox_lsp":
        is_rim = len(name) > 1 and name[1] in LSP_RIM
        return "what is pure may not import the rim" if is_rim and place not in LSP_RIM else None
    return None if name[0] in sys.stdlib_module_names else f"{name[0]} has no door"


@pytest.mark.parametrize("path", sorted(EVAL.rglob("*.py")), ids=lambda path: path.stem)
def test_imports_of_the_exam_are_allowed(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [sibling_refusal(path.stem, name, EVAL_DOORS) for name in imports(tree)]
    assert [why for why in found if why] == []
    assert not any(name[0] == "redox_training" for name in imports(tree))


@pytest.mark.parametrize("path", sorted(TRAINING.rglob("*.py")), ids=lambda path: path.stem)
def test_imports_of_the_training_are_allowed(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    doors = {"subprocess": set[str](), "multiprocessing": set[str](), **TRAINING_DOORS}
    found = [sibling_refusal(path.stem, name, doors) for name in imports(tree)]
    assert [why for why in found if why] == []


def sibling_refusal(place: str, name: tuple[str, ...], doors: dict[str, set[str]]) -> str | None:
    """Say why a module of the exam or the training may not import `name`, or return None."""
    if name[0] in doors:
        known = sorted(doors[name[0]])
        return None if place in known else f"only {', '.join(known) or 'nobody'} imports {name[0]}"
    if name[0] == "redox":
        return "it holds laws, not tasks" if name[1:2] and name[1] in EVAL_OF_REDOX else None
    if name[0] in ("redox_eval", "redox_training"):
        return "commands are imported by none" if name[1:2] == ("cli",) else None
    return None if name[0] in sys.stdlib_module_names else f"{name[0]} has no door"
