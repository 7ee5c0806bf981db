"""Whom the fetcher connects to, and whom it trusts (attacks O05, O06, O24, O25).

Every server is a real one, with TLS, on loopback.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from daypass.adapters.http_fetcher import (
    AnswerRefusedError,
    FetchFailedError,
    HttpFetcher,
)
from daypass.adapters.tls_trust import trusting
from daypass.core import provider_limits as limits
from support.oidc_fetching import BODY, SHORT, URL, Fetching, fetching_from
from support.oidc_server import (
    ALLOWED,
    HOST,
    answer,
    at,
)


async def test_host_not_found(fetching: Fetching) -> None:
    """A host that nobody knows may be known later."""
    fetching.names.known.clear()

    assert "host_not_found" == await fetching.failure()


@pytest.mark.parametrize("found", [[()], [at("127.0.0.1", port=1)]])
async def test_nobody_listens(
    fetching: Fetching, found: list[tuple[object, ...]]
) -> None:
    """A host without addresses, or without a server, may have one later."""
    fetching.names.known = {HOST: found}  # type: ignore[dict-item]

    assert "no_connection" == await fetching.failure()


@pytest.mark.parametrize(
    "address",
    [
        *("10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),  # noqa: S104
        *("::1", "fd00::1", "fe80::1", "64:ff9b::a00:1", "2002:7f00::"),
        "::ffff:10.0.0.1",
    ],
)
async def test_private_address_not_asked(fetching: Fetching, address: str) -> None:
    """A host at a private address that is not allowed gets no packet (O05)."""
    fetching.names.known = {HOST: [at(address, port=fetching.server.port)]}

    assert "address_not_allowed" == await fetching.refusal()
    assert 0 == fetching.server.connections


async def test_loopback_is_not_allowed_by_default(fetching: Fetching) -> None:
    """Unless an operator allows it, loopback gets no packet, whatever it is called."""
    fetcher = HttpFetcher(resolver=fetching.names, tls=trusting(fetching.trust))

    for address in ("127.0.0.1", "::ffff:127.0.0.1"):
        fetching.names.known = {HOST: [at(address, port=fetching.server.port)]}
        with pytest.raises(AnswerRefusedError):
            await fetcher.fetch(URL)

    assert 0 == fetching.server.connections


async def test_one_private_address_among_good_ones(fetching: Fetching) -> None:
    """One address that is not allowed refuses the host with all its others (O06)."""
    port = fetching.server.port
    fetching.names.known = {HOST: [at("127.0.0.1", "10.0.0.1", port=port)]}

    assert "address_not_allowed" == await fetching.refusal()
    assert 0 == fetching.server.connections


async def test_host_is_looked_up_once(fetching: Fetching) -> None:
    """What is connected to is what was checked; a second answer is not asked for."""
    later = at("127.0.0.9", port=1)
    fetching.names.known = {HOST: [(fetching.server.endpoint,), later]}

    assert BODY.encode() == (await fetching.fetch()).body
    assert [(HOST, 443)] == fetching.names.asked


async def test_next_address_is_tried(fetching: Fetching) -> None:
    """Where an address does not take the connection, the next one is asked."""
    silent = at("127.0.0.1", port=1)
    fetching.names.known = {HOST: [(*silent, fetching.server.endpoint)]}

    assert BODY.encode() == (await fetching.fetch()).body


async def test_addresses_are_bounded(fetching: Fetching) -> None:
    """Of many addresses only the first few are tried."""
    silent = at("127.0.0.1", port=1) * limits.PROVIDER_ADDRESSES_MAX
    fetching.names.known = {HOST: [(*silent, fetching.server.endpoint)]}

    assert "no_connection" == await fetching.failure()
    assert 0 == fetching.server.connections


async def test_port_of_url(fetching: Fetching) -> None:
    """A port that a URL names is asked for, and is part of the host's name."""
    await fetching.fetch(f"https://{HOST}:8443/doc")

    assert [(HOST, 8443)] == fetching.names.asked
    assert f"Host: {HOST}:8443\r\n" in fetching.server.requests[0]


def _hours(count: int) -> datetime:
    return datetime.now(UTC) + timedelta(hours=count)


@pytest.mark.parametrize("kind", ["other_authority", "wrong_name", "expired", "future"])
async def test_bad_certificates_refused(
    authority: trustme.CA, trust: Path, kind: str
) -> None:
    """A certificate of another authority, host or time is not trusted (O24)."""
    made = {
        "other_authority": lambda: trustme.CA().issue_cert(HOST),
        "wrong_name": lambda: authority.issue_cert("evil.example", "127.0.0.1"),
        "expired": lambda: authority.issue_cert(
            HOST, not_before=_hours(-48), not_after=_hours(-24)
        ),
        "future": lambda: authority.issue_cert(
            HOST, not_before=_hours(24), not_after=_hours(48)
        ),
    }[kind]()

    async with fetching_from(
        {"/doc": answer(BODY)}, trust=trust, certificate=made
    ) as bad:
        assert "certificate_not_trusted" == await bad.refusal()
        assert [] == bad.server.requests


async def test_common_name_is_no_name(authority: trustme.CA, trust: Path) -> None:
    """A certificate names its host where hosts are named, and nowhere else (O24)."""
    made = authority.issue_cert("evil.example", common_name=HOST)

    async with fetching_from(
        {"/doc": answer(BODY)}, trust=trust, certificate=made
    ) as bad:
        assert "certificate_not_trusted" == await bad.refusal()


async def test_plain_server(trust: Path) -> None:
    """A server without TLS gets no request."""
    async with fetching_from(
        {"/doc": answer(BODY)}, trust=trust, certificate=None
    ) as made:
        with pytest.raises(FetchFailedError):
            await made.fetch(time_max=SHORT)
        assert [] == [line for line in made.server.requests if "GET" in line]


async def test_environment_is_ignored(
    fetching: Fetching, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Proxies, authorities, key logs and passwords of the environment do nothing (O25)."""
    log, netrc = tmp_path / "keys.log", tmp_path / "netrc"
    netrc.write_text(f"machine {HOST} login user password pass\n")
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.setenv("SSLKEYLOGFILE", str(log))
    monkeypatch.setenv("NETRC", str(netrc))

    document = await fetching.fetch()

    assert BODY.encode() == document.body
    assert "authorization" not in fetching.server.requests[0].lower()
    assert not log.exists()


async def test_authorities_of_environment_not_trusted(
    fetching: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An authority that only the environment names is not trusted (O25)."""
    monkeypatch.setenv("SSL_CERT_FILE", str(fetching.trust))
    fetcher = HttpFetcher(
        resolver=fetching.names, tls=trusting(), allowed_private_networks=ALLOWED
    )

    with pytest.raises(AnswerRefusedError) as caught:
        await fetcher.fetch(URL)

    assert "certificate_not_trusted" == caught.value.reason
