"""What each lexeme is to the machine: keywords, sigils and the first words of phrases."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from redox import frames as f
from redox.keywords import KEYWORDS
from redox.lexer import Pair
from redox.phrasebook import Phrase, Phrasebook

# What a line does that begins with a lexeme, for the line before it.
NEW_LINE: Final = 0
GOES_ON: Final = 1
OPENS_BLOCK: Final = 2
CLOSES: Final = 3
FOR_LINE: Final = 4  # `for`: goes on after `implement`, else new
MAY_BEGIN: Final = 5  # new, with a sigil that looks as if it went on
_STARTS: Final = {"new": NEW_LINE, "on": GOES_ON, "block": OPENS_BLOCK, "closer": CLOSES}

HEAD_OF: Final = {
    "fn": "function",
    "impl": "implement",
    "impl<": "implement",
    "trait": "trait",
    "mod": "module",
    "struct": "structure",
    "enum": "enumeration",
    "union": "union",
    "extern": "external",
    "macro_rules!": "macro",
    "if": "if",
    "match": "match",
    "while": "while",
    "for": "for",
    "loop": "loop",
    "else": "else",
}
"""The head that a keyword opens."""
_CLOSES_FIRST: Final = {"in": "for", "else": "all", "where": "item", "for": "types"}
NOT_AN_OPERAND: Final = frozenset("as in if else for where".split())
_GO_ON: Final = frozenset(
    ". ? = == != <= >= + / % ^ && || => -> : , ; += -= *= /= %= ^= &= |= <<= >>= @ >> <<".split()
)
_MODIFIERS: Final = {
    "auto": "trait",
    "default": "fn impl unsafe const async type extern",
    "gen": "fn",
    "safe": "fn static",
}
ITEM_TOKENS: Final = frozenset(
    "fn struct enum union trait impl impl< mod type use macro macro_rules!".split()
) | {"extern crate", "use {", "#["}
"""The first tokens of items and of their attributes."""
ITEM_MODIFIERS: Final = frozenset(
    (
        "pub pub(crate) pub(super) pub(self) pub(in const static mut"
        " unsafe extern async default auto safe gen"
    ).split()
)
"""What may stand before them, or before the names of constants."""
ITEM_ROLES: Final = ("keyword", "attribute", "opener", "block")
"""The roles in which phrases say them."""
SIGILS: Final = (
    "( ) [ ] { } , ; : :: . .. ..= ... = == != < > <= >= + - * / % ^ & && | || ! ? @ # $ -> => ~"
    " += -= *= /= %= ^= &= |= << >> <<= >>="
).split()


_SPACED_INFIXES: Final = frozenset("- * & | <".split())
"""The sigils that stand between operands if a gap follows them, and else begin one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one lexeme."""

    text: str
    is_sigil: bool = False
    is_keyword: bool = False
    next: int = f.AFTER
    closes: str = ""
    head: str = ""
    phrases: tuple[Phrase, ...] = ()
    begins_operand: bool = True
    follows_operand: bool = False
    """Whether it is a phrase by itself that can't begin an operand."""
    opens_blocks: bool = False
    """Whether it opens the block of some heads, as `do` and `then`; `:` does in other languages."""
    starts: int = NEW_LINE
    modifies: frozenset[str] = frozenset()
    """The words before which a contextual keyword is one."""
    may_begin_item: bool = False
    """Whether a line that begins with it may begin an item."""


Lexicon = dict[str, Entry]


@lru_cache(maxsize=8)
def lexicon_of(book: Phrasebook) -> Lexicon:
    """Index a phrasebook's words with Rust's keywords and sigils, once."""
    texts = {*KEYWORDS, *SIGILS, *book.by_word, *_MODIFIERS, "union"}
    return {text: _entry(text, book) for text in texts}


def _entry(text: str, book: Phrasebook) -> Entry:
    phrases = book.by_word.get(text, ())
    if not (text[0].isalpha() or text[0] == "_"):
        return Entry(
            text,
            is_sigil=True,
            begins_operand=False,
            opens_blocks=text == ":",
            starts=_sigil_starts(text),
            may_begin_item=text == "#",
        )
    is_keyword = text in KEYWORDS
    return Entry(
        text,
        is_keyword=is_keyword,
        next=KEYWORDS.get(text, f.AFTER),
        closes=_CLOSES_FIRST.get(text, ""),
        head=HEAD_OF.get(text, ""),
        phrases=phrases,
        begins_operand=_begins_operand(text, is_keyword, phrases),
        follows_operand=_follows_operand(phrases),
        opens_blocks=any(phrase.role == "block" and phrase.heads for phrase in phrases),
        starts=_word_starts(text),
        modifies=_modified(text, book),
        may_begin_item=_may_begin_item(text, phrases),
    )


def _may_begin_item(text: str, phrases: tuple[Phrase, ...]) -> bool:
    said = {text, *(phrase.rust for phrase in phrases if phrase.role in ITEM_ROLES)}
    return not said.isdisjoint(ITEM_TOKENS | ITEM_MODIFIERS)


def _sigil_starts(text: str) -> int:
    if text in (")", "]", "}", ">"):
        return CLOSES
    if text == "{":
        return OPENS_BLOCK
    return GOES_ON if text in _GO_ON else NEW_LINE


def _word_starts(text: str) -> int:
    if text == "for":
        return FOR_LINE
    return GOES_ON if text in ("as", "in", "else", "where") else NEW_LINE


def _begins_operand(text: str, is_keyword: bool, phrases: tuple[Phrase, ...]) -> bool:
    if is_keyword:
        return text not in NOT_AN_OPERAND
    return not phrases or any(map(_may_be_operand, phrases))


def _may_be_operand(phrase: Phrase) -> bool:
    return bool(phrase.places & f.WANTED) and phrase.starts == "new" and phrase.role != "spelled"


def _follows_operand(phrases: tuple[Phrase, ...]) -> bool:
    alone = [phrase for phrase in phrases if len(phrase.words) == 1]
    return bool(alone) and not any(map(_may_be_operand, alone))


def _modified(text: str, book: Phrasebook) -> frozenset[str]:
    rust = frozenset(_MODIFIERS.get(text, "").split())
    if not rust:
        return rust
    return rust | {phrase.words[0] for phrase in book.phrases if phrase.rust.split(" ")[0] in rust}


def opener_of(lexicon: Lexicon, head: str) -> Phrase:
    """Return the phrase that opens the block of a head: its own, or the one of all others."""
    phrases = (phrase for entry in lexicon.values() for phrase in entry.phrases)
    blocks = [one for one in phrases if one.role == "block" and not one.opens]
    own = (one for one in blocks if head in one.heads)
    return next(own, None) or next(one for one in blocks if not one.heads)


def stands_at(words: tuple[str, ...], pairs: list[Pair], index: int, count: int) -> bool:
    """Tell whether a phrase's words are the lexemes from `index`, before `count`."""
    if index + len(words) > count:
        return False
    for word in words:
        if pairs[index][1] != word:
            return False
        index += 1
    return True


def starts_of(lexicon: Lexicon, pairs: list[Pair]) -> int:
    """Tell what a line of these lexemes does to the line before it."""
    start = behind_comments(pairs)
    entry = lexicon.get(pairs[start][1])
    if entry is None:
        return NEW_LINE
    if entry.is_sigil and goes_on_spaced(pairs, start):
        return GOES_ON
    if start and entry.phrases:
        pairs = pairs[start:]
    for phrase in entry.phrases:
        if _is_at_start(lexicon, phrase, pairs):
            return _phrase_starts(lexicon, phrase)
    return entry.starts


def real_starts(starts: int) -> int:
    """Return what a line does that may look as if it did something else."""
    return NEW_LINE if starts == MAY_BEGIN else starts


def behind_comments(pairs: list[Pair]) -> int:
    """Return the index of the first lexeme of a line that is no comment; 0 if all are."""
    for index, (_, lexeme) in enumerate(pairs):
        if lexeme[:2] not in ("/*", "//"):
            return index
    return 0


def goes_on_spaced(pairs: list[Pair], start: int) -> bool:
    """Tell whether from `start` a line begins with a sigil that a gap makes go on."""
    is_followed = start + 1 < len(pairs) and bool(pairs[start + 1][0])
    return is_followed and pairs[start][1] in _SPACED_INFIXES


def _phrase_starts(lexicon: Lexicon, phrase: Phrase) -> int:
    if phrase.role == "spelled":
        entry = lexicon.get(phrase.rust)
        return entry.starts if entry else NEW_LINE
    return _STARTS[phrase.starts]


def _is_at_start(lexicon: Lexicon, phrase: Phrase, pairs: list[Pair]) -> bool:
    """Tell whether a line begins with a phrase, as far as its words alone can tell."""
    words = phrase.words
    count = len(words)
    if count > 1:
        if not stands_at(words, pairs, 0, len(pairs)):
            return False
        return phrase.starts != "new" or phrase.role in ("spelled", "mark")
    if phrase.starts == "new":
        return False
    if len(pairs) == 1 or pairs[1][1].startswith(("//", "/*")):
        return phrase.role in ("closer", "block", "otherwise", "postfix", "opener after")
    following = pairs[1][1]
    entry = lexicon.get(following)
    return entry is None or not entry.is_sigil
