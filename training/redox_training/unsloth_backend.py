"""Models as Unsloth loads them: the one door to it. It patches what it finds, so it comes first."""

from __future__ import annotations

from typing import Any

from unsloth import FastLanguageModel

from redox_training.config import Config


def load_with_unsloth(
    config: Config, seed: int, place: str, revision: str | None, dtype: Any
) -> tuple[Any, Any]:
    """Return the model with its adapter, and its tokenizer; `place` is a folder, or on the hub.

    The loop is ours, as for the other backend: one mask, one order, one loss for all arms.
    """
    lora = config.lora
    model, tokenizer = FastLanguageModel.from_pretrained(
        model_name=place,
        revision=revision,
        # By itself it takes a mirror of another name, at whatever commit that is, ...
        use_exact_model_name=True,
        max_seq_length=config.rows.longest,
        # ... and computes in bfloat16.
        dtype=dtype,
        load_in_4bit=config.base.four_bit,
        full_finetuning=lora.rank == 0,
        trust_remote_code=False,
        use_safetensors=True,
    )
    if lora.rank:
        model = FastLanguageModel.get_peft_model(
            model,
            r=lora.rank,
            lora_alpha=lora.alpha,
            lora_dropout=lora.dropout,
            target_modules=list(lora.targets),
            bias="none",
            use_gradient_checkpointing="unsloth" if config.machine.recompute else False,
            random_state=seed,
        )
    return model, tokenizer
