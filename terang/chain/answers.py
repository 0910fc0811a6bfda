"""What a node answers, checked: blocks, logs, receipts.

A node may be broken or lie about its form; whatever does not have the form that Ethereum's
JSON-RPC promises becomes a `BadAnswer`, never a KeyError.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from eth_utils.address import to_checksum_address

from terang.errors import CHAIN_UNREACHABLE, TerangError
from terang.i18n import _

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*")


class BadAnswer(TerangError):
    """The node answered something that is not what was asked for."""

    exit_code = CHAIN_UNREACHABLE

    def __init__(self, what: str) -> None:
        super().__init__(
            _(
                "The node's answer about {what} is malformed. "
                "Check that the address is that of an Ethereum node, or use another node."
            ).format(what=what)
        )


@dataclass(frozen=True, slots=True)
class Block:
    """The head of a block.

    Attributes:
        number: height.
        hash: 32 bytes.
        parent: hash of the block before.
        timestamp: seconds since 1970 UTC.
        gas_limit: gas that all its transactions may use together.
        base_fee: wei per gas; 0 on chains without a gas price.
        transactions: hashes, in order.
    """

    number: int
    hash: bytes
    parent: bytes
    timestamp: int
    gas_limit: int
    base_fee: int
    transactions: tuple[bytes, ...]

    @property
    def time(self) -> datetime:
        """The timestamp as a UTC-aware time."""
        return datetime.fromtimestamp(self.timestamp, UTC)


@dataclass(frozen=True, slots=True)
class Log:
    """One event as the chain keeps it, not yet decoded.

    Attributes:
        address: contract that emitted it.
        topics: 32 bytes each; the first is the event's signature.
        data: what is not indexed.
        block: number of its block.
        transaction: hash of its transaction.
        index: position among all logs of the block.
    """

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    block: int
    transaction: bytes
    index: int


@lru_cache(maxsize=65_536)
def checksum(address: str) -> str:
    """Returns `address` (20 bytes in hex) in EIP-55 form.

    Raises:
        ValueError: when it is no address.
    """
    return to_checksum_address(address)


def quantity(value: Any, what: str) -> int:
    """Reads a hex number; `what` names it in the error.

    Raises:
        BadAnswer: when it is none.
    """
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise BadAnswer(what)
    return int(value, 16)


def data(value: Any, what: str, length: int | None = None) -> bytes:
    """Reads hex bytes, of `length` if given; `what` names them in the error.

    Raises:
        BadAnswer: when they are none, or of another length.
    """
    if not isinstance(value, str) or not _DATA.fullmatch(value):
        raise BadAnswer(what)
    result = bytes.fromhex(value[2:])
    if length is not None and len(result) != length:
        raise BadAnswer(what)
    return result


def address(value: Any, what: str) -> str:
    """Reads an address and returns it checksummed; `what` names it in the error.

    Raises:
        BadAnswer: when it is none.
    """
    return checksum("0x" + data(value, what, 20).hex())


def entries(value: Any, what: str) -> list[Any]:
    """Reads a list; `what` names it in the error.

    Raises:
        BadAnswer: when it is none.
    """
    if not isinstance(value, list):
        raise BadAnswer(what)
    return value


def fields(value: Any, what: str) -> Mapping[str, Any]:
    """Reads an object; `what` names it in the error. A field that it lacks reads as None.

    Raises:
        BadAnswer: when it is none.
    """
    if not isinstance(value, dict):
        raise BadAnswer(what)
    return _Fields(value)


class _Fields(dict[str, Any]):
    def __missing__(self, key: str) -> None:
        return None


def block(value: Any) -> Block:
    """Reads a block with transaction hashes.

    Raises:
        BadAnswer: when it is none.
    """
    head = fields(value, "a block")
    return Block(
        number=quantity(head["number"], "a block's number"),
        hash=data(head["hash"], "a block's hash", 32),
        parent=data(head["parentHash"], "a block's parent", 32),
        timestamp=quantity(head["timestamp"], "a block's time"),
        gas_limit=quantity(head["gasLimit"], "a block's gas limit"),
        base_fee=quantity(head["baseFeePerGas"] or "0x0", "a block's base fee"),
        transactions=tuple(
            data(each, "a block's transactions", 32)
            for each in entries(head["transactions"], "a block's transactions")
        ),
    )


def log(value: Any) -> Log:
    """Reads one log.

    Raises:
        BadAnswer: when it is none, or is of a pending block.
    """
    entry = fields(value, "a log")
    return Log(
        address=address(entry["address"], "a log's address"),
        topics=tuple(
            data(each, "a log's topics", 32) for each in entries(entry["topics"], "a log's topics")
        ),
        data=data(entry["data"], "a log's data"),
        block=quantity(entry["blockNumber"], "a log's block"),
        transaction=data(entry["transactionHash"], "a log's transaction", 32),
        index=quantity(entry["logIndex"], "a log's index"),
    )
