"""An OpenID provider that we did not write, as a process of its own behind TLS.

It is `oidc-provider-mock`, an OpenID provider made with Authlib and Flask, served by
werkzeug with a certificate that a test makes. Run as a program this module is that
process; its arguments are the certificate, the key, and the users as JSON.
"""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import trustme

HOST = "ci.example"
ISSUER = f"https://{HOST}"
_CALLBACK = "https://runner.example/callback"
_SECONDS_MAX = 10.0


@dataclass(frozen=True)
class ForeignProvider:
    """The running provider.

    Attributes:
        port: where it listens on loopback.
        authority: the file of the authority that vouches for it.
    """

    port: int
    authority: Path

    def id_token(self, subject: str, audience: str) -> str:
        """Returns an ID token, by the authorization code flow.

        Args:
            subject: who signs in.
            audience: the client that it signs in to.
        """
        query = {
            "client_id": audience,
            "redirect_uri": _CALLBACK,
            "response_type": "code",
            "scope": "openid",
            "state": "s-1",
        }
        answer = self._ask("POST", "/oauth2/authorize", query, {"sub": subject})
        assert httpx.codes.FOUND == answer.status_code
        sent_to = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert ["s-1"] == sent_to["state"]
        exchange = {
            "grant_type": "authorization_code",
            "code": sent_to["code"][0],
            "redirect_uri": _CALLBACK,
            "client_id": audience,
            "client_secret": "any",
        }
        answer = self._ask("POST", "/oauth2/token", {}, exchange)
        answer.raise_for_status()
        return str(answer.json()["id_token"])

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        form: Mapping[str, str],
    ) -> httpx.Response:
        context = ssl.create_default_context(cafile=str(self.authority))
        with httpx.Client(verify=context, trust_env=False) as client:
            return client.request(
                method,
                f"https://127.0.0.1:{self.port}{path}",
                params=dict(query),
                data=dict(form),
                headers={"Host": HOST},
                extensions={"sni_hostname": HOST},
                timeout=_SECONDS_MAX,
            )


@contextmanager
def foreign_provider(
    folder: Path, users: Mapping[str, Mapping[str, object]]
) -> Iterator[ForeignProvider]:
    """Runs the provider.

    Args:
        folder: where its certificate goes.
        users: the further claims of each user, by subject.
    """
    authority = trustme.CA()
    certificate = authority.issue_cert(HOST)
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    certificate.private_key_pem.write_to_path(str(folder / "provider.key"))
    certificate.cert_chain_pems[0].write_to_path(str(folder / "provider.pem"))
    process = subprocess.Popen(
        [
            *(sys.executable, "-W", "ignore", __file__),
            *(str(folder / "provider.pem"), str(folder / "provider.key")),
            json.dumps(users),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield ForeignProvider(int(process.stdout.readline()), folder / "authority.pem")
    finally:
        process.terminate()
        process.wait(_SECONDS_MAX)
        process.stdout.close()


def _main(certificate: str, key: str, users: str) -> None:
    """Serves until it is told to end; the first line of the output is the port."""
    import oidc_provider_mock  # noqa: PLC0415 - it warns, which fails a test.
    from werkzeug.serving import make_server  # noqa: PLC0415

    known = [
        oidc_provider_mock.User(sub=subject, claims=dict(claims))
        for subject, claims in json.loads(users).items()
    ]
    server = make_server(
        "127.0.0.1",
        0,
        oidc_provider_mock.app(user_claims=known),
        threaded=True,
        ssl_context=(certificate, key),
    )
    print(server.server_port, flush=True)  # noqa: T201 - it is the interface.
    server.serve_forever()


if __name__ == "__main__":
    _main(*sys.argv[1:])
