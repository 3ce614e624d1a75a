"""A model in a folder of this machine, by transformers: the one door to it and to torch.

Nothing is fetched and no code of the folder's is run: it holds a configuration, weights and a
tokenizer, or a LoRA adapter beside where its base lies.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

from redox.files import BadInputError, read_text
from redox_eval.models import Question, Reply
from redox_eval.prompts import as_text, ask
from redox_eval.records import RecordError, digest
from redox_eval.slots import OWN, Slots, slots_of

if TYPE_CHECKING:
    from redox_eval.guards import Guard

CONFIGS = ("config.json", "adapter_config.json")
WEIGHTS = ("*.safetensors", "*.bin")


@dataclass(frozen=True, slots=True)
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
    """What a reply must be a sentence of, if anything."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """What an answer depends on; another machine may change a last digit all the same."""
        return {
            "model": self.name,
            "model_hash": self.hash,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            **({"guard": "grammar"} if self.guard else {}),
        }

    def answer(self, questions: Sequence[Question]) -> Sequence[Reply]:
        """Answer as one batch, drawn by the seed and the questions' ids.

        Raises `RecordError` if a question leaves no room for an answer.
        """
        slots = [slots_of(one.task) if self.has_slots else Slots({}) for one in questions]
        texts = [
            as_text(each.asked(ask(one.task, one.arm)), self.tokenizer)
            for one, each in zip(questions, slots, strict=True)
        ]
        asked = self.tokenizer(
            texts, return_tensors="pt", padding=True, add_special_tokens=False
        ).to(self.model.device)
        length = asked["input_ids"].shape[1]
        room = int(getattr(self.model.config, "max_position_embeddings", 0) or 0)
        if room and length + self.max_tokens > room:
            raise RecordError(
                f"its prompt of {length:,} tokens and an answer of {self.max_tokens:,} are more"
                f" than the {room:,} that the model takes"
            )
        seed = digest(str(questions[0].seed), *(str(one.key) for one in questions))
        torch.manual_seed(int(seed[:15], 16))
        drawn = {"do_sample": True, "temperature": self.temperature, "top_p": 1.0, "top_k": 0}
        guarded = {"logits_processor": [self.guard.begin(length)]} if self.guard else {}
        with torch.inference_mode():
            answers = self.model.generate(
                **asked,
                max_new_tokens=self.max_tokens,
                pad_token_id=self.tokenizer.pad_token_id,
                **(drawn if self.temperature > 0 else {"do_sample": False}),
                **guarded,
            )
        return [
            self._reply(row[length:].tolist(), each)
            for row, each in zip(answers, slots, strict=True)
        ]

    def _reply(self, tokens: list[int], slots: Slots) -> Reply:
        ends = self.model.generation_config.eos_token_id
        ends = {ends} if isinstance(ends, int) else set(ends or [])
        stop = next((at for at, token in enumerate(tokens) if token in ends), len(tokens))
        facts = {
            "model_hash": self.hash,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "tokens": stop,
            "finish": "stop" if stop < len(tokens) else "length",
        }
        # Slots are special tokens, and are no part of what other models say.
        said = self.tokenizer.decode(tokens[:stop], skip_special_tokens=not self.has_slots)
        text = slots.put_back(said)
        return Reply(text, facts, {"tokens": tokens[:stop], **_versions()})


def load_checkpoint(
    folder: Path, temperature: float, max_tokens: int, *, is_guarded: bool = False
) -> Checkpoint:
    """Load a folder; raises `BadInputError` for one that holds no model."""
    if not any((folder / name).is_file() for name in CONFIGS):
        raise BadInputError(f"{folder}: holds no model: neither {' nor '.join(CONFIGS)} is there")
    # Nothing of ours is fetched: what is missing here is an error, not a download.
    local = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left", **local)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype="auto", **local)
    except (OSError, ValueError, KeyError, ImportError) as error:
        first = str(error).strip().partition("\n")[0]
        raise BadInputError(f"{folder}: can't be loaded: {ascii(first)[1:-1][:300]}") from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
    own = folder / OWN
    has_slots = own.is_file() and bool(json.loads(read_text(own)).get("slots"))
    if has_slots and is_guarded:
        raise BadInputError(f"{folder}: says slots for names, which the grammar does not know")
    guard = guard_of(tokenizer, model.config.vocab_size) if is_guarded else None
    name = folder.resolve().name
    return Checkpoint(
        name, hash_of(folder), model, tokenizer, temperature, max_tokens, has_slots, guard
    )


def guard_of(tokenizer: Any, vocabulary: int) -> Guard:
    """Return what bars tokens; llguidance is loaded only here."""
    from redox_eval.guards import Guard

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
