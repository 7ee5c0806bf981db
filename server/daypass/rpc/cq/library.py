"""The one place that touches the parts of grpcio that are not public.

SPEC: speed 6; decision 0042.
"""

from __future__ import annotations

from typing import Any, Final

import grpc
from grpc._cython import cygrpc as _cygrpc  # type: ignore[attr-defined]

# The series with which the tests of the door have passed on this engine.
KNOWN_SERIES: Final = frozenset({(1, 85)})

# NOTE: nothing in it has types, and all its use is in this package.
cygrpc: Final[Any] = _cygrpc


def known(version: str = grpc.__version__) -> bool:
    """Tells whether the engine is known to work with this release of grpcio."""
    try:
        major, minor = map(int, version.split(".")[:2])
    except ValueError:
        return False
    return (major, minor) in KNOWN_SERIES
