"""The laws of Iron as functions: each takes a case and returns the first failure, or `None`.

Nothing here reads a file or starts a program, so that the corpus harness, the fuzzer and the tests
all ask the same questions. The laws are stated in `docs/iron.md`:

    L1  oxidize(reduce(r)) == r, byte for byte
    L2  oxidize(r) == r; with identifiers renamed to words of Iron; with Rust lines put into Iron
    L3  reduce(oxidize(i)) == i for every i that reduce wrote
    L4  outside literals and comments reduce writes words and white space only
    L5  line n of Iron is line n of Rust, and the map tiles both texts and is inverse at tokens

Rust is read with `redox.rustlex`, not with the core's own lexer.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from random import Random

from redox.map import MapSpan
from redox.phrasebook import Phrasebook, load_phrasebook
from redox.rustlex import Kind, RustLexError, Token, lex, line_starts
from redox.translate import Translation, oxidize, reduce


class Law(StrEnum):
    """A law as the command line and the reports name it."""

    L1 = "L1"
    L2 = "L2"
    L2_RENAMED = "L2-renamed"
    L2_MIXED = "L2-mixed"
    L3 = "L3"
    L4 = "L4"
    L5 = "L5"
    L6 = "L6"


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a law first fails: `offset` points into what was wanted; `text` was translated."""

    law: Law
    offset: int
    line: int
    wanted: str
    found: str
    detail: str
    text: str = ""


@dataclass(frozen=True)
class Case:
    """One Rust text that Rust's lexer accepts, with what the laws share, worked out once."""

    rust: str
    seed: int = 0
    phrasebook: Phrasebook | None = None

    @cached_property
    def tokens(self) -> list[Token]:
        """The tokens of the Rust text; raises `RustLexError`."""
        return lex(self.rust)

    @cached_property
    def reduced(self) -> Translation:
        """The Iron that `reduce` writes for the Rust text."""
        return reduce(self.rust, self.phrasebook)

    @cached_property
    def oxidized(self) -> Translation:
        """What `oxidize` makes of that Iron."""
        return oxidize(self.reduced.text, self.phrasebook)

    @cached_property
    def restored(self) -> str:
        """The Rust that `oxidize` makes of that Iron."""
        return self.oxidized.text

    @cached_property
    def iron_tokens(self) -> list[Token]:
        """The Iron as Rust's lexer sees it; raises `RustLexError`."""
        return lex(self.reduced.text)

    @cached_property
    def rust_lines(self) -> list[int]:
        """The offset of each line of the Rust text."""
        return line_starts(self.rust)

    @cached_property
    def iron_lines(self) -> list[int]:
        """The offset of each line of the Iron text."""
        return line_starts(self.reduced.text)


def check_laws(case: Case, laws: Collection[Law]) -> Iterator[Failure]:
    """Yield the first failure of each of `laws`; what a law raises is a failure of L6."""
    for law in laws:
        try:
            failure = LAWS[law](case)
        except Exception as error:  # noqa: BLE001 by L6 nothing is raised
            name, detail = type(error).__name__, f"{law}: {error!r}"
            failure = Failure(Law.L6, 0, 1, "no exception", name, detail)
        if failure is not None:
            yield failure


def check_lossless(case: Case) -> Failure | None:
    """L1: what `reduce` writes, `oxidize` turns back, byte for byte."""
    return _first_difference(Law.L1, case.rust, case.restored)


def check_superset(case: Case) -> Failure | None:
    """L2: Rust is Iron that means itself; of what Rust's parser refuses nothing is promised."""
    return _first_difference(Law.L2, case.rust, oxidize(case.rust, case.phrasebook).text)


def check_renamed(case: Case) -> Failure | None:
    """L2, whatever the identifiers are called: the worst names are the words of Iron."""
    words = phrase_words(case.phrasebook or load_phrasebook())
    renamed = rename_identifiers(case.rust, case.tokens, Random(case.seed), words)
    if [token.kind for token in lex(renamed)] != [token.kind for token in case.tokens]:
        return None  # Touching tokens have run together (`x"…"` has become `r"…"`): another text.
    found = oxidize(renamed, case.phrasebook).text
    return _first_difference(Law.L2_RENAMED, renamed, found, text=renamed)


def check_mixed(case: Case) -> Failure | None:
    """L2, lines of Rust put into Iron: they keep their meaning there."""
    if len(case.rust_lines) != len(case.iron_lines):
        return None  # L5 says so already.
    mixed = mix_lines(case, Random(case.seed))
    found = oxidize(mixed, case.phrasebook).text
    return _first_difference(Law.L2_MIXED, case.rust, found, text=mixed)


def check_canonical(case: Case) -> Failure | None:
    """L3: `reduce` has one output, so translating there and back changes nothing."""
    again = reduce(case.restored, case.phrasebook).text
    return _first_difference(Law.L3, case.reduced.text, again)


def check_pure(case: Case) -> Failure | None:
    """L4: words and white space, and the literals and comments of the Rust text, in its order."""
    iron = case.reduced.text
    try:
        tokens = case.iron_tokens
    except RustLexError as error:
        found = iron[error.offset : error.offset + 1]
        return _failure(Law.L4, iron, error.offset, "a word", found, error.reason)
    for token in tokens:
        if token.kind in (Kind.PUNCT, Kind.LIFETIME):
            found = iron[token.start : token.end]
            return _failure(Law.L4, iron, token.start, "a word", found, "a sign in the Iron")
    wanted = _quoted(case.rust, case.tokens)
    for (_, kept), (start, found) in zip(wanted, _quoted(iron, tokens), strict=False):
        if kept != found:
            return _failure(Law.L4, iron, start, kept, found, "a literal or comment has changed")
    return None


def check_lines_and_map(case: Case) -> Failure | None:
    """L5: as many lines; the spans tile both texts; tokens map there and back, on their line."""
    wanted, found = len(case.rust_lines), len(case.iron_lines)
    if wanted != found:
        return _failure(Law.L5, case.rust, 0, f"{wanted} lines", f"{found} lines", "lines are lost")
    spans = list(case.reduced.map.spans())
    return _check_tiling(case, spans) or _check_tokens(case, spans)


LAWS: Mapping[Law, Callable[[Case], Failure | None]] = {
    Law.L1: check_lossless,
    Law.L2: check_superset,
    Law.L2_RENAMED: check_renamed,
    Law.L2_MIXED: check_mixed,
    Law.L3: check_canonical,
    Law.L4: check_pure,
    Law.L5: check_lines_and_map,
}

# Words that Rust reserves, or that some syntax of it (nightly's too) gives a meaning in its place.
KEPT_WORDS = frozenset(
    """
    _ abstract as async await become box break const continue crate do dyn else enum extern false
    final fn for gen if impl in let loop macro match mod move mut override priv pub ref return self
    Self static struct super trait true try type typeof unsafe unsized use virtual where while yield
    auto bikeshed builtin catch contract_ensures contract_requires default is macro_rules pin raw
    reuse safe union yeet
    """.split()
)


def rename_identifiers(rust: str, tokens: list[Token], random: Random, words: Sequence[str]) -> str:
    """Rename every identifier to one of `words`, each one everywhere alike; keywords stay."""
    names: dict[str, str] = {}
    parts = []
    for token in tokens:
        text = rust[token.start : token.end]
        if token.kind is Kind.WORD and text not in KEPT_WORDS and not text.startswith("r#"):
            text = names.setdefault(text, random.choice(words))
        parts.append(text)
    return "".join(parts)


def mix_lines(case: Case, random: Random) -> str:
    """Put about half of the Rust lines that stand on their own back into the Iron."""
    rust = _split(case.rust, case.rust_lines)
    iron = _split(case.reduced.text, case.iron_lines)
    for line in balanced_lines(case):
        if random.random() < 0.5:
            iron[line] = rust[line]
    return "".join(iron)


def balanced_lines(case: Case) -> list[int]:
    """The lines that hold a token, close what they open, and touch no literal of several lines.

    Angle brackets and bars are counted too, as far as a lexer can. A line that is the same in both
    languages and means two things is none: one of words alone, or of a macro's own words, of which
    one is a phrase where Iron would have it (`not function like`). `reduce` escapes that word.
    """
    open_at_end = [False] * len(case.rust_lines)
    signs: list[list[str]] = [[] for _ in case.rust_lines]
    has_token = [False] * len(case.rust_lines)
    for token in case.tokens:
        first = bisect_right(case.rust_lines, token.start) - 1
        if token.kind is Kind.PUNCT:
            signs[first].append(case.rust[token.start])
        if token.kind in (Kind.SPACE, Kind.COMMENT, Kind.LITERAL, Kind.SHEBANG):
            last = bisect_right(case.rust_lines, token.end - 1) - 1
            if token.kind is not Kind.SPACE and last > first:
                for line in range(first, last + 1):
                    open_at_end[line] = True
        if token.kind not in (Kind.SPACE, Kind.COMMENT, Kind.SHEBANG):
            has_token[first] = True
    two_faced = _two_faced_lines(case)
    return [
        line
        for line, there in enumerate(has_token)
        if there and not open_at_end[line] and _is_balanced("".join(signs[line]))
        if line not in two_faced
    ]


def _two_faced_lines(case: Case) -> set[int]:
    """The lines of words alone, or begun inside a macro, on which Iron has to escape a word."""
    of_words: set[int] = set()
    of_macros: set[int] = set()
    in_macro = [False]
    recent = deque(("", "", ""), maxlen=3)
    line = -1
    for token in case.tokens:
        if token.kind in (Kind.SPACE, Kind.COMMENT, Kind.SHEBANG):
            continue
        text, last_line = case.rust[token.start : token.end], line
        line = bisect_right(case.rust_lines, token.start) - 1
        if line != last_line:
            of_words.add(line)
            if in_macro[-1]:
                of_macros.add(line)
        if token.kind is not Kind.WORD:
            of_words.discard(line)
        if text in ("(", "[", "{"):
            in_macro.append(in_macro[-1] or _begins_macro(*recent))
        elif text in (")", "]", "}") and len(in_macro) > 1:
            in_macro.pop()
        recent.append(text)
    escape = re.compile(rf"\b{escape_word(case.phrasebook)}\s")
    iron = _split(case.reduced.text, case.iron_lines)
    return {line for line in of_words | of_macros if escape.search(iron[line])}


def _begins_macro(first: str, second: str, third: str) -> bool:
    """Tell whether the bracket after these tokens holds what a macro is given, or its rules."""
    is_call = third == "!" and re.fullmatch(r"(r#)?\w+", second) and second not in KEPT_WORDS
    return bool(is_call) or (first, second) == ("macro_rules", "!")


def _is_balanced(signs: str) -> bool:
    closers = {")": "(", "]": "[", "}": "{"}
    stack: list[str] = []
    for sign in signs:
        if sign in "([{":
            stack.append(sign)
        elif sign in closers and (not stack or stack.pop() != closers[sign]):
            return False
    angles = signs.replace("->", "").replace("=>", "")
    even = signs.count("|") % 2 == 0 and angles.count("<") == angles.count(">")
    return not stack and even and not angles.startswith(">")


def _check_tiling(case: Case, spans: list[MapSpan]) -> Failure | None:
    edges = [(0, 0), *((span.iron_end, span.rust_end) for span in spans)]
    for span, edge in zip(spans, edges, strict=False):
        start = (span.iron_start, span.rust_start)
        if start != edge or span.iron_end < span.iron_start or span.rust_end < span.rust_start:
            detail = f"the span {span} does not follow what ends at {edge}"
            return _failure(Law.L5, case.rust, span.rust_start, str(edge), str(start), detail)
    whole = (len(case.reduced.text), len(case.rust))
    if edges[-1] != whole:
        detail = "the spans do not reach the ends of both texts"
        return _failure(Law.L5, case.rust, edges[-1][1], str(whole), str(edges[-1]), detail)
    return None


def _check_tokens(case: Case, spans: list[MapSpan]) -> Failure | None:
    """Every token has a counterpart on its own line, and that one leads back to it."""
    iron, rust, iron_map = case.reduced.text, case.rust, case.reduced.map
    starts = [span.rust_start for span in spans]
    translated = _rust_words(case.phrasebook or load_phrasebook()) | KEPT_WORDS
    escape = re.compile(rf"{escape_word(case.phrasebook)}\s+")
    line = 0
    for token in case.tokens:
        if token.kind in (Kind.SPACE, Kind.COMMENT, Kind.SHEBANG):
            continue
        while line + 1 < len(case.rust_lines) and case.rust_lines[line + 1] <= token.start:
            line += 1
        text = rust[token.start : token.end]
        named = token.kind is Kind.LITERAL or (token.kind is Kind.WORD and text not in translated)
        span = spans[bisect_right(starts, token.start) - 1]
        is_implied, starts_span = span.iron_end == span.iron_start, span.rust_start == token.start
        there = iron_map.iron_from_rust(token.start)
        if there is None:
            if named or (starts_span and not is_implied):
                return _failure(Law.L5, rust, token.start, text, "nothing", "a token has no place")
            there = span.iron_start
        if not span.iron_start <= there <= span.iron_end:
            found = iron[there : there + 20]
            return _failure(Law.L5, rust, token.start, text, found, "the map leads elsewhere")
        back = iron_map.rust_from_iron(there)
        # A token inside a phrase's Rust, as `else` in `} else {`, leads to the phrase at most.
        if starts_span and not is_implied and back != token.start:
            shown = f"offset {back}"
            return _failure(Law.L5, rust, token.start, text, shown, "the map is not inverse")
        if named and not _says(iron, there, text, escape):
            found = iron[there : there + len(text)]
            return _failure(Law.L5, rust, token.start, text, found, "the map leads elsewhere")
        if bisect_right(case.iron_lines, there) - 1 != line:
            found = f"line {bisect_right(case.iron_lines, there)}"
            return _failure(Law.L5, rust, token.start, f"line {line + 1}", found, "on another line")
    return None


def _says(iron: str, offset: int, text: str, escape: re.Pattern[str]) -> bool:
    if iron.startswith(text, offset):
        return True
    escaped = escape.match(iron, offset)
    return escaped is not None and iron.startswith(text, escaped.end())


def escape_word(phrasebook: Phrasebook | None = None) -> str:
    """The word of Iron after which a word is an identifier."""
    phrases = (phrasebook or load_phrasebook()).phrases
    return next((phrase.text for phrase in phrases if phrase.role == "escape"), "literally")


def phrase_words(phrasebook: Phrasebook) -> list[str]:
    """The words of Iron that may name something in Rust."""
    words = {word for phrase in phrasebook.phrases for word in phrase.text.split()}
    return sorted(word for word in words - KEPT_WORDS if re.fullmatch(r"[A-Za-z_]\w*", word))


def _rust_words(phrasebook: Phrasebook) -> frozenset[str]:
    """The words of Rust that a phrase stands for, so that Iron need not hold them."""
    texts = [phrase.rust for phrase in phrasebook.phrases]
    return frozenset(word for text in texts for word in re.findall(r"[A-Za-z_]\w*", text))


def _quoted(text: str, tokens: list[Token]) -> list[tuple[int, str]]:
    kinds = (Kind.LITERAL, Kind.COMMENT)
    return [(each.start, text[each.start : each.end]) for each in tokens if each.kind in kinds]


def _split(text: str, starts: list[int]) -> list[str]:
    return [text[start:end] for start, end in pairwise([*starts, len(text)])]


_SHOWN = re.compile(r"\s+|\w+|[^\w\s]+")


def _first_difference(law: Law, wanted: str, found: str, *, text: str = "") -> Failure | None:
    if wanted == found:
        return None
    # Whole blocks are compared first: a loop over a megabyte of equal characters is slow.
    low, high = 0, min(len(wanted), len(found))
    while low < high:
        middle = (low + high + 1) // 2
        if wanted[low:middle] == found[low:middle]:
            low = middle
        else:
            high = middle - 1
    detail = f"found {_token_at(found, low)!r} where {_token_at(wanted, low)!r} was"
    return _failure(law, wanted, low, _token_at(wanted, low), _token_at(found, low), detail, text)


def _token_at(text: str, offset: int) -> str:
    match = _SHOWN.match(text, offset)
    return match[0][:40] if match else "the end"


def _failure(
    law: Law, text: str, offset: int, wanted: str, found: str, detail: str, translated: str = ""
) -> Failure:
    line = bisect_right(line_starts(text), offset)
    return Failure(law, offset, line, wanted[:80], found[:80], detail, translated)
