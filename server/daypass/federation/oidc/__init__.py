"""OpenID Connect tokens: whether one is good, and what it says, as values.

Owns the rules for tokens, key sets and discovery documents of identity providers.
Leans on `core`, on `keyring` for ECDSA, on `tokens` for the strict compact form and
on `directory` for what a provider is. It fetches nothing, follows nothing that a
token or document points at, and reads no clock: whoever asks hands in documents,
keys and the time. Whether a role trusts what a token says is not decided here.
"""
