"""A proof that is checked as the server does it, without looking for its key."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from daypass.sigv4.scope import check_scope, check_time
from daypass.sts.prove import Proof


def check_scope_and_time(proof: Proof, now: datetime, regions: Collection[str]) -> None:
    """Returns when a proof is meant for its service and for now."""
    scope, service = proof.credential.scope, proof.service
    check_scope(scope, proof.timestamp, regions, service=service)
    check_time(proof.signed_at, now, lifetime=proof.lifetime)
