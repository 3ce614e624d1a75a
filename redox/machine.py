"""The machine that both directions share: what a phrase or token does to what is open.

It is fed the phrases and Rust tokens of a line in order and tells which closers they imply;
it writes no text itself. `oxidize` recognises phrases by its state and writes what it says;
`reduce` runs it ahead to choose phrases that it will read back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from redox import frames as f
from redox.closing import BODY, CLOSERS, STRUCT_LIKE, to_statement
from redox.frames import FRAMES, HEADS, RUST, Frame, FrameKind
from redox.lexicon import HEAD_OF, Entry
from redox.phrasebook import Phrase
from redox.place import CALL, ENDS, NOTHING, Implied, Place

_ASSIGNMENTS: Final = frozenset("= += -= *= /= %= ^= &= |= <<= >>=".split())
_LEADING: Final = (HEADS["external"], HEADS["else"])
_KEEPS_CALL: Final = frozenset(("call", "parameters", "generics", "turbofish"))
_ENDING: Final = (";", "=>")
"""The sigils behind which nothing of a bracket can follow."""
_SIGIL_NEXT: Final = {
    ".": f.NAME,
    "::": f.NAME,
    "$": f.VARIABLE,
    "'": f.LIFETIME_NAME,
    "?": f.AFTER,
    "..": f.EITHER,
    "...": f.EITHER,
    ">>": f.EITHER,
}
_TELLING_OF_NAMES: Final = f.NAME_WANTED | f.CALLABLE | f.EXTERN | f.BANG | f.CLOSED | f.BRACED
"""Behind what a name is not just an operand."""
_RAW_AFTER: Final = {
    ("(", f.BANG): f.RAW_RUST,
    ("[", f.BANG): f.RAW_RUST,
    ("{", f.BANG): f.RAW_BRACE,
    ("(", f.MACRO): f.RAW_MACRO,
    ("[", f.MACRO): f.RAW_MACRO,
    ("{", f.MACRO): f.RAW_BRACE,
    ("[", f.HASH): f.RAW_ATTRIBUTE,
}

_QUANTIFIED: Final = (HEADS["implement"], FRAMES["where"])
"""Where `for` begins no loop."""
_INNER: Final = {
    ("(", f.PUBLIC): f.SCOPE,
    ("(", f.VARIABLE): f.REPETITION,
    ("[", f.HASH): f.SPELLED_ATTRIBUTE,
}
"""The frames of brackets that are read as code and after which what they stand before goes on."""


class Machine(Place):
    """A place, and what moves it on."""

    __slots__ = ()

    # ---- phrases ----

    def apply(self, phrase: Phrase) -> tuple[Implied, ...]:
        """Move on by a phrase; return the closers that it implies before what it writes."""
        special = _SPECIAL.get(phrase.role)
        if special is not None:
            return special(self, phrase)
        implied = NOTHING
        if self.op & (f.CLOSED | f.BRACED) and phrase.starts == "on":
            self.stmt &= ~f.HEADED  # the block that it begins with is but an operand
        if self.op == f.CALLABLE and phrase.opens not in _KEEPS_CALL:
            implied = self._call_implied(phrase)
        closes = phrase.closes
        if closes == "call" and implied:
            closes = "types"  # the innermost call is the one whose `()` is implied
        if closes == "fields" and self.op & f.OPERAND_WANTED and self.frame.kind.holds_values:
            closes = "none"  # those of a `try`
        if self.frame.kind.soft and closes != "none":
            implied += self.close_to(CLOSERS[closes](self.frame))
            if self.op == f.CALLABLE and phrase.opens not in _KEEPS_CALL:
                implied += self._call_implied(phrase)
        if phrase.role == "keyword":
            self._leave_head(phrase.rust)
            self._note(phrase.rust)
            self._open_head(phrase.rust)
            if phrase.opens:
                self._open(phrase.opens)
        else:
            self._note(phrase.rust)
            if phrase.opens:
                self._open(phrase.opens)
        is_macro_name = phrase.rust == "$" and self.op == f.CALLABLE_NAME
        self.op = f.CALLABLE_NAME if is_macro_name else phrase.next
        return implied

    def _call_implied(self, phrase: Phrase) -> tuple[Implied, ...]:
        self.op = f.AFTER
        return NOTHING if phrase.rust == "()" else (CALL,)

    def _note(self, rust: str) -> None:
        """Note what a phrase tells of the statement it stands in."""
        stmt = self.stmt
        if stmt & f.UNDECIDED:
            self.stmt = self._decide(f.FIRST.get(rust, 0), rust) | f.PHRASED
        elif rust == "::":
            self.stmt = stmt | f.PHRASED
        elif rust[:1] == "!" and stmt & f.PATH and len(rust) > 1:
            self.stmt = (stmt & ~f.PATH) | f.PHRASED | f.MACRO_CALL
        else:
            self.stmt = (stmt & ~(f.PATH | f.MACRO_CALL)) | f.PHRASED

    def _decide(self, bits: int, text: str) -> int:
        """Return the statement's bits once its first telling token is known."""
        stmt = self.stmt
        if bits & f.UNDECIDED:
            deferred = f.DEFERRED if stmt & f.GIVEN else 0  # `=> unsafe {` is no plain block
            return stmt | bits | deferred | f.FILLED
        if stmt & f.CONSTANT and not bits & f.HEADED:
            bits = f.SEMICOLON
        if stmt & f.DEFERRED and text == "{" or stmt & f.GIVEN and text != "{":
            bits &= ~f.HEADED
        return (stmt & ~f.UNDECIDED) | bits | f.FILLED

    def _open(self, name: str) -> None:
        if name in ("fields", "enumeration") and self.frame.kind is FRAMES["where"]:
            self._pop()
        top = self.frame.kind
        if name == "call" and top.name in ("attribute", "attribute_call"):
            name = "attribute_call"
        elif self.op == f.CALLABLE and name in ("generics", "turbofish"):
            name = "callable_" + name
        elif name == "fields" and top in STRUCT_LIKE:
            self._pop()
            name = top.name
        elif name == "enumeration" and top.is_head:
            self._pop()
        elif name == "macro" and self.stmt & f.MACRO_CALL and not self.stmt & f.GIVEN:
            self.stmt |= f.HEADED
        kind = FRAMES[name]
        self._push(kind, multi=not kind.soft)

    def _open_head(self, rust: str) -> None:
        name = HEAD_OF.get(rust)
        if name is None:
            return
        if name in f.ITEM_HEADS and not self._is_item_start():
            return
        self._push(HEADS[name], multi=True)
        if name == "for":
            self.stmt |= f.PATTERN

    def _leave_head(self, rust: str) -> None:
        """Leave `extern "C"` and `else` where a head of their own follows."""
        if self.frame.kind in _LEADING and rust in HEAD_OF:
            self._pop()

    def _is_item_start(self) -> bool:
        """Tell whether the token just noted was the first of an item, modifiers skipped."""
        return bool(self.stmt & (f.HEADED | f.UNDECIDED)) and self.frame.kind.holds_items

    def _apply_block(self, phrase: Phrase) -> tuple[Implied, ...]:
        implied = self._call()
        if phrase.opens:  # `macro begin`
            self._note(phrase.rust)
            self._open(phrase.opens)
            self.op = f.STARTED
            return implied
        if self.op & f.AFTER_ALLOWED:
            implied += self.close_up_to(CLOSERS[phrase.closes](self.frame))
        if self.frame.kind is FRAMES["where"]:
            self._pop()
        column = self.frame.column if self.frame.kind.is_head else self.column
        self._push(self._block_kind(phrase), multi=True, column=column)
        self.op = f.STARTED
        return implied

    def _block_kind(self, phrase: Phrase) -> FrameKind:
        """Take the head off the stack and return the kind of its block."""
        top = self.frame.kind
        if top.is_head and (phrase.heads or not self.wants_operand_of(top)):
            self._pop()
            if self.stmt & f.UNDECIDED:  # `extern "C" {`: nothing but modifiers came before
                self.stmt = self.stmt & ~f.UNDECIDED | f.HEADED
            self.stmt |= f.PHRASED
            return FRAMES["rules" if top.name == "macro" else top.name]
        given = self.stmt & (f.GIVEN | f.UNDECIDED | f.DEFERRED) == f.GIVEN | f.UNDECIDED
        self._note("{")
        if top is BODY:
            return FRAMES["closure"]
        if top.ends_line == f.CASE and given:
            return FRAMES["case"]
        return FRAMES["block"]

    def wants_operand_of(self, head: FrameKind) -> bool:
        """Tell whether a head's operand is yet to come, so that a block would be it."""
        return head.follows_operand and bool(self.op & f.OPERAND_WANTED)

    def _apply_assign(self, phrase: Phrase) -> tuple[Implied, ...]:
        implied = self._call()
        if self.frame.kind.soft:
            implied += self.close_up_to(CLOSERS["head"](self.frame))
        self._note(phrase.rust)
        if phrase.rust in _ASSIGNMENTS:
            begun = self.stmt if self.frame.kind.is_head else self.stmt & ~f.HEADED
            self.stmt = begun & ~f.PATTERN | f.SEMICOLON
        self.op = phrase.next
        return implied

    def _apply_gives(self, phrase: Phrase) -> tuple[Implied, ...]:
        implied = self._apply_assign(phrase)
        while self.frame.kind.is_head:
            self._pop()
        self.stmt = f.FILLED | f.PHRASED | f.GIVEN | f.UNDECIDED
        return implied

    def _apply_giving(self, phrase: Phrase) -> tuple[Implied, ...]:
        implied = self._call()
        pipe = self.frame
        while pipe.kind.name != "pipe":
            pipe = pipe.below
        implied += self.close_up_to(pipe)
        self._pop()
        self._push(BODY)
        self.op = f.STARTED
        return implied

    def _apply_end(self, phrase: Phrase) -> tuple[Implied, ...]:
        block = self.open_block(phrase.opens)
        assert block is not None, "recognised only where one is open"
        return self.close_block(block)

    def close_block(self, block: Frame) -> tuple[Implied, ...]:
        """Close a block and all in it; return the closers that this implies, its own the last."""
        implied = self._call()
        implied += self.close_up_to(block)
        implied += ((block.kind.closer, 2),)
        self._pop()
        self.op = f.CLOSED
        return implied

    def _apply_done(self, phrase: Phrase) -> tuple[Implied, ...]:
        bracket = self.open_bracket()
        assert bracket is not None, "recognised only where one is open"
        implied = self._call()
        implied += self.close_up_to(bracket)
        implied += ((bracket.kind.closer, bracket.kind.left),)
        self._pop()
        self.op = bracket.kind.after
        return implied

    def _apply_otherwise(self, phrase: Phrase) -> tuple[Implied, ...]:
        block = self.open_block("if")
        assert block is not None, "recognised only where one is open"
        implied = self._call()
        implied += self.close_up_to(block)
        self._pop()
        if phrase.rust.endswith("{"):
            self._push(FRAMES["if"], multi=True)
            self.op = f.STARTED
        else:
            self._push(HEADS["if"], multi=True)
            self.op = f.WANTED
        return implied

    def _apply_silent(self, phrase: Phrase) -> tuple[Implied, ...]:
        self.stmt |= f.PHRASED
        return NOTHING

    def _apply_value(self, phrase: Phrase) -> tuple[Implied, ...]:
        self.stmt |= f.PHRASED | f.VALUE
        return NOTHING

    def _apply_fresh(self, phrase: Phrase) -> tuple[Implied, ...]:
        self.outdent()
        return self._apply_silent(phrase)

    def _apply_attribute(self, phrase: Phrase) -> tuple[Implied, ...]:
        implied = self._call()
        self._push(FRAMES["attribute"])
        self.op = f.OPENED
        return implied

    def _apply_opener(self, phrase: Phrase) -> tuple[Implied, ...]:
        implied = self._call()
        self._note(phrase.rust)
        self._push(FRAMES[phrase.opens])
        self.op = phrase.next
        return implied

    def _apply_comma(self, phrase: Phrase) -> tuple[Implied, ...]:
        implied = self._call()
        self._comma(phrase.rust, spelled=True)
        self.stmt |= f.PHRASED
        self.op = phrase.next
        return implied

    def _apply_terminator(self, phrase: Phrase) -> tuple[Implied, ...]:
        implied = self._call()
        implied += self._end_statement()
        self._semicolon(phrase.rust, spelled=True)
        return implied

    def _apply_spelled(self, phrase: Phrase) -> tuple[Implied, ...]:
        self.stmt |= f.PHRASED
        return self.sigil(phrase.rust, spelled=True)

    # ---- tokens of Rust ----

    def name(self, text: str, is_literal: bool = False) -> tuple[Implied, ...]:
        """Move on by an identifier or literal; return what it implies before or after it."""
        op = self.op
        implied = NOTHING
        if op & _TELLING_OF_NAMES:
            if op & f.NAME_WANTED:
                self.op = f.AFTER if is_literal else _AFTER_NAME[op]
                return NOTHING
            if op == f.CALLABLE:
                implied = (CALL,)
            elif op == f.EXTERN and is_literal:
                self.op = f.STARTED
                return NOTHING
            elif op == f.BANG and not is_literal:
                return NOTHING
            elif op & (f.CLOSED | f.BRACED) and self.stmt & f.HEADED:
                self.stmt = f.NEW
        stmt = self.stmt
        if stmt & f.UNDECIDED:
            self.stmt = self._decide(0 if is_literal else f.PATH, text)
        elif stmt & f.MACRO_CALL:
            self.stmt = stmt & ~(f.MACRO_CALL | f.PATH)
        self.op = f.AFTER
        return implied

    def keyword(self, entry: Entry, plain: bool = False) -> tuple[Implied, ...]:
        """Move on by a keyword of Rust; `plain` closes nothing and opens no head."""
        op = self.op
        if op & f.NAME_WANTED:
            self.op = _AFTER_NAME[op]
            return NOTHING
        if op == f.BANG:
            return NOTHING
        text = entry.text
        implied = NOTHING
        if op == f.CALLABLE:
            implied = (CALL,)
            op = self.op = f.AFTER
        if plain:
            if self.stmt & f.UNDECIDED:
                self.stmt = self._decide(f.FIRST.get(text, 0), text)
            self.stmt |= f.FILLED | f.PHRASED
            self.op = f.EITHER if entry.next & f.NAME_WANTED else entry.next
            return implied
        if op & (f.CLOSED | f.BRACED) and self.stmt & f.HEADED and text not in ("else", "as"):
            self.stmt = f.NEW
        is_rust_else = text == "else" and op == f.BRACED
        if entry.closes and self.frame.kind.soft and op & f.AFTER_ALLOWED and not is_rust_else:
            implied += self.close_up_to(CLOSERS[entry.closes](self.frame))
        if entry.head:
            self._leave_head(text)
        stmt = self.stmt
        if stmt & f.UNDECIDED:
            bits = f.FIRST.get(text, f.PATH if entry.next == f.AFTER else 0)
            self.stmt = self._decide(bits, text)
        elif stmt & (f.MACRO_CALL | f.PATH) and entry.next != f.AFTER:
            self.stmt = stmt & ~(f.MACRO_CALL | f.PATH)
        self.op = entry.next
        if text == "let" and self.frame.kind.is_head:
            self.stmt |= f.PATTERN
        elif text == "in":
            self.stmt &= ~f.PATTERN
        if entry.head and not self._is_inner(text, op):
            outside = self.frame
            self._open_head(text)
            if text == "fn" and self.frame is outside:
                self.op = f.WANTED  # a type: its brackets follow, and no name
        if text == "crate" and op == f.EXTERN:
            self.op = f.NAME
        elif text == "macro" and not stmt & f.UNDECIDED:
            self.op = f.WANTED
        return implied

    def _is_inner(self, text: str, op: int) -> bool:
        """Tell whether `for` or `if` stands inside a head or pattern and opens none itself."""
        if text == "for":
            behind_value = 0 if self.begins_value(text) else f.EITHER
            return bool(op & (f.AFTER_OPERAND | behind_value)) or self.frame.kind in _QUANTIFIED
        return text == "if" and bool(op & f.AFTER_OPERAND)

    @property
    def may_be_else(self) -> bool:
        """Whether `else` may stand here: behind a brace of Rust, or a `let`."""
        outer = self.stmt
        frame = self.frame
        while frame.kind.soft and not frame.multi:
            outer, frame = frame.outer, frame.below
        return bool(outer & f.SEMICOLON)

    def modifier(self, text: str) -> None:
        """Move on by a contextual keyword such as `default`."""
        self.stmt = self._decide(f.FIRST.get(text, 0), text)
        self.op = f.STARTED

    def union(self) -> None:
        """Move on by the contextual keyword `union`."""
        self.stmt = self._decide(f.FIRST["union"], "union")
        self._open_head("union")
        self.op = f.NAME

    def lifetime(self) -> tuple[Implied, ...]:
        """Move on by a lifetime or label as Rust writes it."""
        implied = self._call()
        self.stmt |= f.FILLED
        self.op = f.EITHER
        return implied

    def sigil(self, text: str, *, spelled: bool = False) -> tuple[Implied, ...]:
        """Move on by a sigil of Rust; return the call that it implies, if any."""
        implied = NOTHING
        if self.op == f.CALLABLE:
            if text in ("(", "::", "<"):
                self.op = f.AFTER
            else:
                implied = (CALL,)
                self.op = f.AFTER
        action = _SIGILS.get(text)
        if action is not None:
            if text in _ENDING and not spelled:
                implied += self._end_statement()
            action(self, text, spelled)
            return implied
        self._note_sigil(text)
        if self.op == f.REPEATED and text in ("*", "+"):
            self.op = f.AFTER
            return implied
        if text in _ASSIGNMENTS:
            self.stmt = self.stmt & ~f.PATTERN | f.SEMICOLON
        if text == "?" and self.op & (f.OPERAND_WANTED | f.EITHER):
            return implied  # `?Sized`: the bound still follows
        following = _SIGIL_NEXT.get(text, f.WANTED)
        self.op = f.EITHER if spelled and following == f.NAME else following
        return implied

    def _note_sigil(self, text: str) -> None:
        stmt = self.stmt
        if stmt & f.UNDECIDED:
            stmt = self._decide(f.FIRST.get(text, 0), text)
        elif text != "::":
            stmt &= ~(f.PATH | f.MACRO_CALL)
        self.stmt = stmt

    def _open_rust(self, text: str, spelled: bool) -> None:
        op = self.op
        raw = _RAW_AFTER.get((text, op)) if not spelled else None
        if raw is not None:
            if raw is not f.RAW_ATTRIBUTE:
                self.stmt |= f.FILLED
                if raw is f.RAW_BRACE:
                    if self.frame.kind is HEADS["macro"]:
                        self._pop()
                    self.stmt |= f.HEADED
            self._push(raw)
            self.op = f.RAW
            return
        inner = _INNER.get((text, op))
        if inner is not None:
            self._push(inner)
            self.op = f.WANTED
            return
        top = self.frame.kind
        if text == "(" and op & (f.NAME | f.CALLABLE_NAME) and top is HEADS["function"]:
            self._pop()
        if text == "{":
            if op == f.BANG:
                self.stmt |= f.HEADED
            if self.frame.kind is FRAMES["where"]:
                self._pop()
            head = self.frame.kind
            is_inner = op & f.WANTED or self.stmt & f.PATTERN or self.wants_operand_of(head)
            if head.is_head and (head.is_item or not is_inner):
                self._pop()
            else:
                self._note_sigil(text)
        else:
            self._note_sigil(text)
        self._push(RUST[text])
        self.op = f.WANTED

    def _close_rust(self, text: str, spelled: bool) -> None:
        frame = self.closed_by(text)
        if frame is None:
            self.op = f.AFTER
            return
        after = frame.kind.after
        while self.frame is not frame:
            self._pop()
        self._pop()
        self.op = after

    def _end_statement(self) -> tuple[Implied, ...]:
        """Close the brackets of Iron that a statement or pattern which ends here has left open."""
        frame = self.frame
        if not frame.kind.soft or frame.closes & f.MACRO_BIT or not self.op & f.AFTER_ALLOWED:
            return NOTHING
        return self.close_up_to(to_statement(frame))

    def _semicolon(self, text: str, spelled: bool) -> None:
        while self.frame.kind.is_head or self.frame.kind in (FRAMES["where"], BODY):
            self._pop()
        self.stmt = f.NEW
        self.op = f.WANTED

    def _comma(self, text: str, spelled: bool) -> None:
        self.op = f.WANTED
        while self.frame.kind is BODY:
            self._pop()
        if self.frame.kind.ends_line in ENDS:
            return  # it parts the arguments of a type: in a block, commas end nothing
        self.stmt = f.NEW | (self.stmt & f.PHRASED if self.frame.kind.is_bracket else 0)

    def _fat_arrow(self, text: str, spelled: bool) -> None:
        while self.frame.kind.is_head:
            self._pop()
        self.stmt = f.FILLED | f.GIVEN | f.UNDECIDED | (self.stmt & f.PHRASED)
        self.op = f.WANTED

    def _less(self, text: str, spelled: bool) -> None:
        op = self.op
        if self.frame.kind is HEADS["for"] and op == f.WANTED and not self.stmt & f.FILLED:
            self._pop()
        self._note_sigil(text)
        kind = self.frame.kind
        in_head = kind.is_head and kind.is_item or kind is FRAMES["where"]
        is_type = kind.closer == ">" or in_head
        if not spelled and (is_type or op & f.NAME):
            for _ in text:  # `<<` opens two, as in `Vec<<T as Trait>::Item>`
                self._push(RUST["<"])
        self.op = f.WANTED

    def _greater(self, text: str, spelled: bool) -> None:
        kind = self.frame.kind
        if kind.closer != ">":
            self._note_sigil(text)
            self.op = f.EITHER
            return
        self._pop()
        self.op = f.AFTER if kind.after == f.CALLABLE else kind.after
        if len(text) > 1 and self.frame.kind.closer == ">":
            self._greater(text[1:], spelled)

    def _greater_equal(self, text: str, spelled: bool) -> None:
        """Move on by `>=`, which closes what `<` opened in `type A<T>= B;`."""
        if self.frame.kind is RUST["<"]:
            self._pop()
            self.sigil("=")
            return
        self._note_sigil(text)
        self.op = f.WANTED

    def _pipe(self, text: str, spelled: bool) -> None:
        if self.frame.kind.name == "pipe":
            self._pop()
            self._push(BODY)
            self.op = f.STARTED
            return
        self._note_sigil(text)
        self.op = f.WANTED

    def _exclamation(self, text: str, spelled: bool) -> None:
        if self.op == f.HASH:
            return
        is_macro = self.op == f.AFTER
        self._note_sigil(text)
        is_type = self.frame.kind is HEADS["function"]  # `-> !`
        self.op = f.BANG if is_macro else f.EITHER if is_type else f.WANTED

    def _hash(self, text: str, spelled: bool) -> None:
        self.op = f.HASH

    def raw_bracket(self, text: str) -> None:
        """Move on by a bracket inside what is Rust to its end."""
        if text in "([{":
            self._push(f.RAW_RUST)
            return
        after = self.frame.kind.after
        self._pop()
        if self.frame.kind.name[:3] != "raw":
            self.op = after


_SPECIAL: Final[dict[str, Callable[[Machine, Phrase], tuple[Implied, ...]]]] = {
    "block": Machine._apply_block,
    "assign": Machine._apply_assign,
    "gives": Machine._apply_gives,
    "giving": Machine._apply_giving,
    "end": Machine._apply_end,
    "closer": Machine._apply_done,
    "otherwise": Machine._apply_otherwise,
    "comma": Machine._apply_comma,
    "terminator": Machine._apply_terminator,
    "silent": Machine._apply_silent,
    "value": Machine._apply_value,
    "fresh": Machine._apply_fresh,
    "mark": Machine._apply_silent,
    "opener": Machine._apply_opener,
    "repetition": Machine._apply_opener,
    "attribute": Machine._apply_attribute,
    "spelled": Machine._apply_spelled,
}
_SIGILS: Final[dict[str, Callable[[Machine, str, bool], None]]] = {
    "(": Machine._open_rust,
    "[": Machine._open_rust,
    "{": Machine._open_rust,
    ")": Machine._close_rust,
    "]": Machine._close_rust,
    "}": Machine._close_rust,
    ";": Machine._semicolon,
    ",": Machine._comma,
    "=>": Machine._fat_arrow,
    "<": Machine._less,
    "<<": Machine._less,
    ">": Machine._greater,
    ">>": Machine._greater,
    ">=": Machine._greater_equal,
    "|": Machine._pipe,
    "!": Machine._exclamation,
    "#": Machine._hash,
}
_AFTER_NAME: Final = {
    f.NAME: f.AFTER,
    f.VARIABLE: f.AFTER,
    f.CALLABLE_NAME: f.CALLABLE,
    f.LIFETIME_NAME: f.EITHER,
    f.LABEL_NAME: f.STARTED,
    f.MACRO: f.MACRO,
}
