"""A lost closer is made up for where an item begins too far left to be inside.

The texts are in `tests/fixtures/recovery.txt`: a title behind `====`, Iron that lacks closers, a
line `----`, and its Rust, which shows where they are written instead, and that what follows does
not shift. Rust whose items stand so far left is in `tests/fixtures/pairs/outdented.txt`. In
`tests/fixtures/mended.txt`, which is built alike, other words and signs than the right ones close
and open; what they are read as is what was meant.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from redox import Document, oxidize, reduce
from redox.files import read_text
from redox.lexer import CODE, split_lines
from redox.lexicon import lexicon_of
from redox.lines import lex
from redox.phrasebook import load_phrasebook
from redox.recovery import begins_item

FIXTURES = Path(__file__).parent / "fixtures"
PAIR = re.compile(r"==== ([^\n]+)\n(.*?)^----\n(.*?)(?=^==== |\Z)", re.MULTILINE | re.DOTALL)
LOST = PAIR.findall(read_text(FIXTURES / "recovery.txt"))
MENDED = PAIR.findall(read_text(FIXTURES / "mended.txt"))
STAY = {
    "a block that opens on a line of its own": """\
function f
    takes a of type u8
where
    A implementing B
begin
    function g begin
    end function
end function
""",
    "a head that goes on": """\
implement A
    for B begin
    function g begin
    end function
end implement
""",
    "blocks of Rust": """\
fn f() {
    if a {
fn g() {}
    }
}
""",
    "a type that begins like an item": """\
function f begin
    let x of type
function taking u8 be g
end function
""",
    "fields that are not indented": """\
structure A with fields
public b of type u8
unsafe_name of type u8
end structure
""",
    "blocks that begin like items": """\
function f begin
unsafe begin
    g with nothing
end block
end function
""",
    "items that Rust begins": """\
module a begin
#[inline]
function b begin
end function
fn c() {}
function d begin
end function
end module
""",
    "items that are marked": """\
module a begin
nested import b its c
import d its e
end module
""",
}
ITEMS = (
    *("function f", "function literally with", "public within path crate its a done function f"),
    *('public unsafe external "C" function f', 'external "C" begin', "external crate a"),
    *("implement generic over T", "implement A", "const A", "static mutable a", "type A"),
    *("import a", "import members a", "attribute test", "define macro a", "async unsafe fn f"),
    *("pub(in a::b) fn f", "pub(crate) struct A", "#[test]", "macro_rules! a {", "default impl A"),
    *("extern crate a;", "auto trait A {}", "union A {", "const unsafe fn f", "macro a() {}"),
)
NO_ITEMS = (
    *("function taking u8", "fn(u8)", "public a of type u8", "pub a: u8", "unsafe begin"),
    *("const begin", "some A", "module calling a", "crate::a()", "inner attribute a", "#![a]"),
    *("use<'a>", "let x be a", "end function", "nested function f", "default calling a"),
    *("// fn f", "static || a", "async move begin", "literally function", "structure"),
    *("union dot a", "public", "pub(crate", "public within path a"),
)


@pytest.mark.parametrize(("iron", "rust"), [each[1:] for each in LOST], ids=[x[0] for x in LOST])
class TestLost:
    def test_is_closed_before_the_item(self, iron: str, rust: str) -> None:
        translated = oxidize(iron)
        assert translated.text == rust
        assert len(split_lines(rust)) == len(split_lines(iron))
        spans = list(translated.map.spans())
        assert "".join(rust[span.rust_start : span.rust_end] for span in spans) == rust
        assert "".join(iron[span.iron_start : span.iron_end] for span in spans) == iron

    def test_is_all_that_is_said(self, iron: str, rust: str) -> None:
        codes = {one.code for one in oxidize(iron).diagnostics}
        assert codes
        assert codes <= {"unclosed-block", "unclosed-bracket"}

    def test_fixes_mend_it_from_the_inside(self, iron: str, rust: str) -> None:
        for _ in range(3):
            found = [one for one in oxidize(iron).diagnostics if one.code == "unclosed-block"]
            fix = found[-1].fix if found else None
            if fix is None:
                break
            iron = iron[: fix.span.start] + fix.text + iron[fix.span.end :]
        left = {one.code for one in oxidize(iron).diagnostics}
        assert left <= {"unclosed-bracket", "missing-value"}

    def test_is_mended_by_way_of_the_rust(self, iron: str, rust: str) -> None:
        mended = reduce(rust).text
        assert oxidize(mended).text == rust
        assert oxidize(mended).diagnostics == ()

    def test_does_not_shift_what_follows(self, iron: str, rust: str) -> None:
        document = Document(iron)
        document.edit(len(iron), len(iron), "function z begin\n    a\nend function\n")
        assert document.rust == rust + "fn z() {\n    a\n}\n"


@pytest.mark.parametrize(("iron", "rust"), [x[1:] for x in MENDED], ids=[x[0] for x in MENDED])
def test_is_read_as_it_was_meant(iron: str, rust: str) -> None:
    assert oxidize(iron).text == rust
    document = Document("")
    for line in reversed(split_lines(iron)):
        document.edit(0, 0, line)
    assert document.rust == rust


def test_comes_before_a_name_that_is_still_to_be_typed() -> None:
    iron = "function f begin\n    let x be a dot\nfunction g begin\nend function\n"
    assert oxidize(iron).text == "fn f() {\n    let x = a.\n} fn g() {\n}\n"


@pytest.mark.parametrize("iron", STAY.values(), ids=STAY)
def test_what_may_stand_where_it_stands_closes_nothing(iron: str) -> None:
    assert oxidize(iron).diagnostics == ()


@pytest.mark.parametrize("iron", ITEMS)
def test_begins_an_item(iron: str) -> None:
    assert begins_item(lexicon_of(load_phrasebook()), lex(iron, CODE).pairs)


@pytest.mark.parametrize("iron", NO_ITEMS)
def test_begins_no_item(iron: str) -> None:
    assert not begins_item(lexicon_of(load_phrasebook()), lex(iron, CODE).pairs)
