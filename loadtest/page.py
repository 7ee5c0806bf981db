"""The report as one HTML page that needs nothing beside it."""

from __future__ import annotations

import math
from html import escape
from itertools import pairwise
from typing import Final

from loadtest.budgets import Outcome
from loadtest.plot import Line, Tick, line_plot
from loadtest.report import budget_table, engine_table, head, verdict, window_table
from loadtest.results import EMPTY, Results, Window

_STYLE: Final = """
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;
color:#1f2937;background:#fff}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%;font-size:.85rem}td,th{text-align:left;
padding:.3rem .5rem;border-bottom:1px solid #e5e7eb}svg{width:100%;height:auto}
svg text{font:12px system-ui,sans-serif;fill:#374151}.grid{stroke:#e5e7eb}
.middle{text-anchor:middle}.end{text-anchor:end}.plots{display:grid;
grid-template-columns:repeat(auto-fit,minmax(28rem,1fr));gap:1rem}figure{margin:0}
figcaption{font-size:.85rem;font-weight:600}.rounds{max-width:40rem}.verdict{padding:.5rem .8rem;
background:#f3f4f6;border-left:4px solid #1b6ca8}
"""
# Where the axis of percentiles has marks: as many nines as there are.
_MARKS: Final = (0.0, 50.0, 90.0, 99.0, 99.9, 99.99)
_LAST_SHOWN: Final = 99.99


def page(results: Results, outcomes: tuple[Outcome, ...]) -> str:
    """Returns the page of a run."""
    windows = [each for each in results.windows if each.latency]
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>Load test of {escape(results.date)}</title><style>{_STYLE}</style>",
        f"<h1>Load test of {escape(results.date)}</h1>",
        f"<p>{escape(head(results))}</p>",
        f'<p class="verdict">{escape(verdict(results))}</p>',
        "<h2>Budgets</h2>",
        _table(budget_table(outcomes)),
        _table(engine_table(results)),
        *[_section(name, each) for name, each in _groups(windows).items()],
        "<h2>Items for each CPU second, as ratios to the empty call, by round</h2>",
        '<div class="rounds">',
        line_plot(_rounds(results), below="round", beside="ratio"),
        "</div>",
        "<h2>Open loops, in milliseconds</h2>",
        _table(window_table(results.windows)),
        "</html>\n",
    ]
    return "\n".join(parts)


def _groups(windows: list[Window]) -> dict[str, list[Window]]:
    """Returns the windows of each scenario: one plot of all could not be read."""
    groups: dict[str, list[Window]] = {}
    for window in windows:
        groups.setdefault(window.name, []).append(window)
    return groups


def _section(name: str, windows: list[Window]) -> str:
    """Returns the plots of one scenario."""
    plots = {
        "Latency by percentile, from the intended start": line_plot(
            [Line(_load(each), _curve(each)) for each in windows],
            below="percentile",
            beside="milliseconds",
            ticks=[Tick(_nines(mark), f"{mark:g}") for mark in _MARKS],
            logarithmic=True,
        ),
        "Rate over time": line_plot(
            [Line(_load(each), _rates(each)) for each in windows],
            below="seconds",
            beside="answers a second",
        ),
        "CPU of the server": _cpu(windows, of_server=True),
        "CPU of the generators": _cpu(windows, of_server=False),
    }
    figures = "".join(
        f"<figure><figcaption>{title}</figcaption>{plot}</figure>"
        for title, plot in plots.items()
    )
    return f'<h2>{escape(name)}</h2><div class="plots">{figures}</div>'


def _load(window: Window) -> str:
    return f"{window.rate:,.0f}/s" if window.rate else "burst"


def _nines(percentile: float) -> float:
    """Returns where a percentile is on the axis: each nine takes the same room."""
    return -math.log10(1 - min(percentile, _LAST_SHOWN) / 100)


def _curve(window: Window) -> tuple[tuple[float, float], ...]:
    return tuple(
        (_nines(float(key)), value / 1000)
        for key, value in window.latency.items()
        if float(key) <= _LAST_SHOWN
    )


def _rates(window: Window) -> tuple[tuple[float, float], ...]:
    return tuple(
        (after.at, (after.answered - before.answered) / (after.at - before.at))
        for before, after in pairwise(window.samples)
        if after.at > before.at
    )


def _cpu(windows: list[Window], *, of_server: bool) -> str:
    lines = [
        Line(
            _load(each),
            tuple(
                (one.at, one.server_cpu if of_server else one.client_cpu)
                for one in each.samples
            ),
        )
        for each in windows
    ]
    return line_plot(lines, below="seconds", beside="cores")


def _rounds(results: Results) -> list[Line]:
    empty = results.capacity(EMPTY)
    if empty is None:
        return []
    return [
        Line(
            each.name,
            tuple(
                (number + 1.0, one / other)
                for number, (one, other) in enumerate(
                    zip(each.per_cpu_second, empty.per_cpu_second, strict=True)
                )
            ),
        )
        for each in results.capacities
        if not each.name.startswith("raw") and each.name != EMPTY
    ]


def _table(lines: list[str]) -> str:
    """Returns a table of Markdown as one of HTML; nothing for nothing."""
    lines = [line for line in lines if line]
    if not lines:
        return ""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (lines[0], *lines[2:])
    ]
    return (
        "<table>"
        + "".join(
            "<tr>"
            + "".join(f"<{kind}>{escape(cell)}</{kind}>" for cell in row)
            + "</tr>"
            for kind, row in zip(["th", *["td"] * (len(rows) - 1)], rows, strict=True)
        )
        + "</table>"
    )
