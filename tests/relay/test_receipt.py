"""A relay's receipt: whoever changes anything in it has none."""

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from terang.identity.wallet import Wallet
from terang.relay.receipt import Promise, ReceiptError
from terang.sealing.envelope import Box

RELAY = Wallet.create()
BOX = Box(31_337, "0x5FbDB2315678afecb367f032d93F642f64180aa3", 7, 16)
PROMISE = Promise(RELAY.address, BOX, b"\x07" * 32, 1_800_000_000, 1_800_086_400).sign(RELAY)


def test_a_receipt_is_read_as_it_was_written_and_for_its_owner_only(tmp_path: Path) -> None:
    path = PROMISE.save(tmp_path / "receipts")
    assert Promise.load(path) == PROMISE
    assert path.stat().st_mode & 0o777 == 0o600


def test_any_wallet_library_can_check_a_receipt() -> None:
    document = json.loads(json.dumps(PROMISE.document()))
    message = encode_typed_data(full_message=document["promise"])
    signer = Account.recover_message(message, signature=bytes.fromhex(document["signature"][2:]))
    assert signer == RELAY.address


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tenderId", "8"),
        ("stage", "17"),
        ("box", "0x" + "11" * 32),
        ("envelope", "0x" + "08" * 32),
        ("promisedAt", "1800000001"),
        ("closesAt", "1800086401"),
        ("relay", "0x" + "22" * 20),
    ],
)
def test_a_changed_field_leaves_no_receipt(field: str, value: str) -> None:
    document = copy.deepcopy(PROMISE.document())
    assert Promise.read(document) == PROMISE
    document["promise"]["message"][field] = value
    with pytest.raises(ReceiptError):
        Promise.read(document)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("domain", "chainId"), 1),
        (("domain", "chainId"), "31337"),
        (("domain", "chainId"), -1),
        (("domain", "chainId"), 1 << 300),
        (("domain", "chainId"), 31_337.0),
        (("domain", "name"), "Terang Tenders"),
        (("domain", "verifyingContract"), "0x" + "11" * 20),
        (("primaryType",), "SubmitBid"),
        (("message", "more"), "1"),
        (("message", "tenderId"), "07"),
        (("message", "tenderId"), 7),
        (("types", "PromiseSeal"), []),
    ],
)
def test_what_a_wallet_would_read_otherwise_is_no_receipt(path: Any, value: object) -> None:
    document = copy.deepcopy(PROMISE.document())
    part = document["promise"]
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    with pytest.raises(ReceiptError):
        Promise.read(document)


def test_true_is_not_the_number_of_a_chain() -> None:
    document = replace(PROMISE, box=replace(BOX, chain_id=1)).sign(RELAY).document()
    assert Promise.read(document).box.chain_id == 1
    document["promise"]["domain"]["chainId"] = True
    with pytest.raises(ReceiptError):
        Promise.read(document)


def test_a_signature_by_another_account_proves_nothing() -> None:
    other = PROMISE.sign(Wallet.create())
    with pytest.raises(ReceiptError, match="did not sign it"):
        Promise.read(other.document())
    with pytest.raises(ReceiptError):
        Promise.read(PROMISE.document() | {"more": 1})


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"null", b'{"promise": []}', b"[" * 100_000, b"\xff",
                b'{"promise": {"domain": {"chainId": 1' + b"0" * 5_000 + b"}}}"],
)  # fmt: skip
def test_what_is_no_receipt_is_said(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "receipt.json"
    path.write_bytes(content)
    with pytest.raises(ReceiptError, match="not the receipt of a relay"):
        Promise.load(path)
