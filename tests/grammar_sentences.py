"""Sentences drawn from the rules of the grammar, at random but for a budget of words."""

from __future__ import annotations

from random import Random
from typing import Final

from redox import Phrasebook
from redox.grammar_rules import Rules, is_rule

WORDS: Final = {
    "IDENT": "a b count total item value Config Vec Option x y state list key n u8 String".split(),
    "NAME": "len push get total x1 map_err value with then of".split(),
    "NUM": "0 1 42 0xff 7u8 2.5 1_000".split(),
    "INDEX": "0 1".split(),
    "STRING": ['"text"', '"{}"'],
    "TEXT": ["'c'", 'b"raw"', 'r"\\d"'],
}
"""What stands for the terminals that are no phrases."""


class Drawing:
    """Draws sentences of rules; what has begun is ended by the shortest way once words run out."""

    def __init__(self, book: Phrasebook, rules: Rules, random: Random) -> None:
        self.book, self.random = book, random
        self.rules = rules | {
            "program": (("'function'", "IDENT", "'begin'", "rest_function", "NL"),)
        }
        self.cost = dict.fromkeys(self.rules, 10**6)
        """How many words the shortest text of a rule has, or more."""
        while sum(map(self._is_cheaper, self.rules)):
            continue  # a rule that has become cheaper may make others so

    def _is_cheaper(self, name: str) -> bool:
        cost = min(self._words(one) for one in self.rules[name]) + 1
        is_cheaper = cost < self.cost[name]
        self.cost[name] = min(cost, self.cost[name])
        return is_cheaper

    def _words(self, symbols: tuple[str, ...]) -> int:
        return sum([self.cost[one] if is_rule(one) else 1 for one in symbols])

    def sentence(self, start: str, budget: int) -> str:
        """Draw a text of a rule of about so many words."""
        symbols: list[str] = []
        due = [start]
        while due:
            symbol = due.pop()
            if not is_rule(symbol):
                symbols.append(symbol)
                continue
            alternatives = self.rules[symbol]
            room = budget - len(symbols) - self._words(tuple(due))
            fitting = [one for one in alternatives if self._words(one) < room]
            if not fitting:
                least = min(map(self._words, alternatives))
                fitting = [one for one in alternatives if self._words(one) == least]
            due.extend(reversed(self.random.choice(fitting)))
        return self._said(symbols)

    def _said(self, symbols: list[str]) -> str:
        """Write symbols as a text whose lines stand ever deeper, so that no item is outside."""
        parts: list[str] = []
        depth, gap = 0, ""
        for symbol in symbols:
            if symbol == "NL":
                depth += 1
                parts.append("\n")
                gap = " " * depth
                continue
            parts += [gap, self._word(symbol)]
            gap = " "
        return "".join(parts)

    def _word(self, symbol: str) -> str:
        if symbol[0] == "'":
            return self.book.by_key[symbol[1:-1]].text
        return symbol[1:-1] if symbol[0] == '"' else self.random.choice(WORDS[symbol])
