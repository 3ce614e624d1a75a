"""What a token costs more under a grammar, and what it costs without one."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from work import p99

import redox

if TYPE_CHECKING:
    from redox_eval.checkpoints import Checkpoint
    from redox_eval.decoding import Guarding

ROOT = Path(__file__).resolve().parent.parent
HEADING = "## Decoding under a grammar"
MODEL = Path.home() / ".cache/redox/models/SmolLM2-135M-Instruct"
"""Where `make smollm` puts it."""
TASKS = ROOT / "experiments/v3_smollm2/kept/exams/test.jsonl"
EVERY = 25


def page() -> Iterator[str]:
    """Yield the page's part about decoding, or why there is none."""
    if not (MODEL / "config.json").is_file():
        yield f"{HEADING}\n\nNot measured: there is no SmolLM2 here; `make smollm` brings it.\n"
        return
    import torch

    from redox_eval.checkpoints import load_checkpoint

    torch.set_num_threads(1)
    checkpoint = load_checkpoint(MODEL, 0.0, 1, is_guarded=True)
    guard = checkpoint.guard
    assert guard is not None, "it was asked for"
    bodies = [json.loads(line)["reference"] for line in TASKS.read_text("utf-8").splitlines()]
    bodies = bodies[::EVERY]
    said = {
        "Iron": [f"```iron\n{redox.reduce(body).text}```" for body in bodies],
        "Rust": [f"```rust\n{body}```" for body in bodies],
    }
    yield f"""{HEADING}

What the grammar takes of a token, and what the model itself takes, SmolLM2-135M on one thread, a \
reply at a time, wall milliseconds. Said are the references of {len(bodies)} tasks; the model \
chooses among {checkpoint.model.config.vocab_size:,} tokens.

| | tokens | grammar, median | mean | p99 | model, median | grammar / model, mean | ready after |
|---|--:|--:|--:|--:|--:|--:|--:|"""
    for name, replies in said.items():
        is_rust = name == "Rust"
        start = time.perf_counter()
        guard.begin([0], is_rust=is_rust)
        ready = 1000 * (time.perf_counter() - start)
        times = [
            one
            for reply in replies
            for one in _times(checkpoint, guard.begin([0], is_rust=is_rust), reply)
        ]
        grammar, model = ([1000 * each for each in part] for part in zip(*times, strict=True))
        share = statistics.fmean(grammar) / statistics.fmean(model)
        yield (
            f"| {name} | {len(times):,} | {statistics.median(grammar):.1f}"
            f" | {statistics.fmean(grammar):.1f} | {p99(grammar):.1f}"
            f" | {statistics.median(model):.1f} | {share:.2f} | {ready:.0f} |"
        )
    yield ""


def _times(checkpoint: Checkpoint, guarding: Guarding, reply: str) -> Iterator[tuple[float, float]]:
    """Yield the seconds that the grammar and the model take for each token of a reply."""
    import torch

    tokens = checkpoint.encode(reply)
    last: int = checkpoint.tokenizer.bos_token_id
    memory: Any = None
    for place, token in enumerate(tokens):
        begun = time.perf_counter()
        with torch.inference_mode():
            read = checkpoint.model(
                input_ids=torch.tensor([[last]]), past_key_values=memory, use_cache=True
            )
        said = time.perf_counter()
        allowed = guarding(torch.tensor([tokens[:place]], dtype=torch.long), read.logits[:, -1])
        yield time.perf_counter() - said, said - begun
        assert allowed[0, token] > float("-inf"), f"barred in {reply!r}"
        memory, last = read.past_key_values, token
