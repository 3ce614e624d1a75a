"""What can stand at a place: the one door between completion and what knows the language.

Here the phrasebook's roles and the machine's state answer. Something that knows Rust's grammar
may take the place of `continuations` without anybody noticing but by better answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from redox import Phrase, Phrasebook, Span
from redox import frames as f
from redox.document import DocumentLine
from redox.keywords import KEYWORDS
from redox.lexer import CODE, Pair
from redox.lexicon import GOES_ON, NEW_LINE
from redox.lines import Line, lex
from redox.machine import Machine
from redox.memory import memory_of
from redox.oxidizer import Oxidizer
from redox.place import State
from redox_lsp.reading import Reading

_OPERAND: Final[Pair] = (" ", "operand_of_iron")
"""What stands for the value that may follow."""
_LONGEST: Final = 5
"""How many words of a phrase may stand before the cursor."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A phrase, and what it would replace: the words of it that are written already."""

    phrase: Phrase
    span: Span
    goes_on: bool = False
    """Whether it goes on with the statement of the line before."""
    is_due: bool = False
    """Whether what stands before calls for it, as `if` does for `then`."""
    words_written: int = 0
    """How many of its words stand before the one at the cursor."""


@dataclass(frozen=True, slots=True)
class Continuations:
    """What can stand at a place."""

    word: Span
    """The word that is being written."""
    written: str
    """What is there of that word."""
    phrases: tuple[Candidate, ...]
    keywords: tuple[str, ...]
    """Words of Rust that Iron shares."""
    takes_name: bool
    """Whether a name that is defined elsewhere can stand here."""
    declares_name: bool
    """Whether a name is declared here."""
    wants_lifetime: bool
    """Whether the name of a lifetime or label stands here."""
    is_start: bool
    """Whether a statement begins here."""
    is_raw: bool
    """Whether all is Rust here, up to a closing bracket."""
    ending: Phrase | None
    """What ends the innermost block that is open."""


def continuations(reading: Reading, offset: int) -> Continuations | None:
    """Tell what can stand at an offset; nothing can be said inside comments and literals."""
    number = reading.line_of(offset)
    base = reading.start_of(number)
    column = offset - base
    written = _written(reading, number, column)
    if written is None:
        return None
    line, state, pairs, word = written
    probe = _Probe(reading.book, line, pairs, state)
    machine = probe.machine_at(len(pairs))
    op = machine.op
    prior = _state_behind(reading, number, GOES_ON) if not pairs and not line.head else None
    found = [*_candidates(probe, word, base + column)]
    if prior is not None:
        on_probe = _Probe(reading.book, line, pairs, prior)
        found += [
            Candidate(one.phrase, one.span, goes_on=True)
            for one in _candidates(on_probe, word, base + column)
            if one.phrase.starts == "on"
        ]
    return Continuations(
        Span(base + column - len(word), base + column),
        word,
        tuple(_unique(found)),
        tuple(_keywords(machine)),
        takes_name=bool(op & (f.OPERAND_ALLOWED | f.NAME | f.CALLABLE_NAME | f.LIFETIME_NAME)),
        declares_name=bool(op & f.NAME_WANTED & ~f.LIFETIME_NAME),
        wants_lifetime=op == f.LIFETIME_NAME,
        is_start=not machine.stmt & f.FILLED and bool(op & f.OPERAND_ALLOWED),
        is_raw=op == f.RAW,
        ending=_ending(machine, reading.book),
    )


def machine_behind(reading: Reading, number: int, starts: int = NEW_LINE) -> Machine | None:
    """Return the machine behind a line, as if the next one started as `starts` says."""
    iron, _, state, mode, _ = reading.rows[number]
    if state is None or mode is None:
        return None
    oxidizer = Oxidizer(memory_of(reading.book), Machine(*state))
    oxidizer.line(lex(iron, mode), starts)
    return oxidizer.machine


def needs_escape(reading: Reading, offset: int, name: str) -> bool:
    """Tell whether a name, written at an offset, would be read as a phrase."""
    if name not in reading.book.by_word:
        return False
    number = reading.line_of(offset)
    written = _written(reading, number, offset - reading.start_of(number))
    if written is None:
        return False
    line, state, pairs, _ = written
    probe = _Probe(reading.book, line, pairs, state)
    machine = probe.machine_at(len(pairs))
    if machine.op == f.RAW:
        return False
    return any(
        probe.found([*pairs, (" ", name), *behind], len(pairs), machine) is not None
        for behind in ([], [_OPERAND])
    )


# ---- where the cursor is ----


def _written(
    reading: Reading, number: int, column: int
) -> tuple[Line, State, list[Pair], str] | None:
    """Return a line, the state at its start, the lexemes before a column, and the word there.

    None stands for a place inside a literal or comment, or before any Rust.
    """
    iron, _, state, mode, _ = (
        reading.rows[number] if number < reading.line_count else _line_behind(reading)
    )
    if state is None or mode is None:
        return None
    line = lex(iron, mode)
    typed = _typed(line, column)
    if typed is None:
        return None
    pairs, word = typed
    if not pairs and not line.head:
        state = _state_behind(reading, number, NEW_LINE) or state
    return line, state, pairs, word


def _line_behind(reading: Reading) -> DocumentLine:
    """Return the empty line behind a text that ends with a line end."""
    last = reading.line_count - 1
    if last >= 0:
        iron, _, state, mode, _ = reading.rows[last]
        if state is None or mode is None:
            return "", "", state, mode, NEW_LINE
        mode = lex(iron, mode).mode
        machine = machine_behind(reading, last)
        return "", "", machine.state if machine else None, mode, NEW_LINE
    return "", "", Machine(f.new_root()).state, CODE, NEW_LINE


def _typed(line: Line, column: int) -> tuple[list[Pair], str] | None:
    """Return the lexemes before the word at a column, and the word as far as it is written.

    None stands for a place inside a literal or comment.
    """
    place = len(line.head)
    if column < place or line.head and not line.pairs and line.mode != CODE:
        return None
    pairs: list[Pair] = []
    for gap, lexeme in line.pairs:
        start = place + len(gap)
        end = start + len(lexeme)
        is_word = lexeme[0].isalpha() or lexeme[0] == "_"
        if start >= column:
            break
        if column <= end and is_word and not lexeme.endswith(('"', "'", "#")):
            return pairs, lexeme[: column - start]
        is_open = column == end and lexeme.startswith(("//", "/*"))
        if column < end or is_open:
            return None
        pairs.append((gap, lexeme))
        place = end
    return pairs, ""


class _Probe:
    """Runs the machine over the lexemes before a place."""

    def __init__(self, book: Phrasebook, line: Line, pairs: list[Pair], state: State) -> None:
        self.book = book
        self.memory = memory_of(book)
        self.line = line
        self.pairs = pairs
        self.state = state

    def written(self, count: int) -> Oxidizer:
        """Write the first lexemes of the line."""
        oxidizer = Oxidizer(self.memory, Machine(*self.state))
        oxidizer.start(self.line)
        oxidizer.code(self.pairs, count, self.line.head)
        return oxidizer

    def machine_at(self, count: int) -> Machine:
        """Return the machine behind `count` lexemes, as if a value followed.

        A phrase that wants a value is one only before a value; so the last phrase is looked for
        with one behind it.
        """
        with_operand = [*self.pairs[:count], _OPERAND]
        for first in range(max(0, count - _LONGEST), count):
            oxidizer = self.written(first)
            phrase = self.found(with_operand, first, oxidizer.machine)
            if phrase is None or first + len(phrase.words) != count:
                continue
            if phrase.role == "escape":
                oxidizer.machine.op = f.NAME
            elif phrase.role != "mark":
                oxidizer.machine.apply(phrase)
            return oxidizer.machine
        return self.written(count).machine

    def found(self, pairs: list[Pair], index: int, machine: Machine) -> Phrase | None:
        """Return the phrase that begins with the lexeme at `index`."""
        entry = self.memory.lexicon.get(pairs[index][1])
        if entry is None or not entry.phrases or machine.op == f.RAW:
            return None
        recogniser = Oxidizer(self.memory, machine).recogniser
        return recogniser.find(entry, pairs, index, len(pairs))


def _state_behind(reading: Reading, number: int, starts: int) -> State | None:
    """Return the state behind the significant line before a line that starts as `starts` says."""
    before = min(number, reading.line_count) - 1
    while before >= 0 and reading.is_blank(before):
        before -= 1
    machine = machine_behind(reading, before, starts) if before >= 0 else None
    return machine.state if machine is not None else None


# ---- phrases ----


def _candidates(probe: _Probe, word: str, cursor: int) -> Iterator[Candidate]:
    count = len(probe.pairs)
    start = cursor - len(word)
    for back in range(min(count, _LONGEST - 1), -1, -1):
        if back and probe.pairs[count - back][1] not in probe.book.by_word:
            continue
        written = tuple(lexeme for _, lexeme in probe.pairs[count - back :])
        fitting = [
            phrase
            for phrase in probe.book.phrases
            if len(phrase.words) > back
            and phrase.words[:back] == written
            and (phrase.words[back].startswith(word) or not back and phrase.rust.startswith(word))
            and phrase.role != "spelled"
        ]
        if not fitting:
            continue
        machine = probe.machine_at(count - back)
        if machine.op == f.RAW:
            continue
        length = _length(probe, count - back, start)
        for phrase in fitting:
            if _is_accepted(probe, phrase, count - back, machine):
                span = Span(start - length, cursor)
                is_due = _is_due(phrase, machine, probe.book)
                yield Candidate(phrase, span, is_due=is_due, words_written=back)


def _length(probe: _Probe, first: int, start: int) -> int:
    """Return how far before `start` the lexeme `first` begins."""
    if first == len(probe.pairs):
        return 0
    place = len(probe.line.head)
    begin = 0
    for index, (gap, lexeme) in enumerate(probe.pairs):
        place += len(gap)
        if index == first:
            begin = place
        place += len(lexeme)
    following = probe.line.pairs[len(probe.pairs) :]
    gap_after = len(following[0][0]) if following else len(probe.line.tail)
    return place + gap_after - begin


def _is_accepted(probe: _Probe, phrase: Phrase, first: int, machine: Machine) -> bool:
    if not phrase.places & machine.op:
        return False
    if _is_of_macros(phrase, probe.book) and not machine.frame.closes & f.MACRO_BIT:
        return False
    if phrase.key == "case" and machine.frame.kind.ends_line != f.CASE:
        return False
    words = [*probe.pairs[:first], *((" ", word) for word in phrase.words)]
    return any(
        probe.found([*words, *behind], first, machine) is phrase for behind in ([_OPERAND], [])
    )


def _is_due(phrase: Phrase, machine: Machine, book: Phrasebook) -> bool:
    """Tell whether a phrase opens the block that a head at hand calls for, or a case."""
    if phrase.key == "case":
        return True
    if phrase.role != "block" or phrase.opens:
        return False
    frame = machine.frame
    while frame.parent is not None and frame.kind.soft and not frame.multi:
        frame = frame.parent
    if not frame.kind.is_head:
        return False
    has_own = any(frame.kind.name in one.heads for one in book.phrases)
    return frame.kind.name in phrase.heads if has_own else not phrase.heads


def _is_of_macros(phrase: Phrase, book: Phrasebook) -> bool:
    """Tell whether a phrase is for the definitions of macros alone."""
    definition = book.by_key["define macro"]
    return phrase is not definition and phrase.iron_example.startswith(definition.text)


def _unique(found: list[Candidate]) -> Iterator[Candidate]:
    seen = set()
    for one in found:
        if one.phrase.key not in seen:
            seen.add(one.phrase.key)
            yield one


def _ending(machine: Machine, book: Phrasebook) -> Phrase | None:
    """Return the phrase that ends the innermost block of Iron."""
    frame: f.Frame | None = machine.frame
    while frame is not None and not frame.kind.is_rust:
        if frame.kind.end and not (frame.kind.soft and not frame.multi):
            return next(
                (one for one in book.phrases if (one.role, one.opens) == ("end", frame.kind.end)),
                None,
            )
        frame = frame.parent
    return None


# ---- words of Rust ----

_AT_START: Final = "let if match while for loop return break continue unsafe const static type"
_AS_VALUE: Final = "if match loop unsafe async move self Self super crate true false return break"


def _keywords(machine: Machine) -> Iterator[str]:
    op = machine.op
    if op == f.RAW:
        return
    if op & f.OPERAND_ALLOWED:
        is_start = not machine.stmt & f.FILLED
        words = f"{_AT_START} trait self Self super crate" if is_start else _AS_VALUE
        yield from (word for word in words.split() if word in KEYWORDS)
    if op & f.AFTER_ALLOWED:
        yield "as"
        kind = machine.frame.kind
        if kind.is_head:
            yield {"for": "in"}.get(kind.name, "where")
