"""Session tokens that differ in little, of which most is written once.

Sessions that are issued for the same reason to the same principal differ in their
access key ids, names, times and places in the revocation log. All other claims, the
header and the packed policies are put together when the first of them is issued.

SPEC: design 6; sts-operations 0.5 and 0.6; decision 0050.
"""

from __future__ import annotations

from daypass.core import limits
from daypass.core.revocation import Epoch
from daypass.core.session import Session
from daypass.tokens.jws import TokenSigner
from daypass.tokens.packing import pack, percent_of, too_large
from daypass.tokens.session_claims import ClaimsTemplate


class SessionTokenTemplate:
    """Signs sessions that are like one session.

    Args:
        session: what they are like; what `sign` takes is not looked at.
        ring_id: the deployment, which the tokens name as their issuer.
        signer: signs them.
        percent_min: how full the budget of policies and tags is said to be where
            there are neither.

    Attributes:
        packed_percent: how full the budget of policies and tags is, from 1; None
            where the sessions have neither.

    Raises:
        PackedPolicyTooLargeError: policies and tags pass their budget.
    """

    __slots__ = ("_claims", "_session", "_signer", "packed_percent")

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
        self.packed_percent = packed.percent if packed else percent_min

    def sign(
        self,
        access_key_id: str,
        session_name: str,
        *,
        issued_at: int,
        expires_at: int,
        epoch: Epoch,
    ) -> bytes:
        """Signs one session; its times are in seconds since 1970.

        Returns:
            The token, in ASCII. It is a secret: it goes to its owner and nowhere else.

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
        token = self._signer.sign(claims)
        size = len(token)
        if size > limits.SESSION_TOKEN_BYTES_MAX:
            percent = percent_of(size, limits.SESSION_TOKEN_BYTES_MAX)
            raise too_large(self._session, percent)
        return token
