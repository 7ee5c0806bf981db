"""The protos hold to the house's rules, and the stubs to the protos."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet, MethodOptions
from grpc_tools import protoc

from daypass.api.sts.v1 import sts_service_pb2
from daypass.api.types.v1 import error_reason_pb2
from daypass.core import errors, exchange_errors, outbound_errors
from daypass.core.errors import DaypassError
from daypass.rpc.methods import SERVICES
from daypass_client._stubs.daypass.api.sts.v1 import sts_service_pb2 as client_pb2

REPOSITORY = Path(__file__).resolve().parents[2]
PROTOS = REPOSITORY / "protos"
RELEASED = PROTOS / "released" / "v1.binpb"
BUF = Path(sys.executable).parent / "buf"
# The names of fields that hold what nobody may log.
SECRET = re.compile(r"secret|assertion|token_code|(^|_)token$")
# Page tokens grant nothing; the last is the subject that a token names.
NO_SECRETS = {"page_token", "next_page_token", "subject_from_web_identity_token"}
ERROR_TABLES = {
    errors.__name__,
    exchange_errors.__name__,
    outbound_errors.__name__,
}
REASON = re.compile(r"`(\w+)`, ([A-Z_]+), (\d{3})\.")


def _buf(tmp_path: Path, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Runs buf with a home of its own and no way to the network."""
    nowhere = "http://127.0.0.1:9"
    return subprocess.run(
        [BUF, *arguments],
        env={
            "HOME": str(tmp_path),
            "BUF_CACHE_DIR": str(tmp_path / "cache"),
            "HTTPS_PROXY": nowhere,
            "HTTP_PROXY": nowhere,
            "PATH": os.defpath,
        },
        capture_output=True,
        check=False,
    )


def _breaking(tmp_path: Path, protos: Path) -> int:
    image = tmp_path / "image.binpb"
    built = _buf(tmp_path, "build", protos, "-o", image)
    assert 0 == built.returncode, built.stderr.decode()
    config = protos / "buf.yaml"
    found = _buf(tmp_path, "breaking", image, "--against", RELEASED, "--config", config)
    return found.returncode


def _copy(tmp_path: Path, file: str, old: str, new: str) -> Path:
    copy = tmp_path / "protos"
    shutil.copytree(PROTOS, copy)
    text = (copy / file).read_text()
    assert old in text
    (copy / file).write_text(text.replace(old, new, 1))
    return copy


def _messages() -> Iterator[Descriptor]:
    files = {service.file for service in SERVICES}
    files |= {dependency for file in files for dependency in file.dependencies}
    for file in files:
        if file.package.startswith("daypass."):
            yield from file.message_types_by_name.values()


def _fields() -> Iterator[FieldDescriptor]:
    for message in _messages():
        yield from message.fields


def _request_messages() -> set[Descriptor]:
    found: set[Descriptor] = set()
    waiting = [method.input_type for service in SERVICES for method in service.methods]
    while waiting:
        message = waiting.pop()
        if message not in found and message.file.package.startswith("daypass."):
            found.add(message)
            waiting += [
                field.message_type for field in message.fields if field.message_type
            ]
    return found


def test_stubs_are_current() -> None:
    """The committed stubs are those that the generator makes."""
    done = subprocess.run(
        [sys.executable, PROTOS / "generate.py", "--check"],
        capture_output=True,
        check=False,
    )

    assert 0 == done.returncode, done.stderr.decode()


def test_lint_passes(tmp_path: Path) -> None:
    """The protos pass lint, without a network."""
    done = _buf(tmp_path, "lint", PROTOS)

    assert (0, b"") == (done.returncode, done.stdout)


def test_lint_can_fail(tmp_path: Path) -> None:
    """A field that loses its comment is found by lint."""
    copy = _copy(
        tmp_path,
        "daypass/api/types/v1/principal.proto",
        "  // The account that owns the credentials, twelve digits.\n",
        "",
    )

    assert 0 != _buf(tmp_path, "lint", copy).returncode


def test_nothing_released_broken(tmp_path: Path) -> None:
    """The protos break nothing that was released, checked without a network."""
    assert 0 == _breaking(tmp_path, PROTOS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  string account_id = 3;\n", ""),
        ("string account_id = 3", "string account_id = 4"),
        ("string account_id = 3", "int64 account_id = 3"),
        ("string account_id = 3", "string account = 3"),
    ],
    ids=["removed", "renumbered", "retyped", "renamed"],
)
def test_break_is_found(tmp_path: Path, old: str, new: str) -> None:
    """A field that is removed or changed is found."""
    copy = _copy(tmp_path, "daypass/api/types/v1/principal.proto", old, new)

    assert 0 != _breaking(tmp_path, copy)


def test_request_fields_have_behavior() -> None:
    """Every field of a request says whether it is required."""
    missing = [
        field.full_name
        for message in _request_messages()
        for field in message.fields
        if not field.GetOptions().Extensions[field_behavior_pb2.field_behavior]
    ]

    assert [] == missing


def test_secrets_are_marked() -> None:
    """Every field that is named like a secret is marked as one."""
    unmarked = [
        field.full_name
        for field in _fields()
        if field.type == FieldDescriptor.TYPE_STRING
        and SECRET.search(field.name)
        and field.name not in NO_SECRETS
        and not field.GetOptions().debug_redact
    ]

    assert [] == unmarked


def test_every_reason_has_row(tmp_path: Path) -> None:
    """The reasons, codes and statuses declared are those of the error table."""
    declared = {
        (name, code, int(status))
        for comment in _reason_comments(tmp_path)
        for name, code, status in REASON.findall(comment)[:1]
    }

    rows = {kind.row for kind in _error_classes(DaypassError)}
    assert {(row.reason, row.code.name, row.http_status) for row in rows} == declared


def test_reasons_named_after_codes(tmp_path: Path) -> None:
    """The name of each reason is its code in upper snake case."""
    names = error_reason_pb2.ErrorReason.keys()[1:]

    codes = [REASON.findall(comment)[0][0] for comment in _reason_comments(tmp_path)]
    # A word begins behind a small letter, or with the last of several large ones.
    word = r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
    snake = [re.sub(word, "_", code).upper() for code in codes]
    assert [f"ERROR_REASON_{code}" for code in snake] == list(names)


def test_reads_declared_harmless() -> None:
    """What only reads says so, and what issues does not."""
    declared = {
        method.name: method.GetOptions().idempotency_level
        for service in SERVICES
        for method in service.methods
    }

    harmless = {
        name
        for name, level in declared.items()
        if level == MethodOptions.NO_SIDE_EFFECTS
    }
    assert {
        "AuthenticateRequest",
        "Authorize",
        "BatchVerifyTokens",
        "DecodeAuthorizationMessage",
        "ExplainDecision",
        "GetAccessKeyInfo",
        "GetCallerIdentity",
        "GetKeySet",
        "GetSession",
        "ListKeys",
        "ListSessions",
        "Simulate",
        "VerifyToken",
        "WatchKeySet",
        "WatchRevocations",
    } == harmless
    assert MethodOptions.IDEMPOTENT == declared["RevokeSessions"]
    assert MethodOptions.IDEMPOTENT == declared["RevokeToken"]


def test_both_trees_in_one_process() -> None:
    """The stubs of the server and of the client are the same classes in one process."""
    message = client_pb2.AssumeRoleRequest(role_arn="role")

    assert sts_service_pb2.AssumeRoleRequest(role_arn="role") == message


def _reason_comments(tmp_path: Path) -> list[str]:
    """Returns the comment of each reason but the unspecified one."""
    output = tmp_path / "reasons.binpb"
    code: Any = protoc.main(
        [
            "protoc",
            f"--proto_path={PROTOS}",
            f"--descriptor_set_out={output}",
            "--include_source_info",
            "daypass/api/types/v1/error_reason.proto",
        ]
    )
    assert 0 == code
    file = FileDescriptorSet.FromString(output.read_bytes()).file[0]
    # SPEC: descriptor.proto, SourceCodeInfo: value (2) of the first enum (5, 0).
    values = {
        location.path[3]: location.leading_comments
        for location in file.source_code_info.location
        if len(location.path) == 4 and list(location.path[:3]) == [5, 0, 2]
    }
    return [comment for number, comment in sorted(values.items()) if number]


def _error_classes(base: type[DaypassError]) -> Iterator[type[DaypassError]]:
    if hasattr(base, "row") and base.__module__ in ERROR_TABLES:
        yield base
    for kind in base.__subclasses__():
        yield from _error_classes(kind)
