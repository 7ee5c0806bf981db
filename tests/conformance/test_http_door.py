"""The HTTP door of `daypassd` as a process: SDKs, probes, metrics, TLS, signals."""

from __future__ import annotations

import http.client
import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from daypass.cli import app
from support.daypassd import (
    ACCOUNT,
    DEV,
    ROLE,
    Daypassd,
    Keys,
    Organisation,
    wait_until,
)
from support.surroundings import Surroundings, surroundings
from support.tls import Pki, new_pki

SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Reader/s1"


@pytest.fixture(autouse=True)
def around(tmp_path: Path) -> Iterator[Surroundings]:
    """Yields surroundings in which clients find no settings."""
    with surroundings(tmp_path) as found:
        yield found


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """Returns a directory with its secrets."""
    return Organisation(tmp_path)


@pytest.fixture
def running(organisation: Organisation) -> Iterator[Daypassd]:
    """Yields a server."""
    with Daypassd(organisation).init() as server:
        yield server


def _client(
    server: Daypassd, organisation: Organisation, *, verify: Path | None = None
) -> Any:
    keys = organisation.keys("dev")
    scheme = "http" if verify is None else "https"
    return boto3.client(
        "sts",
        endpoint_url=f"{scheme}://{server.http_address}",
        region_name="us-east-1",
        aws_access_key_id=keys.access_key_id,
        aws_secret_access_key=keys.secret_access_key,
        verify=True if verify is None else str(verify),
        config=Config(retries={"total_max_attempts": 1}),
    )


def _get(
    server: Daypassd, path: str, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(server.http_address, timeout=10)
    try:
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_both_doors_know_one_session(
    running: Daypassd, organisation: Organisation
) -> None:
    """A session that boto3 was issued is known to the gRPC door, and ended there."""
    client = _client(running, organisation)

    issued = client.assume_role(RoleArn=ROLE, RoleSessionName="s1")["Credentials"]
    keys = Keys(
        issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"]
    )

    assert SESSION == running.caller(keys)
    assert running.revoke(keys)
    assert "verified" != running.verdict(keys)


def test_probes(running: Daypassd) -> None:
    """A server that serves is alive and ready."""
    status, body = _get(running, "/healthz")
    ready, report = _get(running, "/readyz")

    assert (200, 200) == (status, ready)
    assert "alive" == json.loads(body)["status"]
    assert {"ok"} == set(json.loads(report)["checks"].values())


def test_faulty_directory_is_told(
    running: Daypassd, organisation: Organisation
) -> None:
    """A faulty edit of the directory is told by the probe, which stays ready."""
    organisation.write("account: nonsense\n")

    def told() -> bool:
        checks = json.loads(_get(running, "/readyz")[1])["checks"]
        return bool(checks["directory"] == "stale")

    wait_until(told, "the fault is told")
    assert 200 == _get(running, "/readyz")[0]


def test_metrics(running: Daypassd, organisation: Organisation) -> None:
    """What was counted can be read by Prometheus, and names no version."""
    client = _client(running, organisation)
    client.assume_role(RoleArn=ROLE, RoleSessionName="s1")
    running.caller(organisation.keys("dev"))

    status, page = _get(running, "/metrics")

    found = {
        family.name: family for family in text_string_to_metric_families(page.decode())
    }
    assert 200 == status
    assert {
        "http_server_request_duration_seconds",
        "rpc_server_call_duration_seconds",
        "daypass_mints",
        "daypass_store_duration_seconds",
        "daypass_audit_duration_seconds",
        "daypass_revocation_staleness_seconds",
        "daypass_directory_generation",
        "daypass_keyring_age_seconds",
    } <= found.keys()
    (mint,) = [
        sample
        for sample in found["daypass_mints"].samples
        if sample.name == "daypass_mints_total"
    ]
    assert {"daypass_operation": "AssumeRole", "daypass_outcome": "allowed"} == (
        mint.labels
    )
    assert found["daypass_keyring_age_seconds"].samples[0].value >= 0
    assert b"version" not in page
    assert ACCOUNT.encode() not in page


def test_l01_nothing_secret_is_logged(organisation: Organisation) -> None:
    """Neither keys nor tokens nor signatures are in the log, whatever its level."""
    with Daypassd(organisation, "--log-level", "debug").init() as server:
        client = _client(server, organisation)
        sent: list[str] = []
        client.meta.events.register(
            "before-send.sts",
            lambda request, **_: sent.append(request.headers["Authorization"].decode()),
        )
        issued = client.assume_role(RoleArn=ROLE, RoleSessionName="s1")["Credentials"]
        with pytest.raises(client.exceptions.ClientError):
            client.assume_role(RoleArn=ROLE, RoleSessionName="??")

        signatures = [value.rpartition("Signature=")[2] for value in sent]
        secrets = [issued["SecretAccessKey"], issued["SessionToken"], *signatures]
        secrets.append(organisation.keys("dev").secret_access_key)
        page = _get(server, "/metrics")[1].decode()
        audit = (server.state / "audit.jsonl").read_text(encoding="utf-8")
        assert 2 == len(signatures)
        wait_until(lambda: '"event": "request finished"' in server.log, "the log")
        for secret in secrets:
            assert secret not in server.log + page + audit


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_both_doors(running: Daypassd, number: signal.Signals) -> None:
    """A signal ends the server also while a client holds a connection."""
    host, _, port = running.http_address.rpartition(":")
    with socket.create_connection((host, int(port)), 10) as idle:
        answers = idle.makefile("rb")
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert answers.readline().startswith(b"HTTP/1.1 200 ")

        running.signal(number)

        assert 0 == running.wait()
        assert answers.read().endswith(b'{"status":"alive"}')
    assert not (running.state / "http.address").exists()


def test_hosts_and_proxies(organisation: Organisation) -> None:
    """The settings say which hosts are served, and which proxies are believed."""
    named = {"Host": "sts.example"}
    handed_on = {"X-Forwarded-Host": "sts.example", "X-Forwarded-Proto": "https"}
    evil = {"X-Forwarded-Host": "evil.test"}
    settings = ("--http-hosts", "sts.example", "--http-trusted-proxies", "127.0.0.1")
    with Daypassd(organisation, name="plain").init() as plain:
        assert 400 == _get(plain, "/healthz", named)[0]
        assert 200 == _get(plain, "/healthz", evil)[0]
        assert 200 == _get(plain, "/metrics", handed_on)[0]

    with Daypassd(organisation, *settings, name="behind").init() as behind:
        assert 200 == _get(behind, "/healthz", named)[0]
        assert 200 == _get(behind, "/healthz", handed_on)[0]
        assert 400 == _get(behind, "/healthz", evil)[0]
        assert 404 == _get(behind, "/metrics", handed_on)[0]


def test_door_is_off(organisation: Organisation) -> None:
    """Without an address there is no HTTP door, and the other one serves."""
    with Daypassd(organisation, "--http-listen", "").init() as server:
        assert not (server.state / "http.address").exists()
        assert DEV == server.caller(organisation.keys("dev"))


def test_taken_address_is_told(organisation: Organisation) -> None:
    """A server whose HTTP address is taken does not start, and says why."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        flags = ("--http-listen", f"127.0.0.1:{port}")
        server = Daypassd(organisation, *flags).init().launch()
        assert 1 == server.wait()
    assert "address already in use" in server.log


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    """Returns an authority with the files of a server."""
    folder = tmp_path / "tls"
    folder.mkdir()
    return new_pki(folder)


def test_g25_tls(organisation: Organisation, pki: Pki) -> None:
    """Both doors speak TLS, and take new certificates while they serve."""
    flags = (
        *("--tls-cert-file", str(pki.paths.chain)),
        *("--tls-key-file", str(pki.paths.private_key)),
        *("--directory-poll", "0.1"),
    )
    with Daypassd(organisation, *flags).init() as server:
        client = _client(server, organisation, verify=pki.authority_file)
        assert DEV == client.get_caller_identity()["Arn"]
        for address in (server.address, server.http_address):
            before = _certificate(address, pki)
            pki.write(pki.issue())

            def replaced(address: str = address, before: str = before) -> bool:
                return _certificate(address, pki) != before

            wait_until(replaced, "the new certificate is shown")
        assert DEV == client.get_caller_identity()["Arn"]
        assert f"{server.address} is serving\n" == _health(server, pki)
        pki.paths.chain.write_text("broken")
        wait_until(lambda: "certificate fault" in server.log, "the fault is told")
        assert DEV == client.get_caller_identity()["Arn"]


def test_broken_certificate_is_told(organisation: Organisation, pki: Pki) -> None:
    """A server with broken certificates does not start, and says which."""
    pki.paths.private_key.write_text("broken")
    flags = (
        *("--tls-cert-file", str(pki.paths.chain)),
        *("--tls-key-file", str(pki.paths.private_key)),
    )
    server = Daypassd(organisation, *flags).init().launch()

    assert 78 == server.wait()
    assert str(pki.paths.private_key) in server.log


def _health(server: Daypassd, pki: Pki) -> str:
    """Returns what `daypassd health` says of a server with that certificate."""
    words = ["health", "--address", server.address]
    words += ["--tls-cert-file", str(pki.paths.chain)]
    return CliRunner().invoke(app, words).stdout


def _certificate(address: str, pki: Pki) -> str:
    """Returns the number of the certificate that a door shows."""
    host, _, port = address.rpartition(":")
    context = pki.context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection((host, int(port)), 10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as link,
    ):
        certificate = link.getpeercert()
    assert isinstance(certificate, dict)
    return str(certificate["serialNumber"])
