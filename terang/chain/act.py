"""One transaction: what is to be sent, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from terang.chain.answers import Log
from terang.chain.reverts import Reverted


class Wallet(Protocol):
    """Whoever signs."""

    @property
    def address(self) -> str:
        """Checksummed address."""

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """Returns the raw signed transaction for JSON-RPC's fields of it."""


class Act(NamedTuple):
    """One transaction to be sent.

    Attributes:
        wallet: who signs it.
        to: contract; None to create one.
        data: calldata, or creation code.
        gas: limit; None to have it estimated, which only a single act can.
        label: what it does, in words, for errors.
    """

    wallet: Wallet
    to: str | None
    data: bytes
    gas: int | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a transaction.

    Attributes:
        transaction: its hash.
        block: number of its block.
        gas_used: of the whole transaction.
        contract: address of the contract that it created, if any.
        logs: what it emitted, in order.
        revert: why it was refused; None when it was carried out.
    """

    transaction: bytes
    block: int
    gas_used: int
    contract: str | None
    logs: tuple[Log, ...]
    revert: Reverted | None = None
