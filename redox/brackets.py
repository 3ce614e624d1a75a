"""Brackets of a Rust text matched across its lines, angles told from less-than.

Whether `<` opens a type's arguments cannot be known without parsing; it is guessed from the
spacing and from what stands inside. A wrong guess costs a stiff phrase, never a wrong one.

What a line's tokens could be is found once for all lines of its shape: its `Brackets`. What they
are in this text is a byte for each of them, the line's `Notes`, which nothing else of the text
goes into: so the same line with the same notes is said the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redox.keywords import KEYWORDS
from redox.lexer import Pair
from redox.lexicon import (
    CLOSES,
    FOR_LINE,
    GOES_ON,
    MAY_BEGIN,
    NEW_LINE,
    OPENS_BLOCK,
    behind_comments,
    goes_on_spaced,
)
from redox.lines import Line

Notes = bytes
"""What each bracket of a line is: of an opener `MATCHED`, `HAS_COMMA` and `HAS_BARE`, of `<<` these
of both that it may be, of `>`, `>>` and `>=` how many angles it closes, of another closer whether
it closes `$(`."""

MATCHED: Final = 1
HAS_COMMA: Final = 2
HAS_BARE: Final = 4
"""In it a line of words ends in no mark, though another follows that may begin anew."""
_INNER: Final = 3
"""By how many bits the note of the second bracket that `<<` opens is shifted in its note."""
_BOTH: Final = MATCHED | MATCHED << _INNER
ELSEWHERE: Final = -1
"""The partner of a bracket that goes on over the line's start or end."""

_ENDS_TYPES: Final = frozenset(
    "; && || == != <= => += -= *= /= %= ^= &= |= <<= << . .. ..= @ let if else match while"
    " loop return break continue in struct enum trait type where move use pub mod static".split()
)
_BEFORE_GENERICS: Final = frozenset(("impl", "for", "use", "fn", "dyn", "::"))
_BEFORE_QUALIFIED: Final = frozenset(
    (
        "( [ { , ; = => -> & && * < << : | ! return in as + - mut dyn impl where == != .. ..= :: >"
    ).split()
)
_BEFORE_CONST: Final = frozenset(("<", ",", "="))
_OPENERS: Final = {")": "(", "]": "[", "}": "{"}
_ANGLES: Final = {">": 1, ">>": 2, ">=": 1, ">>=": 2}
"""How many brackets a token that begins with `>` can be."""
_COMMA, _ANGLE, _TWO_ANGLES, _END_ANGLES, _OPEN, _OPEN_BLOCK, _CLOSE, _GIVE_UP = range(8)
_KINDS: Final = {
    **dict.fromkeys(_ENDS_TYPES, _GIVE_UP),
    **dict.fromkeys(_ANGLES, _END_ANGLES),
    **dict.fromkeys(_OPENERS, _CLOSE),
    **dict.fromkeys(_OPENERS.values(), _OPEN),
    ",": _COMMA,
    "<": _ANGLE,
}

_LOOKS_ON: Final = -1
_IF_SPACED: Final = -2
_IF_NO_ANGLE: Final = -3
_ALWAYS_ON: Final = frozenset(
    ". ? = == != <= + / % ^ => -> : , ; += -= *= /= %= ^= &= |= <<= @ << as in else where".split()
)
_ON_IF_SPACED: Final = frozenset("- * & | <".split())
_BEGINS: Final = {
    **dict.fromkeys(_OPENERS, CLOSES),
    **dict.fromkeys(_ANGLES, _IF_NO_ANGLE),
    **dict.fromkeys(_ALWAYS_ON, GOES_ON),
    **dict.fromkeys(_ON_IF_SPACED, _IF_SPACED),
    **dict.fromkeys(("&&", "||"), _LOOKS_ON),
    "{": OPENS_BLOCK,
    "for": FOR_LINE,
}
"""What a line does to the one before it, by its first token of Rust."""
_MAY_BEGIN_ANEW: Final = (NEW_LINE, MAY_BEGIN)
_COMPLETE: Final = ("return", "break", "continue")
"""What may end a line of Iron, though Rust may go on with an operand."""
_AFTER_KEYWORD: Final = (0, KEYWORDS["self"])

Event = tuple[int, int, str, str]
"""What a token may be, its index, the token, and the one before it."""


@dataclass(slots=True)
class Brackets:
    """What the lines of one shape may do to the brackets of a text, and to the line before."""

    events: list[Event]
    begins: int
    """What such a line does to the one before it, if that is known from itself."""
    ends_operand: int
    """Whether its last token ends an operand: no, yes, or if it is an angle."""
    notes: Notes | None = None
    """The notes of such a line, if nothing around it can change them."""
    gives_up: bool = False
    """Whether such a line says of a `<` before it that it was no bracket."""
    has_comma: bool = False
    """Whether such a line has a comma for the bracket around it."""
    is_bare: bool = False
    """Whether such a line is of words alone and could end there."""


@dataclass(slots=True)
class _Open:
    """A bracket that is open, and where its note goes."""

    text: str
    notes: bytearray
    place: int
    before: str
    shift: int = 0
    has_comma: bool = False
    has_bare: bool = False


def brackets_of(line: Line) -> Brackets:
    """Return what a line may do, found once for all lines of its shape."""
    shape = line.shape
    if shape is None:
        return _NO_BRACKETS
    if shape.brackets is None:
        shape.brackets = _find(line)
    return shape.brackets


def _find(line: Line) -> Brackets:
    pairs = line.pairs[: line.code]
    events = _events(pairs)
    start = behind_comments(pairs)
    begins = _BEGINS.get(pairs[start][1], NEW_LINE) if pairs else NEW_LINE
    if begins == _IF_SPACED:
        begins = _LOOKS_ON if goes_on_spaced(pairs, start) else NEW_LINE
    found = Brackets(events, begins, _ends_operand(pairs))
    is_complete = found.ends_operand == 1 or pairs[-1][1] in _COMPLETE
    found.is_bare = is_complete and not any(map(_has_sigil, pairs)) and bool(pairs)
    matcher = _Matcher()
    notes = matcher.match(events)
    if not matcher.stack and not matcher.reaches_out:
        found.notes = bytes(notes)
        found.gives_up, found.has_comma = matcher.gives_up, matcher.has_comma
    return found


def _has_sigil(pair: Pair) -> bool:
    first = pair[1][0]
    is_word = first.isalnum() or first in '_"' or pair[1][:2] == "/*"
    return not is_word and not is_operand_end(pair[1])


def _events(pairs: list[Pair]) -> list[Event]:
    events: list[Event] = []
    before = ""
    for index, (_, token) in enumerate(pairs):
        kind = _KINDS.get(token)
        if kind is not None:
            if kind == _OPEN and token == "{" and before not in _BEFORE_CONST:
                kind = _OPEN_BLOCK
            elif token == "<<" and index and _may_be_angle(pairs, index):
                kind = _TWO_ANGLES  # as in `Vec<<T as Trait>::Item>`
            if not _is_no_angle(kind, pairs, index):
                events.append((kind, index, token, before))
        if (before, token) != ("#", "!"):  # `#![` is an attribute too
            before = token
    return events


def _is_no_angle(kind: int, pairs: list[Pair], index: int) -> bool:
    """Tell whether what could be an angle bracket is none, by its neighbours."""
    if kind == _ANGLE:
        return not _may_be_angle(pairs, index)
    return kind == _END_ANGLES and _would_glue(pairs, index)


def _may_be_angle(pairs: list[Pair], index: int) -> bool:
    """Guess from its neighbours whether `<` may open arguments of a type."""
    is_tight = index + 1 < len(pairs) and not pairs[index + 1][0]
    if not index:
        return is_tight
    before = pairs[index - 1][1]
    if before in _BEFORE_GENERICS:
        return True
    if before in _BEFORE_QUALIFIED:
        return is_tight
    return not pairs[index][0] and (before[0].isalpha() or before[0] in "_$")


def _would_glue(pairs: list[Pair], index: int) -> bool:
    """Tell whether the `=` split off a token such as `>=` would become another with the next."""
    if pairs[index][1][-1] != "=" or index + 1 == len(pairs):
        return False
    gap, following = pairs[index + 1]
    return not gap and following[0] in "=>"


def _ends_operand(pairs: list[Pair]) -> int:
    if not pairs:
        return 1  # nothing but the end of a literal
    token = pairs[-1][1]
    return _IF_NO_ANGLE if token in _ANGLES else int(is_operand_end(token))


def is_operand_end(token: str) -> bool:
    """Tell whether a token ends an operand, as far as it alone can tell."""
    if token in (")", "]", "?"):
        return True
    first = token[0]
    if first.isalpha() or first == "_":
        return KEYWORDS.get(token, 0) in _AFTER_KEYWORD
    return first.isdigit() or first in "\"'" and (token[-1] in "\"'" or '"' in token)


_NO_BRACKETS: Final = Brackets([], NEW_LINE, 0, b"")
"""What is said of lines that are too long to be read."""


class _Matcher:
    """Matches brackets from line to line."""

    def __init__(self) -> None:
        self.stack: list[_Open] = []
        self.reaches_out = False
        """Whether something closed what had not been opened."""
        self.gives_up = False
        self.has_comma = False
        self.ends_attribute = False
        """Whether the last bracket that was closed is an attribute's."""

    def match(self, events: list[Event]) -> bytearray:
        """Match the brackets of a line; what it leaves open gets its note when it closes."""
        notes = bytearray(len(events))
        for place, (kind, _, token, before) in enumerate(events):
            if kind == _COMMA:
                self._comma()
            elif kind == _END_ANGLES:
                notes[place] = self._end_angles(_ANGLES[token])
            elif kind in (_OPEN, _ANGLE):
                self.stack.append(_Open(token, notes, place, before))
            elif kind == _TWO_ANGLES:
                self.stack.append(_Open("<", notes, place, before))
                self.stack.append(_Open("<", notes, place, "<", _INNER))
            else:
                self._give_up_angles()
                if kind == _CLOSE:
                    notes[place] = self._close(_OPENERS[token])
                elif kind == _OPEN_BLOCK:
                    self.stack.append(_Open(token, notes, place, before))
        return notes

    def take(self, brackets: Brackets) -> None:
        """Let a line pass whose own notes are known."""
        if brackets.gives_up:
            self._give_up_angles()
        if brackets.has_comma:
            self._comma()

    def _comma(self) -> None:
        if self.stack:
            self.stack[-1].has_comma = True
        else:
            self.has_comma = True

    def _give_up_angles(self) -> None:
        stack = self.stack
        while stack and stack[-1].text == "<":
            if stack.pop().has_comma:
                self._comma()
        if not stack:
            self.gives_up = True

    def _end_angles(self, most: int) -> int:
        stack = self.stack
        count = 0
        while count < most and count < len(stack) and stack[-1 - count].text == "<":
            count += 1
        if count < most and count == len(stack):
            self.reaches_out = True
        if count < most:
            count = min(count, 1)
        for _ in range(count):
            self._matched()
        return count

    def _close(self, opener: str) -> int:
        if not self.stack:
            self.reaches_out = True
            return 0
        if self.stack[-1].text != opener:
            return 0
        before = self._matched().before
        self.ends_attribute = before == "#"
        return int(before == "$")

    def _matched(self) -> _Open:
        opened = self.stack.pop()
        has_comma = HAS_COMMA if opened.has_comma else 0
        note = MATCHED | has_comma | (HAS_BARE if opened.has_bare else 0)
        opened.notes[opened.place] |= note << opened.shift
        return opened


def match_brackets(lines: list[Line]) -> tuple[list[Notes], list[int]]:
    """Match the brackets of a text.

    Returns each line's notes, and what the next significant line of Rust does to each.
    """
    matcher = _Matcher()
    found: list[Notes | bytearray] = []
    starts = [NEW_LINE] * len(lines)
    before = 0
    was_bare = False
    for number, line in enumerate(lines):
        if not line.is_code:
            found.append(b"")
            continue
        brackets = brackets_of(line)
        around = matcher.stack[-1] if was_bare and matcher.stack else None
        was_bare = brackets.is_bare and not line.head and not line.in_literal
        notes: Notes | bytearray | None = brackets.notes
        if notes is None:
            notes = matcher.match(brackets.events)
            was_bare = was_bare and not matcher.ends_attribute
        elif matcher.stack:
            matcher.take(brackets)
        found.append(notes)
        begins = NEW_LINE if line.head else brackets.begins
        if begins < 0:
            begins = _begins(brackets, notes, lines[before], found[before])
        if around is not None and begins in _MAY_BEGIN_ANEW:
            around.has_bare = True
        for passed in range(before, number):
            starts[passed] = begins
        before = number
    return [bytes(notes) for notes in found], starts


def _begins(
    brackets: Brackets, notes: Notes | bytearray, before: Line, notes_before: Notes | bytearray
) -> int:
    """Tell what a line does to the one before it where that depends on brackets or on it."""
    if brackets.begins == _LOOKS_ON:
        return GOES_ON if _ends_operand_here(before, notes_before) else MAY_BEGIN
    return CLOSES if notes and not brackets.events[0][1] and notes[0] else GOES_ON


def _ends_operand_here(line: Line, notes: Notes | bytearray) -> bool:
    if not line.is_code:
        return False
    brackets = brackets_of(line)
    if brackets.ends_operand != _IF_NO_ANGLE:
        return bool(brackets.ends_operand)
    return bool(notes) and notes[-1] == len(brackets.events[-1][2])


@dataclass(slots=True)
class Tokens:
    """The code of one line of Rust, its brackets matched."""

    text: list[str]
    """What the line is made of; first the rest of a literal that ends here, if one does."""
    gap: list[str]
    partner: dict[int, int]
    """Each bracket's partner, or `ELSEWHERE`; of angles only if brackets."""
    has_comma: set[int]
    """The brackets that hold a comma of their own."""
    ends_repeat: set[int]
    """The brackets that close what `$(` opened."""
    has_bare: set[int]
    """The brackets in which a line of words ends in no mark, so that nothing must be implied."""


def tokens_of(line: Line, notes: Notes) -> Tokens:
    """Take a line apart, and the tokens that are several angles into the brackets they are."""
    pairs = line.pairs[: line.code]
    brackets: list[Bracket] = []
    if notes:
        brackets = [
            (event[1], event[2], note)
            for event, note in zip(brackets_of(line).events, notes, strict=True)
            if (note & _BOTH == _BOTH if event[0] == _TWO_ANGLES else note or event[0] == _CLOSE)
        ]
    if [token for _, token, _ in brackets if len(token) > 1]:
        pairs, brackets = _split_angles(pairs, brackets)
    if line.head:
        pairs = [("", line.head), *pairs]
        brackets = [(index + 1, token, note) for index, token, note in brackets]
    tokens = Tokens([text for _, text in pairs], [gap for gap, _ in pairs], {}, set(), set(), set())
    if brackets:
        _match(tokens, brackets)
    return tokens


Bracket = tuple[int, str, int]
"""The index of a bracket, its token and its note."""


def _split_angles(pairs: list[Pair], brackets: list[Bracket]) -> tuple[list[Pair], list[Bracket]]:
    """Take the tokens that begin or end several types apart into the brackets that they are."""
    apart = list(pairs)
    moved: list[Bracket] = []
    shift = 0
    for index, token, note in brackets:
        place = index + shift
        gap = pairs[index][0]
        if token == "<<":
            parts = [(gap, "<"), ("", "<")]
            moved += [(place, "<", note), (place + 1, "<", note >> _INNER)]
        elif token in _ANGLES:
            rest = token[note:]
            parts = [(gap, ">"), *[("", ">")] * (note - 1), *[("", rest)] * bool(rest)]
            moved += [(place + part, ">", 1) for part in range(note)]
        else:
            moved.append((place, token, note))
            continue
        apart[place : place + 1] = parts
        shift += len(parts) - 1
    return apart, moved


def _match(tokens: Tokens, brackets: list[Bracket]) -> None:
    """Give brackets their partners on this line."""
    stack: list[int] = []
    text, partner = tokens.text, tokens.partner
    for index, token, note in brackets:
        opener = "<" if token == ">" else _OPENERS.get(token)
        if opener is None:
            partner[index] = ELSEWHERE
            if note & HAS_COMMA:
                tokens.has_comma.add(index)
            if note & HAS_BARE:
                tokens.has_bare.add(index)
            stack.append(index)
            continue
        if note and token != ">":
            tokens.ends_repeat.add(index)
        if not stack:
            partner[index] = ELSEWHERE
        elif text[stack[-1]] == opener:
            opened = stack.pop()
            partner[opened], partner[index] = index, opened
