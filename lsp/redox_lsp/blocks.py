"""Which openers and closers belong together, over a whole text.

Within a line they are matched once and kept with it; over lines only what a line leaves open or
closes is looked at again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from redox_lsp.reading import BLOCKS, Kept, Kind, Reading, Token
from redox_lsp.scopes.declarations import Place

_CLOSER_OF: Final = {"(": ")", "[": "]", "{": "}", "<": ">", "|": "|"}
_CLOSERS: Final = frozenset(")]}")
_ITEMS: Final = frozenset("fn impl trait mod struct enum union macro_rules extern".split())
_FLOW: Final = frozenset("if match while for loop".split())
_WEAK: Final = frozenset(("else", "unsafe", "async", "extern", "const", ""))
"""Words that give way to a stronger one behind them as the head of a block."""


class Head(NamedTuple):
    """The keyword of a block, and where it stands."""

    word: str
    start: int
    end: int
    line: int = -1
    """The line that it stands on, where its block opens on a later one."""


class Half(NamedTuple):
    """An opener or closer on a line."""

    text: str
    start: int
    end: int
    head: Head | None = None
    is_else: bool = False
    """Whether it goes on with the block that ended before it."""


class LineBlocks(NamedTuple):
    """The openers and closers of a line."""

    pairs: tuple[tuple[Half, Half], ...]
    closes: tuple[Half, ...]
    opens: tuple[Half, ...]
    head: Head | None
    """A keyword whose block opens on a later line."""


@dataclass(frozen=True, slots=True)
class Block:
    """An opener and its closer; both places may be empty where nothing says them."""

    text: str
    opener: Place
    closer: Place | None
    head: Place | None = None
    word: str = ""
    chain: int = -1
    """The number of the first of the blocks that `else` joins."""

    @property
    def first(self) -> Place:
        """Return where its head stands, or its opener."""
        return self.head or self.opener


def blocks_of(reading: Reading) -> tuple[Block, ...]:
    """Return all blocks of a text that begin and end on different lines, in order of their ends.

    Those that nothing closes come last.
    """
    known = reading.notes.get(_BLOCKS)
    if known is None:
        known = reading.notes[_BLOCKS] = tuple(_match(reading))
    assert isinstance(known, tuple), "nobody else keeps blocks"
    return known


def blocks_on(reading: Reading, line: int) -> Iterator[Block]:
    """Yield the blocks that begin and end on one line."""
    for opener, closer in line_blocks(reading, line).pairs:
        yield replace(_block(opener, line), closer=Place(line, closer.start, closer.end))


def line_blocks(reading: Reading, line: int) -> LineBlocks:
    """Match the openers and closers of one line, once."""
    notes = reading.facts_of(line).notes
    known = notes.get(_BLOCKS)
    if not isinstance(known, LineBlocks):
        known = notes[_BLOCKS] = _match_line(reading.tokens(line))
    return known


_BLOCKS: Final = "blocks"
_EMPTY: Final = LineBlocks((), (), (), None)


def _match_line(tokens: tuple[Token, ...]) -> LineBlocks:
    pairs: list[tuple[Half, Half]] = []
    closes: list[Half] = []
    opens: list[Half] = []
    heads: list[Head | None] = [None]
    waiting = dict.fromkeys(_CLOSER_OF.values(), 0)
    is_else = False
    for token in tokens:
        text = token.text
        if token.kind is Kind.KEYWORD or text in ("macro_rules", "union"):
            heads[-1], is_else = _head_after(heads[-1], token, is_else)
        elif token.kind is not Kind.SIGIL:
            continue
        elif text in _CLOSER_OF and (text in "([{" or _is_soft(token)):
            head = heads[-1] if text == "{" else None
            opens.append(Half(text, token.start, token.end, head, is_else and text == "{"))
            waiting[_CLOSER_OF[text]] += 1
            if text == "{":
                heads[-1], is_else = None, False
            heads.append(None)
        elif text in _CLOSERS or text in (">", "|") and _closes_soft(token, opens):
            half = Half(text, token.start, token.end)
            if not waiting[text]:
                closes.append(half)
                continue
            while (closer := _CLOSER_OF[opens[-1].text]) != text:
                opens.pop()
                heads.pop()
                waiting[closer] -= 1
            pairs.append((opens.pop(), half))
            heads.pop()
            waiting[text] -= 1
        elif text in (";", ","):
            heads[-1], is_else = None, False
    return LineBlocks(tuple(pairs), tuple(closes), tuple(opens), heads[0])


def _is_soft(token: Token) -> bool:
    """Tell whether words of Iron open a bracket that Rust has no sign of its own for."""
    return token.phrase is not None and token.phrase.opens != "" and token.phrase.rust != "||"


def _closes_soft(token: Token, opens: list[Half]) -> bool:
    is_said = token.is_implied or token.phrase is not None and token.phrase.role != "infix"
    return is_said and bool(opens) and opens[-1].text in "<|"


def _head_after(head: Head | None, token: Token, is_else: bool) -> tuple[Head | None, bool]:
    word = token.text
    if word == "else":
        return Head(word, token.start, token.end), True
    if word in _FLOW or word in _ITEMS:
        before = head.word if head is not None else ""
        if before in _WEAK or word in ("if", "match") and before not in _ITEMS:
            return Head(word, token.start, token.end), is_else
    elif head is None and word in _WEAK:
        return Head(word, token.start, token.end), is_else
    return head, is_else


def _block(half: Half, line: int) -> Block:
    head = half.head
    place = Place(line if head.line < 0 else head.line, *head[1:3]) if head is not None else None
    return Block(
        half.text, Place(line, half.start, half.end), None, place, head.word if head else ""
    )


def _all_lines(reading: Reading) -> list[LineBlocks]:
    """Return what each line leaves open or closes; most is that of the reading before."""
    kept = reading.kept.get(BLOCKS) or Kept([], 0, 0)
    before: list[LineBlocks] = kept.note if isinstance(kept.note, list) else []
    found = before[: kept.head]
    past = max(kept.head, reading.line_count - kept.tail)
    for line in range(len(found), past):
        one = line_blocks(reading, line)
        found.append(one if one.closes or one.opens or one.head else _EMPTY)
    found += before[len(before) - (reading.line_count - past) :]
    reading.notes[BLOCKS] = found
    return found


def _match(reading: Reading) -> Iterator[Block]:
    stack: list[Block] = []
    waiting = dict.fromkeys(_CLOSER_OF.values(), 0)
    carried: Head | None = None
    last_chain, count = -1, 0
    for line, found in enumerate(_all_lines(reading)):
        if found is _EMPTY:
            continue
        for half in found.closes:
            if not waiting[half.text]:
                continue
            while _CLOSER_OF[stack[-1].text] != half.text:
                waiting[_CLOSER_OF[stack.pop().text]] -= 1
            block = stack.pop()
            waiting[half.text] -= 1
            last_chain = block.chain
            yield replace(block, closer=Place(line, half.start, half.end))
        for half in found.opens:
            chain = last_chain if half.is_else and last_chain >= 0 else count
            head = half.head
            if half.text == "{":
                head, carried = head or carried, None
            stack.append(replace(_block(half._replace(head=head), line), chain=chain))
            waiting[_CLOSER_OF[half.text]] += 1
            count += 1
        if found.head is not None:
            carried = found.head._replace(line=line)
    yield from reversed(stack)
