"""A policy that the same document says elsewhere."""

from __future__ import annotations

import json

from daypass.core.strict_json import JsonValue
from daypass.policy.document import DocumentKind, PolicySource
from daypass.policy.parse import parse_policy, parse_policy_value, with_source

DOCUMENT: JsonValue = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "A", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
        {
            "Effect": "Deny",
            "NotAction": "s3:*",
            "Resource": "arn:aws:s3:::${aws:username}",
        },
    ],
}
ONE = PolicySource("identity", "one", "a.yaml", (3, 4))
OTHER = PolicySource("identity", "other", "b.yaml", (7,))


def test_is_what_it_would_be_if_it_were_parsed() -> None:
    """It equals what parsing the document there gives, lines included."""
    parsed = parse_policy_value(DOCUMENT, kind=DocumentKind.INLINE, source=ONE)
    elsewhere = parse_policy(
        json.dumps(DOCUMENT), kind=DocumentKind.INLINE, source=OTHER
    )

    assert elsewhere == with_source(parsed, OTHER)
    assert parsed != elsewhere
