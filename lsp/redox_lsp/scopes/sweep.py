"""The sweep over a run's tokens: brackets and statements, and who reads which token."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from redox_lsp.reading import Kind, Token
from redox_lsp.scopes.declarations import Close, Item, Scopes, Use
from redox_lsp.scopes.items import Items
from redox_lsp.scopes.tokens import ITEM_KINDS
from redox_lsp.scopes.visible import Context

_BLOCK_LIKE: Final = frozenset("{ if match loop while for unsafe".split())
_GOES_ON: Final = frozenset(", . ? else".split())
"""What may follow a block that is only a part of an arm's value."""
_BEFORE_OPERAND: Final = frozenset(
    "( [ { , ; = => : && || ! & + - * / % == != <= >= < > += -= } return move else in break async"
    " static match if while yield ..".split()
)
_BEFORE_LITERAL: Final = frozenset("> Self".split())
_FORMATS: Final = (
    "print println eprint eprintln format format_args panic todo unimplemented unreachable"
    " trace debug info warn error bail anyhow".split(),
    "write writeln assert debug_assert ensure".split(),
    "assert_eq assert_ne debug_assert_eq debug_assert_ne".split(),
)
FORMAT_MACROS: Final = {name: before for before, names in enumerate(_FORMATS) for name in names}
"""Macros with a string that names variables in braces: how many arguments come before it."""
_BREAKS: Final = frozenset(("closure", "head", "arm", "fn", "item"))
"""Contexts that end with the statement that they are in."""
_LET_STOPS: Final = frozenset("= : else".split())
_FOR_STOPS: Final = frozenset(("in",))
_ARM_STOPS: Final = frozenset("=> if".split())
_RETURN_STOPS: Final = frozenset(", => where =".split())


def scopes_of(lines: Iterable[tuple[int, Token]]) -> Scopes:
    """Sweep over the tokens of a run of lines, each with its line; never raises."""
    sweep = Sweep()
    sweep.flatten(lines)
    sweep.match_brackets()
    sweep.run()
    return Scopes(
        tuple(sweep.events),
        tuple(sweep.bindings),
        sweep.members,
        frozenset(sweep.opaque),
        tuple(sweep.locals),
        tuple(sweep.globs),
    )


class Sweep(Items):
    """Goes over all tokens of a run: opens and closes what they open and close."""

    def run(self) -> None:
        """Go over all tokens."""
        base = Context("file")
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
                index = self.literal(index) if kind is Kind.LITERAL else index + 1
        while len(self.stack) > 1:
            self._pop(count)
        self._flush()

    # ---- brackets ----

    def open_bracket(self, index: int) -> int:
        """Open a round or square bracket, or what a macro's brace opens."""
        context = Context("bracket", index)
        if self.text(index - 1) == "!":
            context.format_in = FORMAT_MACROS.get(self.text(index - 2), -1)
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
            return self._element(self._push(Context("fields", index, variant)), index + 1)
        is_value = self.is_name(index - 1) or before in _BEFORE_LITERAL
        if is_value and not (top.kind == "closure" and top.body == index):
            self._push(Context("literal", index))
            return index + 1
        return self._open_scope("block", index)

    def _open_scope(self, kind: str, index: int, owner: Context | None = None) -> int:
        context = Context(kind, index)
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

    def _open_block_of(self, head: Context, index: int) -> int:
        item = head.item
        self._commit(head, index)
        if item is not None and not item.head_end[1]:
            item.head_end = self.past(index - 1)
        if head.body == -2:  # a match
            context = self._push(Context("match", index))
            context.owner = head
            return self._arm(index + 1)
        if item is None or head.kind == "fn":
            return self._open_scope("block", index, head)
        if item.kind in ("structure", "union", "enumeration"):
            kind = "variants" if item.kind == "enumeration" else "fields"
            context = Context(kind, index, item)
            context.owner = head
            return self._element(self._push(context), index + 1)
        context = Context("container", index)
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

    def _close_shared(self, context: Context, index: int) -> None:
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
        top.format_in -= top.format_in > 0
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

    def _element(self, context: Context, index: int) -> int:
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

    # ---- names and statements ----

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
        if index + 1 in self.named:
            return index + 2
        return self._path(index)

    def literal(self, index: int) -> int:
        """Read a literal; a macro's format string, over all its lines, may name variables."""
        top = self.stack[-1]
        if top.format_in or self.text(index - 1) not in ("(", "[", "{", ","):
            return index + 1
        top.format_in = -1
        named = self._named_arguments(index, self.partner[top.open])
        self.named.update(named.values())
        while index < len(self.kinds) and self.kinds[index] is Kind.LITERAL:
            self._format(index, frozenset(named))
            index += 1
        return index

    def let(self, index: int) -> int:
        """Bind the names of a pattern, once the statement or condition is over."""
        end, bound = self._pattern(index + 1, _LET_STOPS, "variable")
        self._defer(self.stack[-1], bound)
        return self._type(end + 1, _LET_STOPS) if self.text(end) == ":" else end

    def head(self, index: int) -> int:
        """`if` and `while`: a block follows."""
        self._push(Context("head"))
        return index + 1

    def match(self, index: int) -> int:
        """`match`: a block of arms follows."""
        self._push(Context("head")).body = -2
        return index + 1

    def loop_for(self, index: int) -> int:
        """`for`: of a loop, an implementation or a bound."""
        if self.text(index + 1) == "<":
            return self._generics(index + 1, self.stack[-1], None)
        if self.stack[-1].kind == "item":
            return index + 1
        context = self._push(Context("head"))
        end, bound = self._pattern(index + 1, _FOR_STOPS, "variable")
        self._defer(context, bound)
        return end

    def _arm(self, index: int) -> int:
        """Read the pattern of an arm; its names are visible to the arm's end."""
        index = self._past_attributes(index)
        if self.text(index) in ("}", ""):
            return index
        context = self._push(Context("arm"))
        end, bound = self._pattern(index, _ARM_STOPS, "variable")
        for binding in bound:
            binding.start = self.here(end)
            self._show(context, binding)
        return end + 1 if self.text(end) == "if" else end

    def returned(self, index: int) -> int:
        """`->`: the type of what a function returns."""
        return self._type(index + 1, _RETURN_STOPS)

    def where(self, index: int) -> int:
        """`where`: bounds of types, up to the block."""
        return self._type(index + 1, frozenset())

    def closure(self, index: int) -> int:
        """`|` or `||`: the parameters of a closure, or an operator."""
        before = self.text(index - 1)
        is_operand = index == 0 or before in _BEFORE_OPERAND
        if not is_operand:
            return index + 1
        context = self._push(Context("closure"))
        end = index + 1
        if self.texts[index] == "|":
            end = self._parameters(end, "|", context, None)
            end += self.text(end) == "|"
        if self.text(end) == "->":
            end = self._type(end + 1, _RETURN_STOPS)
        context.body = end
        return end


_HANDLERS: Final[dict[str, Callable[[Sweep, int], int]]] = {
    "(": Sweep.open_bracket,
    "[": Sweep.open_bracket,
    "{": Sweep.open_brace,
    ")": Sweep.close_bracket,
    "]": Sweep.close_bracket,
    "}": Sweep.close_bracket,
    ",": Sweep.comma,
    ";": Sweep.semicolon,
    "&&": Sweep.both,
    "=>": Sweep.arrow,
    "#": Sweep.attribute,
    "->": Sweep.returned,
    "where": Sweep.where,
    "|": Sweep.closure,
    "||": Sweep.closure,
    "::": Sweep.turbofish,
    "let": Sweep.let,
    "if": Sweep.head,
    "while": Sweep.head,
    "match": Sweep.match,
    "for": Sweep.loop_for,
    "fn": Sweep.item,
    "struct": Sweep.item,
    "enum": Sweep.item,
    "trait": Sweep.item,
    "type": Sweep.item,
    "const": Sweep.item,
    "static": Sweep.item,
    "mod": Sweep.item,
    "impl": Sweep.item,
    "extern": Sweep.item,
    "macro": Sweep.macro,
    "use": Sweep.use,
    "self": Sweep.path_word,
    "Self": Sweep.path_word,
    "super": Sweep.path_word,
    "crate": Sweep.path_word,
}
