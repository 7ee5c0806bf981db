"""Proofs that others have made: the tokens of OpenID Connect providers.

Owns what makes such a proof good and what it says, as values. Leans on `core`,
`tokens.compact` and `cryptography`. It fetches nothing and remembers nothing: key
sets and instants are handed in. No operation uses it yet.
"""
