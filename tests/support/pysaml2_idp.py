"""A whole SAML identity provider that is not ours, as a program: pysaml2 and xmlsec1.

Reads lines of JSON from standard input, each of which says what an assertion shall
say, and writes for each a line of JSON with a signed response; a line that says
nothing is answered with its metadata. It is a program of its own, because pysaml2
leans on what newer libraries warn of.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, xmldsig
from saml2.config import IdPConfig, SPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server

AUDIENCE = "urn:amazon:webservices"
ENTITY = "https://idp.example/saml"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"


def configuration(folder: Path, recipient: str) -> Any:
    """Returns the provider's settings, with its key in a folder."""
    consumer = [(recipient, BINDING_HTTP_POST)]
    service = SPConfig().load(
        {
            "entityid": AUDIENCE,
            "service": {"sp": {"endpoints": {"assertion_consumer_service": consumer}}},
        }
    )
    known = folder / "service.xml"
    known.write_text(str(entity_descriptor(service)), encoding="utf-8")
    sign_on = [("https://idp.example/sso", BINDING_HTTP_REDIRECT)]
    policy = {"default": {"lifetime": {"minutes": 5}, "attribute_restrictions": None}}
    return IdPConfig().load(
        {
            "entityid": ENTITY,
            "key_file": str(folder / "idp.key"),
            "cert_file": str(folder / "idp.crt"),
            "xmlsec_binary": "/usr/bin/xmlsec1",
            "metadata": {"local": [str(known)]},
            "service": {
                "idp": {
                    "endpoints": {"single_sign_on_service": sign_on},
                    "policy": policy,
                }
            },
        }
    )


def response(settings: Any, said: Any) -> str:
    """Returns a response whose assertion is signed, and perhaps itself."""
    made = Server(config=settings).create_authn_response(
        identity=said["attributes"],
        in_response_to=None,
        destination=said["recipient"],
        sp_entity_id=AUDIENCE,
        name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text=said["subject"]),
        authn={"class_ref": PASSWORD, "authn_auth": ENTITY},
        sign_assertion=True,
        sign_response=said["sign_response"],
        sign_alg=xmldsig.SIG_RSA_SHA256,
        digest_alg=xmldsig.DIGEST_SHA256,
    )
    return str(made)


def main() -> None:
    """Answers line by line, until there are no more."""
    folder, recipient = Path(sys.argv[1]), sys.argv[2]
    settings = configuration(folder, recipient)
    for line in sys.stdin:
        said = json.loads(line)
        text = response(settings, said) if said else entity_descriptor(settings)
        print(json.dumps(str(text)), flush=True)  # noqa: T201 - it is the answer.


if __name__ == "__main__":
    main()
