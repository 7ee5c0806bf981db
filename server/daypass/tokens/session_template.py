"""Session tokens that differ in little, of which most is written once.

Sessions that are issued for the same reason to the same principal differ in their
access key ids, names, times and places in the revocation log. All other claims, the
header and the packed policies are put together when the first of them is issued.

SPEC: design 6; sts-operations 0.5 and 0.6; decision 0050.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from daypass.core import limits
from daypass.core.quick import quick_init
from daypass.core.revocation import Epoch
from daypass.core.session import Session
from daypass.tokens.jws import TokenSigner
from daypass.tokens.packing import pack, percent_of, too_large
from daypass.tokens.session_claims import ClaimsTemplate


@quick_init
@dataclass(frozen=True, slots=True)
class EncodedSessionToken:
    """A session token.

    Attributes:
        encoded: the token. It is a secret: it goes to its owner and nowhere else.
        size: its length in bytes.
        packed_percent: how full the budget of policies and tags is, from 1; None
            where the session has neither.
    """

    encoded: bytes
    size: int
    packed_percent: int | None

    @property
    def text(self) -> str:
        """The token as text."""
        return self.encoded.decode("ascii")

    @property
    def digest(self) -> bytes:
        """Names what the token says and which key signs it, whatever the signature.

        Some algorithms sign the same text differently each time. It has 32 bytes.
        """
        encoded = self.encoded
        return hashlib.sha256(encoded[: encoded.rindex(b".")]).digest()

    def __repr__(self) -> str:
        """Shows the size, and nothing of the token."""
        return f"EncodedSessionToken(size={self.size})"


class SessionTokenTemplate:
    """Signs sessions that are like one session.

    Args:
        session: what they are like; what `sign` takes is not looked at.
        ring_id: the deployment, which the tokens name as their issuer.
        signer: signs them.
        percent_min: how full the budget of policies and tags is said to be where
            there are neither.

    Raises:
        PackedPolicyTooLargeError: policies and tags pass their budget.
    """

    __slots__ = ("_claims", "_percent", "_session", "_signer")

    def __init__(
        self,
        session: Session,
        *,
        ring_id: str,
        signer: TokenSigner,
        percent_min: int | None,
    ) -> None:
        packed = pack(session)
        self._session = session
        self._claims = ClaimsTemplate.of(
            session, ring_id=ring_id, packed=packed.text if packed else None
        )
        self._signer = signer
        self._percent = packed.percent if packed else percent_min

    def sign(
        self,
        access_key_id: str,
        session_name: str,
        *,
        issued_at: int,
        expires_at: int,
        epoch: Epoch,
    ) -> EncodedSessionToken:
        """Signs one session; its times are in seconds since 1970.

        Raises:
            PackedPolicyTooLargeError: the whole token passes its limit.
        """
        claims = self._claims.fill(
            access_key_id,
            session_name,
            issued_at=issued_at,
            expires_at=expires_at,
            epoch=epoch,
        )
        encoded = self._signer.sign(claims)
        size = len(encoded)
        if size > limits.SESSION_TOKEN_BYTES_MAX:
            percent = percent_of(size, limits.SESSION_TOKEN_BYTES_MAX)
            raise too_large(self._session, percent)
        return EncodedSessionToken(encoded, size, self._percent)
