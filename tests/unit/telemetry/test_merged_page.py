"""One page of metrics out of several."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from daypass.telemetry.merged_page import merge_pages

PAGE = b"""# HELP a_total Things, {counted}.
# TYPE a_total counter
a_total{of="x y",to="1"} 2.0
# HELP b Age.
# TYPE b gauge
b 0.5
"""
OTHER = b"""# HELP b Age.
# TYPE b gauge
b{} 1.5
# HELP c_seconds Spans.
# TYPE c_seconds histogram
c_seconds_bucket{le="+Inf"} 1.0
c_seconds_count 1.0
c_seconds_sum 0.25
"""


def _samples(page: bytes) -> dict[tuple[str, str, str], float]:
    """Reads a page with the parser of the Prometheus project."""
    return {
        (each.name, each.labels["worker"], each.labels.get("of", "")): each.value
        for family in text_string_to_metric_families(page.decode())
        for each in family.samples
    }


def test_samples_name_their_worker() -> None:
    """Every sample of every worker is there once, with the worker's number."""
    assert {
        ("daypass_worker_up", "0", ""): 1.0,
        ("daypass_worker_up", "1", ""): 1.0,
        ("a_total", "0", "x y"): 2.0,
        ("b", "0", ""): 0.5,
        ("b", "1", ""): 1.5,
        ("c_seconds_bucket", "1", ""): 1.0,
        ("c_seconds_count", "1", ""): 1.0,
        ("c_seconds_sum", "1", ""): 0.25,
    } == _samples(merge_pages([PAGE, OTHER]))


def test_families_stand_together() -> None:
    """A family is described once, before all of its samples."""
    lines = merge_pages([PAGE, PAGE, OTHER]).decode().splitlines()

    first = lines.index("# HELP b Age.")
    assert [
        "# HELP b Age.",
        "# TYPE b gauge",
        'b{worker="0"} 0.5',
        'b{worker="1"} 0.5',
        'b{worker="2"} 1.5',
    ] == lines[first : first + 5]
    assert len(set(lines)) == len(lines)


def test_silent_worker_is_told() -> None:
    """A worker that did not answer is down, and has no sample."""
    samples = _samples(merge_pages([None, OTHER]))

    assert 0.0 == samples["daypass_worker_up", "0", ""]
    assert 1.0 == samples["daypass_worker_up", "1", ""]
    assert 2 == sum(worker == "0" for _, worker, _ in samples) + 1
