"""Tokens counted by one public tokenizer, so that arms and models are counted alike."""

from __future__ import annotations

from redox.figures import o200k

TOKENIZER = "o200k_base"
LONGEST = 100_000
"""How many characters the tokenizer is given at once; it takes no more than 200,000 tokens."""


def count_tokens(text: str) -> int:
    """Return how many tokens of `o200k_base` a text has.

    Raises `ModuleNotFoundError` where bpe-openai is not installed.
    """
    tokenizer = o200k()
    if tokenizer is None:
        raise ModuleNotFoundError("tokens are counted by bpe-openai", name="bpe_openai")
    sound = text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate is no text
    parts = (sound[at : at + LONGEST] for at in range(0, len(sound), LONGEST))
    return sum(len(tokenizer.encode_ordinary(part)) for part in parts)
