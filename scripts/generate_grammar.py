#!/usr/bin/env python3
"""Write again what is made of `redox/grammar.rules`: `make generate` runs it.

`redox/iron.lark` and `redox/iron.llg.lark` are the grammar of canonical Iron, for Lark and for
llguidance, and `redox/iron.tables` the automaton that Lark makes of the first, packed. `lalr.py`
makes it in seconds, where Lark takes minutes.

Prints the files that have changed.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from pathlib import Path
from typing import Final

from lalr import build

from redox import load_phrasebook
from redox.files import read_text, write_text
from redox.grammar_rules import (
    Rules,
    lark_names,
    lark_words,
    load_rules,
    render_lark,
    render_llguidance,
)

PACKAGE: Final = Path(__file__).parent.parent / "redox"
END: Final = "$END"
TERMINAL: Final = re.compile(r"^([A-Z_0-9]+): /(.*)/$", re.MULTILINE)


def main() -> None:
    """Write what is stale."""
    book, rules = load_phrasebook(), load_rules()
    lark = render_lark(book, rules)
    _write("iron.lark", lark)
    _write("iron.llg.lark", render_llguidance(book, rules))
    path = PACKAGE / "iron.tables"
    tables = pack(lark, rules, lark_names(book, rules), lark_words(book, rules))
    if not path.exists() or zlib.decompress(path.read_bytes()) != tables:
        path.write_bytes(zlib.compress(tables, 9))
        print("redox/iron.tables")


def _write(name: str, text: str) -> None:
    path = PACKAGE / name
    if not path.exists() or read_text(path) != text:
        write_text(path, text)
        print(f"redox/{name}")


def pack(grammar: str, rules: Rules, names: dict[str, str], words: dict[str, str]) -> bytes:
    """Return the tables of a grammar as `redox.grammar.unpack` reads them, not yet compressed."""
    tables = build(
        {rule: [[names.get(s, s) for s in way] for way in ways] for rule, ways in rules.items()},
        "start",
        END,
    )
    patterns = {name: body.replace(r"\/", "/") for name, body in TERMINAL.findall(grammar)}
    terminals = sorted({*patterns, END} - {"GAP"})
    number = {name: index for index, name in enumerate(terminals)}
    name_number = {name: index for index, name in enumerate(sorted(rules))}
    used = sorted({one for row in tables.reductions for one in row.values()})
    productions = [tables.productions[production] for production in used]
    ended = [(name_number[rule], size) for rule, size in productions]
    rule_number = {production: index for index, production in enumerate(used)}
    actions: dict[str, int] = {}
    gotos: dict[str, int] = {}
    rows, leads = [], []
    for shifts, reductions, lead in zip(
        tables.shifts, tables.reductions, tables.leads, strict=True
    ):
        row = {number[name]: state for name, state in shifts.items()}
        row |= {number[name]: -1 - rule_number[one] for name, one in reductions.items()}
        rows.append(actions.setdefault(_flat(row), len(actions)))
        flat = _flat({name_number[name]: state for name, state in lead.items()})
        leads.append(gotos.setdefault(flat, len(gotos)))
    packed = {
        "source": hashlib.sha256(grammar.encode()).hexdigest(),
        "terminals": terminals,
        "patterns": patterns,
        "words": words,
        "actions": [json.loads(row) for row in actions],
        "gotos": [json.loads(row) for row in gotos],
        "rows": rows,
        "leads": leads,
        "rules": ended,
        "start": 0,
        "final": tables.leads[0]["start"],
    }
    return json.dumps(packed, separators=(",", ":")).encode()


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
