"""What a run is to be, and the servers and generators that are started for it."""

from __future__ import annotations

import configparser
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import grpc

from daypass_client.client import DaypassClient
from daypass_client.credentials import Credentials
from daypass_client.endpoint import Endpoint
from daypass_client.profiles.profile import Profile
from loadtest.bench import Bench, Pace, Side
from loadtest.calls import Call, Maker, sizes_of
from loadtest.driver import Driver
from loadtest.processes import (
    Cores,
    Server,
    daypass_server,
    empty_server,
    engine_flags,
    help_text,
    redis_server,
)

_GENERATORS: Final = 2
_CALL_SECONDS_MAX: Final = 30.0


@dataclass(frozen=True, slots=True)
class Target:
    """A server that somebody else has started.

    Attributes:
        address: where it is.
        credentials_file: the file with the keys of `dev` and `verifier`.
    """

    address: str
    credentials_file: Path


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is to be.

    Attributes:
        pace: how long.
        scenarios: which.
        seed: replays it.
        engines: of the servers that are measured, turn by turn.
        flags: further flags of the servers.
        burnt: microseconds of CPU time that each call wastes, to try the harness.
        target: a server to aim at; None starts those of the engines.
    """

    pace: Pace
    scenarios: tuple[str, ...]
    seed: int
    engines: tuple[str, ...] = ("aio",)
    flags: tuple[str, ...] = ()
    burnt: int = 0
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Daypass:
    """A server of Daypass, with what else belongs to it."""

    side: Side
    folder: Path
    keys: dict[str, Credentials] = field(repr=False)

    def client(self, user: str) -> DaypassClient:
        """Returns a client of a user of the example."""
        address = self.side.server.address
        return DaypassClient(
            Profile(endpoint=Endpoint.parse(address), credentials=self.keys[user])
        )


@dataclass(frozen=True, slots=True)
class Stage:
    """What is started for a run."""

    order: Order
    bench: Bench
    cores: Cores
    redis_port: int
    daypasses: tuple[Daypass, ...]


@contextmanager
def staged(order: Order, say: Callable[[str], None]) -> Iterator[Stage]:
    """Starts whatever a run needs, and ends it with the block.

    Raises:
        StartError: a server does not start.
    """
    cores = Cores.of_machine()
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="daypass-load-"))
        )
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {cores.load})
        stack.callback(os.sched_setaffinity, 0, before)
        port = 0
        if order.target is None:
            port = stack.enter_context(redis_server(folder, cores.load))
            daypasses = tuple(
                stack.enter_context(
                    started_daypass(order, engine, folder / engine, cores)
                )
                for engine in order.engines
            )
        else:
            daypasses = (_aimed_at(order.target, order.engines[0], folder),)
        one = stack.enter_context(empty_server(folder, "empty", cores.server))
        other = stack.enter_context(empty_server(folder, "again", cores.server))
        driver = stack.enter_context(Driver.started(_GENERATORS, cores.load, folder))
        first, *others = (each.side for each in daypasses)
        address, maker = first.server.address, first.maker
        bench = Bench(
            driver=driver,
            side=first,
            others=tuple(others),
            empty=(one, other),
            mint_sizes=sizes(address, maker.mint()),
            verify_sizes=sizes(address, maker.verify(maker.mint_sessions(1)[0])),
            pace=order.pace,
            seed=order.seed,
            say=say,
        )
        yield Stage(order, bench, cores, port, daypasses)


@contextmanager
def started_daypass(
    order: Order,
    engine: str,
    folder: Path,
    cores: Cores,
    more: tuple[str, ...] = (),
) -> Iterator[Daypass]:
    """Starts a server with a Redis of its own."""
    folder.mkdir()
    flags = (*engine_flags(engine, help_text()), *order.flags, *more)
    with (
        redis_server(folder, cores.load) as port,
        daypass_server(folder, cores.server, port, flags, order.burnt) as server,
    ):
        keys = read_keys(folder / "state/credentials")
        maker = maker_of(server.address, keys["dev"])
        yield Daypass(Side(engine, server, maker), folder, keys)


def _aimed_at(target: Target, engine: str, folder: Path) -> Daypass:
    keys = read_keys(target.credentials_file)
    server = Server(target.address, 0)
    return Daypass(
        Side(engine, server, maker_of(target.address, keys["dev"])), folder, keys
    )


def read_keys(path: Path) -> dict[str, Credentials]:
    """Returns the keys of the users in a file of credentials."""
    profiles = configparser.RawConfigParser()
    profiles.read_string(path.read_text(encoding="utf-8"))
    return {
        name: Credentials.of(
            profiles[name]["aws_access_key_id"],
            profiles[name]["aws_secret_access_key"],
        )
        for name in profiles.sections()
    }


def maker_of(address: str, keys: Credentials) -> Maker:
    """Returns the maker of the calls of a user."""
    return Maker(address, keys.access_key_id, keys.secret_access_key.reveal())


def sizes(address: str, call: Call) -> tuple[int, int]:
    """Returns how long a call and its answer are, by making it."""
    with grpc.insecure_channel(address) as channel:
        send: grpc.UnaryUnaryMultiCallable[bytes, bytes]
        send = channel.unary_unary(call.method)
        answer = send(call.body, metadata=call.metadata, timeout=_CALL_SECONDS_MAX)
    return sizes_of(call, answer)
