"""Where a model is asked: inside which function, what that is for, and what stands there already.

A model is asked as it was taught, a function at a time: its comment is the task, its head is the
signature, and what stands before the place is the beginning of the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from redox_lsp.outline import Run, run_at, runs_of
from redox_lsp.reading import Kind, Reading, Token

LONGEST = 6_000
"""How many characters may stand before the place in its function."""
MOST_AROUND = 3_000
"""How many characters of what stands beside that function a model is told."""
_DOC = "///"


@dataclass(frozen=True, slots=True)
class Situation:
    """What a model is told: `prompt` in words, `signature` in Rust, `begun` in Iron.

    `around` is what else the file declares, and `behind` the lines of the function below the place,
    for models that are told that.
    """

    prompt: str
    signature: str
    begun: str
    around: str = ""
    behind: str = ""


class Fault(NamedTuple):
    """What is wrong with a line, counted from 1; 0 stands for none."""

    line: int
    message: str


Try = tuple[str, list[Fault]]
"""A whole answer, and what is wrong with it, by its lines."""


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A function whose block holds nothing, or `todo macro`: its body is for a model to write."""

    situation: Situation
    head: int
    """The line that it begins on, without its comment and attributes."""
    item: range
    """The lines of it all, with its comment and attributes."""
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
    situation = _situation(reading, found, line, column)
    past = found.tokens[-1][0] + 1
    return situation and replace(situation, behind=_lines(reading, found, line + 1, past))


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
    situation = replace(situation, begun=f"{situation.begun}\n")
    lines, end = range(last + 1, past), reading.body_of(past).strip()
    item = range(found.run.first, found.run.past)
    return Unwritten(situation, tokens[0][0], item, lines, _indent_of(reading, found), end)


def around_of(reading: Reading, line: int) -> str:
    """Return what stands beside the item at a line, in its order: heads of functions, the rest
    whole, the nearest first as long as there is room.
    """
    runs = runs_of(reading)
    own = next((at for at, run in enumerate(runs) if run.first <= line < run.past), 0)
    room, kept = MOST_AROUND, {}
    for at in sorted(range(len(runs)), key=lambda at: abs(at - own)):
        said = _without_body(reading, runs[at]) if at != own else ""
        if said and len(said) < room:
            room -= len(said) + 1
            kept[at] = said
    return "\n".join(kept[at] for at in sorted(kept))


def _without_body(reading: Reading, run: Run) -> str:
    """Return a run's code up to where a function's block begins, without what stands before it."""
    tokens = list(_code(reading, run.first, run.past))
    if not tokens:
        return ""
    first, past = tokens[0][0], tokens[-1][0] + 1
    is_function = False
    for number, token in tokens:
        is_function = is_function or token.text == "fn"
        if is_function and token.text == "{":
            past = number + 1
            break
    return "\n".join(reading.body_of(number) for number in range(first, past))


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
    above = _lines(reading, found, first, line)
    own = reading.body_of(line)[:column].removeprefix(_indent_of(reading, found))
    begun = f"{above}\n{own}" if line > first else own
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


def _lines(reading: Reading, found: _Function, first: int, past: int) -> str:
    """Return some of a function's lines, as if it stood as far left as can be."""
    indent = _indent_of(reading, found)
    return "\n".join(reading.body_of(each).removeprefix(indent) for each in range(first, past))


def _indent_of(reading: Reading, found: _Function) -> str:
    """Return what stands before a function's head."""
    head = reading.body_of(found.tokens[0][0])
    return head[: len(head) - len(head.lstrip())]
