"""Requests per second of the HTTP door on one core, as ratios of the same run.

Absolute figures say as much of the machine as of the code; the ratio to an empty
ASGI application on the same server, uvicorn with httptools and uvloop on the same
core, does not. It reads the body and answers with as many bytes as an AssumeRole has:
no answer of Python behind that server comes faster, so that its ratio to moto is the
ceiling of ours. All requests are signed before the clock starts. Those for AssumeRole are
signed one by one and sent once, because the repeat of one is given the session that
there is already; the report says how many there were.

The load is that of `wrk`, over keep-alive connections, on another core. moto, the
usual stand-in for AWS in tests, answers the same requests on the core of the door:
it checks no signature, asks no policy and stores no session. Its server ends each
connection with its answer, so that `wrk` makes a new one for the next.

Two ratios stand beside each other: that of the rates, and that of the CPU time which
the servers take for a request. On a machine that does something else the first flatters
the slow server, which is the only one that the load keeps busy all the time.

Run by `make bench-http`, on a machine that does nothing else.
"""

from __future__ import annotations

import configparser
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from botocore.credentials import Credentials

from loadtest.bench_servers import EMPTY_HTTP, MOTO, running, script
from loadtest.http_load import CONNECTIONS, ROUND_SECONDS, Caller, Round, load

_ROOT: Final = Path(__file__).resolve().parents[1]
_ROUNDS: Final = 7
_WARM_UP_SECONDS: Final = 1
# So many more are signed than a round has had at most.
_SPARE: Final = 2.0
_FIRST_MINTS: Final = 20_000
EMPTY: Final = "an empty ASGI answer"
GOAL: Final = 10
_IDENTITY: Final = "GetCallerIdentity"
_MINT: Final = "AssumeRole"
_START_SECONDS_MAX: Final = 15.0
_POLL_SECONDS: Final = 0.05


def measure(folder: Path, core: int) -> dict[str, list[Round]]:
    """Measures all servers in turns, and returns the rounds of each line."""
    state = folder / "state"
    directory = shutil.copytree(_ROOT / "examples/securecart/directory", folder / "d")
    daypassd = [
        *(sys.executable, "-m", "daypass", "dev", "--directory", str(directory)),
        *("--state-dir", str(state), "--store", "memory://"),
        *("--grpc-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"),
    ]
    found: dict[str, list[Round]] = {}
    with (
        running(*script(folder, "empty", EMPTY_HTTP), core) as empty,
        running(*script(folder, "moto", MOTO), core) as moto,
        running(daypassd, state / "http.address", core) as ours,
    ):
        caller = Caller(ours.address, _credentials(state / "credentials"))
        other = Caller(moto.address, caller.credentials)
        # moto loads what answers with the first request, which may take seconds.
        other.ask(Action=_IDENTITY)
        most = {"ours": _FIRST_MINTS, "moto": _FIRST_MINTS}
        for turn in range(-1, _ROUNDS):
            seconds = ROUND_SECONDS if turn >= 0 else _WARM_UP_SECONDS
            rounds = {
                EMPTY: load(empty, caller.identities(), seconds=seconds),
                _IDENTITY: load(ours, caller.identities(), seconds=seconds),
                _by_moto(_IDENTITY): load(moto, other.identities(), seconds=seconds),
                _MINT: load(
                    ours, caller.mints(turn, most["ours"]), once=True, seconds=seconds
                ),
                _by_moto(_MINT): load(
                    moto, other.mints(turn, most["moto"]), once=True, seconds=seconds
                ),
            }
            for whose, name in (("ours", _MINT), ("moto", _by_moto(_MINT))):
                wanted = int(rounds[name].per_second * ROUND_SECONDS * _SPARE)
                # The first round may have been a slow one.
                most[whose] = max(wanted, 100 if turn < 0 else most[whose])
            for name, each in rounds.items() if turn >= 0 else ():
                found.setdefault(name, []).append(each)
    return found


def _by_moto(name: str) -> str:
    return f"{name} (moto)"


def _credentials(path: Path) -> Credentials:
    """Returns the keys of the example's developer, once they are written."""
    deadline = time.monotonic() + _START_SECONDS_MAX
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    profiles = configparser.RawConfigParser()
    profiles.read(path)
    found = profiles["dev"]
    return Credentials(found["aws_access_key_id"], found["aws_secret_access_key"])


def main() -> None:
    """Measures and prints the report."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[0]})
    with tempfile.TemporaryDirectory(prefix="daypass-bench-") as folder:
        found = measure(Path(folder), cores[-1])
    sys.stdout.write(
        f"One core for each server, wrk on another, {CONNECTIONS} connections;"
        f" median of {_ROUNDS} rounds of {ROUND_SECONDS} s, ratios round by round.\n\n"
    )
    for name, rounds in found.items():
        rate = statistics.median(each.per_second for each in rounds)
        cpu = statistics.median(each.cpu_microseconds for each in rounds)
        ratio = _ratio(rounds, found[EMPTY])
        sys.stdout.write(
            f"{name:26} {rate:8.0f}/s  {cpu:6.0f} µs of CPU  {ratio:5.2f} of empty"
        )
        by_moto = found.get(_by_moto(_MINT if name == EMPTY else name))
        if by_moto is not None:
            sys.stdout.write(
                f"  {_ratio(rounds, by_moto):5.1f} x moto by rate,"
                f" {_ratio_by_cpu(rounds, by_moto):5.1f} by CPU"
            )
        if name == _MINT:
            distinct = sum(each.distinct for each in rounds)
            sys.stdout.write(f", {distinct} distinct requests")
        sys.stdout.write("\n")
    _say_goal(found)
    if len(cores) == 1:
        sys.stdout.write("\nLoad and server shared the one core of this machine.\n")


def _say_goal(found: dict[str, list[Round]]) -> None:
    """Prints whether the goal is met, and what an empty answer would reach."""
    by_moto = found[_by_moto(_MINT)]
    reached = _ratio(found[_MINT], by_moto)
    sys.stdout.write(
        f"goal: AssumeRole at least {GOAL} x moto by rate:"
        f" {'met' if reached >= GOAL else 'missed'}; an empty answer has"
        f" {_ratio(found[EMPTY], by_moto):.1f},"
        f" by CPU {_ratio_by_cpu(found[EMPTY], by_moto):.0f}\n"
    )


def _ratio(rounds: list[Round], others: list[Round]) -> float:
    """Returns the median of the ratios of rounds that were next to each other."""
    return statistics.median(
        one.per_second / other.per_second
        for one, other in zip(rounds, others, strict=True)
    )


def _ratio_by_cpu(rounds: list[Round], others: list[Round]) -> float:
    """Returns how often the others take the CPU time of these, as a median."""
    return statistics.median(
        other.cpu_microseconds / one.cpu_microseconds
        for one, other in zip(rounds, others, strict=True)
    )


if __name__ == "__main__":
    main()
