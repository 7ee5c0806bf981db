"""Proofs that others have made: OpenID Connect tokens, SAML assertions, TOTP codes.

Owns what makes such a proof good and what it says, as values. Leans on `core`, on
`cryptography` for primitives and on signxml and lxml for SAML. It fetches nothing
and remembers nothing: key sets and instants are handed in, and who may use a code
or an assertion a second time is a question for the use cases and their stores.
"""
