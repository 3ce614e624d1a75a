"""Every diagnostic: its code, where it points, and what its fix makes of the text.

In the texts `[[…]]` marks the finding and `<<…>>` the place that it refers to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from redox import Diagnostic, Edit, Severity, oxidize, reduce

MARK = re.compile(r"\[\[|\]\]|<<|>>")
PAGE = Path(__file__).parent.parent / "docs" / "diagnostics.md"


@dataclass(frozen=True, slots=True)
class Fault:
    """Iron with a fault: its code, the marked text, and the text mended, if that is known."""

    code: str
    marked: str
    mended: str | None = None

    @property
    def iron(self) -> str:
        return MARK.sub("", self.marked)


FAULTS = [
    Fault("unknown-phrase", "let x be a [[plsu]] 1\n", "let x be a plus 1\n"),
    Fault("unknown-phrase", "let x be a [[shazam]] 1\n"),
    Fault("unknown-phrase", "let x be 1 [[let]] y be 2\n"),
    Fault("unknown-phrase", "return x [[return]] y\n"),
    Fault("unknown-phrase", "g with 1 [[2]]\n"),
    Fault("unknown-phrase", "g with x [['a']]\n"),
    Fault("unknown-phrase", 'let x of type str [["a"]]\n'),
    Fault("unknown-phrase", "x [[is equal to]] 5\n", "x equals 5\n"),
    Fault("unknown-phrase", "let y be x [[mod]] 2\n", "let y be x modulo 2\n"),
    Fault("unknown-phrase", "let y be x [[divided]] 2\n", "let y be x divided by 2\n"),
    Fault("unknown-phrase", "[[functon]] f begin\n", "function f begin\n"),
    Fault("unknown-phrase", "let [[mutabel]] x be 1\n", "let mutable x be 1\n"),
    Fault("unknown-phrase", "[[retrun]] x\n", "return x\n"),
    Fault("unknown-phrase", "let mutable x [[as]] u8 be 1\n", "let mutable x of type u8 be 1\n"),
    Fault(
        "unknown-phrase",
        "let x be S with fields a [[be]] 1 and b set to 2\n",
        "let x be S with fields a set to 1 and b set to 2\n",
    ),
    Fault(
        "unknown-phrase",
        "function f takes a [[as]] u8 begin\nend function\n",
        "function f takes a of type u8 begin\nend function\n",
    ),
    Fault(
        "unknown-phrase",
        "structure S begin\n    a [[as]] u8\nend structure\n",
        "structure S begin\n    a of type u8\nend structure\n",
    ),
    Fault("unknown-phrase", "[[for each]] x in xs do\nend for\n", "for x in xs do\nend for\n"),
    Fault("unknown-phrase", "let y [[of typ]] u8\n", "let y of type u8\n"),
    Fault("unknown-phrase", "x [[is greather than]] 2\n", "x is greater than 2\n"),
    Fault("unknown-phrase", "let y be x [[is more than]] 2\n", "let y be x is greater than 2\n"),
    Fault("unknown-phrase", "x [[is greater than or equal to]] 2\n", "x is at least 2\n"),
    Fault("unknown-phrase", "let y be f with a or return [[b]]\n"),
    Fault("unknown-phrase", "let y be x [[calling modulo]] 2\n", "let y be x modulo 2\n"),
    Fault("unknown-phrase", "let y be xs calling map with x [[giving]] x\n"),
    Fault("unknown-phrase", "x [[do]]\n"),
    Fault(
        "unknown-phrase",
        "function f begin\n    if a then 1 [[else if]] b then 2 end if\nend function\n",
        "function f begin\n    if a then 1 otherwise if b then 2 end if\nend function\n",
    ),
    Fault(
        "unknown-phrase",
        "function f begin\n    while a [[then]]\n        g with a\n    end while\nend function\n",
        "function f begin\n    while a do\n        g with a\n    end while\nend function\n",
    ),
    Fault(
        "unknown-phrase",
        "function f begin\n    if a calling b[[:]]\n        c\n    end if\nend function\n",
        "function f begin\n    if a calling b then\n        c\n    end if\nend function\n",
    ),
    Fault(
        "unknown-phrase",
        "function f takes a of type i32 returns i32 [[do]] // all\n    a\nend function\n",
        "function f takes a of type i32 returns i32 begin // all\n    a\nend function\n",
    ),
    Fault(
        "unknown-phrase",
        "structure S[[:]]\n    a of type i32\nend structure\n",
        "structure S begin\n    a of type i32\nend structure\n",
    ),
    Fault(
        "stray-comma",
        "function f begin\n    if a [[and]] b then c end if\nend function\n",
        "function f begin\n    if a and also b then c end if\nend function\n",
    ),
    Fault("missing-value", "function f begin\n    let x be\n    [[let]] y be 2\nend function\n"),
    Fault("missing-value", "function f begin\n    x becomes y plus\n[[end function]]\n"),
    Fault("missing-value", "function f begin\n    if x equals [[then]] y end if\nend function\n"),
    Fault("missing-value", "function f begin\n    let x be a calling\n[[end function]]\n"),
    Fault("stray-quote", "g with [['None']]\n", 'g with "None"\n'),
    Fault(
        "stray-quote",
        "m macro with [['two words']] and 'c'\n",
        "m macro with \"two words\" and 'c'\n",
    ),
    Fault("stray-quote", "g with a[[']]\n"),
    Fault(
        "missing-opener",
        "function f begin\n    if a equals [[b]]\n        c\n    end if\nend function\n",
        "function f begin\n    if a equals b then\n        c\n    end if\nend function\n",
    ),
    Fault(
        "missing-opener",
        "function f begin\n    for x in [[xs]] // all\n        c\n    end for\nend function\n",
        "function f begin\n    for x in xs do // all\n        c\n    end for\nend function\n",
    ),
    Fault(
        "missing-opener",
        "function f takes a of type i32 gives [[i32]] // all\n\n    g with a\n<<end function>>\n",
        "function f takes a of type i32 gives i32 begin // all\n\n    g with a\nend function\n",
    ),
    Fault(
        "missing-opener",
        "implement [[S]]\n    function f begin\n    end function\n<<end implement>>\n",
        "implement S begin\n    function f begin\n    end function\nend implement\n",
    ),
    Fault(
        "missing-opener",
        "structure S [[with]]\n    a of type u8\n<<end structure>>\n\nuse a\n",
        "structure S begin\n    a of type u8\nend structure\n\nuse a\n",
    ),
    Fault(
        "missing-opener",
        "function f begin\n    let y be match a [[with]]\n    <<end match>>\nend function\n",
        "function f begin\n    let y be match a against\n    end match\nend function\n",
    ),
    Fault(
        "missing-opener",
        "function f begin\n    [[loop]] // on\n        g\n    <<end loop>>\nend function\n",
        "function f begin\n    loop do // on\n        g\n    end loop\nend function\n",
    ),
    Fault("nothing-to-close", "function f begin\nend function\n\n[[end function]]\n"),
    Fault("nothing-to-close", "function f\n\nstatic X as i32 be 1\n[[end function]]\n"),
    Fault(
        "nothing-to-close",
        "function f begin\n    g with a done [[done]]\nend function\n",
        "function f begin\n    g with a done \nend function\n",
    ),
    Fault("nothing-to-close", "[[end if]]\n", "\n"),
    Fault(
        "misnamed-end",
        "function f begin\n    for n in xs <<do>>\n        g with n\n    [[end function]]\n",
        "function f begin\n    for n in xs do\n        g with n\n    end for\n",
    ),
    Fault(
        "misnamed-end",
        "function f begin\r\n    for n in xs <<do>>\r\n        g with n\r\n[[end function]]\r\n",
        "function f begin\r\n    for n in xs do\r\n        g with n\r\n    end for\r\n"
        "end function\r\n",
    ),
    Fault(
        "misnamed-end",
        "function f begin for n in xs <<do>> g with n [[end function]]\n",
        "function f begin for n in xs do g with n end for end function\n",
    ),
    Fault(
        "wrong-end",
        "function f begin\n    unsafe <<begin>>\n        g\n    [[end unsafe]]\nend function\n",
        "function f begin\n    unsafe begin\n        g\n    end block\nend function\n",
    ),
    Fault(
        "stray-bracket",
        "function f begin\n    let x be a[[)]]\nend function\n",
        "function f begin\n    let x be a\nend function\n",
    ),
    Fault(
        "needs-escape",
        "let x be p calling [[hash sign]]\n",
        "let x be p calling literally hash sign\n",
    ),
    Fault(
        "rust-statement",
        "function f begin\n    [[g(x)]]\n    h with x\nend function\n",
        "function f begin\n    g(x);\n    h with x\nend function\n",
    ),
    Fault(
        "rust-statement",
        "structure A with fields\n    [[x: u8]]\n    y of type u8\nend structure\n",
        "structure A with fields\n    x: u8,\n    y of type u8\nend structure\n",
    ),
    Fault(
        "unclosed-block",
        "function f [[begin]]\n    g with a\n<<>>",
        "function f begin\n    g with a\nend function\n",
    ),
    Fault(
        "unclosed-block",
        "function f [[begin]]\n    a\n\n/// Of g.\n<<public>> module g begin\nend module\n",
        "function f begin\n    a\nend function\n\n/// Of g.\npublic module g begin\nend module\n",
    ),
    Fault(
        "unclosed-block",
        "function f begin\nend function\nmodule m begin\n    function f [[begin]]\n"
        "    <<function>> g begin\n    end function\nend module\n",
        "function f begin\nend function\nmodule m begin\n    function f begin\n    end function\n"
        "    function g begin\n    end function\nend module\n",
    ),
    Fault("unclosed-bracket", "f [[with]]\n    a\n<<>>"),
    Fault("unclosed-bracket", "f [[with]]\n    a\n<<import>> b its c\n"),
    Fault("unclosed-bracket", "fn f() [[{]]\n    g(x);\n<<>>"),
    Fault("unclosed-bracket", "function f begin\n    g [[with]]\n        a\n<<end function>>\n"),
    Fault("unclosed-string", 'let s be [["never closed]]\n'),
    Fault("unclosed-string", 'let s be [[r#"never closed"]]\n'),
    Fault("unclosed-comment", "let x be y [[/* never closed]]\nat all\n"),
]


def marked_text(text: str, found: Diagnostic) -> str:
    """Mark a finding and what it refers to in its text."""
    marks = [(found.span.end, "]]"), (found.span.start, "[[")]
    for near in found.related:
        marks += [(near.span.end, ">>"), (near.span.start, "<<")]
    for offset, mark in sorted(marks, key=lambda one: -one[0]):
        text = text[:offset] + mark + text[offset:]
    return text


def apply(edit: Edit, text: str) -> str:
    return text[: edit.span.start] + edit.text + text[edit.span.end :]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.code}: {fault.iron.strip()!r}")
class TestFault:
    def test_points_at_its_place(self, fault: Fault) -> None:
        found = next(one for one in oxidize(fault.iron).diagnostics if one.code == fault.code)
        assert marked_text(fault.iron, found) == fault.marked

    def test_fix_mends_it(self, fault: Fault) -> None:
        found = next(one for one in oxidize(fault.iron).diagnostics if one.code == fault.code)
        assert bool(found.fix) == bool(found.fix_title)
        if fault.mended is None:
            return
        assert found.fix is not None
        mended = apply(found.fix, fault.iron)
        assert mended == fault.mended
        assert fault.code not in [one.code for one in oxidize(mended).diagnostics]

    def test_has_a_section_in_the_docs(self, fault: Fault) -> None:
        assert f"\n## `{fault.code}`\n" in PAGE.read_text(encoding="utf-8")


def test_docs_describe_only_what_there_is() -> None:
    described = re.findall(r"^## `([\w-]+)`$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    strict = {"not-canonical"}  # tests/test_grammar.py has it
    assert sorted(described) == sorted({fault.code for fault in FAULTS} | strict)


def test_what_is_right_has_none() -> None:
    assert oxidize("function f begin\n    g with a\nend function\n").diagnostics == ()
    assert oxidize("fn f() {\n    g(a)\n}\n").diagnostics == ()


def test_warnings_are_what_may_be_meant() -> None:
    found = {one.code: one.severity for fault in FAULTS for one in oxidize(fault.iron).diagnostics}
    warnings = {code for code, severity in found.items() if severity is Severity.WARNING}
    assert warnings == {"needs-escape", "rust-statement"}


def test_come_in_the_order_of_the_text() -> None:
    starts = [one.span.start for one in oxidize("end if\nlet x be a b\nend for\n").diagnostics]
    assert starts == sorted(starts)
    assert len(starts) == 3


def test_blocks_that_are_lost_one_after_the_other_are_told_apart() -> None:
    iron = "function f begin\nfunction g begin\nfunction h begin\nend function\n"
    assert [marked_text(iron, found) for found in oxidize(iron).diagnostics] == [
        "function f [[begin]]\n<<function>> g begin\nfunction h begin\nend function\n",
        "function f begin\nfunction g [[begin]]\n<<function>> h begin\nend function\n",
    ]


def test_those_of_reduce_have_offsets_of_the_rust() -> None:
    rust = 'fn f() {\n    let s = "never closed;\n}\n'
    (string,) = [one for one in reduce(rust).diagnostics if one.code == "unclosed-string"]
    assert rust[string.span.start : string.span.end] == '"never closed;'


def test_are_at_most_a_thousand_of_a_text() -> None:
    assert 500 < len(oxidize("end if\n" * 5_000).diagnostics) <= 1_100


def test_a_bracket_where_a_block_should_begin_is_told_of_once() -> None:
    iron = "structure S with\n    a of type u8\nend structure\n"
    assert [one.code for one in oxidize(iron).diagnostics] == ["missing-opener"]


def test_a_value_may_be_cast_wherever_it_stands() -> None:
    iron = (
        "function f takes a of type array of u8 repeated N as usize begin\n"
        "    let x of type u8 be a at index 0 as u8\n"
        "    if let Some with y be g with x as u16 then y as u8 otherwise x end if\n"
        "    let z be closure y of type u8 giving y as u16\n"
        "    for w in x as u16 up to y as u16 do\n    end for\n"
        "    S with fields a set to x as u16 done discarded m macro with let a as u8\n"
        "end function\n"
        "use a as b\n"
    )
    assert oxidize(iron).diagnostics == ()


def test_a_pattern_may_be_bound_whatever_it_holds() -> None:
    iron = (
        "let Some with S with fields a and b set to c be d\n"
        "static F of type function taking u8 be g\n"
        "function f begin\n    if let Some with Ok with x be y then\n    end if\nend function\n"
    )
    assert oxidize(iron).diagnostics == ()
