"""Make the placebo: Iron with each of its words replaced by a stem that means nothing to code.

    python scripts/make_placebo.py tokenizer.json tasks.jsonl > placebo.toml

A word becomes a stem of as many tokens under the model's tokenizer, where it follows a space and,
for the words that lines of the tasks begin with, where it does not. Stems are what the tokenizer
holds as one token and English does not as a word (`camoufl`, `barbec`): a control of made-up words
would take more tokens, and one of English words would mean something. Which word gets which stem is
drawn. Needs a list of English words; on Debian: apt-get install wamerican-huge.
"""

from __future__ import annotations

import argparse
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from itertools import islice

from tokenizers import Tokenizer

from redox import load_phrasebook, reduce
from redox.files import read_text
from redox.keywords import KEYWORDS
from redox_eval.records import Task
from redox_eval.rows import read_tasks

HEAD = """\
# The placebo, a control: Iron's phrasebook with each word replaced by a stem that is no word, as
# many tokens long under SmolLM2's tokenizer. Made by scripts/make_placebo.py.
based_on = "Iron"
name = "Placebo"
about = "Rust said in made-up words"

[words]
"""
STEM = re.compile(r"Ġ([a-z]{4,9})")
LONGER = 2
"""By how many letters every English word with a stem is longer: `barcod` would read as a word."""
PAIRS = 5000
"""How many pairs of stems are looked at for words of several tokens."""
SAMPLE = 20
"""Of how many tasks one is looked at for the words that lines begin with."""

Sizes = tuple[int, int]
"""The tokens of a word behind a space, and at the start of a line."""


def main() -> None:
    """Print a phrasebook."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tokenizer")
    parser.add_argument("tasks")
    parser.add_argument("--english", default="/usr/share/dict/american-english-huge")
    parser.add_argument("--seed", default="placebo")
    given = parser.parse_args()
    tokenizer = Tokenizer.from_file(given.tokenizer)
    tasks, problems = read_tasks([given.tasks])
    if problems:
        raise SystemExit(problems[0])

    def size(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    def sizes(word: str) -> Sizes:
        return size(f"x {word}") - size("x"), size(f"\n{word}") - size("\n")

    words = sorted(load_phrasebook().words - KEYWORDS.keys())
    first = Counter(_first_words(tasks[::SAMPLE]))
    taken = {*_words_of(tasks), *words, *KEYWORDS}
    english = [word for word in read_text(given.english).lower().split() if word.isalpha()]
    stems = _drawn(_stems(tokenizer.get_vocab(), english, taken), given.seed)
    chosen = _chosen(sorted(words, key=lambda word: -first[word]), first, stems, sizes)
    print(HEAD + "\n".join(f'{word} = "{chosen[word]}"' for word in words))


def _chosen(
    words: Iterable[str], first: Counter[str], stems: list[str], sizes: Callable[[str], Sizes]
) -> dict[str, str]:
    """Give each word the first stem that is left of its sizes, or two that make them.

    Stems of one token also at a line's start are few, and kept for the words that stand there.
    """
    by_word: dict[str, str] = {}
    steps = range(1, len(stems))
    joined = ("".join(pair) for step in steps for pair in zip(stems, stems[step:], strict=False))
    left = [*stems, *islice(joined, PAIRS)]
    measured = {stem: sizes(stem) for stem in left}
    for word in words:
        behind, at_start = sizes(word)
        fit = (
            stem
            for stem in left
            if measured[stem] == (behind, at_start)
            or (not first[word] and measured[stem][0] == behind and measured[stem] != (1, 1))
        )
        by_word[word] = next(fit)
        left.remove(by_word[word])
    return by_word


def _stems(vocabulary: Iterable[str], english: list[str], taken: set[str]) -> Iterator[str]:
    ordered, known = sorted(set(english)), sorted(taken)
    for token in vocabulary:
        found = STEM.fullmatch(token)
        if not found:
            continue
        longer = [len(word) - len(found[1]) for word in _beginning(ordered, found[1])]
        if longer and min(longer) >= LONGER and not any(_beginning(known, found[1])):
            yield found[1]


def _beginning(ordered: list[str], stem: str) -> Iterator[str]:
    for at in range(bisect_left(ordered, stem), len(ordered)):
        if not ordered[at].startswith(stem):
            return
        yield ordered[at]


def _words_of(tasks: Iterable[Task]) -> Iterator[str]:
    for task in tasks:
        text = f"{task.extra.get('prompt', '')} {task.reference} {task.tests}"
        yield from re.findall(r"[a-z]+", text.lower())


def _first_words(tasks: Iterable[Task]) -> Iterator[str]:
    for task in tasks:
        yield from re.findall(r"^[a-z]+", reduce(task.reference or "").text, re.MULTILINE)


def _drawn(stems: Iterable[str], seed: str) -> list[str]:
    return sorted(stems, key=lambda stem: sha256(f"{seed} {stem}".encode()).digest())


if __name__ == "__main__":
    main()
