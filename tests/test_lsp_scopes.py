"""What names mean: `$0` stands on one, and `«»` are around all mentions of what it means."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from lsp_marks import CURSOR, read, reread, show

from redox import reduce
from redox.files import read_text
from redox_lsp.outline import Run, outline_of, runs_of, scopes_in
from redox_lsp.reading import Kind, Reading
from redox_lsp.resolving import meaning_at, mentions_of, span_of
from redox_lsp.scopes.declarations import Binding

ROOT = Path(__file__).parent.parent
KEYS = 30
EDITS_SEED = 3
IN_IRON = {
    "parameters": """
function f takes «a» of type u8 returns u8 begin
    let b be «$0a» plus 1
    «a» times b
end function
function g takes a of type u8 begin
    a
end function
""",
    "a let hides a parameter only behind it": """
function f takes «a» of type u8 begin
    let a be «$0a» plus 1
    g with a
end function
""",
    "what hides a parameter": """
function f takes a of type u8 begin
    let «a» be a plus 1
    g with «$0a»
    println macro with "{«a»} {{a}} {«a»:?}"
end function
""",
    "arms": """
match x against
    case Some with «n» if «n» is greater than 1 gives «$0n»
    case n gives n
end match
""",
    "closures": """
function f begin
    v calling map with closure «x» giving «$0x» plus 1
    g with x
end function
""",
    "loops and labels": """
function f begin
    label «outer» loop do
        break labelled «$0outer»
    end loop
end function
""",
    "if let": """
function f takes x of type Option of u8 begin
    if let Some with «y» be x and also «y» is greater than 1 then
        g with «$0y»
    otherwise
        g with y
    end if
end function
""",
    "escaped names": """
function f begin
    let literally «end» be 1
    g with literally «$0end»
end function
""",
    "lifetimes and types": """
function f generic over lifetime «a» and T takes x of type reference to lifetime «$0a» T begin
end function
""",
    "functions": """
function «f» begin
end function
function g takes h of type u8 begin
    «$0f» with nothing
    let f be 1
    h with f
end function
""",
    "a structure": """
structure «Point» with fields
    x of type u8
end structure
implement «$0Point» begin
    function new returns «Self» begin
        «Point» with fields x set to 1
    end function
end implement
""",
    "an import behind another name": """
module a begin
    function «f» begin
    end function
end module
module b begin
    import super its a its «f»
    import super its a its «f» as g
    function h begin
        «$0f» with nothing
        «g» with nothing
    end function
end module
""",
    "a glob": """
function «f» begin
end function
module tests begin
    import super its everything
    attribute test
    function g begin
        «$0f» with nothing
        super its «f» with nothing
    end function
end module
""",
    "variants and members": """
enumeration E with variants
    «A»
end enumeration
implement E begin
    function new returns Self begin
        Self its «A»
    end function
end implement
function f begin
    E its «$0A»
end function
""",
    "functions of a type": """
structure S
implement S begin
    function «new» returns Self begin
        S
    end function
end implement
function f begin
    S its «$0new» with nothing
end function
""",
    "generics of an implementation": """
implement generic over «T» done Show for Vec of «T» begin
    function f takes x of type «$0T» begin
    end function
end implement
function g takes x of type T begin
end function
""",
    "shorthands": """
function f takes p of type P begin
    let P with fields «x» and y be p
    P with fields «$0x» and y set to «x»
end function
""",
}
IN_RUST = {
    "one of two by condition": """
#[cfg(a)]
fn «f»() {}
#[cfg(b)]
fn «$0f»() {}
fn g() { «f»() }
""",
    "a module called like a function": """
fn f() {}
mod «f» { fn g() {} }
fn h() { f(); «$0f»::g() }
""",
    "a function called like a module": """
mod f {}
fn «f»() {}
fn h() { «$0f»(); f::g() }
""",
    "parameters": "fn f(«a»: u8) -> u8 { let b = «$0a» + 1; «a» * b }\nfn g(a: u8) { a }\n",
    "patterns": "fn f() { let (mut «a», S { b: c, .. }) = x; g(«$0a», b, c) }\n",
    "imports": "mod a { pub fn «f»() {} }\nuse a::{self, «f»};\nfn g() { a::«f»(); «$0f»() }\n",
    "closures whose value begins with a bracket": (
        "fn f() { v.map(|«i»| (0..1).map(move |j| (g, «$0i»))) }\n"
    ),
    "turbofish and closures": "fn f() { v.map(|«x»| g::<A, B>(«$0x»), x) }\n",
    "match": "fn f() { match x { A { «y», .. } if «y» => { g(«$0y») } y => y } }\n",
    "a Rust line in Iron": """
function f takes «a» of type u8 begin
    let b = «$0a» + 1;
    g with «a» and b
end function
""",
    "blocks": "fn f() { let a = 1; { let «a» = 2; g(«$0a»); } g(a) }\n",
    "functions in functions": "fn f() { «$0g»(); fn «g»() {} }\nfn g() {}\n",
    "macros": "macro_rules! «m» { () => {} }\nmod a { fn f() { «$0m»!(); m(); } }\n",
}


@pytest.mark.parametrize("marked", [*IN_IRON.values(), *IN_RUST.values()])
def test_all_mentions_of_a_name_are_found(marked: str) -> None:
    bare = marked.replace("«", "").replace("»", "")
    reading, offset = read(bare)
    found = meaning_at(reading, offset)
    assert found is not None
    mentions = mentions_of(reading, found[0])
    spans = [span_of(reading, mention.place) for mention in mentions]
    assert show(reading.text, spans) == marked.replace(CURSOR, "")
    assert mentions[0].is_definition


@pytest.mark.parametrize("marked", [*IN_IRON.values(), *IN_RUST.values()])
def test_every_mention_leads_to_all(marked: str) -> None:
    reading, offset = read(marked.replace("«", "").replace("»", ""))
    found = meaning_at(reading, offset)
    assert found is not None
    all_places = [one.place for one in mentions_of(reading, found[0])]
    for place in all_places:
        other = meaning_at(reading, span_of(reading, place).start)
        assert other is not None
        assert [one.place for one in mentions_of(reading, other[0])] == all_places


def test_knots_of_imports_take_linear_time() -> None:
    """Each import leads to two others: without a memory that would be 2 to the power of 200."""
    lines = [
        f"mod m{n} {{ pub use super::m{n + 1}::*; pub use super::m{n + 2}::x; use super::*; }}\n"
        for n in range(200)
    ]
    text = "".join(lines) + "fn f() { m0::x(); m1::y(); x(); }\n"
    reading = Reading.of_text(text)
    for name in ("x(); m1", "y(); x", "x(); }"):
        assert meaning_at(reading, text.index(name)) is None


def test_a_chain_of_imports_longer_than_any_stack_is_given_up() -> None:
    lines = [f"use self::a{n} as a{n + 1};\n" for n in range(5_000)]
    text = "fn a0() {}\n" + "".join(lines) + "fn f() { a5000(); a9() }\n"
    reading = Reading.of_text(text)
    assert meaning_at(reading, text.index("a5000()")) is None
    assert meaning_at(reading, text.index("a9()")) is not None


def test_deep_brackets_are_read() -> None:
    text = "fn f() " + "{" * 20_000 + "let a = [a];" + "(" * 20_000 + "a"
    reading = Reading.of_text(text)
    assert meaning_at(reading, len(text) - 1) is not None


def test_what_nobody_asked_between_two_edits_is_not_lost() -> None:
    functions = [f"function f{n} begin\n    g with {n}\nend function\n" for n in range(6)]
    reading = Reading.of_text("".join(functions))
    outline_of(reading)
    for word in ("g with 1", "g with 4"):
        place = reading.text.index(word)
        reading = reread(reading, place, place + 1, "h")
    kept = [run.cell.scopes is not None for run in runs_of(reading)]
    assert kept == [True, False, False, False, False, True]


def test_an_edit_leaves_the_runs_around_it() -> None:
    functions = [f"function f{n} begin\n    g with {n}\nend function\n" for n in range(5)]
    reading = Reading.of_text("".join(functions))
    outline_of(reading)
    place = reading.text.index("g with 2")
    after = reread(reading, place, place, "h with nothing\n    ")
    kept = [run.cell.scopes is not None for run in runs_of(after)]
    assert kept == [True, True, False, True, True]
    assert [one.item.name for one in outline_of(after).top] == ["f0", "f1", "f2", "f3", "f4"]
    assert outline_of(after).top[4].place.line == 13


SOURCES = sorted(
    path
    for folder in (ROOT / "examples", ROOT / "tests" / "fixtures" / "pairs")
    for path in folder.rglob("*.rs")
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_rust_and_its_iron_are_read_alike(path: Path) -> None:
    rust = read_text(path)
    assert told(Reading.of_text(rust)) == told(Reading.of_text(reduce(rust).text))


def _lines(run: Run, binding: Binding) -> list[int]:
    return [run.first + use.place.line for use in binding.uses]


def told(reading: Reading) -> list[object]:
    """Return what a text tells, by lines: the columns of Rust and Iron differ."""
    bound = [
        (run.first + one.place.line, one.name, one.kind, _lines(run, one))
        for run in runs_of(reading)
        for one in scopes_in(reading, run).bindings
    ]
    free = sorted(
        (run.first + use.place.line, name, [segment.name for segment in use.tail])
        for run, _, names in outline_of(reading).free
        for name, uses in names.uses.items()
        for use in uses
    )
    items = [
        (one.item.kind, one.item.name, one.place.line, len(one.item.parameters))
        for one in outline_of(reading).declared.values()
    ]
    return [sorted(bound), free, sorted(items)]


def test_an_outline_goes_on_from_key_to_key_as_if_made_anew() -> None:
    chance = Random(EDITS_SEED)
    carried = 0
    for path in sorted((ROOT / "examples").rglob("*.iron")):
        reading = Reading.of_text(read_text(path))
        for _ in range(KEYS):
            before = outline_of(reading)
            start = chance.randrange(len(reading.text))
            end = start + chance.choice((0, 0, 0, 1, 5))
            written = chance.choice(("x", "x", "x", "", " ", "\n", "Self", ": T", "end function\n"))
            reading = reread(reading, start, end, written)
            carried += outline_of(reading).root is before.root
            anew = Reading.of_text(reading.text)
            assert placed(reading) == placed(anew), (path.name, reading.text)
    assert carried > KEYS


def placed(reading: Reading) -> list[object]:
    """Return all that an outline tells, with its places."""
    outline = outline_of(reading)
    known = [
        (run.first, outline.opened[run.first].depth, outline.containers[run.first].depth)
        for run in runs_of(reading)
    ]
    free = [
        (run.first, use, container.base, container.depth)
        for run, container, names in outline.free
        for uses in names.uses.values()
        for use in uses
    ]
    by_run = {first: [names for _, names in found] for first, found in outline.by_run.items()}
    items = [
        (item.name, item.place, one.place, one.item.end, one.item.parameters, one.end)
        for item, one in outline.declared.items()
    ]
    meanings = [
        _meaning(reading, reading.start_of(line) + token.start)
        for line, token in reading.lines_with_tokens(0, reading.line_count)
        if token.kind is Kind.NAME
    ]
    inside = [(item.name, container.base) for item, container in outline.inside.items()]
    return [known, sorted(free), by_run, items, meanings, inside, outline.opaque]


def _meaning(reading: Reading, offset: int) -> object:
    found = meaning_at(reading, offset)
    return found and (type(found[0]), found[0].place, found[1], mentions_of(reading, found[0]))
