"""A bidder's and a panel member's steps, end to end."""

from dataclasses import replace
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from terang.identity.wallet import Wallet
from terang.sealing import envelope
from terang.sealing.bidding import (
    open_ballot,
    open_bid,
    open_proposal,
    seal_ballot,
    seal_bid,
    seal_proposal,
)
from terang.sealing.curve import N, generate
from terang.sealing.documents import Store, decrypt, pack, unpack
from terang.sealing.envelope import Box, Void, documents_key
from terang.sealing.messages import WITHDRAWN, Ballot

SUPPLIER = Wallet.from_key(b"\x31" * 32)
MEMBER = Wallet.from_key(b"\x32" * 32)
SECRET = int.from_bytes(keccak(b"y"), "big") % N
PUBLIC = generate(SECRET)
BIDS = Box(31337, "0x" + "5b" * 20, 7, 0)
PROPOSALS = Box(31337, "0x" + "5b" * 20, 7, 1)
PRICES = Box(31337, "0x" + "5b" * 20, 7, 2)
BALLOTS = Box(31337, "0x" + "5c" * 20, 7, 16)
FILES = {"penawaran.pdf": b"%PDF-1.7 offer"}


def test_a_bid_and_its_documents_open_with_the_secret(tmp_path: Path) -> None:
    store = Store(tmp_path)
    sent = seal_bid(SUPPLIER, BIDS, PUBLIC, price=99, version=2, nonce=3, files=FILES)
    assert store.put(sent.ciphertext) == sent.message.documents
    assert len(sent.envelope) == 175

    bid, z = open_bid(sent.envelope, SECRET, BIDS)
    assert (bid.account, bid.price, bid.version, bid.nonce) == (SUPPLIER.address, 99, 2, 3)
    archive = decrypt(documents_key(BIDS.id, z), store.get(bid.documents))
    assert unpack(archive) == FILES


def test_a_proposal_and_its_price_open_each_with_its_own_secret(tmp_path: Path) -> None:
    store, other = Store(tmp_path), SECRET + 1
    sent = seal_proposal(SUPPLIER, PROPOSALS, PUBLIC, version=2, nonce=3, files=FILES)
    assert store.put(sent.ciphertext) == sent.message.documents
    assert len(sent.envelope) == 159
    proposal, z = open_proposal(sent.envelope, SECRET, PROPOSALS)
    assert (proposal.account, proposal.version, proposal.nonce) == (SUPPLIER.address, 2, 3)
    archive = decrypt(documents_key(PROPOSALS.id, z), store.get(proposal.documents))
    assert unpack(archive) == FILES

    priced = seal_bid(SUPPLIER, PRICES, generate(other), price=99, version=2, nonce=3, files=None)
    bid, _z = open_bid(priced.envelope, other, PRICES)
    assert (bid.price, bid.documents, priced.ciphertext) == (99, bytes(32), b"")
    for secret, box in ((SECRET, PRICES), (other, replace(PRICES, stage=0))):
        with pytest.raises(Void):
            open_bid(priced.envelope, secret, box)
    with pytest.raises(Void):
        open_proposal(priced.envelope, other, PROPOSALS)


def test_two_bids_that_differ_in_price_only_look_alike() -> None:
    low, high = (
        seal_bid(SUPPLIER, BIDS, PUBLIC, price=price, version=1, nonce=1, files=FILES)
        for price in (1, WITHDRAWN)
    )
    assert len(low.envelope) == len(high.envelope)
    assert len(low.ciphertext) == len(high.ciphertext)
    assert low.envelope[34:] != high.envelope[34:]


def test_two_bids_never_share_a_point_even_if_randomness_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(envelope.secrets, "token_bytes", bytes)

    def point(price: int = 1, nonce: int = 1, content: bytes = b"") -> bytes:
        sent = seal_bid(
            SUPPLIER, BIDS, PUBLIC, price=price, version=1, nonce=nonce, files={"a": content}
        )
        return sent.envelope[1:34]

    assert len({point(), point(price=2), point(nonce=2), point(content=b"x")}) == 4
    assert point() == point()


def test_nothing_of_a_bid_is_readable_in_what_is_sent() -> None:
    files = {"marker.txt": b"MARKER" * 20}
    price = int.from_bytes(b"PRICEMARKERBYTES", "big")
    sent = seal_bid(SUPPLIER, BIDS, PUBLIC, price=price, version=1, nonce=1, files=files)
    secrets = (
        b"MARKER",
        bytes.fromhex(SUPPLIER.address[2:]),
        sent.message.documents,
        keccak(pack(files)),
    )
    for secret in secrets:
        assert secret not in sent.envelope + sent.ciphertext


def test_a_copied_envelope_is_still_its_authors_bid_and_void_elsewhere() -> None:
    sent = seal_bid(SUPPLIER, BIDS, PUBLIC, price=99, version=1, nonce=1, files=FILES)
    assert open_bid(sent.envelope, SECRET, BIDS)[0].account == SUPPLIER.address
    with pytest.raises(Void):
        open_bid(sent.envelope, SECRET, Box(31337, BIDS.contract, 8, 0))


def test_no_flipped_bit_leaves_a_bid_that_counts() -> None:
    sent = seal_bid(SUPPLIER, BIDS, PUBLIC, price=99, version=1, nonce=1, files=FILES)
    for bit in range(8 * 175):
        spoiled = bytearray(sent.envelope)
        spoiled[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Void):
            open_bid(bytes(spoiled), SECRET, BIDS)


def test_a_ballot_opens_with_the_secret() -> None:
    signed = Ballot(4, bytes(32), b"\x01\x00\x01").sign(MEMBER, BALLOTS)
    sent = seal_ballot(signed, BALLOTS, PUBLIC)
    ballot = open_ballot(sent, SECRET, BALLOTS, count=3)
    ballot.verify(BALLOTS, MEMBER.address)
    assert (ballot.seat, ballot.marks) == (4, b"\x01\x00\x01")
    with pytest.raises(Void):
        open_ballot(sent, SECRET, BALLOTS, count=4)
