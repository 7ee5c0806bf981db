"""The command: `python -m loadtest`, and `python -m loadtest compare OLD NEW`.

Exit status 0 is for what is good, 1 for a ratio below its floor, a call lost or a
regression, 2 for a run that is not to be judged or could not be made.
"""

from __future__ import annotations

import argparse
import ipaddress
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from secrets import randbelow
from typing import Final

from loadtest import budgets, results
from loadtest.bench import QUICK, Pace
from loadtest.budgets import Verdict
from loadtest.compare import Comparison, compare
from loadtest.driver import GeneratorError
from loadtest.measure import CLOSED
from loadtest.native import CeilingError
from loadtest.page import page
from loadtest.processes import ENGINES, ONLY_ENGINE, StartError
from loadtest.report import comparison_table, markdown
from loadtest.results import Results, ResultsError
from loadtest.run import perform
from loadtest.staging import Order, Target

GOOD: Final = 0
FAILED: Final = 1
NO_VERDICT: Final = 2
SCENARIOS: Final = (
    *CLOSED,
    *("refresh_storm", "web_identity", "revocation", "rotation", "offline", "store"),
)
# What needs a program that `make loadtest` does not install.
_ON_REQUEST: Final = ("ceiling",)
_QUICK_SCENARIOS: Final = ("mint", "verify_seen", "refresh_storm", "revocation")
_SEEDS: Final = 1_000_000


def main(arguments: Sequence[str]) -> int:
    """Does what the arguments say, and returns the exit status."""
    words = list(arguments)
    try:
        if words[:1] == ["compare"]:
            return _compare(words[1:])
        return _run(words)
    except (
        *(StartError, GeneratorError, CeilingError, ResultsError),
        *(OSError, subprocess.TimeoutExpired),
    ) as error:
        sys.stderr.write(f"loadtest: {error}\n")
        return NO_VERDICT


def _compare(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="loadtest compare", description=__doc__)
    parser.add_argument("old", type=Path, help="the results of a run")
    parser.add_argument("new", type=Path, help="those of a later one")
    options = parser.parse_args(words)
    comparison = compare(results.read(options.old), results.read(options.new))
    sys.stdout.write(comparison_table(comparison))
    return comparison_status(comparison)


def comparison_status(comparison: Comparison) -> int:
    """Returns the exit status of a comparison.

    A noisy run can fail for what shows through the noise, and can never pass.
    """
    if comparison.certain:
        return FAILED
    if comparison.unjudged:
        return NO_VERDICT
    return FAILED if comparison.regressions or comparison.missing else GOOD


def _run(words: list[str]) -> int:
    options = _parser().parse_args(words)
    quick = bool(options.quick)
    seed = randbelow(_SEEDS) if options.seed is None else int(options.seed)
    pace = QUICK if quick else Pace(rounds=options.rounds)
    chosen = tuple(options.only) or (_QUICK_SCENARIOS if quick else SCENARIOS)
    target = _target(options)
    order = Order(
        pace, chosen, seed, _engines(options), tuple(options.flag), options.burn, target
    )
    _say(f"seed {seed}")
    found = perform(order, _say)
    folder: Path = options.output
    folder.mkdir(parents=True, exist_ok=True)
    outcomes = budgets.judge(found, budgets.load())
    text = markdown(found, outcomes)
    results.write(found, folder / "results.json")
    (folder / "report.md").write_text(text, encoding="utf-8")
    (folder / "report.html").write_text(page(found, outcomes), encoding="utf-8")
    sys.stdout.write(f"{text}\nWritten to {folder}/\n")
    return run_status(found, outcomes, quick=quick)


def run_status(
    found: Results, outcomes: tuple[budgets.Outcome, ...], *, quick: bool
) -> int:
    """Returns the exit status of a run; a quick one judges no ratio."""
    if any(window.lost for window in found.windows) or any(
        sum(each.lost) for each in found.capacities
    ):
        return FAILED
    if quick:
        return GOOD
    if found.why_not_judged() is not None:
        return NO_VERDICT
    below = any(each.verdict is Verdict.BELOW_FLOOR for each in outcomes)
    return FAILED if below else GOOD


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="loadtest", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="a smoke of seconds, without a verdict")
    add("--rounds", type=int, default=Pace().rounds, help="interleaved rounds")
    add("--seed", type=int, help="repeats order and arrivals")
    add(
        "--only",
        action="append",
        default=[],
        choices=(*SCENARIOS, *_ON_REQUEST),
        help="a scenario",
    )
    add(
        "--engine",
        action="append",
        default=[],
        choices=ENGINES,
        help="which engine serves, if not both; two are measured turn by turn",
    )
    add("--flag", action="append", default=[], help="a further flag of daypassd")
    add("--burn", type=int, default=0, help="microseconds that each call wastes")
    add("--output", type=Path, default=Path(".loadtest"), help="where reports go")
    add("--target", help="HOST:PORT of a server that runs, in place of one started")
    add("--credentials", type=Path, help="the credentials file of that server")
    add("--unsafe-remote", action="store_true", help="the target may be elsewhere")
    return parser


def _engines(options: argparse.Namespace) -> tuple[str, ...]:
    """Returns the engines to measure: both, unless it is said or cannot be chosen."""
    if options.engine:
        return tuple(dict.fromkeys(options.engine))
    return (ONLY_ENGINE,) if options.target is not None else ENGINES


def _target(options: argparse.Namespace) -> Target | None:
    if options.target is None:
        return None
    if options.credentials is None:
        raise StartError("--target needs --credentials")
    if not (options.unsafe_remote or is_loopback(options.target)):
        raise StartError(
            f"{options.target} is not loopback: load on others needs --unsafe-remote"
        )
    return Target(options.target, options.credentials)


def is_loopback(address: str) -> bool:
    """Tells whether HOST:PORT is surely this machine; a name never is."""
    host = address.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
