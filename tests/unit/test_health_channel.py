"""Which name a check of the health asks for, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from daypass.health_channel import _name, health_channel
from support.certificates import self_signed


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("sts.test", "sts.test"),
        ("*.sts.test", "health.sts.test"),
        ("127.0.0.1", "127.0.0.1"),
    ],
)
def test_name_of_certificate(name: str, asked: str) -> None:
    """A name of the certificate is asked for; below a wildcard any host will do."""
    leaf = trustme.CA().issue_cert(name)

    assert asked == _name(leaf.cert_chain_pems[0].bytes())


def test_self_signed_certificate() -> None:
    """A certificate that vouches for itself has a name as well."""
    _, certificate = self_signed("own.test")

    assert "own.test" == _name(certificate)


def test_certificate_without_name() -> None:
    """A certificate that is for nobody's host is refused."""
    leaf = trustme.CA().issue_cert("person@sts.test")

    with pytest.raises(ValueError, match="no name"):
        _name(leaf.cert_chain_pems[0].bytes())


def test_no_certificate(tmp_path: Path) -> None:
    """A file without a certificate, or none, is told."""
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")

    with pytest.raises(ValueError, match="PEM"):
        health_channel("127.0.0.1:1", empty)
    with pytest.raises(FileNotFoundError):
        health_channel("127.0.0.1:1", tmp_path / "absent.pem")
