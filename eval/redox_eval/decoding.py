"""Decoding under a grammar: what a model may say next, by llguidance, whose one door this is.

A reply is one fenced block of canonical Iron or of Rust, as its arm has it, and nothing else: the
grammar of `redox/iron.llg.lark` or of `rust.rules` between two fences.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import llguidance
from llguidance import TokenizerWrapper

import redox
from redox.files import BadInputError
from redox_eval.rust_grammar import rust_grammar

LIMITS: Final = llguidance.LLParserLimits(max_items_in_row=20_000)
"""Its own 2,000 ways to go on are too few for types within types."""
GRAMMAR: Final = Path(redox.__file__).with_name("iron.llg.lark")
_PROBE: Final = 'fn f() {\n    "\N{SNOWMAN}"\n}'
_REPLY: Final = 'start: FENCE program "```"\nFENCE: /```({language})?\\n/\n'


@cache
def reply_grammar(*, is_rust: bool) -> str:
    """Return the grammar of a reply, as llguidance takes it, made ready."""
    text = rust_grammar() if is_rust else GRAMMAR.read_text(encoding="utf-8")
    program = re.sub(r"^start:", "program:", text, count=1, flags=re.MULTILINE)
    reply = _REPLY.format(language="rust" if is_rust else "iron")
    ready: str = llguidance.grammar_from("lark", reply + program)
    return ready


class Guard:
    """Bars the tokens after which no reply can come about; one for each model."""

    def __init__(self, tokenizer: Any, vocabulary: int) -> None:
        self.tokens = _tokens_of(tokenizer, vocabulary)
        self._fresh: dict[bool, Any] = {}
        """What follows a reply, for Rust and for Iron, before its first token."""

    def begin(self, starts: Sequence[int], *, is_rust: bool) -> Guarding:
        """Begin a batch whose replies start at these places in its rows of tokens."""
        fresh = self._fresh.get(is_rust)
        if fresh is None:  # a third of a second
            grammar = reply_grammar(is_rust=is_rust)
            fresh = llguidance.LLMatcher(self.tokens, grammar, limits=LIMITS)
            self._fresh[is_rust] = fresh
        return Guarding([fresh.deep_copy() for _ in starts], list(starts))


def _tokens_of(tokenizer: Any, vocabulary: int) -> Any:
    """Return a tokenizer's tokens as llguidance reads them; raises `BadInputError` if it can't.

    It tells by the decoder what the bytes of a token are, and some that were made of GGUF have
    decoders of two kinds in a row, of which it takes the wrong one.
    """
    own = json.loads(tokenizer.backend_tokenizer.to_str())
    own["padding"] = own["truncation"] = None
    if "ByteLevel" in json.dumps(own["pre_tokenizer"]):
        own["decoder"] = {
            "type": "ByteLevel",
            "add_prefix_space": True,
            "trim_offsets": True,
            "use_regex": True,
        }
    tokens = llguidance.LLTokenizer(
        json.dumps(own), n_vocab=vocabulary, eos_token=tokenizer.eos_token_id
    )
    said = tokenizer(_PROBE, add_special_tokens=False)["input_ids"]
    if tokens.decode_str(said) != _PROBE:
        raise BadInputError("--guard grammar: what the model's tokens say can't be told")
    return tokens


def matcher_of(texts: Sequence[str], end: int, *, is_rust: bool) -> Any:
    """Return what follows one reply of a model whose tokens say `texts`, `end` the last of them.

    A token without text, or with a part of a character, is barred.
    """
    said = [b"" if "\N{REPLACEMENT CHARACTER}" in one else one.encode() for one in texts]
    tokens = llguidance.LLTokenizer(TokenizerWrapper(_Vocabulary(said, end)))
    return llguidance.LLMatcher(tokens, reply_grammar(is_rust=is_rust), limits=LIMITS)


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

    def __init__(self, matchers: Sequence[Any], read: list[int]) -> None:
        self.matchers = matchers
        self.read = read
        """How many tokens of each row are behind its matcher."""

    def __call__(self, tokens: Any, scores: Any) -> Any:
        """Bar what can't follow; `tokens` are (rows, length), `scores` (rows, vocabulary)."""
        allowed = []
        for row, matcher in enumerate(self.matchers):
            for token in tokens[row, self.read[row] :].tolist():
                if not matcher.is_stopped():
                    matcher.consume_token(token)
            self.read[row] = tokens.shape[1]
            allowed.append(list(matcher.compute_logit_bias()))  # a byte a token: 0 bars it
        return scores.masked_fill(scores.new_tensor(allowed) == 0, float("-inf"))
