"""What the calls about keys and the two streams take and answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from daypass_client.values import KeySet


class KeyPurpose(StrEnum):
    """What a key of the ring is for."""

    SIGNING = "signing"
    DERIVATION = "derivation"
    SEALING = "sealing"


@dataclass(frozen=True, slots=True)
class RingKey:
    """A key of the ring, without its secret.

    Attributes:
        key_id: its name, which tokens carry as `kid`.
        purpose: what it is for: a value of `KeyPurpose`, or one of a newer server.
        algorithm: of a signing key; otherwise empty.
        state: `prepared`, `active`, `retiring` or `retired`.
        state_time: since when it is in that state.
    """

    key_id: str
    purpose: str
    algorithm: str
    state: str
    state_time: datetime


@dataclass(frozen=True, slots=True)
class RingPage:
    """A page of the keys of the ring; the page token is empty at the end.

    Attributes:
        keys: the keys.
        next_page_token: continues behind this page.
        version: which ring they are of; counts up with every change.
        next_step_time: when the next key changes its state by itself; None where
            that is untold.
    """

    keys: tuple[RingKey, ...]
    next_page_token: str
    version: int
    next_step_time: datetime | None


@dataclass(frozen=True, slots=True)
class KeyRotation:
    """What came of asking for the next key.

    Attributes:
        keys: those that have another state now, or are new; none where it is too
            early.
        ready_time: where it is too early, from when on it is not; otherwise None.
        version: which ring is in force now.
    """

    keys: tuple[RingKey, ...]
    ready_time: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class KeyRevocation:
    """What came of revoking a key.

    Attributes:
        sequence: the number of the revocation.
        effective_everywhere: whether no server takes the key any more.
        known: whether the ring had the key until now.
    """

    sequence: int
    effective_everywhere: bool
    known: bool


@dataclass(frozen=True, slots=True)
class KeySetNews:
    """A message of the stream of key sets: the whole set, and which ring it is of."""

    key_set: KeySet
    version: int


@dataclass(frozen=True, slots=True)
class RevocationEntry:
    """One revocation of the stream.

    Attributes:
        sequence: its number.
        scope: `session`, `principal`, `account`, `key` or `token`. Whoever does not
            know a scope must not go on: it revokes something.
        subject: an access key id, a unique id, an account id, or the name of a key
            or a token.
        keep_time: when it may be forgotten.
    """

    sequence: int
    scope: str
    subject: str
    keep_time: datetime


@dataclass(frozen=True, slots=True)
class RevocationNews:
    """A message of the stream of revocations.

    Attributes:
        log_id: the log; what was issued by another one is to be refused.
        sequence: how far the log is known after this message.
        restart: whether what was known before is to be forgotten.
        revocations: further revocations, in order.
        complete: whether that is all up to `sequence`; another message follows at
            once where it is not.
        staleness: how long before it sent this the server had read the log.
    """

    log_id: str
    sequence: int
    restart: bool
    revocations: tuple[RevocationEntry, ...]
    complete: bool
    staleness: timedelta
