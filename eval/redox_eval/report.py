"""A report as a value: figures, tables, and each task with what was answered. Two pages show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from redox_eval.aggregate import (
    FREE_SAMPLES,
    Row,
    Share,
    Summary,
    counts_for,
    is_baseline,
    is_compiled,
    is_passed,
    summarise,
)
from redox_eval.plots import Bar, Dot, Loss, Stage
from redox_eval.records import Outcome, Prediction, Result, Task
from redox_eval.replies import fenced_blocks
from redox_eval.statistics import detectable_difference
from redox_eval.tables import Sheet, aggregate_tables, cautions_of
from redox_eval.tokens import TOKENIZER, count_tokens

MEASURES = {
    "became Rust": "transformed",
    "compile@1": "compiled",
    "test@1": "passed",
    "test@1, mixing allowed": "lenient",
}
COLOURS = 6
"""How many colours the page has for arms; a seventh arm has the first one's."""

Key = tuple[str, str, int, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply and what became of it; `code` is None where the reply was not given to us."""

    seed: int
    sample: int
    outcome: str
    lenient: str
    detail: str
    codes: tuple[str, ...]
    tests: Mapping[str, str]
    code: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """A task with its answers by arm."""

    id: str
    family: str
    template: str
    prompt: str
    signature: str
    answers: Mapping[str, tuple[Answer, ...]]

    def outcomes(self, arm: str) -> str:
        """The outcomes of an arm's answers in words, with counts where there are several."""
        counts = Counter(one.outcome for one in self.answers.get(arm, ()))
        if not counts:
            return "not asked"
        if counts.total() == 1:
            return next(iter(counts))
        return ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common())


@dataclass(frozen=True, slots=True)
class Report:
    """All that a page shows. `heat` is test@1 by family and arm, `pictures` are PNG by title."""

    title: str
    arms: tuple[str, ...]
    about: Mapping[str, str]
    cautions: tuple[str, ...]
    power: tuple[str, ...]
    totals: Mapping[str, Row]
    sheets: tuple[Sheet, ...]
    bars: tuple[tuple[str, tuple[Bar, ...]], ...]
    flows: Mapping[str, tuple[Stage, ...]]
    heat: Mapping[str, Mapping[str, Share]]
    dots: tuple[Dot, ...]
    across: str
    questions: tuple[Question, ...]
    pictures: Mapping[str, bytes] = field(default_factory=dict)


def make_report(
    title: str,
    results: Sequence[Result],
    tasks: Sequence[Task] = (),
    predictions: Mapping[Key, Prediction] | None = None,
) -> Report:
    """Sum up results; tasks give the prompts, and predictions, by the result's key, the replies."""
    replies = predictions or {}
    summary = summarise(results)
    arms = tuple(dict.fromkeys(one.arm for one in results))
    cautions = tuple(cautions_of(results, has_baseline=any(map(is_baseline, arms))))
    by_arm = {arm: [one for one in results if one.arm == arm] for arm in arms}
    heat = _heat(summary)
    tokens = _tokens(results, replies)
    return Report(
        title,
        arms,
        _about(results),
        cautions,
        tuple(_power(results, summary)),
        {row.arm: row for row in summary.totals},
        tuple(aggregate_tables(summary)),
        tuple(_bars(summary, arms)),
        {arm: tuple(_stages(found)) for arm, found in by_arm.items()},
        heat,
        tuple(_dots(heat, tokens, results, arms)),
        f"tokens of a reply ({TOKENIZER}, the median of a family)",
        tuple(_questions(results, tasks, replies)),
    )


def _about(results: Sequence[Result]) -> dict[str, str]:
    """Say with which versions results were made, each as often as it occurs."""
    about = {
        "tasks": f"{len({one.id for one in results}):,}",
        "templates": f"{len({_template(one) for one in results}):,}",
        "replies": f"{len(results):,}",
        "seeds": ", ".join(str(seed) for seed in sorted({one.seed for one in results})),
    }
    models = dict.fromkeys(str(one.extra["model"]) for one in results if "model" in one.extra)
    if models:
        about["model"] = ", ".join(models)
    for name in ("redox", "phrasebook", "rustc", "isolation"):
        found = dict.fromkeys(str(one.versions.get(name, "")) for one in results)
        about[name] = (
            ", ".join(value[:40] for value in found if value and value != "none") or "none"
        )
    return about


def _power(results: Sequence[Result], summary: Summary) -> Iterator[str]:
    """Say which differences so many templates could have shown, and which they could not."""
    templates = len({_template(one) for one in results})
    tasks = len({one.id for one in results})
    found = detectable_difference(templates, FREE_SAMPLES)
    start = f"{tasks:,} tasks of {templates:,} templates, which count as one observation each: "
    if found is None:
        yield (
            f"{start}too few to show any difference between two arms that differ in"
            f" {FREE_SAMPLES * 100:g} % of them, four times in five."
        )
    else:
        yield (
            f"{start}where two arms differ in {FREE_SAMPLES * 100:g} % of them, a difference of"
            f" {found * 100:.1f} points shows four times in five, a smaller one less often."
        )
    for pair in summary.pairs:
        seen = pair.difference.interval
        words = f"{pair.second} less {pair.first}: {seen.value * 100:+.1f} points"
        if pair.detectable is None:
            yield f"{words}; at the discordance seen, none could have been shown."
        else:
            yield f"{words}; at the discordance seen, {pair.detectable * 100:.1f} points show."


def _bars(summary: Summary, arms: Sequence[str]) -> Iterator[tuple[str, tuple[Bar, ...]]]:
    has_seeds = len(summary.rows) > len(summary.totals)
    for heading, name in MEASURES.items():
        bars = []
        for row in summary.rows:
            share: Share = getattr(row, name)
            if (value := share.value) is None:
                continue
            low, high, says = value, value, f"{value:.3f}"
            if (found := share.interval) is not None:
                low, high, says = (
                    found.low,
                    found.high,
                    f"{says} [{found.low:.3f}, {found.high:.3f}]",
                )
            label = f"{row.arm}, seed {row.seed}" if has_seeds else row.arm
            bars.append(Bar(label, value, low, high, arms.index(row.arm) % COLOURS, says))
        yield heading, tuple(bars)


def _stages(results: Sequence[Result]) -> Iterator[Stage]:
    """Follow an arm's replies; what the machine is to blame for is none of them."""
    left = [one for one in results if counts_for(one)]
    steps = (
        ("replies", lambda one: one.transformed is True and one.outcome not in _NO_CODE),
        ("became Rust", is_compiled),
        ("compiled alone", is_passed),
    )
    for label, goes_on in steps:
        lost = Counter(str(one.outcome) for one in left if not goes_on(one))
        ordered = [str(each) for each in Outcome if str(each) in lost]
        yield Stage(label, len(left), tuple(Loss(name, lost[name]) for name in ordered))
        left = [one for one in left if goes_on(one)]
    yield Stage("passed", len(left))


_NO_CODE = (Outcome.MALFORMED, Outcome.NOT_ARM_LANGUAGE, Outcome.TRANSFORM_ERROR)


def _heat(summary: Summary) -> dict[str, dict[str, Share]]:
    heat: dict[str, dict[str, Share]] = {}
    for row in summary.families:
        heat.setdefault(row.family or "", {})[row.arm] = row.passed
    return heat


def _tokens(results: Sequence[Result], replies: Mapping[Key, Prediction]) -> dict[Key, int]:
    """Count the tokens of each reply, the same text once."""
    known: dict[str, int] = {}
    for one in results:
        if one.key in replies and (text := replies[one.key].prediction) not in known:
            known[text] = count_tokens(text)
    return {one.key: known[replies[one.key].prediction] for one in results if one.key in replies}


def _dots(
    heat: Mapping[str, Mapping[str, Share]],
    tokens: Mapping[Key, int],
    results: Sequence[Result],
    arms: Sequence[str],
) -> Iterator[Dot]:
    """A point for each family and arm: how long its replies are, and how many pass."""
    lengths: dict[tuple[str, str], list[int]] = {}
    for one in results:
        if one.key in tokens:
            lengths.setdefault((one.family, one.arm), []).append(tokens[one.key])
    for (family, arm), counts in lengths.items():
        share = heat[family][arm]
        if share.count:
            value = share.passed / share.count
            name = (
                f"{family}, {arm}: {median(counts):g} tokens, {value:.3f} of {share.count:,} pass"
            )
            yield Dot(name, median(counts), value, arms.index(arm) % COLOURS, share.count)


def _questions(
    results: Sequence[Result], tasks: Sequence[Task], replies: Mapping[Key, Prediction]
) -> Iterator[Question]:
    by_id = {task.id: task for task in tasks}
    answered: dict[str, list[Result]] = {}
    for one in results:
        answered.setdefault(one.id, []).append(one)
    for name, found in answered.items():
        task = by_id.get(name)
        answers: dict[str, tuple[Answer, ...]] = {}
        for one in found:
            answers[one.arm] = (*answers.get(one.arm, ()), _answer(one, replies.get(one.key)))
        yield Question(
            name,
            found[0].family,
            _template(found[0]),
            str(task.extra.get("prompt", "")) if task else "",
            task.signature if task else "",
            answers,
        )


def _answer(result: Result, prediction: Prediction | None) -> Answer:
    return Answer(
        result.seed,
        result.sample,
        str(result.outcome),
        str(result.lenient),
        result.detail,
        result.codes,
        {str(name): str(word) for name, word in result.tests.items()},
        None if prediction is None else _code(prediction.prediction),
    )


def _code(reply: str) -> str:
    """Return the code of a reply that is one fenced block and nothing else, or the whole reply."""
    lines = reply.strip().splitlines()
    blocks = list(fenced_blocks(reply))
    is_bare = len(lines) >= 2 and lines[0].startswith("```") and lines[-1].strip() == "```"
    return blocks[0] if is_bare and len(blocks) == 1 else reply


def _template(result: Result) -> str:
    return str(result.extra.get("template") or f"task {result.id}")
