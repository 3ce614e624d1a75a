"""What came of a run in another form, held against the run itself before it is handed over.

An export that answers otherwise than what was trained is refused: merged adapters that were
quantised have been seen to lose all that they had learned.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from peft import AutoPeftModelForCausalLM
from transformers import AutoModelForCausalLM, AutoTokenizer

from redox.files import BadInputError, read_text, write_text
from redox.progress import track
from redox_eval.aggregate import is_passed
from redox_eval.checkpoints import LOCAL, pin_of
from redox_eval.embedded import GRAPH, TOKENIZER, load_embedded
from redox_eval.prompts import as_text
from redox_eval.records import Prediction, Task
from redox_eval.scoring import Plan as Scoring
from redox_eval.scoring import score
from redox_eval.slots import OWN, Slots, slots_of
from redox_training.backends import (
    ADAPTER_ALONE,
    is_quantised,
    load_ends,
    loading,
    prepare,
    writing,
)
from redox_training.chats import VALIDATION, Chat, DataSet, Row, as_rows, chosen
from redox_training.gguf_files import TYPES, write_gguf
from redox_training.onnx_files import write_onnx
from redox_training.runs import CARD, FINISHED, Run

ADAPTER, MERGED, GGUF, ONNX = "adapter", "merged", "gguf", "onnx"
FLOAT, HALF, INT8 = "f32", "f16", "int8"
PROMPTS = 20
"""How many questions an export of floats must answer to the token as the run does."""
ANSWER_TOKENS = 64
EXAM_TOKENS = 512
POINT = 0.01
"""How much less of an exam an export may pass."""
AGREEING = 0.99
"""The share of tokens that a quantised export must foretell as the run does."""
MARK = "\x00"
"""What stands for a question while the text around it is found."""

Answer = Callable[[Row, int], list[int]]
"""Returns the likeliest answer to a row's question, of so many tokens at most."""
Foretold = Callable[[Row], list[int]]
"""Returns what is likeliest at each place of a row's answer."""
Asked = tuple[Answer, Foretold]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an export compares with its run.

    `same` of `prompts` answers are identical, `agreeing` is the share of tokens of right answers
    that both foretell alike, `passed` what share of an exam each passes, if there was one.
    """

    kind: str
    prompts: int
    same: int
    tokens: int
    agreeing: float
    passed: tuple[float, float] | None = None

    @property
    def is_passed(self) -> bool:
        """Whether it may be handed over."""
        if self.passed is not None and self.passed[1] < self.passed[0] - POINT:
            return False
        return self.same == self.prompts if self.kind == FLOAT else self.agreeing >= AGREEING

    def __str__(self) -> str:
        said = (
            f"{self.same} of {self.prompts} answers identical,"
            f" {self.agreeing:.2%} of {self.tokens:,} tokens foretold alike"
        )
        if self.passed is not None:
            said += ", test@1 {:.3f} and {:.3f} of the run".format(*reversed(self.passed))
        return said


@dataclass(frozen=True, slots=True)
class Exam:
    """Tasks that the run and its export answer, those of validation, and how they are scored."""

    tasks: Sequence[Task]
    scoring: Scoring


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be written: a run with its tokenizer, of a kind; `chat` is any of its data set."""

    run: Run
    tokenizer: Any
    ends: frozenset[int]
    kind: str
    chat: Chat


def export(
    run: Run, form: str, kind: str, data: DataSet, output: Path, exam: Exam | None = None
) -> Verdict:
    """Write a finished run in another form, if that answers as the run does.

    `form` is a key of `FORMS`, `kind` one of its kinds; of an exam it may pass a point less.
    Raises `BadInputError`, and nothing is left, where it does not.
    """
    if run.facts()["state"] != FINISHED:
        raise BadInputError(f"{run.folder}: is not finished: `redox train run` goes on with it")
    if output.exists():
        raise BadInputError(f"{output}: is there already")
    arm, config = run.facts()["arm"], run.config()
    if is_quantised(config.base):
        raise BadInputError(
            f"{config.base.model}: its own weights are quantised, so nothing can be merged into"
            " them: what is to be exported is trained from the full model, which base.four_bit"
            " makes 4 bits as it is loaded"
        )
    prepare(config.machine.threads)
    tokenizer = AutoTokenizer.from_pretrained(run.model, **LOCAL)
    ends = load_ends(config.base, tokenizer)
    chats = chosen(data.of(arm, VALIDATION), PROMPTS, config.rows.draw_seed)
    rows = as_rows(chats, tokenizer, ends, f"validation of {arm}")
    if not rows:
        raise BadInputError(f"{data.folder}: has no validation to hold an export against")
    output.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{output.name}.", dir=output.parent))
    try:
        with writing(output):
            written = FORMS[form].write(Wanted(run, tokenizer, ends, kind, chats[0]), staging)
        trained = _asked(load_trained(run), ends)
        exported = FORMS[form].read(written, ends)
        verdict = _compare(trained, exported, rows, kind)
        if exam is not None and verdict.is_passed:
            every = as_rows(data.of(arm, VALIDATION), tokenizer, ends, f"validation of {arm}")
            passed = [
                _examined(each[0], run, tokenizer, every, exam) for each in (trained, exported)
            ]
            verdict = replace(verdict, passed=(passed[0], passed[1]))
        if not verdict.is_passed:
            raise BadInputError(f"{form} {kind} answers otherwise than {run.folder}: {verdict}")
        with writing(output):
            written.rename(output)
    finally:
        shutil.rmtree(staging)
    return verdict


def load_trained(run: Run) -> Any:
    """Load what came of a run, its adapter beside its base; raises `BadInputError`."""
    with loading(run.config().base):
        return _loaded(run.model)


def _loaded(folder: Path) -> Any:
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, **LOCAL, **pin_of(folder)
    )
    return model.eval()


def _with_adapter(run: Run) -> Any:
    with loading(run.config().base):
        return AutoPeftModelForCausalLM.from_pretrained(run.model, dtype=torch.float32, **LOCAL)


def _write_adapter(wanted: Wanted, folder: Path) -> Path:
    run = wanted.run
    if not run.config().lora.rank:
        raise BadInputError(f"{run.folder}: has no adapter, all its weights learned")
    place = Path(shutil.copytree(run.model, folder / "model"))
    if wanted.kind == HALF:
        _with_adapter(run).half().save_pretrained(place, **ADAPTER_ALONE)
    return place


def _write_merged(wanted: Wanted, folder: Path) -> Path:
    place = folder / "model"
    _merge(wanted.run).save_pretrained(place)
    wanted.tokenizer.save_pretrained(place)
    for name in (CARD, OWN):
        shutil.copy(wanted.run.model / name, place)
    return place


def _write_gguf(wanted: Wanted, folder: Path) -> Path:
    path, run = folder / "model.gguf", wanted.run
    base = Path(run.config().base.model).expanduser()
    write_gguf(_merge(run), wanted.tokenizer, base, run.name, wanted.kind, path)
    return path


def _write_onnx(wanted: Wanted, folder: Path) -> Path:
    place, model = folder / "model", _merge(wanted.run)
    place.mkdir()
    write_onnx(model, place / GRAPH, is_quantised=wanted.kind == INT8)
    wanted.tokenizer.backend_tokenizer.save(str(place / TOKENIZER))
    shutil.copy(wanted.run.model / CARD, place)
    asked = [*wanted.chat.prompt[:-1], {**wanted.chat.prompt[-1], "content": MARK}]
    before, between = as_text(asked, wanted.tokenizer).split(MARK)
    said = {
        **json.loads(read_text(wanted.run.model / OWN)),
        "before": before,
        "between": between,
        "end": wanted.tokenizer.eos_token_id,
        "longest": model.config.max_position_embeddings,
    }
    write_text(place / OWN, json.dumps(said, indent=1) + "\n")
    return place


def _read_folder(written: Path, ends: frozenset[int]) -> Asked:
    return _asked(_loaded(written), ends)


def _read_gguf(written: Path, ends: frozenset[int]) -> Asked:
    model = AutoModelForCausalLM.from_pretrained(
        written.parent, gguf_file=written.name, dtype=torch.float32, **LOCAL
    )
    return _asked(model.eval(), ends)


def _read_onnx(written: Path, ends: frozenset[int]) -> Asked:
    model = load_embedded(written, ANSWER_TOKENS)

    def answer(row: Row, most: int) -> list[int]:
        return list(replace(model, max_tokens=most).continued(row.tokens[: row.answer]))

    def foretold(row: Row) -> list[int]:
        logits, _ = model.step(row.tokens, model.nothing())
        found: list[int] = logits[row.answer - 1 : -1].argmax(-1).tolist()
        return found

    return answer, foretold


@dataclass(frozen=True, slots=True)
class Form:
    """A form of export: how it is written and read, and of which kinds it may be."""

    write: Callable[[Wanted, Path], Path]
    read: Callable[[Path, frozenset[int]], Asked]
    kinds: tuple[str, ...] = (FLOAT,)


FORMS: Mapping[str, Form] = {
    ADAPTER: Form(_write_adapter, _read_folder, (FLOAT, HALF)),
    MERGED: Form(_write_merged, _read_folder),
    GGUF: Form(_write_gguf, _read_gguf, tuple(TYPES)),
    ONNX: Form(_write_onnx, _read_onnx, (FLOAT, INT8)),
}


def _merge(run: Run) -> Any:
    if not run.config().lora.rank:
        return load_trained(run)
    return _with_adapter(run).merge_and_unload(safe_merge=True)


def _compare(trained: Asked, exported: Asked, rows: Sequence[Row], kind: str) -> Verdict:
    same = tokens = agreeing = 0
    for row in track(rows, "comparing"):
        same += trained[0](row, ANSWER_TOKENS) == exported[0](row, ANSWER_TOKENS)
        foretold = zip(trained[1](row), exported[1](row), strict=True)
        tokens += row.learned
        agreeing += sum(one == other for one, other in foretold)
    return Verdict(kind, len(rows), same, tokens, agreeing / tokens)


def _examined(answer: Answer, run: Run, tokenizer: Any, rows: Sequence[Row], exam: Exam) -> float:
    """Return the share of the exam's tasks that answers pass."""
    known = {task.id: task for task in exam.tasks}
    arm, has_slots = run.facts()["arm"], run.facts()["slots"]
    predictions = []
    for row in track([row for row in rows if row.id in known], "examining"):
        slots = slots_of(known[row.id]) if has_slots else Slots({})
        said = tokenizer.decode(answer(row, EXAM_TOKENS), skip_special_tokens=not has_slots)
        predictions.append(Prediction(row.id, arm, 0, slots.put_back(said)))
    if not predictions:
        raise BadInputError("the exam holds no task of the data set's validation")
    results, problems = score(exam.tasks, predictions, exam.scoring)
    if problems:
        raise BadInputError(problems[0])
    return fmean(map(is_passed, results))


def _asked(model: Any, ends: frozenset[int]) -> Asked:
    """Return how a model of transformers answers, and what it foretells."""

    def answer(row: Row, most: int) -> list[int]:
        asked = torch.tensor([row.tokens[: row.answer]])
        with torch.inference_mode():
            found = model.generate(
                input_ids=asked,
                attention_mask=torch.ones_like(asked),
                max_new_tokens=most,
                do_sample=False,
                eos_token_id=sorted(ends),
                pad_token_id=min(ends),
            )
        said: list[int] = found[0, row.answer :].tolist()
        return said[:-1] if said[-1] in ends else said

    def foretold(row: Row) -> list[int]:
        with torch.inference_mode():
            logits = model(input_ids=torch.tensor([row.tokens])).logits[0]
        found: list[int] = logits[row.answer - 1 : -1].argmax(-1).tolist()
        return found

    return answer, foretold
