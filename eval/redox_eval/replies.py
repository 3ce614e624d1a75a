"""The code in a model's reply: one fenced block, or the whole reply where there is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Extracted:
    """The code of a reply, or None with the reason why it can't be told."""

    code: str | None
    problem: str = ""


FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^`\r]*)\r?")
REASONING_END = "</think>"


def extract_code(reply: str, defines: Callable[[str], bool]) -> Extracted:
    """Take the code out of a reply; `defines` tells whether a block holds what the task asks for.

    What a model thought aloud, up to `</think>`, is not part of its answer. A last block that is
    not closed counts: whether it was cut short, the compiler tells. Of several blocks the only one
    that `defines` accepts is taken; if several do, the reply is ambiguous.
    """
    if any("\ud800" <= char <= "\udfff" for char in reply):
        return Extracted(None, "the reply holds a lone surrogate")
    if reply.lstrip().startswith("<think>") and REASONING_END not in reply:
        return Extracted(None, "the reply never ends its reasoning")
    answer = reply.rpartition(REASONING_END)[2]
    blocks = list(fenced_blocks(answer))
    if len(blocks) > 1:
        blocks = [block for block in blocks if defines(block)]
        if len(blocks) != 1:
            count = "several" if blocks else "none"
            return Extracted(None, f"{count} of the reply's code blocks define what was asked for")
    code = blocks[0] if blocks else answer
    if not code.strip():
        return Extracted(None, "the reply holds no code")
    return Extracted(code)


def fenced_blocks(text: str) -> Iterator[str]:
    """Yield what stands in the fenced blocks of Markdown, the line end after each line kept."""
    fence = ""
    block: list[str] = []
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        found = FENCE.fullmatch(line.rstrip("\n"))
        if fence and found and found[1].startswith(fence) and not found[2].strip():
            yield "".join(block)
            fence, block = "", []
        elif fence:
            block.append(line)
        elif found:
            fence = found[1]
    if fence:
        yield "".join(block)
