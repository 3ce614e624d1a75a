"""How `reduce` says one line of Rust: it runs the machine ahead and picks phrases.

Closers and calls that a later phrase or the line's end will imply are *owed*: read in the
Rust and not yet said. Whatever is said next must imply exactly what is owed; where it would
imply less, `done` says the rest first, and where it would imply more, another phrase is
taken. The plan is only a proposal: `reduce` reads every line back before it keeps it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from redox import frames as f
from redox.brackets import ELSEWHERE, Tokens
from redox.frames import Frame
from redox.lexer import is_lifetime, is_literal_word
from redox.lexicon import CLOSES, GOES_ON, MAY_BEGIN, NEW_LINE, Lexicon, real_starts
from redox.machine import Machine
from redox.phrasebook import SPACED, TIGHT, Phrase, Phrasebook
from redox.place import Implied, State
from redox.spacing import SOFT_SIGILS, rule_gap

Handler = Callable[["Planner", int], int]
"""Says the token at an index and those that go with it; returns the index after them."""

_WANTS: Final = f.OPERAND_WANTED | f.EITHER
_CALL: Final = "()"
_READINGS: Final = {MAY_BEGIN: (GOES_ON, NEW_LINE)}
"""What a line may be taken for that is put back into Rust; last what it is."""
_NO_OPERAND: Final = frozenset(") ] } , ;".split())
"""What no operand begins with, nor a name: a phrase or keyword that wants one is but a token."""
_NO_CASE: Final = frozenset("# } ) ] | , ; =>".split())


class Planner:
    """Plans lines of Iron for the tokens of a Rust text."""

    def __init__(
        self,
        book: Phrasebook,
        lexicon: Lexicon,
        handlers: dict[str, Handler],
        root: Frame,
    ) -> None:
        self.said = book.by_key
        self.spelled = book.spelled
        self.words = book.words
        self.lexicon = lexicon
        self.handlers = handlers
        self.text: list[str] = []
        self.gap: list[str] = []
        self.partner: dict[int, int] = {}
        self.has_comma: set[int] = set()
        self.ends_repeat: set[int] = set()
        self.has_bare: set[int] = set()
        self.machine = Machine(root)
        self.escapes = False
        """Whether each name that is a word of the phrasebook is escaped."""
        self.out: list[str] = []
        self.right = TIGHT
        self.same = True
        self.before = ""
        """The Rust that was said last."""
        self.owed: list[str] = []
        """Rust that was read and that what is said next must imply."""
        self.owed_frame: Frame | None = None
        """The innermost frame that is not owed its closer."""
        self.owed_op = f.AFTER
        self.first = 0
        self.past = 0
        self.silent = False
        """Whether a word that writes nothing stands at the line's start."""
        self.written = f.IN_WORDS
        """How the line is said so far."""
        self.starts = NEW_LINE
        """What the next significant line has to do to this one."""

    # ---- one line ----

    def plan(
        self,
        tokens: Tokens,
        state: State,
        starts: int,
        head: str,
        *,
        ends: bool,
        escapes: bool,
    ) -> str:
        """Say the code of a line of the given state as Iron."""
        self.text, self.gap = tokens.text, tokens.gap
        self.partner = tokens.partner
        self.has_comma, self.ends_repeat = tokens.has_comma, tokens.ends_repeat
        self.has_bare = tokens.has_bare
        first, past = 1 if head else 0, len(tokens.text)
        machine = self.machine
        machine.state = state
        self.escapes = escapes
        self.out = []
        self.right, self.same, self.before = TIGHT, True, ""
        self.owed, self.owed_frame = [], None
        self.first, self.past = 0, past
        self.silent = False
        self.written = f.IN_IRON if head else f.IN_WORDS
        self.starts = real_starts(starts)
        if head:
            self.right, self.before = SPACED, head
            machine.column = 0
        elif first < past:
            machine.column = len(self.gap[first])
        has_end = ends and past > 1 and self.text[past - 1] in (";", ",")
        last = past - 1 if has_end else past
        if first < past and self._begins_case(first):
            self.say_silent("case", first)
        elif starts == CLOSES and ends and self._is_macro_value(first):
            self.say_silent("give", first)
        index = first
        while index < last:
            index = self._token(index)
        if ends:
            self._end(starts, past - 1 if has_end and index < past else -1)
        else:
            self.settle_all()
        return "".join(self.out)

    def _begins_case(self, index: int) -> bool:
        """Tell whether a pattern begins at `index`."""
        machine = self.machine
        is_case = machine.frame.kind.ends_line == f.CASE and not machine.stmt & f.FILLED
        return is_case and self.text[index] not in _NO_CASE

    def _is_macro_value(self, index: int) -> bool:
        """Tell whether from `index` to the line's end a macro call is its block's value."""
        machine = self.machine
        is_begun = machine.frame.kind.ends_line != f.STATEMENT or machine.stmt & f.FILLED
        if is_begun or self.past == index or self.text[-1] not in (")", "]"):
            return False
        while index < self.past and (self.text[index] == "::" or self.text[index][0].isalpha()):
            index += 1
        return self.at(index) == "!" and self.partner_on_line(self.past - 1) == index + 1

    def _token(self, index: int) -> int:
        token = self.text[index]
        handler = self.handlers.get(token)
        first = token[0]
        is_word = first.isalpha() or first == "_"
        if handler is not None and not (is_word and self.machine.op & f.NAME_WANTED):
            return handler(self, index)
        if is_word:
            return self._word(index)
        if is_lifetime(token):
            return self.handlers["'"](self, index)
        return self._rest(index)

    def _rest(self, index: int) -> int:
        """Say a literal, a comment or a sigil that has no phrase but its spelled-out one."""
        token = self.text[index]
        if token[:2] in ("//", "/*"):
            return self._comment(index)
        if token[0].isdigit() or token[0] in "\"'" and len(token) > 1:
            return self.say_same(index, is_literal=True)
        return self.spell(index)

    # ---- what stands around ----

    def gap_is(self, index: int, gap: str) -> bool:
        """Tell whether the token at `index` is on this line and has `gap` before it."""
        return self.first < index < self.past and self.gap[index] == gap

    def is_next(self, index: int, token: str, gap: str = "") -> bool:
        """Tell whether the token at `index` is `token`, on this line, after `gap`."""
        return (
            self.first < index < self.past and self.gap[index] == gap and self.text[index] == token
        )

    def at(self, index: int) -> str:
        """Return the token at `index`, or nothing outside the line."""
        return self.text[index] if 0 <= index < self.past else ""

    def is_angle(self, index: int) -> bool:
        """Tell whether a `<` or `>` is a bracket of types."""
        return index in self.partner

    def partner_on_line(self, index: int) -> int:
        """Return the index of a bracket's partner; less than 0 if it has none on this line."""
        return self.partner.get(index, ELSEWHERE)

    @property
    def top(self) -> Frame:
        """The innermost frame that is not owed its closer."""
        return self.machine.frame if self.owed_frame is None else self.owed_frame

    @property
    def op(self) -> int:
        """What is wanted here, as the Rust has it."""
        return self.owed_op if self.owed else self.machine.op

    @property
    def stmt(self) -> int:
        """What is known of the statement here, as the Rust has it."""
        frame, stmt = self.machine.frame, self.machine.stmt
        while frame is not self.top and frame.parent is not None:
            frame, stmt = frame.parent, frame.outer
        return stmt

    def wants(self) -> bool:
        """Tell whether an operand is wanted here."""
        op = self.op
        if op & (f.CLOSED | f.BRACED):
            stmt = self.machine.stmt
            is_over = stmt & f.HEADED and self.top.kind.holds_items
            return bool(is_over) or not stmt & f.FILLED
        return bool(op & _WANTS)

    # ---- saying ----

    def owe(self, text: str, op: int, frame: Frame | None = None) -> None:
        """Leave a token to be implied; `frame` is the innermost frame left open by it."""
        self.owed.append(text)
        self.owed_op = op
        if frame is not None:
            self.owed_frame = frame

    def settle(
        self, move: Callable[..., tuple[Implied, ...]], *arguments: object, said: bool = False
    ) -> bool:
        """Move the machine on so that just what is owed is implied; say `done` where it must.

        With `said`, the last of what is implied is what the phrase says. Returns whether it
        could be; if not, the machine is as before but for what has been closed.
        """
        machine = self.machine
        while True:
            state = machine.frame, machine.op, machine.stmt
            implied = move(*arguments)
            if said:
                implied = implied[:-1]
            if len(implied) == len(self.owed) and self.owed == [text for text, _ in implied]:
                if implied:
                    self.right, self.same, self.before = SPACED, False, implied[-1][0]
                    self.owed, self.owed_frame = [], None
                return True
            machine.frame, machine.op, machine.stmt = state
            if not self.owed:
                return False
            self._say_owed()

    def _say_owed(self) -> None:
        """Say the first of what is owed: a closer, or a call without arguments."""
        machine = self.machine
        owed = self.owed
        if owed == [_CALL]:
            phrase = self.said["with nothing"]
            machine.apply(phrase)
            self.before = _CALL
            del owed[:]
        else:
            phrase = self.said["done"]
            implied = machine.apply(phrase)
            self.before = implied[-1][0]
            del owed[: len(implied)]
        self.out.append(" ")
        self.out.append(phrase.text)
        self.right, self.same, self.silent = SPACED, False, False
        self.written = f.IN_IRON
        if not owed:
            self.owed_frame = None

    def settle_all(self) -> None:
        """Say all that is owed."""
        while self.owed:
            self._say_owed()

    def settle_closers(self) -> None:
        """Say what is owed but for the `()` of a call."""
        while self.owed and self.owed != [_CALL]:
            self._say_owed()

    def try_say(self, phrase: Phrase, index: int, count: int) -> bool:
        """Say a phrase for the `count` tokens from `index`, if it fits here."""
        machine = self.machine
        if not phrase.places & (self.owed_op if self.owed else machine.op):
            return False
        while self.owed and not phrase.places & machine.op:
            self._say_owed()
        if count > 1 and not self._spaced_as(phrase.tokens, index):
            return False
        is_bare = self.at(index + count) in _NO_OPERAND and phrase.role != "name"
        if is_bare and phrase.follow == "operand" and not phrase.is_strong:
            return False  # as in `Token![-]`
        if (
            self.has_bare
            and phrase.opens != "macro"
            and not self.has_bare.isdisjoint(range(index, index + count))
        ):
            return False  # its lines would be ended where Rust does not end them
        if self.owed:
            if not self.settle(machine.apply, phrase):
                return False
        else:
            frame, op, stmt = machine.frame, machine.op, machine.stmt
            if machine.apply(phrase):
                machine.frame, machine.op, machine.stmt = frame, op, stmt
                return False
        self.write(phrase.text, phrase.rust, phrase.left, phrase.right, index)
        return True

    def _spaced_as(self, tokens: tuple[tuple[str, str], ...], index: int) -> bool:
        return all(
            self.is_next(index + k, tokens[k][1], tokens[k][0]) for k in range(1, len(tokens))
        )

    def say(self, index: int, *texts: str) -> int:
        """Say the first of some phrases that fits, for as many tokens as it has; else spell."""
        for text in texts:
            phrase = self.said[text]
            count = len(phrase.tokens)
            if self.try_say(phrase, index, count):
                return index + count
        return self.spell(index)

    def write(self, words: str, rust: str, left: int, right: int, index: int) -> None:
        """Write words behind the gap that tells Rust's gap before the token at `index`."""
        self.out.append(self._coded(rust, left, index))
        self.out.append(words)
        self.right, self.same, self.before, self.silent = right, False, rust, False
        self.written = f.IN_IRON

    def _coded(self, rust: str, left: int, index: int) -> str:
        gap = self.gap[index]
        if index == self.first and not self.before:
            return " " if self.silent else gap
        return " " if gap == rule_gap(self.before, self.right, left, rust) else gap + "  "

    def say_same(self, index: int, *, is_literal: bool = False) -> int:
        """Say a name or literal as it is."""
        machine = self.machine
        token = self.text[index]
        is_label = machine.op == f.LABEL_NAME
        if not self.owed or not self.settle(machine.name, token, is_literal):
            machine.name(token, is_literal)
        same = self.same and not self.silent
        self.out.append(self.gap[index] if same else self._coded(token, SPACED, index))
        self.out.append(token)
        self.right, self.same, self.before, self.silent = SPACED, True, token, False
        if is_label:
            self.right, self.same, self.before = SPACED, False, ":"
        return index + 1

    def _write_same(self, index: int) -> None:
        token = self.text[index]
        left, right = SOFT_SIGILS.get(token, (SPACED, SPACED))
        if self.same and not self.silent:
            self.out.append(self.gap[index])
        else:
            self.out.append(self._coded(token, left, index))
        self.out.append(token)
        self.right, self.same, self.before = right, True, token
        self.silent = False

    def say_keyword(self, index: int) -> int:
        """Say a word of Rust that Iron has too."""
        token = self.text[index]
        entry = self.lexicon[token]
        is_bare = self.at(index + 1) in _NO_OPERAND
        names_nothing = is_bare and (entry.next & f.NAME_WANTED or entry.head)
        if not names_nothing and self.settle(self.machine.keyword, entry):
            self._write_same(index)
            return index + 1
        return self.say_plainly(index)

    def say_plainly(self, index: int) -> int:
        """Say a word of Rust by the phrase that means it anywhere."""
        token = self.text[index]
        self.settle_all()
        self.settle(self.machine.keyword, self.lexicon[token], True)
        self.write(f"{self.said['the word'].text} {token}", token, SPACED, SPACED, index)
        return index + 1

    def say_silent(self, text: str, index: int) -> None:
        """Say words that write nothing, where the token at `index` begins the line."""
        if index != self.first or self.before:
            return
        phrase = self.said[text]
        self.machine.apply(phrase)
        self.out.append(self.gap[index])
        self.out.append(phrase.text)
        self.silent, self.right, self.same = True, TIGHT, False
        self.written = f.IN_IRON

    def escape(self, index: int) -> int:
        """Say a name behind the escape word."""
        token = self.text[index]
        is_label = self.machine.op == f.LABEL_NAME
        if not self.owed or not self.settle(self.machine.name, token):
            self.machine.name(token)
        self.write(f"{self.said['literally'].text} {token}", token, SPACED, SPACED, index)
        if is_label:
            self.right, self.same, self.before = SPACED, False, ":"
        return index + 1

    def spell(self, index: int) -> int:
        """Say one sigil by the phrase that means it anywhere."""
        token = self.text[index]
        phrase = self.spelled.get(token)
        self.settle_all()
        if phrase is None:  # a character that Rust has no use for
            self.machine.sigil(token)
            if self.written == f.IN_WORDS:
                self.written = f.IN_RUST
            self._write_same(index)
            return index + 1
        self.machine.apply(phrase)
        self.write(phrase.text, phrase.rust, phrase.left, phrase.right, index)
        return index + 1

    # ---- words ----

    def _word(self, index: int) -> int:
        token = self.text[index]
        entry = self.lexicon.get(token)
        machine = self.machine
        if self.escapes and token in self.words and (entry is None or not entry.is_keyword):
            return self.escape(index)
        if entry is None:
            return self.say_same(index, is_literal=is_literal_word(token))
        if entry.is_keyword:
            return self.say_keyword(index)
        if machine.op & f.NAME_WANTED:
            return self.say_same(index)
        if machine.stmt & f.UNDECIDED and index + 1 < self.past and not self.owed:
            if self.text[index + 1] in entry.modifies:
                machine.modifier(token)
                self._write_same(index)
                return index + 1
            if token == "union" and self._is_union(index):
                machine.union()
                self._write_same(index)
                return index + 1
        if self.op & f.AFTER_OPERAND or entry.follows_operand:
            return self.escape(index)
        return self.say_same(index)

    def _is_union(self, index: int) -> bool:
        name = self.text[index + 1]
        if not (name[0].isalpha() or name[0] == "_"):
            return False
        return index + 2 >= self.past or self.text[index + 2] in ("{", "<", "where")

    def name_after(self, index: int, name: str) -> None:
        """Say a name that is a part of the token at `index`, behind its first word."""
        self.machine.name(name)
        is_prefix = self.gap_is(index + 1, "") and self.text[index + 1][0] in "\"'#"
        self.written = f.IN_IRON
        escaped = is_prefix or (self.escapes and name in self.words)
        self.out.append(" ")
        self.out.append(f"{self.said['literally'].text} {name}" if escaped else name)
        self.right, self.same, self.before = SPACED, not escaped, self.text[index]

    def _comment(self, index: int) -> int:
        self.settle_all()
        self.out.append(self.gap[index])
        self.out.append(self.text[index])
        self.right, self.same, self.before = SPACED, True, self.text[index]
        self.silent = False
        return index + 1

    # ---- closing ----

    def close(self, index: int) -> int:
        """Say a closing bracket, or leave it to be implied."""
        token = self.text[index]
        frame = self.top
        while not frame.kind.is_bracket and frame.parent is not None:
            frame = frame.parent
        kind = frame.kind
        if kind.closer != token or kind.is_rust:
            return self.spell(index)
        is_free = kind.soft and not frame.multi
        if is_free and index > self.first and self._is_ruled(kind.left, index):
            self.owe(token, kind.after, frame.parent)
            return index + 1
        word = f"end {kind.end}" if kind.end and not is_free else "done"
        phrase = self.said[word]
        if not self.settle(self.machine.apply, phrase, said=True):
            return self.spell(index)
        self.write(phrase.text, token, kind.left, SPACED, index)
        return index + 1

    def _is_ruled(self, left: int, index: int) -> bool:
        """Tell whether the gap before a closer is the one it gets by rule."""
        right, before = (SPACED, self.owed[-1]) if self.owed else (self.right, self.before)
        if before[:2] == "/*":
            return False  # nothing is implied behind a comment
        return self.gap[index] == rule_gap(before, right, left, self.text[index])

    # ---- the line's end ----

    def _end(self, starts: int, index: int) -> None:
        """Say what the line's end does not imply, and what keeps it from implying more.

        `index` is that of a terminator which the line's end may imply, or -1.
        """
        if index < 0 or not self.gap[index] and self.text[index - 1][:2] != "/*":
            owed = self.owed if index < 0 else [*self.owed, self.text[index]]
            if self._ends_with(owed, starts):
                return
            if index < 0 and starts == CLOSES and self._ends_with(owed, GOES_ON):
                self.starts = GOES_ON
                return
        self.settle_all()
        if index >= 0:
            self._token(index)
        if not self._ends_with([], starts):
            self.out.append(" ")
            self.out.append(self.said["going on"].text)

    def _ends_with(self, owed: list[str], starts: int) -> bool:
        """End the line if that implies just what is owed; else leave the machine as it is."""
        machine = self.machine
        state = machine.frame, machine.op, machine.stmt
        for start in _READINGS.get(starts, (starts,)):
            machine.frame, machine.op, machine.stmt = state
            implied = machine.end_line(start, self.written)
            if len(implied) != len(owed) or owed != [text for text, _ in implied]:
                machine.frame, machine.op, machine.stmt = state
                return False
        return True
