"""A model of a hundred thousand random weights, with a tokenizer of bytes: enough to ask it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

END = "<|end|>"
TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}"
    + END
    + "{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def make_tiny_model(folder: Path, seed: int = 1, merges: Sequence[tuple[str, str]] = ()) -> Path:
    """Write a checkpoint into a folder, and return it; the same seed gives the same weights."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = [END, *letters, *(first + second for first, second in merges)]
    vocabulary = {token: at for at, token in enumerate(tokens)}
    bytes_alone = Tokenizer(models.BPE(vocab=vocabulary, merges=list(merges)))
    bytes_alone.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_alone.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bytes_alone, eos_token=END, pad_token=END, chat_template=TEMPLATE
    )
    tokenizer.save_pretrained(folder)
    set_seed(seed)
    config = LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=2048,
        bos_token_id=None, eos_token_id=0, pad_token_id=0,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def add_code(folder: Path, kind: str = "llama") -> Path:
    """Have a checkpoint bring code of its own; return the file that is there once it was run.

    Of the `kind` "own" transformers knows no code but that.
    """
    ran = folder / "ran"
    (folder / "own.py").write_text(
        "from pathlib import Path\n"
        "from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast\n"
        f"Path({str(ran)!r}).touch()\n"
        "class OwnConfig(LlamaConfig):\n    model_type = 'own'\n"
        "class OwnModel(LlamaForCausalLM):\n    config_class = OwnConfig\n"
        "class OwnTokenizer(PreTrainedTokenizerFast):\n    pass\n"
    )
    classes = {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.OwnModel"}
    own = {"model_type": kind, "auto_map": classes}
    tokenizer = {"auto_map": {"AutoTokenizer": [None, "own.OwnTokenizer"]}}
    for name, more in (("config.json", own), ("tokenizer_config.json", tokenizer)):
        said = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps({**said, **more}))
    return ran
