"""Models as they are finetuned: loaded, with an adapter or without, ready to learn.

One of two doors to transformers, and the one to peft. Weights are safetensors or GGUF, never
pickles; no code that comes with a model is run; a name on the hub is fetched only since the
configuration names it, at the commit that it names.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from safetensors import SafetensorError
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
    set_seed,
)
from transformers.utils import cached_file
from transformers.utils import logging as transformers_logging

from redox.files import BadInputError
from redox_eval.checkpoints import LOCAL, hash_of
from redox_training.config import UNSLOTH, Base, Config, Lora

COMMIT = re.compile(r"[0-9a-f]{40}")
FAULTS = (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError)
"""What loading raises where files are missing, torn, or of no model that is known."""
ADAPTER_ALONE = {"save_embedding_layers": False}
"""How an adapter is saved. No vocabulary of ours grows; peft would ask the hub whether it did."""


@dataclass(frozen=True, slots=True)
class Learner:
    """A model that learns; `ends` are the tokens that end what it writes."""

    model: Any
    tokenizer: Any
    ends: frozenset[int]

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        found: torch.device = self.model.device
        return found

    @property
    def learning(self) -> dict[str, torch.nn.Parameter]:
        """The weights that learn, by name."""
        return {name: one for name, one in self.model.named_parameters() if one.requires_grad}

    @property
    def can_keep_last(self) -> bool:
        """Whether it can be asked for its last positions alone, which saves a fifth of the work."""
        plain = self.model.get_base_model() if hasattr(self.model, "peft_config") else self.model
        return "logits_to_keep" in inspect.signature(plain.forward).parameters


def load_learner(config: Config, seed: int) -> Learner:
    """Load the base model and give it what learns; the same seed gives the same weights.

    Raises `BadInputError` with what to do where that can't be done.
    """
    prepare(config.machine.threads)
    place, how = _where(config.base)
    commit, dtype = how.get("revision"), getattr(torch, config.base.dtype)
    if config.base.backend == UNSLOTH:
        from redox_training.unsloth_backend import load_with_unsloth

        set_seed(seed)
        with loading(config.base):
            model, tokenizer = load_with_unsloth(config, seed, str(place), commit, dtype)
    else:
        tokenizer = load_tokenizer(config.base)
        with loading(config.base):
            model = AutoModelForCausalLM.from_pretrained(
                place, dtype=dtype, use_safetensors=True, **how
            )
        set_seed(seed)
        model = _with_adapter(model, config.lora)
        model.to(_device())
        if config.machine.recompute:
            model.gradient_checkpointing_enable({"use_reentrant": False})
            model.enable_input_require_grads()
    # What loads the adapter later loads its base at the same commit.
    for adapter in getattr(model, "peft_config", {}).values():
        adapter.revision = commit
    return Learner(model, tokenizer, load_ends(config.base, tokenizer))


def loaded(learner: Learner, base: Base) -> dict[str, Any]:
    """Return what was really loaded, which a backend may decide.

    Raises `BadInputError` if that is another commit than the one that was named.
    """
    config = learner.model.config
    commit = getattr(config, "_commit_hash", None)
    if base.revision and commit and commit != base.revision:
        raise BadInputError(f"{base.model}: {config.name_or_path} at {commit} was loaded instead")
    return {
        "model": Path(config.name_or_path).name,
        "commit": commit,
        "dtype": str(learner.model.dtype).removeprefix("torch."),
        "four_bit": bool(getattr(learner.model, "is_loaded_in_4bit", False)),
    }


def base_hash(base: Base) -> str:
    """Return a hash of the base model's files, or its commit on the hub; raises `BadInputError`."""
    place, _ = _where(base)
    return hash_of(place) if isinstance(place, Path) else base.revision


def base_folder(base: Base) -> Path:
    """Return where a base model's files lie; raises `BadInputError`."""
    place, how = _where(base)
    with loading(base):
        found = cached_file(str(place), "config.json", revision=how.get("revision"))
    return Path(found).parent


def is_quantised(base: Base) -> bool:
    """Tell whether a base model's own weights are of 4 bits, or of 8; raises `BadInputError`."""
    place, how = _where(base)
    with loading(base):
        config = AutoConfig.from_pretrained(place, **how)
    return getattr(config, "quantization_config", None) is not None


def load_tokenizer(base: Base) -> Any:
    """Load the base model's tokenizer; raises `BadInputError`."""
    place, how = _where(base)
    with loading(base):
        tokenizer = AutoTokenizer.from_pretrained(place, **how)
    if tokenizer.eos_token_id is None:
        raise BadInputError(f"{base.model}: its tokenizer has no token that ends a text")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_ends(base: Base, tokenizer: Any) -> frozenset[int]:
    """Return the tokens that end what the base model writes; raises `BadInputError`."""
    place, how = _where(base)
    with loading(base):
        try:
            own = GenerationConfig.from_pretrained(place, **how).eos_token_id
        except OSError:  # not every model has a file of its own for that
            own = AutoConfig.from_pretrained(place, **how).eos_token_id
    ends = {own} if isinstance(own, int) else set(own or ())
    return frozenset(ends | {tokenizer.eos_token_id})


def prepare(threads: int) -> None:
    """Use so many threads, and sum in one order on a CPU, so that runs can be repeated.

    Where standard error is no terminal, transformers' bars are not shown.
    """
    if threads:
        torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(_device() == "cpu")
    if not sys.stderr.isatty():
        transformers_logging.disable_progress_bar()


@contextmanager
def loading(base: Base) -> Iterator[None]:
    """Say what to do where a model can't be loaded."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise BadInputError(
            f'{base.model}: does not fit into memory: base.dtype = "bfloat16" halves it,'
            " base.four_bit quarters that"
        ) from error
    except FAULTS as error:
        first = str(error).strip().partition("\n")[0]
        hint = ""
        if not Path(base.model).expanduser().is_dir():
            hint = "; it is fetched from the hub, which wants a network and, for some, a login"
        raise BadInputError(
            f"{base.model}: can't be loaded: {ascii(first)[1:-1][:300]}{hint}"
        ) from error


@contextmanager
def writing(place: Path, hint: str = "") -> Iterator[None]:
    """Say why a model can't be written, and what to do."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or str(error).strip().partition("\n")[0]
        raise BadInputError(
            f"{place}: can't be written: {ascii(reason)[1:-1][:300]}{hint}"
        ) from error


def _where(base: Base) -> tuple[Path | str, Mapping[str, Any]]:
    """Return where a model lies, and how transformers is to take it from there."""
    folder = Path(base.model).expanduser().resolve()  # an adapter names its base from anywhere
    if folder.is_dir():
        return folder, LOCAL
    if base.model.startswith((".", "/", "~")) or base.model.count("/") != 1:
        raise BadInputError(f"{base.model}: there is no such folder, and it is no name on the hub")
    if not COMMIT.fullmatch(base.revision):
        raise BadInputError(
            f"base.revision: the commit of {base.model}, 40 hexadecimal digits, so that every run"
            " gets the same model; `git ls-remote https://huggingface.co/MODEL HEAD` shows one"
        )
    return base.model, {"revision": base.revision, "trust_remote_code": False}


def _with_adapter(model: Any, lora: Lora) -> Any:
    if lora.rank == 0:
        return model
    settings = LoraConfig(
        task_type="CAUSAL_LM",
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(lora.targets),
    )
    try:
        return get_peft_model(model, settings)
    except ValueError as error:
        first = str(error).partition("\n")[0][:200]
        raise BadInputError(f"lora.targets: do not fit this model: {first}") from error


def _device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
