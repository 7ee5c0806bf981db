"""`daypass explain`: what it sends, and the tree that it prints."""

from __future__ import annotations

import json

import grpc

from daypass_client._stubs.daypass.api.access.v1 import access_service_pb2 as access
from daypass_client._stubs.daypass.api.types.v1 import decision_pb2 as decisions
from support.access_answers import AUDITOR, EXPLAINED, ROLE
from support.command_line import Run
from support.fake_daypass import FakeDaypass, refusal

# The tree, as a pipe gets it.
TREE = f"""\
denied: sts:AssumeRole on {ROLE}
├── resource policy: denied  <- decided
│   └── {ROLE}
│       ├── Allow AuditorsForUs does not match  accounts/production.yaml:96
│       │   ├── ExternalId was not passed
│       │   └── the action is another
│       └── 2 more, which match less
├── identity policies: allowed (of the other account)
├── absent from the request: sts:ExternalId
└── nearest change: ExternalId was not passed
    └── sts:ExternalId = securecart-2026
"""


def test_unknown_decision_is_told(fake: FakeDaypass, run: Run) -> None:
    """A decision that there is not is told with exit status 1."""
    code = grpc.StatusCode.NOT_FOUND
    fake.refuse(refusal(code, "ResourceNotFound", "There is no such decision"))

    result = run("explain", "decision-1")

    assert (1, "") == (result.exit_code, result.stdout)
    assert "There is no such decision" in result.stderr


def test_export_is_refused(fake: FakeDaypass, run: Run) -> None:
    """There is nothing to export, and nothing is asked."""
    result = run("explain", "decision-1", "--output", "export")

    assert 2 == result.exit_code
    assert [] == fake.calls


def test_people_get_a_tree(fake: FakeDaypass, run: Run) -> None:
    """People read what was denied, and a tree of why with the nearest change."""
    fake.answer(EXPLAINED)

    result = run("explain", "decision-1")

    sent = access.ExplainDecisionRequest.FromString(fake.calls[0].body)
    assert "decision-1" == sent.decision_id
    facts, found, tree = result.stdout.partition("denied: ")
    assert TREE == found + tree
    assert ["decision-1", "2026-01-02T03:04:05Z", "AssumeRole", AUDITOR] == [
        line.split()[1] for line in facts.splitlines()[:4]
    ]


def test_programs_get_json(fake: FakeDaypass, run: Run) -> None:
    """Programs read the same and more."""
    fake.answer(EXPLAINED)

    result = run("explain", "decision-1", "--output", "json")

    found = json.loads(result.stdout)
    assert ("decision-1", "2026-01-02T04:04:05Z", "resource") == (
        found["decision_id"],
        found["expire_time"],
        found["side"],
    )
    (withheld,) = [
        slot["slot"] for slot in found["explanation"]["slots"] if slot["withheld"]
    ]
    assert "identity" == withheld


def test_deciding_statement_is_marked(fake: FakeDaypass, run: Run) -> None:
    """The statement that decided is marked, and one of the same name elsewhere not."""
    answer = access.ExplainDecisionResponse()
    answer.CopyFrom(EXPLAINED)
    found = answer.decision.explanation
    found.effect = decisions.DECISION_EFFECT_EXPLICIT_DENY
    found.decided_by.CopyFrom(found.slots[0].policies[0].statements[0].reference)
    found.slots[0].effect = decisions.DECISION_EFFECT_EXPLICIT_DENY
    statement = found.slots[0].policies[0].statements[0]
    statement.effect = decisions.StatementExplanation.STATEMENT_EFFECT_DENY
    statement.matched = True
    del statement.failures[:]
    found.slots[1].policies.add(name="other", statements=[statement])
    fake.answer(answer)

    lines = run("explain", "decision-1").stdout.splitlines()

    marked = [line.strip("│├└─ ") for line in lines if line.endswith("<- decided")]
    deny = "Deny AuditorsForUs matches  accounts/production.yaml:96"
    assert [f"{deny}  <- decided"] == marked
    assert 2 == sum(deny in line for line in lines)


def test_organisation_that_allows_is_short(fake: FakeDaypass, run: Run) -> None:
    """Organisation policies that allow are not listed, and those that deny are."""
    answer = access.ExplainDecisionResponse()
    answer.CopyFrom(EXPLAINED)
    slots = answer.decision.explanation.slots
    policy = slots[0].policies[0]
    policy.level = 0
    allowed, denied = slots[0], slots[1]
    allowed.slot = decisions.POLICY_SLOT_SCP
    allowed.effect = decisions.DECISION_EFFECT_ALLOWED
    denied.slot = decisions.POLICY_SLOT_RCP
    denied.effect = decisions.DECISION_EFFECT_IMPLICIT_DENY
    denied.policies.add().CopyFrom(policy)
    denied.withheld = False
    fake.answer(answer)

    result = run("explain", "decision-1")

    assert "service control policies: allowed\n" in result.stdout
    assert 1 == result.stdout.count(f"level 0: {ROLE}")


def test_statements_that_allow_are_enough(fake: FakeDaypass, run: Run) -> None:
    """Of a slot that allows, statements and policies that do not match are left out."""
    answer = access.ExplainDecisionResponse()
    answer.CopyFrom(EXPLAINED)
    found = answer.decision.explanation
    found.slots[0].effect = decisions.DECISION_EFFECT_ALLOWED
    other = found.slots[0].policies.add(name="no file")
    reference = decisions.StatementReference(policy="no file", index=3)
    other.statements.add(reference=reference, matched=True)
    other.statements.add(reference=reference)
    fake.answer(answer)

    result = run("explain", "decision-1")

    assert "AuditorsForUs" not in result.stdout
    assert 1 == result.stdout.count("statement 3 matches\n")
    assert "does not match" not in result.stdout


def test_empty_slot_is_told(fake: FakeDaypass, run: Run) -> None:
    """A slot without policies says so, unless they are withheld."""
    answer = access.ExplainDecisionResponse()
    answer.decision.explanation.slots.add(
        slot=decisions.POLICY_SLOT_BOUNDARY,
        effect=decisions.DECISION_EFFECT_IMPLICIT_DENY,
    )
    fake.answer(answer)

    result = run("explain", "decision-1")

    assert "permissions boundary: denied (there is none)\n" in result.stdout


def test_changes_are_alternatives(fake: FakeDaypass, run: Run) -> None:
    """A second change is another way, and one without steps has no lines below."""
    answer = access.ExplainDecisionResponse()
    changes = answer.decision.explanation.nearest_changes
    changes.add(text="do this", edits=[decisions.AccessEdit(text="do this")])
    changes.add(text="do that", edits=[decisions.AccessEdit(statement="{}")])
    fake.answer(answer)

    lines = run("explain", "decision-1").stdout.splitlines()

    assert ["├── nearest change: do this", "└── or: do that", "    └── {}"] == lines[
        -3:
    ]


def test_terminal_is_not_steered(fake: FakeDaypass, run: Run) -> None:
    """Texts of the server that could steer a terminal are written as escapes."""
    answer = access.ExplainDecisionResponse()
    answer.CopyFrom(EXPLAINED)
    found = answer.decision.explanation
    found.resource = "a\x1b[2J"
    found.nearest_changes[0].text = "b\x1b[2J"
    found.slots[0].policies[0].name = "c\x1b[2J"
    found.slots[0].policies[0].statements[0].reference.sid = "d\x1b[2J"
    found.slots[0].policies[0].statements[0].reference.file = "e\x1b[2J"
    found.slots[0].policies[0].statements[0].failures[0].text = "f\x1b[2J"
    found.missing_keys[0] = "g\x1b[2J"
    found.nearest_changes[0].edits[0].statement = "h\x1b[2J"
    fake.answer(answer)

    result = run("explain", "decision-1")

    assert "\x1b" not in result.stdout
    for letter in "abcdefgh":
        assert f"{letter}\\x1b[2J" in result.stdout


def test_defect_is_told(fake: FakeDaypass, run: Run) -> None:
    """A denial that is a defect of the server is told as one."""
    answer = access.ExplainDecisionResponse()
    answer.decision.explanation.internal_error = True
    fake.answer(answer)

    result = run("explain", "decision-1")

    assert "a defect of the server" in result.stdout
