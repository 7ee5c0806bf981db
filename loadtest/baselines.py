"""What there is to compare with: raw signatures, plain writes, and offline checks."""

from __future__ import annotations

import socket
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
_SEEN_ROUNDS: Final = 20


@dataclass(frozen=True, slots=True)
class Raw:
    """Signatures, and checks of them, for each second of CPU time of one thread."""

    signs: float
    verifies: float


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


def offline_rates(client: DaypassClient, tokens: Sequence[str]) -> tuple[float, float]:
    """Returns how many tokens the Python client verifies in a second of CPU time.

    Args:
        client: one that may follow keys and revocations.
        tokens: tokens that no verifier has seen.

    Returns:
        The rate of those not seen before, and of those seen.
    """
    with TokenVerifier(client) as verifier:

        def verify() -> None:
            for token in tokens:
                verifier.verify_session_token(token)

        def verify_again() -> None:
            for _ in range(_SEEN_ROUNDS):
                verify()

        unseen = len(tokens) / _cpu_seconds(verify)
        return unseen, len(tokens) * _SEEN_ROUNDS / _cpu_seconds(verify_again)


def _cpu_seconds(work: Callable[[], None]) -> float:
    begin = time.thread_time()
    work()
    return time.thread_time() - begin
