"""What is trusted in TLS before anybody is connected to."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from daypass.adapters.tls_trust import trusting


def test_what_tls_insists_on(trust: Path) -> None:
    """TLS 1.1 is not spoken, and nobody is trusted unseen (O24)."""
    context = trusting(trust)

    assert ssl.TLSVersion.TLSv1_2 == context.minimum_version
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_file_of_authorities_must_be_one(tmp_path: Path) -> None:
    """A file that is not there, or holds no certificate, is an error at once."""
    junk = tmp_path / "junk.pem"
    junk.write_text("junk")

    for path in (tmp_path / "none.pem", junk):
        with pytest.raises(OSError):  # noqa: PT011 - which one is the system's to say.
            trusting(path)
