"""Keystore files: a private key encrypted under a password, as geth, ape and eth-account have it.

Source: "Web3 Secret Storage Definition", version 3.
"""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from eth_utils.address import to_checksum_address

from terang.i18n import _
from terang.identity.address import canonical
from terang.identity.errors import WalletError
from terang.identity.wallet import Wallet, new_secret

_MOST: Final = 1 << 16  # bytes of a file; real ones have some 500


def create_keystore(path: Path, password: str, iterations: int | None = None) -> Wallet:
    """Makes a wallet and its keystore file, which only its owner may read.

    Args:
        path: the file; one that is there already is not overwritten.
        password: what it is encrypted under; not empty.
        iterations: work of the key derivation (scrypt's N, a power of 2); eth-account's own by
            default, which takes a second or two. Less is for tests.

    Raises:
        WalletError: if the file exists or cannot be written, or the password is empty.
    """
    wallet = Wallet.from_key(new_secret())
    save_keystore(wallet, path, password, iterations)
    return wallet


def save_keystore(wallet: Wallet, path: Path, password: str, iterations: int | None = None) -> None:
    """Writes the keystore file of a wallet that is there already.

    Args:
        wallet: whose key it is.
        path: as for `create_keystore`.
        password: as for `create_keystore`.
        iterations: as for `create_keystore`.

    Raises:
        WalletError: if the file exists or cannot be written, or the password is empty.
    """
    write_new(path, json.dumps(encrypt(wallet._key.secret, password, iterations)).encode())


def open_keystore(path: Path, password: str) -> Wallet:
    """Opens a keystore file.

    Raises:
        WalletError: if the file cannot be read or is no keystore, the password is wrong, or the
            file names another address than its key's.
    """
    document = _read(path)
    try:
        wallet = Wallet.from_key(decrypt(document, password))
    except ValueError as error:
        raise _unusable(path) from error
    if "address" in document and keystore_address(path) != wallet.address:
        raise WalletError(
            _(
                "The keystore {path} names another address than its key's, {address}. "
                "Do not use it before you know who changed it."
            ).format(path=path, address=wallet.address)
        )
    return wallet


def keystore_address(path: Path) -> str:
    """Returns the checksummed address that a keystore names; it takes no password.

    Nothing vouches for it until the keystore is opened.

    Raises:
        WalletError: if the file cannot be read, is no keystore, or names no address.
    """
    document = _read(path)
    try:
        address = str(document["address"])
        return to_checksum_address(canonical("0x" + address.removeprefix("0x")))
    except (KeyError, ValueError) as error:
        raise _unusable(path) from error


def encrypt(secret: bytes, password: str, iterations: int | None = None) -> dict[str, Any]:
    """Returns the keystore document of 32 secret bytes that are a private key.

    Raises:
        WalletError: if the password is empty.
    """
    from eth_account import Account  # heavy, and few commands make a file

    if not password:
        raise WalletError(_("An empty password protects nothing. Choose one."))
    return dict(Account.encrypt(secret, password, kdf="scrypt", iterations=iterations))


def decrypt(document: dict[str, Any], password: str) -> bytes:
    """Returns the secret bytes of a keystore document.

    Raises:
        ValueError: if it is no keystore or the password is wrong.
    """
    from eth_account import Account  # heavy, and most commands open no keystore

    try:
        return bytes(Account.decrypt(document, password))
    # eth-account's own reader fails in a dozen ways on a damaged file.
    except Exception as error:
        raise ValueError("no keystore, or not its password") from error


def read_object(path: Path) -> dict[str, Any]:
    """Reads a small file that holds one JSON object.

    Raises:
        ValueError: if it holds anything else, or cannot be read.
    """
    try:
        if not path.is_file() or path.stat().st_size > _MOST:
            raise ValueError("not a small file")
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, RecursionError) as error:
        raise ValueError("cannot be read") from error
    if not isinstance(document, dict):
        raise ValueError("not an object")
    return document


def write_new(path: Path, content: bytes) -> None:
    """Writes a secret's file for its owner alone to read.

    Raises:
        WalletError: if there is a file of that name, or it cannot be written.
    """
    try:
        with suppress(FileExistsError):  # a file where the folder should be: opening says it
            path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)  # half a secret helps nobody
            raise
    except FileExistsError as error:
        raise WalletError(
            _("{path} exists and is not overwritten. Choose another name.").format(path=path)
        ) from error
    except OSError as error:
        raise WalletError(
            _("Cannot write {path} ({reason}). Check the folder and its permissions.").format(
                path=path, reason=error.strerror
            )
        ) from error


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise WalletError(_("There is no keystore {path}. Check its name.").format(path=path))
    try:
        document = read_object(path)
        if document.get("version") != 3 or document.get("kind") is not None:
            raise ValueError("not version 3, or an opener's seed")
    except ValueError as error:
        raise _unusable(path) from error
    return document


def _unusable(path: Path) -> WalletError:
    return WalletError(
        _("Cannot open the keystore {path}. Check the file and its password.").format(path=path)
    )
