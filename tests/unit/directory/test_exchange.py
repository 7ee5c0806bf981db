"""Exchange policies: of one account, whole, and without a contradiction."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.core.exchanged_token import TokenType
from daypass.directory.exchange_policies import TokenSource, sources_of
from support.directories import (
    ACCOUNT,
    OTHER_ACCOUNT,
    account_file,
    directory_of,
    faults_of,
    marked_line,
)

STOREFRONT = f"arn:aws:iam::{ACCOUNT}:user/work/storefront"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/login.example"
BODY = """
    users: {storefront: {path: /work/}}
    roles: {Shop: {trust: {file: trust.json}}}
    oidc_providers: {https://login.example: {client_ids: [app, web]}}
    exchange_policies:
      Images:
        clients: [CLIENT]  # clients
        subjects: [{oidc_provider: https://login.example}]  # subjects
        modes: [impersonation]  # modes
        audiences: [images]  # audiences
""".replace("CLIENT", f'"{STOREFRONT}"')
TRUST = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow",'
    f' "Principal": {{"AWS": "{STOREFRONT}"}}, "Action": "sts:AssumeRole"}}}}'
)


def texts(body: str, **others: str) -> dict[str, str]:
    """Returns the files of a folder whose account has this body."""
    more = {f"{name}.yaml": text for name, text in others.items()}
    return {"a.yaml": account_file(body), "trust.json": TRUST, **more}


def with_line(name: str, line: str) -> str:
    """Returns the body with one line of its policy replaced, and marked."""
    lines = BODY.split("\n")
    (number,) = (n for n, text in enumerate(lines) if text.endswith(f"# {name}"))
    lines[number] = f"        {line}  # here"
    return "\n".join(lines)


def with_more(line: str) -> str:
    """Returns the body with one more line in its policy, which is marked."""
    return f"{BODY}        {line}  # here\n"


FOREIGN = f"arn:aws:iam::{OTHER_ACCOUNT}:user/dev"
FAULTS = {
    "no client": ("clients: []", "clients", "at least 1 of these is required"),
    "client gone": (
        f'clients: ["{STOREFRONT}x"]',
        "clients[0]",
        "this account has no such user or role",
    ),
    "client of another account": (
        f'clients: ["{FOREIGN}"]',
        "clients[0]",
        "this account has no such user or role",
    ),
    "client by name": (
        "clients: [storefront]",
        "clients[0]",
        "expected the ARN of a user or role",
    ),
    "no provider": (
        "subjects: [{oidc_provider: https://else.example}]",
        "subjects[0].oidc_provider",
        "this account declares no such identity provider",
    ),
    "client id of nobody": (
        "subjects: [{oidc_provider: https://login.example, client_ids: [app, tv]}]",
        "subjects[0].client_ids[1]",
        "the provider has no such client id",
    ),
    "two sources in one": (
        "subjects: [{oidc_provider: https://login.example, own_audiences: [a]}]",
        "subjects[0]",
        "expected exactly one of oidc_provider and own_audiences",
    ),
    "source of nothing": (
        "subjects: [{}]",
        "subjects[0]",
        "expected exactly one of oidc_provider and own_audiences",
    ),
    "client ids of our own": (
        "subjects: [{own_audiences: [a], client_ids: [b]}]",
        "subjects[0]",
        "client_ids go with an oidc_provider",
    ),
    "access tokens of a provider": (
        "subjects: [{oidc_provider: https://login.example, token_types: [access_token]}]",
        "subjects[0]",
        "a provider makes tokens of type id_token and jwt only",
    ),
    "no mode": ("modes: []", "modes", "at least 1 of these is required"),
    "delegation to nobody": (
        "modes: [delegation]",
        "",
        "the mode delegation and actors go together",
    ),
    "nothing to issue for": (
        "audiences: []",
        "",
        "expected an audience or a resource that tokens are issued for",
    ),
    "blank in an audience": (
        'audiences: ["a b"]',
        "audiences[0]",
        "expected 1 to 255 characters, no blanks",
    ),
}
MORE_FAULTS = {
    "actors without delegation": (
        "actors: [{own_audiences: [a]}]",
        "",
        "the mode delegation and actors go together",
    ),
    "resource with a fragment": (
        'resources: ["https://a.example/#b"]',
        "resources[0]",
        "expected an absolute URI of 255 characters at most, no fragment",
    ),
    "resource that is relative": (
        'resources: ["/images"]',
        "resources[0]",
        "expected an absolute URI of 255 characters at most, no fragment",
    ),
    "quote in a scope": (
        "scopes: ['a\"b']",
        "scopes[0]",
        "expected 1 to 128 characters, no blanks and quotes",
    ),
    "too short": ("max_lifetime: 59s", "max_lifetime", "must be from 1m to 12h"),
    "too long": ("max_lifetime: 43201s", "max_lifetime", "must be from 1m to 12h"),
    "credentials of no role": (
        "issues: [credentials]",
        "",
        "issuing credentials and a role go together",
    ),
    "role for no credentials": (
        "role: Shop",
        "",
        "issuing credentials and a role go together",
    ),
    "unknown field": ("scope: a", "scope", "there is no such field"),
}
LAST_FAULTS = {
    "role gone": (
        "issues: [credentials]\n        role: Gone",
        "role",
        "this account has no such role",
    ),
    "credentials too short": (
        "issues: [credentials]\n        role: Shop\n        max_lifetime: 899s",
        "",
        "credentials last 15m at least",
    ),
}


@pytest.mark.parametrize("name", [*FAULTS, *MORE_FAULTS, *LAST_FAULTS])
def test_fault_with_its_place(name: str) -> None:
    """A policy that cannot be meant is a fault, with its path and reason."""
    line, path, reason = {**FAULTS, **MORE_FAULTS, **LAST_FAULTS}[name]
    field = line.partition(":")[0]
    body = with_line(field, line) if name in FAULTS else with_more(line)

    (fault,) = faults_of(texts(body))

    below = f".{path}" if path else ""
    assert (f"exchange_policies.Images{below}", reason) == (fault.path, fault.reason)
    if path and name not in LAST_FAULTS:
        assert marked_line(account_file(body)) == fault.line


def test_names_ignore_case() -> None:
    """Two policies of one account have two names, ignoring case."""
    again = BODY[BODY.index("      Images:") :].replace("Images", "IMAGES  # here")
    body = BODY + again.replace("IMAGES  # here:", "IMAGES:  # here")

    (fault,) = faults_of(texts(body))

    assert "exchange_policies.IMAGES" == fault.path
    assert fault.reason.endswith("declares this, too")


def test_j29_target_of_another_account() -> None:
    """No account issues tokens for what another account issues tokens for."""
    other = account_file(BODY.replace(ACCOUNT, OTHER_ACCOUNT), account=OTHER_ACCOUNT)
    trust = TRUST.replace(ACCOUNT, OTHER_ACCOUNT)
    other = other.replace("trust.json", "other.json")

    (fault,) = faults_of({**texts(BODY, b=other), "other.json": trust})

    assert ("b.yaml", "exchange_policies.Images.audiences[0]") == (
        fault.file,
        fault.path,
    )
    assert "a.yaml:10 issues tokens for this in another account" == fault.reason


def test_defaults() -> None:
    """What is left out is the narrowest, or what goes without saying."""
    account = directory_of(texts(BODY)).account(ACCOUNT)
    assert account is not None
    policy = account.exchange_policies["Images"]

    assert f"arn:aws:daypass::{ACCOUNT}:exchange-policy/Images" == policy.arn
    assert (True, False, False) == (
        policy.impersonation,
        policy.delegation,
        policy.single_use,
    )
    assert {TokenType.ACCESS_TOKEN} == policy.issued_types
    assert timedelta(minutes=15) == policy.lifetime_max
    assert (frozenset(), frozenset(), ()) == (
        policy.scopes,
        policy.resources,
        policy.actors,
    )
    types = frozenset({TokenType.ID_TOKEN, TokenType.JWT})
    source = TokenSource(PROVIDER, frozenset({"app", "web"}), types)
    assert (source,) == policy.subjects


def test_everything_is_kept() -> None:
    """What is written is what requests see."""
    body = BODY.replace("[impersonation]", "[impersonation, delegation]") + (
        "        actors: [{own_audiences: [shop], token_types: [id_token]}]\n"
        '        resources: ["https://images.example/"]\n'
        "        scopes: [read]\n"
        "        max_lifetime: 1h\n"
        "        issues: [credentials, jwt]\n"
        "        role: Shop\n"
        "        single_use: true\n"
    )
    directory = directory_of(texts(body))
    account = directory.account(ACCOUNT)
    user = directory.user_by_arn(STOREFRONT)
    assert account is not None
    assert user is not None
    policy = account.exchange_policies["Images"]

    actor = TokenSource(None, frozenset({"shop"}), frozenset({TokenType.ID_TOKEN}))
    assert {user.principal.unique_id} == policy.client_ids
    assert (actor,) == policy.actors
    assert (frozenset({"images"}), frozenset({"https://images.example/"})) == (
        policy.audiences,
        policy.resources,
    )
    assert (True, True, frozenset({"read"}), timedelta(hours=1)) == (
        policy.delegation,
        policy.single_use,
        policy.scopes,
        policy.lifetime_max,
    )
    assert {TokenType.CREDENTIALS, TokenType.JWT} == policy.issued_types
    assert f"arn:aws:iam::{ACCOUNT}:role/Shop" == policy.role_arn


def test_sources_are_told_apart() -> None:
    """A source is of one provider, or of our own, and of the types that it names."""
    own = TokenSource(None, frozenset({"a"}), frozenset({TokenType.ACCESS_TOKEN}))
    foreign = TokenSource(PROVIDER, frozenset({"a"}), frozenset({TokenType.JWT}))
    both = (own, foreign)

    assert (own,) == sources_of(both, None, TokenType.ACCESS_TOKEN)
    assert (foreign,) == sources_of(both, PROVIDER, TokenType.JWT)
    assert () == sources_of(both, PROVIDER, TokenType.ACCESS_TOKEN)
    assert () == sources_of(both, f"{PROVIDER}x", TokenType.JWT)


def test_faulty_folder_blames_no_reference() -> None:
    """Where a part of the folder is malformed, what refers to it is not blamed."""
    gone = with_line("clients", f'clients: ["{STOREFRONT}x"]')
    broken = account_file("users: {u: {path: nowhere}}", account=OTHER_ACCOUNT)

    faults = faults_of(texts(gone, b=broken))

    assert ["b.yaml"] == [fault.file for fault in faults]
