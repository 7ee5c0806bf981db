"""Who calls an operation over HTTP.

SPEC: sts-operations 3.4 steps 1 to 9, and 3.5.
"""

from __future__ import annotations

from daypass.core.errors import DaypassError
from daypass.sigv4.http_proof import read_http_proof
from daypass.sigv4.http_request import HttpExpectations, HttpRequest
from daypass.sts.audit import Auditor
from daypass.sts.caller import CallContext, Caller
from daypass.sts.prove import SigV4Prover, record_unproven


class HttpAuthenticator:
    """Proves the callers of HTTP requests by signature version 4.

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
        operation: str,
        request: HttpRequest,
        expectations: HttpExpectations,
        *,
        call: CallContext,
    ) -> Caller:
        """Proves the caller of an operation.

        Args:
            operation: its name, for the record of a refusal.
            request: as it was received.
            expectations: what is asked of its signature.
            call: for the record of a refusal.

        Raises:
            RejectedError: there is no proof, or it is not good.
            UnavailableError: this worker cannot tell whether a session was ended.
        """
        proof = None
        try:
            proof = read_http_proof(request, expectations)
            return self._prover.prove(proof, regions=self._regions)
        except DaypassError as error:
            record_unproven(self._auditor, operation, proof, error, call=call)
            raise
