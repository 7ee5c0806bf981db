"""The bounds of SAML documents, each with its reason.

A part of `limits`, with the same rules: sizes are bytes unless the name says
characters. `spec` is the operations specification, section 1.2 unless another is
named; `attacks` is the catalogue of attacks.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# spec 0.4: SAMLAssertion, in base64.
SAML_ASSERTION_CHARACTERS_MIN: Final = 4
SAML_ASSERTION_CHARACTERS_MAX: Final = 100_000
# What that many characters of base64 decode to.
SAML_RESPONSE_BYTES_MAX: Final = 75_000
# spec 1.2: the metadata document of a provider.
SAML_METADATA_CHARACTERS_MIN: Final = 1_000
SAML_METADATA_CHARACTERS_MAX: Final = 10_000_000
# The same in UTF-8, at four bytes a character.
SAML_METADATA_BYTES_MAX: Final = 40_000_000
# attacks S60. A response with fifty tags and two hundred roles has about 400; each
# costs some microseconds.
SAML_RESPONSE_NODES_MAX: Final = 2_000
# A signature with a chain of certificates has about thirty; so has an encrypted
# assertion, and a response without its assertion.
SAML_SIGNATURE_NODES_MAX: Final = 100
# Metadata of the largest providers has some thousands.
SAML_METADATA_NODES_MAX: Final = 100_000
# attacks S60; an encrypted response of common products is about twelve deep.
XML_DEPTH_MAX: Final = 50
# Attributes of one element; SAML defines at most nine for any.
XML_ATTRIBUTES_MAX: Final = 64
# Attributes and declarations of all elements, per element that there may be: the
# wordiest products have three at each value, and a value is longer than a name.
XML_MARKS_PER_NODE: Final = 2
# Declarations of namespaces; the wordiest products have two at each value.
XML_DECLARATIONS_MAX: Final = 1_000
# ID attributes are random strings of about forty characters.
XML_ID_CHARACTERS_MAX: Final = 256
# Prefixes that canonicalization is told to keep; common products name one.
XML_PREFIX_LIST_CHARACTERS_MAX: Final = 256

# spec 1.2: how far the clocks of identity providers may be off, either way.
SAML_CLOCK_SKEW_MAX: Final = timedelta(seconds=60)
# Assertions are for one sign-in and good for minutes; one that is good for longer
# than a day is a mistake, and would have to be remembered as used for as long.
SAML_ASSERTION_LIFETIME_MAX: Final = timedelta(hours=24)

# Signing certificates of one provider: two while it rotates its keys, and as many
# again for each of its nodes. Each may have to be tried.
SAML_CERTIFICATES_MAX: Final = 8
# spec 1.2: private keys of one provider for encrypted assertions.
SAML_DECRYPTION_KEYS_MAX: Final = 2
# Providers whose keys a worker keeps read; others are read again at each use.
SAML_PROVIDERS_KEPT_MAX: Final = 1_000
# The entity id of a provider, by the SAML core specification, 8.3.6.
SAML_ENTITY_ID_CHARACTERS_MAX: Final = 1_024
# By the SAML core specification, 8.3.7, a persistent identifier has at most 256.
SAML_NAME_ID_CHARACTERS_MAX: Final = 1_024
# Values of one attribute that becomes a condition key.
SAML_ATTRIBUTE_VALUES_MAX: Final = 100
SAML_ATTRIBUTE_CHARACTERS_MAX: Final = 2_048

# Up to so many characters of base64 an assertion is checked on the event loop, in
# three milliseconds; those of common products have 5,000 to 15,000.
SAML_CHECKED_AT_ONCE_CHARACTERS_MAX: Final = 16_384
# Longer ones that wait for the thread: at twelve milliseconds each, the last of them
# waits for less than half a second.
SAML_CHECKS_WAITING_MAX: Final = 32
SAML_CHECKS_RETRY_DELAY: Final = timedelta(seconds=1)
