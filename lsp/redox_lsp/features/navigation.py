"""Where a name is defined and where else it stands, which words belong together, and renaming."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import takewhile
from typing import Final

from redox import Document, Edit, Span
from redox.lexer import CODE, lex_line
from redox_lsp.blocks import Block, blocks_of, blocks_on
from redox_lsp.outline import Declared, outline_of
from redox_lsp.reading import Kind, Reading, kind_of
from redox_lsp.resolving import (
    Bound,
    Meaning,
    Mention,
    is_out_of_sight,
    meaning_at,
    mentions_of,
    namesakes,
    span_of,
)
from redox_lsp.scopes.declarations import Place
from redox_lsp.scopes.names import BINDING_WORDS


class Access(Enum):
    """What a highlighted place does."""

    TEXT = "text"
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Highlight:
    """A place that belongs to what is under the cursor."""

    span: Span
    access: Access


@dataclass(frozen=True, slots=True)
class Definition:
    """A name under the cursor and where it is defined."""

    origin: Span
    name: Span
    whole: Span
    """All of what is defined: the item, or the name alone."""


@dataclass(frozen=True, slots=True)
class Renamable:
    """A name that can be renamed."""

    span: Span
    name: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a name can't be renamed, for people to read."""

    reason: str


_NOT_DECIDED: Final = Refusal("Only types could tell what this names; scopes do not decide it.")


# ---- where ----


def definition(reading: Reading, offset: int) -> Definition | None:
    """Return where the name at an offset is defined, if scopes decide that."""
    found = meaning_at(reading, offset)
    if found is None:
        return None
    meaning, mention = found
    name = span_of(reading, meaning.place)
    return Definition(span_of(reading, mention.place), name, whole_of(reading, meaning))


def references(reading: Reading, offset: int, *, with_definition: bool = True) -> tuple[Span, ...]:
    """Return all places that name what the name at an offset means."""
    found = meaning_at(reading, offset)
    if found is None:
        return ()
    mentions = mentions_of(reading, found[0])
    return tuple(
        span_of(reading, one.place) for one in mentions if with_definition or not one.is_definition
    )


def whole_of(reading: Reading, meaning: Meaning) -> Span:
    """Return all of an item, or the name of what is none."""
    item = meaning.binding.item if isinstance(meaning, Bound) else meaning.item
    if item is None:
        return span_of(reading, meaning.place)
    line, column = item.start
    start = reading.start_of(line + meaning.base) + column
    if isinstance(meaning, Declared) and meaning.end is not None:
        line, column = meaning.end
    else:
        line, column = item.end[0] + meaning.base, item.end[1]
    return Span(start, max(start, reading.start_of(line) + column))


# ---- highlights ----


def highlights(reading: Reading, offset: int) -> tuple[Highlight, ...]:
    """Return all uses of the name at an offset, or the words that open and close its block."""
    found = meaning_at(reading, offset)
    if found is not None:
        return tuple(
            Highlight(
                span_of(reading, one.place), Access.WRITE if one.is_definition else Access.READ
            )
            for one in sorted(mentions_of(reading, found[0]), key=lambda one: one.place)
        )
    return tuple(Highlight(span, Access.TEXT) for span in block_words(reading, offset))


def block_words(reading: Reading, offset: int) -> tuple[Span, ...]:
    """Return the head, opener and closer of the block that an offset stands on a word of."""
    line = reading.line_of(offset)
    column = offset - reading.start_of(line)
    every = [*blocks_on(reading, line), *blocks_of(reading)]
    hit = next((one for one in every if _has_word_at(one, line, column)), None)
    if hit is None:
        return ()
    chained = [one for one in every if one is hit or 0 <= hit.chain == one.chain]
    places = {place for one in chained for place in _words(one)}
    return tuple(span_of(reading, place) for place in sorted(places))


def _words(block: Block) -> list[Place]:
    places = (block.head, block.opener, block.closer)
    return [place for place in places if place is not None and place.start < place.end]


def _has_word_at(block: Block, line: int, column: int) -> bool:
    return any(place.line == line and place.start <= column <= place.end for place in _words(block))


# ---- renaming ----


def prepare_rename(reading: Reading, offset: int) -> Renamable | Refusal:
    """Return the name at an offset, or why it can't be renamed."""
    found = meaning_at(reading, offset)
    if found is None:
        return _NOT_DECIDED
    meaning, mention = found
    refusal = _refusal(reading, meaning, mention)
    return refusal or Renamable(span_of(reading, mention.place), mention.name.lstrip("'"))


def _refusal(reading: Reading, meaning: Meaning, mention: Mention) -> Refusal | None:
    name = mention.name
    if name in ("self", "Self", "super", "crate") or mention.is_renamed:
        return Refusal(f"`{name}` is a word of Rust and can't be renamed.")
    if isinstance(meaning, Bound):
        if meaning.binding.kind == "import":
            return Refusal(f"`{name}` is defined in another place, which would not be renamed.")
        return _in_macro(name) if meaning.binding.is_in_macro else None
    if meaning.item.name != name:
        return Refusal(f"`{name}` is another name of `{meaning.item.name}`; rename that one.")
    outer = meaning.container.declared
    if outer is not None and outer.item.kind in ("trait", "implementation"):
        return _NOT_DECIDED
    if len({one.item.kind for one in namesakes(meaning)}) > 1:
        return Refusal(f"Several things are called `{name}`, and an import may mean all of them.")
    if name in outline_of(reading).opaque:
        return _in_macro(name)
    if is_out_of_sight(reading, meaning):
        return Refusal(f"A function imports `{name}` in a way that hides where it is used.")
    return None


def _in_macro(name: str) -> Refusal:
    return Refusal(f"`{name}` stands in a macro's definition, where no scope is known.")


def is_seen_elsewhere(reading: Reading, offset: int) -> bool:
    """Tell whether other files may name what is at an offset.

    They may if it is public or a macro; and files of this one's modules see all that is in it.
    """
    found = meaning_at(reading, offset)
    if found is None or isinstance(found[0], Bound):
        return False
    meaning = found[0]
    outer = meaning.container.declared
    item = outer if outer is not None and outer.item.kind == "enumeration" else meaning
    return (
        item.item.kind == "macro"
        or _is_public(reading, item)
        or any(
            one.item.kind == "module" and one.inner is None
            for one in outline_of(reading).declared.values()
        )
    )


def _is_public(reading: Reading, declared: Declared) -> bool:
    start, name = declared.item.start, declared.item.place
    return any(
        token.text == "pub" and start <= (line, token.start) < name
        for line in range(start[0], name.line + 1)
        for token in reading.tokens(line + declared.base)
    )


def rename(reading: Reading, offset: int, new_name: str) -> tuple[Edit, ...] | Refusal:
    """Return the edits that rename what is at an offset everywhere, or why that can't be done.

    The edits are tried first: they are given only if the Rust changes in these names and nothing
    else, and if each name still means what it meant.
    """
    ready = prepare_rename(reading, offset)
    if isinstance(ready, Refusal):
        return ready
    new_name = new_name.strip().lstrip("'")
    if not _is_name(new_name):
        return Refusal(f"`{new_name}` is no name.")
    found = meaning_at(reading, offset)
    assert found is not None, "what is ready to be renamed means something"
    mentions = [one for one in mentions_of(reading, found[0]) if one.name.lstrip("'") == ready.name]
    escape = f"{reading.book.by_key['literally'].text} "
    for prefix in ("", escape):
        edits = _edits(reading, mentions, ready.name, new_name, prefix)
        after = _reread(reading, edits)
        if after.rust == _rust_renamed(reading, edits, mentions, new_name):
            if _keeps_meanings(after, edits):
                return edits
            return Refusal(f"There is another `{new_name}` that it would clash with.")
    return Refusal(f"`{new_name}` would be read as something else in one of these places.")


def _is_name(text: str) -> bool:
    pairs = lex_line(text, CODE)[1]
    return len(pairs) == 1 and pairs[0] == ("", text) and kind_of(text) is Kind.NAME


def _edits(
    reading: Reading, mentions: list[Mention], old: str, new: str, prefix: str
) -> tuple[Edit, ...]:
    edits = []
    for mention in sorted(mentions, key=lambda one: one.place):
        span = span_of(reading, mention.place)
        text = prefix + new if _may_escape(reading, span) else new
        if mention.shorthand:
            name = reading.text[span.start : span.end]
            span = Span(_start_of_bound(reading, span.start), span.end)
            words = reading.text[span.start : span.end - len(name)]
            text = f"{name}{_set_to(reading, mention)}{words}{text}"
        edits.append(Edit(span, text))
    return tuple(edits)


def _start_of_bound(reading: Reading, offset: int) -> int:
    """Return where a name begins with the words of its line that say how a pattern binds it."""
    place = reading.token_at(offset)
    if place is None:
        return offset
    tokens = reading.tokens(place[0])[: place[1]]
    bound = list(takewhile(lambda one: one.text in BINDING_WORDS, reversed(tokens)))
    return reading.start_of(place[0]) + bound[-1].start if bound else offset


def _set_to(reading: Reading, mention: Mention) -> str:
    """Return what parts a field from its value."""
    if mention.shorthand == ":":
        return ": "
    return f" {reading.book.by_key[mention.shorthand].text} "


def _may_escape(reading: Reading, span: Span) -> bool:
    """Tell whether an escape word may stand before a name: not in a string, not twice."""
    place = reading.token_at(span.start)
    if place is None:
        return False
    token = reading.tokens(place[0])[place[1]]
    return token.kind is not Kind.LITERAL and token.name_start < 0


def _reread(reading: Reading, edits: tuple[Edit, ...]) -> Reading:
    """Return the reading behind edits, which keeps what they leave alone."""
    document = Document(reading.text, reading.book)
    for edit in reversed(edits):
        document.edit(edit.span.start, edit.span.end, edit.text)
    return Reading.of(document, reading.version, reading, reading.book)


def _rust_renamed(
    reading: Reading, edits: tuple[Edit, ...], mentions: list[Mention], new: str
) -> str | None:
    """Return the Rust with these names renamed and nothing else, if each has a place in it."""
    rust_edits = []
    for edit, mention in zip(edits, sorted(mentions, key=lambda one: one.place), strict=True):
        span = reading.map.rust_range_from_iron(edit.span.start, edit.span.end)
        span = span or _rust_of_escaped(reading, edit.span)
        if span is None:
            return None
        name = reading.rust[span.start : span.end]
        words, _, field = name.rpartition(" ")
        bound = f"{words} {new}" if words else new
        rust_edits.append(Edit(span, f"{field}: {bound}" if mention.shorthand else new))
    return apply(reading.rust, tuple(rust_edits))


def _rust_of_escaped(reading: Reading, span: Span) -> Span | None:
    """Return the Rust of a name whose token holds an escape word or a quote, too."""
    place = reading.token_at(span.start)
    if place is None:
        return None
    token = reading.tokens(place[0])[place[1]]
    whole = reading.span(place[0], token.start, token.end)
    found = reading.map.rust_range_from_iron(whole.start, whole.end)
    if found is None:
        return None
    return Span(found.end - (span.end - span.start), found.end)


def apply(text: str, edits: tuple[Edit, ...]) -> str:
    """Return a text with edits done that do not overlap."""
    for edit in sorted(edits, key=lambda one: one.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def _keeps_meanings(after: Reading, edits: tuple[Edit, ...]) -> bool:
    """Tell whether the places that were named alike still are, and no others."""
    shift = 0
    places = []
    for edit in edits:
        end = edit.span.start + shift + len(edit.text)
        places.append(end)
        shift += len(edit.text) - (edit.span.end - edit.span.start)
    found = meaning_at(after, places[0])
    if found is None:
        return False
    name = found[1].name
    mentions_after = [one for one in mentions_of(after, found[0]) if one.name == name]
    return {span_of(after, one.place).end for one in mentions_after} == set(places)
