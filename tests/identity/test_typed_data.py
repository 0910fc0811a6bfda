"""Typed data: our digest is the one that wallets compute from our JSON."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak
from hypothesis import given, settings

from terang.identity.encoding import type_string
from terang.identity.typed_data import (
    ACTS,
    TENDERS,
    Domain,
    TypedData,
    TypedDataError,
    cast_ballot,
    submit_bid,
)

from .messages import MESSAGES


@settings(max_examples=80)
@given(data=MESSAGES)
def test_a_wallet_computes_our_digest_from_our_json(data: TypedData) -> None:
    shown = json.loads(json.dumps(data.to_json()))
    message = encode_typed_data(full_message=shown)
    assert keccak(b"\x19" + message.version + message.header + message.body) == data.digest
    assert message.header == data.domain.separator


@settings(max_examples=40)
@given(data=MESSAGES)
def test_what_is_written_for_a_wallet_is_read_back_whole(data: TypedData) -> None:
    read = TypedData.from_json(json.loads(json.dumps(data.to_json())), data.domain)
    assert read.digest == data.digest
    assert read.to_json() == data.to_json()


def test_text_is_hashed_as_utf8() -> None:
    domain = Domain("Terang Agreements", 31337, "0x" + "ab" * 20)
    types = {"Title": (("string", "title"),)}
    data = TypedData(domain, "Title", types, {"title": "Jembatan Kota — tahap 2"})
    message = encode_typed_data(full_message=data.to_json())
    assert keccak(b"\x19\x01" + message.header + message.body) == data.digest


def test_structs_and_arrays_nest() -> None:
    types = {
        "Z": (("A[][]", "rows"), ("B", "one"), ("bytes4", "tag")),
        "B": (("A", "inner"), ("string[]", "names")),
        "A": (("uint8", "x"),),
    }
    message = {
        "rows": [[{"x": 1}, {"x": 2}], []],
        "one": {"inner": {"x": 3}, "names": ["satu", "dua"]},
        "tag": b"abcd",
    }
    data = TypedData(Domain("Test", 1, "0x" + "ab" * 20), "Z", types, message)
    assert type_string(types, "Z") == (
        "Z(A[][] rows,B one,bytes4 tag)A(uint8 x)B(A inner,string[] names)"
    )
    shown = encode_typed_data(full_message=data.to_json())
    assert keccak(b"\x19\x01" + shown.header + shown.body) == data.digest


@pytest.mark.parametrize(
    ("act", "contract"),
    [
        ("SubmitBid", "procurement/Bids"),
        ("SubmitProposal", "procurement/Bids"),
        ("CastBallot", "procurement/Ballots"),
        ("SignAgreement", "agreements/Agreements"),
        ("AcceptKey", "identity/Participants"),
    ],
)
def test_the_types_are_those_of_the_contracts(act: str, contract: str) -> None:
    source = Path(__file__).parents[2].joinpath("contracts", f"{contract}.sol").read_text()
    literals = "".join(source.split('"')[1::2])  # adjacent literals are one string
    name, types = ACTS[act]
    assert type_string(types, act) in literals
    assert f'EIP712("{name}", "{Domain.VERSION}")' in source


def changed(path: str, value: object) -> dict[str, Any]:
    """A bid's JSON with one thing changed; `...` removes it."""
    domain = Domain(TENDERS, 31337, "0x" + "cd" * 20)
    account = "0x" + "ab" * 20
    document: Any = copy.deepcopy(submit_bid(domain, 7, 1, 1, account, 100, bytes(32)).to_json())
    *way, last = path.split(".")
    inner = document
    for step in way:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    whole: dict[str, Any] = document
    return whole


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("types", {}),
        ("types.SubmitBid", [{"name": "tenderId", "type": "uint256"}]),
        ("types.Extra", []),
        ("domain.name", "Terang Ballots"),
        ("domain.version", "2"),
        ("domain.chainId", "31337"),
        ("domain.chainId", True),
        ("domain.chainId", 0),
        ("domain.chainId", 1.0),
        ("domain.verifyingContract", "0x12"),
        ("domain.salt", "0x"),
        ("domain.version", ...),
        ("primaryType", "Permit"),
        ("primaryType", ["SubmitBid"]),
        ("primaryType", "CastBallot"),
        ("message", []),
        ("message.price", ...),
        ("message.more", "1"),
        ("message.price", 100),
        ("message.price", "0x64"),
        ("message.price", "0100"),
        ("message.price", "-1"),
        ("message.price", " 1"),
        ("message.price", "١"),
        ("message.price", "1\n"),
        ("message.price", str(2**128)),
        ("message.nonce", "9" * 5000),
        ("message.account", "0x" + "Ab" * 20),
        ("message.account", None),
        ("message.documents", "0x00"),
        ("message.documents", "00" * 32),
        ("message.documents", "0x" + "zz" * 32),
        ("more", 1),
        ("domain", ...),
    ],
)
def test_a_message_that_a_wallet_might_read_otherwise_is_not_read(path: str, value: object) -> None:
    with pytest.raises(TypedDataError, match=r"not a message of Terang.*prepared again"):
        TypedData.from_json(changed(path, value))


@pytest.mark.parametrize("document", [None, [], "SubmitBid", 1, {}])
def test_what_is_no_message_is_not_read(document: object) -> None:
    with pytest.raises(TypedDataError, match="not a message of Terang"):
        TypedData.from_json(document)


@pytest.mark.parametrize(
    ("path", "value"),
    [("domain.chainId", 1), ("domain.verifyingContract", "0x" + "ce" * 20)],
)
def test_a_message_for_another_ledger_is_refused(path: str, value: object) -> None:
    here = Domain(TENDERS, 31337, "0x" + "cd" * 20)
    with pytest.raises(TypedDataError, match="another ledger"):
        TypedData.from_json(changed(path, value), here)
    TypedData.from_json(changed("domain.chainId", 31337), here)


@pytest.mark.parametrize(
    "other",
    [
        Domain("Terang Ballots", 1, "0x" + "01" * 20),
        Domain("Terang Tenders", 2, "0x" + "01" * 20),
        Domain("Terang Tenders", 1, "0x" + "02" * 20),
    ],
)
def test_every_part_of_the_domain_changes_the_digest(other: Domain) -> None:
    here = Domain("Terang Tenders", 1, "0x" + "01" * 20)
    assert cast_ballot(here, 1, 0, 2, bytes(32), b"").digest != (
        cast_ballot(other, 1, 0, 2, bytes(32), b"").digest
    )
