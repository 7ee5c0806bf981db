"""Plots as inline SVG: lines over two axes, with a legend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_WIDTH: Final = 760
_HEIGHT: Final = 300
_LEFT: Final = 64
_RIGHT: Final = 200
_TOP: Final = 16
_BOTTOM: Final = 44
_TICKS: Final = 5
_COLOURS: Final = (
    *("#1b6ca8", "#c2410c", "#15803d", "#7e22ce", "#b91c1c", "#0f766e"),
    *("#a16207", "#4338ca", "#be185d", "#475569"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a plot."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the axis below."""

    at: float
    text: str


def line_plot(
    lines: Sequence[Line], *, below: str, beside: str, ticks: Sequence[Tick] = ()
) -> str:
    """Returns a plot.

    Args:
        lines: what is shown.
        below: the name of the axis below.
        beside: the name of the axis beside, which begins at zero.
        ticks: marks on the axis below; none for round numbers.
    """
    drawn = [line for line in lines if line.points]
    if not drawn:
        return "<p>There is nothing to show.</p>"
    across = [x for line in drawn for x, _ in line.points]
    first, last = min(across), max(across)
    top = round_up(max(y for line in drawn for _, y in line.points))
    if first == last:
        last = first + 1
    inner_width, inner_height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            _LEFT + (x - first) / (last - first) * inner_width,
            _TOP + (1 - y / top) * inner_height,
        )

    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">']
    for number in range(_TICKS + 1):
        value = top * number / _TICKS
        _, y = place(first, value)
        parts.append(
            f'<path class="grid" d="M{_LEFT} {y:.1f}h{inner_width}"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" class="end">{value:,.6g}</text>'
        )
    for tick in ticks or _even_ticks(first, last):
        x, _ = place(tick.at, 0)
        parts.append(
            f'<path class="grid" d="M{x:.1f} {_TOP}v{inner_height}"/>'
            f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 16}" class="middle">'
            f"{escape(tick.text)}</text>"
        )
    for number, line in enumerate(drawn):
        parts += _line(line, number, [place(x, y) for x, y in line.points])
    middle = _TOP + inner_height / 2
    parts.append(
        f'<text x="{_LEFT + inner_width / 2}" y="{_HEIGHT - 6}" class="middle">'
        f"{escape(below)}</text>"
        f'<text transform="translate(12 {middle}) rotate(-90)" class="middle">'
        f"{escape(beside)}</text></svg>"
    )
    return "".join(parts)


def round_up(value: float) -> float:
    """Returns a round number that is not below a value; 1 for nothing."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value)


def _line(line: Line, number: int, places: list[tuple[float, float]]) -> list[str]:
    colour = _COLOURS[number % len(_COLOURS)]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    x, y = _WIDTH - _RIGHT + 14, _TOP + 10 + number * 18
    return [
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        f'<path d="M{x} {y}h16" stroke="{colour}" stroke-width="3"/>',
        f'<text x="{x + 22}" y="{y + 4}">{escape(line.name)}</text>',
    ]


def _even_ticks(first: float, last: float) -> list[Tick]:
    span = last - first
    return [
        Tick(first + span * number / _TICKS, f"{first + span * number / _TICKS:.3g}")
        for number in range(_TICKS + 1)
    ]
