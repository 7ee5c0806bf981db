"""What there is to compare with: raw signatures, plain writes, and offline checks."""

from __future__ import annotations

import gc
import socket
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from daypass_client.client import DaypassClient
from daypass_client.verifier import TokenVerifier

# As long as the signing input of a session token.
_MESSAGE_BYTES: Final = 500
_SIGNATURES: Final = 1_000
_WRITES: Final = 2_000
_RECORD_BYTES: Final = 300
_OFFLINE_ROUNDS: Final = 5
_SEEN_ROUNDS: Final = 10


@dataclass(frozen=True, slots=True)
class Raw:
    """Signatures, and checks of them, for each second of CPU time of one thread."""

    signs: float
    verifies: float


@dataclass(frozen=True, slots=True)
class Offline:
    """What the verifier of the Python client takes, of one thread.

    Attributes:
        unseen_ratio: tokens that were not seen before, to raw checks in the same time.
        seen_rate: tokens that were, for each second of CPU time.
    """

    unseen_ratio: float
    seen_rate: float


def raw_signatures() -> Raw:
    """Measures Ed25519 with nothing around it."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key()
    message = bytes(_MESSAGE_BYTES)
    signature = key.sign(message)

    def sign() -> None:
        for _ in range(_SIGNATURES):
            key.sign(message)

    def verify() -> None:
        for _ in range(_SIGNATURES):
            public.verify(signature, message)

    return Raw(_SIGNATURES / _cpu_seconds(sign), _SIGNATURES / _cpu_seconds(verify))


def redis_sets(port: int) -> float:
    """Returns how many SET commands a second Redis answers, one after the other."""
    value = b"x" * _RECORD_BYTES
    with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
        begin = time.perf_counter()
        for number in range(_WRITES):
            key = b"load:%08d" % number
            link.sendall(
                b"*5\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n$2\r\nEX\r\n$2\r\n60\r\n"
                % (len(key), key, len(value), value)
            )
            if (reply := link.recv(64)) != b"+OK\r\n":
                raise RuntimeError(f"Redis said {reply!r}")
        return _WRITES / (time.perf_counter() - begin)


def offline(client: DaypassClient, tokens: Sequence[str]) -> Offline:
    """Measures how the Python client verifies tokens.

    Signatures are checked raw in turns with it, because a machine gives now more and
    now less.

    Args:
        client: one that may follow keys and revocations.
        tokens: tokens of the server.
    """
    ratios, rates = [], []
    for _ in range(_OFFLINE_ROUNDS):
        raw = raw_signatures().verifies
        with TokenVerifier(client) as verifier:

            def verify(verifier: TokenVerifier = verifier) -> None:
                for token in tokens:
                    verifier.verify_session_token(token)

            def verify_again() -> None:
                for _ in range(_SEEN_ROUNDS):
                    verify()

            ratios.append(len(tokens) / _cpu_seconds(verify) / raw)
            rates.append(len(tokens) * _SEEN_ROUNDS / _cpu_seconds(verify_again))
    return Offline(statistics.median(ratios), statistics.median(rates))


def _cpu_seconds(work: Callable[[], None]) -> float:
    # What was left by something else is not to be cleared away within it.
    gc.collect()
    begin = time.thread_time()
    work()
    return time.thread_time() - begin
