"""OAuth clients: of one account, each with what its proofs need and no more."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from daypass.core.oauth import AuthenticationMethod, GrantType
from daypass.core.secret import Secret
from daypass.directory.build import build, declare
from daypass.directory.fault import DirectoryInvalidError
from daypass.directory.oauth import ResolvedClientSecret
from daypass.directory.oauth_clients import (
    CertificateName,
    CertificateNameKind,
    OAuthClient,
)
from daypass.directory.registry import Registry, assign_ids
from support.directories import (
    ACCOUNT,
    OTHER_ACCOUNT,
    account_file,
    directory_of,
    faults_of,
    marked_line,
)
from support.oidc_issuer import jwk, key_set_text
from support.world import SeededEntropy

SECRET = "s" * 32
DIGEST = base64.b64encode(b"d" * 32).decode().rstrip("=")
SALT = base64.b64encode(b"s" * 16).decode().rstrip("=")
HASH = f"$scrypt$ln=14,r=8,p=1${SALT}${DIGEST}"
BODY = """
    users: {web: {path: /apps/}}
    roles: {Shop: {trust: {file: trust.json}}}
    oauth_clients:
      shop-web:
        user: web  # principal
        authentication: [client_secret_basic]  # methods
        secret: {file: web.secret}  # secret
        grants: [client_credentials]  # grants
        audiences: [images]  # audiences
"""
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "sts:AssumeRole",
        },
    }
)


def texts(body: str, **others: str) -> dict[str, str]:
    """Returns the files of a folder whose account has this body."""
    more = {f"{name}.yaml": text for name, text in others.items()}
    files = {"trust.json": TRUST, "keys.json": key_set_text(jwk("ES256"))}
    return {"a.yaml": account_file(body), **files, **more}


def with_line(name: str, line: str) -> str:
    """Returns the body with one line of its client replaced, and marked."""
    lines = BODY.split("\n")
    (number,) = (n for n, text in enumerate(lines) if text.endswith(f"# {name}"))
    lines[number] = f"        {line}  # here"
    return "\n".join(lines)


def with_more(line: str) -> str:
    """Returns the body with one more line in its client, which is marked."""
    return f"{BODY}        {line}  # here\n"


def client_of(body: str, client_id: str = "shop-web") -> OAuthClient:
    """Returns a client of the account with this body."""
    client = directory_of(texts(body)).oauth_client(client_id)
    assert client is not None
    return client


ONE_SECRET = (
    "client_secret_basic or client_secret_post and exactly one of secret and"
    " secret_hash go together"
)
OWN = (
    "audiences, resources, scopes and max_lifetime go with the grant"
    " client_credentials, which needs an audience or a resource"
)
SCRYPT = "expected what daypassd oauth new-secret prints: $scrypt$ln=14,r=8,p=1$...$..."
ONE_NAME = "expected exactly one of uri, dns and subject"
# Each is a line, whether it replaces another, the path of the fault, and its reason.
FAULTS = {
    "no such user": (
        with_line("principal", "user: gone"),
        ".user",
        "this account has no such user",
    ),
    "no such role": (
        with_line("principal", "role: Gone"),
        ".role",
        "this account has no such role",
    ),
    "two principals": (
        with_more("role: Shop"),
        "",
        "expected exactly one of user and role",
    ),
    "no method": (
        with_line("methods", "authentication: []"),
        ".authentication",
        "at least 1 of these is required",
    ),
    "two secrets": (with_more(f"secret_hash: '{HASH}'"), "", ONE_SECRET),
    "secret without method": (
        with_line("methods", "authentication: [private_key_jwt]"),
        "",
        ONE_SECRET,
    ),
    "weak hash": (
        with_line("secret", f"secret_hash: '{HASH.replace('ln=14', 'ln=4')}'"),
        ".secret_hash",
        SCRYPT,
    ),
    "keys without method": (
        with_more("jwks: {file: keys.json}"),
        "",
        "private_key_jwt and jwks go together",
    ),
    "certificate without method": (
        with_more("certificate: {dns: web.example}"),
        "",
        "tls_client_auth and certificate go together",
    ),
    "two names": (
        with_more("certificate: {dns: web.example, uri: 'spiffe://a/b'}"),
        ".certificate",
        ONE_NAME,
    ),
    "no name": (with_more("certificate: {}"), ".certificate", ONE_NAME),
    "no distinguished name": (
        with_more("certificate: {subject: web}"),
        ".certificate.subject",
        "expected a distinguished name as RFC 4514 writes it",
    ),
    "empty distinguished name": (
        with_more("certificate: {subject: ''}"),
        ".certificate.subject",
        "a distinguished name is not empty",
    ),
    "no key set": (
        with_more("jwks: {url: 'https://web.example'}"),
        ".jwks",
        "expected {file: keys.json}, or the key set itself: {keys: [...]}",
    ),
    "nothing to grant": (with_line("audiences", "scopes: [read]"), "", OWN),
    "own tokens without grant": (
        with_line("grants", "grants: [token_exchange]"),
        "",
        OWN,
    ),
    "unknown grant": (with_line("grants", "grants: [password]"), ".grants[0]", None),
    "unknown field": (with_more("redirect_uris: []"), ".redirect_uris", None),
}


@pytest.mark.parametrize(("body", "path", "reason"), FAULTS.values(), ids=FAULTS)
def test_fault_is_named(body: str, path: str, reason: str | None) -> None:
    """A fault of a client is reported with its line, its path and its reason."""
    found = faults_of(texts(body))

    assert [f"oauth_clients.shop-web{path}"] == [fault.path for fault in found]
    if path:
        assert marked_line(account_file(body)) == found[0].line
    if reason is not None:
        assert reason == found[0].reason


@pytest.mark.parametrize("name", ["x", "a:b", "a b", "x" * 65, "ä" * 4])
def test_client_id_form(name: str) -> None:
    """A client id that Basic or a session name could not carry is a fault."""
    assert faults_of(texts(BODY.replace("shop-web", f'"{name}"')))


@pytest.mark.parametrize("name", ["xy", "x" * 64, "a+=,.@-_"])
def test_client_id_taken(name: str) -> None:
    """A client id of 2 to 64 of the allowed characters is taken."""
    assert name == client_of(BODY.replace("shop-web", f'"{name}"'), name).client_id


@pytest.mark.parametrize("name", ["shop-web", "Shop-Web"])
def test_client_id_is_unique(name: str) -> None:
    """No two accounts have a client of one id, whatever its case."""
    other = account_file(
        f"""
        users: {{web: {{}}}}
        oauth_clients:
          {name}:
            user: web
            authentication: [client_secret_basic]
            secret: {{file: other.secret}}
        """,
        account=OTHER_ACCOUNT,
    )

    (fault,) = faults_of(texts(BODY, b=other))

    assert "a.yaml:5 declares this client id, too" == fault.reason


def test_target_of_one_account() -> None:
    """What one account exchanges tokens for, another's client gets none for (J29)."""
    other = account_file(
        f"""
        users: {{web: {{}}}}
        exchange_policies:
          Images:
            clients: ["arn:aws:iam::{OTHER_ACCOUNT}:user/web"]
            subjects: [{{own_audiences: [x]}}]
            modes: [impersonation]
            audiences: [images]
        """,
        account=OTHER_ACCOUNT,
    )

    (fault,) = faults_of(texts(BODY, b=other))

    assert fault.reason.endswith("issues tokens for this in another account")


@pytest.mark.parametrize(
    ("secret", "faults"),
    [("s" * 31, 1), (SECRET, 0), ("s" * 255, 0), ("s" * 256, 1), ("s s" * 20, 1)],
)
def test_secret_has_length(secret: str, faults: int) -> None:
    """A secret has 32 to 255 printable characters without blanks."""
    declaration = declare(texts(BODY))
    entropy = SeededEntropy()
    ids = assign_ids(Registry(), declaration.principal_arns, entropy).ids
    secrets = [
        ResolvedClientSecret(one, Secret(secret)) for one in declaration.client_secrets
    ]

    found = 0
    try:
        build(declaration, ids=ids, keys=(), client_secrets=secrets)
    except DirectoryInvalidError as error:
        found = len(error.faults)

    assert faults == found


def test_client_is_resolved() -> None:
    """A client holds its principal's unique id, and what it is declared for."""
    directory = directory_of(texts(BODY))
    user = directory.user_by_arn(f"arn:aws:iam::{ACCOUNT}:user/apps/web")
    client = directory.oauth_client("shop-web")

    assert user is not None
    assert client is not None
    assert user.principal.unique_id == client.principal_id
    assert {AuthenticationMethod.CLIENT_SECRET_BASIC} == client.methods
    assert {GrantType.CLIENT_CREDENTIALS} == client.grants
    assert {"images"} == client.targets
    assert timedelta(minutes=15) == client.lifetime
    assert f"arn:aws:daypass::{ACCOUNT}:oauth-client/shop-web" == client.arn


def test_hash_is_taken_apart() -> None:
    """A declared hash gives its salt and its digest, and no secret."""
    client = client_of(with_line("secret", f"secret_hash: '{HASH}'"))

    assert client.hashed_secret is not None
    assert b"s" * 16 == client.hashed_secret.salt
    assert Secret(b"d" * 32) == client.hashed_secret.digest
    assert client.secret is None


INLINE = json.dumps({"keys": [jwk("ES256")]})


@pytest.mark.parametrize("keys", ["{file: keys.json}", INLINE])
def test_keys_by_file_or_inline(keys: str) -> None:
    """Keys stand in a file of the folder, or in the client itself."""
    body = with_line("methods", "authentication: [private_key_jwt]")
    body = body.replace("secret: {file: web.secret}", f"jwks: {keys}")

    client = client_of(body)

    assert client.keys is not None
    assert json.loads(INLINE) == json.loads(client.keys.text)


@pytest.mark.parametrize("file", ["gone.json", "../keys.json", "trust.yaml"])
def test_key_file_inside(file: str) -> None:
    """A key set that is not a JSON file of the folder is a fault."""
    body = with_line("methods", "authentication: [private_key_jwt]")

    found = faults_of(
        texts(body.replace("secret: {file: web.secret}", f"jwks: {{file: {file}}}"))
    )

    assert ["oauth_clients.shop-web.jwks"] == [fault.path for fault in found]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("uri: 'spiffe://shop.example/web'", CertificateNameKind.URI),
        ("dns: web.example", CertificateNameKind.DNS),
        ("subject: 'CN=web,O=Shop'", CertificateNameKind.SUBJECT),
    ],
)
def test_certificate_name(text: str, kind: CertificateNameKind) -> None:
    """A certificate is told by one name: a URI, a host or its subject."""
    body = with_line("methods", "authentication: [tls_client_auth]")
    body = body.replace("secret: {file: web.secret}", f"certificate: {{{text}}}")

    name = client_of(body).certificate

    value = text.partition(": ")[2].strip("'")
    assert CertificateName(kind, value) == name
