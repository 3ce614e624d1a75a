"""A model in a folder of this machine, by transformers: the one door to it and to torch.

Nothing is fetched and no code of the folder's is run: it holds a configuration, weights and a
tokenizer, or a LoRA adapter beside where its base lies.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import transformers
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer

from redox.files import BadInputError, read_text
from redox_eval.continuing import Gap
from redox_eval.models import Question, Reply
from redox_eval.prompts import Messages, as_text, begun_answer
from redox_eval.records import RecordError, digest
from redox_eval.slots import OWN, Slots, slots_of

if TYPE_CHECKING:
    from redox_eval.decoding import Guard

LOCAL: Mapping[str, Any] = {"local_files_only": True, "trust_remote_code": False}
"""How files of a model are read: what is missing is an error, and code beside them isn't run."""
ADAPTER = "adapter_config.json"
CONFIGS = ("config.json", ADAPTER)
WEIGHTS = ("*.safetensors", "*.bin")
GAPS = (
    Gap("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    Gap("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
    Gap("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),
)
"""How models of code say where a gap is: those of Qwen, of StarCoder and of DeepSeek."""
LAP = 128
"""After so many tokens a batch goes on with those of its answers alone that have not ended."""


@dataclass(frozen=True)
class Checkpoint:
    """A loaded model; `hash` is of its files. A temperature of 0 takes the likeliest token."""

    name: str
    hash: str
    model: Any
    tokenizer: Any
    temperature: float
    max_tokens: int
    has_slots: bool
    guard: Guard | None = None
    """What bars tokens, if a reply must be a sentence of its arm's grammar."""
    is_forced: bool = False
    """Whether a reply begins with the signature, whatever the model would say."""
    is_taught: bool = False
    """Whether it comes of a run of ours."""
    gap: Gap | None = None
    """How it is told of a gap to fill, if it knows how to and was taught nothing else."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """What an answer depends on; another machine may change a last digit all the same."""
        return {
            "model": self.name,
            "model_hash": self.hash,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            **({"guard": "grammar"} if self.guard else {}),
            **({"forced": "signature"} if self.is_forced else {}),
        }

    def answer(self, questions: Sequence[Question]) -> Sequence[Reply]:
        """Answer as one batch, drawn by the seed and the questions' ids.

        Raises `RecordError` if a question leaves no room for an answer.
        """
        slots = [slots_of(one.task) if self.has_slots else Slots({}) for one in questions]
        texts = [
            as_text(each.asked(one.messages), self.tokenizer)
            for one, each in zip(questions, slots, strict=True)
        ]
        asked = self.tokenizer(texts, add_special_tokens=False)["input_ids"]
        begun = [
            self.encode(each.taken_out(begun_answer(one.task, one.arm))) if self.is_forced else []
            for one, each in zip(questions, slots, strict=True)
        ]
        length = max(len(one) + len(each) for one, each in zip(asked, begun, strict=True))
        if self.longest and length + self.max_tokens > self.longest:
            raise RecordError(
                f"its prompt of {length:,} tokens and an answer of {self.max_tokens:,} are more"
                f" than the {self.longest:,} that the model takes"
            )
        seed = digest(str(questions[0].seed), *(str(one.key) for one in questions))
        torch.manual_seed(int(seed[:15], 16))
        said = self._continued(asked, begun, is_rust=questions[0].arm.is_rust)
        return [
            self._reply(tokens, len(first), each)
            for tokens, first, each in zip(said, begun, slots, strict=True)
        ]

    def _continued(
        self, asked: Sequence[list[int]], begun: Sequence[list[int]], *, is_rust: bool
    ) -> list[list[int]]:
        """Return the answer to each, which begins as it has `begun`.

        What has ended is left behind when a lap is over.
        """
        said = [[*one] for one in begun]
        going = list(range(len(asked)))
        for done in range(0, self.max_tokens, LAP):
            rows = self._lap(
                [asked[at] for at in going],
                [said[at] for at in going],
                min(LAP, self.max_tokens - done),
                is_rust=is_rust,
            )
            for at, row in zip(going, rows, strict=True):
                said[at] += row
            going = [at for at in going if not self.ends & {*said[at]}]
            if not going:
                break
        return said

    def _lap(
        self,
        questions: Sequence[list[int]],
        said: Sequence[list[int]],
        count: int,
        *,
        is_rust: bool,
    ) -> list[list[int]]:
        """Return `count` tokens behind what is said already of each answer, fewer where all end."""
        before = [[*one, *each] for one, each in zip(questions, said, strict=True)]
        asked = self.tokenizer.pad({"input_ids": before}, return_tensors="pt").to(self.model.device)
        drawn = {"do_sample": True, "temperature": self.temperature, "top_p": 1.0, "top_k": 0}
        width = asked["input_ids"].shape[1]
        guarded = {}
        if self.guard is not None:
            starts = [width - len(each) for each in said]
            guarded = {"logits_processor": [self.guard.begin(starts, is_rust=is_rust)]}
        with torch.inference_mode():
            answers = self.model.generate(
                **asked,
                max_new_tokens=count,
                pad_token_id=self.tokenizer.pad_token_id,
                **(drawn if self.temperature > 0 else {"do_sample": False}),
                **guarded,
            )
        rows: list[list[int]] = answers[:, width:].tolist()
        return rows

    # ---- as a stepper of `continuing` ----

    @property
    def reads_turns(self) -> bool:
        """What was taught with slots has seen one question alone."""
        return not self.has_slots

    @property
    def longest(self) -> int:
        """The most tokens that the model takes, 0 if its configuration does not say."""
        return int(getattr(self.model.config, "max_position_embeddings", 0) or 0)

    @cached_property
    def ends(self) -> frozenset[int]:
        """The tokens that end an answer."""
        ends = self.model.generation_config.eos_token_id
        return frozenset((ends,) if isinstance(ends, int) else ends or ())

    @cached_property
    def texts(self) -> Sequence[str]:
        """What each token says."""
        found: list[str] = self.tokenizer.batch_decode(
            [[one] for one in range(len(self.tokenizer))]
        )
        return found

    def text_of(self, messages: Messages) -> str:
        """Return a question as the model reads it."""
        return as_text(messages, self.tokenizer)

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text."""
        found: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return found

    def pick(
        self, new: Sequence[int], memory: Any, allowed: Sequence[int] | None
    ) -> tuple[int, float, Any]:
        """Read new tokens; return the likeliest to follow."""
        with torch.inference_mode():
            read = torch.tensor([list(new)], device=self.model.device)
            said = self.model(input_ids=read, past_key_values=memory, use_cache=True)
            logits = said.logits[0, -1].float()
            choices = torch.arange(len(logits)) if allowed is None else torch.tensor(allowed)
            shares = torch.softmax(logits[choices], dim=-1)
            best = int(shares.argmax())
        return int(choices[best]), float(shares[best]), said.past_key_values

    def cut(self, memory: Any, length: int) -> Any:
        """Return a memory of the first tokens alone."""
        memory.crop(length)
        return memory

    def _reply(self, tokens: list[int], begun: int, slots: Slots) -> Reply:
        stop = next((at for at, token in enumerate(tokens) if token in self.ends), len(tokens))
        facts = {
            "model_hash": self.hash,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "tokens": stop - begun,
            "finish": "stop" if stop < len(tokens) else "length",
        }
        # Slots are special tokens, and are no part of what other models say.
        said = self.tokenizer.decode(tokens[:stop], skip_special_tokens=not self.has_slots)
        text = slots.put_back(said)
        return Reply(text, facts, {"tokens": tokens[:stop], **_versions()})


def load_checkpoint(
    folder: Path,
    temperature: float,
    max_tokens: int,
    *,
    is_guarded: bool = False,
    is_forced: bool = False,
) -> Checkpoint:
    """Load a folder; raises `BadInputError` for one that holds no model."""
    if not any((folder / name).is_file() for name in CONFIGS):
        raise BadInputError(f"{folder}: holds no model: neither {' nor '.join(CONFIGS)} is there")
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left", **LOCAL)
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype="auto", **LOCAL, **pin_of(folder)
        )
    except (OSError, ValueError, KeyError, ImportError, SafetensorError) as error:
        first = str(error).strip().partition("\n")[0]
        raise BadInputError(f"{folder}: can't be loaded: {ascii(first)[1:-1][:300]}") from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
    own = json.loads(read_text(folder / OWN)) if (folder / OWN).is_file() else {}
    has_slots = bool(own.get("slots"))
    if has_slots and is_guarded:
        raise BadInputError(f"{folder}: says slots for names, which the grammar does not know")
    return Checkpoint(
        str(own.get("name") or folder.resolve().name),
        hash_of(folder),
        model,
        tokenizer,
        temperature,
        max_tokens,
        has_slots,
        guard_of(tokenizer, model.config.vocab_size) if is_guarded else None,
        is_forced,
        bool(own),
        None if own else gap_of(tokenizer),
    )


def pin_of(folder: Path) -> dict[str, str]:
    """Return at which commit of the hub an adapter's base is to be loaded, if it names one.

    transformers takes it as it is, and would load another where it is not told.
    """
    place = folder / ADAPTER
    revision = json.loads(read_text(place)).get("revision") if place.is_file() else None
    return {"revision": revision} if revision else {}


def gap_of(tokenizer: Any) -> Gap | None:
    """Return how a model is told of a gap, if its tokenizer has tokens for that."""
    known = tokenizer.get_vocab()
    return next((gap for gap in GAPS if all(token in known for token in gap)), None)


def guard_of(tokenizer: Any, vocabulary: int) -> Guard:
    """Return what bars tokens; llguidance is loaded only here."""
    from redox_eval.decoding import Guard

    return Guard(tokenizer, vocabulary)


def hash_of(folder: Path) -> str:
    """A hash of configuration and weights, by name."""
    places = [folder / name for name in CONFIGS if (folder / name).is_file()]
    places += sorted(place for kind in WEIGHTS for place in folder.glob(kind))
    parts = []
    for place in places:
        sha = sha256()
        with place.open("rb") as file:
            while chunk := file.read(1 << 20):
                sha.update(chunk)
        parts.append(f"{place.name} {sha.hexdigest()}")
    return digest(*parts)[:16]


def _versions() -> dict[str, str]:
    return {"torch": torch.__version__, "transformers": transformers.__version__}
