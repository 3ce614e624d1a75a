"""LALR(1) tables by the method of DeRemer and Pennello (1982), with sets of terminals as bits.

Lark makes the same automaton, state for state, in fifty times as long: `tests/test_lalr.py` holds
the two together. Like Lark's, a conflict between shifting and reducing is settled by shifting, and
one between two rules is an error. No rule may be empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

Production = tuple[int, tuple[int, ...]]
"""A rule's number, and the symbols of one of its alternatives."""
_Item = tuple[int, int]
"""A production, and how many of its symbols have been read."""
_ROOT = 0
"""The rule, and the production, that a whole text is."""


@dataclass(frozen=True)
class Tables:
    """An automaton whose first state is 0: symbols are names of terminals and of rules."""

    shifts: list[dict[str, int]]
    """By state and terminal: the next state."""
    reductions: list[dict[str, int]]
    """By state and terminal, where nothing is shifted: the production that ends here."""
    leads: list[dict[str, int]]
    """By state and rule: the next state."""
    productions: list[tuple[str, int]]
    """The rule of each production, and how many symbols it has."""


class ConflictError(ValueError):
    """Two rules end in one state before one terminal."""


def build(rules: Mapping[str, Sequence[Sequence[str]]], start: str, end: str) -> Tables:
    """Return the tables of rules; `end` is the terminal behind a text, `$root` the rule of all.

    What is no rule's name is a terminal. Raises `ConflictError`.
    """
    names = ["$root", *rules]
    numbers = {name: number for number, name in enumerate(names)}
    for symbol in (s for ways in rules.values() for way in ways for s in way):
        if symbol not in numbers:
            numbers[symbol] = len(names)
            names.append(symbol)
    numbers[end] = len(names)
    names.append(end)
    productions: list[Production] = [(_ROOT, (numbers[start],))]
    for name, ways in rules.items():
        productions += [(numbers[name], tuple(numbers[s] for s in way)) for way in ways]
    count = len(rules) + 1
    moves = _moves(productions, count)
    allowed = _lookaheads(productions, count, moves, numbers[end])
    shifts: list[dict[str, int]] = []
    leads: list[dict[str, int]] = []
    for found in moves:
        shifts.append({names[s]: to for s, to in found.items() if s >= count})
        leads.append({names[s]: to for s, to in found.items() if s < count})
    reductions: list[dict[str, int]] = [{} for _ in moves]
    for (state, production), bits in allowed.items():
        row = reductions[state]
        for symbol in _symbols(bits):
            name = names[symbol]
            if name in shifts[state]:
                continue
            if row.setdefault(name, production) != production:
                both = [names[productions[one][0]] for one in (row[name], production)]
                raise ConflictError(f"before {name} both {' and '.join(both)} end")
    return Tables(shifts, reductions, leads, [(names[a], len(b)) for a, b in productions])


def _moves(productions: list[Production], count: int) -> list[dict[int, int]]:
    """Return by state and symbol the next state."""
    by_rule: list[list[int]] = [[] for _ in range(count)]
    for number, (rule, _) in enumerate(productions):
        by_rule[rule].append(number)
    begun = [_begun(rule, by_rule, productions, count) for rule in range(count)]
    kernels: list[tuple[_Item, ...]] = [((_ROOT, 0),)]
    known = {kernels[0]: 0}
    moves: list[dict[int, int]] = []
    for kernel in kernels:  # what is found is put behind
        found: dict[int, list[_Item]] = {}
        inner: set[int] = set()
        for production, read in kernel:
            symbols = productions[production][1]
            if read < len(symbols):
                found.setdefault(symbols[read], []).append((production, read + 1))
                inner |= begun[symbols[read]] if symbols[read] < count else frozenset()
        for rule in inner:
            for production in by_rule[rule]:
                first = productions[production][1][0]
                found.setdefault(first, []).append((production, 1))
        row: dict[int, int] = {}
        for symbol, items in found.items():
            following = tuple(sorted(items))
            if following not in known:
                known[following] = len(kernels)
                kernels.append(following)
            row[symbol] = known[following]
        moves.append(row)
    return moves


def _begun(
    rule: int, by_rule: list[list[int]], productions: list[Production], count: int
) -> frozenset[int]:
    """Return the rules that may begin where a rule does, itself among them."""
    found, due = {rule}, [rule]
    while due:
        for production in by_rule[due.pop()]:
            first = productions[production][1][0]
            if first < count and first not in found:
                found.add(first)
                due.append(first)
    return frozenset(found)


def _lookaheads(
    productions: list[Production], count: int, moves: list[dict[int, int]], end: int
) -> dict[tuple[int, int], int]:
    """Return by state and production that ends there the terminals that may follow, as bits."""
    leads = [(state, s) for state, row in enumerate(moves) for s in row if s < count]
    number = {lead: index for index, lead in enumerate(leads)}
    follow = [_bits(s for s in moves[moves[state][rule]] if s >= count) for state, rule in leads]
    follow[number[0, productions[_ROOT][1][0]]] |= 1 << end
    by_rule: list[list[int]] = [[] for _ in range(count)]
    for index, (rule, _) in enumerate(productions):
        by_rule[rule].append(index)
    inside: list[list[int]] = [[] for _ in leads]
    """What follows a lead follows also the last rule of its productions."""
    ends: dict[tuple[int, int], list[int]] = {}
    for index, (start, rule) in enumerate(leads):
        for production in by_rule[rule]:
            symbols = productions[production][1]
            state = start
            for symbol in symbols[:-1]:
                state = moves[state][symbol]
            if symbols[-1] < count:
                inside[number[state, symbols[-1]]].append(index)
            ends.setdefault((moves[state][symbols[-1]], production), []).append(index)
    _spread(inside, follow)
    return {place: _either(follow[one] for one in found) for place, found in ends.items()}


def _spread(inside: list[list[int]], follow: list[int]) -> None:
    """Add to each set those of what it is inside of, by strongly connected components."""
    done = len(inside) + 1
    depth = [0] * len(inside)
    open_: list[int] = []
    for root in range(len(inside)):
        if depth[root]:
            continue
        path: list[tuple[int, int, Iterator[int]]] = []
        due: int | None = root
        while due is not None or path:
            if due is not None:
                open_.append(due)
                depth[due] = len(open_)
                path.append((due, len(open_), iter(inside[due])))
                due = None
            node, own, others = path[-1]
            for other in others:
                if not depth[other]:
                    due = other
                    break
                depth[node] = min(depth[node], depth[other])
                follow[node] |= follow[other]
            if due is not None:
                continue
            path.pop()
            least = depth[node]
            if least == own:
                while True:
                    member = open_.pop()
                    depth[member] = done
                    if member == node:
                        break
                    follow[member] = follow[node]
            if path:
                before = path[-1][0]
                depth[before] = min(depth[before], least if least != own else done)
                follow[before] |= follow[node]


def _bits(numbers: Iterator[int]) -> int:
    return _either(1 << number for number in numbers)


def _either(sets: Iterator[int]) -> int:
    found = 0
    for one in sets:
        found |= one
    return found


def _symbols(bits: int) -> Iterator[int]:
    while bits:
        least = bits & -bits
        yield least.bit_length() - 1
        bits ^= least
