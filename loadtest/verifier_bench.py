"""What the offline verifier costs, as a ratio to raw signature checks of the same run.

The goals are that a token which was not seen before costs little more than the check
of its Ed25519 signature (at least 0.9 of its rate), and that of those seen before at
least 500,000 are verified in a second. Both are goals: the program prints what it
finds, with the machine's own rate of signatures, and judges nothing.

Run by `make bench-verifier`, on a machine that does nothing else.
"""

# ruff: noqa: T201, TID251 - a program that prints, with a clock of its own.

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from daypass_client.key_values import RevocationNews
from daypass_client.values import KeySet, PublicKey
from daypass_client.verifier.judge import Judge
from daypass_client.verifier.key_ring import KeyRing
from daypass_client.verifier.revocations import Revocations

_TOKENS: Final = 2_000
_ROUNDS: Final = 7
_REPEATS: Final = 20
_KEPT: Final = timedelta(hours=1)
_LOG: Final = "log-1"


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _token(key: Ed25519PrivateKey, number: int) -> str:
    """Returns a session token as servers write them."""
    issued = int(time.time())
    claims = {
        "ver": 1,
        "iss": "5f0c" * 8,
        "jti": "ASIA" + "Q" * 16,
        "sub": "AROA" + "R" * 17,
        "iat": issued,
        "exp": issued + 3_600,
        "kind": "role",
        "acct": "123456789012",
        "name": f"session-{number}",
        "epoch": [_LOG, 7],
        "dkid": "0123456789abcdef",
        "origin": "AIDA" + "U" * 17,
    }
    header = {"alg": "EdDSA", "kid": "k1", "typ": "daypass-session+jwt"}
    parts = [
        _encode(json.dumps(part, separators=(",", ":")).encode())
        for part in (header, claims)
    ]
    signing_input = ".".join(parts)
    return f"{signing_input}.{_encode(key.sign(signing_input.encode()))}"


def _judge(key: Ed25519PrivateKey) -> Judge:
    """Returns a verifier that knows the key and no revocation."""
    public = _encode(key.public_key().public_bytes_raw())
    jwk = PublicKey("k1", "OKP", "EdDSA", "sig", "Ed25519", public, "", "", "")
    keys, revocations = KeyRing(_KEPT), Revocations(_KEPT)
    keys.take(KeySet((jwk,), _KEPT), read_at=time.monotonic())
    revocations.take(
        RevocationNews(
            _LOG, 9, restart=True, revocations=(), complete=True, staleness=timedelta(0)
        ),
        sent_at=time.monotonic(),
        now=datetime.now(UTC),
    )
    return Judge(
        keys=keys,
        revocations=revocations,
        unsafe_without_revocations=False,
        seconds=time.time,
        monotonic=time.monotonic,
        tolerance=timedelta(seconds=5),
        ring_id=None,
    )


def _seconds(work: Callable[[], None]) -> float:
    """Returns the processor time of some work."""
    gc.collect()
    begin = time.process_time()
    work()
    return time.process_time() - begin


def main() -> int:
    """Measures, and prints what it has found."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key()
    tokens = [_token(key, number) for number in range(_TOKENS)]
    signed = [
        (key.sign(text.encode()), text.encode())
        for text in (token.rpartition(".")[0] for token in tokens)
    ]
    raws, unseens, seens = [], [], []
    for _ in range(_ROUNDS):
        judge = _judge(key)

        def verify_raw() -> None:
            for signature, message in signed:
                public.verify(signature, message)

        def verify_all(judge: Judge = judge) -> None:
            for token in tokens:
                judge.session(token)

        raws.append(_seconds(verify_raw) / _TOKENS)
        unseens.append(_seconds(verify_all) / _TOKENS)
        begin = time.process_time()
        for _ in range(_REPEATS):
            verify_all()
        seens.append((time.process_time() - begin) / _TOKENS / _REPEATS)
    raw, unseen, seen = map(statistics.median, (raws, unseens, seens))
    print(f"raw Ed25519 check   {raw * 1e6:8.2f} us")
    print(f"token not seen      {unseen * 1e6:8.2f} us  ratio {raw / unseen:.2f}")
    print(f"token seen before   {seen * 1e6:8.2f} us  {1 / seen:,.0f} in a second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
