"""Values and rules without I/O, which every other package may use.

Owns the words of the domain: ARNs, identifiers, principals, credentials,
sessions, revocations, errors, limits, and the ports through which the use cases
reach the world. Leans on the standard library only. It knows no policy, no
token format, no store and no wire.
"""
