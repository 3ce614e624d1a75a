"""Which names are visible at the token at hand, and what was found so far."""

from __future__ import annotations

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


class Context:
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
        self.owner: Context | None = None
        """The head that a block belongs to: both end together."""
        self.is_format = False
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
        self.label: Binding | None = None
        self.events: list[Event] = []
        self.free: dict[str, list[Use]] = {}
        self.bindings: list[Binding] = []
        self.members: dict[str, list[Place]] = {}
        self.opaque: set[str] = set()
        self.locals: list[Item] = []

    def _push(self, context: Context) -> Context:
        self.stack.append(context)
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

    def _show(self, context: Context, binding: Binding) -> None:
        """Let a name be visible from here to the end of a context."""
        context.names.append(binding)
        self.env.setdefault(binding.name, []).append(binding)

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
