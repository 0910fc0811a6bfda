"""Typed data: our digest is the one that wallets compute from our JSON."""

import json

import pytest
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from terang.identity.typed_data import (
    AWARDS,
    TENDERS,
    Domain,
    TypedData,
    cast_ballot,
    submit_bid,
)

uints = {bits: st.integers(0, (1 << bits) - 1) for bits in (32, 128, 256)}
hashes = st.binary(min_size=32, max_size=32)
addresses = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())


def domains(name: str) -> st.SearchStrategy[Domain]:
    return st.builds(Domain, st.just(name), st.integers(1, 2**53), addresses)


messages = st.one_of(
    st.builds(
        submit_bid,
        domains(TENDERS),
        uints[256],
        uints[32],
        uints[32],
        addresses,
        uints[128],
        hashes,
    ),
    st.builds(cast_ballot, domains(AWARDS), uints[256], uints[32], uints[32], hashes, st.binary()),
)


@settings(deadline=None, max_examples=60)
@given(data=messages)
def test_a_wallet_computes_our_digest_from_our_json(data: TypedData) -> None:
    shown = json.loads(json.dumps(data.to_json()))
    message = encode_typed_data(full_message=shown)
    assert keccak(b"\x19" + message.version + message.header + message.body) == data.digest
    assert message.header == data.domain.separator


def test_text_is_hashed_as_utf8() -> None:
    domain = Domain("Terang Agreements", 31337, "0x" + "ab" * 20)
    data = TypedData(domain, "SignAgreement", (("string", "title"),), ("Jembatan Kota — tahap 2",))
    message = encode_typed_data(full_message=data.to_json())
    assert keccak(b"\x19\x01" + message.header + message.body) == data.digest


def test_the_types_are_those_of_the_contracts() -> None:
    domain = Domain(TENDERS, 1, "0x" + "00" * 20)

    def signature(data: TypedData) -> str:
        return f"{data.primary_type}({','.join(' '.join(field) for field in data.fields)})"

    account, hash_ = "0x" + "00" * 20, bytes(32)
    assert signature(submit_bid(domain, 0, 0, 0, account, 0, hash_)) == (
        "SubmitBid(uint256 tenderId,uint32 version,uint32 nonce,address account,"
        "uint128 price,bytes32 documents)"
    )
    assert signature(cast_ballot(domain, 0, 0, 0, hash_, b"")) == (
        "CastBallot(uint256 tenderId,uint32 round,uint32 seat,bytes32 reasons,bytes marks)"
    )


@pytest.mark.parametrize(
    "other",
    [
        Domain("Terang Awards", 1, "0x" + "01" * 20),
        Domain("Terang Tenders", 2, "0x" + "01" * 20),
        Domain("Terang Tenders", 1, "0x" + "02" * 20),
    ],
)
def test_every_part_of_the_domain_changes_the_digest(other: Domain) -> None:
    here = Domain("Terang Tenders", 1, "0x" + "01" * 20)
    assert cast_ballot(here, 1, 0, 2, bytes(32), b"").digest != (
        cast_ballot(other, 1, 0, 2, bytes(32), b"").digest
    )
