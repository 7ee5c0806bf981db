"""The published key set: RFC 7517, public members only."""

from __future__ import annotations

from daypass.keyring.ring import Ring


def jwks(ring: Ring) -> dict[str, list[dict[str, str]]]:
    """Returns the JWK Set of all keys that are not retired, in the ring's order.

    Each key has `kty`, `kid`, `use`, `alg` and the public members of its type.
    """
    return {"keys": [key.jwk() for key in ring.published_keys]}
