"""The load test against servers that really run."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from loadtest import budgets, measure, store_bench
from loadtest.bench import Pace
from loadtest.calls import Call, wrong_answers
from loadtest.processes import (
    ENGINES,
    ROOT,
    Cores,
    StartError,
    cpu_seconds,
    daypass_server,
    engine_flags,
    help_text,
    redis_server,
)
from loadtest.results import Results
from loadtest.run import perform
from loadtest.staging import Order

from daypass.api.keyring.v1.keyring_service_pb2 import GetKeySetRequest
from daypass.api.keyring.v1.keyring_service_pb2_grpc import KeyringServiceStub

# Servers start one after the other, on a machine that may be busy.
pytestmark = pytest.mark.timeout(300)

BRIEF = Pace(
    rounds=1,
    window=0.05,
    warm_up=0.0,
    open_window=0.2,
    burst=8,
    in_flight=4,
    connections=2,
    searches=False,
)
SCENARIOS = (
    *measure.CLOSED,
    *("refresh_storm", "web_identity", "revocation"),
)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Returns what a brief run of almost all scenarios found."""
    log = tmp_path_factory.mktemp("load") / "log"
    with log.open("w", encoding="utf-8") as lines:
        return perform(
            Order(BRIEF, SCENARIOS, seed=3), lambda line: print(line, file=lines)
        )


def test_all_was_measured(found: Results) -> None:
    """Every scenario and every baseline was run, and each took CPU time."""
    names = {each.name for each in found.capacities}

    assert names == {
        *("raw_sign", "raw_verify", "empty", "empty_again", "empty_verify"),
        *measure.CLOSED,
    }
    assert all(rate > 0 for each in found.capacities for rate in each.per_cpu_second)
    assert found.figures["redis_sets_a_second"] > 0


def test_no_call_was_lost(found: Results) -> None:
    """Every call of every open loop was answered, and rightly."""
    assert {"mint", "verify_seen", "mixed"} <= {each.name for each in found.windows}
    assert [] == [each for each in found.windows if each.lost or not each.answered]
    assert 0 == sum(sum(each.lost) for each in found.capacities)


def test_revoked_sessions_were_refused(found: Results) -> None:
    """Sessions that are revoked under load are refused at once."""
    (window,) = [each for each in found.windows if each.name == "revocation"]

    assert (5, 0) == (window.notes["revoked"], window.notes["accepted after"])


def test_one_round_is_no_verdict(found: Results) -> None:
    """A run of one round has no verdict."""
    assert found.why_not_judged() is not None


def test_wrong_answers_are_counted() -> None:
    """An answer that is not the one asked for is no success."""
    call = Call("/a.B/C", b"", None, lambda data: data == b"right")

    assert 2 == wrong_answers([call] * 3, [b"right", b"wrong", b""])


@pytest.mark.parametrize("engine", ["cq", "warp"])
def test_unknown_engine_refused(engine: str) -> None:
    """A server that has one engine is asked for no other."""
    with pytest.raises(StartError, match=f"no engine {engine}"):
        engine_flags(engine, "--grpc-listen --store")


def test_engine_is_chosen() -> None:
    """A server that has a choice is told it, the first engine too."""
    assert () == engine_flags("aio", "--grpc-listen --store")
    assert ("--engine", "aio") == engine_flags("aio", "--engine [aio|cq]")
    assert ("--engine", "cq") == engine_flags("cq", "--engine [aio|cq]")


def test_daypassd_tells_its_flags() -> None:
    """The server's own help is what the choice is read from."""
    assert "--grpc-listen" in help_text()


def test_nothing_stays_behind() -> None:
    """A run that is told to end takes all that it started with it."""
    words = [sys.executable, "-m", "loadtest", "--quick", "--only", "mint"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, cwd=ROOT, text=True) as run:
        assert run.stderr is not None
        # The first round is over: servers, Redis and generators are there.
        assert any(line.startswith("round 1 ") for line in run.stderr)
        started = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()

        run.terminate()

        assert 128 + signal.SIGTERM == run.wait(60)
    # Daypass on each of two engines with a Redis of its own, one for plain writes, two
    # empty servers, and two generators.
    assert 9 == len(started)
    assert [] == [each for each in started if Path(f"/proc/{each}").exists()]


@pytest.mark.parametrize("engine", ENGINES)
def test_slowed_server_is_slower(engine: str, tmp_path: Path) -> None:
    """What is made slower to try a comparison burns what it is told, on each engine."""
    cores = Cores.of_machine()
    with (
        redis_server(tmp_path, cores.load) as port,
        daypass_server(
            tmp_path, cores.server, port, ("--engine", engine), burnt=100_000
        ) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        keyring = KeyringServiceStub(channel)
        keyring.GetKeySet(GetKeySetRequest())
        before = cpu_seconds(server.process_id)

        for _ in range(5):
            keyring.GetKeySet(GetKeySetRequest())

        assert cpu_seconds(server.process_id) - before >= 0.5


def test_store_is_measured() -> None:
    """What a session costs in Redis is measured, and is what there is a budget for."""
    asked = {
        each.scenario for each in budgets.load() if each.scenario.startswith("store_")
    }

    figures = asyncio.run(store_bench.budgeted(10_000))

    # Of ten sessions a role, profiles and the heads of indexes are a quarter.
    assert asked == set(figures)
    assert 2_200 < figures["store_sessions_a_mebibyte"] < 4_000
    assert figures["store_adds_a_cpu_second"] > 1_000
