"""The use cases: from a proof to an answer, by policy, with a record of each.

Owns the order of the steps (proof, caller, parameters, policy, issue, commit,
audit), one module per operation, the view of revocations, and the sessions.
Leans on the pure packages and on the ports of `core.ports`, which it awaits. It
knows no wire format and no store: doors hand it values, adapters are handed to
it.
"""
