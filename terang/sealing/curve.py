"""secp256k1: scalars modulo its order N, points, and interpolation at zero."""

from collections.abc import Iterable, Mapping
from typing import Final

from coincurve import PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from terang.identity.signature import N, address_of

__all__ = [
    "COMPRESSED",
    "MAX_INDEX",
    "N",
    "PublicKey",
    "add",
    "address_of",
    "derive_scalar",
    "generate",
    "interpolate",
    "lagrange",
    "multiply",
    "parse_point",
    "same",
    "scalar_bytes",
    "shared_address",
    "words",
]

COMPRESSED: Final = 33
"""Length in bytes of a compressed point."""

MAX_INDEX: Final = 255
"""Highest index of an opener; the contract keeps n in a uint8."""


def words(*values: int | bytes) -> bytes:
    """Encodes static values as Solidity's `abi.encode` does: one 32-byte word each.

    Args:
        values: an int for uintN; 32 bytes for bytes32; 20 bytes for an address.

    Raises:
        OverflowError: for an int that is negative or does not fit 256 bits.
        ValueError: for bytes of another length.
    """
    return b"".join(_word(value) for value in values)


def scalar_bytes(scalar: int) -> bytes:
    """Returns a scalar as 32 bytes, big-endian.

    Raises:
        ValueError: unless 0 < scalar < N.
    """
    if not 0 < scalar < N:
        raise ValueError("a scalar of secp256k1 lies between 1 and N − 1")
    return scalar.to_bytes(32, "big")


def derive_scalar(secret: bytes, info: bytes) -> int:
    """Derives a scalar: HKDF-SHA256 (RFC 5869, no salt), 48 bytes reduced modulo N.

    The 16 bytes above the size of N make the bias of the reduction less than 2⁻¹²⁸.
    """
    expanded = HKDF(algorithm=SHA256(), length=48, salt=None, info=info).derive(secret)
    return int.from_bytes(expanded, "big") % N


def point_at(x: int, y: int) -> PublicKey:
    """Returns the point of these coordinates.

    Raises:
        ValueError: if `x` is not that of a point.
    """
    return parse_point(bytes([2 + y % 2]) + x.to_bytes(32, "big"))


def parse_point(data: bytes) -> PublicKey:
    """Decompresses a point.

    Args:
        data: 0x02 or 0x03, then x, 33 bytes.

    Raises:
        ValueError: if this is not a point in that form.
    """
    if len(data) != COMPRESSED:
        raise ValueError(f"a compressed point has {COMPRESSED} bytes")
    return PublicKey(data)


def generate(scalar: int) -> PublicKey:
    """Returns scalar·G; raises ValueError unless 0 < scalar < N."""
    return PublicKey.from_valid_secret(scalar_bytes(scalar))


def multiply(scalar: int, point: PublicKey) -> PublicKey:
    """Returns scalar·point; raises ValueError unless 0 < scalar < N."""
    return point.multiply(scalar_bytes(scalar))


def add(points: Iterable[PublicKey | None]) -> PublicKey | None:
    """Returns the sum of points, where None is the point at infinity."""
    finite = [point for point in points if point is not None]
    try:
        return PublicKey.combine_keys(finite) if finite else None
    except ValueError:  # the one way in which a sum of valid points fails
        return None


def same(left: PublicKey | None, right: PublicKey | None) -> bool:
    """Tells whether two points are equal, where None is the point at infinity."""
    if left is None or right is None:  # coincurve compares points with points only
        return left is right
    return left == right


def shared_address(scalar: int, point: PublicKey) -> bytes:
    """Returns z, the 20-byte address of scalar·point.

    The sealer has r and the box's Y, the opener y and the envelope's R: r·Y = y·R. It is the one
    result of a multiplication that the EVM can compute, by `ecrecover`.

    Raises:
        ValueError: unless 0 < scalar < N.
    """
    return address_of(multiply(scalar, point))


def lagrange(index: int, indices: Iterable[int]) -> int:
    """Returns the Lagrange coefficient at zero of `index`: Π j / (j − index) mod N over the others.

    Args:
        index: one of `indices`.
        indices: the distinct indices that take part, each in 1…255.

    Raises:
        ValueError: if an index is out of range or repeated, or `index` is not among them.
    """
    among = list(indices)
    if index not in among or len(set(among)) != len(among):
        raise ValueError("indices are distinct, and include the one asked for")
    if not all(1 <= j <= MAX_INDEX for j in among):
        raise ValueError(f"indices lie between 1 and {MAX_INDEX}")
    numerator = denominator = 1
    for j in among:
        if j != index:
            numerator = numerator * j % N
            denominator = denominator * (j - index) % N
    return numerator * pow(denominator, -1, N) % N


def interpolate(shares: Mapping[int, int]) -> int:
    """Returns f(0) of the polynomial of degree below len(shares) through the shares, modulo N.

    Args:
        shares: index i in 1…255 → f(i) in 0…N − 1; at least one.

    Raises:
        ValueError: for no shares, or an index or share out of range.
    """
    if not shares or not all(0 <= share < N for share in shares.values()):
        raise ValueError("shares are numbers below N, at least one")
    return sum(lagrange(i, shares) * share for i, share in shares.items()) % N


def _word(value: int | bytes) -> bytes:
    if isinstance(value, int):
        return value.to_bytes(32, "big")
    if len(value) not in (20, 32):
        raise ValueError("only an address and a bytes32 are encoded as one word")
    return value.rjust(32, b"\0")
