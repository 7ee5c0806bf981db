"""A signed HTTP request, as somebody who received it describes it.

SPEC: sts-operations 3.4 and 3.5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from daypass.core import limits
from daypass.core.quick import quick_init


@quick_init
@dataclass(frozen=True, slots=True)
class HttpRequest:
    """The parts of a request, as they came and before anything decoded them.

    Nothing here is checked: whatever its sender made of it, the proof is refused
    and not the description.

    Attributes:
        method: such as `GET`.
        path: as it stood on the wire, percent-encoded, without the query.
        query: what stood behind the question mark; empty for none.
        headers: names and values in the order of the wire, the name in any case,
            one entry for each line. A folded line is unfolded.
        payload_sha256: the SHA-256 of the body as it came, in lower-case hex, or
            None where it is not available.
        authority: what the request line or `:authority` said; the host where no
            `host` stands among the headers. Empty for none.
        scheme: `https` or `http`; empty where it is not known.
    """

    method: str
    path: str
    query: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    payload_sha256: str | None = None
    authority: str = ""
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class HttpExpectations:
    """What the receiver of a request asks of its signature.

    Attributes:
        service: the service that it must be signed for.
        allow_unsigned_payload: whether the body may go unproven: one that is not
            signed (`UNSIGNED-PAYLOAD`, never over plain HTTP), or one that is not
            available here. What was signed of it, the answer says.
        normalize_path: whether the signer resolved empty, `.` and `..` segments and
            encoded the path twice, as for every service but S3 and its like.
        presigned_lifetime_max: the longest that a presigned request is good for,
            whatever it says itself.
        ignore_expires: whether a presigned request is good for exactly that long,
            also where it says less, or nothing.
    """

    service: str
    allow_unsigned_payload: bool = False
    normalize_path: bool = True
    presigned_lifetime_max: timedelta = limits.PRESIGNED_LIFETIME_MAX
    ignore_expires: bool = False
