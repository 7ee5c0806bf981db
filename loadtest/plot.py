"""Plots as inline SVG: lines over two axes, with a legend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_WIDTH: Final = 480
_HEIGHT: Final = 260
_LEFT: Final = 60
_TOP: Final = 16
_BOTTOM: Final = 44
_TICKS: Final = 5
_LETTER: Final = 6.5
# From the frame to the names of lines, with the stroke between.
_TO_NAME: Final = 36
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


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where values are on the picture: the edges in values, and the width."""

    first: float
    last: float
    bottom: float
    top: float
    wide: float
    logarithmic: bool

    @property
    def high(self) -> float:
        """How high the inner picture is."""
        return _HEIGHT - _TOP - _BOTTOM

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Returns where a point is; what is below the bottom stands on it."""
        if self.logarithmic:
            span = math.log10(self.top / self.bottom)
            share = math.log10(max(y, self.bottom) / self.bottom) / span
        else:
            share = (y - self.bottom) / (self.top - self.bottom)
        across = (x - self.first) / (self.last - self.first)
        return _LEFT + across * self.wide, _TOP + (1 - share) * self.high

    def marks(self) -> list[float]:
        """Returns the values that are marked on the axis beside."""
        if not self.logarithmic:
            return [self.top * number / _TICKS for number in range(_TICKS + 1)]
        lowest = math.floor(math.log10(self.bottom))
        highest = math.ceil(math.log10(self.top))
        found = [
            step * 10.0**power
            for power in range(lowest, highest + 1)
            for step in (1, 2, 5)
        ]
        marks = [each for each in found if self.bottom <= each <= self.top]
        # Where there are many decades, each has one mark.
        return marks if len(marks) <= 2 * _TICKS else marks[::3]


def line_plot(
    lines: Sequence[Line],
    *,
    below: str,
    beside: str,
    ticks: Sequence[Tick] = (),
    logarithmic: bool = False,
) -> str:
    """Returns a plot.

    Args:
        lines: what is shown.
        below: the name of the axis below.
        beside: the name of the axis beside.
        ticks: marks on the axis below; none for round numbers.
        logarithmic: whether equal steps beside are equal factors; the axis begins at
            zero otherwise.
    """
    drawn = [line for line in lines if line.points]
    if not drawn:
        return "<p>There is nothing to show.</p>"
    frame = _frame_of(drawn, logarithmic=logarithmic)
    names = max(len(line.name) for line in drawn) * _LETTER + _TO_NAME
    width = _LEFT + frame.wide + names
    parts = [f'<svg viewBox="0 0 {width:.0f} {_HEIGHT}" role="img">']
    for value in frame.marks():
        _, y = frame.place(frame.first, value)
        parts.append(
            f'<path class="grid" d="M{_LEFT} {y:.1f}h{frame.wide}"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" class="end">{value:,.6g}</text>'
        )
    for tick in ticks or _round_ticks(frame.first, frame.last):
        x, _ = frame.place(tick.at, frame.bottom)
        parts.append(
            f'<path class="grid" d="M{x:.1f} {_TOP}v{frame.high}"/>'
            f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 16}" class="middle">'
            f"{escape(tick.text)}</text>"
        )
    for number, line in enumerate(drawn):
        places = [frame.place(x, y) for x, y in line.points]
        parts += _line(line, number, places, _LEFT + frame.wide)
    parts.append(
        f'<text x="{_LEFT + frame.wide / 2}" y="{_HEIGHT - 6}" class="middle">'
        f"{escape(below)}</text>"
        f'<text transform="translate(12 {_TOP + frame.high / 2}) rotate(-90)"'
        f' class="middle">{escape(beside)}</text></svg>'
    )
    return "".join(parts)


def _frame_of(lines: Sequence[Line], *, logarithmic: bool) -> _Frame:
    across = [x for line in lines for x, _ in line.points]
    upward = [y for line in lines for _, y in line.points]
    first, last = min(across), max(across)
    top = round_up(max(upward))
    above_zero = [y for y in upward if y > 0]
    bottom = round_down(min(above_zero)) if logarithmic and above_zero else 0.0
    return _Frame(
        first=first,
        last=last if last > first else first + 1,
        bottom=bottom,
        top=top if top > bottom else bottom * 10,
        wide=_WIDTH - _LEFT - _LEFT,
        logarithmic=bottom > 0,
    )


def round_down(value: float) -> float:
    """Returns a round number that is not above a value, which is above zero."""
    power = 10.0 ** math.floor(math.log10(value))
    return max(step * power for step in (1, 2, 5) if step * power <= value)


def round_up(value: float) -> float:
    """Returns a round number that is not below a value; 1 for nothing."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value)


def _line(
    line: Line, number: int, places: list[tuple[float, float]], edge: float
) -> list[str]:
    colour = _COLOURS[number % len(_COLOURS)]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    # A line of one point would not be seen.
    dots = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
        for x, y in (places if len(places) == 1 else ())
    ]
    x, y = edge + 8, _TOP + 10 + number * 18
    return [
        *dots,
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>',
        f'<path d="M{x} {y}h16" stroke="{colour}" stroke-width="3"/>',
        f'<text x="{x + 20}" y="{y + 4}">{escape(line.name)}</text>',
    ]


def _round_ticks(first: float, last: float) -> list[Tick]:
    step = round_up((last - first) / _TICKS)
    number = math.ceil(first / step)
    ticks = []
    while number * step <= last:
        ticks.append(Tick(number * step, f"{number * step:g}"))
        number += 1
    return ticks
