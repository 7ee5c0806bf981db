"""Parses documents in tests, and says why one is refused."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from daypass.federation.saml.refusals import SamlRefusedError
from daypass.federation.saml.xml import XmlElement, parse
from daypass.federation.saml.xml_text import RESPONSE_BOUNDS, XmlBounds


def root(text: str | bytes, bounds: XmlBounds = RESPONSE_BOUNDS) -> XmlElement:
    """Parses a document."""
    return parse(text.encode() if isinstance(text, str) else text, bounds)


def reason(text: str | bytes, bounds: XmlBounds = RESPONSE_BOUNDS) -> str:
    """Returns why a document is refused."""
    with pytest.raises(SamlRefusedError) as caught:
        root(text, bounds)
    return caught.value.reason


@contextmanager
def little_memory(most: int) -> Iterator[None]:
    """Fails where what is done inside needs more bytes at once."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()
