"""Settings come from flags, the environment and a file, in this order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from daypass.config import InvalidSettingsError, Settings, environment
from daypass.core.listening import split_address
from support.surroundings import Surroundings, surroundings

ABOUT = "Tests the settings."


@pytest.fixture(autouse=True)
def around(tmp_path: Path) -> Iterator[Surroundings]:
    """Yields the surroundings of the test, in which no setting is set."""
    with surroundings(tmp_path) as found:
        yield found


def _load(*flags: str, **fixed: object) -> Settings:
    return Settings.load(flags, program="daypassd test", about=ABOUT, **fixed)


def _refusal(*flags: str) -> str:
    with pytest.raises(InvalidSettingsError) as caught:
        _load(*flags)
    return str(caught.value)


@pytest.mark.parametrize("flags", [["--nonsense", "1"], ["--grpc", "x"], ["stray"]])
def test_unknown_flag_refused(
    flags: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown flag, a shortened one and a stray word are wrong calls: status 2."""
    with pytest.raises(SystemExit) as caught:
        _load(*flags)

    assert 2 == caught.value.code
    assert "unrecognized arguments" in capsys.readouterr().err


def test_unknown_key_refused(around: Surroundings) -> None:
    """A key of the file that is no setting is refused by name."""
    around.write_settings('grpc_lisen = "127.0.0.1:1"\n')

    assert _refusal().startswith("grpc_lisen: ")


def test_unknown_variable_ignored(around: Surroundings) -> None:
    """A variable that names no setting is somebody else's and changes nothing."""
    before = _load().model_dump()

    around.set("DAYPASS_PORT", "tcp://10.0.0.1:50051")
    around.set("DAYPASS_ENDPOINT", "sts.example:443")

    assert before == _load().model_dump()


def test_malformed_file_named(around: Surroundings) -> None:
    """A file that is not TOML is refused with its name and the line."""
    around.write_settings("\nstore = = 1\n")

    reason = _refusal()

    assert reason.startswith("daypass.toml: ")
    assert "line 2" in reason


def test_precedence(around: Surroundings) -> None:
    """A flag beats the environment, which beats the file, which beats the default."""
    assert "127.0.0.1:50051" == _load().grpc_listen

    around.write_settings('grpc_listen = "127.0.0.1:1"\n')
    assert "127.0.0.1:1" == _load(grpc_listen="127.0.0.1:9").grpc_listen
    around.set("DAYPASS_GRPC_LISTEN", "127.0.0.1:2")
    assert "127.0.0.1:2" == _load().grpc_listen
    assert "127.0.0.1:3" == _load("--grpc-listen", "127.0.0.1:3").grpc_listen


def test_default_of_command() -> None:
    """A command may have defaults of its own, which any source replaces."""
    assert Path("example") == _load(directory=Path("example")).directory
    flags = ("--directory", "mine")
    assert Path("mine") == _load(*flags, directory=Path("example")).directory


def test_sources_are_mixed(around: Surroundings) -> None:
    """Each setting is taken from its own source."""
    around.write_settings('log_level = "debug"\nreflection = true\n')
    around.set("DAYPASS_STATE_DIR", "state")

    settings = _load("--no-reflection", "--drain-time", "2.5")

    assert ("debug", False, Path("state"), timedelta(seconds=2.5)) == (
        settings.log_level,
        settings.reflection,
        settings.state_dir,
        settings.drain_time,
    )


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0:50051",
        "[::]:50051",
        "10.0.0.1:1",
        "sts.example:1",
        "[::ffff:10.0.0.1]:1",
    ],
)
def test_plaintext_on_network_refused(address: str) -> None:
    """A door beyond loopback is refused as long as nobody says that it is safe (G23)."""
    reason = _refusal("--grpc-listen", address)

    assert f"grpc_listen {address} is beyond loopback" in reason
    flags = ("--grpc-listen", address, "--unsafe-plaintext")
    assert address == _load(*flags).grpc_listen


@pytest.mark.parametrize(
    "address", ["127.0.0.1:0", "localhost:50051", "[::1]:50051", "127.9.9.9:65535"]
)
def test_plaintext_on_loopback(address: str) -> None:
    """A door that only this machine reaches needs no word for it."""
    assert address == _load("--grpc-listen", address).grpc_listen


@pytest.mark.parametrize(
    "address",
    [
        *("", ":", "127.0.0.1", "127.0.0.1:", ":50051", "127.0.0.1:x", "127.0.0.1:-1"),
        *("127.0.0.1:65536", "127.0.0.1:\u0661", "::1:50051", "[::1:50051", "[]:1"),
        *("127.0.0.1:1\n", "a b:1", "http://127.0.0.1:1", "unix:/tmp/x", "[x]:1"),
    ],
)
def test_malformed_address_refused(address: str) -> None:
    """What is not HOST:PORT is no address; IPv6 stands in brackets."""
    with pytest.raises(ValueError, match=r"is not HOST:PORT|has no such port"):
        split_address(address)


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("127.0.0.1:0", "127.0.0.1", 0),
        ("sts.my-host_1:65535", "sts.my-host_1", 65_535),
        ("[::1]:50051", "::1", 50_051),
    ],
)
def test_address_is_split(address: str, host: str, port: int) -> None:
    """Host and port are told apart, and brackets are not part of the host."""
    assert (host, port) == split_address(address)


@pytest.mark.parametrize(
    ("flag", "refused", "taken"),
    [
        ("--revocation-lease", "0.999", "1"),
        ("--revocation-lease", "30.001", "30"),
        ("--directory-poll", "0.099", "0.1"),
        ("--directory-poll", "3600.1", "3600"),
        ("--drain-time", "-0.001", "0"),
        ("--drain-time", "60.001", "60"),
    ],
)
def test_spans_are_bounded(flag: str, refused: str, taken: str) -> None:
    """Every span has a least and a most, and both ends are allowed."""
    name = flag.removeprefix("--").replace("-", "_")

    assert _refusal(flag, refused).startswith(f"{name}: it is ")
    assert timedelta(seconds=float(taken)) == getattr(_load(flag, taken), name)


@pytest.mark.parametrize("text", ["", "x", "PT5S", "nan", "inf", "1e400", "5s"])
def test_span_is_a_number(text: str) -> None:
    """A span that is no number of seconds is refused, without an error of ours."""
    assert "drain_time: it is not a number of seconds" == _refusal("--drain-time", text)


def test_truth_is_no_span(around: Surroundings) -> None:
    """A truth value of the file is no number of seconds."""
    around.write_settings("revocation_lease = true\n")

    assert "revocation_lease: it is not a number of seconds" == _refusal()


@pytest.mark.parametrize("name", ["saml-acs-urls", "saml-audiences"])
@pytest.mark.parametrize("text", ["sts.example", "https:", "https://a b", "urn:\u00e4"])
def test_malformed_saml_uri_refused(name: str, text: str) -> None:
    """What is no absolute URI is refused; no assertion could be made for it."""
    field = name.replace("-", "_")

    assert _refusal(f"--{name}", text).startswith(f"{field}: ")


def test_saml_uris() -> None:
    """Recipients and audiences are URIs, of which there may be several."""
    settings = _load(
        *("--saml-acs-urls", "https://a.example/saml,https://b.example/saml"),
        *("--saml-audiences", "urn:example:sts"),
    )

    assert (
        "https://a.example/saml",
        "https://b.example/saml",
    ) == settings.saml_acs_urls
    assert ("urn:example:sts",) == settings.saml_audiences


@pytest.mark.parametrize("text", ['["eu-test-1"]', "eu test", "eu/test", "é", "r" * 65])
def test_malformed_region_refused(text: str) -> None:
    """What cannot be the name of a region is refused; it would refuse every call."""
    assert _refusal("--regions", text).startswith("regions: ")


def test_lists_are_spelled_alike(around: Surroundings) -> None:
    """A list is a flag twice, words with commas, or a list of the file."""
    expected = ("eu-test-1", "eu-test-2")

    assert expected == _load("--regions", "eu-test-1", "--regions", "eu-test-2").regions
    assert expected == _load("--regions", "eu-test-1,eu-test-2").regions
    around.write_settings('regions = ["eu-test-1", "eu-test-2"]\n')
    assert expected == _load().regions
    around.set("DAYPASS_REGIONS", "eu-test-1, eu-test-2")
    assert expected == _load().regions


@pytest.mark.parametrize("flag", ["--log-level", "--log-format"])
def test_closed_lists(flag: str) -> None:
    """What has a few values takes no other."""
    assert _refusal(flag, "loud").startswith(flag[2:].replace("-", "_"))


def test_secrets_are_redacted() -> None:
    """Neither the master key nor the password of the store is shown."""
    settings = _load(
        *("--master-key", "hunter2"),
        *("--store", "redis://:hunter3@127.0.0.1:6379/0"),
    )

    shown = f"{settings!r} {settings} {settings.master_key}"
    assert "hunter" not in shown
    assert settings.master_key is not None
    assert "hunter2" == settings.master_key.get_secret_value()


def test_fault_shows_no_secret(around: Surroundings) -> None:
    """The reason of a refusal does not show what was given."""
    around.write_settings('master_key = ["hunter2"]\nregions = 5\n')

    reason = _refusal()

    assert "hunter2" not in reason
    assert {"master_key", "regions"} == {
        fault.partition(":")[0] for fault in reason.split("; ")
    }


def test_settings_do_not_change() -> None:
    """Settings are read once and then stay."""
    with pytest.raises(ValueError, match="frozen"):
        _load().reflection = True


def test_help_names_all(capsys: pytest.CaptureFixture[str]) -> None:
    """The help says what the command does and names and describes every setting."""
    with pytest.raises(SystemExit) as caught:
        _load("--help")

    shown = " ".join(capsys.readouterr().out.split())
    flags = [f"--{name.replace('_', '-')}" for name in Settings.model_fields]
    assert 0 == caught.value.code
    assert [] == [flag for flag in flags if flag not in shown]
    assert [] == [
        name for name, field in Settings.model_fields.items() if not field.description
    ]
    assert ABOUT in shown


def test_help_shows_no_types(capsys: pytest.CaptureFixture[str]) -> None:
    """The help calls values as people do, and not by their types."""
    with pytest.raises(SystemExit):
        _load("--help")

    shown = capsys.readouterr().out
    assert [] == [
        name
        for name in ("tuple", "timedelta", "SecretStr", " Path", " str")
        if name in shown
    ]
    assert "--drain-time SECONDS" in shown
    assert "--regions NAME,NAME" in shown


def test_environment_is_that_of_process(around: Surroundings) -> None:
    """Secrets that a directory refers to are looked up in the process environment."""
    around.set("SOME_SECRET", "hunter2")

    assert "hunter2" == environment()["SOME_SECRET"]


@pytest.mark.parametrize("depth", ["0", "17", "x"])
def test_chain_depth_is_bounded(depth: str) -> None:
    """A chain is one session deep at the least and sixteen at the most."""
    assert _refusal("--chain-depth-max", depth).startswith("chain_depth_max: ")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://sts.example",
        "https://sts.example/",
        "https://sts.example:8443",
        "https://sts.example?x",
        "https://user@sts.example",
        "https://sts.example/" + "a" * 181,
    ],
)
def test_issuer_url_refused(url: str) -> None:
    """The base of issuers is an https URL without port, query and last slash."""
    assert _refusal("--issuer-url", url).startswith("issuer_url: ")


@pytest.mark.parametrize("path", ["", "/daypass", "/" + "a" * 180])
def test_issuer_url_taken(path: str) -> None:
    """The base of issuers may have a path, up to 200 characters in all."""
    assert f"https://sts.example{path}" == (
        _load("--issuer-url", f"https://sts.example{path}").issuer_url
    )
    assert _load().issuer_url is None


@pytest.mark.parametrize("seconds", ["3599", "1209601"])
def test_chain_lifetime_is_bounded(seconds: str) -> None:
    """A chain may last from an hour to two weeks, where it has a bound at all."""
    assert _refusal("--chain-lifetime-max", seconds).startswith("chain_lifetime_max: ")


def test_chain_lifetime_has_no_bound_by_default() -> None:
    """Unless it is set a chain has no bound in time, and both edges may be set."""
    assert _load().chain_lifetime_max is None
    for seconds in (3_600, 1_209_600):
        settings = _load("--chain-lifetime-max", str(seconds))

        assert timedelta(seconds=seconds) == settings.chain_lifetime_max


@pytest.mark.parametrize("count", ["0", "65", "two", "-1"])
def test_workers_are_bounded(count: str) -> None:
    """A server has one worker at least, and no more than machines have cores."""
    with pytest.raises(InvalidSettingsError, match="workers"):
        _load("--workers", count, "--store", "redis://127.0.0.1")


@pytest.mark.parametrize("count", [1, 2, 64])
def test_workers_of_shared_store(count: int) -> None:
    """With a store that is shared there may be several."""
    settings = _load("--workers", str(count), "--store", "redis://127.0.0.1")

    assert count == settings.workers


@pytest.mark.parametrize("store", ["memory://", "memory://?journal=j"])
def test_memory_has_one_worker(store: str) -> None:
    """What lies in one process is not shared, with a journal or without."""
    assert 1 == _load("--store", store).workers
    with pytest.raises(InvalidSettingsError, match="memory:// is within one process"):
        _load("--store", store, "--workers", "2")
