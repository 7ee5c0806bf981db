"""Drives a Daypass server with load, and holds what it finds against budgets.

Owns the schedule of arrivals, the generators, the servers that are measured beside
Daypass, the statistics, the budgets and the reports. Leans on the Python client for
signing and reading. It judges ratios of one run alone, because absolute figures say
as much of the machine as of the code. The programs `*_bench.py` beside it stand by
themselves.

Run by `make loadtest`, or `python -m loadtest`.
"""
