"""Encrypted assertions: one way, and one failure (S52 to S54)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from daypass.core import saml_limits as limits
from daypass.federation.saml.assertion import Expectations
from daypass.federation.saml.options import EncryptionMode, ServiceProvider
from daypass.federation.saml.provider import IdentityProvider
from daypass.federation.saml.refusals import SamlRefusedError
from support.saml_encryption import (
    SHA256_DIGEST,
    SHA256_MASK,
    XENC,
    XENC11,
    XMLDSIG,
    Sealing,
    decryption_key,
    in_sealed_response,
    sealing,
)
from support.saml_idp import (
    ASSERTION_ID,
    ISSUER,
    RECIPIENT,
    Recipe,
    assertion,
    changed,
    in_response,
    response,
    sign,
    signer,
)
from support.saml_refusal import expectations, provider, refusal, verified

FAILED = ("saml_encrypted_assertion", "Response signature invalid")


def expecting(
    *numbers: int, mode: EncryptionMode = EncryptionMode.ALLOWED
) -> Expectations:
    """Returns expectations of a provider with some of our private keys."""
    keys = tuple(decryption_key(number) for number in numbers)
    given = provider()
    return Expectations(
        IdentityProvider(given.arn, given.metadata, mode, keys), ServiceProvider()
    )


def subject(text: str, expected: Expectations | None = None) -> str:
    """Returns whom an encrypted assertion is about."""
    return verified(text, expected=expected or expecting(0)).subject


def failure(text: str, expected: Expectations | None = None) -> tuple[str, str | None]:
    """Returns the reason and the message by which a response is refused."""
    error = refusal(text, expected=expected or expecting(0))
    return error.detail, error.message


def made(**changes: object) -> str:
    """Returns a good response that was encrypted in another way."""
    return in_sealed_response(sign(assertion()), sealing(**changes))


@pytest.mark.parametrize(
    ("size", "name"), [(16, "aes128-gcm"), (24, "aes192-gcm"), (32, "aes256-gcm")]
)
@pytest.mark.parametrize("inside", [True, False])
def test_ciphers(size: int, name: str, inside: bool) -> None:  # noqa: FBT001
    """AES-GCM of three lengths is opened, the key in the data or beside them."""
    text = made(key=bytes(range(size)), algorithm=f"{XENC11}{name}", inside=inside)

    assert "alice@corp.example" == subject(text)


SHA1 = hashes.SHA1()  # noqa: S303 - what older products have, sound inside of OAEP.


@pytest.mark.parametrize(
    "changes",
    [
        {
            "transport": f"{XENC}rsa-oaep-mgf1p",
            "parameters": f'<ds:DigestMethod Algorithm="{XMLDSIG}sha1"/>',
            "digest": SHA1,
            "mask": SHA1,
        },
        {
            "transport": f"{XENC}rsa-oaep-mgf1p",
            "parameters": SHA256_DIGEST,
            "mask": SHA1,
        },
        {"parameters": "", "digest": SHA1, "mask": SHA1},
    ],
)
def test_oaep(changes: dict[str, object]) -> None:
    """Both names of OAEP are opened, with the hashes that they say."""
    assert "alice@corp.example" == subject(made(**changes))


@pytest.mark.parametrize("number", [0, 1])
def test_either_key(number: int) -> None:
    """Of two private keys either opens, as while they are rotated."""
    assert "alice@corp.example" == subject(made(number=number), expecting(0, 1))


def test_signed_around() -> None:
    """The response around an encrypted assertion may be signed."""
    assert "alice@corp.example" == subject(sign(made()))


def test_signed_around_by_stranger() -> None:
    """A signature of the response that is wrong is not overlooked."""
    error = refusal(sign(made(), Recipe(signer(1))), expected=expecting(0))

    assert "saml_signature_invalid" == error.detail


def test_clear_when_required() -> None:
    """An assertion in clear is refused where it must be encrypted."""
    expected = expecting(0, mode=EncryptionMode.REQUIRED)

    assert "saml_not_encrypted" == refusal(response(), expected=expected).detail
    assert "alice@corp.example" == subject(made(), expected)


def test_clear_when_allowed() -> None:
    """An assertion in clear is taken where it may be."""
    assert "alice@corp.example" == subject(response())


def test_unsigned_inside() -> None:
    """Who can encrypt to us vouches for nothing (S53)."""
    assert FAILED == failure(in_sealed_response(assertion()))


def test_signed_outside_only() -> None:
    """Neither does a signature around what is not signed inside (S53)."""
    assert FAILED == failure(sign(in_sealed_response(assertion())))


def test_signed_inside_by_stranger() -> None:
    """The key that vouches is pinned, encrypted or not (S53)."""
    text = in_sealed_response(sign(assertion(), Recipe(signer(1))))

    assert FAILED == failure(text)


@pytest.mark.parametrize(
    "inner",
    [
        *("", "x", "<a/>", "<!DOCTYPE a><a/>", "<saml:Assertion/>", response()),
        sign(assertion()) + "<a/>",
        sign(assertion()).replace(ISSUER, f"<!---->{ISSUER}"),
        changed(sign(assertion()), (f' ID="{ASSERTION_ID}"', ' ID="_x"')),
        f"<a>{sign(assertion())}</a>",
    ],
)
def test_something_else_inside(inner: str) -> None:
    """What is opened is one document, which is one signed assertion."""
    assert FAILED == failure(in_sealed_response(inner))


def test_wrapped_inside() -> None:
    """A forged assertion around the original is refused inside as well (S04)."""
    inner = f"{sign(assertion())}</saml:Assertion>"
    forged = changed(assertion((ASSERTION_ID, "_f")), ("</saml:Assertion>", inner))

    assert FAILED == failure(in_sealed_response(forged))


@pytest.mark.parametrize(
    "algorithm",
    [
        *(f"{XENC}aes128-cbc", f"{XENC}aes256-cbc", f"{XENC}tripledes-cbc", ""),
        f"{XENC11}aes256-gcm",
    ],
)
def test_other_ciphers(algorithm: str) -> None:
    """CBC, and a length that is another, are refused (S52)."""
    assert FAILED == failure(made(algorithm=algorithm))


def test_cipher_with_parameters() -> None:
    """The cipher of the text has no parameters."""
    old = f'<xenc:EncryptionMethod Algorithm="{XENC11}aes128-gcm"/>'

    text = changed(made(), (old, f"{old[:-2]}><xenc:x/></xenc:EncryptionMethod>"))
    assert FAILED == failure(text)


@pytest.mark.parametrize("transport", [f"{XENC}rsa-1_5", f"{XENC}kw-aes128", "", "x"])
def test_other_transports(transport: str) -> None:
    """The padding of PKCS #1 1.5 is refused by its name (S52)."""
    assert FAILED == failure(made(transport=transport))


def test_really_padded_as_pkcs1() -> None:
    """A key that was padded as PKCS #1 1.5 is not opened under another name (S52)."""
    key = Sealing()
    wrapped = decryption_key(0).public_key().encrypt(key.key, padding.PKCS1v15())
    text = in_sealed_response(sign(assertion()))
    begin = text.index("<xenc:EncryptedKey")
    end = text.index("</ds:KeyInfo>", begin)

    assert FAILED == failure(
        text[:begin] + key.key_element(wrapped=wrapped) + text[end:]
    )


@pytest.mark.parametrize(
    "parameters",
    [
        f'<ds:DigestMethod Algorithm="{XMLDSIG}md5"/>{SHA256_MASK}',
        SHA256_DIGEST + SHA256_MASK.replace("mgf1sha256", "mgf1md5"),
        SHA256_DIGEST + SHA256_MASK + SHA256_MASK,
        SHA256_DIGEST + SHA256_DIGEST + SHA256_MASK,
        f"{SHA256_DIGEST}{SHA256_MASK}<xenc:OAEPparams>AA==</xenc:OAEPparams>",
        "<ds:DigestMethod/>",
    ],
)
def test_other_parameters(parameters: str) -> None:
    """Hashes of OAEP are listed, and a label has no place (S52)."""
    assert FAILED == failure(made(parameters=parameters))


def test_mask_where_it_is_fixed() -> None:
    """The older OAEP has one mask and names none."""
    changes = {"transport": f"{XENC}rsa-oaep-mgf1p", "mask": SHA1}

    assert FAILED == failure(made(**changes))


def test_changed_text() -> None:
    """A text that was changed is not opened, and says nothing about itself (S52)."""
    octets = Sealing().sealed(sign(assertion()))

    for at in (0, 11, 12, len(octets) // 2, len(octets) - 1):
        spoiled = octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]
        text = in_response(Sealing().element("", sealed=spoiled))
        assert FAILED == failure(text)


@pytest.mark.parametrize("length", [0, 1, 11, 12, 27, 28])
def test_short_text(length: int) -> None:
    """A text that cannot be whole is not opened (S52)."""
    text = in_response(Sealing().element("", sealed=bytes(length)))

    assert FAILED == failure(text)


def test_changed_key() -> None:
    """A key that was changed is not opened (S52)."""
    wrapped = Sealing().wrapped()
    spoiled = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
    text = in_sealed_response(sign(assertion()))
    begin, end = text.index("<xenc:EncryptedKey"), text.index("</ds:KeyInfo>")

    for value in (spoiled, wrapped[:-1], wrapped + b"\0", b"\0", bytes(256)):
        key = Sealing().key_element(wrapped=value)
        assert FAILED == failure(text[:begin] + key + text[end:])


def test_key_of_zeros() -> None:
    """The key that stands in for one that is not opened opens nothing (S52)."""
    sealed = sealing(key=bytes(16)).sealed(sign(assertion()))
    key = sealing(number=1)

    assert FAILED == failure(in_response(key.element("", sealed=sealed)))


def test_other_recipient() -> None:
    """A key for somebody else does not open here (S54)."""
    assert FAILED == failure(made(number=1))
    assert FAILED == failure(made(key_attributes=' Recipient="https://other.example"'))


@pytest.mark.parametrize("recipient", ["urn:amazon:webservices", RECIPIENT])
def test_recipient(recipient: str) -> None:
    """A key that names its recipient names us (S54)."""
    text = made(key_attributes=f' Recipient="{recipient}"')

    assert "alice@corp.example" == subject(text)


@pytest.mark.parametrize("inside", [True, False])
def test_two_keys(inside: bool) -> None:  # noqa: FBT001
    """There is one encrypted key, not one for us among others (S54)."""
    text = made()
    key = Sealing().key_element()
    end = "</ds:KeyInfo>" if inside else "</saml:EncryptedAssertion>"

    assert FAILED == failure(changed(text, (end, key + end)))


def test_no_key() -> None:
    """There is an encrypted key (S54)."""
    text = made()
    begin, end = text.index("<ds:KeyInfo>"), text.index("</ds:KeyInfo>")

    assert FAILED == failure(text[:begin] + text[end + len("</ds:KeyInfo>") :])


def test_no_private_key() -> None:
    """Without a private key nothing is opened."""
    assert FAILED == failure(made(), expectations())


def test_cipher_reference() -> None:
    """A text that stands elsewhere is not fetched (S54)."""
    text = made()
    begin = text.rindex("<xenc:CipherValue>")
    end = text.rindex("</xenc:CipherValue>") + len("</xenc:CipherValue>")
    reference = '<xenc:CipherReference URI="http://127.0.0.1:9/"/>'

    assert FAILED == failure(text[:begin] + reference + text[end:])


def test_huge_text() -> None:
    """A text that fills the parameter is opened once and then refused (S54)."""
    inner = "<a>" + "x" * 50_000 + "</a>"

    assert FAILED == failure(in_sealed_response(inner))


def test_huge_form() -> None:
    """An encrypted assertion is small, but for its text (S54)."""
    more = "<xenc:x/>" * limits.SAML_SIGNATURE_NODES_MAX
    text = changed(made(), ("</xenc:EncryptedData>", f"{more}</xenc:EncryptedData>"))

    assert "saml_xml_too_large" == refusal(text, expected=expecting(0)).detail


@pytest.mark.parametrize("kind", ["Content", "element", ""])
def test_other_type(kind: str) -> None:
    """What is encrypted is an element (S54)."""
    assert FAILED == failure(made(data_attributes=f' Type="{XENC}{kind}"'))


def test_type_missing() -> None:
    """What is encrypted is an element if it does not say what it is."""
    assert "alice@corp.example" == subject(made(data_attributes=""))


def test_most_private_keys() -> None:
    """A provider has two private keys at most."""
    assert 2 == len(expecting(0, 1).provider.decryption_keys)
    with pytest.raises(SamlRefusedError, match="decryption_keys"):
        expecting(0, 1, 0)


def test_required_without_keys() -> None:
    """Where everything must be encrypted there is a key to open it."""
    with pytest.raises(SamlRefusedError, match="decryption_keys"):
        expecting(mode=EncryptionMode.REQUIRED)


def test_expired_inside() -> None:
    """What was opened and is signed is judged as any assertion is."""
    expected = replace(expecting(0), service_provider=ServiceProvider())
    inner = sign(assertion((f'Recipient="{RECIPIENT}"', 'Recipient="https://x"')))

    error = refusal(in_sealed_response(inner), expected=expected)
    assert "saml_recipient_not_ours" == error.detail
