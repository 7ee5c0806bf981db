"""Who follows the key set at one worker, and which ring they were sent.

It is for a drill, and nothing rests on it: what was sent is not yet what a verifier
uses. Of all streams of one principal the one that is furthest behind counts.

SPEC: design 7; decision 0037.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from daypass.core import key_limits

OTHERS = "others"


class Following:
    """One stream that follows the key set.

    Attributes:
        principal: the ARN of whoever follows.
        version: of the last ring that was sent; 0 before there was one.
    """

    def __init__(self, principal: str) -> None:
        self.principal = principal
        self.version = 0


class KeyFollowers:
    """The streams of one worker that follow the key set."""

    def __init__(self) -> None:
        self._open: set[Following] = set()

    @contextmanager
    def following(self, principal: str) -> Iterator[Following]:
        """Counts a stream as long as it lasts."""
        stream = Following(principal)
        self._open.add(stream)
        try:
            yield stream
        finally:
            self._open.discard(stream)

    def versions(self) -> Mapping[str, int]:
        """Returns the lowest version that each principal was sent.

        Those who are furthest behind have a line of their own, and all beyond the
        bound have one together, which is the lowest of theirs.
        """
        lowest: dict[str, int] = {}
        for stream in self._open:
            known = lowest.get(stream.principal, stream.version)
            lowest[stream.principal] = min(known, stream.version)
        ordered = sorted(lowest.items(), key=lambda pair: (pair[1], pair[0]))
        most = key_limits.FOLLOWERS_REPORTED_MAX
        if len(ordered) <= most:
            return dict(ordered)
        rest = ordered[most - 1 :]
        return {**dict(ordered[: most - 1]), OTHERS: rest[0][1]}
