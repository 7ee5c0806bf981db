"""What operators see of the keys of identity providers.

Attacks O10, O15 and O27; detail 52.
"""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest

from daypass.federation.oidc.jwk_set import JwkSet, parse_jwk_set
from daypass.observe_providers import KeySetObserver
from daypass.telemetry import names
from daypass.telemetry.logs import set_up_logging
from daypass.telemetry.metrics_export import build_metrics
from daypass.telemetry.otlp import ServiceIdentity
from support.metrics import KeptMetrics
from support.oidc_issuer import ISSUER, jwk, key_set_text
from support.world import START, ManualClock

SPAN = timedelta(milliseconds=40)
KEYS = parse_jwk_set(key_set_text(jwk("ES256")))


class Watched:
    """The observer, with everything that it says."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self._stream = io.StringIO()
        self._logging = set_up_logging(
            level="debug", log_format="json", stream=self._stream, clock=self.clock
        )
        self._reader = KeptMetrics()
        metrics = build_metrics(
            ServiceIdentity("daypassd", "0", "worker-1"),
            endpoint=None,
            readers=(self._reader,),
        )
        self.observer = KeySetObserver(metrics=metrics, clock=self.clock)

    def fetched(self, key_set: JwkSet = KEYS) -> None:
        """Tells of a set that was fetched."""
        self.observer.key_set_fetched(ISSUER, key_set, SPAN)

    def failed(self, reason: str = "too_slow", issuer: str = ISSUER) -> None:
        """Tells of a fetch that failed."""
        self.observer.key_set_failed(issuer, reason, SPAN)

    def lines(self) -> list[dict[str, Any]]:
        """Ends the log and returns its events, without their times."""
        self._logging.close()
        events = [json.loads(line) for line in self._stream.getvalue().splitlines()]
        return [{**event, "time": None} for event in events]

    def points(self, metric: str) -> list[tuple[dict[str, Any], Any]]:
        """Returns attributes and points of a metric."""
        data = self._reader.get_metrics_data()
        return [
            (dict(point.attributes or {}), point)
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for found in scope.metrics
            if found.name == metric
            for point in found.data.data_points
        ]


@pytest.fixture
def watched() -> Watched:
    """Returns an observer that nothing has been told yet."""
    return Watched()


def test_good_fetches_are_silent(watched: Watched) -> None:
    """A provider that answers is counted and timed, and is no line of the log."""
    watched.fetched()
    watched.fetched()

    ((where, point),) = watched.points(names.KEY_SET_FETCHES)
    assert {names.ISSUER: ISSUER, names.OUTCOME: "ok"} == where
    assert (2, pytest.approx(0.08)) == (point.count, point.sum)
    assert [] == watched.lines()


def test_failure_is_one_line(watched: Watched) -> None:
    """A provider that goes on failing is one line of the log, and counted each time."""
    watched.fetched()
    watched.clock.advance(timedelta(hours=1))
    for _ in range(3):
        watched.failed()

    counts = {
        where[names.OUTCOME]: point.count
        for where, point in watched.points(names.KEY_SET_FETCHES)
    }
    ((_, age),) = watched.points(names.KEY_SET_AGE)
    (line,) = watched.lines()
    assert {"ok": 1, "too_slow": 3} == counts
    assert 3_600 == age.value
    assert "error" == line["level"]
    assert (ISSUER, "too_slow") == (line["issuer"], line["reason"])
    assert (START + timedelta(hours=24)).isoformat() == line["usable_until"]


def test_another_reason_is_another_line(watched: Watched) -> None:
    """A provider that fails in another way is said to, and so is its return."""
    watched.failed()
    watched.failed("certificate_not_trusted")
    watched.fetched()
    watched.fetched()
    watched.failed()

    lines = watched.lines()
    assert [
        ("keys of an identity provider cannot be fetched", "too_slow"),
        (
            "keys of an identity provider cannot be fetched",
            "certificate_not_trusted",
        ),
        ("identity provider answers again", None),
        ("keys of an identity provider cannot be fetched", "too_slow"),
    ] == [(line["event"], line.get("reason")) for line in lines]
    assert lines[0]["usable_until"] is None


def test_ignored_keys_are_named(watched: Watched) -> None:
    """A key that cannot be used is named by its place and the reason."""
    watched.fetched(parse_jwk_set(key_set_text(jwk("ES256"), jwk("RS256", use="enc"))))

    (line,) = watched.lines()
    assert (1, "use_not_signing") == (line["position"], line["reason"])


def test_issuers_are_bounded(watched: Watched) -> None:
    """However many issuers there are, a metric has a bounded number of them (L08)."""
    for number in range(1_000):
        watched.failed(issuer=f"https://{number}.example")

    issuers = {
        where[names.ISSUER] for where, _ in watched.points(names.KEY_SET_FETCHES)
    }
    assert names.OTHER in issuers
    assert 1_000 > len(issuers)
