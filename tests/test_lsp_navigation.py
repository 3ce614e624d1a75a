"""Definition, references, highlights and rename: `$0` is the cursor."""

from __future__ import annotations

import pytest
from lsp_marks import read, show

from redox import oxidize
from redox_lsp.features.navigation import (
    Access,
    Refusal,
    Renamable,
    apply,
    definition,
    highlights,
    is_seen_elsewhere,
    prepare_rename,
    references,
    rename,
)


def renamed(marked: str, name: str) -> str:
    reading, offset = read(marked)
    edits = rename(reading, offset, name)
    assert not isinstance(edits, Refusal), edits
    return apply(reading.text, edits)


def test_definition_gives_the_name_and_all_of_the_item() -> None:
    reading, offset = read(
        "// one\nattribute inline\npublic function f begin\n    g with 1\nend function\n"
        "function h begin\n    $0f with nothing\nend function\n"
    )
    found = definition(reading, offset)
    assert found is not None
    text = reading.text
    assert text[found.name.start : found.name.end] == "f"
    whole = text[found.whole.start : found.whole.end]
    assert whole.startswith("attribute inline\npublic function f")
    assert whole.endswith("end function")


def test_definition_of_a_module_goes_over_its_runs() -> None:
    reading, offset = read(
        "module a begin\n    function f begin\n    end function\nend module\nimport self its $0a\n"
    )
    found = definition(reading, offset)
    assert found is not None
    assert reading.text[found.whole.start : found.whole.end].endswith("end module")


def test_references_may_leave_the_definition_out() -> None:
    reading, offset = read("function f takes $0a of type u8 begin\n    a plus a\nend function\n")
    assert len(references(reading, offset)) == 3
    assert len(references(reading, offset, with_definition=False)) == 2


@pytest.mark.parametrize(
    "marked",
    [
        "«i$0f» a «then»\n    b\n«otherwise if» c «then»\n    d\n«otherwise»\n    e\n«end if»\n",
        "if a then\n    «while» b «$0do»\n        c\n    «end while»\nend if\n",
        "«if» a «{»\n    b\n«}$0» «else» «{»\n    c\n«}»\n",
        "f «wi$0th»\n    a\n    b\n«done»\n",
        "let x be f «with» a «do$0ne» plus 1\n",
        "let x of type Vec «o$0f» u8 be y\n",
        "let x = f(g«(»a«$0)»);\n",
        "«func$0tion» f\nwhere\n    T implementing A\n«begin»\n    b\n«end function»\n",
        "«imple$0ment» A «begin»\n    function f begin\n    end function\n«end implement»\n",
    ],
)
def test_an_opener_is_highlighted_with_its_end(marked: str) -> None:
    reading, offset = read(marked.replace("«", "").replace("»", ""))
    found = highlights(reading, offset)
    assert show(reading.text, [one.span for one in found]) == marked.replace("$0", "")
    assert {one.access for one in found} == {Access.TEXT}


def test_a_name_is_highlighted_with_its_uses() -> None:
    reading, offset = read("function f takes a of type u8 begin\n    a$0 plus b\nend function\n")
    found = highlights(reading, offset)
    assert [one.access for one in found] == [Access.WRITE, Access.READ]


RENAMED = {
    "in both spellings": (
        """
function f takes $0a of type u8 begin
    let b = a + 1;
    a
end function
""",
        "c",
        """
function f takes c of type u8 begin
    let b = c + 1;
    c
end function
""",
    ),
    "shorthands and format strings": (
        """
function f takes p of type P begin
    let P with fields $0x be p
    println macro with "{x}"
    P with fields x and y set to x
end function
""",
        "z",
        """
function f takes p of type P begin
    let P with fields x set to z be p
    println macro with "{z}"
    P with fields x set to z and y set to z
end function
""",
    ),
    "shorthands that are bound in a way of their own": (
        """
function f takes p of type P begin
    let P with fields mutable $0x and y end fields be p
    let P { ref mut x, y } = p;
    g with x
end function
""",
        "z",
        """
function f takes p of type P begin
    let P with fields x set to mutable z and y end fields be p
    let P { ref mut x, y } = p;
    g with x
end function
""",
    ),
    "shorthands by reference in Rust": (
        "fn f() { let P { ref  mut x$0, y } = p; g(x) }\n",
        "z",
        "fn f() { let P { x: ref  mut z, y } = p; g(z) }\n",
    ),
    "a value that is bound in a way of its own": (
        "fn f() { let P { x: mut a$0, y } = p; g(a) }\n",
        "z",
        "fn f() { let P { x: mut z, y } = p; g(z) }\n",
    ),
    "shorthands in Rust": (
        "fn f() { let P { x } = p; P { x$0 } }\n",
        "y",
        "fn f() { let P { x: y } = p; P { x: y } }\n",
    ),
    "to a word of Iron": (
        """
function f begin
    let x be 1
    g with $0x and y
end function
""",
        "done",
        """
function f begin
    let literally done be 1
    g with literally done and y
end function
""",
    ),
    "from a word of Iron": (
        """
function f begin
    let literally end be 1
    g with literally $0end
end function
""",
        "x",
        """
function f begin
    let literally x be 1
    g with literally x
end function
""",
    ),
    "labels": (
        """
function f begin
    label outer loop do
        break labelled $0outer
    end loop
end function
""",
        "'all",
        """
function f begin
    label all loop do
        break labelled all
    end loop
end function
""",
    ),
    "a variable, not the module of its name": (
        """
module config begin
    public function load returns u8 begin
        1
    end function
end module
function main begin
    let c$0onfig be config its load with nothing
    let other be config its load with nothing
    f with config and other
end function
""",
        "settings",
        """
module config begin
    public function load returns u8 begin
        1
    end function
end module
function main begin
    let settings be config its load with nothing
    let other be config its load with nothing
    f with settings and other
end function
""",
    ),
    "a parameter, not the type of its name": (
        """
function f takes s$0tr of type reference to str returns str where str implementing A begin
    let y of type reference to str be str
end function
""",
        "text",
        """
function f takes text of type reference to str returns str where str implementing A begin
    let y of type reference to str be text
end function
""",
    ),
    "a type parameter, not the variable of its name": (
        "fn f<t$0>(t: t) -> t { let x: [t; 2] = t; t::new(t) }\n",
        "u",
        "fn f<u>(t: u) -> u { let x: [u; 2] = t; u::new(t) }\n",
    ),
    "a variable that a function inside does not see": (
        "const n: u8 = 1;\nfn f<T>(n$0: u8) { fn g() -> u8 { n } struct S([u8; n]); || n; }\n",
        "m",
        "const n: u8 = 1;\nfn f<T>(m: u8) { fn g() -> u8 { n } struct S([u8; n]); || m; }\n",
    ),
    "from a raw name": (
        "fn f(r#type$0: u8) {\n    g(r#type);\n}\n",
        "kind",
        "fn f(kind: u8) {\n    g(kind);\n}\n",
    ),
    "to a raw name": ("fn f(x$0: u8) { g(x) }\n", "r#type", "fn f(r#type: u8) { g(r#type) }\n"),
    "a raw function": (
        "fn r#match$0() {}\nfn g() { r#match(); }\n",
        "h",
        "fn h() {}\nfn g() { h(); }\n",
    ),
    "raw without need": ("fn f(r#x$0: u8) { g(x, r#x) }\n", "y", "fn f(y: u8) { g(y, y) }\n"),
    "what a function imports": (
        """
function main begin
    import foo its bar
    bar with nothing
end function
function other begin
    import foo its bar as baz
    baz with nothing
end function
module foo begin
    public function b$0ar begin
    end function
end module
""",
        "qux",
        """
function main begin
    import foo its qux
    qux with nothing
end function
function other begin
    import foo its qux as baz
    baz with nothing
end function
module foo begin
    public function qux begin
    end function
end module
""",
    ),
    "from the use of what a function imports": (
        "mod foo { pub fn bar() {} }\nfn f() { use foo::bar; bar$0(); }\n",
        "qux",
        "mod foo { pub fn qux() {} }\nfn f() { use foo::qux; qux(); }\n",
    ),
    "only the format string of a macro": (
        """
fn f(x$0: u8) {
    assert_eq!(s, "{x}");
    assert_eq!("{x}", s, "{x}");
    write!(g("{x}"), "{x}", "{x}");
    println!("{x}", "{x}");
    info!(target: "{x}", "{x}");
    println!["{x} {{x}} x}
        {x}", "{x}"];
}
""",
        "z",
        """
fn f(z: u8) {
    assert_eq!(s, "{x}");
    assert_eq!("{x}", s, "{z}");
    write!(g("{x}"), "{z}", "{x}");
    println!("{z}", "{x}");
    info!(target: "{x}", "{z}");
    println!["{z} {{x}} x}
        {z}", "{x}"];
}
""",
    ),
    "widths in format strings": (
        'fn f(w$0: u8) { format!("{n:0w$} {n:#w$} {n:+w$} {0:-w$.w$} {:w<w$} {w:w$?} {{:w$}}") }\n',
        "z",
        'fn f(z: u8) { format!("{n:0z$} {n:#z$} {n:+z$} {0:-z$.z$} {:w<z$} {z:z$?} {{:w$}}") }\n',
    ),
    "what an argument of a format names": (
        'fn f(x$0: u8) { println!("{x}", g(1), x = x, y = (h!(1, x = 2), x)); println!("{x}") }\n',
        "z",
        'fn f(z: u8) { println!("{x}", g(1), x = z, y = (h!(1, z = 2), z)); println!("{z}") }\n',
    ),
    "what a macro does not see": (
        "macro_rules! m { () => { x } }\nfn f(x$0: u8) { x }\n",
        "y",
        "macro_rules! m { () => { x } }\nfn f(y: u8) { y }\n",
    ),
    "values behind types": (
        "fn f(y$0: u8) { let a: Vec<u8>=y; let b: Vec<Vec<u8>>=y; let c: fn() -> u8 = y; }\n",
        "z",
        "fn f(z: u8) { let a: Vec<u8>=z; let b: Vec<Vec<u8>>=z; let c: fn() -> u8 = z; }\n",
    ),
    "values of constants behind types": (
        "const F: fn(u8) -> u8 = |a| a$0 + 1;\n",
        "b",
        "const F: fn(u8) -> u8 = |b| b + 1;\n",
    ),
    "lifetimes in Rust": ("fn f<'a>(x: &'a$0 u8) {}\n", "b", "fn f<'b>(x: &'b u8) {}\n"),
}
FUNCTION = "function f takes {} begin\n    {}\nend function\n"
REFUSED = [
    ("p dot $0x\n", "y", "Only types"),
    ("function f begin\n    g$0 with 1\nend function\n", "h", "Only types"),
    ("function $0f begin\nend function\n", "a b", "no name"),
    ("function $0f begin\nend function\n", "if", "no name"),
    (FUNCTION.format("$0a of type u8", "let b be 1\n    a plus b"), "b", "clash"),
    (FUNCTION.format("b of type u8", "let $0a be 1\n    b"), "b", "clash"),
    ("impl A { fn $0f() {} }\n", "g", "types"),
    ("macro_rules! m { () => { f() } }\nfn $0f() {}\n", "g", "macro"),
    ("fn f(x$0: u8) { macro_rules! m { () => { x } } m!() }\n", "y", "macro"),
    ("fn f() { fn g$0() {} macro_rules! m { () => { g() } } m!() }\n", "h", "macro"),
    ('fn f(x$0: u8) { macro_rules! m { () => { print!("{x}") } } m!() }\n', "y", "macro"),
    ("mod f {}\nfn $0f() {}\n", "g", "Several"),
    ("enum Way { N$0 }\nfn f(w: Way) { use Way::*; match w { N => 1 } }\n", "M", "hides"),
    ("mod a { pub fn f$0() {} }\nfn g() { use self::a::*; f() }\n", "h", "hides"),
    ("mod a { pub mod b { pub fn f$0() {} } }\nfn g() { use a::b; b::f() }\n", "h", "hides"),
    ("mod a { pub fn f() {} }\nfn h() { use a::f as g; g$0() }\n", "i", "another name"),
    ("fn f() { use a::b; $0b(1) }\n", "c", "another place"),
]


@pytest.mark.parametrize(("marked", "name", "after"), RENAMED.values(), ids=RENAMED)
def test_rename_changes_each_name_and_nothing_else(marked: str, name: str, after: str) -> None:
    assert renamed(marked, name) == after
    assert oxidize(after).diagnostics == ()


@pytest.mark.parametrize(("marked", "name", "reason"), REFUSED)
def test_rename_is_refused_where_it_would_change_more(marked: str, name: str, reason: str) -> None:
    reading, offset = read(marked)
    refused = rename(reading, offset, name)
    assert isinstance(refused, Refusal)
    assert reason in refused.reason


@pytest.mark.parametrize(
    ("marked", "is_seen"),
    [
        ("public function f$0 begin\nend function\n", True),
        ("/// pub\nfunction f$0 begin\nend function\n", False),
        ("pub fn a() {} fn f$0() {}\n", False),
        ("pub(crate) function f begin\n    f$0 with nothing\nend function\n", True),
        ("public enumeration E with variants\n    A$0\nend enumeration\n", True),
        ("enumeration E with variants\n    A$0\nend enumeration\n", False),
        ("module legs\nfunction f$0 begin\nend function\n", True),
        ("module a begin\n    function f$0 begin\n    end function\nend module\n", False),
        ("public function f takes a$0 of type u8 begin\n    a\nend function\n", False),
        ("define macro m$0 begin\nend macro\n", True),
        ("1$0", False),
    ],
)
def test_what_other_files_may_name_is_known(marked: str, is_seen: bool) -> None:
    assert is_seen_elsewhere(*read(marked)) is is_seen


def test_what_can_be_renamed_is_told_first() -> None:
    reading, offset = read("function f takes lo$0ng of type u8 begin\n    long\nend function\n")
    ready = prepare_rename(reading, offset)
    assert isinstance(ready, Renamable)
    assert ready.name == "long"
    assert reading.text[ready.span.start : ready.span.end] == "long"
