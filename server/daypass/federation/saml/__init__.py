"""SAML responses: whether one is good, and what its assertion says, as values.

Owns the one way in which XML is parsed, the metadata of identity providers, the
signatures and the encryption of assertions, and every check of an assertion. Leans
on `core`, on lxml and signxml for XML and its signatures, and on `cryptography` for
primitives. It fetches nothing, reads no clock and remembers nothing: whoever asks
hands in the provider and the time, and keeps the ids of assertions that were used.
Whether a role trusts what an assertion says is not decided here.
"""
