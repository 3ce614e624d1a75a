"""What came of a run in another form, held against the run itself before it is handed over.

An export that answers otherwise than what was trained is refused: merged adapters that were
quantised have been seen to lose all that they had learned.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import AutoPeftModelForCausalLM
from transformers import AutoModelForCausalLM, AutoTokenizer

from redox.files import BadInputError
from redox.progress import track
from redox_training.backends import load_ends, prepare
from redox_training.chats import VALIDATION, DataSet, Row, as_rows
from redox_training.gguf_files import TYPES, write_gguf
from redox_training.runs import FINISHED, Run

ADAPTER, MERGED, GGUF = "adapter", "merged", "gguf"
PROMPTS = 20
"""How many questions an export of floats must answer to the token as the run does."""
ANSWER_TOKENS = 64
AGREEING = 0.99
"""The share of tokens that a quantised export must foretell as the run does."""
EXACT = frozenset(("f32",))
"""Which kinds are held to identical answers."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an export compares with its run.

    `same` of `prompts` answers are identical, `agreeing` is the share of tokens of right answers
    that both foretell alike.
    """

    kind: str
    prompts: int
    same: int
    tokens: int
    agreeing: float

    @property
    def is_passed(self) -> bool:
        """Whether it may be handed over."""
        return self.same == self.prompts if self.kind in EXACT else self.agreeing >= AGREEING

    def __str__(self) -> str:
        return (
            f"{self.same} of {self.prompts} answers identical,"
            f" {self.agreeing:.2%} of {self.tokens:,} tokens foretold alike"
        )


def export(run: Run, form: str, kind: str, data: DataSet, output: Path) -> Verdict:
    """Write a finished run in another form, if that answers as the run does.

    `form` is a key of `FORMS`, `kind` one of `TYPES`; merged weights and adapters are float32.
    Raises `BadInputError`, and nothing is left, where it does not.
    """
    if run.facts()["state"] != FINISHED:
        raise BadInputError(f"{run.folder}: is not finished: `redox train run` goes on with it")
    if output.exists():
        raise BadInputError(f"{output}: is there already")
    arm, config = run.facts()["arm"], run.config()
    prepare(config.machine.threads)
    tokenizer = AutoTokenizer.from_pretrained(run.model, local_files_only=True)
    ends = load_ends(config.base, tokenizer)
    chats = data.of(arm, VALIDATION)[:PROMPTS]
    rows = as_rows(chats, tokenizer, ends, config.rows.longest, f"validation of {arm}")
    if not rows:
        raise BadInputError(f"{data.folder}: has no validation to hold an export against")
    output.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{output.name}.", dir=output.parent))
    try:
        written = FORMS[form](run, tokenizer, kind, staging)
        verdict = _compare(load_trained(run), _load(form, written), rows, ends, kind)
        if not verdict.is_passed:
            raise BadInputError(f"{form} {kind} answers otherwise than {run.folder}: {verdict}")
        written.rename(output)
    except OSError as error:
        raise BadInputError(f"{output}: can't be written: {error.strerror}") from error
    finally:
        shutil.rmtree(staging)
    return verdict


def load_trained(run: Run) -> Any:
    """Load what came of a run, its adapter beside its base."""
    model = AutoModelForCausalLM.from_pretrained(
        run.model, dtype=torch.float32, local_files_only=True, trust_remote_code=False
    )
    return model.eval()


def _adapter(run: Run, tokenizer: Any, kind: str, folder: Path) -> Path:
    if not run.config().lora.rank:
        raise BadInputError(f"{run.folder}: has no adapter, all its weights learned")
    return Path(shutil.copytree(run.model, folder / "model"))


def _merged(run: Run, tokenizer: Any, kind: str, folder: Path) -> Path:
    _merge(run).save_pretrained(folder / "model")
    tokenizer.save_pretrained(folder / "model")
    shutil.copy(run.model / "README.md", folder / "model")
    return folder / "model"


def _gguf(run: Run, tokenizer: Any, kind: str, folder: Path) -> Path:
    path = folder / "model.gguf"
    base = Path(run.config().base.model).expanduser()
    write_gguf(_merge(run), tokenizer, base, run.name, kind, path)
    return path


FORMS: Mapping[str, Callable[[Run, Any, str, Path], Path]] = {
    ADAPTER: _adapter,
    MERGED: _merged,
    GGUF: _gguf,
}
KINDS = tuple(TYPES)


def _merge(run: Run) -> Any:
    if not run.config().lora.rank:
        return load_trained(run)
    model = AutoPeftModelForCausalLM.from_pretrained(
        run.model, dtype=torch.float32, local_files_only=True
    )
    return model.merge_and_unload(safe_merge=True)


def _load(form: str, written: Path) -> Any:
    place: dict[str, Any] = {"dtype": torch.float32, "local_files_only": True}
    if form == GGUF:
        place["gguf_file"] = written.name
        return AutoModelForCausalLM.from_pretrained(written.parent, **place).eval()
    return AutoModelForCausalLM.from_pretrained(written, **place).eval()


def _compare(
    trained: Any, exported: Any, rows: Sequence[Row], ends: frozenset[int], kind: str
) -> Verdict:
    same = tokens = agreeing = 0
    for row in track(rows, "comparing"):
        same += _answer(trained, row, ends) == _answer(exported, row, ends)
        alike = _foretold(trained, row) == _foretold(exported, row)
        tokens += row.learned
        agreeing += int(alike.sum())
    return Verdict(kind, len(rows), same, tokens, agreeing / tokens)


def _answer(model: Any, row: Row, ends: frozenset[int]) -> list[int]:
    """Return the likeliest answer to a row's question."""
    asked = torch.tensor([row.tokens[: row.answer]])
    with torch.inference_mode():
        found = model.generate(
            input_ids=asked,
            attention_mask=torch.ones_like(asked),
            max_new_tokens=ANSWER_TOKENS,
            do_sample=False,
            eos_token_id=sorted(ends),
            pad_token_id=min(ends),
        )
    answer: list[int] = found[0, row.answer :].tolist()
    return answer


def _foretold(model: Any, row: Row) -> torch.Tensor:
    """Return the likeliest token at each place of a row's right answer: (learned,)."""
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([row.tokens])).logits[0]
    found: torch.Tensor = logits[row.answer - 1 : -1].argmax(-1)
    return found
