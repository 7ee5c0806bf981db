"""The key ring: what signs, what verifies, what derives and what seals.

Owns the closed list of algorithms, keys and their states, the ring as one
immutable value, when keys change their state, the published key set (RFC 7517) and
the sealed form in which a ring rests (AES-256-GCM under a master key). Leans on
`core` and on the `cryptography` package for every primitive. It reads no file and
no clock, keeps nothing, and knows no token.
"""
