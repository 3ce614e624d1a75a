"""Lay Iron out: as rustfmt lays out its Rust, or where rustfmt doesn't take that, by indentation.

Both ways keep the meaning, and prove it before they hand anything over: the new Iron oxidizes to
exactly the Rust that rustfmt wrote, or to the old Rust but for the white space that begins its
lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from redox.lexer import CODE, Mode, Pair, lex_line, split_end, split_lines
from redox.phrasebook import Phrasebook
from redox.toolchain import format_rust
from redox.translate import oxidize, reduce

INDENT = "    "
OPENERS, CLOSERS = frozenset("([{"), frozenset(")]}")
GOES_ON = frozenset(
    (
        ".",
        "?",
        "+",
        "/",
        "%",
        "==",
        "!=",
        "<=",
        ">=",
        "<",
        ">",
        "&&",
        "||",
        "=",
        "=>",
        "as",
        "where",
    )
)
"""Rust that, at a line's start, goes on with the line before; what may be a prefix is left out."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Iron laid out, and whether rustfmt decided how."""

    text: str
    by_rustfmt: bool


def lay_out(
    iron: str,
    phrasebook: Phrasebook,
    *,
    keep_rust: bool = False,
    beside: Path | None = None,
    options: Sequence[str] = (),
    with_rustfmt: bool = True,
) -> Layout:
    """Lay `iron` out; `keep_rust` leaves the lines that are written as Rust as Rust.

    The edition and the `rustfmt.toml` that hold for the folder `beside` are used, and `options` of
    rustfmt. Without rustfmt no other program is started.
    """
    rust = oxidize(iron, phrasebook).text
    formatted = format_rust(rust, beside=beside, options=options) if with_rustfmt else None
    if formatted is not None:
        laid_out: str | None = reduce(formatted, phrasebook).text
        if keep_rust and laid_out is not None:
            laid_out = _put_rust_back(iron, rust, formatted, laid_out)
        if laid_out is not None and oxidize(laid_out, phrasebook).text == formatted:
            return Layout(laid_out, by_rustfmt=True)
    indented = _indent(iron, rust, keep_rust=keep_rust)
    if _but_for_indent(oxidize(indented, phrasebook).text) != _but_for_indent(rust):
        return Layout(iron, by_rustfmt=False)
    return Layout(indented, by_rustfmt=False)


def is_rust_line(iron: str, rust: str) -> bool:
    """Tell whether a line of Iron, whose Rust is `rust`, is itself written as Rust."""
    if iron.strip() != rust.strip():
        return False
    return any(not _is_neutral(lexeme) for _, lexeme in lex_line(iron, CODE)[1])


def _is_neutral(lexeme: str) -> bool:
    """Tell whether a lexeme looks the same in Rust and in Iron: a word, a literal, a comment."""
    is_comment = lexeme.startswith(("//", "/*"))
    return is_comment or lexeme[0].isalnum() or lexeme[0] in "_\"'"


def _put_rust_back(iron: str, rust: str, formatted: str, reduced: str) -> str | None:
    """Return `reduced` with Rust on the lines that were Rust in `iron`; None if that is not clear.

    `iron` and `rust` match line by line, and so do `reduced` and `formatted`. Where rustfmt broke
    lines anew, a passage stays Rust if all of it was.
    """
    old, new = split_lines(rust), split_lines(formatted)
    was_rust = [
        is_rust_line(split_end(said)[0], split_end(meant)[0])
        for said, meant in zip(split_lines(iron), old, strict=True)
    ]
    lines = split_lines(reduced)
    matcher = SequenceMatcher(
        None, [line.strip() for line in old], [line.strip() for line in new], autojunk=False
    )
    for _, start, end, to, to_end in matcher.get_opcodes():
        if not any(was_rust[start:end]):
            continue
        if end - start == to_end - to:
            for shift in range(end - start):
                if was_rust[start + shift]:
                    lines[to + shift] = new[to + shift]
        elif all(was_rust[line] or not old[line].strip() for line in range(start, end)):
            lines[to:to_end] = new[to:to_end]
        else:
            return None
    return "".join(lines)


def _indent(iron: str, rust: str, *, keep_rust: bool) -> str:
    """Return `iron` with each line indented by the brackets that are open in its Rust.

    A line that starts inside a literal or a comment stays as it is.
    """
    out = []
    mode: Mode = CODE
    opened: list[int] = []  # for each open bracket, the indentation of the line that opened it
    for said, meant in zip(split_lines(iron), split_lines(rust), strict=True):
        body, end = split_end(meant)
        starts_in_code = mode == CODE
        _, pairs, _, mode = lex_line(body, mode, end)
        depth = _depth(pairs, opened)
        is_kept = not starts_in_code or (keep_rust and is_rust_line(*_bodies(said, meant)))
        out.append(said if is_kept else _indented(said, depth))
        _follow(pairs, opened, depth)
    return "".join(out)


def _bodies(said: str, meant: str) -> tuple[str, str]:
    return split_end(said)[0], split_end(meant)[0]


def _indented(line: str, depth: int) -> str:
    body, end = split_end(line)
    bare = body.lstrip(" \t")
    return (INDENT * depth + bare if bare else "") + end


def _depth(pairs: list[Pair], opened: list[int]) -> int:
    """Return the indentation of a line: that of the line whose brackets it closes, or one more."""
    closing = 0
    while closing < len(pairs) and pairs[closing][1] in CLOSERS:
        closing += 1
    if closing and opened:
        return opened[max(0, len(opened) - closing)]
    goes_on = bool(pairs) and pairs[0][1] in GOES_ON
    return (opened[-1] + 1 if opened else 0) + goes_on


def _follow(pairs: list[Pair], opened: list[int], depth: int) -> None:
    for _, lexeme in pairs:
        if lexeme in OPENERS:
            opened.append(depth)
        elif lexeme in CLOSERS and opened:
            opened.pop()


def _but_for_indent(rust: str) -> list[str]:
    return [line.lstrip(" \t") for line in split_lines(rust)]
