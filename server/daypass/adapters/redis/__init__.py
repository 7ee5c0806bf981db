"""The ports on Redis 7 or later: sessions, and the log of revocations.

Owns the connections, the keys and the scripts, and finds the primary: one server, one
that sentinels name, or the nodes of a cluster. Every write of one loop turn
shares one pipeline, and is acknowledged when the replicas that were asked for
have it. Leans on `core` and on redis-py. It decides nothing about a session: what
is stored grants nothing, and its expiry is checked on what is in the value.
"""
