"""Who calls a gRPC method.

SPEC: sts-operations 3.4 steps 1 to 9, 0.12.
"""

from __future__ import annotations

from collections.abc import Iterable

from daypass.core.errors import DaypassError, MissingAuthenticationTokenError
from daypass.sigv4.grpc_proof import read_proof
from daypass.sts.audit import Auditor
from daypass.sts.caller import CallContext, Caller
from daypass.sts.prove import SigV4Prover, record_unproven


class SigV4Authenticator:
    """Proves the callers of gRPC methods by signature version 4.

    Args:
        prover: finds out whose proof it is.
        regions: the regions that a signature may name; empty means any.
        auditor: records refusals.
    """

    def __init__(
        self, *, prover: SigV4Prover, regions: frozenset[str], auditor: Auditor
    ) -> None:
        self._prover = prover
        self._regions = regions
        self._auditor = auditor

    def authenticate(
        self,
        method: str,
        metadata: Iterable[tuple[str, str | bytes]],
        body: bytes,
        *,
        call: CallContext,
    ) -> Caller:
        """Proves the caller of a gRPC method.

        Args:
            method: the full method, such as `/daypass.api.sts.v1.…/AssumeRole`.
            metadata: as received.
            body: the request message as received; streams sign the empty string.
            call: for the record of a refusal.

        Raises:
            RejectedError: there is no proof, or it is not good.
            UnavailableError: this worker cannot tell whether a session was ended.
        """
        proof = None
        try:
            proof = read_proof(method=method, metadata=metadata, body=body)
            if proof is None:
                raise MissingAuthenticationTokenError("no_proof")
            return self._prover.prove(proof, regions=self._regions)
        except DaypassError as error:
            record_unproven(self._auditor, method, proof, error, call=call)
            raise
