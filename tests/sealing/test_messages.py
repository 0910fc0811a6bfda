"""Bids, proposals and ballots: layout, signature, limits."""

from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from terang.identity.signature import N
from terang.identity.wallet import Wallet
from terang.sealing.envelope import Box, Reason, Void
from terang.sealing.messages import (
    WITHDRAWN,
    Ballot,
    Bid,
    MessageError,
    Proposal,
)

KEY = b"\x21" * 32
SUPPLIER = Wallet.from_key(KEY)
RIVAL = Wallet.from_key(b"\x22" * 32)
MEMBER = Wallet.from_key(b"\x23" * 32)
BIDS = Box(31337, "0x" + "5b" * 20, 7, 0)
BALLOTS = Box(31337, "0x" + "5c" * 20, 7, 17)
PROPOSALS = Box(31337, "0x" + "5b" * 20, 7, 1)
BID = Bid(SUPPLIER.address, 125_000, b"\x01" * 32, 1, 1)
PROPOSAL = Proposal(SUPPLIER.address, b"\x01" * 32, 1, 1)

uint32 = st.integers(0, 2**32 - 1)
hashes = st.binary(min_size=32, max_size=32)
accounts = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())
signatures = st.binary(min_size=65, max_size=65)


def void(reason: Reason) -> Any:
    return pytest.raises(Void, check=lambda error: error.reason == reason)


@given(st.binary(min_size=141, max_size=141))
def test_every_141_bytes_are_a_bid_and_pack_back(plaintext: bytes) -> None:
    assert Bid.unpack(plaintext).pack() == plaintext


@pytest.mark.parametrize("length", [0, 1, 140, 142, 1000])
def test_a_bid_of_another_length_is_void(length: int) -> None:
    with void(Reason.LENGTH):
        Bid.unpack(bytes(length))


@given(st.binary(min_size=125, max_size=125))
def test_every_125_bytes_are_a_proposal_and_pack_back(plaintext: bytes) -> None:
    assert Proposal.unpack(plaintext).pack() == plaintext


@pytest.mark.parametrize("length", [0, 124, 126, 141])
def test_a_proposal_of_another_length_is_void(length: int) -> None:
    with void(Reason.LENGTH):
        Proposal.unpack(bytes(length))


@pytest.mark.parametrize("length", [0, 100, 103, 105])
def test_a_ballot_over_another_number_of_bids_is_void(length: int) -> None:
    with void(Reason.LENGTH):
        Ballot.unpack(bytes(length), 3)


def test_a_signed_message_verifies() -> None:
    BID.sign(SUPPLIER, BIDS).verify(BIDS)
    PROPOSAL.sign(SUPPLIER, PROPOSALS).verify(PROPOSALS)
    ballot = Ballot(3, bytes(32), b"\x01").sign(MEMBER, BALLOTS)
    ballot.verify(BALLOTS, MEMBER.address)
    with void(Reason.SIGNATURE):
        ballot.verify(BALLOTS, RIVAL.address)


def test_a_wallet_program_signs_the_same_bytes() -> None:
    shown = BID.typed_data(BIDS).to_json()
    assert Account.sign_typed_data(KEY, full_message=shown).signature == (
        BID.sign(SUPPLIER, BIDS).signature
    )


@pytest.mark.parametrize(
    "change",
    [
        {"price": 124_999},
        {"price": WITHDRAWN},
        {"account": RIVAL.address},
        {"documents": bytes(32)},
        {"version": 2},
        {"nonce": 2},
    ],
)
def test_a_changed_bid_does_not_verify(change: dict[str, Any]) -> None:
    with void(Reason.SIGNATURE):
        replace(BID.sign(SUPPLIER, BIDS), **change).verify(BIDS)


@pytest.mark.parametrize(
    "change",
    [{"account": RIVAL.address}, {"documents": bytes(32)}, {"version": 2}, {"nonce": 2}],
)
def test_a_changed_proposal_does_not_verify(change: dict[str, Any]) -> None:
    with void(Reason.SIGNATURE):
        replace(PROPOSAL.sign(SUPPLIER, PROPOSALS), **change).verify(PROPOSALS)


@pytest.mark.parametrize("change", [{"seat": 4}, {"reasons": b"\2" * 32}, {"marks": b"\0"}])
def test_a_changed_ballot_does_not_verify(change: dict[str, Any]) -> None:
    signed = Ballot(3, bytes(32), b"\x01").sign(MEMBER, BALLOTS)
    with void(Reason.SIGNATURE):
        replace(signed, **change).verify(BALLOTS, MEMBER.address)


@pytest.mark.parametrize(
    "change", [{"chain_id": 1}, {"contract": "0x" + "5d" * 20}, {"tender_id": 8}]
)
def test_a_bid_does_not_verify_for_another_chain_contract_or_tender(change: dict[str, Any]) -> None:
    with void(Reason.SIGNATURE):
        BID.sign(SUPPLIER, BIDS).verify(replace(BIDS, **change))
    with void(Reason.SIGNATURE):
        PROPOSAL.sign(SUPPLIER, PROPOSALS).verify(replace(PROPOSALS, **change))


def test_a_ballot_does_not_verify_for_another_round() -> None:
    signed = Ballot(3, bytes(32), b"\x01").sign(MEMBER, BALLOTS)
    with void(Reason.SIGNATURE):
        signed.verify(replace(BALLOTS, stage=18), MEMBER.address)


def test_a_malleated_signature_does_not_verify() -> None:
    signed = BID.sign(SUPPLIER, BIDS)
    s = N - int.from_bytes(signed.signature[32:64], "big")
    v = 55 - signed.signature[64]
    malleated = signed.signature[:32] + s.to_bytes(32, "big") + bytes([v])
    with void(Reason.SIGNATURE):
        replace(signed, signature=malleated).verify(BIDS)


def test_the_zero_account_signs_nothing() -> None:
    with void(Reason.SIGNATURE):
        Bid.unpack(bytes(141)).verify(BIDS)


def test_an_unsigned_message_is_not_packed() -> None:
    for message in (BID, PROPOSAL, Ballot(1, bytes(32), b"")):
        with pytest.raises(MessageError, match="not signed"):
            message.pack()


def test_only_the_accounts_wallet_signs() -> None:
    with pytest.raises(MessageError, match="Use the account's wallet"):
        BID.sign(RIVAL, BIDS)
    with pytest.raises(MessageError, match="Use the account's wallet"):
        PROPOSAL.sign(RIVAL, PROPOSALS)


def test_a_nonce_of_zero_is_not_signed() -> None:
    with pytest.raises(MessageError, match="numbered from 1"):
        replace(BID, nonce=0).sign(SUPPLIER, BIDS)
    with pytest.raises(MessageError, match="numbered from 1"):
        replace(PROPOSAL, nonce=0).sign(SUPPLIER, PROPOSALS)


def test_a_price_of_zero_is_not_signed() -> None:
    with pytest.raises(MessageError, match="1 or more"):
        replace(BID, price=0).sign(SUPPLIER, BIDS)


def test_a_box_takes_no_message_of_another_kind() -> None:
    for box in (BIDS, PROPOSALS):
        with pytest.raises(MessageError, match="takes no ballots"):
            Ballot(1, bytes(32), b"").sign(MEMBER, box)
    for box in (BIDS, replace(BIDS, stage=2), BALLOTS):
        with pytest.raises(MessageError, match="takes no proposals"):
            PROPOSAL.sign(SUPPLIER, box)
    for box in (PROPOSALS, BALLOTS):
        with pytest.raises(MessageError, match="takes no prices"):
            BID.sign(SUPPLIER, box)


@pytest.mark.parametrize(
    "change",
    [
        {"price": -1},
        {"price": 2**128},
        {"price": 1.5},
        {"price": True},
        {"version": 2**32},
        {"nonce": -1},
        {"documents": b""},
        {"documents": "0x" + "00" * 32},
        {"account": "0x12"},
        {"account": "name"},
        {"account": SUPPLIER.address[:-1] + "\u0660"},
        {"account": SUPPLIER.address.swapcase().replace("X", "x")},
    ],
)
def test_a_value_out_of_range_makes_no_bid(change: dict[str, Any]) -> None:
    with pytest.raises(MessageError):
        replace(BID, **change)


@settings(deadline=None, max_examples=40)
@given(price=st.integers(1, WITHDRAWN), documents=hashes, version=uint32, nonce=st.integers(1, 9))
def test_signed_packed_and_read_a_bid_verifies(
    price: int, documents: bytes, version: int, nonce: int
) -> None:
    bid = Bid(SUPPLIER.address, price, documents, version, nonce).sign(SUPPLIER, BIDS)
    read = Bid.unpack(bid.pack())
    assert read == bid
    read.verify(BIDS)
