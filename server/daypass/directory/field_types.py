"""The kinds of field that directory files are made of, each with its check.

Each check that fails raises with a reason for the person who edits the file. No
reason quotes a value: somebody may have pasted a secret.

SPEC: sts-operations 0.4, 0.7, 1.2, 1.3 and 2.2.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from daypass.core import limits, oauth_limits
from daypass.core.arn import is_account_id, is_entity_name, is_partition, is_path
from daypass.core.validation import are_tag_characters

CUSTOM_ERROR: Final = "daypass"

ACCESS_KEY_ID_PATTERN: Final = r"(?!ASIA)[A-Z0-9]{4}[A-Z2-7]{16}"
ACCESS_KEY_ID_EXPECTED: Final = (
    "expected a long-term access key id: 20 of A-Z and 2-7, not beginning with ASIA"
)

_RESERVED_PATHS: Final = ("/aws-service-role/", "/aws-reserved/")
_SPAN: Final = re.compile(r"([0-9]{1,6})([smh])", re.ASCII)
_UNIT_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600}
_SECONDS_MAX: Final = 1_000_000
_RESERVED_TAG_PREFIX: Final = "aws:"


def _fail(reason: str) -> PydanticCustomError:
    return PydanticCustomError(CUSTOM_ERROR, reason)


def _rule(test: Callable[[str], object], reason: str) -> AfterValidator:
    def check(text: str) -> str:
        if not test(text):
            raise _fail(reason)
        return text

    return AfterValidator(check)


def _pattern(pattern: str, reason: str) -> AfterValidator:
    return _rule(re.compile(pattern, re.ASCII).fullmatch, reason)


def _parse_span(value: object) -> object:
    """Turns `1h`, `90m`, `3600s` or a count of seconds into a timedelta."""
    if isinstance(value, int) and not isinstance(value, bool):
        seconds = value
    elif isinstance(value, str) and (match := _SPAN.fullmatch(value)):
        seconds = int(match[1]) * _UNIT_SECONDS[match[2]]
    else:
        raise _fail('expected a span such as "1h", "90m" or a number of seconds')
    if not 0 <= seconds <= _SECONDS_MAX:
        raise _fail("the span is out of any range")
    return timedelta(seconds=seconds)


def _check_max_session(span: timedelta) -> timedelta:
    seconds = span.total_seconds()
    least, most = (
        limits.ROLE_MAX_SESSION_SECONDS_MIN,
        limits.ROLE_MAX_SESSION_SECONDS_MAX,
    )
    if not least <= seconds <= most:
        raise _fail(f"must be from {least} to {most} seconds (1h to 12h)")
    return span


def _check_tags(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > limits.TAGS_MAX:
        raise _fail(f"at most {limits.TAGS_MAX} tags are taken")
    if len({key.casefold() for key in tags}) != len(tags):
        raise _fail("two tag keys are equal, ignoring case")
    return tags


def _is_tag_key(text: str) -> bool:
    return (
        1 <= len(text) <= limits.TAG_KEY_CHARACTERS_MAX
        and are_tag_characters(text)
        and not text.lower().startswith(_RESERVED_TAG_PREFIX)
    )


def _is_tag_value(text: str) -> bool:
    return len(text) <= limits.TAG_VALUE_CHARACTERS_MAX and are_tag_characters(text)


def _check_policy(value: dict[str, object]) -> dict[str, object]:
    """Checks that a policy is one by reference, or leaves it to the policy parser."""
    if "file" in value and (len(value) != 1 or not isinstance(value["file"], str)):
        raise _fail("a policy by reference is {file: policy.json} and nothing else")
    return value


AccountId = Annotated[
    str, _rule(is_account_id, "expected an account id: twelve digits, in quotes")
]
Partition = Annotated[str, _rule(is_partition, "expected a partition, such as aws")]
EntityName = Annotated[
    str, _rule(is_entity_name, "expected a name: 1 to 64 letters, digits and +=,.@-_")
]
LONG_NAME_PATTERN = r"[\w+=,.@-]{1,128}"
LongName = Annotated[
    str,
    _pattern(
        LONG_NAME_PATTERN, "expected a name: 1 to 128 letters, digits and +=,.@-_"
    ),
]
Names = Annotated[tuple[LongName, ...], Field(strict=False)]
ProviderName = Annotated[
    str, _pattern(r"[\w.-]{1,128}", "expected a name: 1 to 128 letters, digits and ._-")
]
# Names of 32 characters fit into the role `AWSReservedSSO_<name>_<16 digits>`.
PermissionSetName = Annotated[
    str, _pattern(r"[\w+=,.@-]{1,32}", "expected a name of 1 to 32 characters")
]
EntityPath = Annotated[
    str, _rule(is_path, "expected a path that begins and ends with a slash")
]
# Organisation policies spare service-linked roles, and single sign-on makes roles of
# its own, so that nobody may declare a role that passes for one of those.
RolePath = Annotated[
    EntityPath,
    _rule(
        lambda path: not path.startswith(_RESERVED_PATHS),
        "the paths /aws-service-role/ and /aws-reserved/ are reserved",
    ),
]
OneLine = Annotated[
    str,
    _pattern(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{0,1000}", "expected one line of text"),
]
TagKey = Annotated[
    str, _rule(_is_tag_key, "not a tag key: 1 to 128 characters, and not aws:…")
]
TagValue = Annotated[
    str, _rule(_is_tag_value, "not a tag value: at most 256 characters")
]
Tags = Annotated[dict[TagKey, TagValue], AfterValidator(_check_tags)]
Span = Annotated[timedelta, BeforeValidator(_parse_span)]
MaxSession = Annotated[Span, AfterValidator(_check_max_session)]
PolicyValue = Annotated[dict[str, object], AfterValidator(_check_policy)]
# The name of a policy of the same account, or a whole ARN.
PolicyName = Annotated[
    str,
    _pattern(
        r"[\w+=,.@-]{1,128}|arn:[\x21-\x7e]{1,2044}",
        "expected the name of a policy of this account, or an ARN",
    ),
]
PolicyNames = Annotated[tuple[PolicyName, ...], Field(strict=False)]
# NOTE: keys that begin with ASIA are temporary and never in a directory.
AccessKeyId = Annotated[str, _pattern(ACCESS_KEY_ID_PATTERN, ACCESS_KEY_ID_EXPECTED)]
VariableName = Annotated[
    str, _pattern(r"[A-Za-z_]\w{0,127}", "expected the name of a variable")
]
SecretText = Annotated[
    str, _pattern(r"[\x21-\x7e]{1,8192}", "expected 1 to 8192 characters, no blanks")
]
SpiffeId = Annotated[
    str,
    _pattern(
        r"spiffe://[a-z0-9._-]{1,255}(/(?!\.{1,2}(/|$))[A-Za-z0-9._-]{1,255}){1,8}",
        "expected a SPIFFE ID with a path: spiffe://domain/path",
    ),
]
IssuerUrl = Annotated[
    str,
    _pattern(
        r"(?=.{1,255}$)https://[A-Za-z0-9.-]+(/[\w.~!$&'()*+,;=:@%-]+)*/?",
        "expected an https URL of 255 characters at most, without port and query",
    ),
]
ClientId = Annotated[
    str, _pattern(r"[\x21-\x7e]{1,255}", "expected 1 to 255 characters, no blanks")
]
# What a session of a role may be called, because a client's session is called so.
OAuthClientId = Annotated[
    str,
    _pattern(
        rf"[\w+=,.@-]{{{oauth_limits.CLIENT_ID_CHARACTERS_MIN},"
        rf"{oauth_limits.CLIENT_ID_CHARACTERS_MAX}}}",
        "expected a client id: 2 to 64 letters, digits and +=,.@-_",
    ),
]
# SPEC: sts-operations 1.3: what a provider may sign with.
SIGNING_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
SigningAlgorithm = Annotated[
    str,
    _rule(
        lambda name: name in SIGNING_ALGORITHMS,
        f"expected one of {', '.join(SIGNING_ALGORITHMS)}",
    ),
]
OrganizationId = Annotated[
    str, _pattern(r"o-[a-z0-9]{10,32}", "expected o- and 10 to 32 of a-z0-9")
]
UnitName = Annotated[
    str, _pattern(r"[\w +=,.@-]{1,128}", "expected a name of 1 to 128 characters")
]
