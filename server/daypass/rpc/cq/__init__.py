"""A server on gRPC's completion queue, which takes what grpc.aio's server takes.

Owns the queue, the calls on it and their end. The loop that owns the use cases
polls the queue itself, so that whatever is ready is answered together and no call
is handed between threads; a thread waits at the queue only while there is nothing
to do. It knows methods and bytes, and nothing of what they mean. The parts of
grpcio that it stands on are no public API: `library` says with which releases of it
this is known to work.

SPEC: speed 6; decision 0042.
"""
