"""The same typed data signed by Terang, eth-account, ethers and MetaMask: the same 65 bytes."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from terang.identity.signature import N, recover
from terang.identity.typed_data import TypedData
from terang.identity.wallet import Wallet

from .messages import MESSAGES

VECTORS = Path(__file__).parents[1] / "vectors"
FILES = {name: VECTORS / "wallets" / f"{name}.json" for name in ("python", "javascript")}
CASES = [
    pytest.param(case, id=f"{name}-{number}-{case['typedData']['primaryType']}")
    for name, file in FILES.items()
    for number, case in enumerate(json.loads(file.read_text()))
]


def node(what: str, cases: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """Runs the Node script, which holds both JavaScript libraries."""
    program = shutil.which("node")
    assert program, "node is in .venv/bin: put that on PATH"
    done = subprocess.run(
        [program, VECTORS / "wallets.mjs", what],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    answer: list[dict[str, Any]] = json.loads(done.stdout)
    return answer


def agree(cases: list[dict[str, Any]]) -> None:
    """Has both JavaScript libraries sign and recover the cases: they must make the same of them."""
    for case, made in zip(cases, node("sign", cases), strict=True):
        assert made["address"] == case["address"]
        assert made["digest"] == case["digest"]
        for library in ("ethers", "metamask"):
            assert made[library]["signature"] == case["signature"]
            assert made[library]["recovered"].lower() == case["address"].lower()


def test_the_vectors_hold_every_act_from_both_sides() -> None:
    acts = {"SubmitBid", "SubmitProposal", "CastBallot", "SignAgreement", "AcceptKey"}
    for file in FILES.values():
        cases = json.loads(file.read_text())
        assert {case["typedData"]["primaryType"] for case in cases} == acts


@pytest.mark.parametrize("case", CASES)
def test_terang_and_eth_account_sign_a_vector_as_it_says(case: dict[str, Any]) -> None:
    key, shown = bytes.fromhex(case["key"][2:]), case["typedData"]
    data, wallet = TypedData.from_json(shown), Wallet.from_key(key)
    signature = bytes.fromhex(case["signature"][2:])
    assert data.to_json() == shown
    assert data.digest.hex() == case["digest"][2:]
    assert wallet.address == case["address"]
    assert wallet.sign_typed(data) == signature
    assert recover(data.digest, signature) == bytes.fromhex(case["address"][2:])
    assert Account.sign_typed_data(key, full_message=shown).signature == signature
    assert (
        Account.recover_message(encode_typed_data(full_message=shown), signature=signature)
        == (case["address"])
    )


def test_ethers_and_metamask_sign_and_recover_every_vector() -> None:
    agree([case for file in FILES.values() for case in json.loads(file.read_text())])


def test_javascript_makes_its_vectors_again() -> None:
    assert node("make") == json.loads(FILES["javascript"].read_text())


@settings(max_examples=4)
@given(
    signed=st.lists(
        st.tuples(st.integers(1, N - 1).map(lambda key: key.to_bytes(32, "big")), MESSAGES),
        min_size=5,
        max_size=5,
    )
)
def test_what_nobody_has_seen_before_is_signed_alike_too(
    signed: list[tuple[bytes, TypedData]],
) -> None:
    agree(
        [
            {
                "key": "0x" + key.hex(),
                "address": Wallet.from_key(key).address,
                "typedData": data.to_json(),
                "digest": "0x" + data.digest.hex(),
                "signature": "0x" + Wallet.from_key(key).sign_typed(data).hex(),
            }
            for key, data in signed
        ]
    )
