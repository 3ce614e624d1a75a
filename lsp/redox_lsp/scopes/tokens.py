"""The tokens of a run of lines side by side, with what can be told from the tokens alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from redox.keywords import KEYWORDS
from redox_lsp.reading import Kind, Token
from redox_lsp.scopes.declarations import Place

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
_BEFORE_ITEM: Final = frozenset("; { } ] unsafe default auto pub ) => safe".split())
PARTNERS: Final = {"(": ")", "[": "]", "{": "}"}
CLOSERS: Final = frozenset(PARTNERS.values())


class Tokens:
    """The tokens of a run, each bracket's partner, and the items that each brace holds."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.kinds: list[Kind] = []
        self.places: list[Place] = []
        self.is_said: list[bool] = []
        self.partner: list[int] = []
        self.items_in: dict[int, list[int]] = {}

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
            if text[:2] == "r#" and kind is Kind.NAME and text[2:] not in KEYWORDS:
                text = text[2:]  # the same name; only what is a keyword without it keeps it
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
            if text in PARTNERS:
                opened.append(index)
                waiting[PARTNERS[text]] += 1
                if text == "{":
                    braces.append(index)
            elif text in CLOSERS:
                if not waiting[text]:
                    continue
                while (closer := PARTNERS[texts[opened[-1]]]) != text:
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

    def attribute(self, index: int) -> int:
        """Go past an attribute, whose names no scope binds."""
        opened = index + 2 if self.text(index + 1) == "!" else index + 1
        if self.text(opened) != "[":
            return index + 1
        closed = self.partner[opened]
        return closed + 1 if closed >= 0 else opened + 1

    def _past_attributes(self, index: int) -> int:
        while self.text(index) == "#":
            index = self.attribute(index)
        return index

    def _follows_attribute(self, index: int) -> bool:
        opened = self.partner[index - 1] if index and self.texts[index - 1] == "]" else -1
        return opened > 0 and self.texts[opened - 1] == "#"

    def _modifiers(self, index: int) -> tuple[int, list[str]]:
        """Go back over what stands before an item's keyword; return its attributes, too."""
        attributes: list[str] = []
        first = index
        while first > 0:
            before = self.texts[first - 1]
            opened = self.partner[first - 1] if before in CLOSERS else -1
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

    def _shorthand(self, brace: int) -> str:
        """Return what parts a field from its value inside a brace."""
        return SET_TO if self.is_said[brace] else ":"
