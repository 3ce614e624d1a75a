"""Small changes to Rust, by its tokens: bodies replaced, imports dropped, names masked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from redox.rustlex import Kind, Token, lex

OPENERS = {"(": ")", "[": "]", "{": "}"}
CLOSERS = frozenset(OPENERS.values())
ALWAYS_THERE = frozenset({"std", "core", "alloc", "crate", "self", "super"})


def code_tokens(text: str) -> list[Token]:
    """Return the tokens of Rust that are neither space nor comment; raises `RustLexError`."""
    return [each for each in lex(text) if each.kind not in (Kind.SPACE, Kind.COMMENT)]


def find_body(text: str, tokens: Sequence[Token], name: str) -> tuple[int, int] | None:
    """Return the indices of the braces around the body of `fn name`, None if there is none."""
    words = [text[each.start : each.end] for each in tokens]
    for at, word in enumerate(words[:-1]):
        if word == "fn" and words[at + 1].removeprefix("r#") == name:
            return _braces_from(words, at + 2)
    return None


def _braces_from(words: Sequence[str], at: int) -> tuple[int, int] | None:
    depth = 0
    for opened in range(at, len(words)):
        word = words[opened]
        if word == ";" and depth == 0:
            return None
        if word == "{" and depth == 0:
            return opened, matching(words, opened)
        depth += (word in OPENERS) - (word in CLOSERS)
    return None


def matching(words: Sequence[str], opened: int) -> int:
    """Return the index of the bracket that closes the one at `opened`, the last if none does."""
    depth = 0
    for at in range(opened, len(words)):
        depth += (words[at] in OPENERS) - (words[at] in CLOSERS)
        if depth == 0:
            return at
    return len(words) - 1


def with_todo(solution: str, names: Sequence[str]) -> str:
    """Return a solution whose functions of these names have `todo!()` for a body."""
    for name in names:
        tokens = code_tokens(solution)
        body = find_body(solution, tokens, name)
        if body is not None:
            start, end = tokens[body[0]].start, tokens[body[1]].end
            solution = f"{solution[:start]}{{ todo!() }}{solution[end:]}"
    return solution


def function_names(text: str) -> list[str]:
    """Return the names after every `fn` in Rust, in order."""
    return re.findall(r"\bfn\s+(?:r#)?(\w+)", text)


_USE = re.compile(r"^[ \t]*(?:pub\s+)?use\s+(?:::)?(\w+)([^;]*);[ \t]*\n?", re.MULTILINE)


def drop_unused_imports(text: str) -> tuple[str, tuple[str, ...]]:
    """Drop imports from crates that are not there, where nothing uses what they bring.

    Returns the text and the names of the crates whose imports were dropped.
    """
    dropped: list[str] = []
    for found in reversed(list(_USE.finditer(text))):
        crate, rest = found[1], found[2]
        if crate in ALWAYS_THERE or re.search(rf"\bmod\s+{crate}\b", text):
            continue
        outside = text[: found.start()] + text[found.end() :]
        names = {crate, *re.findall(r"\w+", rest)} - {"as", "self", "_"}
        others = {*_words(_USE.sub("", outside))}
        if "*" not in rest and not names & others:
            text = outside
            dropped.append(crate)
    return text, tuple(reversed(dropped))


def _words(text: str) -> Iterator[str]:
    for token in code_tokens(text):
        if token.kind is Kind.WORD:
            yield text[token.start : token.end]


def defines(rust: str, function: str | None) -> bool:
    """Tell whether Rust defines a function; where none is asked for, anything does."""
    if function is None:
        return True
    return re.search(rf"\bfn\s+(?:r#)?{re.escape(function)}\b", rust) is not None
