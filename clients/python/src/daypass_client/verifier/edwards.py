"""The one check of Ed25519 public keys that no library offers us.

OpenSSL takes keys of small and of mixed order: with the identity as the key, one
signature fits every message. A public key is safe when it is
a canonical encoding of a point of the prime-order group other than its identity.
This is plain arithmetic on public values; nothing secret passes through it, and
a key is checked once, when it is loaded.

SPEC: RFC 8032 sections 5.1.2 to 5.1.4 (encoding, addition) and 5.1.3 (decoding).
"""

from __future__ import annotations

from typing import Final

_P: Final = 2**255 - 19
_L: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, _P - 2, _P) % _P
_SQRT_OF_MINUS_ONE: Final = pow(2, (_P - 1) // 4, _P)
_KEY_BYTES: Final = 32
_SIGN_BIT: Final = 255

# A point as extended homogeneous coordinates X, Y, Z, T with T = XY/Z.
_Point = tuple[int, int, int, int]
_IDENTITY: Final[_Point] = (0, 1, 1, 0)


def is_safe_public_key(public: bytes) -> bool:
    """Tells whether the bytes are a canonical point of exactly prime order."""
    point = _decompress(public)
    if point is None or _is_identity(point):
        return False
    return _is_identity(_multiply(_L, point))


def _decompress(public: bytes) -> _Point | None:
    if len(public) != _KEY_BYTES:
        return None
    number = int.from_bytes(public, "little")
    sign = number >> _SIGN_BIT
    y = number & ((1 << _SIGN_BIT) - 1)
    if y >= _P:
        return None
    x = _recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % _P)


def _recover_x(y: int, sign: int) -> int | None:
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if x * x % _P != square:
        x = x * _SQRT_OF_MINUS_ONE % _P
    if x * x % _P != square:
        return None
    if x == 0 and sign:
        return None
    return x if x & 1 == sign else _P - x


def _add(left: _Point, right: _Point) -> _Point:
    a = (left[1] - left[0]) * (right[1] - right[0]) % _P
    b = (left[1] + left[0]) * (right[1] + right[0]) % _P
    c = 2 * left[3] * right[3] * _D % _P
    d = 2 * left[2] * right[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _multiply(scalar: int, point: _Point) -> _Point:
    result = _IDENTITY
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _is_identity(point: _Point) -> bool:
    return point[0] % _P == 0 and (point[1] - point[2]) % _P == 0
