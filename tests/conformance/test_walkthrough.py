"""The walk-through of the example organisation, typed as it stands."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.development import development_server
from support.running import Command, DaypassServer
from support.walkthrough import Scenario, difference, read_walkthrough, script

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "securecart"
PRELUDE, *SCENARIOS = read_walkthrough(EXAMPLE / "README.md")
# The scenarios of the design that need no person at a browser.
PROMISED = {
    "Cross-account access",
    "Third-party auditor",
    "Service to service",
    "A pipeline and a mobile app",
    "SAML",
    "Role chaining",
    "Federation token for a customer",
    "Groups and boundaries",
    "A second factor",
    "A token for a service outside",
    "Letting another account act",
    "Token exchange",
}
# Short of the time limit of a test, so that the reason is told.
SCENARIO_SECONDS_MAX = 100.0


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaypassServer]:
    """Yields a development server on a copy of the example, in a folder like ours."""
    folder = tmp_path_factory.mktemp("walkthrough")
    shutil.copytree(EXAMPLE, folder / "examples" / "securecart")
    with development_server(folder) as server:
        yield server


def test_promised_scenarios_are_there() -> None:
    """The page has a section for each scenario that it promises, with commands."""
    titles = {scenario.title for scenario in SCENARIOS if scenario.steps}

    assert PROMISED <= titles
    assert PRELUDE.steps


def test_secrets_are_not_shown() -> None:
    """The page shows no access key id, no token and no secret of anybody."""
    shown = "".join(
        step.shown or "" for scenario in SCENARIOS for step in scenario.steps
    )

    assert not re.search(r"A[SK]IA[A-Z2-7]{16}|eyJ|[A-Za-z0-9/+]{40}(?![:/])", shown)


# NOTE: a scenario starts up to ten programs, of which each takes a second or two
# where many tests run at once.
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "scenario", SCENARIOS, ids=[scenario.title for scenario in SCENARIOS]
)
def test_scenario_works(started: DaypassServer, scenario: Scenario) -> None:
    """What the page says to type does what the page shows."""
    folder = started.folder

    command = Command(started, SCENARIO_SECONDS_MAX)
    command.program(["bash", "-c", script(PRELUDE, scenario)])

    differences = (
        difference(
            step,
            (folder / f"output.{number}").read_text(encoding="utf-8"),
            int((folder / f"status.{number}").read_text()),
        )
        for number, step in enumerate(scenario.steps)
    )
    assert "" == "\n".join(filter(None, differences))
