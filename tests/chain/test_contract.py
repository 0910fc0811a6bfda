"""Encoding and decoding by the ABI."""

from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from terang.chain.act import Act
from terang.chain.answers import BadAnswer, Log, checksum
from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.chain.contract import BadArgument, Codec, Contract, constructor
from terang.chain.send import Sender
from terang.identity.wallet import Wallet

OWNER = checksum("0x" + "ab" * 20)
POINT = {"x": 5, "owner": OWNER, "marks": (b"\x01" * 32, b"\x02" * 32)}


@pytest.fixture
def contract(probe_artifacts: Artifacts) -> Contract:
    return Contract("0x" + "cd" * 20, probe_artifacts["Probe"])


def test_a_struct_goes_in_as_dict_or_tuple_and_comes_back_as_dict(
    probe_chain: Chain, probe: Contract
) -> None:
    as_tuple = tuple(POINT.values())
    back = probe_chain.view(probe, "same", [POINT, as_tuple])
    assert back == (POINT, POINT)


def test_several_outputs_come_by_name_or_in_order(probe_chain: Chain, probe: Contract) -> None:
    assert probe_chain.view(probe, "pair") == {"left": 7, "right": True}
    assert probe_chain.view(probe, "nameless") == (7, True)


def test_an_overloaded_function_goes_by_its_signature(contract: Contract) -> None:
    assert contract.encode("over(uint256)", 1) != contract.encode("over(bool)", True)
    with pytest.raises(KeyError):
        contract.encode("over", 1)


def test_an_event_comes_by_names_with_hashes_for_indexed_texts(
    sender: Sender, probe: Contract, supplier: Wallet
) -> None:
    (receipt,) = sender.send([Act(supplier, *probe.prepare("draw", "garis", POINT))])
    (log,) = receipt.logs
    event = probe.decode_log(log)
    assert event.name == "Drawn"
    assert event.args == {"word": log.topics[1], "point": POINT, "odd": True}
    assert (event.block, event.transaction) == (receipt.block, receipt.transaction)


@pytest.mark.parametrize(
    ("topics", "data"),
    [
        ((), b""),
        ((b"\x00" * 32,), b""),
        ((None,), b"\x00" * 64),
        ((None, b"\xff" * 32), b"\x00" * 64),
        ((None, b"\x00" * 32, b"\x00" * 32), b"\x00" * 64),
        ((None, b"\x00" * 32), b"\x00" * 63),
    ],
    ids=["no topic", "unknown", "topic missing", "no address", "topic too many", "data short"],
)
def test_a_log_that_the_contract_can_not_have_emitted_is_malformed(
    contract: Contract, topics: tuple[bytes | None, ...], data: bytes
) -> None:
    added = next(topic for topic, event in contract._events.items() if event.name == "Added")
    log = Log(contract.address, tuple(each or added for each in topics), data, 1, b"", 0)
    with pytest.raises(BadAnswer):
        contract.decode_log(log)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("add", ()),
        ("add", (1, 2)),
        ("add", ("1",)),
        ("add", (1.0,)),
        ("add", (-1,)),
        ("add", (2**256,)),
        ("over(bool)", (1,)),
        ("draw", ("\ud800", POINT)),
        ("draw", ("a", {**POINT, "y": 1})),
        ("draw", ("a", {"x": 1, "owner": OWNER})),
        ("draw", ("a", {**POINT, "owner": "0x12"})),
        ("draw", ("a", {**POINT, "marks": [b"\x01" * 33]})),
        ("draw", ("a", (1, OWNER))),
        ("draw", ("a", 5)),
        ("same", (5,)),
    ],
)
def test_an_argument_of_the_wrong_form_is_refused(
    contract: Contract, function: str, arguments: tuple[Any, ...]
) -> None:
    with pytest.raises(BadArgument, match=r"Correct that one|Give each one once"):
        contract.encode(function, *arguments)


@given(st.binary(max_size=300))
def test_no_output_of_any_bytes_escapes_as_another_error(data: bytes) -> None:
    kinds = [{"name": "a", "type": "string"}, {"name": "b", "type": "uint8[]"}]
    codec = Codec("anything", kinds)
    try:
        values = codec.decode(data)
    except BadAnswer:
        return
    assert len(values) == 2


@given(
    st.integers(0, 2**128 - 1),
    st.binary(min_size=20, max_size=20),
    st.lists(st.binary(min_size=32, max_size=32), max_size=4),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
def test_encoding_agrees_with_eth_abi_and_comes_back(
    x: int, owner: bytes, marks: list[bytes], text: str
) -> None:
    components = [
        {"name": "x", "type": "uint128"},
        {"name": "owner", "type": "address"},
        {"name": "marks", "type": "bytes32[]"},
    ]
    kinds = [
        {"name": "points", "type": "tuple[]", "components": components},
        {"name": "text", "type": "string"},
    ]
    codec = Codec("points", kinds)
    point = {"x": x, "owner": checksum("0x" + owner.hex()), "marks": tuple(marks)}
    encoded = codec.encode([[point], text])
    assert encoded == encode(
        ["(uint128,address,bytes32[])[]", "string"], [[(x, owner, marks)], text]
    )
    assert codec.by_name(encoded) == {"points": (point,), "text": text}


def test_what_is_abstract_can_not_be_created(probe_artifacts: Artifacts) -> None:
    with pytest.raises(BadArgument, match="Shape is abstract"):
        constructor(probe_artifacts["Shape"], ())
