"""Where a model is asked: inside which function, what that is for, and what stands there already.

A model is asked as it was taught, a function at a time: its comment is the task, its head is the
signature, and what stands before the place is the beginning of the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from redox_lsp.outline import Run, run_at
from redox_lsp.reading import Kind, Reading, Token

LONGEST = 6_000
"""How many characters may stand before the place in its function."""
_DOC = "///"


@dataclass(frozen=True, slots=True)
class Situation:
    """What a model is told: `prompt` in words, `signature` in Rust, `begun` in Iron."""

    prompt: str
    signature: str
    begun: str


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A function whose block holds nothing, or `todo macro`: its body is for a model to write."""

    situation: Situation
    body: range
    """The lines between its head and what closes its block."""
    indent: str
    """What stands before its head."""
    closer: str
    """What closes its block."""


def situation_at(reading: Reading, offset: int) -> Situation | None:
    """Return what a model is told at a place; nothing where that is in no function's block."""
    line = reading.line_of(offset)
    column = offset - reading.start_of(line)
    found = _function_at(reading, line)
    if found is None:
        return None
    before = [token.text for number, token in found.tokens if (number, token.end) <= (line, column)]
    if before.count("{") <= before.count("}"):
        return None
    return _situation(reading, found, line, column)


def unwritten_at(reading: Reading, line: int) -> Unwritten | None:
    """Return the function without a body that a line belongs to, if it does to one."""
    found = _function_at(reading, line)
    if found is None:
        return None
    tokens = found.tokens
    last = tokens[found.opener][0]
    body = [token for _, token in tokens[found.opener + 1 : -1]]
    past, closer = tokens[-1]
    if closer.text != "}" or past == last or not _closes_alone(reading, past):
        return None
    if body and not _is_placeholder([token.text for token in body]):
        return None
    situation = _situation(reading, found, last, len(reading.body_of(last)))
    if situation is None:
        return None
    head = reading.body_of(tokens[0][0])
    indent = head[: len(head) - len(head.lstrip())]
    situation = replace(situation, begun=f"{situation.begun}\n")
    return Unwritten(situation, range(last + 1, past), indent, reading.body_of(past).strip())


def _closes_alone(reading: Reading, line: int) -> bool:
    """Tell whether a line holds a closer alone."""
    return all(token.text == "}" for token in reading.tokens(line))


def _is_placeholder(texts: list[str]) -> bool:
    """Tell whether tokens are `todo!()` or its like, and nothing else."""
    called = texts[:2] in (["todo", "!"], ["unimplemented", "!"])
    return called and ";" not in texts[:-1] and "{" not in texts


@dataclass(frozen=True, slots=True)
class _Function:
    """A function's tokens with their lines; `opener` is where its block begins among them."""

    run: Run
    tokens: list[tuple[int, Token]]
    opener: int


def _function_at(reading: Reading, line: int) -> _Function | None:
    run = run_at(reading, line)
    if run is None:
        return None
    tokens = list(_code(reading, run.first, run.past))
    opener = next((at for at, (_, token) in enumerate(tokens) if token.text == "{"), None)
    if opener is None or all(token.text != "fn" for _, token in tokens[:opener]):
        return None
    return _Function(run, tokens, opener)


def _situation(reading: Reading, found: _Function, line: int, column: int) -> Situation | None:
    first, last = found.tokens[0][0], found.tokens[found.opener][0]
    begun = _dedented(reading, first, line, column)
    if len(begun) > LONGEST:
        return None
    said = [reading.body_of(number).strip() for number in range(found.run.first, first)]
    prompt = " ".join(one.removeprefix(_DOC).strip() for one in said if one.startswith(_DOC))
    signature = reading.rust_of(first, last + 1).rpartition("{")[0].strip()
    return Situation(prompt, signature, begun)


def is_quiet(reading: Reading, offset: int) -> bool:
    """Tell whether a place is in a comment or a text, where nothing is suggested unasked."""
    at = reading.token_at(offset)
    if at is None:
        return False
    line, index = at
    token = reading.tokens(line)[index]
    is_text = token.kind is Kind.LITERAL and token.text[:1] in "\"'rbc"
    return token.kind is Kind.COMMENT or is_text


def _code(reading: Reading, first: int, past: int) -> Iterator[tuple[int, Token]]:
    """Yield the tokens of some lines but for comments and attributes before an item."""
    depth = 0
    is_attribute = False
    for line, token in reading.lines_with_tokens(first, past):
        if token.kind in (Kind.COMMENT, Kind.SILENT):
            continue
        is_attribute = is_attribute or token.text == "#"
        if is_attribute:
            depth += (token.text == "[") - (token.text == "]")
            is_attribute = depth > 0 or token.text in ("#", "!")
            continue
        yield line, token


def _dedented(reading: Reading, first: int, line: int, column: int) -> str:
    """Return the Iron from a line up to a place, as far left as it goes."""
    head = reading.body_of(first)
    indent = head[: len(head) - len(head.lstrip())]
    lines = [reading.body_of(number) for number in range(first, line)]
    lines.append(reading.body_of(line)[:column])
    return "\n".join(one.removeprefix(indent) for one in lines)
