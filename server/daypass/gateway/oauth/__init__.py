"""The OAuth endpoints: token, introspection, revocation, and what is published.

Owns the reading of their parameters and client authentication off the wire, and the
form of their answers and errors. Leans on `sts` for every decision, and on the rest of
the gateway for connections, bodies and bounds. It knows no secret, no key and no
policy.

SPEC: sts-operations 6.
"""
