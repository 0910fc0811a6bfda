"""Keystore files: made once, opened with their password, and never taken for something else."""

import json
import stat
from pathlib import Path

import pytest
from eth_account import Account

from terang.identity.keystore import create_keystore, keystore_address, open_keystore
from terang.identity.wallet import Wallet, WalletError
from terang.sealing.seed import create_seed

KEY = bytes(range(1, 33))
BUYER = Wallet.from_key(KEY)


@pytest.fixture(scope="module")
def keystore(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As another program writes it."""
    path = tmp_path_factory.mktemp("keys") / "buyer.json"
    path.write_text(json.dumps(Account.encrypt(KEY, "rahasia", kdf="pbkdf2", iterations=1000)))
    return path


def test_a_keystore_opens_with_its_password(keystore: Path) -> None:
    assert open_keystore(keystore, "rahasia") == BUYER


def test_a_keystore_tells_its_address_without_a_password(keystore: Path) -> None:
    assert keystore_address(keystore) == BUYER.address


def test_a_wrong_password_says_what_to_check(keystore: Path) -> None:
    with pytest.raises(WalletError, match="Check the file and its password"):
        open_keystore(keystore, "salah")


def test_a_new_keystore_opens_here_and_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "buyer.json"
    wallet = create_keystore(path, "rahasia", iterations=2)
    assert open_keystore(path, "rahasia") == wallet
    assert keystore_address(path) == wallet.address
    key = Account.decrypt(json.loads(path.read_text()), "rahasia")
    assert Account.from_key(key).address == wallet.address


def test_a_new_keystore_is_for_its_owner_only_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "buyer.json"
    create_keystore(path, "rahasia", iterations=2)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_keystore_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "buyer.json"
    path.write_text("mine")
    with pytest.raises(WalletError, match="not overwritten"):
        create_keystore(path, "rahasia", iterations=2)
    assert path.read_text() == "mine"


def test_a_dangling_link_is_not_followed_to_a_new_keystore(tmp_path: Path) -> None:
    path = tmp_path / "buyer.json"
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WalletError, match="not overwritten"):
        create_keystore(path, "rahasia", iterations=2)


def test_a_folder_that_takes_no_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WalletError, match="Cannot write"):
        create_keystore(tmp_path / "file" / "buyer.json", "rahasia", iterations=2)


def test_an_empty_password_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WalletError, match="empty password"):
        create_keystore(tmp_path / "buyer.json", "", iterations=2)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"version": 3}', "\x00", "[" * 9000])
def test_a_file_that_is_no_keystore_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keystore"
    path.write_text(content)
    with pytest.raises(WalletError, match="Cannot open the keystore"):
        open_keystore(path, "rahasia")
    with pytest.raises(WalletError, match="Cannot open the keystore"):
        keystore_address(path)


def test_a_missing_a_huge_and_a_folder_keystore_are_refused(keystore: Path, tmp_path: Path) -> None:
    huge = tmp_path / "huge"
    huge.write_text(keystore.read_text() + " " * (1 << 16))
    for path in (huge, tmp_path):
        with pytest.raises(WalletError, match="Cannot open the keystore"):
            open_keystore(path, "rahasia")
    with pytest.raises(WalletError, match="There is no keystore"):
        open_keystore(tmp_path / "missing", "rahasia")


@pytest.mark.parametrize("address", ["", "12", 5, None, "g" * 40, "0x0x" + "a" * 40])
def test_an_address_that_is_none_is_refused(
    keystore: Path, tmp_path: Path, address: object
) -> None:
    path = tmp_path / "keystore"
    path.write_text(json.dumps(json.loads(keystore.read_text()) | {"address": address}))
    with pytest.raises(WalletError, match="Cannot open the keystore"):
        keystore_address(path)


def test_a_keystore_that_names_another_address_is_not_opened(
    keystore: Path, tmp_path: Path
) -> None:
    path = tmp_path / "keystore"
    path.write_text(json.dumps(json.loads(keystore.read_text()) | {"address": "ab" * 20}))
    with pytest.raises(WalletError, match="names another address"):
        open_keystore(path, "rahasia")


def test_an_openers_seed_is_not_taken_for_a_keystore(tmp_path: Path) -> None:
    path = tmp_path / "seed.json"
    create_seed(path, "rahasia", iterations=2)
    with pytest.raises(WalletError, match="Cannot open the keystore"):
        open_keystore(path, "rahasia")
