"""Addresses as people and files write them."""

from eth_utils.address import is_checksum_address, is_hex_address, to_canonical_address


def canonical(value: object) -> bytes:
    """Reads an address.

    Args:
        value: 0x and 40 hex digits. Digits in mixed case carry a checksum (EIP-55), which must be
            right; in one case they carry none.

    Returns:
        Its 20 bytes.

    Raises:
        ValueError: for anything else.
    """
    if not isinstance(value, str) or not is_hex_address(value) or not value.startswith("0x"):
        raise ValueError("an address is 0x and 40 hex digits")
    digits = value[2:]
    if digits not in (digits.lower(), digits.upper()) and not is_checksum_address(value):
        raise ValueError("the address's checksum is wrong")
    return to_canonical_address(value)
