"""Addresses as people and files write them."""

import pytest
from eth_utils.address import to_checksum_address

from terang.identity.address import canonical

RAW = bytes(range(0xA0, 0xB4))
WRITTEN = to_checksum_address(RAW)


@pytest.mark.parametrize("value", [WRITTEN, WRITTEN.lower(), "0x" + RAW.hex().upper()])
def test_checksummed_and_single_case_addresses_are_read(value: str) -> None:
    assert canonical(value) == RAW


@pytest.mark.parametrize(
    "value",
    [
        WRITTEN[:-1],
        WRITTEN + "0",
        WRITTEN[2:],
        "0x" + WRITTEN[2:].swapcase(),
        "0X" + RAW.hex(),
        " " + WRITTEN,
        WRITTEN[:-1] + "\u0663",
        "",
        "supplier.eth",
        RAW,
        None,
        0,
    ],
)
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="address"):
        canonical(value)
