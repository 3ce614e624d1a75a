"""The loop: how a model learns its rows, from the first step to the last.

One loop for both backends and all arms: the order is drawn from the rows' numbers alone, each
answer's tokens count alike, and nothing is cut. A run that was broken off goes on to the very bits
of one that was not, on one machine with one count of threads.
"""

from __future__ import annotations

import io
import math
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from redox.files import BadInputError, write_bytes
from redox.progress import track
from redox_training.backends import Learner
from redox_training.chats import Row
from redox_training.config import CONSTANT, COSINE, Config, Steps
from redox_training.runs import SMOOTHED, Run

IGNORED = -100
"""The label of a token that is not learned."""


class StoppedError(Exception):
    """The run was told to stop; it is saved."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be learned."""

    config: Config
    seed: int
    rows: Sequence[Row]
    validation: Sequence[Row]


@dataclass(slots=True)
class Course:
    """How a run goes, for people to see."""

    losses: list[float] = field(default_factory=list)
    validation: float | None = None
    tokens: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        recent = self.losses[-SMOOTHED:]
        said = f"loss {sum(recent) / len(recent):.3f}" if recent else "no loss yet"
        if self.validation is not None:
            said += f", validation {self.validation:.3f}"
        return f"{said}, {self.tokens / max(self.seconds, 1e-9):,.0f} tokens/s"


def train(learner: Learner, job: Job, run: Run) -> Course:
    """Learn the rows, and leave the model, the checkpoint and the metrics in the run's folder.

    Raises `StoppedError` once it is saved, `BadInputError` where it can't go on; either way the
    same call goes on from the last checkpoint.
    """
    config = job.config
    plan = plan_steps(len(job.rows), config.steps, job.seed)
    optimizer = torch.optim.AdamW(
        learner.learning.values(),
        lr=config.steps.learning_rate,
        weight_decay=config.steps.weight_decay,
    )
    done = _restore(learner, optimizer, run)
    course = Course()
    learner.model.train()
    with _listening() as signals:
        for step in track(range(done + 1, len(plan) + 1), "training", lambda: str(course)):
            started = time.perf_counter()
            rate = learning_rate(step, len(plan), config.steps)
            rows = [job.rows[at] for at in plan[step - 1]]
            with _enough_memory():
                loss = _learn(learner, optimizer, rows, rate, config)
            if not math.isfinite(loss):
                raise BadInputError(
                    f"the loss is {loss} at step {step}: lower steps.learning_rate; the last"
                    " checkpoint is from before"
                )
            seconds = time.perf_counter() - started
            tokens = sum(len(row.tokens) for row in rows)
            learned = sum(row.learned for row in rows)
            course.losses.append(loss)
            course.tokens += tokens
            course.seconds += seconds
            run.add_metric({"step": step, "loss": loss, "rate": rate, "tokens": tokens,
                            "learned": learned, "seconds": round(seconds, 4)})  # fmt: skip
            is_last = step == len(plan)
            if job.validation and (is_last or step % config.machine.validate_every == 0):
                course.validation = mean_loss(learner, job.validation, config.steps.batch)
                run.add_metric({"step": step, "validation_loss": course.validation})
                print(f"step {step:,} of {len(plan):,}: {course}", file=sys.stderr)
            if is_last or signals or step % config.machine.save_every == 0:
                _save(learner, optimizer, step, run)
            if signals and not is_last:
                raise StoppedError(f"stopped and saved at step {step:,} of {len(plan):,}")
    return course


def plan_steps(count: int, steps: Steps, seed: int) -> list[list[int]]:
    """Return for each step the numbers of its rows; each row stands once in each epoch.

    The arm has no say in it. The seed has, as it has in where an adapter starts.
    """
    size = steps.batch * steps.accumulate
    plan = []
    for epoch in range(steps.epochs):
        order = list(range(count))
        random.Random(f"{seed}/{epoch}").shuffle(order)
        plan += [order[at : at + size] for at in range(0, count, size)]
    return plan


def learning_rate(step: int, count: int, steps: Steps) -> float:
    """Return the rate of a step, counted from 1: it rises in a line, then falls as scheduled."""
    rising = math.ceil(steps.warmup * count)
    if step <= rising:
        return steps.learning_rate * step / rising
    share = (step - rising - 1) / max(1, count - rising)
    if steps.schedule == CONSTANT:
        return steps.learning_rate
    if steps.schedule == COSINE:
        return steps.learning_rate * (1 + math.cos(math.pi * share)) / 2
    return steps.learning_rate * (1 - share)


def mean_loss(learner: Learner, rows: Sequence[Row], batch: int) -> float:
    """Return the mean loss of a token that is to be learned, nothing being learned."""
    learner.model.eval()
    with torch.no_grad(), _enough_memory():
        losses = [_loss(learner, part).item() for part in _parts(rows, batch)]
    learner.model.train()
    mean: float = sum(losses) / sum(row.learned for row in rows)
    return mean


def _learn(
    learner: Learner,
    optimizer: torch.optim.Optimizer,
    rows: Sequence[Row],
    rate: float,
    config: Config,
) -> float:
    """Take one step; return the mean loss of a token before it.

    The mean is over all tokens of the step, not of a batch, so that how a step is cut into batches
    changes nothing.
    """
    learned = sum(row.learned for row in rows)
    optimizer.zero_grad(set_to_none=True)
    total = 0.0
    for part in _parts(rows, config.steps.batch):
        loss = _loss(learner, part) / learned
        loss.backward()
        total += loss.item()
    torch.nn.utils.clip_grad_norm_(learner.learning.values(), config.steps.clip)
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.step()
    return total


def _loss(learner: Learner, rows: Sequence[Row]) -> torch.Tensor:
    """Return the loss summed over the tokens of the rows' answers.

    The rows become two tensors of (rows, longest row): tokens, and which of them are there.
    """
    width = max(len(row.tokens) for row in rows)
    pad = learner.tokenizer.pad_token_id
    tokens = torch.tensor([[*row.tokens, *[pad] * (width - len(row.tokens))] for row in rows])
    labels = torch.tensor(
        [
            [
                *[IGNORED] * row.answer,
                *row.tokens[row.answer :],
                *[IGNORED] * (width - len(row.tokens)),
            ]
            for row in rows
        ]
    )
    there = torch.arange(width) < torch.tensor([len(row.tokens) for row in rows])[:, None]
    # The token before an answer is the first one that foretells a token of it.
    kept = width - min(row.answer for row in rows) + 1 if learner.can_keep_last else width
    device = learner.device
    asked: dict[str, Any] = {"logits_to_keep": kept} if learner.can_keep_last else {}
    with torch.autocast(device.type, torch.bfloat16, enabled=_is_half(learner)):
        said = learner.model(
            input_ids=tokens.to(device), attention_mask=there.long().to(device), use_cache=False,
            **asked,
        )  # fmt: skip
    wanted = labels[:, width - kept + 1 :].to(device)
    is_learned = wanted != IGNORED
    return cross_entropy(
        said.logits[:, :-1][is_learned].float(), wanted[is_learned], reduction="sum"
    )


def _is_half(learner: Learner) -> bool:
    """Tell whether the model computes in bfloat16: what learns is float32 all the same."""
    return any(one.dtype == torch.bfloat16 for one in learner.model.parameters())


def _parts(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    """Yield rows in batches, those of a length together: what only fills a batch up costs too."""
    ordered = sorted(rows, key=lambda row: len(row.tokens))
    yield from (ordered[at : at + size] for at in range(0, len(ordered), size))


# ---- going on ----


def _save(learner: Learner, optimizer: torch.optim.Optimizer, step: int, run: Run) -> None:
    """Write all that the next step depends on, whole or not at all."""
    data = io.BytesIO()
    torch.save(
        {
            "step": step,
            "weights": {name: one.detach().cpu() for name, one in learner.learning.items()},
            "optimizer": optimizer.state_dict(),
            "random": torch.get_rng_state(),
        },
        data,
    )
    write_bytes(run.checkpoint, data.getvalue())
    run.update(steps_done=step)


def _restore(learner: Learner, optimizer: torch.optim.Optimizer, run: Run) -> int:
    """Go back to the last checkpoint; return how many steps are done."""
    if not run.checkpoint.exists():
        run.cut_metrics(0)
        return 0
    try:
        found = torch.load(run.checkpoint, map_location="cpu", weights_only=True)
        learning = learner.learning
        if found["weights"].keys() != learning.keys():
            raise BadInputError(f"{run.checkpoint}: is of another model")
        with torch.no_grad():
            for name, weights in found["weights"].items():
                learning[name].copy_(weights)
        optimizer.load_state_dict(found["optimizer"])
        torch.set_rng_state(found["random"])
    except (OSError, RuntimeError, KeyError, ValueError, EOFError) as error:
        first = str(error).partition("\n")[0][:200]
        raise BadInputError(
            f"{run.checkpoint}: can't be read: {first}; remove it to begin anew"
        ) from error
    step = int(found["step"])
    run.cut_metrics(step)
    return step


@contextmanager
def _listening() -> Iterator[list[int]]:
    """Collect what asks us to stop, so that a step is ended and saved first.

    Asked a second time, we stop at once, and the last checkpoint stands.
    """
    heard: list[int] = []

    def hear(number: int, _: FrameType | None) -> None:
        if heard:
            raise KeyboardInterrupt
        heard.append(number)
        print("\nstopping behind this step; once more stops at once", file=sys.stderr)

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, hear) for number in numbers}
    try:
        yield heard
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _enough_memory() -> Iterator[None]:
    try:
        yield
    except (MemoryError, RuntimeError) as error:  # torch's OutOfMemoryError is a RuntimeError
        is_full = isinstance(error, MemoryError | torch.OutOfMemoryError)
        if not is_full and "can't allocate memory" not in str(error):
            raise
        raise BadInputError(
            "the memory is full: halve steps.batch and double steps.accumulate, which learns the"
            " same; then set machine.recompute = true"
        ) from error
