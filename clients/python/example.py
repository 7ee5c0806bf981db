"""Verifies the session token that stands on standard input, and assumes a role.

It makes no call for the token, and writes who both are.
"""

# ruff: noqa: INP001, T201 - a program beside the package, which prints.

from __future__ import annotations

import sys

from daypass_client import DaypassClient, RoleRequest, load_profile
from daypass_client.verifier import TokenVerifier

with (
    DaypassClient(load_profile("verifier")) as watcher,
    TokenVerifier(watcher) as verifier,
):
    verified = verifier.verify_session_token(sys.stdin.read().strip())
    print(verified.claims.access_key_id, "good, as of", verified.revocation_view_age)

role = RoleRequest(role_arn="arn:aws:iam::123456789012:role/ReadOnlyRole")
with DaypassClient(load_profile("dev")) as client:
    print(client.assume_role(role).arn)
