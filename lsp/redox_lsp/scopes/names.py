"""Names where they stand: in patterns, types, parameters, paths and the strings of formats."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from redox_lsp.reading import Kind
from redox_lsp.scopes.declarations import Binding, Item, Parameter, Place, Segment, Use
from redox_lsp.scopes.tokens import CLOSERS, PARTNERS
from redox_lsp.scopes.visible import Context, Visible

_LOOPS: Final = frozenset("loop while for {".split())
BINDING_WORDS: Final = frozenset(("ref", "mut"))
"""What may stand before a name that a pattern binds."""
PATH_WORDS: Final = frozenset("self Self super crate".split())
_PLACEHOLDER: Final = re.compile(r"\\u\{|\{\{|\{(\w*)\s*(:[^{}]*)?\}")
_NAME_IN_FORMAT: Final = re.compile(r"(?<=\{)[^\W\d]\w*|[^\W\d]\w*(?=\$)")
"""In a placeholder, the name of a value, or of its width or precision."""
_ALL_STOPS: Final = frozenset("; => let fn struct enum impl trait".split())
_ANGLE_STOPS: Final = frozenset("> >>".split())
_ENDED_AND_SET: Final = frozenset((">=", ">>="))
"""The end of a type and the `=` behind it, where no space parts them."""
ANGLES: Final = {"<": 1, ">": -1, ">>": -2}


def names_in_format(text: str) -> Iterator[re.Match[str]]:
    """Yield the names in the placeholders of a format string."""
    for placeholder in _PLACEHOLDER.finditer(text):
        if placeholder[1] is not None:
            yield from _NAME_IN_FORMAT.finditer(text, *placeholder.span())


class Names(Visible):
    """Reads patterns, which bind names, and types, parameters and paths, which use them."""

    def _pattern(self, index: int, stops: frozenset[str], kind: str) -> tuple[int, list[Binding]]:
        """Read a pattern; return where it ends and what it binds."""
        bound: dict[str, Binding] = {}
        opened: list[int] = []
        count = len(self.texts)
        while index < count:
            text = self.texts[index]
            if not opened and (text in stops or text in _ALL_STOPS):
                break
            if text in PARTNERS:
                if text == "{" and not opened and not self._is_type(index - 1):
                    break
                opened.append(index)
            elif text in CLOSERS:
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
            return self._path(index, is_value=False)
        in_fields = self.text(opened) == "{"
        if in_fields and following == ":":
            self._member(index)
            return index + 1
        if name[0].isupper() and following != "@":
            self._use(Use(name, self.places[index]), is_value=False)
            return index + 1
        first = index
        while self.text(first - 1) in BINDING_WORDS:
            first -= 1
        is_shorthand = in_fields and self.text(first - 1) in ("{", ",")
        shorthand = self._shorthand(opened) if is_shorthand else ""
        if name in bound:
            bound[name].uses.append(Use(name, self.places[index], shorthand=shorthand))
            return index + 1
        binding = bound[name] = self._bind(index, kind)
        binding.shorthand = shorthand
        if shorthand:
            self._member(index)
        return index + 1

    def _type(self, index: int, stops: frozenset[str]) -> int:
        """Read a type, of which every name is a use; return where it ends."""
        depth = angles = 0
        count = len(self.texts)
        while index < count:
            text = self.texts[index]
            if not depth and angles <= 0 and text in stops:
                break
            if text in PARTNERS:
                if text == "{" and not depth:
                    break
                depth += 1
            elif text in CLOSERS:
                if not depth:
                    break
                depth -= 1
            elif text == "let" or text == ";" and not depth:
                break
            elif text == "for" and self.text(index + 1) == "<":
                index = self._generics(index + 1, self.stack[-1], None)
                continue
            elif self.kinds[index] is Kind.NAME or text in PATH_WORDS:
                index = self._path(index, is_value=False)
                continue
            elif self.kinds[index] is Kind.LIFETIME:
                index = self.lifetime(index)
                continue
            elif text == ">>" and angles == 1 and text in stops or text in _ENDED_AND_SET:
                break
            else:
                angles += ANGLES.get(text, 0)
            index += 1
        return index

    def _parameters(self, index: int, closer: str, context: Context, item: Item | None) -> int:
        """Read parameters up to what closes them; their names are visible in `context`."""
        count = len(self.texts)
        stops = frozenset((":", ",", closer))
        ends = frozenset((",", closer))
        while index < count and self.texts[index] != closer and self.texts[index] not in CLOSERS:
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

    def _generics(self, index: int, context: Context, item: Item | None) -> int:
        """Read generic parameters from their `<`; return where what follows them begins."""
        depth = angles = 0
        is_start = False
        count = len(self.texts)
        while index < count:
            text, kind = self.texts[index], self.kinds[index]
            if text in ("{", ";", "}") and not depth:
                return index
            if text in ANGLES and not depth:
                angles += ANGLES[text]
                is_start = text == "<" and angles == 1
                index += 1
                if angles <= 0:
                    return index
                continue
            if is_start and kind in (Kind.NAME, Kind.LIFETIME):
                self._generic(index, context, item)
            elif kind is Kind.NAME or text in PATH_WORDS:
                index = self._path(index, is_value=False)
                continue
            elif kind is Kind.LIFETIME:
                self.lifetime(index)
            elif text in PARTNERS:
                depth += 1
            elif text in CLOSERS:
                depth -= 1
                if depth < 0:
                    return index
            is_start = text == "," and angles == 1 and not depth or is_start and text == "const"
            index += 1
        return index

    def _generic(self, index: int, context: Context, item: Item | None) -> None:
        kind = "lifetime" if self.kinds[index] is Kind.LIFETIME else "type parameter"
        if self.text(index - 1) == "const":
            kind = "constant parameter"
        binding = self._bind(index, kind)
        if item is not None and context.is_shared:
            item.generics.append(binding)
        else:
            self._show(context, binding)

    def _path(self, index: int, *, is_value: bool = True) -> int:
        """Read a path from its first name; return where what follows it begins.

        Only a name alone can be that of a variable, and only where a value can stand.
        """
        first = index
        if self.text(index - 1) in (".", "::"):
            self._member(index)
            return index + 1
        tail: list[Segment] = []
        end = index + 1
        while self.text(end) == "::" and (self.is_name(end + 1) or self._is_path_word(end + 1)):
            tail.append(Segment(self.texts[end + 1], self.places[end + 1]))
            end += 2
        is_macro = self.text(end) == "!" and self.text(end + 1) in PARTNERS
        is_value = is_value and not tail and self.text(end) != "::"
        use = Use(self.texts[first], self.places[first], tuple(tail), is_macro)
        self._use(use, is_value=is_value)
        if self.text(end) == "::" and self.text(end + 1) == "<":
            end = self._angles(end + 1)
        return end

    def _is_path_word(self, index: int) -> bool:
        return self.text(index) in PATH_WORDS

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

    def _named_arguments(self, index: int, end: int) -> dict[str, int]:
        """Return the names that arguments of a macro have, each with where its `=` stands."""
        named: dict[str, int] = {}
        while index < end:
            if self.texts[index] == "," and self.is_name(index + 1) and self.text(index + 2) == "=":
                named[self.texts[index + 1]] = index + 2
            index = max(index, self.partner[index]) + 1
        return named

    def _format(self, index: int, named: frozenset[str]) -> None:
        """Find the variables that a format string names, which arguments do not."""
        place, text = self.places[index], self.texts[index]
        if len(text) != place.end - place.start:
            return
        for match in names_in_format(text):
            if match[0] not in named:
                start = place.start + match.start()
                where = Place(place.line, start, start + len(match[0]))
                self._use(Use(match[0], where))
