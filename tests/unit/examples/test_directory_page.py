"""The reference of the file format: its examples load, its output is ours."""

from __future__ import annotations

import re
from pathlib import Path

from support.directories import faults_of

PAGE = Path(__file__).parents[3] / "docs/directory.md"
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
LIMIT = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*",'
LIMIT += ' "Resource": "*"}}'
FAULTY = {
    "accounts/shop.yaml": "account:\n  id: 123456789012\n  name: Shop\n",
    "accounts/tools.yaml": """\
account: {id: "444455556666", name: Tools}

users:
  dev:
    groups: [gone]
roles:
  Reader:
    trust:
      Version: "2012-10-17"
      Statement:
        Effect: Allow
        Principal: {AWS: "arn:aws:iam::111122223333:user/gone"}
        Action: sts:AssumeRole
""",
}


def blocks(language: str) -> list[str]:
    """Returns the blocks of the page that are in this language."""
    found = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    return [text for name, text in found if name == language]


def test_loads_examples() -> None:
    """All examples of the page together are a directory without a fault."""
    texts = {
        text.partition("\n")[0].removeprefix("# "): text for text in blocks("yaml")
    }

    assert sorted(texts) == [
        "account.yaml",
        "aws.yaml",
        "exchange.yaml",
        "federation.yaml",
        "oauth.yaml",
        "organization.yaml",
    ]
    assert faults_of({**texts, "limit.json": LIMIT}) == ()


def test_prints_faults_as_shown() -> None:
    """The faults that the page shows are printed just so."""
    (shown,) = blocks("text")
    mended = FAULTY["accounts/shop.yaml"].replace("123456789012", '"123456789012"')
    malformed = {"accounts/shop.yaml": FAULTY["accounts/shop.yaml"]}
    dangling = {**FAULTY, "accounts/shop.yaml": mended}

    faults = (*faults_of(malformed), *faults_of(dangling))

    assert shown.splitlines() == [str(fault) for fault in faults]
