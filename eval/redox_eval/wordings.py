"""How an arm says Rust: as it is, in the phrases of a phrasebook, or respelled.

A wording's file is a phrasebook, or says `based_on = "Rust"`: then its `[words]` spell keywords of
Rust otherwise and its `comment` stands at the end of each line, while all signs stay.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from redox import (
    Phrasebook,
    PhrasebookError,
    Severity,
    Translation,
    load_phrasebook,
    oxidize,
    reduce,
)
from redox.files import read_text
from redox.keywords import KEYWORDS
from redox.rustlex import Kind, RustLexError, Token, lex
from redox_eval.records import digest

ESCAPE = "_"
"""What a name that reads like a respelled keyword ends with, once more than it did in Rust."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A reply's code as Rust; `faults` are the errors of `oxidize`, with their codes."""

    rust: str
    is_own_language: bool
    detail: str = ""
    faults: tuple[tuple[str, str], ...] = ()


class Wording(Protocol):
    """A way to say Rust: `say` and `render` are each other's inverse."""

    @property
    def language(self) -> str:
        """What a model is told that it writes."""

    @property
    def hash(self) -> str:
        """A hash of all that `say` depends on, "none" for Rust itself."""

    def say(self, rust: str) -> str:
        """Return Rust in this wording."""

    def signature(self, rust: str) -> str:
        """Return a signature in this wording."""

    def render(self, code: str) -> Rendered:
        """Return a reply's code as Rust, and whether it was in this wording."""


@dataclass(frozen=True, slots=True)
class Plain:
    """Rust as it is."""

    language: str = "Rust"
    hash: str = "none"

    def say(self, rust: str) -> str:
        """Return it as it is."""
        return rust

    def signature(self, rust: str) -> str:
        """Return it as it is."""
        return rust

    def render(self, code: str) -> Rendered:
        """Rust means itself, so what `oxidize` changes was not Rust; its other faults are none."""
        done = oxidize(code, load_phrasebook())
        if done.text == code:
            return Rendered(code, True)
        return Rendered(done.text, False, "the reply holds phrases of Iron", _errors(done))


@dataclass(frozen=True, slots=True)
class Phrased:
    """Iron, in the phrases of a phrasebook."""

    book: Phrasebook

    @property
    def language(self) -> str:
        """The phrasebook's name, and what it says of itself."""
        return _language(self.book.name, self.book.about)

    @property
    def hash(self) -> str:
        """A hash of the phrases."""
        # What reports import takes half a second, which a worker that hashes nothing need not wait.
        from redox.report import hash_phrasebook

        return hash_phrasebook(self.book)

    def say(self, rust: str) -> str:
        """Return what `reduce` writes."""
        return reduce(rust, self.book).text

    def signature(self, rust: str) -> str:
        """Return a signature that is whole: without `;` Iron would say that more follows."""
        return self.say(rust.removesuffix(";") + ";").strip()

    def render(self, code: str) -> Rendered:
        """Return what `oxidize` writes; signs that Redox would have said in words are Rust."""
        done = oxidize(code, self.book)
        return _judged(done.text, rust_forms(code, done.text, self.book), _errors(done))


@dataclass(frozen=True, slots=True)
class Respelled:
    """Rust with keywords spelled as in `words`, and `comment` at the end of each line of code."""

    name: str
    about: str
    words: Mapping[str, str]
    comment: str

    @property
    def language(self) -> str:
        """Its name, and what it says of itself."""
        return _language(self.name, self.about)

    @property
    def hash(self) -> str:
        """A hash of words and comment."""
        return digest(self.comment, *(f"{old} {new}" for old, new in sorted(self.words.items())))

    def say(self, rust: str) -> str:
        """Return Rust respelled; what Rust's lexer refuses stays as it is."""
        return _with_words(_with_comments(rust, f" {self.comment}"), self._spelled)

    def signature(self, rust: str) -> str:
        """Return a signature as any other Rust."""
        return self.say(rust)

    def render(self, code: str) -> Rendered:
        """Return Rust; keywords have to be respelled, while comments are free to be left out."""
        forms = [word for word in _words(code) if word in self.words]
        rust = _without_comments(_with_words(code, self._read), self.comment)
        return _judged(rust, forms, ())

    def _spelled(self, word: str) -> str:
        is_taken = word.rstrip(ESCAPE) in self.words.values()
        return self.words.get(word, word + ESCAPE if is_taken else word)

    def _read(self, word: str) -> str:
        keywords = {new: old for old, new in self.words.items()}
        is_escaped = word.endswith(ESCAPE) and word.rstrip(ESCAPE) in keywords
        return keywords.get(word, word[:-1] if is_escaped else word)


def load_wording(path: str) -> Wording:
    """Return the wording of a file, Redox's own phrasebook for none.

    Raises `BadInputError` for what can't be read, `PhrasebookError` for what is no wording.
    """
    if path:
        try:
            table = tomllib.loads(read_text(path))
        except tomllib.TOMLDecodeError as error:
            raise PhrasebookError(f"{path}: not TOML: {error}") from error
        if table.get("based_on") == RUST_NAME:
            return _respelled(table, path)
    return Phrased(load_phrasebook(path or None))


def rust_forms(iron: str, rust: str, book: Phrasebook) -> Iterator[str]:
    """Yield the Rust-form tokens of Iron, outside literals and comments, whose Rust is `rust`.

    These are signs, lifetimes, and the keywords that the phrasebook has words of its own for; each
    as often as it stands there more than in the Iron that Redox writes for the same Rust.
    """
    found = _forms(iron, book)
    if found:
        yield from (found - _forms(reduce(rust, book).text, book)).elements()


RUST_NAME = "Rust"
_ERROR = Severity.ERROR
_KEYS = frozenset(("name", "about", "based_on", "words", "comment"))


def _language(name: str, about: str) -> str:
    return f"{name}, which is {about}" if about else name


def _judged(rust: str, forms: Iterable[str], faults: tuple[tuple[str, str], ...]) -> Rendered:
    """Return code that is in its own language unless it holds forms of Rust."""
    signs = sorted(set(forms))
    detail = f"the reply holds Rust: {' '.join(signs)[:80]}" if signs else ""
    return Rendered(rust, not signs, detail, faults)


def _errors(done: Translation) -> tuple[tuple[str, str], ...]:
    return tuple((one.code, one.message) for one in done.diagnostics if one.severity == _ERROR)


def _forms(text: str, book: Phrasebook) -> Counter[str]:
    spelled = _renamed_keywords(book)
    return Counter(
        text[token.start : token.end]
        for token in _lexed(text)
        if token.kind in (Kind.PUNCT, Kind.LIFETIME)
        or (token.kind is Kind.WORD and text[token.start : token.end] in spelled)
    )


def _renamed_keywords(book: Phrasebook) -> frozenset[str]:
    """The keywords of Rust that are said in other words, and are no part of any."""
    words = {word for phrase in book.phrases for word in phrase.text.split()}
    renamed = {one.rust for one in book.phrases if one.rust in KEYWORDS and one.text != one.rust}
    return frozenset(renamed - words)


# ---- Rust respelled ----


def _respelled(table: Mapping[str, Any], path: str) -> Respelled:
    words, comment = table.get("words"), table.get("comment")
    if unknown := sorted(table.keys() - _KEYS):
        raise PhrasebookError(f"{path}: unknown keys: {', '.join(unknown)}")
    if not isinstance(words, dict) or not words.keys() <= KEYWORDS.keys():
        raise PhrasebookError(f"{path}: [words] has words for keywords of Rust")
    good = [one for one in words.values() if isinstance(one, str) and RESPELLED.fullmatch(one)]
    if len(set(good) - KEYWORDS.keys()) < len(words):
        raise PhrasebookError(f"{path}: [words] has a word of its own for each, and none is Rust's")
    if not isinstance(comment, str) or not COMMENT.fullmatch(comment):
        raise PhrasebookError(f"{path}: comment is one of a line: // and words")
    return Respelled(str(table.get("name", path)), str(table.get("about", "")), words, comment)


RESPELLED = re.compile(r"[A-Za-z](?:\w*[A-Za-z0-9])?", re.ASCII)
COMMENT = re.compile(r"//(?:[ -~]*[!-~])?")


def _lexed(text: str) -> list[Token]:
    """Return tokens up to what Rust's lexer refuses, an open string: others complain of it."""
    try:
        return lex(text)
    except RustLexError as error:
        return lex(text[: error.offset])


def _words(text: str) -> Iterator[str]:
    yield from (text[one.start : one.end] for one in _lexed(text) if one.kind is Kind.WORD)


def _with_words(text: str, change: Callable[[str], str]) -> str:
    tokens = _lexed(text)
    done = "".join(
        change(text[one.start : one.end]) if one.kind is Kind.WORD else text[one.start : one.end]
        for one in tokens
    )
    return done + text[tokens[-1].end if tokens else 0 :]


def _with_comments(rust: str, comment: str) -> str:
    """Put a comment at the end of each line that is not blank and does not end inside a token."""
    parts, start = [], 0
    for end in _ends_of_lines(rust):
        is_blank = not rust[rust.rfind("\n", 0, end) + 1 : end].strip()
        parts += [rust[start:end], "" if is_blank else comment]
        start = end
    return "".join([*parts, rust[start:]])


def _ends_of_lines(rust: str) -> Iterator[int]:
    """Yield where lines end between tokens, but for the line of `#!`, which is no Rust."""
    tokens = _lexed(rust)
    behind = Kind.SPACE
    for token in tokens:
        if token.kind is Kind.SPACE:
            ends = [one.start() for one in re.finditer(r"\n", rust[token.start : token.end])]
            for end in ends[behind is Kind.SHEBANG :]:
                at = token.start + end
                yield at - (rust[at - 1 : at] == "\r")
        behind = token.kind
    if behind is not Kind.SHEBANG and (not tokens or tokens[-1].end == len(rust)):
        yield len(rust)


def _without_comments(text: str, comment: str) -> str:
    """Take away what `_with_comments` put there; a line may lack it."""
    done = ""
    tokens = _lexed(text)
    for token in tokens:
        piece = text[token.start : token.end]
        body = piece.removesuffix("\r")
        if token.kind is Kind.COMMENT and f" {body}".endswith(f" {comment}"):
            is_whole = body == comment
            done = done.removesuffix(" ") if is_whole else done
            piece = body[: -len(comment) - (not is_whole)] + piece[len(body) :]
        done += piece
    return done + text[tokens[-1].end if tokens else 0 :]
