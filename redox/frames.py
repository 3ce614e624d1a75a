"""What is open at a place in Iron, and what is wanted there.

A `Frame` is an open bracket, block or head (the part of an `if`, `match`, `function` … before
its block). Frames are interned: two equal stacks are the same object, so that the state of a
line is compared by identity and kept for every line at the price of a pointer.
"""

from __future__ import annotations

from typing import Final

# What is wanted at a place. Bits, so that a phrase can say in one mask where it may stand.
WANTED: Final = 1 << 0  # an operand
STARTED: Final = 1 << 1  # an operand, and an Iron phrase came just before: no Rust can follow
OPENED: Final = 1 << 2  # an operand, and the bracket before it has just been opened
AFTER: Final = 1 << 3  # an operand came before
CALLABLE: Final = 1 << 4  # the same, and its `()` is implied unless arguments follow
EITHER: Final = 1 << 5  # an operand may follow, or what follows an operand
CLOSED: Final = 1 << 6  # a block of Iron ended
BRACED: Final = 1 << 7  # a brace of Rust ended
NAME: Final = 1 << 8  # a name
CALLABLE_NAME: Final = 1 << 9  # a name, and CALLABLE after it
LIFETIME_NAME: Final = 1 << 10  # a name, and EITHER after it
LABEL_NAME: Final = 1 << 11  # a name, and an implied `:` after it
PUBLIC: Final = 1 << 12  # `pub` came before: a bracket is its scope
EXTERN: Final = 1 << 13  # `extern` came before: a literal names its convention
BANG: Final = 1 << 14  # `name!` came before: the next bracket is Rust to its end
HASH: Final = 1 << 15  # `#` came before: the next `[` is Rust to its end
MACRO: Final = 1 << 16  # `macro name` (macros 2.0) came before: brackets are Rust to their end
BOUNDS: Final = 1 << 17  # `where` came before
VARIABLE: Final = 1 << 18  # `$` came before: a name, or what is repeated
REPEATED: Final = 1 << 19  # `$( … )` came before: what says how often follows
RAW: Final = 1 << 20  # inside Rust to its closing bracket

OPERAND_WANTED: Final = WANTED | STARTED | OPENED | PUBLIC | EXTERN | BOUNDS | BANG | HASH
OPERAND_ALLOWED: Final = OPERAND_WANTED | EITHER | CLOSED | BRACED
AFTER_OPERAND: Final = AFTER | CALLABLE | REPEATED
AFTER_ALLOWED: Final = AFTER_OPERAND | EITHER | CLOSED | BRACED
NAME_WANTED: Final = NAME | VARIABLE | CALLABLE_NAME | LIFETIME_NAME | LABEL_NAME | MACRO
ANYWHERE: Final = RAW - 1

OPERANDS: Final = {
    "operand": STARTED,
    "after": AFTER,
    "either": EITHER,
    "name": NAME,
    "callable": CALLABLE_NAME,
    "lifetime": LIFETIME_NAME,
    "label": LABEL_NAME,
    "public": PUBLIC,
    "extern": EXTERN,
    "generic": EITHER,
    "opened": OPENED,
}
"""What a phrasebook row may give as `next`."""

# What is known of the statement or element at hand.
UNDECIDED: Final = 1 << 0  # nothing but modifiers so far
FILLED: Final = 1 << 1  # something so far
SEMICOLON: Final = 1 << 2  # takes its `;` at a block's end too
HEADED: Final = 1 << 3  # begins a block that ends it
PATH: Final = 1 << 4  # a path so far
MACRO_CALL: Final = 1 << 5  # a macro call so far
PHRASED: Final = 1 << 6  # used a phrase of Iron
GIVEN: Final = 1 << 7  # the `=>` of a case has been seen
CONSTANT: Final = 1 << 8  # begins with `const` or `static`
DEFERRED: Final = 1 << 9  # begins with `async` or `move`
REPORTED: Final = 1 << 10  # a word in it has been reported already
PATTERN: Final = 1 << 11  # a pattern is being written, so that braces open no block
VALUE: Final = 1 << 12  # said to be the value of its block
NEW: Final = UNDECIDED

FIRST: Final = {
    "let": SEMICOLON | PATTERN,
    "return": SEMICOLON,
    "break": SEMICOLON,
    "continue": SEMICOLON,
    "use": SEMICOLON,
    "use {": SEMICOLON,
    "type": SEMICOLON,
    "mod": HEADED | SEMICOLON,
    "struct": HEADED | SEMICOLON,
    "enum": HEADED | SEMICOLON,
    "union": HEADED | SEMICOLON,
    "trait": HEADED | SEMICOLON,
    "impl": HEADED | SEMICOLON,
    "impl<": HEADED | SEMICOLON,
    "fn": HEADED | SEMICOLON,
    "macro": HEADED | SEMICOLON,
    "crate": SEMICOLON | PATH,
    "::": PATH,
    "macro_rules!": HEADED | SEMICOLON,
    "extern crate": SEMICOLON,
    "if": HEADED,
    "match": HEADED,
    "while": HEADED,
    "for": HEADED,
    "loop": HEADED,
    "{": HEADED,
    "pub": UNDECIDED,
    "pub(crate)": UNDECIDED,
    "pub(super)": UNDECIDED,
    "pub(self)": UNDECIDED,
    "pub(in": UNDECIDED,
    "unsafe": UNDECIDED,
    "extern": UNDECIDED,
    "default": UNDECIDED,
    "auto": UNDECIDED,
    "safe": UNDECIDED,
    "gen": UNDECIDED | DEFERRED,
    "const": UNDECIDED | CONSTANT,
    "static": UNDECIDED | CONSTANT,
    "async": UNDECIDED | DEFERRED,
    "move": UNDECIDED | DEFERRED,
    "mut": UNDECIDED,
    "'": UNDECIDED,
    ":": UNDECIDED,
}
"""What a statement's first token, modifiers skipped, tells of it."""

# What the end of a line ends inside a frame.
NOTHING: Final = 0
STATEMENT: Final = 1  # `;` by the rule for a block's last statement
TOP_STATEMENT: Final = 2  # the same, for a statement that used a phrase
RULE: Final = 3  # `;` always
ELEMENT: Final = 4  # `,`
INNER_ELEMENT: Final = 5  # `,` but for the last
CASE: Final = 6  # `,` once `=>` was seen, and not after a plain block
BOUND: Final = 7  # `,` before the block too
BODY_STATEMENT: Final = 8  # as STATEMENT in a macro's body, where any words may stand

# How a line is written, which decides what its end implies.
IN_WORDS: Final = 0  # as both languages may write it
IN_RUST: Final = 1  # with a sigil, and no phrase
IN_IRON: Final = 2  # with a phrase


ITEM_HEADS: Final = (
    "function implement trait module structure enumeration union external macro".split()
)
_OPERAND_HEADS: Final = ("if", "match", "while", "for")
"""The heads whose block comes behind an operand: where one is wanted, a block is that operand."""
_VALUE_BRACKETS: Final = ("call", "group", "tuple", "index", "array")
_WITHOUT_ITEMS: Final = ("(", "[", "<")
"""The brackets of Rust in which no statement begins."""


class FrameKind:
    """How frames of one name behave."""

    __slots__ = (
        "after",
        "begins_rust",
        "closer",
        "end",
        "ends_line",
        "follows_operand",
        "holds_items",
        "holds_values",
        "is_bracket",
        "is_head",
        "is_item",
        "is_rust",
        "left",
        "name",
        "soft",
    )

    def __init__(
        self,
        name: str,
        closer: str = "",
        ends_line: int = NOTHING,
        *,
        soft: bool = False,
        rust: bool = False,
        head: bool = False,
        after: int = AFTER,
        end: str = "",
        left: int = 1,
    ) -> None:
        self.name = name
        self.closer = closer
        self.ends_line = ends_line
        self.soft = soft
        self.is_rust = rust
        self.is_head = head
        self.is_bracket = bool(closer)
        self.is_item = name in ITEM_HEADS
        self.begins_rust = rust or name in ("root", "<")
        """Whether a line in it begins as Rust, so that a word is a name if it may be one."""
        self.holds_items = name == "repeat" or not (head or soft or name in _WITHOUT_ITEMS)
        """Whether an item could stand in it; in a macro's arguments its words are but words."""
        self.follows_operand = head and name in _OPERAND_HEADS
        self.holds_values = self.follows_operand or name in _VALUE_BRACKETS
        """Whether it holds values alone, so that no name stands before `for`."""
        self.after = after
        self.end = end
        self.left = left

    def __repr__(self) -> str:
        return f"FrameKind({self.name!r})"


_BRACKETS: Final = (
    ("call", ")", ELEMENT, AFTER),
    ("parameters", ")", ELEMENT, AFTER),
    ("scope", ")", NOTHING, WANTED),
    ("group", ")", NOTHING, AFTER),
    ("tuple", ")", ELEMENT, AFTER),
    ("repeat", ")", STATEMENT, REPEATED),
    ("macro_call", ")", INNER_ELEMENT, AFTER),
    ("attribute_call", ")", INNER_ELEMENT, AFTER),
    ("angle", ">", ELEMENT, AFTER),
    ("quantifier", ">", ELEMENT, WANTED),
    ("generics", ">", ELEMENT, EITHER),
    ("callable_generics", ">", ELEMENT, CALLABLE),
    ("turbofish", ">", ELEMENT, AFTER),
    ("callable_turbofish", ">", ELEMENT, CALLABLE),
    ("index", "]", NOTHING, AFTER),
    ("array", "]", ELEMENT, AFTER),
    ("macro_list", "]", ELEMENT, AFTER),
    ("attribute", "]", INNER_ELEMENT, STARTED),
    ("members", "}", ELEMENT, CLOSED),
    ("pipe", "|", ELEMENT, STARTED),
)
_BLOCKS: Final = (
    ("function", STATEMENT),
    ("if", STATEMENT),
    ("match", CASE),
    ("while", STATEMENT),
    ("for", STATEMENT),
    ("loop", STATEMENT),
    ("else", STATEMENT),
    ("implement", STATEMENT),
    ("trait", STATEMENT),
    ("module", STATEMENT),
    ("external", STATEMENT),
    ("closure", STATEMENT),
    ("case", STATEMENT),
    ("block", STATEMENT),
    ("macro", BODY_STATEMENT),
    ("rules", RULE),
)
HEADS: Final = {
    name: FrameKind(name, head=True)
    for name in (*ITEM_HEADS, "if", "match", "while", "for", "loop", "else")
}
FRAMES: Final = {
    **{name: FrameKind(name, c, line, soft=True, after=a) for name, c, line, a in _BRACKETS},
    **{name: FrameKind(name, "}", line, after=CLOSED, end=name, left=2) for name, line in _BLOCKS},
    **{
        name: FrameKind(name, "}", ELEMENT, soft=True, after=CLOSED, end=name, left=2)
        for name in ("fields", "structure", "enumeration", "union")
    },
    "where": FrameKind("where", "", BOUND),
    "body": FrameKind("body", "", soft=True),  # of a closure: where stop words stop
}
FRAMES["rules"].end = "macro"
TYPE_BRACKETS: Final = frozenset(
    FRAMES[n]
    for n in "angle quantifier generics callable_generics turbofish callable_turbofish".split()
)
TURBOFISH: Final = frozenset(FRAMES[n] for n in ("turbofish", "callable_turbofish"))
ROOT: Final = FrameKind("root", "", TOP_STATEMENT)
RUST: Final = {
    "(": FrameKind("(", ")", rust=True),
    "[": FrameKind("[", "]", rust=True),
    "{": FrameKind("{", "}", rust=True, after=BRACED),
    "<": FrameKind("<", ">", after=EITHER),  # hides nothing: it may have been less-than
}
REPETITION: Final = FrameKind("$(", ")", rust=True, after=REPEATED)
SCOPE: Final = FrameKind("pub(", ")", rust=True, after=WANTED)
SPELLED_ATTRIBUTE: Final = FrameKind("spelled attribute", "]", rust=True, after=WANTED)
RAW_RUST: Final = FrameKind("raw", "", rust=True)
RAW_ATTRIBUTE: Final = FrameKind("raw attribute", "", rust=True, after=WANTED)
RAW_MACRO: Final = FrameKind("raw macro", "", rust=True, after=MACRO)
RAW_BRACE: Final = FrameKind("raw brace", "", rust=True, after=BRACED)


_MACRO_FRAMES: Final = frozenset("macro_call macro_list macro rules".split())
_CLOSER_TEXTS: Final = (")", "]", "}", ">", "|")
CLOSER_BITS: Final = {
    text: 1 << number
    for number, text in enumerate(
        (*_CLOSER_TEXTS, *sorted({kind.end for kind in FRAMES.values() if kind.end}))
    )
}
MACRO_BIT: Final = 1 << len(CLOSER_BITS)
"""Set inside the arguments, body or rules of a macro, where any words may stand."""
_END_BITS: Final = ~((1 << len(_CLOSER_TEXTS)) - 1)


class Frame:
    """A stack of open frames, by its top; never changed once made."""

    __slots__ = (
        "block",
        "children",
        "closes",
        "column",
        "depth",
        "furthest",
        "kind",
        "multi",
        "outer",
        "parent",
        "population",
    )

    def __init__(
        self, kind: FrameKind, parent: Frame | None, outer: int, multi: bool, column: int
    ) -> None:
        self.kind = kind
        self.parent = parent
        self.outer = outer
        """What was known of the statement that this frame stands in."""
        self.multi = multi
        """Whether the frame goes on over line ends."""
        self.column = column
        """The indentation of the line that a block, or the head before it, was opened on."""
        self.furthest = self._furthest(parent)
        """The deepest such line of what is open, back to a bracket of Rust; -1 for none."""
        self.depth: int = parent.depth + 1 if parent else 0
        self.block: Frame | None = self if kind.end else self._block_around(parent)
        """The innermost block that is open, back to a bracket of Rust."""
        self.closes = self._closable(parent)
        """Which closers and ends close something here: a mask, so that no walk is in vain."""
        self.children: dict[tuple[FrameKind, int, bool, int], Frame] = {}
        self.population: list[int] = parent.population if parent else [0]
        """How many frames there are over the root, which all of them share."""
        self.population[0] += 1

    def _closable(self, parent: Frame | None) -> int:
        kind = self.kind
        own = CLOSER_BITS.get(kind.closer, 0) | CLOSER_BITS.get(kind.end, 0)
        if kind.name in _MACRO_FRAMES:
            own |= MACRO_BIT
        if parent is None:
            return own
        if kind.is_rust:
            return own | parent.closes & MACRO_BIT
        is_wall = bool(kind.end) and not kind.soft
        return own | (parent.closes & _END_BITS if is_wall else parent.closes)

    def _block_around(self, parent: Frame | None) -> Frame | None:
        return None if parent is None or self.kind.is_rust else parent.block

    def _furthest(self, parent: Frame | None) -> int:
        kind = self.kind
        if parent is None or kind.is_rust:
            return -1
        goes_on = self.multi and kind.is_bracket
        return max(parent.furthest, self.column) if goes_on else parent.furthest

    @property
    def below(self) -> Frame:
        """The frame that this one stands in; the root stands in none."""
        assert self.parent is not None, "the root is never closed"
        return self.parent

    def push(self, kind: FrameKind, outer: int, multi: bool, column: int = 0) -> Frame:
        """Return the frame of `kind` inside this one."""
        key = (kind, outer, multi, column)
        frame = self.children.get(key)
        if frame is None:
            # Another thread may have been quicker, and there is one frame of each kind.
            frame = self.children.setdefault(key, Frame(kind, self, outer, multi, column))
        return frame

    def outdented(self, column: int) -> Frame:
        """Return this stack as if all that may hold an item at `column` were opened left of it."""
        held: list[Frame] = []
        frame = self
        while frame.furthest >= column:
            held.append(frame)
            frame = frame.below
        for inner in reversed(held):
            left = min(inner.column, column - 1)
            frame = frame.push(inner.kind, inner.outer, inner.multi, left if inner.multi else 0)
        return frame

    def __repr__(self) -> str:
        return f"{self.parent or ''}/{self.kind.name}{'*' if self.multi else ''}"


def new_root() -> Frame:
    """Return a stack with nothing open."""
    return Frame(ROOT, None, NEW, True, -1)
