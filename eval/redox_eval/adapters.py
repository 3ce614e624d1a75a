"""Tasks of other sets in our form: McEval, HumanEval-X and MultiPL-E, Rust each.

Sources: the sets' public descriptions of their formats. A row's own fields are kept under `source`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from redox_eval.records import RecordError, Task
from redox_eval.rusttext import drop_unused_imports

MCEVAL_LICENCE = "CC BY-SA 4.0"
HUMANEVAL_X_LICENCE = "Apache-2.0"
MULTIPL_E_LICENCE = "BSD-3-Clause with the licences of what was translated"


@dataclass(frozen=True, slots=True)
class Adapted:
    """A task, and what was changed to make it one."""

    task: Task
    notes: tuple[str, ...] = ()


def adapt_mceval(row: Any) -> Adapted:
    """Read a row of McEval's `Rust.jsonl`; raises `RecordError`.

    The prompt holds comment, imports and signature, the canonical solution goes on from there.
    """
    fields = _texts(row, "task_id prompt canonical_solution test signature instruction level")
    reference, dropped = drop_unused_imports(fields["prompt"] + fields["canonical_solution"])
    name = fields["task_id"]
    return Adapted(
        _task(
            name=f"mceval/{name}",
            family=f"mceval_{fields['level']}",
            prompt=fields["instruction"],
            signature=_without_brace(fields["signature"]),
            tests=fields["test"],
            reference=reference,
            licence=MCEVAL_LICENCE,
            source="McEval",
        ),
        tuple(f"the import of {crate} is dropped: nothing uses it" for crate in dropped),
    )


def adapt_humaneval_x(row: Any) -> Adapted:
    """Read a row of HumanEval-X's `humaneval_rust.jsonl`; raises `RecordError`.

    Its declaration holds imports and signature, its prompt the same with the comment.
    """
    fields = _texts(row, "task_id prompt canonical_solution test declaration")
    declaration = fields["declaration"]
    reference, dropped = drop_unused_imports(declaration + fields["canonical_solution"])
    return Adapted(
        _task(
            name=f"humaneval-x/{fields['task_id']}",
            family="humaneval_x",
            prompt=fields["prompt"],
            signature=_last_signature(declaration),
            tests=fields["test"],
            reference=reference,
            licence=HUMANEVAL_X_LICENCE,
            source="HumanEval-X",
        ),
        tuple(f"the import of {crate} is dropped: nothing uses it" for crate in dropped),
    )


def adapt_multipl_e(row: Any) -> Adapted:
    """Read a row of MultiPL-E's Rust sets; raises `RecordError`.

    Its tests begin with the brace that closes the prompt's function, which a completion leaves
    out, and assert in `main`. There is no reference.
    """
    fields = _texts(row, "name prompt tests")
    tests = re.sub(r"\A\s*\}", "", fields["tests"])
    if not re.search(r"^fn main\(\)", tests, re.MULTILINE):
        raise RecordError("tests: hold no `fn main()`")
    as_test = re.sub(r"^fn main\(\)", "#[test]\nfn asserts()", tests, count=1, flags=re.MULTILINE)
    return Adapted(
        _task(
            name=f"multipl-e/{fields['name']}",
            family="multipl_e",
            prompt=fields["prompt"],
            signature=_last_signature(fields["prompt"]),
            tests=f"#[cfg(test)]\nmod tests {{\nuse super::*;\n{as_test}\n}}\n",
            reference=None,
            licence=MULTIPL_E_LICENCE,
            source="MultiPL-E",
        )
    )


ADAPTERS: Mapping[str, Callable[[Any], Adapted]] = {
    "mceval": adapt_mceval,
    "humaneval-x": adapt_humaneval_x,
    "multipl-e": adapt_multipl_e,
}


def _task(
    *,
    name: str,
    family: str,
    prompt: str,
    signature: str,
    tests: str,
    reference: str | None,
    licence: str,
    source: str,
) -> Task:
    extra = {"prompt": prompt, "licence": licence, "source": source, "split": "test"}
    return Task(name, family, signature, tests, reference, extra=extra)


def _texts(row: Any, names: str) -> dict[str, str]:
    if not isinstance(row, dict):
        raise RecordError("is no object")
    fields = {}
    for name in names.split():
        value = row.get(name)
        if not isinstance(value, str):
            raise RecordError(f"{name}: is missing or no text")
        fields[name] = value
    return fields


def _last_signature(text: str) -> str:
    """Return the signature that a text ends with, as `fn f(a: u8) -> u8`."""
    starts = [found.start() for found in re.finditer(r"^[ \t]*(?:pub\s+)?fn\b", text, re.MULTILINE)]
    if not starts:
        raise RecordError("the prompt ends with no signature")
    return _without_brace(text[starts[-1] :])


def _without_brace(signature: str) -> str:
    return signature.strip().removesuffix("{").rstrip()
