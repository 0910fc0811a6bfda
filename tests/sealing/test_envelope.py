"""Envelopes: what is sealed opens, everything else is void, nothing raises anything but Void."""

import random
import re
from pathlib import Path

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from terang.i18n import speaking
from terang.sealing.bidding import open_ballot, open_bid
from terang.sealing.curve import N, generate
from terang.sealing.envelope import (
    HEADER,
    Box,
    Reason,
    Sealer,
    SealerUsed,
    Void,
    box_id,
    open_envelope,
)

SECRET = int.from_bytes(keccak(b"secret"), "big") % N
PUBLIC = generate(SECRET)
BOX = Box(31337, "0x" + "5b" * 20, 7, 0)
SOLIDITY = Path(__file__).parents[2] / "contracts" / "sealing" / "Envelope.sol"


def sealed(plaintext: bytes, entropy: bytes | None = None) -> bytes:
    return Sealer(PUBLIC, BOX.id, plaintext, entropy).seal(plaintext)


@settings(deadline=None, max_examples=80)
@given(plaintext=st.binary(min_size=1, max_size=400))
def test_what_is_sealed_opens(plaintext: bytes) -> None:
    envelope = sealed(plaintext)
    assert len(envelope) == HEADER + len(plaintext)
    assert open_envelope(envelope, SECRET, BOX.id).plaintext == plaintext


@pytest.mark.parametrize("length", [1, 31, 32, 33, 63, 64, 65, 141, 1000])
def test_the_key_stream_is_as_designed(length: int) -> None:
    envelope = sealed(bytes(length))
    z = open_envelope(envelope, SECRET, BOX.id).z
    domain = keccak(b"Terang sealed box v1")
    kinds = ["bytes32", "bytes32", "address", "uint256"]
    stream = b"".join(keccak(encode(kinds, [domain, BOX.id, z, i])) for i in range(32))
    assert envelope[HEADER:] == stream[:length]


def test_a_box_is_bound_to_chain_contract_tender_and_stage() -> None:
    kinds = ["uint256", "address", "uint256", "uint256"]
    assert BOX.id == keccak(encode(kinds, [31337, BOX.contract, 7, 0]))
    others = [
        Box(1, BOX.contract, 7, 0),
        Box(31337, "0x" + "5c" * 20, 7, 0),
        Box(31337, BOX.contract, 8, 0),
        Box(31337, BOX.contract, 7, 1),
    ]
    envelope = sealed(b"x" * 141)
    for other in others:
        assert open_envelope(envelope, SECRET, other.id).plaintext != b"x" * 141
    assert box_id(31337, bytes.fromhex("5b" * 20), 7, 0) == BOX.id


def test_another_secret_opens_to_something_else() -> None:
    assert open_envelope(sealed(b"x" * 64), SECRET - 1, BOX.id).plaintext != b"x" * 64


def test_two_envelopes_of_one_message_share_nothing() -> None:
    first, second = sealed(bytes(141)), sealed(bytes(141))
    assert first[2:HEADER] != second[2:HEADER]
    assert first[HEADER:] != second[HEADER:]


def test_broken_randomness_still_gives_different_messages_different_keys() -> None:
    first, second = sealed(b"price 1", bytes(32)), sealed(b"price 2", bytes(32))
    assert first[2:HEADER] != second[2:HEADER]
    assert first == sealed(b"price 1", bytes(32))
    elsewhere = Sealer(PUBLIC, bytes(32), b"price 1", bytes(32)).seal(b"price 1")
    assert elsewhere[2:HEADER] != first[2:HEADER]


def test_a_sealer_seals_one_message_only() -> None:
    sealer = Sealer(PUBLIC, BOX.id, b"context")
    envelope = sealer.seal(b"message")
    assert sealer.seal(b"message") == envelope
    with pytest.raises(SealerUsed, match="Make a new one"):
        sealer.seal(b"massage")


def test_an_envelope_without_a_message_is_void() -> None:
    for length in (0, 1, HEADER - 1, HEADER):
        with pytest.raises(Void) as caught:
            open_envelope(sealed(b"x")[:length], SECRET, BOX.id)
        assert caught.value.reason == Reason.LENGTH


def test_an_empty_message_is_not_sealed() -> None:
    with pytest.raises(ValueError, match="empty"):
        sealed(b"")


@pytest.mark.parametrize("secret", [0, N, -1])
def test_a_secret_out_of_range_is_the_callers_mistake(secret: int) -> None:
    with pytest.raises(ValueError, match="between 1 and N"):
        open_envelope(sealed(b"x"), secret, BOX.id)


def test_ten_thousand_random_strings_are_void_and_nothing_else() -> None:
    chance = random.Random(1)
    reasons = set()
    for turn in range(10_000):
        length = chance.choice([0, 33, 34, 35, 174, 175, 176, chance.randrange(300)])
        junk = bytearray(chance.randbytes(length))
        # Most of the time look like an envelope, to get past the first checks.
        for place, value in zip(
            range(turn % 4), (1, 2 + turn % 2, chance.choice([0, 255])), strict=False
        ):
            if place < length:
                junk[place] = value
        with pytest.raises(Void) as caught:
            open_bid(bytes(junk), SECRET, BOX)
        reasons.add(caught.value.reason)
        try:
            open_ballot(bytes(junk), SECRET, BOX, count=40)
        except Void as void:
            reasons.add(void.reason)
    assert reasons == set(Reason)


def test_reasons_have_the_contracts_names_and_numbers() -> None:
    body = re.sub(r"//.*", "", SOLIDITY.read_text().split("enum Void {")[1].split("}")[0])
    names = [name.strip() for name in body.split(",")]
    assert {reason.name: reason.value for reason in Reason}.items() <= {
        name: number for number, name in enumerate(names)
    }.items()


def test_a_reason_is_said_in_the_readers_language() -> None:
    with speaking("en"):
        assert "signature does not verify" in str(Void(Reason.SIGNATURE))
