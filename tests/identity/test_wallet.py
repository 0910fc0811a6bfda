"""Wallets: what they sign is what eth-account signs, and they show nothing."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from terang.identity.signature import N
from terang.identity.signer import Watcher
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


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and an environment without a key."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TERANG_PRIVATE_KEY", raising=False)
    return tmp_path


@pytest.mark.parametrize("text", ["0x" + KEY.hex(), KEY.hex().upper(), f" {KEY.hex()}\n"])
def test_a_key_may_come_from_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("TERANG_PRIVATE_KEY", text)
    assert Wallet.from_environment() == BUYER


def test_a_key_may_come_from_the_settings_file_and_the_environment_goes_before_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text(f"TERANG_PRIVATE_KEY={KEY.hex()}\n")
    assert Wallet.from_environment() == BUYER
    monkeypatch.setenv("TERANG_PRIVATE_KEY", "11" * 32)
    assert Wallet.from_environment() == Wallet.from_key(b"\x11" * 32)


def test_without_a_key_the_environment_says_what_to_set(folder: Path) -> None:
    with pytest.raises(WalletError, match=r"TERANG_PRIVATE_KEY.*name a keystore"):
        Wallet.from_environment()
    (folder / ".env").write_bytes(b"TERANG_PRIVATE_KEY=\xff")
    with pytest.raises(WalletError, match="name a keystore"):
        Wallet.from_environment()


@pytest.mark.parametrize("text", ["00" * 32, "0x12", "rahasia", "ff" * 32, KEY.hex() + "00"])
def test_a_wrong_key_in_the_environment_is_refused_and_never_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("TERANG_PRIVATE_KEY", text)
    with pytest.raises(WalletError, match="64 hexadecimal digits") as refused:
        Wallet.from_environment()
    shown = "".join(traceback.format_exception(refused.value))
    assert text not in shown


def test_who_only_watches_has_an_address_and_signs_nothing() -> None:
    watcher = Watcher(BUYER.address)
    domain = Domain(TENDERS, 31337, "0x" + "cd" * 20)
    assert watcher.address == BUYER.address
    with pytest.raises(WalletError, match="without its key"):
        watcher.sign_typed(submit_bid(domain, 7, 1, 1, BUYER.address, 1, bytes(32)))
    with pytest.raises(WalletError, match="without its key"):
        watcher.sign_transaction(TRANSFER)


def test_a_password_file_may_end_with_one_newline(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("rahasia \n\n")
    assert read_password(password) == "rahasia \n"


@pytest.mark.parametrize("name", ["none", "."])
def test_a_password_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(WalletError, match="Cannot read the password file"):
        read_password(tmp_path / name)
