"""`reduce` and `oxidize`: whole texts in, whole texts out."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate

from redox.diagnostics import Diagnostic
from redox.findings import Finding, LineState, diagnostics_of
from redox.lexer import CODE, split_lines
from redox.machine import Machine
from redox.map import Map
from redox.memory import memory_of
from redox.oxidizer import Oxidizer
from redox.phrasebook import Phrasebook, load_phrasebook
from redox.prelude import prelude_length


@dataclass(frozen=True, slots=True)
class Translation:
    """What a translation gives: the other text, the map between both, and what is wrong."""

    text: str
    map: Map = field(repr=False, compare=False)
    diagnostics: tuple[Diagnostic, ...] = ()


def oxidize(iron: str, phrasebook: Phrasebook | None = None) -> Translation:
    """Turn Iron into Rust. Rust is Iron that means itself.

    Never raises: what is wrong comes back as diagnostics, whose offsets are of `iron`, beside
    the best text. Line n of the result is line n of `iron`.
    """
    book = phrasebook or load_phrasebook()
    memory = memory_of(book)
    lines = split_lines(iron)
    start = prelude_length(lines)
    oxidizer = Oxidizer(memory, Machine(memory.root))
    out = lines[:start]
    findings: list[Finding] = []
    mode = CODE
    for number, (line, starts) in enumerate(memory.walk(lines[start:]), start):
        if line.is_code:
            out.append(oxidizer.line(line, starts))
            if oxidizer.problems:
                findings += [Finding(number, mode, problem) for problem in oxidizer.problems]
        else:
            out.append(lines[number])
        mode = line.mode
    rust = "".join(out)
    found = diagnostics_of(
        lines,
        lambda: list(accumulate(map(len, lines), initial=0)),
        findings,
        oxidizer.machine.frame,
        mode,
        book,
        lambda: states_of(iron, book),
    )
    return Translation(rust, Map(iron, rust, book), found)


def reduce(rust: str, phrasebook: Phrasebook | None = None) -> Translation:
    """Turn Rust into Iron: `oxidize` of the result is `rust`, byte for byte.

    Never raises. Line n of the result is line n of `rust`; offsets of diagnostics are of `rust`.
    """
    from redox.reducer import Reducer  # who only oxidizes, as `redox cargo` does, waits for less

    book = phrasebook or load_phrasebook()
    memory = memory_of(book)
    lines = split_lines(rust)
    start = prelude_length(lines)
    lexed = list(memory.lines(lines[start:]))
    reducer = Reducer(memory, lexed)
    out = lines[:start]
    mode = CODE
    for number, line in enumerate(lexed):
        out.append(reducer.line(number, mode) if line.is_code else lines[start + number])
        mode = line.mode
    iron = "".join(out)
    is_whole = reducer.is_clean and mode == CODE and reducer.oxidizer.machine.frame is memory.root
    # Rust is Iron that means itself, so what is wrong in it is found by reading it as Iron.
    found = () if is_whole else oxidize(rust, book).diagnostics
    return Translation(iron, Map(iron, rust, book), found)


def states_of(iron: str, book: Phrasebook) -> list[LineState]:
    """Return each line's state and mode at its start, and what the next line starts with.

    Lines of the prelude have none and are left out.
    """
    memory = memory_of(book)
    lines = split_lines(iron)
    machine = Machine(memory.root)
    oxidizer = Oxidizer(memory, machine)
    states: list[LineState] = []
    mode = CODE
    for line, starts in memory.walk(lines[prelude_length(lines) :]):
        states.append((machine.state, mode, starts))
        oxidizer.line(line, starts)
        mode = line.mode
    return states
