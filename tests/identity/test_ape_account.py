"""Ape accounts: what they sign is what the same key signs here, and nothing else passes."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from eth_account import Account

from terang.identity.ape_account import ApeSigner
from terang.identity.signature import N
from terang.identity.typed_data import TENDERS, Domain, TypedData, submit_bid
from terang.identity.wallet import Wallet, WalletError

KEY = bytes(range(1, 33))
BUYER = Wallet.from_key(KEY)
BID = submit_bid(Domain(TENDERS, 31337, "0x" + "cd" * 20), 7, 1, 1, BUYER.address, 100, bytes(32))

# Ape warns in its own ways and keeps global state, so it is never imported into pytest.
PROGRAM = """
import json, sys
from terang.identity.ape_account import ApeSigner
from terang.identity.typed_data import TypedData
alias, data, *transactions = json.load(sys.stdin)
try:
    signer = ApeSigner.load(alias)
    signed = [signer.sign_typed(TypedData.from_json(data))]
    signed += [signer.sign_transaction(each) for each in transactions]
    print(json.dumps([signer.address, *(each.hex() for each in signed)]))
except ValueError as error:
    print(json.dumps(str(error)))
"""
TRANSFER = {"chainId": 31337, "nonce": 3, "gas": 21000, "to": "0x" + "ab" * 20, "value": 1}
FEES = {"maxFeePerGas": 9, "maxPriorityFeePerGas": 2}
TRANSACTIONS = [
    TRANSFER | FEES,
    TRANSFER | {"gasPrice": 0},
    {"chainId": 1, "nonce": 0, "gas": 90000, "data": "0x6000", **FEES},
    {"chainId": 2**40, "nonce": 0, "gas": 90000, "data": "0x6000", "gasPrice": 7},
    TRANSFER | {"data": "0x" + "00ff" * 40, "maxFeePerGas": "0x0", "maxPriorityFeePerGas": "0x0"},
]


def ape(folder: Path, alias: str, passphrase: str = "") -> Any:
    """Lets a process of its own load an account and sign; stdout must hold the answer alone."""
    given = {f"APE_ACCOUNTS_{alias}_PASSPHRASE": passphrase} if passphrase else {}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps([alias, BID.to_json(), *TRANSACTIONS]),
        env=os.environ | {"APE_DATA_FOLDER": str(folder), "HOME": str(folder)} | given,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def keyfile(tmp_path: Path) -> Path:
    """Ape's data folder with the buyer's account in it."""
    (tmp_path / "accounts").mkdir()
    keystore = Account.encrypt(KEY, "rahasia", kdf="pbkdf2", iterations=2)
    (tmp_path / "accounts" / "buyer.json").write_text(json.dumps(keystore))
    return tmp_path


def test_an_ape_account_signs_byte_for_byte_what_the_same_wallet_does(keyfile: Path) -> None:
    assert ape(keyfile, "buyer", "rahasia") == [
        BUYER.address,
        BUYER.sign_typed(BID).hex(),
        *(BUYER.sign_transaction(each).hex() for each in TRANSACTIONS),
    ]


def test_a_test_account_of_ape_signs(tmp_path: Path) -> None:
    address, *signed = ape(tmp_path, "TEST::0")
    assert address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert len(signed) == 1 + len(TRANSACTIONS)


@pytest.mark.parametrize(
    ("alias", "passphrase"), [("nobody", ""), ("buyer", "salah"), ("TEST::x", ""), ("", "")]
)
def test_an_account_that_cannot_be_opened_says_where_to_look(
    keyfile: Path, alias: str, passphrase: str
) -> None:
    assert "ape accounts list" in ape(keyfile, alias, passphrase)


class Fake:
    """An account of ape's that answers as it is told."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def sign_message(self, _message: object) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def answer(signature: bytes, **change: Any) -> SimpleNamespace:
    parts = {"r": signature[:32], "s": signature[32:64], "v": signature[64]}
    return SimpleNamespace(**parts | change)


def sign(given: Any, data: TypedData = BID) -> bytes:
    return ApeSigner(BUYER.address, "buyer", Fake(given)).sign_typed(data)


HONEST = BUYER.sign_typed(BID)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"v": HONEST[64] - 27},
        {
            "s": (N - int.from_bytes(HONEST[32:64], "big")).to_bytes(32, "big"),
            "v": 55 - HONEST[64],
        },
    ],
    ids=["as it is", "v 0 or 1", "high s"],
)
def test_a_device_may_write_its_signature_otherwise(change: Mapping[str, Any]) -> None:
    assert sign(answer(HONEST, **change)) == HONEST


@pytest.mark.parametrize(
    "given",
    [
        None,
        RuntimeError("locked"),
        answer(Wallet.create().sign_typed(BID)),
        answer(HONEST, v=55 - HONEST[64]),
        answer(HONEST, v=90),
        answer(HONEST, v=1000),
        answer(HONEST, r=b"\1" * 33),
        answer(HONEST, s=bytes(32)),
    ],
    ids=["refused", "failed", "another's", "wrong v", "no v", "huge v", "long r", "no s"],
)
def test_what_is_not_this_accounts_signature_is_refused(given: Any) -> None:
    with pytest.raises(WalletError, match="buyer did not sign"):
        sign(given)
