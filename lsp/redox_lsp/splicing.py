"""Rust that was edited as Iron: the Iron oxidized, with the line ends that the Rust had.

Line *n* of the Iron is line *n* of the Rust, and `oxidize` gives each line of `reduce` back byte
for byte, so a line that was not edited comes back as it was, unless what was edited around it
changes what it means. Only line ends need help: an editor holds a text with one kind of them, and
a text that mixes them would come back with all of them changed.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import zip_longest

import redox
from redox.lexer import split_end, split_lines


def splice(rust: str, iron: str) -> str:
    """Return the Rust of `iron`, which an editor made of the Iron of `rust`."""
    return redox.oxidize(with_old_ends(redox.reduce(rust).text, iron)).text


def with_old_ends(before: str, after: str) -> str:
    """Return `after` with the line ends of `before`, where that mixes several kinds.

    A text of one kind is left alone: who changed all its line ends meant to.
    """
    old, new = ([split_end(line) for line in split_lines(text)] for text in (before, after))
    if len({end for _, end in old if end}) < 2:
        return after
    ends = [end for _, end in new]
    was_said, is_said = ([body for body, _ in lines] for lines in (old, new))
    matcher = SequenceMatcher(None, was_said, is_said, autojunk=False)
    for _, start, stop, new_start, new_stop in matcher.get_opcodes():
        was = [end for _, end in old[start:stop] if end]
        for index, end in zip_longest(range(new_start, new_stop), was[: new_stop - new_start]):
            if ends[index]:
                ends[index] = end or (ends[index - 1] if index else ends[index])
    return "".join(body + end for (body, _), end in zip(new, ends, strict=True))
