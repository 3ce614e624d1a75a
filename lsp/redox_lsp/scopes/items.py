"""Items by their keywords: what they declare, what they import."""

from __future__ import annotations

from redox_lsp.reading import Kind
from redox_lsp.scopes.declarations import Binding, Import, Item, Leaf, Open, Segment, Use
from redox_lsp.scopes.names import ANGLES, PATH_WORDS, Names, names_in_format
from redox_lsp.scopes.tokens import ITEM_KINDS, PARTNERS
from redox_lsp.scopes.visible import Context


class Items(Names):
    """Reads the heads of items, macros and imports."""

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
        context = self._push(Context("fn" if word == "fn" else "item", item=item))
        end = name + 1
        is_container = word == "trait" or word == "mod" and self.text(end) == "{"
        self._contain(context, item, is_container=is_container)
        if self.text(end) == "<":
            end = self._generics(end, context, item)
        if word == "fn" and self.text(end) == "(":
            end = self._parameters(end + 1, ")", context, item)
            end += self.text(end) == ")"
        return end

    def _contain(self, context: Context, item: Item, *, is_container: bool) -> None:
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
        context = self._push(Context("item", item=item))
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
            angles = max(0, angles + ANGLES.get(text, 0))
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
        context = self._push(Context("item", item=item))
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
        while self.text(end) in PARTNERS:
            closed = self.partner[end]
            past = closed + 1 if closed >= 0 else len(self.texts)
            for one in range(end, past):
                if self.kinds[one] is Kind.NAME:
                    self._hide(self.texts[one])
                elif self.kinds[one] is Kind.LITERAL:
                    for match in names_in_format(self.texts[one]):
                        self._hide(match[0])
            end = past
        item.end = self.past(end - 1)
        return end

    def _hide(self, name: str) -> None:
        """Take note of a name whose meaning no scope tells."""
        self.opaque.add(name)
        for is_value in (True, False):
            seen = self._seen(name, is_value=is_value)
            if seen is not None:
                seen.is_in_macro = True

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
            elif self.kinds[index] is Kind.NAME or text in PATH_WORDS:
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
        use = Use(head.name, head.place, path[1:])
        self._use(use, is_value=False)
        if self.stack[-1].is_shared:
            return
        if name == "*":
            self.globs.append(use)
        if name not in ("*", "_"):
            binding = Binding(name, "import", place, self.here(index), path=path)
            self.bindings.append(binding)
            self._show(self.stack[-1], binding)
