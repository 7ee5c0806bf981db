"""The edge: what the ports of `daypass.core.ports` are made of in the real world.

Owns the clock, the randomness, the stores (memory and Redis), the audit file and
the private files that hold keys and secrets. Leans on `core` only. It decides
nothing: no policy, no token and no wire format of a door is known here, and no
module here reads the environment.
"""
