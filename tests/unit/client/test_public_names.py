"""What the package shows, and what it does not lean on."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys

import daypass_client
from daypass_client._version import __version__

# A name that is added here is kept until the next major version.
PUBLIC_NAMES = [
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


def test_public_names_are_listed() -> None:
    """The package exports the names of the list and no others."""
    names = daypass_client.__all__

    assert names == PUBLIC_NAMES


def test_server_is_not_imported() -> None:
    """Client and command line load nothing of the server's package."""
    program = (
        "import sys, daypass_client.cli.app\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'daypass'])"
    )

    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "[]"


def test_version_is_distribution_version() -> None:
    """The distribution has the version that the package states."""
    version = importlib.metadata.version("daypass-client")

    assert __version__ == version
