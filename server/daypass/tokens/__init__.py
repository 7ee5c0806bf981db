"""Tokens of our own making: signed by the ring, read back without trust.

Owns the compact JWS in the one strict form that we take, the session token with
its closed list of claims and its packed policies and tags, the derivation of secret
access keys, the identity token that names a principal to others with the documents
of its issuer, and what is sealed for a later call: authorization messages and
trade-in tokens. Leans on `core` and `keyring`. It reads no clock (`now` is
passed in), knows no store and no revocation, and takes no token of anybody else.
"""
