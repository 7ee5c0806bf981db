"""The report in words: Markdown tables of a run, and of a comparison."""

from __future__ import annotations

from typing import Final

from loadtest.budgets import Outcome
from loadtest.compare import Comparison
from loadtest.results import EMPTY, EMPTY_AGAIN, Results, Window
from loadtest.statistic import Estimate

# Figures from here on have no digits behind the point.
_PLAIN_BELOW: Final = 1e4


def markdown(results: Results, outcomes: tuple[Outcome, ...]) -> str:
    """Returns the report of a run."""
    same = results.ratio(EMPTY_AGAIN, EMPTY)
    lines = [
        f"# Load test of {results.date}",
        "",
        head(results),
        f"Steady rounds: {len(results.steady())}.",
        f"Two identical servers: {_estimate(same)}.",
        "",
        verdict(results),
        "",
        *budget_table(outcomes),
        "",
        *_capacity_table(results),
        "",
        *engine_table(results),
        *window_table(results.windows),
        "",
        *(f"- {name}: {value:,.4g}" for name, value in results.figures.items()),
        "",
    ]
    return "\n".join(lines)


def head(results: Results) -> str:
    """Returns what was run on what, in a line."""
    engines = " and ".join(results.engines)
    return f"{results.machine}; engine {engines}; seed {results.seed}."


def verdict(results: Results) -> str:
    """Returns whether the run is judged, in a line."""
    why = results.why_not_judged()
    return "This run is judged." if why is None else f"This run is NOT JUDGED: {why}."


def budget_table(outcomes: tuple[Outcome, ...]) -> list[str]:
    """Returns the budgets, with what was measured."""
    lines = [
        "| Budget | Engine | Goal | Floor | Measured | |",
        "|---|---|---|---|---|---|",
    ]
    for outcome in outcomes:
        budget = outcome.budget
        floor = "none" if budget.floor is None else f"{budget.floor:,g}"
        lines.append(
            f"| {budget.name} | {outcome.engine} | {budget.goal:,g} | {floor}"
            f" | {_estimate(outcome.measured)} | {outcome.verdict.value} |"
        )
    return lines


def engine_table(results: Results) -> list[str]:
    """Returns how each further engine does beside the first; nothing for one engine.

    Both were measured in the same rounds, so that a ratio is that of pairs.
    """
    first, *others = results.engines
    lines: list[str] = []
    for engine in others:
        lines += [f"| Scenario | {engine} ÷ {first} |", "|---|---|"]
        for each in results.capacities:
            ratio = results.ratio(results.named(each.name, engine), each.name)
            if ratio is not None:
                lines.append(f"| {each.name} | {_estimate(ratio)} |")
        lines.append("")
    return lines


def window_table(windows: tuple[Window, ...]) -> list[str]:
    """Returns the open loops, in milliseconds from the intended start."""
    lines = [
        "| Open loop | Rate | Answered | Lost | p50 | p99 | p99.9 | max | Lag p99 | |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for each in windows:
        times = [
            f"{each.latency[key] / 1000:.2f}" if each.latency else "–"
            for key in ("50", "99", "99.9", "100")
        ]
        rate = f"{each.rate:,.0f}/s" if each.rate else "burst"
        notes = ", ".join(f"{key}: {value:g}" for key, value in each.notes.items())
        end = f"rejected: {each.rejected}" if each.rejected else notes
        lost = ", ".join(f"{count} {why}" for why, count in each.lost.items()) or "0"
        lag = f"{each.lag.get('99', 0) / 1000:.2f}"
        lines.append(
            f"| {each.name} | {rate} | {each.answered} | {lost}"
            f" | {' | '.join(times)} | {lag} | {end} |"
        )
    return lines


def comparison_table(comparison: Comparison) -> str:
    """Returns the report of a comparison."""
    lines = [
        "| Scenario | Old ÷ empty | New ÷ empty | Change | |",
        "|---|---|---|---|---|",
    ]
    for change in comparison.changes:
        mark = "REGRESSION" if change.is_regression else ""
        lines.append(
            f"| {change.name} | {_estimate(change.old)} | {_estimate(change.new)}"
            f" | {change.factor - 1:+.1%} | {mark} |"
        )
    lines += [f"{name} is missing from the new run" for name in comparison.missing]
    lines += [f"NOT JUDGED: {why}" for why in comparison.unjudged]
    return "\n".join([*lines, ""])


def _capacity_table(results: Results) -> list[str]:
    lines = [
        "| Capacity (medians) | a second | µs of CPU | switches | lost | ÷ empty |",
        "|---|---|---|---|---|---|",
    ]
    for each in results.capacities:
        middle = len(each.per_second) // 2
        rate = sorted(each.per_second)[middle]
        cpu = 1e6 / sorted(each.per_cpu_second)[middle]
        switches = sorted(each.switches)[middle]
        ratio = _estimate(results.ratio(each.name, EMPTY))
        lines.append(
            f"| {each.name} | {rate:,.0f} | {cpu:.1f} | {switches:.2f} | {sum(each.lost)}"
            f" | {ratio} |"
        )
    return lines


def _estimate(value: Estimate | None) -> str:
    if value is None:
        return "–"
    if value.low == value.high:
        plain = value.median < _PLAIN_BELOW
        return f"{value.median:,.3g}" if plain else f"{value.median:,.0f}"
    return f"{value.median:.3g} ({value.low:.3g}–{value.high:.3g})"
