"""A verifier of the client beside the ring that signs its tokens, without a network."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest

from daypass.core.outbound_limits import IDENTITY_TOKEN_SECONDS_DEFAULT
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.key import VerifyingKey
from daypass.keyring.ring import Ring
from daypass.tokens.identity_token import IdentityClaims, sign_identity_token
from daypass.tokens.session_token import SessionTokenCodec
from daypass_client.errors import TokenRejectedError
from daypass_client.key_values import RevocationEntry, RevocationNews
from daypass_client.values import KeySet, PublicKey
from daypass_client.verifier import SessionClaims
from daypass_client.verifier.judge import Judge
from daypass_client.verifier.key_ring import KeyRing
from daypass_client.verifier.revocations import Revocations
from support.forge import role_session
from support.world import START, ManualClock

LOG = "log-1"
AGE_MAX = timedelta(seconds=10)
KEPT = timedelta(minutes=5)
ACCOUNT_ISSUER = "https://daypass.example/outbound/123456789012"
US = "https://images.example"
MEMBERS = ("kid", "kty", "alg", "use", "crv", "x", "y", "n", "e")


def public_key(key: VerifyingKey, **changes: str) -> PublicKey:
    """Returns a key as the client has it."""
    members = {**dict.fromkeys(MEMBERS, ""), **key.jwk(), **changes}
    return PublicKey(**members)


def key_set(ring: Ring) -> KeySet:
    """Returns the key set of a ring."""
    return KeySet(tuple(map(public_key, ring.published_keys)), KEPT)


def entry(sequence: int, scope: str, subject: str) -> RevocationEntry:
    """Returns a revocation that is kept for two days."""
    return RevocationEntry(sequence, scope, subject, START + timedelta(days=2))


class OfflineWorld:
    """A ring, what is known of it, and the judge of the client.

    Args:
        ring: signs tokens.
        ring_id: the only deployment that is taken; None for any.
        revocations: whether they are followed.
        unsafe: whether their lack does not matter.
        tolerance: how far the clock of a server may be ahead.
    """

    def __init__(
        self,
        ring: Ring,
        *,
        ring_id: str | None = None,
        revocations: bool = True,
        unsafe: bool = False,
        tolerance: timedelta = timedelta(seconds=5),
    ) -> None:
        self.ring = ring
        self.clock = ManualClock()
        self.keys = KeyRing(timedelta(hours=1))
        self.keys.take(key_set(ring), read_at=self.clock.monotonic())
        self.revocations = Revocations(AGE_MAX)
        self.judge = Judge(
            keys=self.keys,
            revocations=self.revocations if revocations else None,
            unsafe_without_revocations=unsafe,
            seconds=lambda: self.clock.now().timestamp(),
            monotonic=self.clock.monotonic,
            tolerance=tolerance,
            ring_id=ring_id,
            size_max=8,
        )
        self.hear(7)

    def hear(
        self,
        sequence: int,
        entries: Iterable[RevocationEntry] = (),
        *,
        log_id: str = LOG,
        restart: bool = False,
        complete: bool = True,
        staleness: timedelta = timedelta(0),
    ) -> None:
        """Hears a message of the stream of revocations, just now."""
        self.revocations.take(
            RevocationNews(
                log_id, sequence, restart, tuple(entries), complete, staleness
            ),
            sent_at=self.clock.monotonic(),
            now=self.clock.now(),
        )

    def token(
        self, *, algorithm: Algorithm = Algorithm.EDDSA, **changes: object
    ) -> str:
        """Returns a session token."""
        codec = SessionTokenCodec(algorithm=algorithm)
        return codec.encode(role_session(self.ring, **changes), self.ring).text

    def verify(self, token: str) -> SessionClaims:
        """Returns what a good session token says."""
        return self.judge.session(token).claims

    def verdict(self, token: str) -> str:
        """Returns why a session token is not good, or `good`."""
        try:
            self.judge.session(token)
        except TokenRejectedError as rejection:
            return rejection.reason
        return "good"

    def refused(self, token: str) -> str:
        """Returns why a session token is not good, or fails where it is."""
        with pytest.raises(TokenRejectedError) as caught:
            self.judge.session(token)
        return caught.value.reason


def identity_token(
    ring: Ring,
    *,
    audiences: tuple[str, ...] = (US,),
    issuer: str = ACCOUNT_ISSUER,
    algorithm: Algorithm = Algorithm.ES384,
) -> str:
    """Returns an identity token for some minutes from the start of the world."""
    claims = IdentityClaims(
        token_id="f1d1e1a1-0000-4000-8000-000000000001",
        issuer=issuer,
        audiences=audiences,
        subject="arn:aws:iam::123456789012:role/StorefrontRole",
        issue_time=START,
        expire_time=START + timedelta(seconds=IDENTITY_TOKEN_SECONDS_DEFAULT),
        facts={"aws_account": "123456789012", "principal_tags": {"team": "shop"}},
    )
    return sign_identity_token(claims, ring, algorithm)
