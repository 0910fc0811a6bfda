"""Transactions as they are signed: type 2 (EIP-1559), or legacy with a chain id (EIP-155)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from eth_utils.crypto import keccak

from terang.i18n import _
from terang.identity.address import canonical
from terang.identity.errors import WalletError

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


@dataclass(frozen=True)
class Transaction:
    """A transaction that was understood whole.

    Attributes:
        chain_id: the chain it is for.
        fields: by JSON-RPC's names; integers as such, `to` and `data` as bytes.
    """

    chain_id: int
    fields: Mapping[str, int | bytes]

    @property
    def legacy(self) -> bool:
        """Whether it pays a gas price rather than a fee and a tip."""
        return "gasPrice" in self.fields

    @property
    def digest(self) -> bytes:
        """The 32 bytes that are signed."""
        if self.legacy:
            return keccak(_rlp([*self._items, _number(self.chain_id), b"", b""]))
        return keccak(b"\x02" + _rlp([*self._items, []]))

    def signed(self, signature: bytes) -> bytes:
        """Returns the raw transaction for `eth_sendRawTransaction`.

        Args:
            signature: r ‖ s ‖ v over `digest`, 65 bytes, v 27 or 28.
        """
        r, s = (_number(int.from_bytes(signature[at : at + 32], "big")) for at in (0, 32))
        parity = signature[64] - 27
        if self.legacy:
            return _rlp([*self._items, _number(35 + 2 * self.chain_id + parity), r, s])
        return b"\x02" + _rlp([*self._items, [], _number(parity), r, s])

    @property
    def _items(self) -> list[_Rlp]:
        return [
            value if isinstance(value, bytes) else _number(value) for value in self.fields.values()
        ]


def read_transaction(transaction: Mapping[str, Any], address: str) -> Transaction:
    """Reads a transaction's fields as JSON-RPC has them.

    Args:
        transaction: chainId, nonce, gas, to (absent, None or empty to create a contract), value (0
            if absent), data (bytes or hex, empty if absent), and either maxFeePerGas with
            maxPriorityFeePerGas or gasPrice; `from` must be `address`, `type` must agree. Integers
            may be hex strings.
        address: whose transaction it must be.

    Raises:
        WalletError: for a field that is missing, unknown or of the wrong kind.
    """
    fields = {key: value for key, value in transaction.items() if key not in ("from", "type")}
    legacy = "gasPrice" in fields
    names = _LEGACY if legacy else _DYNAMIC_FEE
    try:
        sender = transaction.get("from", address)
        kind = _integer(transaction.get("type", 0 if legacy else 2))
        chain_id = _integer(fields["chainId"])
        if set(fields) - {"chainId"} - set(names):
            raise ValueError(set(fields))
        if canonical(sender) != canonical(address) or kind != (0 if legacy else 2):
            raise ValueError(sender, kind)
        values = {"to": None, "value": 0, "data": b"", **fields}
        return Transaction(chain_id, {name: _item(name, values[name]) for name in names})
    except (KeyError, TypeError, ValueError) as error:
        raise WalletError(
            _("This transaction cannot be signed ({detail}). Check its fields.").format(
                detail=error
            )
        ) from error


def _item(name: str, value: object) -> int | bytes:
    if name == "to":
        return canonical(value) if value else b""
    return _bytes(value) if name == "data" else _integer(value)


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
