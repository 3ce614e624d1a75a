"""How a run went, as a picture: the one door to matplotlib."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from matplotlib.figure import Figure

from redox.files import write_bytes
from redox_training.runs import SMOOTHED

COLOURS = ("#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7")


def plot_losses(path: Path, courses: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Draw the loss of runs over their steps: thin as it was, thick smoothed, dots on validation.

    `courses` are rows of metrics by the run's name. Raises `BadInputError` if `path` can't be
    written.
    """
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    for number, (name, rows) in enumerate(courses.items()):
        colour = COLOURS[number % len(COLOURS)]
        learned = [(row["step"], row["loss"]) for row in rows if "loss" in row]
        looked = [(row["step"], row["validation_loss"]) for row in rows if "validation_loss" in row]
        if learned:
            steps, losses = zip(*learned, strict=True)
            axes.plot(steps, losses, color=colour, alpha=0.25, linewidth=0.8)
            axes.plot(steps, _smoothed(losses), color=colour, linewidth=1.8, label=name)
        if looked:
            steps, losses = zip(*looked, strict=True)
            axes.plot(steps, losses, "o", color=colour, markersize=5, markeredgecolor="white")
    axes.set_xlabel("step")
    axes.set_ylabel("loss of a token")
    axes.margins(y=0.08)
    axes.set_ylim(bottom=0)
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
        colour = COLOURS[at % len(COLOURS)]
        axes.plot([0, fmean(values)], [at, at], color=colour, alpha=0.4, linewidth=7)
        axes.plot(values, [at] * len(values), "o", color=colour, markersize=6, label=name)
    axes.set_yticks(range(len(shares)), list(shares))
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    _finish(figure, axes, title, "x", path)


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
