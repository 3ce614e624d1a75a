"""The tables of `scripts/lalr.py` are those that Lark makes of the same rules."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parent.parent / "scripts" / "lalr.py"
RULES = {
    "start": [["line"], ["start", "line"]],
    "line": [["sum", "NL"], ["IF", "sum", "line"], ["IF", "sum", "line", "ELSE", "line"]],
    "sum": [["product"], ["sum", "PLUS", "product"]],
    "product": [["value"], ["product", "TIMES", "value"]],
    "value": [["NAME"], ["NAME", "WITH", "list"], ["OPEN", "sum", "CLOSE"]],
    "list": [["sum"], ["list", "AND", "sum"], ["list", "AND", "sum", "DONE"]],
}
"""Left recursion, brackets, and an `else` and a list that only shifting settles."""
Row = dict[str, int | tuple[str, int]]


def _lalr() -> Any:
    spec = importlib.util.spec_from_file_location("lalr", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["lalr"] = module  # where dataclasses look for it
    spec.loader.exec_module(module)
    return module


def test_small_tables_are_those_of_lark() -> None:
    lark = pytest.importorskip("lark")
    terminals = {s for ways in RULES.values() for way in ways for s in way if s.isupper()}
    text = "\n".join(f"{n}: {' | '.join(map(' '.join, ways))}" for n, ways in RULES.items())
    text += "\n" + "\n".join(f'{name}: "{name.lower()}"' for name in sorted(terminals))
    table = lark.Lark(text, parser="lalr", lexer="basic").parser.parser._parse_table
    theirs = [
        {name: _said(*action) for name, action in table.states[state].items()}
        for state in range(len(table.states))
    ]
    tables = _lalr().build(RULES, "start", "$END")
    ours: list[Row] = [
        {**shifts, **{name: tables.productions[one] for name, one in ends.items()}, **leads}
        for shifts, ends, leads in zip(tables.shifts, tables.reductions, tables.leads, strict=True)
    ]
    _match(ours, theirs, table.start_states["start"])


def _said(action: Any, target: Any) -> int | tuple[str, int]:
    is_shift = isinstance(target, int)
    return target if is_shift else (str(target.origin.name), len(target.expansion))


def _match(ours: list[Row], theirs: list[Row], start: int) -> None:
    """Follow both automata together: every state of one is one state of the other."""
    same, due = {start: 0}, [start]
    while due:
        their = due.pop()
        row = ours[same[their]]
        assert row.keys() == theirs[their].keys()
        for name, target in theirs[their].items():
            own = row[name]
            if isinstance(target, int) and isinstance(own, int):
                if target not in same:
                    due.append(target)
                assert same.setdefault(target, own) == own
            else:
                assert own == target
    assert len(set(same.values())) == len(ours) == len(theirs)


def test_two_rules_that_end_alike_are_refused() -> None:
    lalr = _lalr()
    with pytest.raises(lalr.ConflictError, match="before \\$END both first and second end"):
        lalr.build(
            {"start": [["first"], ["second"]], "first": [["A"]], "second": [["A"]]}, "start", "$END"
        )
