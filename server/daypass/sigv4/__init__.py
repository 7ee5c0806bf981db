"""AWS Signature Version 4: verifying who signed a request.

Owns the canonical request of HTTP, the signing key and its memory, the
Authorization value, scope and time checks, and the proof that a gRPC call carries
in its metadata. Leans on `core` only. It looks up no key and no token: it says
which access key id a request claims, and then whether a given secret signed it.
"""
