"""How a run went, as a picture: the one door to matplotlib."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from redox.files import write_bytes
from redox_training.runs import SMOOTHED

COLOURS = ("#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7")


def plot_losses(
    path: Path,
    courses: Mapping[str, Sequence[Mapping[str, Any]]],
    kinds: Mapping[str, str] | None = None,
) -> None:
    """Draw the loss of runs over their steps: thin as it was, thick smoothed, dots on validation.

    `courses` are rows of metrics by the run's name; runs that are of one of `kinds` have one colour
    and one name. Raises `BadInputError` if `path` can't be written.
    """
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    colours: dict[str, str] = {}
    for name, rows in courses.items():
        kind = (kinds or {}).get(name, name)
        label = None if kind in colours else kind
        colour = colours.setdefault(kind, _colour(len(colours)))
        learned = [(row["step"], row["loss"]) for row in rows if "loss" in row]
        looked = [(row["step"], row["validation_loss"]) for row in rows if "validation_loss" in row]
        if learned:
            steps, losses = zip(*learned, strict=True)
            axes.plot(steps, losses, color=colour, alpha=0.25, linewidth=0.8)
            axes.plot(steps, _smoothed(losses), color=colour, linewidth=1.8, label=label)
        if looked:
            steps, losses = zip(*looked, strict=True)
            axes.plot(steps, losses, "o", color=colour, markersize=5, markeredgecolor="white")
    axes.set_xlabel("step")
    axes.set_ylabel("loss of a token")
    axes.set_yscale("log")  # it falls a hundredfold, and runs differ where it is low
    axes.yaxis.set_major_formatter(ScalarFormatter())
    axes.margins(y=0.08)
    if courses:
        axes.legend(frameon=False)
    _finish(figure, axes, f"loss, smoothed over {SMOOTHED} steps; dots: validation", "y", path)


def plot_shares(path: Path, shares: Mapping[str, Sequence[float]], title: str) -> None:
    """Draw shares by name, a dot each and a line at their mean.

    Raises `BadInputError` if `path` can't be written.
    """
    figure = Figure(figsize=(8, 0.9 + 0.35 * len(shares)), layout="constrained")
    axes = figure.subplots()
    for at, (name, values) in enumerate(shares.items()):
        colour = _colour(at)
        axes.plot([0, fmean(values)], [at, at], color=colour, alpha=0.4, linewidth=7)
        axes.plot(values, [at] * len(values), "o", color=colour, markersize=6, label=name)
    axes.set_yticks(range(len(shares)), list(shares))
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    _finish(figure, axes, title, "x", path)


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _finish(figure: Figure, axes: Any, title: str, grid: str, path: Path) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis=grid, color="#dddddd", linewidth=0.6)
    axes.set_title(title, loc="left", fontsize=10)
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=120, metadata={"Software": None})
    write_bytes(path, data.getvalue())


def _smoothed(values: Sequence[float]) -> list[float]:
    found = []
    for at in range(len(values)):
        recent = values[max(0, at + 1 - SMOOTHED) : at + 1]
        found.append(sum(recent) / len(recent))
    return found
