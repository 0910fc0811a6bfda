"""Wallets that hold their own key: made in memory, or given by the environment."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from coincurve import PrivateKey
from dotenv import dotenv_values
from eth_utils.address import to_checksum_address

from terang.i18n import _
from terang.identity.errors import WalletError
from terang.identity.signature import N, address_of, sign
from terang.identity.transaction import read_transaction
from terang.identity.typed_data import TypedData

__all__ = ["PRIVATE_KEY", "Wallet", "WalletError", "new_secret", "read_password"]

PRIVATE_KEY: Final = "TERANG_PRIVATE_KEY"
"""The environment's variable for a private key, 64 hex digits, with 0x or without."""

_KEY: Final = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")
_MOST_PASSWORD: Final = 1 << 16


def read_password(path: Path) -> str:
    """Reads the password that a file holds; one trailing newline is not part of it.

    Raises:
        WalletError: if it cannot be read.
    """
    try:
        if not path.is_file() or path.stat().st_size > _MOST_PASSWORD:
            raise FileNotFoundError
        return path.read_text(encoding="utf-8").removesuffix("\n")
    except (OSError, ValueError) as error:
        raise WalletError(
            _("Cannot read the password file {path}. Check its name and permissions.").format(
                path=path
            )
        ) from error


def new_secret() -> bytes:
    """Returns 32 bytes of the operating system's randomness that are a private key."""
    return (1 + secrets.randbelow(N - 1)).to_bytes(32, "big")


@dataclass(frozen=True, repr=False)
class Wallet:
    """A private key that never leaves this object.

    Attributes:
        address: the wallet's checksummed address.
    """

    address: str
    _key: PrivateKey

    def __repr__(self) -> str:
        return f"Wallet({self.address})"

    @classmethod
    def create(cls) -> "Wallet":
        """Makes a wallet from the operating system's randomness; it lives in memory only."""
        return cls.from_key(new_secret())

    @classmethod
    def from_key(cls, key: bytes) -> "Wallet":
        """Makes the wallet of a private key.

        Args:
            key: 32 bytes, big-endian, between 1 and N − 1.

        Raises:
            WalletError: for anything else.
        """
        if len(key) != 32 or not 0 < int.from_bytes(key, "big") < N:
            raise WalletError(_("This is not a private key. Check that it is the right file."))
        private = PrivateKey(key)
        return cls(to_checksum_address(address_of(private.public_key)), private)

    @classmethod
    def from_environment(cls, file: Path = Path(".env")) -> "Wallet":
        """Makes the wallet of the private key in `TERANG_PRIVATE_KEY`.

        Args:
            file: settings that hold where the environment has none; it need not exist.

        Raises:
            WalletError: if neither has one, or it is no private key. The key is never shown.
        """
        try:
            text = os.environ.get(PRIVATE_KEY) or dotenv_values(file).get(PRIVATE_KEY) or ""
        except (OSError, ValueError):
            text = ""
        if not text:
            raise WalletError(
                _(
                    "There is no private key in {variable}. Set it in the environment or in "
                    "{file}, or name a keystore."
                ).format(variable=PRIVATE_KEY, file=file)
            )
        digits = _KEY.fullmatch(text.strip())
        try:
            return cls.from_key(bytes.fromhex(digits[1]) if digits else b"")
        except WalletError:
            # `from None`: what was tried must not be in a traceback either.
            raise WalletError(
                _("{variable} is not a private key. Write its 64 hexadecimal digits.").format(
                    variable=PRIVATE_KEY
                )
            ) from None

    def sign_digest(self, digest: bytes) -> bytes:
        """Signs 32 bytes; returns r ‖ s ‖ v, 65 bytes, low s, v 27 or 28 (RFC 6979)."""
        return sign(self._key, digest)

    def sign_typed(self, data: TypedData) -> bytes:
        """Signs EIP-712 typed data; returns 65 bytes as `sign_digest` does."""
        return self.sign_digest(data.digest)

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """Signs a transaction.

        Args:
            transaction: fields as `transaction.read_transaction` describes them.

        Returns:
            The raw transaction, ready for `eth_sendRawTransaction`.

        Raises:
            WalletError: for a field that is missing, unknown or of the wrong kind.
        """
        read = read_transaction(transaction, self.address)
        return read.signed(self.sign_digest(read.digest))
