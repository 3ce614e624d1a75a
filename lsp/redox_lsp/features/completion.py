"""What can be written at a place: phrases, whole constructs, names, and what ends a block."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from redox import Phrasebook, Span
from redox_lsp.calls import open_brackets, tokens_before
from redox_lsp.features.continuations import Candidate, Continuations, continuations, needs_escape
from redox_lsp.features.describing import describe_item, describe_phrase
from redox_lsp.markdown import fenced
from redox_lsp.outline import Declared, Imported, container_at, outline_of, run_at, scopes_in
from redox_lsp.reading import Kind, Reading, Token
from redox_lsp.resolving import meaning_at, resolver_of
from redox_lsp.scopes.declarations import Binding, Place, Segment, Use


class CompletionKind(Enum):
    """What a completion is, as editors draw it."""

    PHRASE = "phrase"
    KEYWORD = "keyword"
    SNIPPET = "snippet"
    VARIABLE = "variable"
    FUNCTION = "function"
    METHOD = "method"
    FIELD = "field"
    TYPE = "type"
    TRAIT = "trait"
    MODULE = "module"
    CONSTANT = "constant"
    VARIANT = "variant"
    MACRO = "macro"
    TYPE_PARAMETER = "type parameter"
    LIFETIME = "lifetime"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Completion:
    """Something that can be written; `text` replaces `span`."""

    label: str
    kind: CompletionKind
    span: Span
    text: str
    detail: str = ""
    sort: str = ""
    key: str = ""
    """What `resolve` finds the documentation by."""
    is_snippet: bool = False
    """Whether `text` holds places to fill in, written as `${1:name}` and `$0`."""
    is_preselected: bool = False
    filter: str = ""
    """What the word that is written already is compared with, if not the label."""


SNIPPETS: Final = {
    "function": (
        "{function} ${1:name} {takes} ${2:x} {of type} ${3:u8} {begin}\n\t$0\n{end function}"
    ),
    "structure": (
        "{structure} ${1:Name} {with fields}\n\t${2:field} {of type} ${3:u8}$0\n{end structure}"
    ),
    "enumeration": "{enumeration} ${1:Name} {with variants}\n\t${2:Variant}$0\n{end enumeration}",
    "implement": "{implement} ${1:Type} {begin}\n\t$0\n{end implement}",
    "trait": "trait ${1:Name} {begin}\n\t$0\n{end trait}",
    "module": "{module} ${1:name} {begin}\n\t$0\n{end module}",
    "tests": (
        "{attribute} cfg {with} test\n{module} tests {begin}\n\t{import} super {its everything}\n\n"
        "\t{attribute} test\n\t{function} ${1:name} {begin}\n\t\t$0\n\t{end function}\n{end module}"
    ),
    "if": "if ${1:condition} {then}\n\t$0\n{end if}",
    "if otherwise": "if ${1:condition} {then}\n\t$2\n{otherwise}\n\t$0\n{end if}",
    "if let": "if let ${1:Some {with} x} {be} ${2:value} {then}\n\t$0\n{end if}",
    "match": "match ${1:value} {against}\n\t{case} ${2:pattern} {gives} $0\n{end match}",
    "while": "while ${1:condition} {do}\n\t$0\n{end while}",
    "for": "for ${1:x} in ${2:values} {do}\n\t$0\n{end for}",
    "loop": "loop {do}\n\t$0\n{end loop}",
    "let": "let ${1:name} {be} $0",
    "closure": "{closure} ${1:x} {giving} $0",
    "case": "{case} ${1:pattern} {gives} $0",
}
"""Constructs with their closers; a phrase stands in braces by its key."""
_VALUES: Final = frozenset(("if", "if otherwise", "if let", "match", "loop", "closure"))
"""The constructs that can be a value."""
_ITEMS: Final = frozenset("function structure enumeration implement trait module tests".split())
_KEY: Final = re.compile(r"(?<!\$)\{([^{}]+)\}")
_PRELUDE: Final = {
    CompletionKind.TYPE: (
        "bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize"
        " Box Option Result String Vec"
    ),
    CompletionKind.VARIANT: "None Some Ok Err",
}
_KINDS: Final = {
    "function": CompletionKind.FUNCTION,
    "structure": CompletionKind.TYPE,
    "enumeration": CompletionKind.TYPE,
    "union": CompletionKind.TYPE,
    "type": CompletionKind.TYPE,
    "trait": CompletionKind.TRAIT,
    "module": CompletionKind.MODULE,
    "constant": CompletionKind.CONSTANT,
    "constant parameter": CompletionKind.CONSTANT,
    "static": CompletionKind.CONSTANT,
    "variant": CompletionKind.VARIANT,
    "field": CompletionKind.FIELD,
    "macro": CompletionKind.MACRO,
    "type parameter": CompletionKind.TYPE_PARAMETER,
    "lifetime": CompletionKind.LIFETIME,
    "label": CompletionKind.LIFETIME,
    "import": CompletionKind.IMPORT,
}
_NEVER_NAMES: Final = frozenset(("mark", "fresh", "name", "silent", "value"))
_DUE, _ENDING, _LOCAL, _PHRASE, _NAME, _SNIPPET, _KEYWORD, _ONWARD = "01234567"
"""How completions are sorted: what is called for first, then what ends a block."""


def completions(reading: Reading, offset: int) -> tuple[Completion, ...]:
    """Return what can be written at an offset, in place of the word that ends there."""
    here = continuations(reading, offset)
    if here is None:
        return ()
    word = here.written
    names = _names(reading, offset, here) if here.takes_name or here.is_raw else ()
    found = [*_phrases(here, word), *_snippets(here, reading.book), *_keywords(here), *names]
    return tuple(
        one for one in found if (one.filter or one.label).startswith(word) or one.span != here.word
    )


def resolve(reading: Reading, key: str) -> str | None:
    """Return the documentation of a completion, in Markdown, by its key."""
    kind, _, rest = key.partition(":")
    if kind == "phrase" and rest in reading.book.by_key:
        return describe_phrase(reading.book.by_key[rest])
    if kind == "snippet" and rest in SNIPPETS:
        return fenced(_plain(say_snippet(SNIPPETS[rest], reading.book)), "iron")
    if kind == "item":
        return next(
            (
                describe_item(reading, one)
                for one in outline_of(reading).declared.values()
                if rest == _item_key(one)
            ),
            None,
        )
    return None


# ---- phrases and constructs ----


def _phrases(here: Continuations, word: str) -> Iterator[Completion]:
    for one in here.phrases:
        phrase = one.phrase
        if phrase.role == "end" and phrase is not here.ending:
            continue
        if (here.declares_name or here.wants_lifetime) and phrase.role in _NEVER_NAMES:
            continue
        yield Completion(
            phrase.text,
            CompletionKind.PHRASE,
            one.span,
            phrase.text,
            phrase.rust,
            f"{_rank(one, here)}{phrase.text}",
            f"phrase:{phrase.key}",
            is_preselected=phrase is here.ending or one.is_due,
            filter=_filter(one, word),
        )


def _filter(one: Candidate, word: str) -> str:
    """Let who writes `fn` find `function`."""
    words = one.phrase.words[one.words_written :]
    return "" if not word or words and words[0].startswith(word) else one.phrase.rust


def _rank(one: Candidate, here: Continuations) -> str:
    if one.goes_on or here.declares_name:
        return _ONWARD
    if one.is_due:
        return _DUE
    if one.phrase is here.ending:
        return _ENDING
    is_begun = one.span != here.word and (here.word.start < here.word.end or one.words_written > 1)
    return _LOCAL if is_begun else _PHRASE


def _snippets(here: Continuations, book: Phrasebook) -> Iterator[Completion]:
    if here.declares_name or not here.takes_name or here.is_raw:
        return
    for name, template in SNIPPETS.items():
        if here.is_start or name in _VALUES:
            text = say_snippet(template, book)
            yield Completion(
                text.split("$")[0].strip() if name in book.by_key else name,
                CompletionKind.SNIPPET,
                here.word,
                text,
                " … ".join((text.split("\n")[0].split(" ")[0], text.split("\n")[-1].strip())),
                f"{_SNIPPET}{name}",
                f"snippet:{name}",
                is_snippet=True,
            )


def say_snippet(template: str, book: Phrasebook) -> str:
    """Put the phrases of a phrasebook into a template."""
    return _KEY.sub(lambda found: book.by_key[found[1]].text, template)


def _plain(snippet: str) -> str:
    """Return a snippet as it looks with its places filled in."""
    filled = re.sub(r"\$\{\d:([^{}]*)\}|\$\d", lambda found: found[1] or "", snippet)
    return filled.replace("\t", "    ")


def _keywords(here: Continuations) -> Iterator[Completion]:
    for word in here.keywords:
        yield Completion(word, CompletionKind.KEYWORD, here.word, word, word, f"{_KEYWORD}{word}")


# ---- names ----


def _names(reading: Reading, offset: int, here: Continuations) -> Iterator[Completion]:
    line = reading.line_of(offset)
    column = here.word.start - reading.start_of(line)
    before = [one for one in reading.tokens(line) if one.end <= column and not one.is_implied]
    before = [one for one in before if one.kind is not Kind.SILENT]
    last = before[-1].text if before else ""
    yield from _fields_of_value(reading, offset, here)
    if last == "::":
        yield from _members(reading, line, column, before, here)
    elif last == ".":
        yield from _fields_and_methods(reading, here)
    elif not here.declares_name:
        yield from _visible(reading, line, column, here)


def _members(
    reading: Reading, line: int, column: int, before: list[Token], here: Continuations
) -> Iterator[Completion]:
    """Yield what can follow a path."""
    segments: list[Segment] = []
    index = len(before) - 1
    while index >= 1 and before[index].text == "::":
        name = before[index - 1]
        if name.kind not in (Kind.NAME, Kind.KEYWORD):
            break
        segments.insert(0, Segment(name.text, Place(line, name.start, name.end)))
        index -= 2
    if not segments:
        return
    use = Use(segments[0].name, segments[0].place, tuple(segments[1:]))
    members = resolver_of(reading).members_of(use, container_at(reading, line, column))
    for declared in members:
        if declared.item.name.startswith(here.written):
            yield _of_item(reading, declared, here, _NAME)


def _fields_of_value(reading: Reading, offset: int, here: Continuations) -> Iterator[Completion]:
    """Yield the fields of the structure whose value or pattern is being written."""
    tokens = list(tokens_before(reading, min(offset, here.word.start)))
    brackets = open_brackets(tokens)
    if not brackets or brackets[-1].text != "{" or tokens[-1][1].text not in ("{", ",", ";"):
        return
    name = brackets[-1].token - 1
    if name < 0 or tokens[name][1].kind is not Kind.NAME:
        return
    line, token = tokens[name]
    found = meaning_at(reading, reading.start_of(line) + token.name_column)
    if found is None or found[1].is_definition or not isinstance(found[0], Declared):
        return
    for child in found[0].item.children:
        if child.kind == "field" and child.name.startswith(here.written):
            yield _of_name(reading, child.name, CompletionKind.FIELD, here, _LOCAL)


def _fields_and_methods(reading: Reading, here: Continuations) -> Iterator[Completion]:
    """Yield the fields and methods of a text; types alone could tell which fit."""
    seen: set[str] = set()
    for declared in outline_of(reading).declared.values():
        item = declared.item
        for one in (item, *item.children):
            is_fit = one.kind == "field" or one.takes_self
            if is_fit and one.name not in seen and one.name.startswith(here.written):
                seen.add(one.name)
                kind = CompletionKind.METHOD if one.takes_self else CompletionKind.FIELD
                yield _of_name(reading, one.name, kind, here, _NAME, key=_item_key(declared))


def _visible(reading: Reading, line: int, column: int, here: Continuations) -> Iterator[Completion]:
    """Yield the names that scopes make visible at a place, the nearest first."""
    seen: set[str] = set()
    wants_lifetime = here.wants_lifetime
    for binding in _local_bindings(reading, line, column):
        is_lifetime = binding.name.startswith("'")
        if is_lifetime is not wants_lifetime or binding.name in seen or binding.name == "self":
            continue
        seen.add(binding.name)
        name = binding.name.lstrip("'")
        if name.startswith(here.written):
            kind = _KINDS.get(binding.kind, CompletionKind.VARIABLE)
            yield _of_name(reading, name, kind, here, _LOCAL)
    container = container_at(reading, line, column)
    visible = resolver_of(reading).visible_in(container)
    for name, one in visible.items():
        if name in seen or name.startswith("'") is not wants_lifetime:
            continue
        seen.add(name)
        if name.lstrip("'").startswith(here.written):
            yield _of_visible(reading, name.lstrip("'"), one, here)
    if not wants_lifetime:
        yield from _prelude(seen, here)


def _local_bindings(reading: Reading, line: int, column: int) -> list[Binding]:
    """Return the bindings of a run that are visible at a place, the last first."""
    run = run_at(reading, line)
    if run is None:
        return []
    place = (line - run.first, column)
    found = [one for one in scopes_in(reading, run).bindings if one.start <= place <= one.end]
    return sorted(found, key=lambda one: one.start, reverse=True)


def _of_visible(
    reading: Reading, name: str, one: Declared | Imported | Binding, here: Continuations
) -> Completion:
    if isinstance(one, Declared):
        return _of_item(reading, one, here, _NAME)
    kind = CompletionKind.IMPORT if isinstance(one, Imported) else _KINDS[one.kind]
    return _of_name(reading, name, kind, here, _NAME)


def _of_item(reading: Reading, one: Declared, here: Continuations, rank: str) -> Completion:
    item = one.item
    kind = _KINDS.get(item.kind, CompletionKind.VARIABLE)
    if item.takes_self:
        kind = CompletionKind.METHOD
    return _of_name(reading, item.name, kind, here, rank, item.kind, _item_key(one))


def _of_name(
    reading: Reading,
    name: str,
    kind: CompletionKind,
    here: Continuations,
    rank: str,
    detail: str = "",
    key: str = "",
) -> Completion:
    text = name
    if needs_escape(reading, here.word.start, name):
        text = f"{reading.book.by_key['literally'].text} {name}"
    sort = f"{rank}{name}"
    return Completion(
        name, kind, here.word, text, detail or kind.value, sort, key and f"item:{key}"
    )


def _prelude(seen: Iterable[str], here: Continuations) -> Iterator[Completion]:
    for kind, names in _PRELUDE.items():
        for name in names.split():
            if name not in seen:
                yield Completion(name, kind, here.word, name, kind.value, f"{_KEYWORD}{name}")


def _item_key(one: Declared) -> str:
    place = one.place
    return f"{place.line}.{place.start}"
