"""Wallets: what they sign is what eth-account signs, and they show nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from terang.identity.signature import N
from terang.identity.typed_data import TENDERS, Domain, submit_bid
from terang.identity.wallet import Wallet, WalletError, read_password

KEY = bytes(range(1, 33))
BUYER = Wallet.from_key(KEY)
ORACLE = Account.from_key(KEY)
TRANSFER = {
    "chainId": 31337,
    "nonce": 0,
    "maxFeePerGas": 0,
    "maxPriorityFeePerGas": 0,
    "gas": 21000,
    "to": "0x" + "ab" * 20,
    "value": 1,
}


def test_a_wallet_has_the_address_of_its_key() -> None:
    assert BUYER.address == ORACLE.address


def test_created_wallets_differ() -> None:
    assert Wallet.create().address != Wallet.create().address


@pytest.mark.parametrize("show", [repr, str, "{}".format])
def test_a_wallet_never_shows_its_key(show: Callable[[object], str]) -> None:
    assert show(BUYER) == f"Wallet({BUYER.address})"


@pytest.mark.parametrize(
    "key", [b"", bytes(32), N.to_bytes(32, "big"), b"\xff" * 32, KEY[:31], KEY + b"\0"]
)
def test_a_key_out_of_range_is_refused(key: bytes) -> None:
    with pytest.raises(WalletError, match="not a private key"):
        Wallet.from_key(key)


def test_typed_data_is_signed_as_eth_account_does() -> None:
    domain = Domain(TENDERS, 31337, "0x" + "cd" * 20)
    data = submit_bid(domain, 7, 1, 1, BUYER.address, 2**128 - 1, bytes(32))
    expected = Account.sign_typed_data(KEY, full_message=data.to_json())
    assert BUYER.sign_typed(data) == expected.signature


@settings(deadline=None, max_examples=60)
@given(
    nonce=st.integers(0, 2**64 - 2),
    fee=st.integers(0, 2**100),
    gas=st.integers(21000, 2**40),
    value=st.integers(0, 2**200),
    data=st.binary(max_size=400),
    to=st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()) | st.none(),
    chain_id=st.integers(1, 2**40),
    legacy=st.booleans(),
)
def test_transactions_are_signed_byte_for_byte_as_eth_account_does(
    legacy: bool, chain_id: int, to: str | None, fee: int, **fields: Any
) -> None:
    fees = {"gasPrice": fee} if legacy else {"maxFeePerGas": fee, "maxPriorityFeePerGas": fee // 2}
    transaction = {"chainId": chain_id, **fields, **fees}
    if to is not None:
        # eth-account wants a checksum; we take what JSON-RPC gives.
        from eth_utils.address import to_checksum_address

        transaction["to"] = to_checksum_address(to)
    expected = ORACLE.sign_transaction(transaction).raw_transaction
    assert BUYER.sign_transaction(transaction) == bytes(expected)


def test_fields_may_be_written_as_json_rpc_writes_them() -> None:
    spoken = {
        key: hex(value) if isinstance(value, int) else value for key, value in TRANSFER.items()
    }
    spoken |= {"from": BUYER.address, "type": "0x2", "data": "0x"}
    assert BUYER.sign_transaction(spoken) == BUYER.sign_transaction(TRANSFER)


@pytest.mark.parametrize(
    "change",
    [
        {"to": "0x12"},
        {"to": 5},
        {"nonce": -1},
        {"nonce": True},
        {"nonce": 1.0},
        {"value": 2**256},
        {"gas": "many"},
        {"data": "0xabc"},
        {"data": 7},
        {"from": "0x" + "ab" * 20},
        {"type": 1},
        {"accessList": []},
        {"gasPrice": 1},
        {"gas": None},
    ],
)
def test_a_transaction_that_is_not_understood_whole_is_not_signed(change: dict[str, Any]) -> None:
    with pytest.raises(WalletError, match="cannot be signed"):
        BUYER.sign_transaction(TRANSFER | change)


@pytest.mark.parametrize("field", ["chainId", "nonce", "gas", "maxFeePerGas"])
def test_a_transaction_without_a_needed_field_is_not_signed(field: str) -> None:
    incomplete = {key: value for key, value in TRANSFER.items() if key != field}
    with pytest.raises(WalletError, match=field):
        BUYER.sign_transaction(incomplete)


@pytest.fixture(scope="module")
def keystore(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "buyer.json"
    path.write_text(json.dumps(Account.encrypt(KEY, "rahasia", kdf="pbkdf2", iterations=1000)))
    return path


def test_a_keystore_opens_with_its_password(keystore: Path) -> None:
    assert Wallet.from_keystore(keystore, "rahasia") == BUYER


def test_a_wrong_password_says_what_to_check(keystore: Path) -> None:
    with pytest.raises(WalletError, match="Check the file and its password"):
        Wallet.from_keystore(keystore, "salah")


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"version": 3}', "\x00", "[" * 9000])
def test_a_file_that_is_no_keystore_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keystore"
    path.write_text(content)
    with pytest.raises(WalletError, match="Cannot open the keystore"):
        Wallet.from_keystore(path, "rahasia")


def test_a_missing_a_huge_and_a_folder_keystore_are_refused(keystore: Path, tmp_path: Path) -> None:
    huge = tmp_path / "huge"
    huge.write_text(keystore.read_text() + " " * (1 << 16))
    for path in (tmp_path / "missing", huge, tmp_path):
        with pytest.raises(WalletError, match="Cannot open the keystore"):
            Wallet.from_keystore(path, "rahasia")


def test_a_password_file_may_end_with_one_newline(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("rahasia \n\n")
    assert read_password(password) == "rahasia \n"


@pytest.mark.parametrize("name", ["none", "."])
def test_a_password_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(WalletError, match="Cannot read the password file"):
        read_password(tmp_path / name)
