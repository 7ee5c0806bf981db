"""The gRPC door: bytes in, bytes out, and nothing decided here but who may knock.

Owns the server with its bounds, the table of who may call which method, the order
of the steps of a call, the conversion between protobuf and the values of the use
cases, and the form of errors on the wire. Leans on `sts` for every decision and on
`daypass.api`, which nothing else imports. It knows no store, no key and no policy,
and no exception's text leaves through it.
"""
