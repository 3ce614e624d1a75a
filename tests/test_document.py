"""`Document`: an edit leaves what a whole translation would, and says which lines it changed.

In the texts `$0` marks where an edit starts, and a second one where it ends.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from redox import Document, oxidize, reduce
from redox.files import read_text
from redox.lexer import split_lines

CURSOR = "$0"
ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "examples").rglob("*.rs"))
SNIPPETS = (
    *("done", " ", "\n", "\r", "\r\n", "end if\n", "end function\n", "function g begin\n"),
    *('"', "/*", "*/", "//", 'r#"', "(", ")", "{", "}", "with ", "and ", "literally ", "x"),
    *("if a then\n", "#!", "---\n", "\ufeff", "\ud800", "match x against\n", "going on", "where\n"),
)


def edit(marked: str, text: str) -> tuple[Document, list[int]]:
    """Put `text` at the cursor; return the document and the numbers of the lines that changed."""
    parts = marked.split(CURSOR)
    start, end = len(parts[0]), len(parts[0]) + len(parts[1] if len(parts) > 2 else "")
    document = Document("".join(parts))
    before = split_lines(document.rust)
    change = document.edit(start, end, text)
    after = split_lines(document.rust)
    first, old, new = change.first_line, change.old_count, change.new_count
    assert before[:first] == after[:first]
    assert before[first + old :] == after[first + new :]
    assert_fresh(document)
    return document, list(range(first, first + new))


def assert_fresh(document: Document) -> None:
    """Assert that a document holds what a whole translation of its Iron gives."""
    whole = oxidize(document.iron)
    assert document.rust == whole.text
    assert document.diagnostics == whole.diagnostics
    assert list(document.map.spans()) == list(whole.map.spans())
    assert document.line_count == len(split_lines(document.iron))


class TestEdit:
    def test_of_one_word_changes_its_line_only(self) -> None:
        document, lines = edit("let x be a\nlet y be $0b$0\nlet z be c\n", "d plus e")
        assert document.rust == "let x = a;\nlet y = d + e;\nlet z = c;\n"
        assert lines == [1]

    def test_may_change_the_significant_line_before(self) -> None:
        document, lines = edit("let x be a\n\n// note\n$0\n", "plus b")
        assert document.rust == "let x = a\n\n// note\n+ b;\n"
        assert lines[0] == 0

    def test_of_a_quote_changes_all_behind_it(self) -> None:
        document, lines = edit('let x be $0a"\nlet y be b\nlet z be "\n', '"')
        assert document.rust == 'let x = "a";\nlet y = b;\nlet z = "\n'
        assert lines == [0, 1, 2]

    def test_of_a_lost_end_does_not_shift_the_next_function(self) -> None:
        iron = (
            "function f begin\n    if a then\n        b\n    $0end if\n$0end function\n"
            "function g begin\n    c\nend function\n"
        )
        document, _ = edit(iron, "\n")
        assert document.rust.endswith("fn g() {\n    c\n}\n")
        assert [one.code for one in document.diagnostics] == ["misnamed-end"]

    def test_of_all_lost_ends_does_not_shift_the_next_function(self) -> None:
        iron = (
            "function f begin\n    if a then\n        b\n$0    end if\nend function\n$0\n"
            "function g begin\n    c\nend function\nfunction h begin\nend function\n"
        )
        document, lines = edit(iron, "")
        assert document.rust.endswith("\n\n} } fn g() {\n    c\n}\nfn h() {\n}\n")
        assert [one.code for one in document.diagnostics] == ["unclosed-block"] * 2
        assert lines == [2, 3, 4]

    def test_may_bring_a_lost_end_back(self) -> None:
        iron = "function f begin\n    a\n$0function g begin\n    b\nend function\nimport c its d\n"
        document, lines = edit(iron, "end function\n")
        assert document.rust == "fn f() {\n    a\n}\nfn g() {\n    b\n}\nuse c::d;\n"
        assert document.diagnostics == ()
        assert lines == [1, 2, 3]

    def test_of_an_item_begun_in_the_middle_does_not_shift_the_next(self) -> None:
        iron = "function f begin\nend function\n$0function g begin\n    b\nend function\n"
        document, lines = edit(iron, "implement A begin\n    function h takes\n")
        assert document.rust.endswith("fn g() {\n    b\n}\n")
        assert lines == [2, 3, 4]

    def test_may_insert_and_remove_lines(self) -> None:
        document, lines = edit("let x be a\n$0let y be b\n", "let v be 1\nlet w be 2\n")
        assert document.rust == "let x = a;\nlet v = 1;\nlet w = 2;\nlet y = b;\n"
        assert lines[:2] == [1, 2]
        document, _ = edit("let x be a\n$0let y be b\n$0let z be c\n", "")
        assert document.rust == "let x = a;\nlet z = c;\n"

    def test_at_both_ends_of_the_text(self) -> None:
        assert edit("$0let x be a", "let w be b\n")[0].rust == "let w = b;\nlet x = a;"
        assert edit("let x be a\n$0", "let y be b")[0].rust == "let x = a;\nlet y = b;"
        assert edit("$0", "let x be a\n")[0].rust == "let x = a;\n"
        assert edit("$0let x be a\n$0", "")[0].rust == ""

    def test_may_join_and_part_a_line_end_of_two_characters(self) -> None:
        assert edit("let x be a\r$0let y be b\n", "\n")[0].line_count == 2
        assert edit("let x be a\r$0\nlet y be b\n", "let z be c")[0].line_count == 3

    def test_may_make_a_prelude(self) -> None:
        document, _ = edit("$0/bin/env x\nlet x be a\n", "#!")
        assert document.rust == "#!/bin/env x\nlet x = a;\n"

    @pytest.mark.parametrize(("start", "end"), [(-1, 0), (2, 1), (0, 99)])
    def test_outside_the_text_is_refused(self, start: int, end: int) -> None:
        document = Document("let x be a\n")
        with pytest.raises(ValueError, match="of this text"):
            document.edit(start, end, "")
        assert document.iron == "let x be a\n"


class TestBudget:
    IRON = "let x be a\n" * 100

    def test_leaves_the_rest_for_later(self) -> None:
        document = Document(self.IRON)
        change = document.edit(4, 4, '"', budget=10)
        assert change.new_count == 10
        assert not document.is_settled
        assert document.rust_line(50) == "let x = a;\n"
        while document.settle(budget=10) is not None:
            pass
        assert_fresh(document)

    def test_another_edit_may_come_before_it_is_settled(self) -> None:
        document = Document(self.IRON)
        document.edit(4, 4, '"', budget=10)
        document.edit(4, 5, "", budget=10)
        document.settle()
        assert document.iron == self.IRON
        assert_fresh(document)

    def test_asking_for_map_or_diagnostics_settles(self) -> None:
        document = Document(self.IRON)
        document.edit(4, 4, '"', budget=10)
        assert [one.code for one in document.diagnostics] == [
            one.code for one in oxidize(document.iron).diagnostics
        ]
        assert document.is_settled
        assert document.settle() is None


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_random_edits_leave_what_a_whole_translation_gives(source: Path, seed: int) -> None:
    chance = random.Random(seed)
    document = Document(reduce(read_text(source)).text)
    for _ in range(25):
        iron = document.iron
        start = chance.randint(0, len(iron))
        end = min(len(iron), start + chance.choice((0, 0, 1, 5, 60)))
        text = chance.choice((*SNIPPETS, "", iron[start : start + 40]))
        before = split_lines(document.rust)
        budget = chance.choice((None, None, 3))
        change = document.edit(start, end, text, budget)
        assert document.iron == iron[:start] + text + iron[end:]
        if budget is None:
            first, old, new = change.first_line, change.old_count, change.new_count
            after = split_lines(document.rust)
            assert before[:first] == after[:first]
            assert before[first + old :] == after[first + new :]
        document.settle()
        assert document.rust == oxidize(document.iron).text
    assert_fresh(document)
