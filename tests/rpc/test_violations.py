"""Violations on the wire: no field goes missing, whatever little room there is."""

from __future__ import annotations

import pytest
from google.rpc.error_details_pb2 import BadRequest
from google.rpc.status_pb2 import Status

from daypass.core import limits
from daypass.core.errors import FieldViolation, ValidationError
from daypass.core.secret import Secret
from daypass.rpc.status import error_answer
from daypass.rpc.violations import bad_request, fits
from daypass.sts.assume_role_request import (
    AssumeRoleRequest,
    ProvidedContext,
    validate,
)
from daypass.sts.tags import Tag

# What common clients accept (gRPC counts 32 bytes for each entry), and what gRPC
# adds of its own: `:status`, `content-type`, `grpc-status` and `grpc-message`.
CLIENT_TRAILERS_MAX = 8_192
GRPC_ENTRIES = 42 + 60 + 44 + 44
REQUEST_ID = "6f1c0b8e-8f1a-4c43-9a86-3d5f6a3a5e10"
# Bad in its characters and in its length.
BAD_KEY = "*" * 129
BAD_VALUE = "*" * 257
BAD_ARN = "\x01"


def all_bad(arns: int = 10, contexts: int = 5) -> AssumeRoleRequest:
    """Returns a request that has nothing right, in lists as long as they may be."""
    return AssumeRoleRequest(
        role_arn=BAD_ARN,
        role_session_name="*",
        duration_seconds=1,
        policy="\u0100" * 131_073,
        policy_arns=(BAD_ARN,) * arns,
        tags=(Tag(BAD_KEY, BAD_VALUE),) * limits.TAGS_MAX,
        transitive_tag_keys=(BAD_KEY,) * limits.TAGS_MAX,
        external_id="*",
        serial_number="*",
        token_code=Secret("*"),
        source_identity="*",
        provided_contexts=(ProvidedContext(BAD_ARN, Secret("*")),) * contexts,
        minimum_session_token_size=-1,
    )


def refused(request: AssumeRoleRequest) -> ValidationError:
    """Returns the error that a request is refused with."""
    with pytest.raises(ValidationError) as caught:
        validate(request)
    return caught.value


def sent(error: ValidationError) -> list[tuple[str, str]]:
    """Returns the violations that leave, and checks that clients take them."""
    answer = error_answer(error, REQUEST_ID)
    details = dict(answer.trailers)["grpc-status-details-bin"]
    assert isinstance(details, bytes)
    entries = sum(
        32 + len(key) + (-(-4 * len(value) // 3) if isinstance(value, bytes) else 36)
        for key, value in answer.trailers
    )
    message = sum(
        1 if 0x20 <= byte < 0x7F and byte != 0x25 else 3
        for byte in answer.message.encode()
    )
    assert CLIENT_TRAILERS_MAX >= GRPC_ENTRIES + entries + message
    found = BadRequest()
    assert any(packed.Unpack(found) for packed in Status.FromString(details).details)
    return [(item.field, item.description) for item in found.field_violations]


def violation(number: int, description: str = "") -> FieldViolation:
    """Returns a violation of some field."""
    return FieldViolation(f"tags[{number}].key", description)


def test_every_bad_field_named() -> None:
    """A request in which everything is bad is answered with every field of it."""
    error = refused(all_bad())

    named = [field for field, _ in sent(error)]

    assert list(dict.fromkeys(item.field for item in error.violations)) == named
    assert 9 + 10 + 150 + 10 == len(named)


def test_every_bad_tag_named_and_described() -> None:
    """Fifty bad tags have every key and every value named, with what is wrong."""
    tags = (Tag(BAD_KEY, BAD_VALUE),) * limits.TAGS_MAX
    request = AssumeRoleRequest("arn:aws:iam::111122223333:role/r", "name", tags=tags)

    found = dict(sent(refused(request)))

    assert 100 == len(found)
    assert "length>128; characters" == found["tags[49].key"]
    assert "length>256; characters" == found["tags[49].value"]


def test_long_value_not_echoed() -> None:
    """A value that has no room is left out, and the constraint stays."""
    request = AssumeRoleRequest(
        "arn:aws:iam::111122223333:role/r", "name", policy="\u0100" * 10_000
    )

    [(field, description)] = sent(refused(request))

    assert "policy" == field
    assert description.startswith("Member must satisfy regular expression pattern")


def test_few_described_in_full() -> None:
    """What has room leaves as it is, value and all."""
    error = refused(AssumeRoleRequest("short", "*"))

    assert [(item.field, item.description) for item in error.violations] == sent(error)


def test_rest_counted() -> None:
    """Where not even the paths fit, the last violation says how many are missing."""
    error = refused(all_bad(arns=10_000))
    fields = len({item.field for item in error.violations})

    found = sent(error)

    *named, (path, rest) = found
    assert "" == path
    assert f"{fields - len(named)} more fields have violations" == rest


@pytest.mark.parametrize("room", [100, 511, 512, 1_024])
def test_room_kept(room: int) -> None:
    """Violations never take more than the room that they have."""
    violations = [violation(number, "ä" * 50) for number in range(1_000)]

    assert room >= bad_request(violations, bytes_max=room).ByteSize()


def test_exact_room_is_enough() -> None:
    """Paths that just fit are all there; with a byte less, the last one counts."""
    violations = [violation(number) for number in range(10)]
    exact = 10 * (4 + len("tags[0].key"))

    cut = bad_request(violations, bytes_max=exact - 1).field_violations
    whole = bad_request(violations, bytes_max=exact).field_violations

    assert ("", "5 more fields have violations") == (cut[-1].field, cut[-1].description)
    assert [each.field for each in violations] == [each.field for each in whole]


def test_fitting_counts_descriptions() -> None:
    """What fits is told by paths and descriptions, both sides of the edge."""
    exact = 8 + len("tags[0].key") + 5

    assert not fits([violation(0, "a" * 5)], bytes_max=exact - 1)
    assert fits([violation(0, "a" * 5)], bytes_max=exact)
