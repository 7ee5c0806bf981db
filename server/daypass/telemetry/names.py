"""The names of log fields, metrics and attributes, in one place.

Names of RPC metrics and attributes are those of the OpenTelemetry semantic
conventions for RPC. Attributes have few values each: none is made of what a
caller sends.
"""

from __future__ import annotations

from typing import Final

# --- Log fields -----------------------------------------------------------------

TIME: Final = "time"
LEVEL: Final = "level"
EVENT: Final = "event"
LOGGER: Final = "logger"
EXCEPTION: Final = "exception"
REQUEST_ID: Final = "request_id"
DECISION_ID: Final = "decision_id"
METHOD: Final = "method"
CALLER: Final = "caller"
CODE: Final = "code"
REASON: Final = "reason"
DETAIL: Final = "detail"
DROPPED: Final = "dropped_lines"

# Fields that would hold a secret. Their values are never written; a field whose
# name ends like one of these, after an underscore, is treated in the same way.
SECRET_FIELDS: Final = frozenset(
    {
        "access_token",
        "assertion",
        "authorization",
        "bearer",
        "client_secret",
        "cookie",
        "credential",
        "credentials",
        "id_token",
        "master_key",
        "mfa_code",
        "passphrase",
        "password",
        "private_key",
        "refresh_token",
        "saml_assertion",
        "secret",
        "secret_access_key",
        "secret_key",
        "security_token",
        "seed",
        "session_token",
        "signature",
        "signing_key",
        "token",
        "token_code",
        "web_identity_token",
    }
)

# --- Metrics --------------------------------------------------------------------

# Who measures and who makes spans, as readers of either are told.
SCOPE: Final = "daypass"
RPC_DURATION: Final = "rpc.server.call.duration"
HTTP_DURATION: Final = "http.server.request.duration"
MINTS: Final = "daypass.mints"
VERIFICATIONS: Final = "daypass.verifications"
STORE_DURATION: Final = "daypass.store.duration"
AUDIT_DURATION: Final = "daypass.audit.duration"
KEY_SET_FETCHES: Final = "daypass.provider.fetch.duration"
KEY_SET_AGE: Final = "daypass.provider.keys.age"
REVOCATION_STALENESS: Final = "daypass.revocation.staleness"
DIRECTORY_GENERATION: Final = "daypass.directory.generation"
KEYRING_AGE: Final = "daypass.keyring.age"
STORE_CLOCK_DIFFERENCE: Final = "daypass.store.clock.difference"

# --- Attributes of metrics and spans --------------------------------------------

RPC_SYSTEM: Final = "rpc.system.name"
RPC_METHOD: Final = "rpc.method"
RPC_STATUS: Final = "rpc.response.status_code"
HTTP_METHOD: Final = "http.request.method"
HTTP_ROUTE: Final = "http.route"
HTTP_STATUS: Final = "http.response.status_code"
ERROR_TYPE: Final = "error.type"
OPERATION: Final = "daypass.operation"
OUTCOME: Final = "daypass.outcome"
ISSUER: Final = "daypass.issuer"
GRPC: Final = "grpc"
# Stands for values beyond the bound of an attribute.
OTHER: Final = "other"
