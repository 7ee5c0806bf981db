"""The shape of the organisation's file: its policies, its units, and who signs in."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from daypass.directory import field_types as kinds

_ONE_ASSIGNEE: Final = "expected exactly one of person and group"


class _Raw(BaseModel):
    """The base of what stands here: strict, frozen, and closed as all of a file is."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class RawPlacement(_Raw):
    """An account's place in the organisation, with the policies attached there.

    A list that is not written attaches nothing and restricts nothing. A list of
    service control policies that is written is all that may pass, empty or not.
    """

    service_control_policies: kinds.Names | None = None
    resource_control_policies: kinds.Names = ()


class RawUnit(RawPlacement):
    """A unit of the organisation, or its root."""

    accounts: dict[kinds.AccountId, RawPlacement] = {}
    units: dict[kinds.UnitName, RawUnit] = {}


RootFeatureName = Literal["RootCredentialsManagement", "RootSessions"]


class RawOrganization(_Raw):
    """The organisation: its policies, and its tree of units."""

    id: kinds.OrganizationId
    management_account: kinds.AccountId
    root_administrator: kinds.AccountId | None = None
    root_features: Annotated[tuple[RootFeatureName, ...], Field(strict=False)] = (
        "RootCredentialsManagement",
        "RootSessions",
    )
    service_control_policies: dict[kinds.LongName, kinds.PolicyValue] = {}
    resource_control_policies: dict[kinds.LongName, kinds.PolicyValue] = {}
    root: RawUnit


class RawPerson(_Raw):
    """Somebody who signs in."""

    display_name: kinds.OneLine = ""
    groups: kinds.Names = ()


class RawPermissionSet(_Raw):
    """What an assigned person may do."""

    description: kinds.OneLine = ""
    session_duration: kinds.MaxSession = timedelta(hours=1)
    attached_policies: kinds.PolicyNames = ()
    inline_policy: kinds.PolicyValue | None = None
    permissions_boundary: kinds.PolicyName | None = None


class RawAssignment(_Raw):
    """Who gets which permission set where: a person or a group."""

    account: kinds.AccountId
    permission_set: kinds.PermissionSetName
    person: kinds.EntityName | None = None
    group: kinds.LongName | None = None

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if (self.person is None) is (self.group is None):
            raise PydanticCustomError(kinds.CUSTOM_ERROR, _ONE_ASSIGNEE)
        return self


class RawSingleSignOn(_Raw):
    """People, their groups, and what they are assigned."""

    people: dict[kinds.EntityName, RawPerson] = {}
    groups: kinds.Names = ()
    permission_sets: dict[kinds.PermissionSetName, RawPermissionSet] = {}
    assignments: Annotated[tuple[RawAssignment, ...], Field(strict=False)] = ()


class OrganizationFile(_Raw):
    """The file of the organisation, of which there is one at most."""

    organization: RawOrganization
    single_sign_on: RawSingleSignOn = RawSingleSignOn()
