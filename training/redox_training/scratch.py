"""A model from nothing: a tokenizer of what an arm says, and a Llama of random weights."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers
from tokenizers.models import BPE
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

from redox.files import BadInputError
from redox_eval.slots import EVERY
from redox_training.backends import prepare
from redox_training.chats import TRAIN, DataSet

END = "<|end|>"
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
TEMPLATE = (
    "{% for message in messages %}{% if message.role != 'system' %}<|{{ message.role }}|>"
    "{{ message.content }}{% if message.role == 'assistant' %}" + END + "{% endif %}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
"""What every task's chat says alike is left out: such a model knows nothing else."""


def make_base(
    data: DataSet, arm: str, folder: Path, *, vocabulary: int, width: int, layers: int, seed: int
) -> int:
    """Write a base into a folder; return its count of weights.

    The tokenizer is made of the arm's train rows alone. Raises `BadInputError` for a folder that is
    not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BadInputError(f"{folder}: is not empty")
    if width % 64:
        raise BadInputError("the width is a multiple of 64: heads are 32 wide, in pairs")
    prepare(0)
    tokenizer = _tokenizer(
        (one["content"] for chat in data.of(arm, TRAIN) for one in (*chat.prompt, *chat.completion)
         if one["role"] != "system"), vocabulary,
    )  # fmt: skip
    set_seed(seed)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=width,
            intermediate_size=_multiple(width * 8 // 3, 32),
            num_hidden_layers=layers,
            num_attention_heads=width // 32,
            num_key_value_heads=width // 64,
            max_position_embeddings=1024,
            # The usual 0.02 is for layers ten times as wide: it takes this one twice the steps.
            initializer_range=width**-0.5,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    return sum(one.numel() for one in model.parameters())


def _tokenizer(texts: Iterable[str], size: int) -> PreTrainedTokenizerFast:
    made = Tokenizer(BPE())
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=size,
            special_tokens=[END, *ROLES, *EVERY],
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
            show_progress=False,
        ),
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token=END, pad_token=END, chat_template=TEMPLATE
    )


def _multiple(number: int, step: int) -> int:
    return -(-number // step) * step
