"""The phrasebook: which words mean which Rust, loaded from a table and held to its own rules."""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from redox import frames as f
from redox.keywords import KEYWORDS
from redox.lexer import CODE, lex_line

SPACED: Final = 0
TIGHT: Final = 1
BRACE: Final = 2
_SPACING: Final = {"gap": SPACED, "no": TIGHT, "brace": BRACE}

_WORD: Final = re.compile(r"\w+")

BUILT_IN: Final = Path(__file__).with_name("phrasebook.toml")
READY: Final = BUILT_IN.with_suffix(".json")
"""The built-in table as `make generate` has read it, which is read ten times as fast."""


class PhrasebookError(ValueError):
    """A phrasebook that cannot be used; the message names the rows."""


@dataclass(frozen=True, slots=True)
class Role:
    """How phrases of one kind are recognised and written."""

    places: int
    """Where the phrase may stand: a mask of operand states."""
    next: int = f.STARTED
    """What is wanted after it."""
    closes: str = "none"
    """Which soft brackets it closes first."""
    left: int = SPACED
    right: int = SPACED
    follow: str = ""
    """What must follow on the line: "operand", "begun" (an operand, or the line's end in an Iron
    statement), "word" or nothing. A phrase of several words needs nothing: they are no Rust."""
    starts: str = "new"
    """What a line does that begins with it: "new", "on", "block" or "closer"."""


_OPERAND: Final = f.OPERAND_ALLOWED
_AFTER: Final = f.AFTER_ALLOWED
ROLES: Final = {
    "keyword": Role(_OPERAND, follow="operand"),
    "prefix": Role(_OPERAND, right=TIGHT, follow="operand"),
    "name": Role(_OPERAND | _AFTER | f.NAME | f.CALLABLE_NAME, right=TIGHT, follow="operand"),
    "atom": Role(_OPERAND, f.AFTER),
    "opener": Role(_OPERAND, f.OPENED, right=TIGHT, follow="operand"),
    "attribute": Role(_OPERAND | _AFTER, f.OPENED, right=TIGHT, follow="operand"),
    "repetition": Role(_OPERAND | _AFTER, f.OPENED, right=TIGHT),
    "opener after": Role(_AFTER, f.OPENED, closes="types", left=TIGHT, right=TIGHT, starts="on"),
    "body": Role(
        _AFTER | f.WANTED | f.STARTED, f.OPENED, closes="fields", right=BRACE, starts="block"
    ),
    "opener generic": Role(_AFTER, f.OPENED, left=TIGHT, right=TIGHT, starts="on"),
    "infix": Role(_AFTER, closes="types", starts="on"),
    "separator": Role(_AFTER, left=TIGHT, starts="on"),
    "comma": Role(_AFTER, left=TIGHT, starts="on"),
    "terminator": Role(_AFTER, f.WANTED, left=TIGHT, starts="on"),
    "access": Role(_AFTER, f.NAME, closes="types", left=TIGHT, right=TIGHT, starts="on"),
    "postfix": Role(_AFTER, f.AFTER, closes="types", left=TIGHT, starts="on"),
    "assign": Role(_AFTER, closes="head", starts="on"),
    "range": Role(_OPERAND | _AFTER, f.EITHER, left=TIGHT, right=TIGHT, follow="operand"),
    "giving": Role(_AFTER, closes="pipe", left=TIGHT, starts="on"),
    "closure": Role(_OPERAND),
    "block": Role(_OPERAND | _AFTER, closes="head", right=BRACE, follow="begun", starts="block"),
    "gives": Role(_AFTER, closes="head", starts="on"),
    "otherwise": Role(_OPERAND | _AFTER, closes="block", right=BRACE, starts="closer"),
    "end": Role(_OPERAND | _AFTER, f.CLOSED, starts="closer"),
    "closer": Role(_OPERAND | _AFTER, f.AFTER, starts="closer"),
    "fresh": Role(f.ANYWHERE, f.STARTED, follow="word"),
    "silent": Role(_OPERAND, f.STARTED, follow="operand"),
    "value": Role(_OPERAND, f.STARTED, follow="operand"),
    "mark": Role(f.ANYWHERE, f.STARTED, starts="on"),
    "escape": Role(f.ANYWHERE, f.AFTER, follow="word"),
    "spelled": Role(f.ANYWHERE),
}
_CLOSES: Final = frozenset("none types turbofish call head all array fields pipe block".split())
_ROW_KEYS: Final = frozenset(
    "say rust role doc iron means opens closes next left right heads key extends".split()
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One row: words of Iron and the Rust that they write."""

    text: str
    """The phrase, its words parted by single spaces."""
    rust: str
    """What it writes, spaced as it writes it; empty for words that write nothing."""
    role: str
    doc: str
    iron_example: str
    rust_example: str
    words: tuple[str, ...] = field(repr=False, default=())
    tokens: tuple[tuple[str, str], ...] = field(repr=False, default=())
    """The Rust tokens, each with the gap before it inside the phrase."""
    places: int = field(repr=False, default=0)
    next: int = field(repr=False, default=0)
    closes: str = field(repr=False, default="none")
    opens: str = field(repr=False, default="")
    left: int = field(repr=False, default=0)
    right: int = field(repr=False, default=0)
    follow: str = field(repr=False, default="")
    starts: str = field(repr=False, default="new")
    heads: frozenset[str] = field(repr=False, default=frozenset())
    """The heads whose block it opens, if not those of all."""
    key: str = field(repr=False, default="")
    """What the phrase is called in the built-in phrasebook."""
    extends: str = field(repr=False, default="")
    """The shorter phrase that it begins with, where both may stand in one place."""
    is_strong: bool = field(repr=False, default=False)
    """Whether two of its words side by side are no keywords of Rust, so that it cannot be Rust."""


@dataclass(frozen=True, eq=False)  # compared by identity, so that it can be a key
class Phrasebook:
    """All phrases of one wording of Iron, indexed by their first word."""

    phrases: tuple[Phrase, ...]
    name: str
    about: str = field(repr=False)
    """What the wording is, in a few words, for a model that is to write it."""
    by_text: dict[str, Phrase] = field(repr=False)
    by_key: dict[str, Phrase] = field(repr=False)
    """The phrases by what they are called in the built-in phrasebook, however they are said."""
    by_word: dict[str, tuple[Phrase, ...]] = field(repr=False)
    """The phrases that begin with a word, the longest first."""
    spelled: dict[str, Phrase] = field(repr=False)
    """The spelled-out phrase of each Rust token."""
    words: frozenset[str] = field(repr=False)

    def is_spelled(self, phrase: Phrase) -> bool:
        """Tell whether a phrase is the fallback of its token."""
        return phrase.role == "spelled"


def load_phrasebook(path: str | os.PathLike[str] | None = None) -> Phrasebook:
    """Load and check a phrasebook, the built-in one by default.

    Raises `PhrasebookError` for a table that is no phrasebook or breaks its rules, and
    `OSError` where the file cannot be read.
    """
    return _load(os.fspath(path) if path is not None else os.fspath(BUILT_IN))


@lru_cache(maxsize=8)
def _load(path: str) -> Phrasebook:
    table = _table(Path(path))
    is_based = table.get("based_on") is not None
    rows, words = table.get("phrase", []), table.get("words", {})
    if not isinstance(rows, list) or not (rows or (is_based and words)):
        raise PhrasebookError(f"{path}: no [[phrase]] rows")
    phrases = tuple(_phrase(row, number) for number, row in enumerate(rows, 1))
    if is_based:
        phrases = _based_on(str(table["based_on"]), phrases, path)
    try:
        phrases = _reworded(phrases, words)
    except PhrasebookError as error:
        raise PhrasebookError(f"{path}: [words]: {error}") from error
    about = str(table.get("about", load_phrasebook().about if is_based else ""))
    book = _index(phrases, str(table.get("name", Path(path).stem)), about)
    if Path(path) != BUILT_IN:  # the tests check the built-in one, once
        from redox.phrasebook_rules import check_phrasebook

        check_phrasebook(book)
    return book


def _table(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    if path == BUILT_IN and READY.exists():
        ready: dict[str, Any] = json.loads(READY.read_bytes())
        if ready["source"] == zlib.crc32(data):  # else somebody is at work on the phrasebook
            table: dict[str, Any] = ready["table"]
            return table
    return read_table(path, data)


def read_table(path: Path, data: bytes) -> dict[str, Any]:
    """Read the TOML of a phrasebook; raises `PhrasebookError` for what is none."""
    import tomllib

    try:
        return tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PhrasebookError(f"{path}: not TOML: {error}") from error


def _based_on(name: str, phrases: tuple[Phrase, ...], path: str) -> tuple[Phrase, ...]:
    """Lay the rows of one phrasebook over those of the built-in one."""
    base = load_phrasebook()
    if name != base.name:
        raise PhrasebookError(f"{path}: based_on can only be {base.name!r}")
    own = {phrase.key: phrase for phrase in phrases}
    if strange := [key for key in own if key not in base.by_key]:
        raise PhrasebookError(f"{path}: no such keys in {name}: {', '.join(strange)}")
    return tuple(own.get(phrase.key, phrase) for phrase in base.phrases)


def _reworded(phrases: tuple[Phrase, ...], words: object) -> tuple[Phrase, ...]:
    """Say other words, one for one, wherever phrases and their examples have them."""
    if not isinstance(words, dict) or not all(isinstance(one, str) for one in words.values()):
        raise PhrasebookError("is a table of words")
    if not words:
        return phrases
    used = {word for phrase in phrases for word in phrase.words}
    kept = used - words.keys()
    if strange := sorted({*words} - used):
        raise PhrasebookError(f"no phrase has the words {', '.join(strange)}")
    if taken := sorted(one for one in words.values() if one in kept):
        raise PhrasebookError(f"other phrases have the words {', '.join(taken)}")
    if len({*words.values()}) < len(words):
        raise PhrasebookError("two words become one")
    if bad := [one for one in words.values() if not _is_word(one) or one in KEYWORDS]:
        raise PhrasebookError(f"not words, or words of Rust: {', '.join(bad)}")

    def said(text: str) -> str:
        return _WORD.sub(lambda word: words.get(word[0], word[0]), text)

    return tuple(
        replace(
            phrase,
            text=said(phrase.text),
            extends=said(phrase.extends),
            iron_example=said(phrase.iron_example),
            words=tuple(words.get(word, word) for word in phrase.words),
            is_strong=_is_strong([words.get(word, word) for word in phrase.words]),
        )
        for phrase in phrases
    )


def _index(phrases: tuple[Phrase, ...], name: str, about: str) -> Phrasebook:
    by_word: dict[str, list[Phrase]] = {}
    for phrase in phrases:
        by_word.setdefault(phrase.words[0], []).append(phrase)
    return Phrasebook(
        phrases,
        name,
        about,
        {phrase.text: phrase for phrase in phrases},
        {phrase.key: phrase for phrase in phrases},
        {w: tuple(sorted(ps, key=lambda p: -len(p.words))) for w, ps in by_word.items()},
        {phrase.rust: phrase for phrase in phrases if phrase.role == "spelled"},
        frozenset(word for phrase in phrases for word in phrase.words),
    )


def _phrase(row: object, number: int) -> Phrase:
    if not isinstance(row, dict):
        raise PhrasebookError(f"row {number} is not a table")
    label = f"row {number} ({row.get('say', '?')!r})"
    if unknown := sorted(set(row) - _ROW_KEYS):
        raise PhrasebookError(f"{label}: unknown keys: {', '.join(unknown)}")
    for key in ("say", "rust", "role", "doc", "iron", "means"):
        if not isinstance(row.get(key), str):
            raise PhrasebookError(f"{label}: {key!r} is missing or not a text")
    words = tuple(row["say"].split(" "))
    if not all(map(_is_word, words)):
        raise PhrasebookError(f"{label}: a phrase is words parted by single spaces")
    role = ROLES.get(row["role"])
    if role is None:
        raise PhrasebookError(f"{label}: unknown role; one of {', '.join(ROLES)}")
    closes, opens = row.get("closes", role.closes), row.get("opens", "")
    if closes not in _CLOSES:
        raise PhrasebookError(f"{label}: closes is one of {', '.join(sorted(_CLOSES))}")
    if opens and opens not in f.FRAMES:
        raise PhrasebookError(f"{label}: opens is one of {', '.join(sorted(f.FRAMES))}")
    following = f.OPERANDS.get(row["next"]) if "next" in row else role.next
    if following is None:
        raise PhrasebookError(f"{label}: next is one of {', '.join(f.OPERANDS)}")
    for side in ("left", "right"):
        if row.get(side, "gap") not in _SPACING:
            raise PhrasebookError(f"{label}: {side} is one of {', '.join(_SPACING)}")
    return Phrase(
        row["say"],
        row["rust"].strip(),
        row["role"],
        row["doc"],
        row["iron"],
        row["means"],
        words,
        _tokens(row["rust"].strip()),
        role.places,
        following,
        closes,
        opens,
        _SPACING.get(row.get("left", ""), role.left),
        _SPACING.get(row.get("right", ""), role.right),
        role.follow,
        role.starts,
        frozenset(str(row.get("heads", "")).split()),
        str(row.get("key", row["say"])),
        str(row.get("extends", "")),
        _is_strong(words),
    )


def _is_word(text: str) -> bool:
    return text.isascii() and text.isidentifier()


def _is_strong(words: Sequence[str]) -> bool:
    return any(one not in KEYWORDS and two not in KEYWORDS for one, two in pairwise(words))


def _tokens(rust: str) -> tuple[tuple[str, str], ...]:
    return tuple(lex_line(rust, CODE)[1]) if rust else ()
