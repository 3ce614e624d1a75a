#!/usr/bin/env python3
"""Write again what is made of `redox/grammar.rules`: `make generate` runs it.

`redox/iron.lark` and `redox/iron.llg.lark` are the grammar of canonical Iron, for Lark and for
llguidance, and `redox/iron.tables` what Lark makes of the first, packed. That takes a minute or
two, and is done only if the grammar has changed.

Prints the files that have changed.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lark import Lark
from lark.parsers.lalr_analysis import Shift

from redox import load_phrasebook
from redox.files import read_text, write_text
from redox.grammar_rules import lark_words, load_rules, render_lark, render_llguidance

PACKAGE = Path(__file__).parent.parent / "redox"


def main() -> None:
    """Write what is stale."""
    book, rules = load_phrasebook(), load_rules()
    lark = render_lark(book, rules)
    is_stale = _write("iron.lark", lark)
    _write("iron.llg.lark", render_llguidance(book, rules))
    if is_stale or not (PACKAGE / "iron.tables").exists():
        (PACKAGE / "iron.tables").write_bytes(pack(lark, lark_words(book, rules)))
        print("redox/iron.tables")


def _write(name: str, text: str) -> bool:
    path = PACKAGE / name
    if path.exists() and read_text(path) == text:
        return False
    write_text(path, text)
    print(f"redox/{name}")
    return True


def pack(grammar: str, words: dict[str, str]) -> bytes:
    """Return Lark's tables of a grammar as `redox.grammar.unpack` reads them."""
    lark = _built(grammar)
    table = lark.parser.parser._parse_table
    patterns = {one.name: one.pattern.to_regexp() for one in lark.terminals}
    terminals = sorted({*patterns, "$END"} - {"GAP"})
    number = {name: index for index, name in enumerate(terminals)}
    names = {rule.origin.name for rule in lark.rules} | {"$root_start"}
    name_number = {name: index for index, name in enumerate(sorted(names))}
    rules: dict[Any, int] = {}
    actions: dict[str, int] = {}
    gotos: dict[str, int] = {}
    rows, leads = [], []
    for state in range(len(table.states)):
        row, lead = {}, {}
        for symbol, (action, target) in table.states[state].items():
            if symbol in name_number:
                lead[name_number[symbol]] = target
            elif action is Shift:
                row[number[symbol]] = target
            else:
                row[number[symbol]] = -1 - rules.setdefault(target, len(rules))
        rows.append(actions.setdefault(_flat(row), len(actions)))
        leads.append(gotos.setdefault(_flat(lead), len(gotos)))
    packed = {
        "source": hashlib.sha256(grammar.encode()).hexdigest(),
        "terminals": terminals,
        "patterns": patterns,
        "words": words,
        "actions": [json.loads(row) for row in actions],
        "gotos": [json.loads(row) for row in gotos],
        "rows": rows,
        "leads": leads,
        "rules": [[name_number[rule.origin.name], len(rule.expansion)] for rule in rules],
        "start": table.start_states["start"],
        "final": table.end_states["start"],
    }
    return zlib.compress(json.dumps(packed, separators=(",", ":")).encode(), 9)


def _built(grammar: str) -> Lark:
    """Let Lark build its tables with room enough: it follows how states relate by deep calls."""
    sys.setrecursionlimit(20_000)
    threading.stack_size(1 << 29)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(Lark, grammar, parser="lalr", lexer="contextual").result()


def _flat(row: dict[int, int]) -> str:
    """Return a row as a list: its keys as distances from one to the next, each before its value."""
    flat: list[int] = []
    before = 0
    for key in sorted(row):
        flat += (key - before, row[key])
        before = key
    return json.dumps(flat)


if __name__ == "__main__":
    main()
