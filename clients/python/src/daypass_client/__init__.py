"""The Python client of Daypass: temporary credentials over gRPC.

Owns a blocking and an awaiting client, the signing of calls, profiles, and the
command `daypass`. Leans on the generated stubs, which are private, and on nothing
of the server. It does not serve credentials to other programs. The verifier is in
`verifier`, which is imported by itself: it loads the cryptography.

What is public is named below; `errors`, `values`, `sts_values`, `exchange_values`,
`key_values`, `streams`, `access` and `explanations` hold the other types that these
take, raise and answer.
"""

from daypass_client.async_client import AsyncDaypassClient
from daypass_client.async_refreshing import AsyncRefreshingCredentials
from daypass_client.client import DaypassClient
from daypass_client.credentials import Credentials
from daypass_client.endpoint import Endpoint
from daypass_client.errors import (
    ConfigurationError,
    DaypassError,
    RejectedError,
    UnavailableError,
)
from daypass_client.profiles.load import load_profile
from daypass_client.profiles.profile import Profile
from daypass_client.refreshing import RefreshingCredentials
from daypass_client.values import RoleRequest

__all__ = [
    "AsyncDaypassClient",
    "AsyncRefreshingCredentials",
    "ConfigurationError",
    "Credentials",
    "DaypassClient",
    "DaypassError",
    "Endpoint",
    "Profile",
    "RefreshingCredentials",
    "RejectedError",
    "RoleRequest",
    "UnavailableError",
    "load_profile",
]
