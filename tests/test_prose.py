"""Every path, command, option and make target that our Markdown names exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from redox.cli import COMMANDS, app
from redox_lsp import messages

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("vscode-extension/*.md")])
PLACES = (
    "redox",
    "tests",
    "docs",
    "examples",
    "scripts",
    "bench",
    ".ci",
    "lsp",
    "eval",
    "training",
    "vscode-extension",
    "experiments",
)

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
PATH = re.compile(rf"^(?:(?:{'|'.join(map(re.escape, PLACES))})/[\w./-]*|[A-Z]\w+\.md|Makefile)$")
CALL = re.compile(r"(?:^|[\s`|(])redox((?: +--?[\w-]+)*) +([a-z]+)\b([^`|\n]*)")
OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]*|-[a-zA-Z])\b")
OTHERS = {"run": ".iron", "cargo": " "}
"""What the options of other programs follow, if not `--`."""
METHODS = {*messages.PARAMS, messages.PREVIEW_CHANGED, messages.PROPOSED, messages.SERVES_RUST}
"""The server's own methods, which look like paths."""
GROUPS = {"data", "eval", "train"}
"""The commands that have commands."""
TARGET = re.compile(r"(?:^|[\s`$])make +([a-z]+)", re.MULTILINE)


def prose_of(page: Path) -> tuple[str, str]:
    """Return the text outside fenced blocks, and what blocks of shell commands hold."""
    text = page.read_text(encoding="utf-8")
    blocks = [body for language, body in FENCE.findall(text) if language in ("sh", "console")]
    typed = "\n".join(_typed_lines(body) for body in blocks)
    return FENCE.sub("", text), typed


def _typed_lines(block: str) -> str:
    """Return the commands of a block; in one that shows output they stand behind `$`."""
    lines = block.splitlines()
    if any(line.startswith("$ ") for line in lines):
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    return "\n".join(line.partition(" #")[0] for line in lines)


def named_code(page: Path) -> Iterator[str]:
    prose, typed = prose_of(page)
    yield from CODE.findall(prose)
    yield from typed.splitlines()


def each(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=each)
def test_paths_exist(page: Path) -> None:
    prose, _ = prose_of(page)
    code = [one for one in CODE.findall(prose) if PATH.match(one) and one not in METHODS]
    gone = [one for one in code if not (ROOT / one).exists()]
    gone += [one for one in LINK.findall(prose) if not (page.parent / one).exists()]
    assert gone == []


@pytest.mark.parametrize("page", PAGES, ids=each)
def test_commands_and_their_options_exist(page: Path) -> None:
    helps: dict[str, str] = {}
    for code in named_code(page):
        for before, command, rest in CALL.findall(code):
            assert command in COMMANDS, f"redox {command} is no command: {code}"
            call = [command, *_subcommand(command, rest)]
            name = " ".join(call)
            if name not in helps:
                done = CliRunner().invoke(app, [*call, "--help"], terminal_width=200)
                assert done.exit_code == 0, f"redox {name} is no command: {code}"
                helps[name] = done.output
            own = rest.split(OTHERS.get(command, " -- "))[0]
            for option in OPTION.findall(own):
                assert re.search(rf"{option}\b", helps[name]), f"{option} is unknown: {code}"
            for option in OPTION.findall(before):
                assert option == "--phrasebook", f"{option} is no global option: {code}"


def _subcommand(command: str, rest: str) -> list[str]:
    """Return the word after a group of commands, as `score` in `redox eval score`."""
    word = rest.split()[:1]
    return word if command in GROUPS and word and word[0].islower() else []


@pytest.mark.parametrize("page", PAGES, ids=each)
def test_make_targets_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    for code in named_code(page):
        assert set(TARGET.findall(code)) <= targets, code


def test_the_pages_name_something() -> None:
    """The patterns above find what they are made for."""
    code = [one for page in PAGES for one in named_code(page)]
    assert any(PATH.match(one) for one in code)
    assert any(CALL.search(one) for one in code)
    assert any(TARGET.search(one) for one in code)
