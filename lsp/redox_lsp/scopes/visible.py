"""Which names are visible at the token at hand, and what was found so far."""

from __future__ import annotations

from typing import Final

from redox_lsp.scopes.declarations import (
    NEVER,
    Binding,
    Event,
    Free,
    Item,
    Place,
    Use,
)
from redox_lsp.scopes.tokens import Tokens

LOCALS: Final = frozenset(("variable", "parameter"))
"""Kinds of what a value alone can name: neither a type nor the head of a path."""
_ITEMS: Final = frozenset(("fn", "item"))
"""Contexts of items, which see no variable from around them."""


class Context:
    """What is open in a sweep: a bracket, a block, or what precedes or ends without one."""

    __slots__ = (
        "body",
        "format_in",
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
        self.owner: Context | None = None
        """The head that a block belongs to: both end together."""
        self.format_in = -1
        """How many arguments of a macro come before its format string; none has it if negative."""
        self.is_shared = False
        """Whether other runs of lines may hold parts of it."""


class Visible(Tokens):
    """What is open at a token, the names that are visible there, and what has been found."""

    def __init__(self) -> None:
        super().__init__()
        self.declared: dict[int, Binding] = {}
        self.stack: list[Context] = []
        self.opened: dict[int, Context] = {}
        self.env: dict[str, list[Binding]] = {}
        self.values: list[dict[str, list[Binding]]] = [{}]
        """Variables and parameters by name, for each item around; the innermost sees its own."""
        self.label: Binding | None = None
        self.events: list[Event] = []
        self.free: dict[str, list[Use]] = {}
        self.bindings: list[Binding] = []
        self.members: dict[str, list[Place]] = {}
        self.opaque: set[str] = set()
        self.locals: list[Item] = []
        self.globs: list[Use] = []
        self.named: set[int] = set()
        """Where the `=` stands that gives an argument of a macro its name."""

    def _push(self, context: Context) -> Context:
        self.stack.append(context)
        if context.kind in _ITEMS:
            self.values.append({})
        if context.open >= 0:
            self.opened[context.open] = context
        if self.label is not None and context.kind in ("head", "block"):
            self._show(context, self.label)
            self.label = None
        return context

    def _pop(self, index: int) -> Context:
        context = self.stack.pop()
        self.opened.pop(context.open, None)
        end = self.past(index)
        for binding in reversed(context.names):
            self._kept_with(binding)[binding.name].pop()
            binding.end = end
        for binding in context.pending:
            binding.end = end
        if context.kind in _ITEMS:
            self.values.pop()
        item = context.item
        if item is not None:
            item.end = max(item.end, end)
            if item.head_end == (0, 0):
                item.head_end = item.end
        return context

    def _show(self, context: Context, binding: Binding) -> None:
        """Let a name be visible from here to the end of a context."""
        context.names.append(binding)
        self._kept_with(binding).setdefault(binding.name, []).append(binding)

    def _kept_with(self, binding: Binding) -> dict[str, list[Binding]]:
        return self.values[-1] if binding.kind in LOCALS else self.env

    def _seen(self, name: str, *, is_value: bool) -> Binding | None:
        """Return the binding that a name means: of two that are visible, the later one."""
        bound = self.env.get(name)
        values = self.values[-1].get(name) if is_value else None
        found = [one[-1] for one in (bound, values) if one]
        return max(found, key=lambda one: one.start, default=None)

    def _commit(self, context: Context, index: int) -> None:
        """Let the names of the statement at hand be visible."""
        for binding in context.pending:
            binding.start = self.past(index)
            self._show(context, binding)
        context.pending = []

    def _defer(self, context: Context, bound: list[Binding]) -> None:
        """Let names be visible only once the statement at hand is over."""
        context.pending += bound
        for binding in bound:
            binding.start = NEVER

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

    def _use(self, use: Use, *, is_value: bool = True) -> None:
        """Give a use to the binding that it means, or keep it as free."""
        seen = self._seen(use.name, is_value=is_value) if not use.is_macro else None
        if seen is not None:
            seen.uses.append(use)
        if seen is None or use.tail and seen.kind == "import":
            self.free.setdefault(use.name, []).append(use)

    def _member(self, index: int) -> None:
        self.members.setdefault(self.texts[index], []).append(self.places[index])

    def _holds_items(self) -> bool:
        """Tell whether what stands here is declared in a module, implementation or trait."""
        return self.stack[-1].is_shared
