"""Wallets that hold their own key: made in memory, or read from an encrypted keystore file."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from coincurve import PrivateKey
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from terang.errors import TerangError
from terang.i18n import _
from terang.identity.address import canonical
from terang.identity.signature import N, address_of, sign
from terang.identity.typed_data import TypedData

_MAX_KEYSTORE: Final = 1 << 16
_LEGACY: Final = ("nonce", "gasPrice", "gas", "to", "value", "data")
_DYNAMIC_FEE: Final = (
    "chainId",
    "nonce",
    "maxPriorityFeePerGas",
    "maxFeePerGas",
    "gas",
    "to",
    "value",
    "data",
)


_Rlp = bytes | list[Any]


class WalletError(TerangError, ValueError):
    """A wallet cannot be opened, or cannot sign what it was given."""


def read_password(path: Path) -> str:
    """Reads the password that a file holds; one trailing newline is not part of it.

    Raises:
        WalletError: if it cannot be read.
    """
    try:
        if not path.is_file():
            raise FileNotFoundError
        return path.read_text(encoding="utf-8").removesuffix("\n")
    except (OSError, ValueError) as error:
        raise WalletError(
            _("Cannot read the password file {path}. Check its name and permissions.").format(
                path=path
            )
        ) from error


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
        return cls.from_key((1 + secrets.randbelow(N - 1)).to_bytes(32, "big"))

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
    def from_keystore(cls, path: Path, password: str) -> "Wallet":
        """Opens a keystore file (Web3 Secret Storage, as geth, ape and eth-account write it).

        Args:
            path: the file.
            password: its password.

        Raises:
            WalletError: if the file cannot be read, is no keystore, or the password is wrong.
        """
        from eth_account import Account  # heavy, and most commands open no keystore

        try:
            if not path.is_file() or path.stat().st_size > _MAX_KEYSTORE:
                raise ValueError
            key = bytes(Account.decrypt(path.read_text(), password))
        # eth-account's own reader fails in a dozen ways on a damaged file.
        except Exception as error:
            raise WalletError(
                _("Cannot open the keystore {path}. Check the file and its password.").format(
                    path=path
                )
            ) from error
        return cls.from_key(key)

    def sign_digest(self, digest: bytes) -> bytes:
        """Signs 32 bytes; returns r ‖ s ‖ v, 65 bytes, low s, v 27 or 28 (RFC 6979)."""
        return sign(self._key, digest)

    def sign_typed(self, data: TypedData) -> bytes:
        """Signs EIP-712 typed data; returns 65 bytes as `sign_digest` does."""
        return self.sign_digest(data.digest)

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """Signs a transaction of type 2 (EIP-1559), or a legacy one (EIP-155) with `gasPrice`.

        Args:
            transaction: chainId, nonce, gas, to (absent, None or empty to create a contract), value
                (0 if absent), data (bytes or hex, empty if absent), and either maxFeePerGas with
                maxPriorityFeePerGas or gasPrice; `from` must be this wallet, `type` must agree.
                Integers may be hex strings, as JSON-RPC has them.

        Returns:
            The raw transaction, ready for `eth_sendRawTransaction`.

        Raises:
            WalletError: for a field that is missing, unknown or of the wrong kind.
        """
        fields = {key: value for key, value in transaction.items() if key not in ("from", "type")}
        legacy = "gasPrice" in fields
        try:
            sender = transaction.get("from", self.address)
            kind = _integer(transaction.get("type", 0 if legacy else 2))
            chain_id = _integer(fields["chainId"])
            if set(fields) - {"chainId"} - set(_LEGACY if legacy else _DYNAMIC_FEE):
                raise ValueError(set(fields))
            if canonical(sender) != canonical(self.address) or kind != (0 if legacy else 2):
                raise ValueError(sender, kind)
            values = {"to": None, "value": 0, "data": b"", **fields}
            items: list[_Rlp] = [
                _item(name, values[name]) for name in (_LEGACY if legacy else _DYNAMIC_FEE)
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise WalletError(
                _("This transaction cannot be signed ({detail}). Check its fields.").format(
                    detail=error
                )
            ) from error
        if legacy:
            unsigned = _rlp([*items, _number(chain_id), b"", b""])
            r, s, parity = self._sign_parts(unsigned)
            return _rlp([*items, _number(35 + 2 * chain_id + parity), _number(r), _number(s)])
        items.append([])
        r, s, parity = self._sign_parts(b"\x02" + _rlp(items))
        return b"\x02" + _rlp([*items, _number(parity), _number(r), _number(s)])

    def _sign_parts(self, unsigned: bytes) -> tuple[int, int, int]:
        signature = self.sign_digest(keccak(unsigned))
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
        return r, s, signature[64] - 27


def _item(name: str, value: object) -> bytes:
    if name == "to":
        return canonical(value) if value else b""
    if name == "data":
        return _bytes(value)
    return _number(_integer(value))


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        return bytes.fromhex(value.removeprefix("0x"))
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    raise TypeError(value)


def _integer(value: object) -> int:
    number = int(value, 16) if isinstance(value, str) else value
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 1 << 256:
        raise ValueError(value)
    return number


def _number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _rlp(item: _Rlp) -> bytes:
    """Recursive length prefix (Ethereum Yellow Paper, appendix B)."""
    if isinstance(item, bytes):
        return item if len(item) == 1 and item[0] < 0x80 else _prefix(0x80, item) + item
    body = b"".join(map(_rlp, item))
    return _prefix(0xC0, body) + body


def _prefix(offset: int, body: bytes) -> bytes:
    if len(body) < 56:
        return bytes([offset + len(body)])
    length = _number(len(body))
    return bytes([offset + 55 + len(length)]) + length
