"""The policy language: parsing, validation, and the decision.

Owns the grammar of policy documents with its errors, the matching of patterns,
conditions and variables, and the one algorithm that turns a question into a
decision with its reasons. Explains decisions, finds the nearest change that would
turn a denial into a grant, and advises on dangerous policies; `decide` knows nothing
of that and pays nothing for it. Leans on `core` only. It does not know where policies
are kept, who a caller is, or which context keys a request has: its callers say.
"""
