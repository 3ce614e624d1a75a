"""Plots as SVG: pure functions from figures to text. Colours are classes of the page's style sheet.

Whatever is written on a plot is escaped here; nothing on it is ever markup of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 760
LABELS = 190
"""The width that names at the left get, in the units of the drawing."""

BAR, GAP, HEADING = 16, 6, 30
LONGEST_LABEL = 30


@dataclass(frozen=True, slots=True)
class Bar:
    """A share with its interval, from 0 to 1; `place` chooses the colour, `says` stands behind."""

    label: str
    value: float
    low: float
    high: float
    place: int
    says: str


@dataclass(frozen=True, slots=True)
class Loss:
    """So many that went no further, and why."""

    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Stage:
    """What of all got this far, and what was lost on the way to the next stage."""

    label: str
    count: int
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class Dot:
    """A point with its name; `place` chooses the colour, `size` its area."""

    label: str
    x: float
    y: float
    place: int
    size: int


def draw_bars(groups: Sequence[tuple[str, Sequence[Bar]]]) -> str:
    """Draw bars with intervals, a heading over each group."""
    right = WIDTH - 200
    scale = right - LABELS
    parts: list[str] = []
    y = 4.0
    for heading, bars in groups:
        parts.append(_text(0, y + 18, heading, "heading"))
        y += HEADING
        for bar in bars:
            middle = y + BAR / 2
            parts += [
                _rect(LABELS, y, scale, BAR, "track"),
                _rect(LABELS, y, scale * bar.value, BAR, f"fill{bar.place}"),
                _line(LABELS + scale * bar.low, middle, LABELS + scale * bar.high, middle),
                *(
                    _line(LABELS + scale * end, middle - 5, LABELS + scale * end, middle + 5)
                    for end in (bar.low, bar.high)
                ),
                _text(LABELS - 8, middle + 4, _short(bar.label), "end"),
                _text(right + 10, middle + 4, bar.says, "figure"),
            ]
            y += BAR + GAP
        y += 8
    parts += [_text(LABELS + scale * n / 4, y + 8, f"{n / 4:g}", "tick") for n in range(5)]
    return _drawing(y + 14, "Shares with their intervals", parts)


def draw_flow(stages: Sequence[Stage], place: int) -> str:
    """Draw how many got from stage to stage, and what the others ended as."""
    total = max(stages[0].count, 1)
    column, node, full = (WIDTH - 110) / (len(stages) - 1), 14, 150.0
    parts: list[str] = []
    depth = full
    for at, stage in enumerate(stages):
        x, height = 4 + at * column, full * stage.count / total
        parts.append(_rect(x, 26, node, max(height, 1), f"fill{place}"))
        parts.append(_text(x, 14, stage.label, "small"))
        parts.append(_text(x + node + 6, 40, f"{stage.count:,}", "figure"))
        if at + 1 == len(stages):
            break
        passed = full * stages[at + 1].count / total
        parts.append(
            _ribbon(x + node, 26, 26 + passed, x + column, 26, 26 + passed, f"soft{place}")
        )
        top, to = 26 + passed, full + 44.0
        for loss in stage.losses:
            thick = full * loss.count / total
            parts.append(_ribbon(x + node, top, top + thick, x + column * 0.8, to, to + thick))
            parts.append(
                _text(x + column * 0.8 + 4, to + thick / 2 + 4, f"{loss.label} {loss.count:,}")
            )
            top += thick
            to += max(thick, 15) + 4
        depth = max(depth, to)
    return _drawing(depth + 10, "What became of the replies", parts)


def draw_dots(dots: Sequence[Dot], across: str, up: str) -> str:
    """Draw points; `y` goes from 0 to 1, and `x` from 0 on."""
    height, left, bottom, right = 320, 52, 270, WIDTH - 20
    most = _round_up(max((dot.x for dot in dots), default=1.0))
    parts = []
    for quarter in range(5):
        y = bottom - (bottom - 14) * quarter / 4
        x = left + (right - left) * quarter / 4
        parts.append(_line(left, y, right, y, "grid"))
        parts.append(_text(left - 8, y + 4, f"{quarter / 4:g}", "end"))
        parts.append(_text(x, bottom + 18, f"{most * quarter / 4:g}", "tick"))
    for dot in dots:
        x = left + (right - left) * dot.x / most
        y = bottom - (bottom - 14) * dot.y
        radius = min(14.0, 3 + dot.size**0.5 / 2)
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" class="dot{dot.place}">'
            f"<title>{_plain(dot.label)}</title></circle>"
        )
    parts.append(_text((left + right) / 2, bottom + 40, across, "tick"))
    parts.append(f'<text transform="translate(14 {bottom / 2}) rotate(-90)" class="tick">'
                 f"{_plain(up)}</text>")  # fmt: skip
    return _drawing(height, f"{up} against {across}", parts)


def _drawing(height: float, title: str, parts: Sequence[str]) -> str:
    inside = "\n".join(parts)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{_plain(title)}">\n'
        f"{inside}\n</svg>"
    )


def _rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}"'
        f' rx="2" class="{kind}"/>'
    )


def _line(x: float, y: float, to_x: float, to_y: float, kind: str = "whisker") -> str:
    return f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" class="{kind}"/>'


def _text(x: float, y: float, text: str, kind: str = "small") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{_plain(text)}</text>'


def _ribbon(
    x: float, top: float, bottom: float, to_x: float, to_top: float, to_bottom: float,
    kind: str = "lost",
) -> str:  # fmt: skip
    """Draw a band that goes from one height to another."""
    middle = (x + to_x) / 2
    return (
        f'<path class="{kind}" d="M{x:.1f} {top:.1f} C{middle:.1f} {top:.1f} {middle:.1f}'
        f" {to_top:.1f} {to_x:.1f} {to_top:.1f} L{to_x:.1f} {to_bottom:.1f} C{middle:.1f}"
        f' {to_bottom:.1f} {middle:.1f} {bottom:.1f} {x:.1f} {bottom:.1f} Z"/>'
    )


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"


def _plain(text: str) -> str:
    return escape("".join(_visible(text)))


def _visible(text: str) -> Iterator[str]:
    for char in text:
        yield char if char.isprintable() else ascii(char)[1:-1]


def _round_up(value: float) -> float:
    """Return the next number whose quarters read well."""
    scale = 1.0
    while scale * 10 < value:
        scale *= 10
    return next(
        (
            scale * step
            for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 4.8, 6, 8)
            if scale * step >= value
        ),
        scale * 10,
    )
