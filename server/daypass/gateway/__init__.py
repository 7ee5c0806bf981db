"""The HTTP door: the AWS Query protocol as SDKs speak it, and the probes.

Owns the HTTP server with its bounds, the reading of forms and signatures off the
wire, the table of operations, and the form of answers and errors. Leans on `sts` for
every decision, and calls it directly and not through gRPC. It knows no store, no
key and no policy, it never answers in HTML, and no exception's text leaves through
it.
"""
