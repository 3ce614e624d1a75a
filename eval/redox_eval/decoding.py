"""Decoding under a grammar: what a model may say next, by llguidance, whose one door this is.

A reply is one fenced block of canonical Iron, and nothing else: the grammar of
`redox/iron.llg.lark` between two fences.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import llguidance
import llguidance.hf

import redox

GRAMMAR: Final = Path(redox.__file__).with_name("iron.llg.lark")
_REPLY: Final = 'start: FENCE program "```"\nFENCE: /```(iron)?\\n/\n'


def reply_grammar() -> str:
    """Return the grammar of a reply in Iron, as llguidance takes it."""
    text = GRAMMAR.read_text(encoding="utf-8")
    return _REPLY + re.sub(r"^start:", "program:", text, count=1, flags=re.MULTILINE)


class Guard:
    """Bars the tokens after which no reply in Iron can come about; one for each model."""

    def __init__(self, tokenizer: Any, vocabulary: int) -> None:
        self.tokens = llguidance.hf.from_tokenizer(tokenizer, n_vocab=vocabulary)
        self.grammar = llguidance.grammar_from("lark", reply_grammar())

    def begin(self, length: int) -> Guarding:
        """Begin a batch whose prompts are of `length` tokens."""
        return Guarding(self, length)


class Guarding:
    """A batch under way, as transformers asks for it: scores in, scores out."""

    def __init__(self, guard: Guard, length: int) -> None:
        self.guard, self.read = guard, length
        self.matchers: list[Any] = []

    def __call__(self, tokens: Any, scores: Any) -> Any:
        """Bar what can't follow; `tokens` are (rows, length), `scores` (rows, vocabulary)."""
        guard = self.guard
        if not self.matchers:
            self.matchers = [llguidance.LLMatcher(guard.tokens, guard.grammar) for _ in tokens]
        allowed = []
        for row, matcher in enumerate(self.matchers):
            for token in tokens[row, self.read :].tolist():
                if not matcher.is_stopped():
                    matcher.consume_token(token)
            allowed.append(list(matcher.compute_logit_bias()))  # a byte a token: 0 bars it
        self.read = tokens.shape[1]
        return scores.masked_fill(scores.new_tensor(allowed) == 0, float("-inf"))
