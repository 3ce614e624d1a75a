"""A report as one page of HTML, which needs nothing but itself, and as Markdown.

What models wrote is text on both, never markup: the template escapes it, a policy in the page keeps
any script but its own from running, and what could steer a terminal is shown as an escape.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from redox_eval.aggregate import Share
from redox_eval.plots import Stage, draw_bars, draw_dots, draw_flow
from redox_eval.records import Outcome
from redox_eval.report import COLOURS, Answer, Question, Report
from redox_eval.tables import Sheet

FOLDER = Path(__file__).parent / "page"


def html_page(report: Report) -> str:
    """Return a report as a page; its own style and script are known to its policy by their hash."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined
    )
    environment.filters.update(
        visible=visible, base64=_base64, percent=_percent, decimal=_decimal, heat=_heat, kind=_kind
    )
    style, script = ((FOLDER / name).read_text("utf-8") for name in ("page.css", "page.js"))
    found = {
        one.outcome for each in report.questions for row in each.answers.values() for one in row
    }
    return environment.get_template("page.html").render(
        report=report,
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        bars=Markup(draw_bars(report.bars)),
        flows=[
            (arm, Markup(draw_flow(stages, report.arms.index(arm) % COLOURS)))
            for arm, stages in report.flows.items()
        ],
        dots=Markup(draw_dots(report.dots, report.across, "pass rate")) if report.dots else "",
        outcomes=[str(one) for one in Outcome if str(one) in found],
    )


def markdown_page(report: Report) -> str:
    """Return a report as Markdown: the plots as their figures, all else as on the page."""
    return "\n".join(_lines(report)) + "\n"


def visible(text: str) -> str:
    """Return a text whose control characters, but for line ends and tabs, are shown as escapes."""
    return "".join(
        char if char.isprintable() or char in "\n\t" else ascii(char)[1:-1]
        for char in text.replace("\r\n", "\n")
    )


def _lines(report: Report) -> Iterator[str]:
    yield f"# {_inline(report.title)}"
    yield ""
    yield from _table(("", ""), report.about.items())
    yield from _cautions(report)
    yield "## What this could show"
    yield ""
    for line in report.power:
        yield f"{_inline(line)}  "
    yield ""
    yield "## Shares, with 95 % intervals"
    yield ""
    rows = [(heading, bar.label, bar.says) for heading, bars in report.bars for bar in bars]
    yield from _table(("share", "arm", "value"), rows)
    yield from _cautions(report)
    yield "## What became of the replies"
    yield ""
    flow = [
        (arm, stage.label, f"{stage.count:,}", _losses(stage))
        for arm, stages in report.flows.items()
        for stage in stages
    ]
    yield from _table(("arm", "got as far as", "replies", "and no further"), flow)
    yield from _cautions(report)
    if len(report.heat) > 1:
        yield "## test@1 by family"
        yield ""
        families = [
            (family, *(_decimal(shares.get(arm)) for arm in report.arms))
            for family, shares in report.heat.items()
        ]
        yield from _table(("family", *report.arms), families)
        yield from _cautions(report)
    if report.dots:
        yield "## Tokens against pass rate"
        yield ""
        yield f"{_inline(report.across)}  "
        yield from (f"{_inline(dot.label)}  " for dot in report.dots)
        yield ""
        yield from _cautions(report)
    for sheet in report.sheets:
        yield from _sheet(sheet)
        yield from _cautions(report)
    yield "## Tasks"
    yield ""
    for question in report.questions:
        yield from _question(question, report.arms)


def _losses(stage: Stage) -> str:
    return "; ".join(f"{loss.label} {loss.count:,}" for loss in stage.losses)


def _sheet(sheet: Sheet) -> Iterator[str]:
    yield f"## {_inline(sheet.title)}" + (f": {_inline(sheet.note)}" if sheet.note else "")
    yield ""
    yield from _table(sheet.headings, sheet.rows)


def _question(question: Question, arms: Iterable[str]) -> Iterator[str]:
    yield f"### {_inline(question.id)}"
    yield ""
    if question.prompt:
        yield _inline(question.prompt)
        yield ""
    if question.signature:
        yield from _fenced(question.signature)
    for arm in arms:
        for answer in question.answers.get(arm, ()):
            yield f"**{_inline(arm)}**: {_said(answer)}"
            yield ""
            if answer.code is not None:
                yield from _fenced(answer.code)


def _said(answer: Answer) -> str:
    parts = [answer.outcome]
    if answer.lenient != answer.outcome:
        parts.append(f"{answer.lenient} if mixing were allowed")
    parts.append(f"seed {answer.seed}" + f", sample {answer.sample}" * bool(answer.sample))
    parts += [*answer.codes, answer.detail]
    return _inline("; ".join(part for part in parts if part))


def _cautions(report: Report) -> Iterator[str]:
    for line in report.cautions:
        yield f"> {_inline(line)}"
        yield ">"
    yield ""


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = list(headings)
    yield _row(names)
    yield _row(["---"] * len(names), is_text=False)
    for row in rows:
        yield _row(row)
    yield ""


def _row(cells: Iterable[str], *, is_text: bool = True) -> str:
    return f"| {' | '.join(_inline(cell) if is_text else cell for cell in cells)} |"


def _inline(text: str) -> str:
    """Return a text on one line, none of it Markdown or HTML."""
    plain = " ".join(visible(text).split())
    return re.sub(r"([\\`*_{}\[\]<>#|~&!])", r"\\\1", plain)


def _fenced(code: str) -> Iterator[str]:
    """Fence code with more backticks than any run in it."""
    text = visible(code)
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", text)), default=0))
    yield f"{fence}text"
    yield text.rstrip("\n")
    yield fence
    yield ""


def _hash(text: str) -> str:
    return _base64(sha256(text.encode("utf-8")).digest())


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _percent(share: Share) -> str:
    return f"{share.passed / share.count * 100:.1f}\u00a0%" if share.count else "none"


def _decimal(share: Share | None) -> str:
    return f"{share.passed / share.count:.3f}" if share and share.count else "none"


def _heat(share: Share | None) -> str:
    """Return the class of a share: one of eleven shades."""
    return f"h{round(10 * share.passed / share.count)}" if share and share.count else "none"


def _kind(outcome: str) -> str:
    """Return the class of an outcome, for its colour."""
    if outcome in ("not asked", str(Outcome.INFRASTRUCTURE)):
        return "none"
    words = set(re.findall(r"[a-z_]+", outcome))
    return "good" if words == {"passed"} else "odd" if "passed" in words else "bad"
