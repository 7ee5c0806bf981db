"""Proofs that others have made: the tokens of OpenID Connect providers.

Owns what makes such a proof good and what it says, as values: the strict reading
of a token, the keys that may have signed it, and the condition keys that policies
ask about. Leans on `core`, on `tokens.compact` for the form and on `cryptography`
for primitives. It does not fetch and does not remember: key sets and instants are
handed in. No operation uses it yet; AssumeRoleWithWebIdentity will.
"""
