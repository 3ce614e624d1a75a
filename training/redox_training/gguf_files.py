"""Models as llama.cpp has them: one file of GGUF, read into a folder and written from one.

The one door to gguf. What llama.cpp knows of a tokenizer beyond its words, how text is first cut,
stands in no folder of transformers: it is kept from the file that a base came from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from redox.files import BadInputError, read_text, write_text
from redox.progress import track
from redox_eval.checkpoints import LOCAL
from redox_training.backends import prepare

ORIGIN = "gguf.json"
"""The file beside an imported base that keeps what only GGUF says."""

ARCHITECTURES = {
    "llama": gguf.MODEL_ARCH.LLAMA,
    "qwen2": gguf.MODEL_ARCH.QWEN2,
    "qwen3": gguf.MODEL_ARCH.QWEN3,
}
CUTS = {"qwen2": "qwen2", "qwen3": "qwen2"}
"""How llama.cpp cuts the text of a kind of model, where all models of that kind have one way."""

TYPES = {
    "f32": (gguf.GGMLQuantizationType.F32, gguf.LlamaFileType.ALL_F32),
    "f16": (gguf.GGMLQuantizationType.F16, gguf.LlamaFileType.MOSTLY_F16),
    "q8_0": (gguf.GGMLQuantizationType.Q8_0, gguf.LlamaFileType.MOSTLY_Q8_0),
}
NORMAL, CONTROL = gguf.TokenType.NORMAL, gguf.TokenType.CONTROL


def import_gguf(file: Path, folder: Path) -> None:
    """Write the model of a GGUF file into a folder, as float32 that can be trained.

    Raises `BadInputError` for a file that can't be read, and for a folder that is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BadInputError(f"{folder}: is not empty")
    said = _fields(file)
    prepare(0)
    place: dict[str, Any] = {"gguf_file": file.name, **LOCAL}
    try:
        tokenizer = AutoTokenizer.from_pretrained(file.parent, **place)
        loaded = AutoModelForCausalLM.from_pretrained(file.parent, dtype=torch.float32, **place)
    except (OSError, ValueError, KeyError, AttributeError, RuntimeError) as error:
        first = str(error).partition("\n")[0][:300]
        raise BadInputError(f"{file}: can't be read: {first}") from error
    # A model that was read from GGUF can't be saved; one of its shape that takes its weights can.
    config = loaded.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    model = type(loaded)(config)
    model.load_state_dict(loaded.state_dict())
    model.generation_config = loaded.generation_config
    # What ends a turn is mistaken on the way for what begins one.
    end = tokenizer.convert_ids_to_tokens(int(said["tokenizer.ggml.eos_token_id"]))
    tokenizer.eos_token = end
    tokenizer.pad_token = end
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    kept = {key: said[key] for key in ("general.name", "general.license", "tokenizer.ggml.pre")
            if key in said}  # fmt: skip
    write_text(folder / ORIGIN, json.dumps(kept, indent=1) + "\n")


def write_gguf(model: Any, tokenizer: Any, base: Path, name: str, kind: str, path: Path) -> None:
    """Write a model and its tokenizer as one file.

    `kind` is a key of `TYPES`, `base` the folder of the base model. Raises `BadInputError` for a
    model that llama.cpp has in another way.
    """
    config = model.config
    architecture = ARCHITECTURES.get(config.model_type)
    if architecture is None:
        known = ", ".join(ARCHITECTURES)
        raise BadInputError(f"a model of the kind {config.model_type!a} can't be GGUF yet: {known}")
    cut = _cut(base, config.model_type)
    quantised, file_type = TYPES[kind]
    writer = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[architecture])
    writer.add_name(name)
    writer.add_file_type(file_type)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(_head_size(config))
    writer.add_value_length(_head_size(config))
    writer.add_rope_dimension_count(_head_size(config))
    writer.add_rope_freq_base(float(config.rope_parameters["rope_theta"]))
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    _add_tokenizer(writer, tokenizer, config.vocab_size, cut)
    names = gguf.get_tensor_name_map(architecture, config.num_hidden_layers)
    for key, weights in track(list(_weights(model)), f"writing {path.name}"):
        said = names.get_name(key, try_suffixes=(".weight", ".bias"))
        if said is None:
            raise BadInputError(f"the weights {key} have no place in GGUF")
        # Vectors stay exact: they are few, and a model is touchy about its norms.
        is_matrix = weights.ndim > 1
        chosen = quantised if is_matrix else gguf.GGMLQuantizationType.F32
        data = gguf.quants.quantize(weights, chosen)
        writer.add_tensor(said, data, raw_dtype=chosen)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_tokenizer(writer: gguf.GGUFWriter, tokenizer: Any, size: int, cut: str) -> None:
    said = json.loads(tokenizer.backend_tokenizer.to_str())
    if said["model"]["type"] != "BPE":
        raise BadInputError("a tokenizer that is no byte-pair encoding can't be GGUF yet")
    special = {one["id"] for one in said["added_tokens"] if one["special"]}
    by_id = {number: token for token, number in tokenizer.get_vocab().items()}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(cut)
    writer.add_token_list([by_id.get(number, f"[unused{number}]") for number in range(size)])
    writer.add_token_types(
        [CONTROL if number in special or number not in by_id else NORMAL for number in range(size)]
    )
    writer.add_token_merges(
        [merge if isinstance(merge, str) else " ".join(merge) for merge in said["model"]["merges"]]
    )
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    # Readers want one, although nothing is put before a text.
    begin = tokenizer.bos_token_id
    writer.add_bos_token_id(tokenizer.eos_token_id if begin is None else begin)
    writer.add_add_bos_token(False)
    if tokenizer.chat_template:
        writer.add_chat_template(tokenizer.chat_template)


def _weights(model: Any) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """Yield the weights by name, each as float32; those that are tied come once."""
    config = model.config
    tied = {"lm_head.weight"} if config.tie_word_embeddings else set()
    for key, tensor in model.state_dict().items():
        if key in tied:
            continue
        weights = tensor.detach().to("cpu", torch.float32).numpy()
        if config.model_type == "llama":
            if key.endswith("q_proj.weight"):
                weights = _turned(weights, config.num_attention_heads)
            elif key.endswith("k_proj.weight"):
                weights = _turned(weights, config.num_key_value_heads)
        yield key, weights


def _turned(weights: np.ndarray[Any, Any], heads: int) -> np.ndarray[Any, Any]:
    """Order a head's rows in pairs, as llama.cpp turns them, from halves, as transformers does."""
    rows, columns = weights.shape
    halves = weights.reshape(heads, 2, rows // heads // 2, columns)
    turned: np.ndarray[Any, Any] = np.ascontiguousarray(halves.swapaxes(1, 2))
    return turned.reshape(rows, columns)


def _head_size(config: Any) -> int:
    return int(
        getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    )


def _cut(base: Path, kind: str) -> str:
    place = base / ORIGIN
    if place.is_file():
        kept = json.loads(read_text(place))
        if "tokenizer.ggml.pre" in kept:
            return str(kept["tokenizer.ggml.pre"])
    if kind not in CUTS:
        raise BadInputError(
            f"{base}: how llama.cpp cuts its text is not known: say it in {place},"
            ' as {"tokenizer.ggml.pre": "..."}'
        )
    return CUTS[kind]


def _fields(file: Path) -> dict[str, Any]:
    try:
        return {name: one.contents() for name, one in gguf.GGUFReader(file).fields.items()}
    except (OSError, ValueError, IndexError) as error:
        raise BadInputError(f"{file}: is no GGUF file that can be read: {error}") from error
