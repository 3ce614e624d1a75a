"""A file of Rust edited as Iron: lines that nobody edited keep their bytes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from lsp_client import Client

import redox
from redox.lexer import split_end, split_lines
from redox_lsp.places import behind
from redox_lsp.splicing import splice, with_old_ends

ROOT = Path(__file__).parent.parent
SOURCES = sorted(ROOT.glob("examples/*/src/*.rs"))
INVALID_PARAMS = -32602
ODD = 'fn  odd( a:u8 )->u8{ a  }\n\n\tlet mut  x=1 ;// tail \nconst A : &str="two\n lines";\n'


def as_an_editor_holds_it(text: str, end: str = "\n") -> str:
    """Return a text with one kind of line end."""
    return "".join(body + (end if own else "") for body, own in map(split_end, split_lines(text)))


def mixed_ends(text: str, *ends: str) -> str:
    """Return a text with line ends of several kinds."""
    chance = random.Random(1)
    bodies = (split_end(line)[0] for line in split_lines(text))
    return "".join(body + chance.choice(ends) for body in bodies)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("source", [*SOURCES, ODD], ids=lambda one: getattr(one, "name", "odd"))
def test_what_was_not_edited_is_not_changed(source: Path | str, end: str) -> None:
    rust = source if isinstance(source, str) else source.read_text(encoding="utf-8")
    for text in (rust, mixed_ends(rust, "\n", "\r\n", "\r"), f"\ufeff{rust}", rust.rstrip("\n")):
        held = as_an_editor_holds_it(redox.reduce(text).text, end)
        kinds = {own for _, own in map(split_end, split_lines(text)) if own}
        wanted = text if len(kinds) > 1 else as_an_editor_holds_it(text, end)
        assert splice(text, held) == wanted


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_an_edit_changes_its_own_line_alone(path: Path) -> None:
    rust = mixed_ends(path.read_text(encoding="utf-8"), "\n", "\r\n")
    lines = split_lines(as_an_editor_holds_it(redox.reduce(rust).text))
    was = split_lines(rust)
    for number in random.Random(2).sample(range(len(lines)), k=12):
        marked = [*lines]
        marked[number] = lines[number].rstrip("\n") + " // edited\n"
        now = split_lines(splice(rust, "".join(marked)))
        assert [*now[:number], *now[number + 1 :]] == [*was[:number], *was[number + 1 :]]
        body, end = split_end(was[number])
        assert split_end(now[number]) == (body + " // edited", end)

        added = [*lines[:number], "// added\n", *lines[number:]]
        now = split_lines(splice(rust, "".join(added)))
        assert [*now[:number], *now[number + 1 :]] == was
        assert now[number].startswith("// added")


def test_a_line_that_means_something_else_now_is_said_anew() -> None:
    iron = redox.reduce("let v = a;\nlet w = b;\n").text
    first, second = split_lines(iron)
    assert splice("let v = a;\nlet w = b;\n", f"{first}    plus c\n{second}") == (
        "let v = a\n    + c;\nlet w = b;\n"
    )


def test_line_ends_that_were_all_changed_stay_so() -> None:
    assert with_old_ends("a\nb\n", "a\r\nb\r\n") == "a\r\nb\r\n"


def test_a_new_line_ends_as_the_line_before_it() -> None:
    assert with_old_ends("a\r\nb\rc\n", "a\nx\ny\nb\nc\n") == "a\r\nx\r\ny\r\nb\rc\n"
    assert with_old_ends("a\r\nb\n", "x\na\nb\n") == "x\na\r\nb\n"
    assert with_old_ends("a\r\nb\n", "a\n") == "a\r\n"
    assert with_old_ends("a\r\nb", "a\nb\nc") == "a\nb\nc"


def test_the_server_answers() -> None:
    with Client() as client:
        client.start()
        said = {"languageId": "rust", "text": "let x = a + b;"}
        iron = client.request("redox/convert", said)
        assert iron == {"languageId": "iron", "text": "let x be a plus b"}
        assert client.request("redox/convert", iron) == said
        asked = client.ask("redox/convert", {"languageId": "python", "text": ""})
        assert client.answer(asked)["error"]["code"] == INVALID_PARAMS
        spliced = {"rust": "let  x = a;", "iron": "let  x be b"}
        assert client.request("redox/splice", spliced) == {
            "languageId": "rust",
            "text": "let  x = b;",
        }


def test_a_document_is_told_from_the_file_that_it_shows() -> None:
    assert behind("redox-iron:/a.rs.iron?file%3A%2F%2F%2Fsrc%2Fa%20b.rs") == "file:///src/a b.rs"
    assert behind("file:///src/main.iron") == "file:///src/main.iron"
