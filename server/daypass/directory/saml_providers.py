"""SAML providers: what is declared of them, and what is dangerous in it.

What their metadata documents say, and what their private keys are, is read and
checked by an adapter: this package knows neither XML nor secrets.

SPEC: sts-operations 1.2; attacks S35, S61.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from daypass.core.arn import entity_arn
from daypass.directory.declared import (
    SamlProvider,
    SamlTrust,
    SecretReference,
    SecretSource,
)
from daypass.directory.fault import Fault
from daypass.directory.index import Index
from daypass.directory.schema import RawSamlProvider
from daypass.directory.yaml_tree import Place

XML_SUFFIX: Final = ".xml"
# What each check that is given up lets happen, and what to do instead.
_WEAKENED: Final[Mapping[str, str]] = {
    "unsafe_ignore_audience": (
        "an assertion that was made for another service is taken; have the provider"
        " name urn:amazon:webservices as its audience"
    ),
    "unsafe_ignore_not_before": (
        "an assertion is taken before it becomes good; set the provider's clock"
    ),
    "unsafe_accept_replay": (
        "whoever gets hold of an assertion can use it again until it ends; have each"
        " sign-in make a new one"
    ),
    "unsafe_accept_expired_certificates": (
        "a signing key counts after its certificate has ended; fetch new metadata"
    ),
    "unsafe_accept_unknown_request": (
        "an answer to a sign-in that somebody else began is taken; have the provider"
        " begin the sign-in"
    ),
}
_NO_METADATA: Final = (
    "warning: there is no metadata, so that no assertion of it is taken; add"
    " metadata: {file: …}"
)


@dataclass(frozen=True, slots=True)
class DeclaredSamlProvider:
    """A SAML provider as a file declares it.

    Attributes:
        arn: its ARN.
        account_id: the account that it belongs to.
        place: where it stands.
        raw: what stands there.
    """

    arn: str
    account_id: str
    place: Place
    raw: RawSamlProvider

    @property
    def given_up(self) -> frozenset[str]:
        """The names of the checks that it gives up."""
        switches = self.raw.compatibility.model_dump()
        return frozenset(name for name, is_on in switches.items() if is_on)

    @property
    def local_metadata(self) -> SecretReference | None:
        """Where its metadata is, if each installation has its own."""
        document = self.raw.metadata
        if document is None or document.local is None:
            return None
        return SecretReference(SecretSource.FILE, document.local)

    @property
    def private_keys(self) -> tuple[tuple[Place, SecretReference], ...]:
        """Where each of its private keys is named, and where it is."""
        place = self.place.at("private_keys")
        return tuple(
            (place.at(number), raw.reference())
            for number, raw in enumerate(self.raw.private_keys)
        )

    def metadata_file(self) -> str | None:
        """Returns the name of its metadata in the folder, or None where that is local.

        It may be any name; that there is such a file is not known here.
        """
        document = self.raw.metadata
        if document is None or document.file is None:
            return None
        folder = posixpath.dirname(self.place.file)
        return posixpath.normpath(posixpath.join(folder, document.file))


def declared_saml_providers(index: Index) -> tuple[DeclaredSamlProvider, ...]:
    """Returns every SAML provider of a folder."""
    return tuple(
        DeclaredSamlProvider(
            entity_arn(account.partition, account_id, "saml-provider", "/", name),
            account_id,
            place.at("saml_providers", name),
            raw,
        )
        for account_id, account in index.accounts.items()
        for content, place in account.files
        for name, raw in content.saml_providers.items()
    )


def with_trust(
    providers: Mapping[str, SamlProvider], trust: Mapping[str, SamlTrust]
) -> dict[str, SamlProvider]:
    """Returns providers with what their assertions are judged by, where it is known."""
    return {
        arn: replace(provider, trust=trust.get(arn))
        for arn, provider in providers.items()
    }


def advise_saml(providers: Iterable[DeclaredSamlProvider]) -> Iterator[Fault]:
    """Yields a warning for each check that is given up, and for what does nothing."""
    for provider in providers:
        if provider.raw.metadata is None:
            yield provider.place.fault(_NO_METADATA)
        for name in sorted(provider.given_up):
            place = provider.place.at("compatibility", name)
            yield place.fault(f"warning: {_WEAKENED[name]}")
