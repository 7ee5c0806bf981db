"""Daypass, a self-hosted Security Token Service.

The package is a pure core with I/O at the edge. `core`, `policy`, `sigv4`,
`tokens`, `keyring` and `directory` decide, parse, sign and verify; they take
bytes and values and touch no socket, file or clock. `sts` holds the use cases,
which await the ports of `core.ports`. `rpc` is the gRPC door, `adapters` are
the real ports, and `app` builds it all.
"""

from daypass._version import __version__

__all__ = ["__version__"]
