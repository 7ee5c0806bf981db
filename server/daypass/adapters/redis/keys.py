"""The names of keys.

A name is the prefix, a letter for the kind, and a digest of the identifiers, each
of which is hashed with its length: no text of a tenant is ever part of a key, no
two tuples share one, and none chooses its slot in a cluster (attacks R01, R02).
"""

from __future__ import annotations

from functools import lru_cache

from daypass.adapters.identifier_digest import digest_of
from daypass.core import base64url
from daypass.core.store_limits import INDEX_NAMES_MAX


class Keys:
    """Makes the keys below one prefix."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        # Sessions are many, and their accounts and principals few.
        self._index = lru_cache(maxsize=INDEX_NAMES_MAX)(self._key)

    def session(self, access_key_id: str) -> str:
        """Returns the key of a session's record."""
        return self._key("s", access_key_id)

    def profile(self, reference: bytes) -> str:
        """Returns the key of a profile of sessions; its name is a digest."""
        return f"{self._prefix}:f:{base64url.encode(reference)}"

    def account_index(self, account_id: str) -> str:
        """Returns the key of the index of an account's sessions."""
        return self._index("i", account_id)

    def principal_index(self, account_id: str, principal_id: str) -> str:
        """Returns the key of the index of a principal's sessions."""
        return self._index("j", account_id, principal_id)

    def account_list(self, account_id: str) -> str:
        """Returns the key of an account's index as it was before."""
        return self._key("a", account_id)

    def principal_list(self, account_id: str, principal_id: str) -> str:
        """Returns the key of a principal's index as it was before."""
        return self._key("p", account_id, principal_id)

    def decision(self, decision_id: str) -> str:
        """Returns the key of the record of a denial."""
        return self._key("d", decision_id)

    def guard(self, name: str) -> str:
        """Returns the key of something that happens once; its name is a digest."""
        return f"{self._prefix}:g:{name}"

    def keyring(self) -> str:
        """Returns the key of the sealed key ring."""
        return f"{self._prefix}:keyring"

    def ring_reports(self) -> str:
        """Returns the key of what workers say of the ring that they hold."""
        return f"{self._prefix}:keyring:workers"

    def follower_reports(self) -> str:
        """Returns the key of what workers say of those who follow their key sets."""
        return f"{self._prefix}:keyring:followers"

    def revocations(self, part: str) -> str:
        """Returns the key of a part of the revocation log.

        The parts share a slot, as scripts need it.
        """
        return f"{self._prefix}:{{revocations}}:{part}"

    def _key(self, kind: str, *identifiers: str) -> str:
        return f"{self._prefix}:{kind}:{digest_of(*identifiers)}"
