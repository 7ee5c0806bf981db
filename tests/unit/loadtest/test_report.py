"""The report in words and as a page."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from loadtest import budgets
from loadtest.budgets import Budget
from loadtest.compare import compare
from loadtest.page import page
from loadtest.plot import Line, Tick, line_plot, round_down, round_up
from loadtest.report import comparison_table, engine_table, markdown

from support.load_results import capacity, results, window

FOUND = results(
    capacity("verify_seen", 2_000.0),
    windows=(window(), window("mixed", lost=3), window("verify_seen", rejected="late")),
    figures={"redis_sets_a_second": 34_640.0},
)
OUTCOMES = budgets.judge(
    FOUND,
    (
        Budget("mint asked", "mint", "empty", "any", 0.5, None),
        Budget("mint held", "mint", "empty", "any", 0.5, 0.3),
        Budget("batch", "mint_batch", "raw_sign", "any", 0.8, None),
    ),
)


class _Elements(HTMLParser):
    """Counts what a page is made of, and keeps where it points."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes an element, and each address that it would load from."""
        self.found.append(tag)
        self.outside += [
            str(value) for name, value in attrs if name in {"src", "href", "action"}
        ]


def _places(drawn: str) -> list[tuple[float, ...]]:
    """Returns where the points of the only line are."""
    path = drawn.partition('fill="none"')[0].rpartition('d="M')[2].partition('"')[0]
    return [tuple(map(float, place.split())) for place in path.split("L")]


def test_budgets_are_told() -> None:
    """Each budget has its line, with what became of it."""
    text = markdown(FOUND, OUTCOMES)

    assert "| mint asked | aio | 0.5 | none | 0.25 | not met |" in text
    assert "| mint held | aio | 0.5 | 0.3 | 0.25 | below the floor |" in text
    assert "| batch | aio | 0.8 | none | – | not measured |" in text


def test_losses_are_told() -> None:
    """Calls that were lost, and windows that say nothing, are in the table."""
    text = markdown(FOUND, OUTCOMES)

    assert "| 3 UNAVAILABLE |" in text
    assert "rejected: late" in text


def test_lag_stands_beside_latency() -> None:
    """How late the generator was is in each line of latencies."""
    assert "| 0.70 | 3.00 | 9.00 | 12.50 | 0.40 |" in markdown(FOUND, OUTCOMES)


def test_unjudged_is_said_first() -> None:
    """A run without a verdict says so before any figure."""
    text = markdown(results(unjudged="of a reason"), ())

    assert text.index("NOT JUDGED: of a reason") < text.index("| Budget")


def test_comparison_names_regressions() -> None:
    """A comparison marks what became slower, and only that."""
    new = results(capacity("verify_seen", 2_000.0), mint=700.0)

    lines = comparison_table(compare(FOUND, new)).splitlines()

    assert [line for line in lines if "REGRESSION" in line] == [
        "| mint | 0.25 | 0.175 | -30.0% | REGRESSION |"
    ]


def test_engines_stand_beside_each_other() -> None:
    """Of two engines each scenario is told as a ratio of pairs of rounds."""
    both = replace(
        results(capacity("mint@cq", 3_000.0)),
        engines=("aio", "cq"),
    )

    assert ["| Scenario | cq ÷ aio |", "|---|---|", "| mint | 3 |", ""] == engine_table(
        both
    )
    assert [] == engine_table(results())
    assert "cq ÷ aio" in page(both, ())


def test_page_stands_alone() -> None:
    """The page loads nothing, and has its plots within."""
    parser = _Elements()
    parser.feed(page(FOUND, OUTCOMES))

    assert [] == parser.outside
    assert "script" not in parser.found
    assert 3 * 4 + 1 == parser.found.count("svg")
    assert 2 == parser.found.count("table")


def test_page_escapes_names() -> None:
    """A name is text, whatever it holds."""
    shown = page(results(windows=(window("<script>x</script>"),)), ())

    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_page_without_windows() -> None:
    """A run without open loops has a page of what there is."""
    assert 1 == page(results(), ()).count("<svg")


def test_scenarios_have_plots_of_their_own() -> None:
    """Each scenario has its section, with a line for each of its rates."""
    shown = page(FOUND, OUTCOMES)

    assert "<h2>mint</h2>" in shown
    assert "<h2>mixed</h2>" in shown
    assert ">500/s</text>" in shown


def test_nothing_to_show() -> None:
    """A plot without points says so."""
    assert "nothing to show" in line_plot([Line("a", ())], below="x", beside="y")


def test_lone_point_is_seen() -> None:
    """A burst may have one point, which no line would show."""
    one = line_plot([Line("a", ((1, 2),))], below="x", beside="y")
    two = line_plot([Line("a", ((1, 2), (2, 2)))], below="x", beside="y")

    assert one.count("<circle") == 1
    assert "<circle" not in two


@pytest.mark.parametrize(
    ("value", "rounded"), [(1, 1), (1.9, 1), (2, 2), (4.9, 2), (50, 50), (0.07, 0.05)]
)
def test_logarithmic_axis_is_round(value: float, rounded: float) -> None:
    """A logarithmic axis begins at the round number below."""
    assert rounded == pytest.approx(round_down(value))


def test_equal_factors_are_equal_steps() -> None:
    """On a logarithmic axis each tenfold is as high as the one before."""
    drawn = line_plot(
        [Line("a", ((0, 1), (1, 10), (2, 100)))],
        below="x",
        beside="y",
        logarithmic=True,
    )

    heights = [y for _, y in _places(drawn)]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.2)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [(0, 1), (-1, 1), (1, 1), (1.01, 2), (2, 2), (2.2, 2.5), (26, 50), (99, 100)],
)
def test_axis_is_round(value: float, rounded: float) -> None:
    """An axis ends at the next round number."""
    assert rounded == round_up(value)


def test_points_stay_within() -> None:
    """Every point of a line is within the frame."""
    drawn = line_plot(
        [Line("a", ((0, 0), (1, 10), (2, 5)))],
        below="x",
        beside="y",
        ticks=[Tick(1, "one")],
    )

    places = _places(drawn)
    assert 3 == len(places)
    assert all(60 <= x <= 420 and 16 <= y <= 216 for x, y in places)
    assert ">one<" in drawn
