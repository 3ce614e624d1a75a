"""A finetune's settings: defaults with their reasons, and a file that says only what differs.

The file is TOML; each class here is a table of it, each field a key. What is not known is refused,
so that a slip of the pen is no silent default.
"""

from __future__ import annotations

import json
import math
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from difflib import get_close_matches
from operator import gt, le, lt
from typing import Any, get_type_hints

from redox.files import BadInputError, read_text, show_path

TRANSFORMERS, UNSLOTH = "transformers", "unsloth"
LINEAR, COSINE, CONSTANT = "linear", "cosine", "constant"
FLOAT32, BFLOAT16 = "float32", "bfloat16"
BOUNDS: Mapping[str, Callable[[Any, Any], bool]] = {"least": lt, "most": gt, "above": le}
"""What breaks each kind of bound."""


def setting(default: Any, why: str, **limits: Any) -> Any:
    """Declare a key: its default, the reason for it, and what it may be.

    `one_of` lists words, `least` and `most` bound a number, `above` bounds it and is left out.
    """
    return field(default=default, metadata={"why": why, **limits})


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """[base]: the model that is finetuned."""

    model: str = setting("", "a folder with a model, or a name on Hugging Face's hub")
    revision: str = setting(
        "", "the commit of a model on the hub; without one, two arms might get two models"
    )
    backend: str = setting(
        TRANSFORMERS,
        "unsloth is twice as quick on CUDA; transformers runs anywhere",
        one_of=(TRANSFORMERS, UNSLOTH),
    )
    four_bit: bool = setting(
        False, "weights of 4 bits, so that a large model fits; unsloth alone has them"
    )
    dtype: str = setting(
        FLOAT32,
        "what is computed in: bfloat16 halves the memory, float32 is exact on a CPU",
        one_of=(FLOAT32, BFLOAT16),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lora:
    """[lora]: the adapter that learns while the model's own weights stay."""

    rank: int = setting(16, "columns of the adapter; 0 trains all of the model's weights", least=0)
    alpha: int = setting(32, "the adapter is scaled by alpha / rank", least=1)
    dropout: float = setting(0.0, "one epoch over new rows has nothing to forget", least=0, most=1)
    targets: tuple[str, ...] = setting(
        ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
        "which of the model's layers get an adapter: all that are linear",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """[rows]: what it is trained on."""

    count: int = setting(
        0, "rows of train, drawn alike in every arm by their ids; 0 takes all", least=0
    )
    validation: int = setting(200, "rows of validation, drawn likewise; 0 takes all", least=0)
    longest: int = setting(
        2048, "tokens of a row; a longer one stops the run, for none is cut", least=8
    )
    draw_seed: int = setting(3407, "what draws them; their order is drawn by the run's own seed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """[steps]: how it learns."""

    epochs: int = setting(1, "times each row is seen", least=1)
    batch: int = setting(2, "rows at once, as many as the memory takes", least=1)
    accumulate: int = setting(4, "batches to a step: a step sees batch x accumulate rows", least=1)
    learning_rate: float = setting(2e-4, "the usual one of LoRA; 10 times less for rank 0", above=0)
    schedule: str = setting(
        LINEAR, "how the rate falls after warming up", one_of=(LINEAR, COSINE, CONSTANT)
    )
    warmup: float = setting(0.03, "share of the steps in which the rate rises", least=0, most=1)
    weight_decay: float = setting(0.0, "adapters are small enough", least=0)
    clip: float = setting(1.0, "the longest gradient; a longer one is shortened to it", above=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """[machine]: nothing that changes what is learned, but for the last digits."""

    threads: int = setting(
        0, "of a CPU; 0 leaves it to torch. Sums in another order end in other digits", least=0
    )
    save_every: int = setting(50, "steps between two checkpoints", least=1)
    validate_every: int = setting(100, "steps between two looks at validation", least=1)
    recompute: bool = setting(
        False, "keep no activations and compute them twice: slower, a third of the memory"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All settings of a finetune but its arm and its seed."""

    base: Base = field(default_factory=Base)
    lora: Lora = field(default_factory=Lora)
    rows: Rows = field(default_factory=Rows)
    steps: Steps = field(default_factory=Steps)
    machine: Machine = field(default_factory=Machine)


def read_config(path: str | os.PathLike[str]) -> Config:
    """Read a file of differences.

    Raises `BadInputError` for what is no TOML, not known, of another type or out of bounds.
    """
    shown = show_path(os.fspath(path))
    try:
        tables = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise BadInputError(f"{shown}: is no TOML: {error}") from error
    try:
        return config_from(tables)
    except BadInputError as error:
        raise BadInputError(f"{shown}: {error}") from error


def config_from(tables: Mapping[str, Any]) -> Config:
    """Return a configuration from tables of differences; raises `BadInputError`."""
    config: Config = _filled(Config, tables, "")
    base = config.base
    if not base.model:
        raise BadInputError("base.model: is missing: name a folder with a model, or one on the hub")
    if base.four_bit and base.backend != UNSLOTH:
        raise BadInputError(f"base.four_bit: wants base.backend = {json.dumps(UNSLOTH)}")
    if base.four_bit and config.lora.rank == 0:
        raise BadInputError("base.four_bit: weights of 4 bits learn nothing; lora.rank is 0")
    if config.lora.rank == 0 and base.dtype != FLOAT32:
        raise BadInputError(f"base.dtype: all weights learn, which wants {FLOAT32}")
    return config


def as_tables(config: Config) -> dict[str, dict[str, Any]]:
    """Return all settings, as `config_from` takes them."""
    return {
        table: {key.name: getattr(values, key.name) for key in fields(values)}
        for table, values in _tables(config)
    }


def as_toml(config: Config) -> str:
    """Return all settings as TOML, each with its reason."""
    lines = []
    for table, values in _tables(config):
        lines += [f"[{table}]"]
        for key in fields(values):
            lines += [f"# {key.metadata['why']}"]
            lines += [f"{key.name} = {_as_toml(getattr(values, key.name))}"]
        lines += [""]
    return "\n".join(lines)


def differences(one: Config, other: Config) -> dict[str, tuple[Any, Any]]:
    """Return by `table.key` what two configurations have otherwise."""
    left, right = as_tables(one), as_tables(other)
    return {
        f"{table}.{key}": (value, right[table][key])
        for table, values in left.items()
        for key, value in values.items()
        if value != right[table][key]
    }


def _tables(config: Config) -> Iterator[tuple[str, Any]]:
    yield from ((one.name, getattr(config, one.name)) for one in fields(config))


def _filled(kind: Any, given: Mapping[str, Any], prefix: str) -> Any:
    known = {one.name: one for one in fields(kind)}
    types = get_type_hints(kind)
    values = {}
    for name, value in given.items():
        place = f"{prefix}{name}"
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"; is it {prefix}{near[0]}?" if near else f"; there are {', '.join(known)}"
            raise BadInputError(f"{place}: is not known{hint}")
        if is_dataclass(types[name]):
            if not isinstance(value, Mapping):
                raise BadInputError(f"{place}: is a table: [{place}]")
            values[name] = _filled(types[name], value, f"{place}.")
        else:
            values[name] = _checked(place, value, known[name].default, known[name].metadata)
    return kind(**values)


def _checked(place: str, value: Any, default: Any, limits: Mapping[str, Any]) -> Any:
    if isinstance(default, tuple):
        is_words = isinstance(value, list) and all(isinstance(one, str) for one in value)
        if not is_words or not value:
            raise BadInputError(f"{place}: is a list of words")
        return tuple(value)
    if isinstance(default, float) and type(value) is int:
        value = float(value)
    if type(value) is not type(default):
        names = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}
        raise BadInputError(f"{place}: is {names[type(default)]}")
    if isinstance(value, float) and not math.isfinite(value):
        raise BadInputError(f"{place}: is a number")
    if value not in limits.get("one_of", (value,)):
        raise BadInputError(f"{place}: is one of {', '.join(limits['one_of'])}")
    for name, is_broken in BOUNDS.items():
        if name in limits and is_broken(value, limits[name]):
            raise BadInputError(f"{place}: {value} is out of bounds: {name} {limits[name]}")
    return value


def _as_toml(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_as_toml, value))}]"
    # JSON's texts, numbers and truths are TOML's.
    return json.dumps(value)
