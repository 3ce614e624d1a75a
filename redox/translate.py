"""`reduce` and `oxidize`: whole texts in, whole texts out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from redox.diagnostics import Diagnostic
from redox.findings import Finding, LineState, diagnostics_of
from redox.frames import new_root
from redox.lexer import CODE, Mode, split_lines
from redox.lexicon import NEW_LINE, Lexicon, lexicon_of, starts_of
from redox.lines import Line, lex
from redox.machine import Machine, State
from redox.map import Map
from redox.oxidizer import Oxidizer
from redox.phrasebook import Phrasebook, load_phrasebook
from redox.prelude import prelude_length
from redox.reducer import Reducer


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
    lexicon = lexicon_of(book)
    lines = split_lines(iron)
    start = prelude_length(lines)
    machine = Machine(new_root())
    oxidizer = Oxidizer(lexicon, machine)
    out = lines[:start]
    findings: list[Finding] = []
    mode = CODE
    written: dict[tuple[str, State, Mode, int], tuple[str, State]] = {}
    for number, (line, starts) in enumerate(walk(lines, start, lexicon), start):
        if not line.is_code:
            out.append(line.text)
            mode = line.mode
            continue
        key = (line.text, machine.state, mode, starts)
        known = written.get(key)  # lines recur, and the same line in the same place is one
        if known is not None:
            rust, machine.state = known
            out.append(rust)
            mode = line.mode
            continue
        out.append(oxidizer.line(line, starts))
        if not oxidizer.problems:
            written[key] = out[-1], machine.state
        else:
            findings += [Finding(number, mode, problem) for problem in oxidizer.problems]
        mode = line.mode
    rust = "".join(out)
    found = diagnostics_of(
        lines, findings, machine.frame, mode, book, lambda: states_of(iron, book)
    )
    return Translation(rust, Map(iron, rust, book), found)


def reduce(rust: str, phrasebook: Phrasebook | None = None) -> Translation:
    """Turn Rust into Iron: `oxidize` of the result is `rust`, byte for byte.

    Never raises. Line n of the result is line n of `rust`; offsets of diagnostics are of `rust`.
    """
    book = phrasebook or load_phrasebook()
    lines = split_lines(rust)
    start = prelude_length(lines)
    lexed = list(lex_lines(lines[start:]))
    root = new_root()
    reducer = Reducer(book, lexicon_of(book), lexed, root)
    out = lines[:start]
    mode = CODE
    is_whole = True
    for number, line in enumerate(lexed):
        out.append(reducer.line(number, mode))
        is_whole = is_whole and not reducer.oxidizer.problems
        mode = line.mode
    iron = "".join(out)
    is_whole = is_whole and mode == CODE and root is reducer.oxidizer.machine.frame
    # Rust is Iron that means itself, so what is wrong in it is found by reading it as Iron.
    found = () if is_whole else oxidize(rust, book).diagnostics
    return Translation(iron, Map(iron, rust, book), found)


def walk(lines: list[str], start: int, lexicon: Lexicon) -> Iterator[tuple[Line, int]]:
    """Lex the lines from `start`, each with what the next significant line starts with."""
    waiting: list[Line] = []
    for line in lex_lines(lines[start:]):
        if line.is_code and waiting:
            starts = line_starts(line, lexicon)
            for earlier in waiting:
                yield earlier, starts
            waiting.clear()
        waiting.append(line)
    for earlier in waiting:
        yield earlier, NEW_LINE


def lex_lines(lines: list[str]) -> Iterator[Line]:
    """Lex lines in order; what recurs outside literals and comments is lexed once."""
    known: dict[str, Line] = {}
    mode: Mode = CODE
    for text in lines:
        line = known.get(text) if mode == CODE else None
        if line is None:
            line = lex(text, mode)
            if mode == CODE:
                known[text] = line
        mode = line.mode
        yield line


def line_starts(line: Line, lexicon: Lexicon) -> int:
    """Tell what a significant line does to the one before it."""
    return starts_of(lexicon, line.pairs) if line.code and not line.head else NEW_LINE


def states_of(iron: str, book: Phrasebook) -> list[LineState]:
    """Return each line's state and mode at its start, and what the next line starts with.

    Lines of the prelude have none and are left out.
    """
    lexicon = lexicon_of(book)
    lines = split_lines(iron)
    machine = Machine(new_root())
    oxidizer = Oxidizer(lexicon, machine)
    states: list[LineState] = []
    mode = CODE
    for line, starts in walk(lines, prelude_length(lines), lexicon):
        states.append((machine.state, mode, starts))
        oxidizer.line(line, starts)
        mode = line.mode
    return states
