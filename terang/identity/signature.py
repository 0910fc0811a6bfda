"""secp256k1 signatures as the EVM reads them: 65 bytes, r ‖ s ‖ v."""

from typing import Final

from coincurve import PrivateKey, PublicKey
from eth_utils.crypto import keccak

N: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""The order of secp256k1 (SEC 2, section 2.4.1)."""

LENGTH: Final = 65


def address_of(point: PublicKey) -> bytes:
    """Returns the 20-byte Ethereum address of a point: the end of keccak256(x ‖ y)."""
    return keccak(point.format(compressed=False)[1:])[12:]


def sign(key: PrivateKey, digest: bytes) -> bytes:
    """Signs a 32-byte digest deterministically (RFC 6979), with the low s and v 27 or 28."""
    signature = key.sign_recoverable(digest, hasher=None)
    return signature[:64] + bytes([27 + signature[64]])


def recover(digest: bytes, signature: bytes) -> bytes | None:
    """Finds who signed, by the rules of `ecrecover` plus low s (EIP-2).

    Args:
        digest: 32 bytes.
        signature: bytes from anywhere; anything but a valid r ‖ s ‖ v recovers nobody.

    Returns:
        The signer's 20-byte address, or None.
    """
    if len(signature) != LENGTH or signature[64] not in (27, 28):
        return None
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    if not 0 < r < N or not 0 < s <= N // 2:
        return None
    raw = signature[:64] + bytes([signature[64] - 27])
    try:
        return address_of(PublicKey.from_signature_and_message(raw, digest, hasher=None))
    except Exception as error:
        # coincurve raises a bare Exception when r is no point's x; anything narrower is a bug.
        if type(error) not in (Exception, ValueError):
            raise
        return None
