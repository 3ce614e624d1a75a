"""Which words of Iron are a phrase where they stand, and which are names.

Rust never has two words side by side that are both no keywords. So behind an operand a word must
be a phrase; where an operand is wanted, a word that could be Rust counts as a phrase only if what
follows it could not; and what closes counts only where a phrase opened.
"""

from __future__ import annotations

from typing import Final

from redox import frames as f
from redox.lexer import Pair
from redox.lexicon import NOT_AN_OPERAND, Entry, Lexicon, stands_at
from redox.machine import Machine
from redox.phrasebook import Phrase

_WEAK: Final = f.EITHER | f.BRACED
_AFTER_UNION: Final = ("{", "<", "where")


class Recogniser:
    """Finds phrases in the lexemes of a line, by the state of a machine."""

    __slots__ = ("lexicon", "machine")

    def __init__(self, lexicon: Lexicon, machine: Machine) -> None:
        self.lexicon = lexicon
        self.machine = machine

    def find(self, entry: Entry, pairs: list[Pair], index: int, count: int) -> Phrase | None:
        """Find the longest phrase that begins here and that this place accepts."""
        machine = self.machine
        op = machine.op
        for phrase in entry.phrases:
            if not phrase.places & op:
                continue
            words = phrase.words
            length = len(words)
            if length > 1:
                if index + 1 >= count or pairs[index + 1][1] != words[1]:
                    continue  # as most are; what is left is asked of few
                if length > 2 and not stands_at(words, pairs, index, count):
                    continue
            needs_more = phrase.follow or op & _WEAK
            if needs_more and not self._follows(phrase, pairs, index + length, count, op):
                continue
            guard = _GUARDS.get(phrase.role)
            if guard is not None and not guard(self, phrase, pairs, index + length, count):
                continue
            return phrase
        return None

    def _follows(self, phrase: Phrase, pairs: list[Pair], past: int, count: int, op: int) -> bool:
        """Tell whether what a phrase needs behind it is there."""
        if phrase.role in ("spelled", "mark"):
            return True
        while past < count and pairs[past][1][:2] == "/*":
            past += 1
        follow, at_end = phrase.follow, past >= count
        has_operand = not at_end and self._begins_operand(pairs, past, count)
        if op & _WEAK and phrase.places & f.AFTER and not phrase.places & f.WANTED:
            return has_operand or self._goes_on_weakly(phrase, pairs, past, at_end=at_end)
        if follow == "begun":
            return has_operand or self._may_open(phrase, pairs, past, count, op)
        if follow == "word":
            is_word = not at_end and _is_word(pairs[past][1])
            return is_word and (phrase.is_strong or pairs[past][1] not in NOT_AN_OPERAND)
        return has_operand or not follow or phrase.is_strong

    def _goes_on_weakly(
        self, phrase: Phrase, pairs: list[Pair], past: int, *, at_end: bool
    ) -> bool:
        """Tell whether a phrase may follow what need not be an operand, as `>` and `return`."""
        machine = self.machine
        if (
            machine.frame.kind.soft
            or phrase.is_strong
            or not at_end
            and self._is_iron_word(pairs[past][1])
        ):
            return True
        return (at_end or len(phrase.words) > 1) and bool(machine.stmt & f.PHRASED)

    def _may_open(self, phrase: Phrase, pairs: list[Pair], past: int, count: int, op: int) -> bool:
        """Tell whether a word opens a block though no operand follows it."""
        kind = self.machine.frame.kind
        at_end = past >= count
        is_line = past == len(phrase.words) and (at_end or self._is_end(pairs, past, count))
        in_iron = not kind.begins_rust
        if op & (f.AFTER_OPERAND | f.CLOSED):
            return True
        if op & _WEAK:
            if kind.soft or not at_end and self._is_iron_word(pairs[past][1]):
                return True
            return at_end and (self._is_phrased() or is_line and (kind.is_head or in_iron))
        is_behind_bounds = kind.is_item and not self.machine.stmt & f.FILLED
        is_iron = is_line and (is_behind_bounds or in_iron and not kind.is_head)
        is_iron = is_iron or bool(op & (f.STARTED | f.OPENED))
        return is_iron and (at_end or not self.is_sigil(pairs[past][1]))

    def _is_end(self, pairs: list[Pair], index: int, count: int) -> bool:
        """Tell whether all that is left of a line closes a block."""
        entry = self.lexicon.get(pairs[index][1])
        return entry is not None and any(
            phrase.role == "end"
            and index + len(phrase.words) == count
            and stands_at(phrase.words, pairs, index, count)
            for phrase in entry.phrases
        )

    def _is_phrased(self) -> bool:
        machine = self.machine
        if machine.op & (f.STARTED | f.OPENED) or machine.stmt & f.PHRASED:
            return True
        return machine.frame.kind.is_head and bool(machine.frame.outer & f.PHRASED)

    def _begins_operand(self, pairs: list[Pair], index: int, count: int) -> bool:
        lexeme = pairs[index][1]
        entry = self.lexicon.get(lexeme)
        if entry is None:
            return lexeme[:2] not in ("//", "/*")
        if lexeme in ("if", "for") and self.machine.begins_value(lexeme):
            return True
        if entry.opens_blocks and self._opens_block(entry, pairs, index + 1, count):
            return False
        return entry.begins_operand or self._is_no_rust(entry, pairs, index, count)

    def _opens_block(self, entry: Entry, pairs: list[Pair], past: int, count: int) -> bool:
        """Tell whether a word opens the block of the head that is open here."""
        return any(
            phrase.role == "block" and phrase.heads and self._may_begin(phrase, pairs, past, count)
            for phrase in entry.phrases
        )

    def _is_no_rust(self, entry: Entry, pairs: list[Pair], index: int, count: int) -> bool:
        """Tell whether a phrase begins here that is spelled out, or opens before another word."""
        for phrase in entry.phrases:
            if not stands_at(phrase.words, pairs, index, count):
                continue
            past = index + len(phrase.words)
            if phrase.role == "spelled":
                return True
            following = pairs[past][1] if past < count else ""
            if phrase.role == "opener" and _is_word(following) and following not in NOT_AN_OPERAND:
                return True
        return False

    def _is_iron_word(self, lexeme: str) -> bool:
        """Tell whether a lexeme is a word that Rust could not have behind a name."""
        entry = self.lexicon.get(lexeme)
        return entry is not None and not entry.is_sigil and not entry.is_keyword

    def is_sigil(self, lexeme: str) -> bool:
        """Tell whether a lexeme is a sigil of Rust."""
        entry = self.lexicon.get(lexeme)
        return entry is not None and entry.is_sigil

    def _is_operand(self, phrase: Phrase, pairs: list[Pair], past: int, count: int) -> bool:
        """Tell whether a word that could close something is a name between signs of Rust."""
        machine = self.machine
        if past < count and self.is_sigil(pairs[past][1]):
            # No name follows a value, but in what a macro takes.
            return not machine.op & f.AFTER_OPERAND or bool(machine.frame.closes & f.MACRO_BIT)
        before = past - len(phrase.words) - 1
        return machine.op == f.WANTED and before >= 0 and self.is_sigil(pairs[before][1])

    def _may_close(self, phrase: Phrase, pairs: list[Pair], past: int, count: int) -> bool:
        if self._is_operand(phrase, pairs, past, count):
            return False
        return self.machine.open_bracket() is not None

    def _may_end(self, phrase: Phrase, pairs: list[Pair], past: int, count: int) -> bool:
        return self.machine.open_block(phrase.opens) is not None

    def _may_go_otherwise(self, phrase: Phrase, pairs: list[Pair], past: int, count: int) -> bool:
        if self._is_operand(phrase, pairs, past, count):
            return False
        return self.machine.open_block("if") is not None

    def _may_begin(self, phrase: Phrase, pairs: list[Pair], past: int, count: int) -> bool:
        """A word that opens the block of some heads stands only behind one of them."""
        if not phrase.heads:
            return True
        frame = self.machine.frame
        while frame.parent is not None and (
            frame.kind.soft and not frame.multi or frame.kind.name == "where"
        ):
            frame = frame.parent
        return frame.kind.is_head and frame.kind.name in phrase.heads

    def _may_give(self, phrase: Phrase, pairs: list[Pair], past: int, count: int) -> bool:
        frame = self.machine.frame
        if not frame.closes & f.CLOSER_BITS["|"]:
            return False
        while frame.kind.soft and frame.parent is not None:
            if frame.kind.name == "pipe":
                return True
            frame = frame.parent
        return False

    def _may_close_over(self, phrase: Phrase, pairs: list[Pair], past: int, count: int) -> bool:
        """Tell whether a closure may begin; among the parameters of one it is a name's end."""
        return not self._may_give(phrase, pairs, past, count)

    def is_modifier(self, entry: Entry, pairs: list[Pair], index: int, count: int) -> bool:
        """Tell whether a contextual keyword such as `default` is one here."""
        return (
            bool(self.machine.stmt & f.UNDECIDED)
            and index + 1 < count
            and pairs[index + 1][1] in entry.modifies
        )

    def is_union(self, pairs: list[Pair], index: int, count: int) -> bool:
        """Tell whether `union` declares one here."""
        if not self.machine.stmt & f.UNDECIDED or index + 1 >= count:
            return False
        name = pairs[index + 1][1]
        if not (name[0].isalpha() or name[0] == "_") or name in NOT_AN_OPERAND:
            return False
        if index + 2 == count:
            return True
        following = pairs[index + 2][1]
        entry = self.lexicon.get(following)
        return following in _AFTER_UNION or (
            entry is not None
            and any(
                phrase.opens in ("generics", "fields")
                and stands_at(phrase.words, pairs, index + 2, count)
                for phrase in entry.phrases
            )
        )


_GUARDS: Final = {
    "closer": Recogniser._may_close,
    "end": Recogniser._may_end,
    "otherwise": Recogniser._may_go_otherwise,
    "giving": Recogniser._may_give,
    "closure": Recogniser._may_close_over,
    "block": Recogniser._may_begin,
}


def _is_word(lexeme: str) -> bool:
    return lexeme[:1].isalpha() or lexeme[:1] == "_"
