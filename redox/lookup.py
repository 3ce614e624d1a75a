"""Phrases looked up by what a person types: words of Iron, or a token of Rust."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from redox.phrasebook import Phrase


def find_phrases(wanted: str, phrases: Sequence[Phrase]) -> list[Phrase]:
    """Return the phrases that are `wanted` or mean it, else those that hold its words."""
    low = wanted.lower()
    exact = [phrase for phrase in phrases if low == phrase.text.lower()]
    token = [phrase for phrase in phrases if _squeeze(wanted) == _squeeze(phrase.rust)]
    if exact or token:
        return [*exact, *(phrase for phrase in token if phrase not in exact)]
    return [phrase for phrase in phrases if f" {low} " in f" {phrase.text.lower()} "]


def close_phrases(wanted: str, phrases: Sequence[Phrase]) -> list[str]:
    """Return up to three phrases that are spelled much like `wanted`, the closest first."""
    known = {phrase.text.lower(): phrase.text for phrase in phrases}
    return [known[one] for one in get_close_matches(wanted.lower(), known, n=3, cutoff=0.6)]


def phrase_row(phrase: Phrase) -> dict[str, str]:
    """Return what is known of a phrase, as JSON shows it."""
    return {
        "phrase": phrase.text,
        "rust": phrase.rust,
        "role": str(phrase.role),
        "doc": phrase.doc,
        "iron_example": phrase.iron_example,
        "rust_example": phrase.rust_example,
    }


def _squeeze(rust: str) -> str:
    return "".join(rust.split())
