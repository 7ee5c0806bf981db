"""What tests of fetching share: an authority, a certificate, a server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme

from support.oidc_fetching import BODY, Fetching, fetching_from
from support.oidc_server import HOST, answer


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Returns the authority that the fetcher trusts."""
    return trustme.CA()


@pytest.fixture(scope="module")
def trust(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the file with its certificate."""
    path = tmp_path_factory.mktemp("trust") / "authorities.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture(scope="module")
def certificate(authority: trustme.CA) -> trustme.LeafCert:
    """Returns a good certificate of the host."""
    return authority.issue_cert(HOST)


@pytest.fixture
async def fetching(
    trust: Path, certificate: trustme.LeafCert
) -> AsyncIterator[Fetching]:
    """Returns a fetcher with a server that has a good answer."""
    answers = {"/doc": answer(BODY, Cache_Control="max-age=60")}
    async with fetching_from(answers, trust=trust, certificate=certificate) as made:
        yield made
