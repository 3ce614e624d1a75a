"""The arms of an experiment: the wordings that the same tasks are asked and answered in.

Every arm is treated alike. A reply has to be in its arm's own language; since Rust is Iron, and
any wording of it, a reply that mixes them could pass through another arm's door. What it would
have become if mixing were allowed is kept beside, as the lenient outcome.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from redox import Phrasebook, Severity, load_phrasebook, oxidize, reduce
from redox.files import BadInputError, read_text
from redox.keywords import KEYWORDS
from redox.rustlex import Kind, RustLexError, lex

if TYPE_CHECKING:
    from redox.commands.common import Settings

RUST = "rust"
IRON = "iron"


@dataclass(frozen=True, slots=True)
class Arm:
    """A wording: `phrasebook` is the path of one, empty for Redox's own; Rust has none."""

    name: str
    is_rust: bool = False
    phrasebook: str = ""

    def load(self) -> Phrasebook:
        """Return the phrasebook that the arm's replies are read with."""
        return _load(self.phrasebook)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A reply's code as Rust; `faults` are the errors of `oxidize`, with their codes."""

    rust: str
    is_own_language: bool
    detail: str = ""
    faults: tuple[tuple[str, str], ...] = ()


def known_arms(given: Mapping[str, str]) -> dict[str, Arm]:
    """Return the arms by name: Rust, Iron, and those given as name and phrasebook.

    Raises `BadInputError` for a name that is taken or no name and for a file that can't be read,
    `PhrasebookError` for a phrasebook that is refused.
    """
    arms = {RUST: Arm(RUST, is_rust=True), IRON: Arm(IRON)}
    for name, path in given.items():
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", name):
            raise BadInputError(f"{name!a}: is no name for an arm")
        if name == RUST:
            raise BadInputError("the arm rust has no phrasebook")
        arms[name] = Arm(name, phrasebook=path)
        arms[name].load()
    return arms


def arms_given(options: Sequence[str] | None, settings: Settings | None) -> dict[str, Arm]:
    """Read options like `NAME=PHRASEBOOK`; the global --phrasebook is the wording of the arm iron.

    Raises what `known_arms` does.
    """
    pairs = {}
    if settings is not None and settings.phrasebook:
        pairs[IRON] = os.fspath(settings.phrasebook)
    for each in options or ():
        name, equals, path = each.partition("=")
        if not equals or not path:
            raise BadInputError(f"--arm {each!a}: is no NAME=PHRASEBOOK")
        pairs[name] = path
    return known_arms(pairs)


def chosen_arms(names: Sequence[str] | None, known: Mapping[str, Arm]) -> list[Arm]:
    """Return the arms of these names, each once, Rust and Iron if there are none.

    Raises `BadInputError` for a name that is not known.
    """
    for name in names or ():
        if name not in known:
            raise BadInputError(f"the arm {name!a} is not known: say --arm NAME=PHRASEBOOK")
    return [known[name] for name in dict.fromkeys(names or (RUST, IRON))]


def render(code: str, arm: Arm) -> Rendered:
    """Return a reply's code as Rust, and whether it was in the arm's language."""
    book = arm.load()
    done = oxidize(code, book)
    errors = tuple((one.code, one.message) for one in done.diagnostics if one.severity == _ERROR)
    if arm.is_rust:
        # Rust means itself, so what changes was not Rust. Faults of Iron are none of Rust's.
        is_own = done.text == code
        return Rendered(
            done.text,
            is_own,
            "" if is_own else "the reply holds phrases of Iron",
            () if is_own else errors,
        )
    signs = list(rust_forms(code, done.text, book))
    detail = f"the reply holds Rust: {' '.join(sorted(set(signs)))[:80]}" if signs else ""
    return Rendered(done.text, not signs, detail, errors)


def rust_forms(iron: str, rust: str, book: Phrasebook) -> Iterator[str]:
    """Yield the Rust-form tokens of Iron, outside literals and comments, whose Rust is `rust`.

    These are signs, lifetimes, and the keywords that the phrasebook has words of its own for; each
    as often as it stands there more than in the Iron that Redox writes for the same Rust.
    """
    found = _forms(iron, book)
    if found:
        yield from (found - _forms(reduce(rust, book).text, book)).elements()


def words_for(rust: str, arm: Arm) -> str:
    """Return Rust in the words of an arm."""
    return rust if arm.is_rust else reduce(rust, arm.load()).text


def wording_hash(arm: Arm) -> str:
    """A hash of the arm's phrasebook, "none" for Rust."""
    return "none" if arm.is_rust else _hash(arm.phrasebook)


_ERROR = Severity.ERROR


def _forms(text: str, book: Phrasebook) -> Counter[str]:
    try:
        tokens = lex(text)
    except RustLexError as error:
        # What the lexer refuses, an open string, is for `oxidize` to complain of.
        tokens = lex(text[: error.offset])
    spelled = _renamed_keywords(book)
    return Counter(
        text[token.start : token.end]
        for token in tokens
        if token.kind in (Kind.PUNCT, Kind.LIFETIME)
        or (token.kind is Kind.WORD and text[token.start : token.end] in spelled)
    )


def _renamed_keywords(book: Phrasebook) -> frozenset[str]:
    """The keywords of Rust that are said in other words, and are no part of any."""
    words = {word for phrase in book.phrases for word in phrase.text.split()}
    renamed = {one.rust for one in book.phrases if one.rust in KEYWORDS and one.text != one.rust}
    return frozenset(renamed - words)


@lru_cache(maxsize=16)
def _load(path: str) -> Phrasebook:
    if path:
        read_text(path)  # a clear word on what is no text at all
    return load_phrasebook(path or None)


@lru_cache(maxsize=16)
def _hash(path: str) -> str:
    # What reports import takes half a second, which a worker that hashes nothing need not wait.
    from redox.report import hash_phrasebook

    return hash_phrasebook(_load(path))
