"""Decoding under a grammar: what a model may say next, by llguidance, whose one door this is.

A reply is one fenced block of canonical Iron, and nothing else: the grammar of
`redox/iron.llg.lark` between two fences.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import llguidance
import llguidance.hf
from llguidance import TokenizerWrapper

import redox

LIMITS: Final = llguidance.LLParserLimits(max_items_in_row=20_000)
"""Its own 2,000 ways to go on are too few for types within types."""
GRAMMAR: Final = Path(redox.__file__).with_name("iron.llg.lark")
_REPLY: Final = 'start: FENCE program "```"\nFENCE: /```(iron)?\\n/\n'


@cache
def reply_grammar() -> str:
    """Return the grammar of a reply in Iron, as llguidance takes it, made ready."""
    text = GRAMMAR.read_text(encoding="utf-8")
    program = re.sub(r"^start:", "program:", text, count=1, flags=re.MULTILINE)
    ready: str = llguidance.grammar_from("lark", _REPLY + program)
    return ready


class Guard:
    """Bars the tokens after which no reply in Iron can come about; one for each model."""

    def __init__(self, tokenizer: Any, vocabulary: int) -> None:
        self.tokens = llguidance.hf.from_tokenizer(tokenizer, n_vocab=vocabulary)
        self.grammar = reply_grammar()

    def begin(self, length: int) -> Guarding:
        """Begin a batch whose prompts are of `length` tokens."""
        return Guarding(self, length)


def matcher_of(texts: Sequence[str], end: int) -> Any:
    """Return what follows one reply of a model whose tokens say `texts`, `end` the last of them.

    A token without text, or with a part of a character, is barred.
    """
    said = [b"" if "\N{REPLACEMENT CHARACTER}" in one else one.encode() for one in texts]
    tokens = llguidance.LLTokenizer(TokenizerWrapper(_Vocabulary(said, end)))
    return llguidance.LLMatcher(tokens, reply_grammar(), limits=LIMITS)


@dataclass(frozen=True)
class _Vocabulary:
    """A model's tokens, as llguidance asks for those of a tokenizer that it does not know."""

    tokens: Sequence[bytes]
    eos_token_id: int
    bos_token_id: None = None

    def __call__(self, text: bytes) -> list[int]:
        """Take a text apart by the longest token each time."""
        numbers = {one: at for at, one in enumerate(self.tokens) if one}
        longest = max(map(len, numbers))
        found, at = [], 0
        while at < len(text):
            sizes = range(min(longest, len(text) - at), 0, -1)
            size = next((one for one in sizes if text[at : at + one] in numbers), 0)
            if not size:
                raise ValueError(f"no token says {text[at : at + 1]!r}")
            found.append(numbers[text[at : at + size]])
            at += size
        return found


class Guarding:
    """A batch under way, as transformers asks for it: scores in, scores out."""

    def __init__(self, guard: Guard, length: int) -> None:
        self.guard, self.read = guard, length
        self.matchers: list[Any] = []

    def __call__(self, tokens: Any, scores: Any) -> Any:
        """Bar what can't follow; `tokens` are (rows, length), `scores` (rows, vocabulary)."""
        guard = self.guard
        if not self.matchers:
            self.matchers = [
                llguidance.LLMatcher(guard.tokens, guard.grammar, limits=LIMITS) for _ in tokens
            ]
        allowed = []
        for row, matcher in enumerate(self.matchers):
            for token in tokens[row, self.read :].tolist():
                if not matcher.is_stopped():
                    matcher.consume_token(token)
            allowed.append(list(matcher.compute_logit_bias()))  # a byte a token: 0 bars it
        self.read = tokens.shape[1]
        return scores.masked_fill(scores.new_tensor(allowed) == 0, float("-inf"))
