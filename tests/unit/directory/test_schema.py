"""The fields of directory files: each rule refused with its line, then granted."""

from __future__ import annotations

import pytest

from support.directories import account_file, faults_of, marked_line

TRUST = '{Version: "2012-10-17", Statement: {Effect: Allow, Principal: {AWS: "*"},'
TRUST += " Action: sts:AssumeRole}}"
LONG = "a" * 65
NAME = "expected a name"
SPAN = "must be from 3600 to 43200 seconds"
NO_SPAN = "expected a span"
TAG_KEY = "not a tag key"
REFERENCE = "expected exactly one of env, file and sealed"
NO_FIELD = "there is no such field"
ENVIRONMENT = "{env: A}"


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        ("people: {}  # here", "people", NO_FIELD),
        ("users:  # here", "users", "expected a mapping, found nothing"),
        ("users: []  # here", "users", "expected a mapping, found a list"),
        ("users:\n  dev: x  # here", "users.dev", "expected a mapping, found text"),
        ("users:\n  dev: {a: 1}  # here", "users.dev.a", NO_FIELD),
        ("users:\n  a b: {}  # here", "users['a b']", NAME),
        (f"users:\n  {LONG}: {{}}  # here", f"users.{LONG}", NAME),
        ("roles:\n  a/b: {}  # here", "roles.a/b.trust", "this field is required"),
        (f"groups:\n  {'a' * 129}: {{}}  # here", f"groups.{'a' * 129}", NAME),
        ("users:\n  a: {path: b/}  # here", "users.a.path", "expected a path"),
        ("users:\n  a: {path: /b}  # here", "users.a.path", "expected a path"),
        ("users:\n  a: {path: //b/ c/}  # here", "users.a.path", "expected a path"),
        ("users:\n  a: {groups: b}  # here", "users.a.groups", "expected a list"),
        (
            "users:\n  a:\n    tags:\n      b: 1  # here",
            "users.a.tags.b",
            "expected text, found a number; write it in quotes",
        ),
        (
            "users:\n  a:\n    tags:\n      b: true  # here",
            "users.a.tags.b",
            "expected text, found a truth value; write it in quotes",
        ),
        (
            "users:\n  a:\n    tags:\n      b:  # here",
            "users.a.tags.b",
            "expected text, found nothing",
        ),
        (
            "users:\n  a:\n    tags:\n      AWS:b: x  # here",
            "users.a.tags.AWS:b",
            TAG_KEY,
        ),
        ("users:\n  a:\n    tags:\n      b*: x  # here", "users.a.tags.b*", TAG_KEY),
        (
            f"users:\n  a:\n    tags:\n      {'b' * 129}: x  # here",
            f"users.a.tags.{'b' * 129}",
            TAG_KEY,
        ),
        (
            f"users:\n  a:\n    tags:\n      b: {'x' * 257}  # here",
            "users.a.tags.b",
            "not a tag value",
        ),
        (
            "users:\n  a:\n    tags: {b: x, B: y}  # here",
            "users.a.tags",
            "two tag keys are equal",
        ),
        (
            "users:\n  a:\n    tags: {"
            + ", ".join(f"k{n}: v" for n in range(51))
            + "}  # here",
            "users.a.tags",
            "at most 50 tags",
        ),
        (
            "roles:\n  a:  # here\n    path: /",
            "roles.a.trust",
            "this field is required",
        ),
        (
            "roles:\n  a:\n    max_session_duration: 3599  # here\n    trust: " + TRUST,
            "roles.a.max_session_duration",
            SPAN,
        ),
        (
            "roles:\n  a:\n    max_session_duration: 43201  # here\n    trust: "
            + TRUST,
            "roles.a.max_session_duration",
            SPAN,
        ),
        (
            "roles:\n  a:\n    max_session_duration: 59m  # here\n    trust: " + TRUST,
            "roles.a.max_session_duration",
            SPAN,
        ),
        (
            "roles:\n  a:\n    max_session_duration: 13h  # here\n    trust: " + TRUST,
            "roles.a.max_session_duration",
            SPAN,
        ),
        (
            "roles:\n  a:\n    max_session_duration: 1d  # here\n    trust: " + TRUST,
            "roles.a.max_session_duration",
            NO_SPAN,
        ),
        (
            "roles:\n  a:\n    max_session_duration: true  # here\n    trust: " + TRUST,
            "roles.a.max_session_duration",
            NO_SPAN,
        ),
        (
            "roles:\n  a:\n    max_session_duration: 3600.5  # here\n    trust: "
            + TRUST,
            "roles.a.max_session_duration",
            NO_SPAN,
        ),
        (
            "roles:\n  a:\n    max_session_duration: -1  # here\n    trust: " + TRUST,
            "roles.a.max_session_duration",
            "the span is out of any range",
        ),
        (
            "roles:\n  a:\n    max_session_duration: 999999h  # here\n    trust: "
            + TRUST,
            "roles.a.max_session_duration",
            "the span is out of any range",
        ),
        (
            "roles:\n  a:\n    trust: {file: a.json, Version: b}  # here",
            "roles.a.trust",
            "a policy by reference",
        ),
        (
            "roles:\n  a:\n    trust: {file: [a]}  # here",
            "roles.a.trust",
            "a policy by reference",
        ),
        (
            "roles:\n  a:\n    trust: text  # here",
            "roles.a.trust",
            "expected a mapping, found text",
        ),
        (
            'roles:\n  a:\n    description: "a\\nb"  # here\n    trust: ' + TRUST,
            "roles.a.description",
            "expected one line",
        ),
        ("policies:\n  a: {}  # here", "policies.a.document", "this field is required"),
        (
            "users:\n  a:\n    attached_policies: [a b]  # here",
            "users.a.attached_policies[0]",
            "expected the name of a policy",
        ),
        (
            "users:\n  a:\n    access_keys:\n      - {secret: {env: A}}  # here",
            "users.a.access_keys[0].id",
            "this field is required",
        ),
        (
            "users:\n  a:\n    access_keys:\n      - {id: {env: A}}  # here",
            "users.a.access_keys[0].secret",
            "this field is required",
        ),
        (
            "users:\n  a:\n    access_keys:\n      - {id: {env: A}, secret: abc}  # here",
            "users.a.access_keys[0].secret",
            "expected a mapping, found text",
        ),
        (
            "users:\n  a:\n    access_keys:\n      - {id: {env: A}, secret: {}}  # here",
            "users.a.access_keys[0].secret",
            REFERENCE,
        ),
        (
            "users:\n  a:\n    access_keys:\n      - {id: {env: A}, secret: {env: A, file: b}}  # here",
            "users.a.access_keys[0].secret",
            REFERENCE,
        ),
        (
            "users:\n  a:\n    access_keys:\n      - {id: {env: A}, secret: {env: 1A}}  # here",
            "users.a.access_keys[0].secret.env",
            "expected the name of a variable",
        ),
        (
            "users:\n  a:\n    access_keys:\n      - {id: {env: A}, secret: {env: null}}  # here",
            "users.a.access_keys[0].secret",
            REFERENCE,
        ),
        (
            "users:\n  a:\n    access_keys:\n      - {id: 12, secret: {env: A}}  # here",
            "users.a.access_keys[0].id",
            "expected a mapping, found a number",
        ),
        (
            "users:\n  a:\n    access_keys:\n      - {id: abc, secret: {env: A}}  # here",
            "users.a.access_keys[0].id",
            "expected a long-term access key id",
        ),
        (
            "users:\n  a:\n    access_keys:\n      - {id: {env: A}, secret: {env: A}, status: on}  # here",
            "users.a.access_keys[0].status",
            "input should be 'Active' or 'Inactive'",
        ),
        (
            "users:\n  a:\n    access_keys: [{id: {env: A}, secret: {env: B}}, {id: {env: C}, secret: {env: D}}, {id: {env: E}, secret: {env: F}}]  # here",
            "users.a.access_keys",
            "at most 2 of these are taken",
        ),
        (
            "roles:\n  r:\n    trust: {}\n    path: /aws-service-role/x/  # here",
            "roles.r.path",
            "the paths /aws-service-role/ and /aws-reserved/ are reserved",
        ),
        (
            "roles:\n  r:\n    trust: {}\n    path: /aws-reserved/  # here",
            "roles.r.path",
            "the paths /aws-service-role/ and /aws-reserved/ are reserved",
        ),
        ("saml_providers:\n  a b: {}  # here", "saml_providers['a b']", NAME),
        (
            "oidc_providers:\n  http://a.example: {client_ids: [a]}  # here",
            "oidc_providers['http://a.example']",
            "expected an https URL",
        ),
        (
            "oidc_providers:\n  https://a.example:8443: {client_ids: [a]}  # here",
            "oidc_providers['https://a.example:8443']",
            "expected an https URL",
        ),
        (
            "oidc_providers:\n  https://a.example?b: {client_ids: [a]}  # here",
            "oidc_providers['https://a.example?b']",
            "expected an https URL",
        ),
        (
            f"oidc_providers:\n  https://{'a' * 248}: {{client_ids: [a]}}  # here",
            f"oidc_providers.https://{'a' * 248}",
            "expected an https URL",
        ),
        (
            "oidc_providers:\n  https://a: {client_ids: []}  # here",
            "oidc_providers.https://a.client_ids",
            "at least 1 of these is required",
        ),
        (
            "oidc_providers:\n  https://a: {client_ids: [a b]}  # here",
            "oidc_providers.https://a.client_ids[0]",
            "expected 1 to 255 characters",
        ),
        (
            "oidc_providers:\n  https://a: {client_ids: [" + "a, " * 101 + "]}  # here",
            "oidc_providers.https://a.client_ids",
            "at most 100 of these are taken",
        ),
        (
            "mfa_devices:\n  a: {user: b}  # here",
            "mfa_devices.a.seed",
            "this field is required",
        ),
        (
            "workloads:\n  spiffe://a/b: {}  # here",
            "workloads.spiffe://a/b",
            "expected exactly one of user and role",
        ),
        (
            "workloads:\n  spiffe://a/b: {user: a, role: b}  # here",
            "workloads.spiffe://a/b",
            "expected exactly one of user and role",
        ),
        (
            "workloads:\n  spiffe://a: {user: b}  # here",
            "workloads.spiffe://a",
            "expected a SPIFFE ID",
        ),
        (
            "workloads:\n  spiffe://a/../b: {user: b}  # here",
            "workloads['spiffe://a/../b']",
            "expected a SPIFFE ID",
        ),
        (
            "workloads:\n  https://a/b: {user: b}  # here",
            "workloads.https://a/b",
            "expected a SPIFFE ID",
        ),
        (
            "root: {access_keys: ["
            + "{id: {env: A}, secret: {env: B}}, " * 3
            + "]}  # here",
            "root.access_keys",
            "at most 2 of these are taken",
        ),
    ],
)
def test_refuses_shape(body: str, path: str, reason: str) -> None:
    """A part of the wrong shape is a fault with its file, line and path."""
    text = account_file(body)

    faults = faults_of({"a.yaml": text})

    assert any(
        ("a.yaml", marked_line(text), path) == (fault.file, fault.line, fault.path)
        and fault.reason.startswith(reason)
        for fault in faults
    ), faults


@pytest.mark.parametrize(
    "body",
    [
        f"users:\n  {'a' * 64}: {{}}",
        f"groups:\n  {'a' * 128}: {{}}",
        "users:\n  a+=,.@-_Z9: {path: /b/c/}",
        f"users:\n  a: {{tags: {{{'k' * 128}: {'v' * 256}, e: ''}}}}",
        "users:\n  a: {tags: {" + ", ".join(f"k{n}: v" for n in range(50)) + "}}",
        f"roles:\n  a: {{max_session_duration: 3600, trust: {TRUST}}}",
        f"roles:\n  a: {{max_session_duration: 43200, trust: {TRUST}}}",
        f"roles:\n  a: {{max_session_duration: 1h, trust: {TRUST}}}",
        f"roles:\n  a: {{max_session_duration: 12h, trust: {TRUST}}}",
        f"roles:\n  a: {{max_session_duration: 90m, trust: {TRUST}}}",
        f"roles:\n  a: {{max_session_duration: 3601s, trust: {TRUST}}}",
        "oidc_providers:\n  https://a.example/b/c: {client_ids: [a]}",
        f"oidc_providers:\n  https://{'a' * 247}: {{client_ids: [a]}}",
        """
        users:
          a:
            access_keys:
              - {id: {env: A}, secret: {sealed: x}}
              - {id: {file: b}, secret: {file: /c}, status: Inactive}
        """,
    ],
)
def test_takes_shape(body: str) -> None:
    """What is at the edge of a rule is taken."""
    assert faults_of({"a.yaml": account_file(body)}) == ()
