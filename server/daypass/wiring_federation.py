"""Joins the operations whose request is the proof to their collaborators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from daypass.core.key_set_source import KeySetSource
from daypass.federation.oidc.jwk_set import JwkSet
from daypass.federation.saml.options import ServiceProvider
from daypass.rpc.federation_handlers import FederationUseCases
from daypass.sts.assume_role_with_saml import AssertionChecker, AssumeRoleWithSaml
from daypass.sts.assume_role_with_web_identity import AssumeRoleWithWebIdentity
from daypass.sts.audit import Auditor
from daypass.sts.decisions import Decisions
from daypass.sts.exchange_bounds import ExchangeBounds
from daypass.sts.federated_assumption import FederatedCollaborators
from daypass.sts.pipeline import Operation, Pipeline

_Request = TypeVar("_Request")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class FederationWiring:
    """What the federated operations are made of.

    Attributes:
        steps: what their shared steps need.
        key_sets: the keys of OpenID providers.
        saml_checker: checks the assertions of SAML providers.
        saml_service: to whom those may be addressed.
        auditor: records each outcome.
        decisions: keeps the explanations of denials.
    """

    steps: FederatedCollaborators
    key_sets: KeySetSource[JwkSet]
    saml_checker: AssertionChecker
    saml_service: ServiceProvider
    auditor: Auditor
    decisions: Decisions

    def use_cases(self) -> FederationUseCases:
        """Returns the operations, ready to be called."""
        clock = self.steps.clock
        bounds = ExchangeBounds(clock=clock)
        return FederationUseCases(
            assume_role_with_saml=self._pipeline(
                AssumeRoleWithSaml(
                    steps=self.steps,
                    checker=self.saml_checker,
                    service_provider=self.saml_service,
                    bounds=bounds,
                    clock=clock,
                )
            ),
            assume_role_with_web_identity=self._pipeline(
                AssumeRoleWithWebIdentity(
                    steps=self.steps,
                    key_sets=self.key_sets,
                    bounds=bounds,
                    clock=clock,
                )
            ),
        )

    def _pipeline(
        self, operation: Operation[_Request, _Result]
    ) -> Pipeline[_Request, _Result]:
        return Pipeline(
            operation=operation, auditor=self.auditor, decisions=self.decisions
        )
