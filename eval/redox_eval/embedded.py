"""A small model in a folder that answers at once, without torch: the one door to onnxruntime.

The folder holds `model.onnx`, `tokenizer.json` and `redox.json`, as `redox train export --as onnx`
writes them. Nothing is fetched, and no code of the folder's is run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from redox.files import BadInputError, read_text
from redox_eval.continuing import Texts
from redox_eval.models import Answer, Question, Reply
from redox_eval.prompts import Messages, begun_answer
from redox_eval.records import RecordError
from redox_eval.slots import OWN, Slots, slots_of

GRAPH, TOKENIZER = "model.onnx", "tokenizer.json"


@dataclass(frozen=True)
class Embedded:
    """A loaded model that takes the likeliest token; `before`, `between` and `end` are its words
    around a question and an answer.
    """

    name: str
    hash: str
    session: Any
    tokenizer: Any
    has_slots: bool
    before: str
    between: str
    end: int
    longest: int
    max_tokens: int
    is_guarded: bool = False
    """Whether a reply must be a sentence of its arm's grammar."""
    is_forced: bool = False
    """Whether a reply begins with the signature, whatever the model would say."""
    is_taught: ClassVar[bool] = True
    """It was made of a run of ours: taught to answer, not to fill gaps."""
    reads_turns: ClassVar[bool] = False
    """It reads the last of what is asked, and nothing before that."""
    gap: ClassVar[None] = None

    @property
    def settings(self) -> Mapping[str, Any]:
        """What an answer depends on."""
        return {
            "model": self.name,
            "model_hash": self.hash,
            "max_tokens": self.max_tokens,
            **({"guard": "grammar"} if self.is_guarded else {}),
            **({"forced": "signature"} if self.is_forced else {}),
        }

    def answer(self, questions: Sequence[Question]) -> Iterator[Answer]:
        """Answer each alone, as soon as it is there."""
        for one in questions:
            slots = slots_of(one.task) if self.has_slots else Slots({})
            tokens = self.encode(self.text_of(slots.asked(one.messages)))
            first = begun_answer(one.task, one.arm) if self.is_forced else ""
            begun = self.encode(slots.taken_out(first)) if first else []
            if (length := len(tokens) + len(begun) + self.max_tokens) > self.longest:
                yield RecordError(
                    f"with its answer it may have {length:,} tokens, more than the"
                    f" {self.longest:,} that the model takes"
                )
                continue
            matcher = self._matcher(slots, is_rust=one.arm.is_rust)
            said = list(self.continued(tokens, begun, matcher))
            is_whole = len(said) < self.max_tokens
            facts = {
                "model_hash": self.hash,
                "max_tokens": self.max_tokens,
                "tokens": len(said),
                "finish": "stop" if is_whole else "length",
            }
            text = self.tokenizer.decode([*begun, *said], skip_special_tokens=False)
            yield Reply(slots.put_back(text), facts, {"tokens": said})

    def _matcher(self, slots: Slots, *, is_rust: bool) -> Any:
        """Return what bars the tokens after which no reply can come about, if that is wanted."""
        if not self.is_guarded:
            return None
        from redox_eval.decoding import matcher_of

        texts = Texts(self.texts, slots, has_slots=self.has_slots)
        # Slots are special tokens: of those, what stands for nothing here says nothing.
        silent = self.tokenizer.get_added_tokens_decoder().keys() - texts.own.keys()
        said = ["" if one in silent else texts.of(one) for one in range(len(self.texts))]
        return matcher_of(said, self.end, is_rust=is_rust)

    def continued(
        self, tokens: Sequence[int], begun: Sequence[int] = (), matcher: Any = None
    ) -> Iterator[int]:
        """Yield the likeliest tokens behind a question and what an answer has `begun` with, up to
        the end or to the most that are wanted.
        """
        memory = self.nothing()
        new = [*tokens, *begun]
        if matcher is not None and begun:
            matcher.consume_tokens(list(begun))
        for _ in range(self.max_tokens):
            logits, memory = self.step(new, memory)
            scores = logits[-1]
            if matcher is not None:  # a byte a token: 0 bars it
                allowed = np.frombuffer(matcher.compute_logit_bias(), "u1")
                scores = np.where(allowed > 0, scores, -np.inf)
            best = int(scores.argmax())
            if best == self.end:
                return
            if matcher is not None:
                matcher.consume_token(best)
            yield best
            new = [best]

    # ---- as a stepper of `continuing` ----

    @property
    def ends(self) -> frozenset[int]:
        """The token that ends an answer."""
        return frozenset((self.end,))

    @cached_property
    def texts(self) -> Sequence[str]:
        """What each token says."""
        every = range(self.tokenizer.get_vocab_size())
        return [self.tokenizer.decode([one], skip_special_tokens=False) for one in every]

    def text_of(self, messages: Messages) -> str:
        """Return a question as the model reads it."""
        return f"{self.before}{messages[-1]['content']}{self.between}"

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text."""
        found: list[int] = self.tokenizer.encode(text).ids
        return found

    def pick(
        self, new: Sequence[int], memory: Any, allowed: Sequence[int] | None
    ) -> tuple[int, float, Any]:
        """Read new tokens; return the likeliest to follow."""
        logits, memory = self.step(new, self.nothing() if memory is None else memory)
        choices = np.arange(logits.shape[-1]) if allowed is None else np.array(allowed)
        shares = np.exp(logits[-1][choices] - logits[-1][choices].max())
        best = int(shares.argmax())
        return int(choices[best]), float(shares[best] / shares.sum()), memory

    def cut(self, memory: Any, length: int) -> Any:
        """Return a memory of the first tokens alone."""
        axes = {
            one.name: next(at for at, size in enumerate(one.shape) if not isinstance(size, int))
            for one in self.session.get_inputs()
            if one.name in memory
        }
        return {
            name: each[(slice(None),) * axes[name] + (slice(length),)]
            for name, each in memory.items()
        }

    # ---- the graph ----

    def nothing(self) -> dict[str, Any]:
        """Return what the layers remember before the first token."""
        return {
            one.name: np.zeros([each if isinstance(each, int) else 0 for each in one.shape], "f4")
            for one in self.session.get_inputs()
            if one.name != "tokens"
        }

    def step(self, new: Sequence[int], memory: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Return the logits (new, vocabulary) of new tokens, and what the layers remember now."""
        logits, *rest = self.session.run(None, {"tokens": np.array([new], "i8"), **memory})
        return logits[0], dict(zip(memory, rest, strict=True))


def is_embedded(folder: Path) -> bool:
    """Tell whether a folder holds such a model."""
    return (folder / GRAPH).is_file()


def load_embedded(
    folder: Path,
    max_tokens: int,
    threads: int = 1,
    *,
    is_guarded: bool = False,
    is_forced: bool = False,
) -> Embedded:
    """Load a folder; raises `BadInputError` for one that does not hold all it should."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        said = json.loads(read_text(folder / OWN))
        session = onnxruntime.InferenceSession(
            (folder / GRAPH).read_bytes(), options, providers=["CPUExecutionProvider"]
        )
        tokenizer = Tokenizer.from_str(read_text(folder / TOKENIZER))
        return Embedded(
            str(said.get("name") or folder.resolve().name),
            sha256((folder / GRAPH).read_bytes()).hexdigest()[:16],
            session,
            tokenizer,
            bool(said["slots"]),
            str(said["before"]),
            str(said["between"]),
            int(said["end"]),
            int(said["longest"]),
            max_tokens,
            is_guarded,
            is_forced,
        )
    # Both libraries raise plain exceptions of their own.
    except Exception as error:
        first = str(error).partition("\n")[0][:200]
        raise BadInputError(f"{folder}: holds no model that can be read: {first}") from error
