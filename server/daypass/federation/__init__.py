"""Proofs that others have made: the tokens of OpenID Connect providers.

Owns what makes such a proof good and what it says, as values: the strict reading
of a token, the keys that may have signed it, and the condition keys that policies
ask about. Leans on `core`, on `tokens.compact` for the form and on `cryptography`
for primitives. It does not fetch and does not remember: key sets and instants are
handed in. Codes of second factors are here, too: which are good, and how often one
may try. Where that is kept, and what becomes of a proof, is for `sts` to say.
"""
