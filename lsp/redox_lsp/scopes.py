"""What a run of lines declares, and which of its names mean what: read from the tokens of Rust.

The tokens are those that Iron says as well as those that stand there as Rust, so both are read
alike. One sweep goes over them, with the names that are visible at hand: it never goes back and
never recurses, so it is linear, and it takes broken text as it comes. A name that nothing inside
the run binds is *free*: what it means is for the modules of the file to say.

Places are a line, counted from the first of the run, and the columns on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from redox_lsp.reading import Kind, Token

_NEVER: Final = (1 << 60, 0)


class Place(NamedTuple):
    """A line and two columns on it."""

    line: int
    start: int
    end: int


class Segment(NamedTuple):
    """A name in a path."""

    name: str
    place: Place


class Use(NamedTuple):
    """A name, or the path that begins with it, where it is used."""

    name: str
    place: Place
    tail: tuple[Segment, ...] = ()
    """What follows in the path."""
    is_macro: bool = False
    shorthand: str = ""
    """What parts a field from its value here, where the name is both at once."""


@dataclass(slots=True, eq=False)
class Binding:
    """A name that is visible in a part of a run of lines."""

    name: str
    kind: str
    place: Place
    start: tuple[int, int]
    """Where it begins to be visible."""
    end: tuple[int, int] = _NEVER
    """Where it ceases to be visible."""
    uses: list[Use] = field(default_factory=list)
    item: Item | None = None
    path: tuple[Segment, ...] = ()
    """What an import stands for."""
    shorthand: str = ""
    """What parts a field from its value here, where the name is both at once."""


class Parameter(NamedTuple):
    """A parameter of a function: where its pattern and type stand."""

    start: Place
    end: Place


@dataclass(slots=True, eq=False)
class Item:
    """What a run of lines declares: an item, a field or a variant."""

    kind: str
    name: str
    place: Place
    start: tuple[int, int]
    end: tuple[int, int]
    children: list[Item] = field(default_factory=list)
    generics: list[Binding] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)
    head_end: tuple[int, int] = (0, 0)
    """Where what stands before its block ends."""
    attributes: list[str] = field(default_factory=list)
    """The Rust of its attributes, without their brackets."""
    trait: str = ""
    """The trait that an implementation is of."""
    takes_self: bool = False
    """Whether its first parameter is `self`."""

    def is_like(self, other: Item) -> bool:
        """Tell whether another item declares the same at the same places of its run."""
        return self._said() == other._said() and all(
            one.is_like(theirs) for one, theirs in zip(self.children, other.children, strict=True)
        )

    def _said(self) -> tuple[object, ...]:
        generics = [(one.name, one.kind, one.place) for one in self.generics]
        return (
            *(self.kind, self.name, self.place, self.start, self.end, self.head_end),
            *(self.trait, self.takes_self, self.attributes, self.parameters),
            *(generics, len(self.children)),
        )


class Import(NamedTuple):
    """A member of an import: its path, and what it is called here; a glob is called `*`."""

    path: tuple[Segment, ...]
    name: str
    place: Place
    is_renamed: bool = False


class Open(NamedTuple):
    """A module, implementation or trait begins."""

    item: Item


class Close(NamedTuple):
    """What began last ends."""

    place: Place


class Leaf(NamedTuple):
    """An item that holds no other that can be reached."""

    item: Item


class Free(NamedTuple):
    """Names that the run does not bind, by what they are called."""

    uses: dict[str, list[Use]]
    tails: dict[str, list[Use]]
    """The paths that hold a name behind their first."""


Event = Open | Close | Leaf | Free | Import


@dataclass(frozen=True, slots=True)
class Scopes:
    """What one run of lines tells."""

    events: tuple[Event, ...]
    bindings: tuple[Binding, ...]
    members: dict[str, list[Place]]
    """Names of fields and methods, which only types could tell apart."""
    opaque: frozenset[str]
    """Names in the bodies of macros, where no scope is known."""
    locals: tuple[Item, ...]
    """Items that are declared inside functions."""


SET_TO: Final = "set to"
"""The phrase that parts a field from its value, by its key; Rust has a colon."""
ITEM_KINDS: Final = {
    "fn": "function",
    "struct": "structure",
    "enum": "enumeration",
    "union": "union",
    "trait": "trait",
    "type": "type",
    "const": "constant",
    "static": "static",
    "mod": "module",
    "impl": "implementation",
    "extern": "external",
}
_MODIFIERS: Final = frozenset("pub const async unsafe extern default auto safe crate in".split())
_BLOCK_LIKE: Final = frozenset("{ if match loop while for unsafe".split())
_GOES_ON: Final = frozenset(", . ? else".split())
"""What may follow a block that is only a part of an arm's value."""
_BEFORE_OPERAND: Final = frozenset(
    "( [ { , ; = => : && || ! & + - * / % == != <= >= < > += -= } return move else in break async"
    " static match if while yield ..".split()
)
_BEFORE_ITEM: Final = frozenset("; { } ] unsafe default auto pub ) => safe".split())
_BEFORE_LITERAL: Final = frozenset("> Self".split())
_LOOPS: Final = frozenset("loop while for {".split())
_PARTNERS: Final = {"(": ")", "[": "]", "{": "}"}
_CLOSERS: Final = frozenset(_PARTNERS.values())
_PATH_WORDS: Final = frozenset("self Self super crate".split())
FORMAT_MACROS: Final = frozenset(
    "print println eprint eprintln format write writeln panic todo unimplemented unreachable"
    " assert assert_eq assert_ne debug_assert debug_assert_eq debug_assert_ne format_args"
    " trace debug info warn error bail ensure anyhow".split()
)
"""Macros whose strings name variables in braces."""
_IN_FORMAT: Final = re.compile(r"\\u\{|\{\{|\{([^\W\d]\w*)\s*(?=[:}])|[:.<>^]([^\W\d]\w*)\$")
_BREAKS: Final = frozenset(("closure", "head", "arm", "fn", "item"))
"""Contexts that end with the statement that they are in."""


class _Context:
    """What is open in a sweep: a bracket, a block, or what precedes or ends without one."""

    __slots__ = (
        "body",
        "is_format",
        "is_shared",
        "item",
        "kind",
        "names",
        "open",
        "owner",
        "pending",
    )

    def __init__(self, kind: str, opened: int = -1, item: Item | None = None) -> None:
        self.kind = kind
        self.open = opened
        self.item = item
        self.names: list[Binding] = []
        self.pending: list[Binding] = []
        """Names that the statement at hand binds, once it is over."""
        self.body = -1
        """Where the value of a closure or arm begins."""
        self.owner: _Context | None = None
        """The head that a block belongs to: both end together."""
        self.is_format = False
        self.is_shared = False
        """Whether other runs of lines may hold parts of it."""


def scopes_of(lines: Iterable[tuple[int, Token]]) -> Scopes:
    """Sweep over the tokens of a run of lines, each with its line; never raises."""
    sweep = _Sweep()
    sweep.flatten(lines)
    sweep.match_brackets()
    sweep.run()
    return Scopes(
        tuple(sweep.events),
        tuple(sweep.bindings),
        sweep.members,
        frozenset(sweep.opaque),
        tuple(sweep.locals),
    )


class _Sweep:
    """The tokens of a run, what is open at the one at hand, and what has been found."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.kinds: list[Kind] = []
        self.places: list[Place] = []
        self.is_said: list[bool] = []
        self.partner: list[int] = []
        self.items_in: dict[int, list[int]] = {}
        self.declared: dict[int, Binding] = {}
        self.stack: list[_Context] = []
        self.opened: dict[int, _Context] = {}
        self.env: dict[str, list[Binding]] = {}
        self.label: Binding | None = None
        self.events: list[Event] = []
        self.free: dict[str, list[Use]] = {}
        self.bindings: list[Binding] = []
        self.members: dict[str, list[Place]] = {}
        self.opaque: set[str] = set()
        self.locals: list[Item] = []

    # ---- preparation ----

    def flatten(self, lines: Iterable[tuple[int, Token]]) -> None:
        """Lay the tokens side by side; what Iron says as `lifetime a` becomes one."""
        texts, kinds, places = self.texts, self.kinds, self.places
        quote = False
        for line, token in lines:
            text, kind = token.text, token.kind
            if kind is Kind.COMMENT or kind is Kind.SILENT:
                continue
            if quote and kind in (Kind.NAME, Kind.KEYWORD):
                texts[-1], kinds[-1] = f"'{text}", Kind.LIFETIME
                places[-1] = Place(line, token.name_column, token.end)
                quote = False
                continue
            quote = text == "'"
            start = token.name_column
            if kind is Kind.LIFETIME:
                start += 1
            if text[:2] == "r#" and kind is Kind.NAME:
                start, text = start + 2, text[2:]
            texts.append(text)
            kinds.append(kind)
            places.append(Place(line, min(start, token.end), token.end))
            self.is_said.append(token.phrase is not None)

    def match_brackets(self) -> None:
        """Find each bracket's partner, and the items that each brace holds."""
        texts = self.texts
        self.partner = [-1] * len(texts)
        waiting: dict[str, int] = {")": 0, "]": 0, "}": 0}
        opened: list[int] = []
        braces = [-1]
        for index, text in enumerate(texts):
            if text in _PARTNERS:
                opened.append(index)
                waiting[_PARTNERS[text]] += 1
                if text == "{":
                    braces.append(index)
            elif text in _CLOSERS:
                if not waiting[text]:
                    continue
                while (closer := _PARTNERS[texts[opened[-1]]]) != text:
                    self._drop(opened, braces, waiting, closer)
                self.partner[opened[-1]] = index
                self.partner[index] = opened[-1]
                self._drop(opened, braces, waiting, text)
            elif text in ITEM_KINDS or text == "macro_rules":
                name = self._item_name(index)
                if name >= 0:
                    self.items_in.setdefault(braces[-1], []).append(index)

    def _drop(
        self, opened: list[int], braces: list[int], waiting: dict[str, int], closer: str
    ) -> None:
        opened.pop()
        waiting[closer] -= 1
        if closer == "}":
            braces.pop()

    def text(self, index: int) -> str:
        """Return a token's text; there is none outside the run."""
        return self.texts[index] if 0 <= index < len(self.texts) else ""

    def is_name(self, index: int) -> bool:
        """Tell whether a token is a name."""
        return 0 <= index < len(self.kinds) and self.kinds[index] is Kind.NAME

    def _item_name(self, index: int) -> int:
        """Return where the name is that a keyword declares, or -1 if it declares none."""
        word = self.texts[index]
        if word == "macro_rules":
            return index + 2 if self.text(index + 1) == "!" and self.is_name(index + 2) else -1
        name = index + 1
        if word == "static" and self.text(name) == "mut":
            name += 1
        if word in ("impl", "extern") or not (self.is_name(name) or self.text(name) == "_"):
            return -1
        if word in ("const", "static"):
            return name if self.text(name + 1) == ":" else -1
        if word == "union":
            is_one = self.text(name + 1) in ("{", "<", "where") and self._begins_item(index)
            return name if is_one else -1
        return name

    def _begins_item(self, index: int) -> bool:
        return index == 0 or self.texts[index - 1] in _BEFORE_ITEM

    def here(self, index: int) -> tuple[int, int]:
        """Return where a token begins; behind the last one, where that ends."""
        if index < len(self.places):
            line, start, _ = self.places[index]
            return line, start
        return self.past(len(self.places) - 1)

    def past(self, index: int) -> tuple[int, int]:
        """Return where a token ends."""
        if not self.places:
            return 0, 0
        line, _, end = self.places[min(max(0, index), len(self.places) - 1)]
        return line, end

    # ---- contexts ----

    def run(self) -> None:
        """Go over all tokens."""
        base = _Context("file")
        base.is_shared = True
        self.stack.append(base)
        index, count = 0, len(self.texts)
        while index < count:
            text, kind = self.texts[index], self.kinds[index]
            handler = _HANDLERS.get(text)
            if handler is not None and kind is not Kind.LITERAL:
                index = max(handler(self, index), index + 1)
            elif kind is Kind.NAME:
                index = max(self.name(index), index + 1)
            elif kind is Kind.LIFETIME:
                index = self.lifetime(index)
            else:
                if kind is Kind.LITERAL and self.stack[-1].is_format:
                    self._format(index)
                index += 1
        while len(self.stack) > 1:
            self._pop(count)
        self._flush()

    def _push(self, context: _Context) -> _Context:
        self.stack.append(context)
        if context.open >= 0:
            self.opened[context.open] = context
        if self.label is not None and context.kind in ("head", "block"):
            self._show(context, self.label)
            self.label = None
        return context

    def _pop(self, index: int) -> _Context:
        context = self.stack.pop()
        self.opened.pop(context.open, None)
        end = self.past(index)
        for binding in reversed(context.names):
            self.env[binding.name].pop()
            binding.end = end
        for binding in context.pending:
            binding.end = end
        item = context.item
        if item is not None:
            item.end = max(item.end, end)
            if item.head_end == (0, 0):
                item.head_end = item.end
        return context

    def _show(self, context: _Context, binding: Binding) -> None:
        """Let a name be visible from here to the end of a context."""
        context.names.append(binding)
        self.env.setdefault(binding.name, []).append(binding)

    def _commit(self, context: _Context, index: int) -> None:
        """Let the names of the statement at hand be visible."""
        for binding in context.pending:
            binding.start = self.past(index)
            self._show(context, binding)
        context.pending = []

    def _bind(self, index: int, kind: str) -> Binding:
        binding = Binding(self.texts[index], kind, self.places[index], self.here(index))
        self.bindings.append(binding)
        return binding

    def _flush(self) -> None:
        if self.free:
            tails: dict[str, list[Use]] = {}
            for uses in self.free.values():
                for use in uses:
                    for name in {segment.name for segment in use.tail}:
                        tails.setdefault(name, []).append(use)
            self.events.append(Free(self.free, tails))
            self.free = {}

    def _use(self, use: Use) -> None:
        """Give a use to the binding that it means, or keep it as free."""
        visible = self.env.get(use.name) if not use.is_macro else None
        if visible:
            visible[-1].uses.append(use)
            if use.tail and visible[-1].kind == "import":
                self.free.setdefault(use.name, []).append(use)
        else:
            self.free.setdefault(use.name, []).append(use)

    def _member(self, index: int) -> None:
        self.members.setdefault(self.texts[index], []).append(self.places[index])

    def _holds_items(self) -> bool:
        """Tell whether what stands here is declared in a module, implementation or trait."""
        return self.stack[-1].is_shared

    # ---- brackets ----

    def open_bracket(self, index: int) -> int:
        """Open a round or square bracket, or what a macro's brace opens."""
        context = _Context("bracket", index)
        if self.text(index - 1) == "!":
            context.is_format = self.text(index - 2) in FORMAT_MACROS
        self._push(context)
        return index + 1

    def open_brace(self, index: int) -> int:
        """Open a brace: the block of a head, the fields of a value, or a block of its own."""
        top = self.stack[-1]
        before = self.text(index - 1)
        if before == "!" and self.is_name(index - 2):
            return self.open_bracket(index)
        if top.kind in ("head", "fn", "item") and before not in ("unsafe", "match", "async"):
            return self._open_block_of(top, index)
        if top.kind in ("variants", "fields") and self.is_name(index - 1):
            variant = top.item.children[-1] if top.item and top.item.children else None
            return self._element(self._push(_Context("fields", index, variant)), index + 1)
        is_value = self.is_name(index - 1) or before in _BEFORE_LITERAL
        if is_value and not (top.kind == "closure" and top.body == index):
            self._push(_Context("literal", index))
            return index + 1
        return self._open_scope("block", index)

    def _open_scope(self, kind: str, index: int, owner: _Context | None = None) -> int:
        context = _Context(kind, index)
        context.owner = owner
        self._push(context)
        if kind == "block":
            for word in self.items_in.get(index, ()):
                name = self._item_name(word)
                label = (
                    "macro" if self.texts[word] == "macro_rules" else ITEM_KINDS[self.text(word)]
                )
                binding = self.declared[name] = self._bind(name, label)
                binding.start = self.past(index)
                self._show(context, binding)
        return index + 1

    def _open_block_of(self, head: _Context, index: int) -> int:
        item = head.item
        self._commit(head, index)
        if item is not None and not item.head_end[1]:
            item.head_end = self.past(index - 1)
        if head.body == -2:  # a match
            context = self._push(_Context("match", index))
            context.owner = head
            return self._arm(index + 1)
        if item is None or head.kind == "fn":
            return self._open_scope("block", index, head)
        if item.kind in ("structure", "union", "enumeration"):
            kind = "variants" if item.kind == "enumeration" else "fields"
            context = _Context(kind, index, item)
            context.owner = head
            return self._element(self._push(context), index + 1)
        context = _Context("container", index)
        context.owner = head
        context.is_shared = head.is_shared
        self._push(context)
        return index + 1

    def close_bracket(self, index: int) -> int:
        """Close a bracket and all that ends with it."""
        opened = self.partner[index]
        if opened < 0:
            if self.texts[index] == "}":
                self._close_outer(index)
            return index + 1
        if opened not in self.opened:
            return index + 1
        while True:
            context = self._pop(index)
            if context.open == opened:
                break
            self._close_shared(context, index)
        if context.owner is not None:
            while self.stack[-1] is not context.owner and len(self.stack) > 1:
                self._pop(index)
            if len(self.stack) > 1:
                self._close_shared(self._pop(index), index)
        return self._after_block(opened, index)

    def _close_shared(self, context: _Context, index: int) -> None:
        if context.kind == "item" and context.is_shared:
            self._flush()
            self.events.append(Close(self.places[index]))

    def _close_outer(self, index: int) -> None:
        """Close what an earlier run of lines opened."""
        while len(self.stack) > 1:
            self._close_shared(self._pop(index), index)
        self._flush()
        self.events.append(Close(self.places[index]))

    def _after_block(self, opened: int, index: int) -> int:
        """End the closures and arms whose value was the block that has just ended."""
        following = self.text(index + 1)
        while len(self.stack) > 1:
            top = self.stack[-1]
            if top.kind == "closure" and top.body == opened and self.texts[index] == "}":
                self._pop(index)
                continue
            if top.kind == "arm" and top.body >= 0 and self.texts[index] == "}":
                starts = self.texts[top.body] if top.body < len(self.texts) else ""
                if starts in _BLOCK_LIKE and following not in _GOES_ON:
                    self._pop(index)
                    return self._arm(index + 1)
            break
        return index + 1

    def comma(self, index: int) -> int:
        """End an element, and the closure or arm that it is the value of."""
        while self.stack[-1].kind == "closure":
            self._pop(index)
        top = self.stack[-1]
        if top.kind == "arm":
            self._pop(index)
            return self._arm(index + 1) if self.stack[-1].kind == "match" else index + 1
        if top.kind == "match":
            return self._arm(index + 1)
        if top.kind in ("fields", "variants"):
            return self._element(top, index + 1)
        return index + 1

    def semicolon(self, index: int) -> int:
        """End a statement or item."""
        while len(self.stack) > 1 and self.stack[-1].kind in _BREAKS:
            context = self._pop(index)
            self._close_shared(context, index)
        self._commit(self.stack[-1], index)
        return index + 1

    def both(self, index: int) -> int:
        """`&&`: what `if let` bound is visible in the conditions behind it."""
        if self.stack[-1].kind == "head":
            self._commit(self.stack[-1], index)
        return index + 1

    def arrow(self, index: int) -> int:
        """`=>`: the value of an arm begins."""
        top = self.stack[-1]
        if top.kind == "arm":
            self._commit(top, index)
            top.body = index + 1
        return index + 1

    def _element(self, context: _Context, index: int) -> int:
        """Read the name of a field or variant where one is declared."""
        index = self._past_attributes(index)
        if self.text(index) == "pub":
            index += 1
            if self.text(index) == "(" and self.partner[index] >= 0:
                index = self.partner[index] + 1
        item = context.item
        if item is None or not self.is_name(index):
            return index
        is_field = context.kind == "fields"
        if is_field and self.text(index + 1) != ":":
            return index
        kind = "field" if is_field else "variant"
        child = Item(
            kind, self.texts[index], self.places[index], self.here(index), self.past(index)
        )
        item.children.append(child)
        return index + 1

    # ---- statements ----

    def let(self, index: int) -> int:
        """Bind the names of a pattern, once the statement or condition is over."""
        end, bound = self._pattern(index + 1, _LET_STOPS, "variable")
        self._defer(self.stack[-1], bound)
        return end

    def _defer(self, context: _Context, bound: list[Binding]) -> None:
        """Let names be visible only once the statement at hand is over."""
        context.pending += bound
        for binding in bound:
            binding.start = _NEVER

    def head(self, index: int) -> int:
        """`if` and `while`: a block follows."""
        self._push(_Context("head"))
        return index + 1

    def match(self, index: int) -> int:
        """`match`: a block of arms follows."""
        self._push(_Context("head")).body = -2
        return index + 1

    def loop_for(self, index: int) -> int:
        """`for`: of a loop, an implementation or a bound."""
        if self.text(index + 1) == "<":
            return self._generics(index + 1, self.stack[-1], None)
        if self.stack[-1].kind == "item":
            return index + 1
        context = self._push(_Context("head"))
        end, bound = self._pattern(index + 1, _FOR_STOPS, "variable")
        self._defer(context, bound)
        return end

    def _arm(self, index: int) -> int:
        """Read the pattern of an arm; its names are visible to the arm's end."""
        index = self._past_attributes(index)
        if self.text(index) in ("}", ""):
            return index
        context = self._push(_Context("arm"))
        end, bound = self._pattern(index, _ARM_STOPS, "variable")
        for binding in bound:
            binding.start = self.here(end)
            self._show(context, binding)
        return end + 1 if self.text(end) == "if" else end

    def _past_attributes(self, index: int) -> int:
        while self.text(index) == "#":
            index = self.attribute(index)
        return index

    def attribute(self, index: int) -> int:
        """Go past an attribute, whose names no scope binds."""
        opened = index + 2 if self.text(index + 1) == "!" else index + 1
        if self.text(opened) != "[":
            return index + 1
        closed = self.partner[opened]
        return closed + 1 if closed >= 0 else opened + 1

    def closure(self, index: int) -> int:
        """`|` or `||`: the parameters of a closure, or an operator."""
        before = self.text(index - 1)
        is_operand = index == 0 or before in _BEFORE_OPERAND
        if not is_operand:
            return index + 1
        context = self._push(_Context("closure"))
        end = index + 1
        if self.texts[index] == "|":
            end = self._parameters(end, "|", context, None)
            end += self.text(end) == "|"
        if self.text(end) == "->":
            end = self._type(end + 1, _RETURN_STOPS)
        context.body = end
        return end

    # ---- patterns and types ----

    def _pattern(self, index: int, stops: frozenset[str], kind: str) -> tuple[int, list[Binding]]:
        """Read a pattern; return where it ends and what it binds."""
        bound: dict[str, Binding] = {}
        opened: list[int] = []
        count = len(self.texts)
        while index < count:
            text = self.texts[index]
            if not opened and (text in stops or text in _ALL_STOPS):
                break
            if text in _PARTNERS:
                if text == "{" and not opened and not self._is_type(index - 1):
                    break
                opened.append(index)
            elif text in _CLOSERS:
                if not opened:
                    break
                opened.pop()
            elif self.kinds[index] is Kind.NAME:
                index = self._pattern_name(index, bound, opened[-1] if opened else -1, kind)
                continue
            elif text == "self":
                bound["self"] = self._bind(index, kind)
            index += 1
        return index, list(bound.values())

    def _is_type(self, index: int) -> bool:
        """Tell whether a token can be the name of a type that a pattern takes apart."""
        is_type = self.texts[index][:1].isupper() or self.text(index - 1) == "::"
        return is_type and self.is_name(index) or self.texts[index] == "Self"

    def _pattern_name(self, index: int, bound: dict[str, Binding], opened: int, kind: str) -> int:
        """Read a name in a pattern, inside the bracket at `opened` if there is one."""
        name, following, before = self.texts[index], self.text(index + 1), self.text(index - 1)
        if before == "::":
            return index + 1
        is_path = following in ("::", "(", "!") or following == "{" and self._is_type(index)
        if is_path:
            return self._path(index)
        in_fields = self.text(opened) == "{"
        if in_fields and following == ":":
            self._member(index)
            return index + 1
        if name[0].isupper() and following != "@":
            self._use(Use(name, self.places[index]))
            return index + 1
        is_shorthand = in_fields and before in ("{", ",", "ref", "mut")
        shorthand = self._shorthand(opened) if is_shorthand else ""
        if name in bound:
            bound[name].uses.append(Use(name, self.places[index], shorthand=shorthand))
            return index + 1
        binding = bound[name] = self._bind(index, kind)
        binding.shorthand = shorthand
        if shorthand:
            self._member(index)
        return index + 1

    def _shorthand(self, brace: int) -> str:
        """Return what parts a field from its value inside a brace."""
        return SET_TO if self.is_said[brace] else ":"

    def _type(self, index: int, stops: frozenset[str]) -> int:
        """Read a type, of which every name is a use; return where it ends."""
        depth = angles = 0
        count = len(self.texts)
        while index < count:
            text = self.texts[index]
            if not depth and angles <= 0 and text in stops:
                break
            if text in _PARTNERS:
                if text == "{" and not depth:
                    break
                depth += 1
            elif text in _CLOSERS:
                if not depth:
                    break
                depth -= 1
            elif text == ";" and not depth:
                break
            elif self.kinds[index] is Kind.NAME or text in _PATH_WORDS:
                index = self._path(index)
                continue
            elif self.kinds[index] is Kind.LIFETIME:
                index = self.lifetime(index)
                continue
            elif text == ">>" and angles == 1 and text in stops:
                break
            else:
                angles += _ANGLES.get(text, 0)
            index += 1
        return index

    def _parameters(self, index: int, closer: str, context: _Context, item: Item | None) -> int:
        """Read parameters up to what closes them; their names are visible in `context`."""
        count = len(self.texts)
        stops = frozenset((":", ",", closer))
        ends = frozenset((",", closer))
        while index < count and self.texts[index] != closer and self.texts[index] not in _CLOSERS:
            index = first = self._past_attributes(index)
            index, bound = self._pattern(index, stops, "parameter")
            for binding in bound:
                self._show(context, binding)
            if self.text(index) == ":":
                index = self._type(index + 1, ends)
            if item is not None and index > first:
                item.parameters.append(Parameter(self.places[first], self.places[index - 1]))
                item.takes_self |= any(one.name == "self" for one in bound)
            if self.text(index) == ",":
                index += 1
            elif index == first or self.text(index) != closer:
                break
        return index

    def _generics(self, index: int, context: _Context, item: Item | None) -> int:
        """Read generic parameters from their `<`; return where what follows them begins."""
        depth = angles = 0
        is_start = False
        count = len(self.texts)
        while index < count:
            text, kind = self.texts[index], self.kinds[index]
            if text in ("{", ";", "}") and not depth:
                return index
            if text in _ANGLES and not depth:
                angles += _ANGLES[text]
                is_start = text == "<" and angles == 1
                index += 1
                if angles <= 0:
                    return index
                continue
            if is_start and kind in (Kind.NAME, Kind.LIFETIME):
                self._generic(index, context, item)
            elif kind is Kind.NAME or text in _PATH_WORDS:
                index = self._path(index)
                continue
            elif kind is Kind.LIFETIME:
                self.lifetime(index)
            elif text in _PARTNERS:
                depth += 1
            elif text in _CLOSERS:
                depth -= 1
                if depth < 0:
                    return index
            is_start = text == "," and angles == 1 and not depth or is_start and text == "const"
            index += 1
        return index

    def _generic(self, index: int, context: _Context, item: Item | None) -> None:
        kind = "lifetime" if self.kinds[index] is Kind.LIFETIME else "type parameter"
        if self.text(index - 1) == "const":
            kind = "constant parameter"
        binding = self._bind(index, kind)
        if item is not None and context.is_shared:
            item.generics.append(binding)
        else:
            self._show(context, binding)

    # ---- names ----

    def name(self, index: int) -> int:
        """Read a name in an expression, statement or type."""
        name, following, before = self.texts[index], self.text(index + 1), self.text(index - 1)
        if before in (".", "::", "$"):
            self._member(index)
            return index + 1
        if name == "union" and self._item_name(index) >= 0:
            return self.item(index)
        if name == "macro_rules" and self._item_name(index) >= 0:
            return self.macro(index)
        top = self.stack[-1]
        if top.kind == "literal" and (before in ("{", ",") or self._follows_attribute(index)):
            if following == ":":
                self._member(index)
                return index + 2
            if following in (",", "}"):
                self._member(index)
                self._use(Use(name, self.places[index], shorthand=self._shorthand(top.open)))
                return index + 1
        if top.is_format and following == "=" and before == ",":
            return index + 2
        return self._path(index)

    def _follows_attribute(self, index: int) -> bool:
        opened = self.partner[index - 1] if index and self.texts[index - 1] == "]" else -1
        return opened > 0 and self.texts[opened - 1] == "#"

    def _path(self, index: int) -> int:
        """Read a path from its first name; return where what follows it begins."""
        first = index
        if self.text(index - 1) in (".", "::"):
            self._member(index)
            return index + 1
        tail: list[Segment] = []
        end = index + 1
        while self.text(end) == "::" and (self.is_name(end + 1) or self._is_path_word(end + 1)):
            tail.append(Segment(self.texts[end + 1], self.places[end + 1]))
            end += 2
        is_macro = self.text(end) == "!" and self.text(end + 1) in _PARTNERS
        self._use(Use(self.texts[first], self.places[first], tuple(tail), is_macro))
        if self.text(end) == "::" and self.text(end + 1) == "<":
            end = self._angles(end + 1)
        return end

    def _is_path_word(self, index: int) -> bool:
        return self.text(index) in _PATH_WORDS

    def _angles(self, index: int) -> int:
        """Read the arguments of a path from their `<`, so that no comma of theirs ends anything."""
        end = self._type(index + 1, _ANGLE_STOPS)
        return end + 1 if self.text(end) in (">", ">>") else end

    def path_word(self, index: int) -> int:
        """Read `self`, `Self`, `super` or `crate`."""
        return self._path(index)

    def turbofish(self, index: int) -> int:
        """Read what `::<` opens."""
        return self._angles(index + 1) if self.text(index + 1) == "<" else index + 1

    def lifetime(self, index: int) -> int:
        """Read a lifetime or label."""
        name = self.texts[index]
        if self.text(index + 1) == ":" and self.text(index + 2) in _LOOPS:
            self.label = self._bind(index, "label")
            return index + 2
        if name not in ("'static", "'_"):
            self._use(Use(name, self.places[index]))
        return index + 1

    def _format(self, index: int) -> None:
        """Find the variables that a format string names."""
        place, text = self.places[index], self.texts[index]
        if len(text) != place.end - place.start:
            return
        for match in _IN_FORMAT.finditer(text):
            for group in (1, 2):
                if match[group]:
                    start = place.start + match.start(group)
                    where = Place(place.line, start, start + len(match[group]))
                    if self.env.get(match[group]):
                        self._use(Use(match[group], where))
                    else:
                        self.free.setdefault(match[group], []).append(Use(match[group], where))

    # ---- items ----

    def item(self, index: int) -> int:
        """Read the head of an item from its keyword."""
        word = self.texts[index]
        name = self._item_name(index)
        if word == "impl" and not self._begins_item(index):
            return index + 1
        if word == "extern":
            return self._external(index)
        if word != "impl" and name < 0:
            return index + 1
        if name < 0:
            return self._implementation(index)
        item = self._declare(index, name, ITEM_KINDS[word])
        context = self._push(_Context("fn" if word == "fn" else "item", item=item))
        end = name + 1
        is_container = word == "trait" or word == "mod" and self.text(end) == "{"
        self._contain(context, item, is_container=is_container)
        if self.text(end) == "<":
            end = self._generics(end, context, item)
        if word == "fn" and self.text(end) == "(":
            end = self._parameters(end + 1, ")", context, item)
            end += self.text(end) == ")"
        return end

    def _contain(self, context: _Context, item: Item, *, is_container: bool) -> None:
        """Tell the modules of an item, if they can see it."""
        outer = self.stack[-2]
        if not outer.is_shared:
            return
        self._flush()
        context.is_shared = is_container
        self.events.append(Open(item) if is_container else Leaf(item))

    def _declare(self, index: int, name: int, kind: str) -> Item:
        first, attributes = self._modifiers(index)
        item = Item(
            kind,
            self.texts[name],
            self.places[name],
            self.here(first),
            self.past(name),
            attributes=attributes,
        )
        binding = self.declared.get(name)
        if binding is not None:
            binding.item = item
            self.locals.append(item)
        return item

    def _modifiers(self, index: int) -> tuple[int, list[str]]:
        """Go back over what stands before an item's keyword; return its attributes, too."""
        attributes: list[str] = []
        first = index
        while first > 0:
            before = self.texts[first - 1]
            opened = self.partner[first - 1] if before in _CLOSERS else -1
            if before in _MODIFIERS or self.text(first - 2) == "extern":
                first -= 1
            elif before == ")" and opened >= 0 and self.text(opened - 1) == "pub":
                first = opened
            elif before == "]" and opened >= 0 and self.text(opened - 1) == "#":
                attributes.append(" ".join(self.texts[opened + 1 : first - 1]))
                first = opened - 1
            else:
                break
        return first, attributes[::-1]

    def _implementation(self, index: int) -> int:
        """Read the head of an `impl` block, whose name is that of its type."""
        outer = self.stack[-1]
        first, attributes = self._modifiers(index)
        item = Item(
            "implementation",
            "",
            self.places[index],
            self.here(first),
            self.past(index),
            attributes=attributes,
        )
        context = self._push(_Context("item", item=item))
        if outer.is_shared:
            context.is_shared = True
            self._flush()
            self.events.append(Open(item))
        end = index + 1
        if self.text(end) == "<":
            end = self._generics(end, context, item)
        self._name_implementation(end, item)
        return end

    def _name_implementation(self, index: int, item: Item) -> None:
        """Find the type, and the trait, that an `impl` block is for."""
        angles = 0
        last = -1
        count = len(self.texts)
        while index < count and self.texts[index] not in ("{", "where", ";", "}"):
            text = self.texts[index]
            if not angles and text == "for" and self.text(index + 1) != "<":
                item.trait, last = self.text(last) if last >= 0 else "", -1
            elif not angles and self.kinds[index] is Kind.NAME:
                last = index
            angles = max(0, angles + _ANGLES.get(text, 0))
            index += 1
        if last >= 0:
            item.name, item.place = self.texts[last], self.places[last]
        item.head_end = self.past(index - 1)

    def _external(self, index: int) -> int:
        """`extern`: a block of foreign functions, a crate, or a modifier."""
        end = index + 1
        if self.text(end) == "crate":
            return self._external_crate(end + 1)
        if end < len(self.kinds) and self.kinds[end] is Kind.LITERAL:
            end += 1
        if self.text(end) != "{":
            return end
        outer = self.stack[-1]
        item = Item("external", "", self.places[index], self.here(index), self.past(index))
        context = self._push(_Context("item", item=item))
        if outer.is_shared:
            context.is_shared = True
            self._flush()
            self.events.append(Open(item))
        return end

    def _external_crate(self, index: int) -> int:
        if not self.is_name(index):
            return index
        name = index
        if self.text(index + 1) == "as" and self.is_name(index + 2):
            name = index + 2
        path = (Segment(self.texts[index], self.places[index]),)
        self._import(path, name, is_renamed=True)
        return name + 1

    def macro(self, index: int) -> int:
        """Read a macro's definition; in its body any names may mean anything."""
        name = self._item_name(index) if self.texts[index] == "macro_rules" else index + 1
        if not self.is_name(name):
            return index + 1
        item = self._declare(index, name, "macro")
        if self._holds_items():
            self._flush()
            self.events.append(Leaf(item))
        end = name + 1
        while self.text(end) in _PARTNERS:
            closed = self.partner[end]
            past = closed + 1 if closed >= 0 else len(self.texts)
            self.opaque.update(
                self.texts[one] for one in range(end, past) if self.kinds[one] is Kind.NAME
            )
            end = past
        item.end = self.past(end - 1)
        return end

    def use(self, index: int) -> int:
        """Read an import up to its end."""
        if self.text(index + 1) == "<":
            return index + 1
        path: list[Segment] = []
        outer: list[list[Segment]] = []
        index += 1
        count = len(self.texts)
        while index < count:
            text = self.texts[index]
            if text == "{":
                outer.append(list(path))
            elif text == "}":
                if not outer:
                    break
                outer.pop()
            elif text == ",":
                path = list(outer[-1]) if outer else []
            elif text == "*":
                self._import((*path,), index, name="*")
            elif self.kinds[index] is Kind.NAME or text in _PATH_WORDS:
                path.append(Segment(text, self.places[index]))
                if self.text(index + 1) != "::":
                    index = self._imported(path, index)
            elif text == ";" or text not in ("::", "as"):
                break
            index += 1
        return index

    def _imported(self, path: list[Segment], index: int) -> int:
        """Read the last name of one import, and what it is called here."""
        if path[-1].name == "self" and len(path) > 1:
            path = path[:-1]
        named = index
        if self.text(index + 1) == "as" and index + 2 < len(self.texts):
            named = index + 2
        is_renamed = named != index
        name = self.texts[named] if is_renamed else path[-1].name
        self._import(tuple(path), named, name=name, is_renamed=is_renamed)
        return named

    def _import(
        self, path: tuple[Segment, ...], index: int, name: str = "", *, is_renamed: bool = False
    ) -> None:
        if not path:
            return
        name = name or self.texts[index]
        place = self.places[index]
        if self.stack[-1].is_shared:
            self.events.append(Import(path, name, place, is_renamed))
        head = path[0]
        self._use(Use(head.name, head.place, path[1:]))
        if self.stack[-1].is_shared:
            return
        if name not in ("*", "_"):
            binding = Binding(name, "import", place, self.here(index), path=path)
            self.bindings.append(binding)
            self._show(self.stack[-1], binding)


_LET_STOPS: Final = frozenset("= : else".split())
_FOR_STOPS: Final = frozenset(("in",))
_ARM_STOPS: Final = frozenset("=> if".split())
_ALL_STOPS: Final = frozenset("; => let fn struct enum impl trait".split())
_RETURN_STOPS: Final = frozenset(", => where".split())
_ANGLE_STOPS: Final = frozenset("> >>".split())
_ANGLES: Final = {"<": 1, ">": -1, ">>": -2}
_HANDLERS: Final[dict[str, Callable[[_Sweep, int], int]]] = {
    "(": _Sweep.open_bracket,
    "[": _Sweep.open_bracket,
    "{": _Sweep.open_brace,
    ")": _Sweep.close_bracket,
    "]": _Sweep.close_bracket,
    "}": _Sweep.close_bracket,
    ",": _Sweep.comma,
    ";": _Sweep.semicolon,
    "&&": _Sweep.both,
    "=>": _Sweep.arrow,
    "#": _Sweep.attribute,
    "|": _Sweep.closure,
    "||": _Sweep.closure,
    "::": _Sweep.turbofish,
    "let": _Sweep.let,
    "if": _Sweep.head,
    "while": _Sweep.head,
    "match": _Sweep.match,
    "for": _Sweep.loop_for,
    "fn": _Sweep.item,
    "struct": _Sweep.item,
    "enum": _Sweep.item,
    "trait": _Sweep.item,
    "type": _Sweep.item,
    "const": _Sweep.item,
    "static": _Sweep.item,
    "mod": _Sweep.item,
    "impl": _Sweep.item,
    "extern": _Sweep.item,
    "macro": _Sweep.macro,
    "use": _Sweep.use,
    "self": _Sweep.path_word,
    "Self": _Sweep.path_word,
    "super": _Sweep.path_word,
    "crate": _Sweep.path_word,
}
