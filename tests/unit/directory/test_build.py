"""From texts to a directory: all faults at once, and never an exception besides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import limits
from daypass.core.identifiers import is_unique_id
from daypass.directory.build import build, declare, sample_ids
from daypass.directory.fault import DirectoryInvalidError, Fault
from support.directories import ACCOUNT, account_file, directory_of, faults_of
from support.world import SeededEntropy

TRUST = '{Version: "2012-10-17", Statement: {Effect: Allow, Principal: {AWS: "*"},'
TRUST += " Action: sts:AssumeRole}}"
# Text, and what else YAML may hold, in places where something else is expected.
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "name",
                    "path",
                    "policies",
                    "trust",
                    "file",
                    "env",
                    "secret",
                    "access_keys",
                    "groups",
                    "tags",
                    "Statement",
                    "Version",
                    "Effect",
                    "Principal",
                    "AWS",
                    "Federated",
                    "Action",
                ]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


def test_reports_all_faults() -> None:
    """Faults of every kind, in every file, are reported in one go and in order."""
    texts = {
        "a.yaml": "a: [",
        "b.yaml": account_file(
            "users:\n  u: {bad: 1}\n  v: {groups: [g]}\nroles:\n  r: {trust: {}}"
        ),
        "c.yaml": account_file(
            f"roles: {{R: {{trust: {TRUST}}}, r: {{trust: {TRUST}}}}}"
        ),
    }

    places = [(fault.file, fault.line) for fault in faults_of(texts)]

    assert places[:3] == [("a.yaml", 2), ("b.yaml", 3), ("b.yaml", 6)]
    assert {"a.yaml", "b.yaml", "c.yaml"} == {file for file, _ in places}


def test_blames_no_innocent() -> None:
    """What refers to something in a malformed part is not called a fault."""
    texts = {
        "a.yaml": account_file(
            "groups: {g: {bad: 1}}\nusers: {u: {groups: [g], attached_policies: [p]}}"
        )
    }

    assert [fault.path for fault in faults_of(texts)] == ["groups.g.bad"]


def test_blames_no_innocent_trust() -> None:
    """A role that trusts a malformed user is not called a fault."""
    trust = TRUST.replace('"*"', f'"arn:aws:iam::{ACCOUNT}:user/u"')
    body = f"users: {{u: {{bad: 1}}}}\nroles: {{r: {{trust: {trust}}}}}"

    faults = faults_of({"a.yaml": account_file(body)})

    assert [fault.path for fault in faults] == ["users.u.bad"]


def test_bounds_faults() -> None:
    """No more faults are reported than somebody may want to read."""
    count = limits.DIRECTORY_FAULTS_MAX + 1
    text = account_file(
        "users:\n" + "".join(f"  u{n}: {{x: 1}}\n" for n in range(count))
    )

    assert len(faults_of({"a.yaml": text})) == limits.DIRECTORY_FAULTS_MAX


def test_names_all_faults_in_error() -> None:
    """The error says how many faults there are, and each in a line of its own."""
    error = DirectoryInvalidError([Fault("b", 2, "p", "r"), Fault("a", 0, "", "s")])

    assert str(error) == "the directory has 2 faults:\n  a: s\n  b:2: p: r"


def test_samples_ids() -> None:
    """The ids of a mere check look like ids and tell entities apart."""
    arns = [f"arn:aws:iam::{ACCOUNT}:{kind}/a" for kind in ("role", "user", "group")]

    ids = sample_ids(arns)

    assert all(map(is_unique_id, ids.values()))
    assert len(set(ids.values())) == 3


def test_names_content_by_digest() -> None:
    """Equal texts and ids have one digest; another text or id has another."""
    texts = {"a.yaml": account_file("users: {u: {}}")}
    changed = {"a.yaml": account_file("users: {u: {path: /a/}}")}

    digest = directory_of(texts).digest

    assert digest == directory_of(texts).digest
    assert digest != directory_of(changed).digest
    assert digest != directory_of(texts, entropy=SeededEntropy(7)).digest


def test_includes_further_faults() -> None:
    """What was found while resolving is reported with the rest."""
    declaration = declare({"a.yaml": account_file()})
    further = Fault("a.yaml", 1, "x", "y")

    with pytest.raises(DirectoryInvalidError) as caught:
        build(declaration, ids={}, keys=[], further_faults=[further])

    assert (further,) == caught.value.faults


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "account",
                "users",
                "groups",
                "roles",
                "policies",
                "root",
                "saml_providers",
                "oidc_providers",
                "mfa_devices",
                "workloads",
                "owner",
                "organization",
                "single_sign_on",
            ]
        ),
        st.one_of(VALUES, st.dictionaries(st.text(max_size=6), VALUES, max_size=3)),
        max_size=4,
    )
)
def test_any_value_loads_or_is_faulty(sections: dict[str, object]) -> None:
    """Whatever stands in a file, it loads or has faults; nothing else happens."""
    text = _flow(sections)

    faults = faults_of({"a.yaml": text, "b.yaml": account_file()})

    assert all(fault.reason for fault in faults)


@given(st.binary(max_size=200))
def test_any_text_loads_or_is_faulty(data: bytes) -> None:
    """Whatever text a file holds, it loads or has faults; nothing else happens."""
    text = account_file() + data.decode("latin-1")

    faults = faults_of({"a.yaml": text, "b.json": text})

    assert all(fault.reason for fault in faults)


def _flow(value: object) -> str:
    """Prints a value as YAML in one line."""
    match value:
        case dict():
            members = (f"{_flow(str(key))}: {_flow(one)}" for key, one in value.items())
            return "{" + ", ".join(members) + "}"
        case list():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case str():
            return ascii(value).replace("'", '"') if value.isalnum() else '"x"'
        case None:
            return "null"
        case _:
            return str(value).lower()
