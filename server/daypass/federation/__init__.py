"""Proofs that others have made: OpenID Connect tokens, SAML assertions, TOTP codes.

Owns what makes such a proof good and what it says, as values: the strict reading of
a token or a document, the keys that may have signed it, the condition keys that
policies ask about, the codes of second factors, and what OAuth clients show. Leans on `core`, on
`tokens.compact` for the form of tokens, on `cryptography` for primitives and on
signxml and lxml for SAML. It does not fetch and does not remember: key sets,
metadata, seeds and instants are handed in, and who may use a proof a second time is
a question for the use cases and their stores. So is what becomes of a proof.
"""
