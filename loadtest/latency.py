"""Latencies in an HDR histogram: three digits, from a microsecond to a minute."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hdrh.histogram import HdrHistogram

MICROSECONDS_MAX: Final = 60_000_000
_DIGITS: Final = 3
# Where plots and tables read the distribution.
PERCENTILES: Final = (0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.99, 100)


def percentiles(microseconds: Iterable[int]) -> dict[str, int]:
    """Returns the value at each percentile, in microseconds; empty for no values.

    Raises:
        ValueError: one is beyond what a histogram holds.
    """
    histogram = HdrHistogram(1, MICROSECONDS_MAX, _DIGITS)
    for value in microseconds:
        if not histogram.record_value(max(1, value)):
            raise ValueError(f"{value} µs is beyond the histogram")
    if not histogram.get_total_count():
        return {}
    found = {
        f"{each:g}": int(histogram.get_value_at_percentile(each))
        for each in PERCENTILES
    }
    # The library reads the lowest bucket for 0; the least value is meant.
    found["0"] = int(histogram.get_min_value())
    return found
